//! The update, and the reads around it: none of them stops it, and what they show decides how it ends.

use std::time::Duration;

use fake_aws::iam::{
    BROKEN, CONFLICT, DENIED, Fault, FaultKind,
    Status::{Active, Inactive},
    THROTTLED, World,
};
use iam_key_deactivator::outcome::Reason;
use serde_json::json;

use super::{
    ALICE, BOB,
    Call::{self, Again, List, Owner, Update},
    Case, call, left_active, received, seen,
};
use crate::invoke::in_no_time;

#[test]
fn no_read_stops_a_containment() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    for kind in [DENIED, THROTTLED, BROKEN, FaultKind::CutBefore, FaultKind::Garbage] {
        // The owner confirms what the list did not, and is listed once more.
        call(BOB, Some("Bob")).fault(Fault::once("ListAccessKeys", kind)).ends(
            done,
            &[List, Owner, List, Update, List],
            &[BOB],
        );
    }
    for kind in [DENIED, THROTTLED, BROKEN, FaultKind::Stale(World::new())] {
        let reads = ["ListAccessKeys", "GetAccessKeyLastUsed"];
        let blind = reads.iter().fold(call(BOB, Some("Bob")), |case, action| {
            case.fault(Fault::always(action, kind.clone()))
        });
        // A denied read back is not tried again.
        let calls: &[Call] = if matches!(kind, FaultKind::Error { code: "AccessDenied", .. }) {
            &[List, Owner, Update, List]
        } else {
            &[List, Owner, Update, List, List, List, List, List]
        };
        blind.ends(&format!("{done}, unverified"), calls, &[BOB]);
    }
    // One that never answers costs a second.
    call(BOB, Some("Bob")).fault(Fault::once("ListAccessKeys", FaultKind::Hang)).ends(
        done,
        &[List, Owner, List, Update, List],
        &[BOB],
    );
    // One that says Inactive, or that there is no such key, is not believed.
    call(BOB, Some("Bob")).fault(Fault::once("ListAccessKeys", seen(Inactive))).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive",
        &[List, Update, List],
        &[BOB],
    );
}

#[test]
fn a_key_that_is_shown_active_to_the_end_is_no_success() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    let lags = |times| Fault { skip: 1, times, ..Fault::once("ListAccessKeys", seen(Active)) };
    call(BOB, Some("Bob")).fault(lags(2)).ends(done, &[List, Update, List, List, List], &[BOB]);
    call(BOB, Some("Bob")).fault(lags(usize::MAX)).ends(
        &still_active(),
        &[List, Update, List, List, List, List, List],
        &[BOB],
    );
    // Not to be read is not the same; what was read last counts.
    let unread = |skip| Fault { skip, ..Fault::always("ListAccessKeys", BROKEN) };
    let unverified = format!("{done}, unverified");
    call(BOB, Some("Bob")).fault(unread(1)).ends(
        &unverified,
        &[List, Update, List, List, List, List, List],
        &[BOB],
    );
    call(BOB, Some("Bob")).fault(lags(1)).fault(unread(1)).ends(
        &still_active(),
        &[List, Update, List, List, List, List, List],
        &[BOB],
    );
}

fn still_active() -> String {
    left_active("AKIAIOSFODNN7EXAMPLE of Bob", &Reason::StillActive)
}

#[test]
fn the_update_is_retried() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    for kind in [THROTTLED, BROKEN, FaultKind::CutBefore, FaultKind::CutAfter] {
        let fault = Fault { times: 2, ..Fault::once("UpdateAccessKey", kind) };
        call(BOB, Some("Bob")).fault(fault).ends(
            done,
            &[List, Update, Update, Update, List],
            &[BOB],
        );
    }
}

#[test]
fn an_update_that_fails_for_good_fails_the_invocation() {
    #[track_caller]
    fn check(kind: FaultKind, reason: &str, calls: &[Call]) {
        call(BOB, Some("Bob")).fault(Fault::always("UpdateAccessKey", kind)).ends(
            &format!(
                "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
                 (iam:UpdateAccessKey failed: {reason})"
            ),
            calls,
            &[],
        );
    }
    check(
        DENIED,
        "AccessDenied (the function's role may lack iam:UpdateAccessKey)",
        &[List, Update, List],
    );
    check(THROTTLED, "Throttling", &[List, Update, Again, List]);
    check(BROKEN, "ServiceFailure", &[List, Update, Again, List, List, List, List, List]);
    check(
        FaultKind::CutBefore,
        "ConnectionFailed",
        &[List, Update, Again, List, List, List, List, List],
    );
    check(
        FaultKind::Error { status: 409, code: "LimitExceeded" },
        "LimitExceeded",
        &[List, Update, List],
    );
    check(
        FaultKind::Error { status: 400, code: "InvalidInput" },
        "InvalidInput",
        &[List, Update, List],
    );
    check(
        FaultKind::Error { status: 400, code: "ValidationError" },
        "ValidationError",
        &[List, Update, List],
    );
}

#[test]
fn odd_answers_are_asked_again() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    for kind in [
        FaultKind::Odd { status: 302, body: "" },
        FaultKind::Odd { status: 404, body: "<html>not here</html>" },
        FaultKind::Odd { status: 403, body: "" },
        CONFLICT,
        FaultKind::Error { status: 400, code: "SomethingNew" },
        FaultKind::CutBefore,
    ] {
        let few = |action| Fault { times: 3, ..Fault::once(action, kind.clone()) };
        call(BOB, None).fault(few("GetAccessKeyLastUsed")).ends(
            done,
            &[Owner, Owner, Owner, Owner, List, Update, List],
            &[BOB],
        );
        call(BOB, Some("Bob")).fault(few("UpdateAccessKey")).ends(
            done,
            &[List, Update, Update, Update, Update, List],
            &[BOB],
        );
    }
    let few = Fault { times: 3, ..Fault::once("GetAccessKeyLastUsed", FaultKind::Garbage) };
    call(BOB, None).fault(few).ends(
        done,
        &[Owner, Owner, Owner, Owner, List, Update, List],
        &[BOB],
    );
}

#[test]
fn a_lost_answer_is_no_failure() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("Bob")).fault(Fault::always("UpdateAccessKey", FaultKind::CutAfter)).ends(
        done,
        &[List, Update, Again, List],
        &[BOB],
    );
    // The answer is lost, and then the update is refused.
    let lost = Fault::once("UpdateAccessKey", FaultKind::CutAfter);
    let refused = Fault::always("UpdateAccessKey", DENIED);
    call(BOB, Some("Bob")).fault(lost).fault(refused).ends(
        done,
        &[List, Update, Update, List],
        &[BOB],
    );
    // That a key is shown Inactive proves a change only where the key was shown before.
    let blind = Fault::once("ListAccessKeys", DENIED);
    let lost = Fault::always("UpdateAccessKey", FaultKind::CutBefore);
    let still = Fault { skip: 1, ..Fault::always("ListAccessKeys", seen(Inactive)) };
    let unread = Fault { skip: 1, times: 1, ..Fault::once("ListAccessKeys", DENIED) };
    call(BOB, Some("Bob")).fault(blind).fault(unread).fault(still).fault(lost).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
         (iam:UpdateAccessKey failed: ConnectionFailed)",
        &[List, Owner, List, Update, Again],
        &[],
    );
}

#[test]
fn a_key_that_is_shown_inactive_never_fails() {
    let inactive = || World::new().user("Bob", &[(BOB, Inactive)]);
    let already = "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive";
    let refused = |kind| {
        call(BOB, Some("Bob")).world(inactive()).fault(Fault::always("UpdateAccessKey", kind))
    };
    refused(DENIED).ends(already, &[List, Update, List], &[BOB]);
    refused(BROKEN).ends(already, &[List, Update, Again, List], &[BOB]);
    let unread = Fault { skip: 1, ..Fault::always("ListAccessKeys", DENIED) };
    refused(DENIED).fault(unread).ends(
        &format!("{already}, unverified"),
        &[List, Update, List],
        &[BOB],
    );
    // Somebody has activated it in between.
    let active = Fault { skip: 1, ..Fault::always("ListAccessKeys", seen(Active)) };
    refused(DENIED).fault(active).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
         (iam:UpdateAccessKey failed: AccessDenied (the function's role may lack iam:UpdateAccessKey))",
        &[List, Update, List],
        &[BOB],
    );
}

#[test]
fn the_deadline_is_kept() {
    // Of six seconds, two are kept for the report and two to read back. The first try has one.
    let hangs = call(BOB, Some("Bob")).fault(Fault::always("UpdateAccessKey", FaultKind::Hang));
    hangs.ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
         (iam:UpdateAccessKey failed: Timeout)",
        &[List, Update, Update, List, List, List, List],
        &[],
    );
    let late = call(BOB, Some("Bob"));
    Case { time_limit: Duration::ZERO, ..late }.ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
         (iam:UpdateAccessKey failed: Timeout)",
        &[],
        &[],
    );
}

#[test]
fn every_key_is_handled_and_named_when_one_fails() {
    let both = json!({"action": "deactivate", "keys": [
        {"accessKeyId": BOB, "userName": "Bob"},
        {"accessKeyId": "AKIA"},
        {"accessKeyId": ALICE, "userName": "Alice"},
        {"accessKeyId": BOB, "userName": "Bob"},
    ]});
    let case = Case { call: both, ..call(BOB, None) };
    let fault = Fault::once("UpdateAccessKey", DENIED);
    let (outcome, iam) = in_no_time(case.fault(fault).run());
    // Which of the two meets the fault is a matter of timing.
    assert!(outcome.starts_with("KeyLeftActive: a key may still be active: "), "{outcome}");
    for part in [
        "AKIAIOSFODNN7EXAMPLE of Bob: ",
        "AKIAIALICE7EXAMPLE22 of Alice: ",
        ": Deactivated",
        ": Failed (iam:UpdateAccessKey failed: AccessDenied",
        "keys[1].accessKeyId: expected an access key ID",
    ] {
        assert!(outcome.contains(part), "{outcome}");
    }
    assert_eq!(iam.keys().values().filter(|status| **status == Inactive).count(), 1);
    let updates = received(&iam).into_iter().filter(|call| *call == Update);
    assert_eq!(updates.count(), 2, "each key is updated once");
}
