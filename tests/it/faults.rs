//! The respond path where IAM fails, lags or disagrees with the event: the real client against an
//! endpoint that misbehaves.

use std::{collections::BTreeSet, time::Duration};

use iam_key_deactivator::outcome::Outcome;
use kit::iam::{
    BROKEN, CONFLICT, DENIED, Fault, FaultKind, Iam,
    Status::{self, Active, Inactive},
    THROTTLED, World,
};
use serde_json::{Value, json};

use crate::{
    invoke::{Function, SHORT, in_no_time},
    worlds::inactive,
};

pub(crate) const BOB: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const BOB_2: &str = "AKIAI44QH8DHBEXAMPLE";
pub(crate) const ALICE: &str = "AKIAIALICE7EXAMPLE22";
const BREAK_GLASS: &str = "AKIAIBREAKGLASS22222";
/// Carries the account 210987654321.
const FOREIGN: &str = "AKIATCH6YDSY2EXAMPLE";

fn world() -> World {
    World::new()
        .user("Alice", &[(ALICE, Active)])
        .user("Bob", &[(BOB, Active), (BOB_2, Active)])
        .user("BreakGlass", &[(BREAK_GLASS, Active)])
}

/// A world in which Bob's key has this status, for endpoints that lag behind.
fn seen(status: Status) -> FaultKind {
    FaultKind::Stale(World::new().user("Bob", &[(BOB, status)]))
}

/// A case: what is asked for, what goes wrong, and what must come of it.
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) call: Value,
    pub(crate) faults: Vec<Fault>,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) time_limit: Duration,
}

/// A direct call for `id`, said to be of `user`.
fn call(id: &str, user: Option<&str>) -> Case {
    let call = json!({"action": "deactivate", "accessKeyId": id, "userName": user});
    Case {
        world: world(),
        call,
        faults: Vec::new(),
        settings: &[("PROTECTED_USERS", "BreakGlass")],
        time_limit: SHORT,
    }
}

impl Case {
    pub(crate) fn world(self, world: World) -> Self {
        Self { world, ..self }
    }

    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// `outcome` is the summary of the answer, or the type and message of the error; `calls` are the
    /// calls that IAM received, in order; `deactivated` are the keys that are
    /// Inactive afterwards.
    #[track_caller]
    pub(crate) fn ends(self, outcome: &str, calls: &[Call], deactivated: &[&str]) {
        let (found, iam) = in_no_time(self.run());
        assert_eq!((found.as_str(), received(&iam).as_slice()), (outcome, calls));
        let expected = deactivated.iter().map(|id| (*id).to_owned());
        assert_eq!(inactive::<BTreeSet<_>>(&iam), expected.collect());
        for request in iam.requests() {
            let named = request.user_name.is_some() || request.action == "GetAccessKeyLastUsed";
            assert!(named, "IAM would guess the user: {request:?}");
            assert!(request.status.is_none_or(|status| status == "Inactive"));
        }
    }

    async fn run(self) -> (String, Iam) {
        let iam = Iam::start(self.world).await;
        for fault in self.faults {
            iam.fault(fault);
        }
        let function =
            Function { time_limit: self.time_limit, ..Function::new(&iam, self.settings) };
        let outcome = match function.handle(&self.call).await {
            Ok(answer) => {
                let unverified = answer.report.outcomes.iter().filter(|outcome| {
                    let changed = ["Deactivated", "AlreadyInactive"];
                    changed.contains(&format!("{:?}", outcome.status).as_str()) && !outcome.verified
                });
                let unverified = if unverified.count() > 0 { ", unverified" } else { "" };
                let is_gone =
                    |it: &&Outcome| it.status == iam_key_deactivator::outcome::Status::NotFound;
                let gone = answer.report.outcomes.iter().find(is_gone);
                let attention =
                    if gone.is_some_and(|it| it.attention) { ", attention" } else { "" };
                format!("{}{unverified}{attention}", answer.report.summary)
            }
            Err(error) => format!("{}: {}", error.error_type, error.error_message),
        };
        (outcome, iam)
    }
}

/// A call to IAM, as a response makes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    /// `ListAccessKeys`
    List,
    /// `GetAccessKeyLastUsed`, which names a key's owner
    Owner,
    /// `GetUser`, which shows the user's path
    Path,
    /// `UpdateAccessKey`
    Update,
    /// The call before it, five times more or oftener: until the time was up.
    Again,
}

use Call::{Again, List, Owner, Update};

/// The calls that IAM has received.
fn received(iam: &Iam) -> Vec<Call> {
    let call = |action: &str| match action {
        "ListAccessKeys" => List,
        "GetAccessKeyLastUsed" => Owner,
        "GetUser" => Call::Path,
        "UpdateAccessKey" => Update,
        other => panic!("a call that the role may not make: {other}"),
    };
    let calls: Vec<Call> = iam.requests().iter().map(|it| call(&it.action)).collect();
    let runs = calls.chunk_by(|call, next| call == next);
    runs.flat_map(|run| if run.len() > 5 { vec![run[0], Again] } else { run.to_vec() }).collect()
}

#[test]
fn nothing_goes_wrong() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("Bob")).ends(done, &[List, Update, List], &[BOB]);
    call(BOB, None).ends(done, &[Owner, List, Update, List], &[BOB]);
    let inactive = World::new().user("Bob", &[(BOB, Inactive)]);
    call(BOB, Some("Bob")).world(inactive).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive",
        &[List, Update, List],
        &[BOB],
    );
}

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
        STILL_ACTIVE,
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
        STILL_ACTIVE,
        &[List, Update, List, List, List, List, List],
        &[BOB],
    );
}

const STILL_ACTIVE: &str = "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: \
                            Failed (IAM took the update, but goes on showing the key Active: delete it, or deny its user everything)";

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
fn the_key_decides_not_the_user_that_the_event_names() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("Mallory")).ends(done, &[List, Owner, List, Update, List], &[BOB]);
    call(BOB, Some("Alice")).ends(done, &[List, Owner, List, Update, List], &[BOB]);
    call(BOB, Some("Bob&Status=Active\n")).ends(done, &[Owner, List, Update, List], &[BOB]);
    // The owner cannot be had before the update, but after it.
    call(BOB, Some("Mallory")).fault(Fault::once("GetAccessKeyLastUsed", THROTTLED)).ends(
        done,
        &[List, Owner, Update, Owner, Update, List],
        &[BOB],
    );
}

#[test]
fn a_key_that_is_gone_is_believed_gone_only_after_the_update() {
    const GONE: &str = "AKIAIDELETED2EXAMPLE";
    call(GONE, Some("Bob")).ends(
        "AKIAIDELETED2EXAMPLE of Bob: NotFound",
        &[List, Owner, Update, Owner],
        &[],
    );
    // Without a user no update can be sent: that it is gone cannot be known.
    call(GONE, None).ends(
        "KeyLeftActive: a key may still be active: AKIAIDELETED2EXAMPLE: Failed (IAM does not name the \
         key's owner)",
        &[Owner],
        &[],
    );
}

#[test]
fn a_denied_look_up_tells_that_a_key_is_gone_only_in_bare_words() {
    const GONE: &str = "AKIAIDELETED2EXAMPLE";
    let bare = || world().denying_unknown_keys();
    let gone = |user: &str| format!("AKIAIDELETED2EXAMPLE{user}: NotFound, attention");
    call(GONE, None).world(bare()).ends(&gone(""), &[Owner], &[]);
    call(GONE, Some("Bob")).world(bare()).ends(
        &gone(" of Bob"),
        &[List, Owner, Update, Owner],
        &[],
    );
    call(GONE, Some("Mallory")).world(bare()).ends(
        &gone(" of Mallory"),
        &[List, Owner, Update, Owner],
        &[],
    );
    // The list could not be read: the key may be there, under this user or another.
    let unread = Fault::always("ListAccessKeys", BROKEN);
    call(GONE, Some("Bob")).world(bare()).fault(unread).ends(
        "KeyLeftActive: a key may still be active: AKIAIDELETED2EXAMPLE of Bob: Failed (IAM finds no such \
         key to update, but the user's keys could not be listed: the key may have another owner)",
        &[List, Owner, Update, Owner],
        &[],
    );
    let failed = "KeyLeftActive: a key may still be active: AKIAIDELETED2EXAMPLE: Failed \
                  (iam:GetAccessKeyLastUsed failed: AccessDenied (the function's role may lack \
                  iam:GetAccessKeyLastUsed))";
    for more in [
        "",
        "not authorized to perform: iam:GetAccessKeyLastUsed",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key \
         AKIAIDELETED2EXAMPLE because no identity-based policy allows the action",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key \
         AKIAIDELETED2EXAMPLE with an explicit deny in a service control policy",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key XAKIAIDELETED2EXAMPLE",
    ] {
        let denied = Fault::always("GetAccessKeyLastUsed", FaultKind::Denied(more));
        call(GONE, None).fault(denied).ends(failed, &[Owner], &[]);
    }
}

#[test]
fn an_owner_without_a_name_is_not_the_root_user() {
    const UNNAMED: &str = "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><UserName></UserName>\
        <AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKeyLastUsed>\
        </GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>";
    let unnamed = FaultKind::Odd { status: 200, body: UNNAMED };
    call(BOB, None).fault(Fault::always("GetAccessKeyLastUsed", unnamed)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: InvalidResponse)",
        &[Owner],
        &[],
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
fn a_key_that_iam_shows_is_not_believed_gone() {
    let failed = "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed (IAM \
                  contradicts itself: a read finds the key, the update does not)";
    let lags = || FaultKind::Stale(World::new());
    call(BOB, Some("Bob")).fault(Fault::always("UpdateAccessKey", lags())).ends(
        failed,
        &[List, Update, Owner, Update],
        &[],
    );
    call(BOB, Some("Bob"))
        .fault(Fault::always("UpdateAccessKey", lags()))
        .fault(Fault::always("GetAccessKeyLastUsed", lags()))
        .ends(failed, &[List, Update, Owner], &[]);
    call(BOB, Some("Bob")).fault(Fault::once("UpdateAccessKey", lags())).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
        &[List, Update, Owner, Update, List],
        &[BOB],
    );
}

#[test]
fn a_key_whose_owner_iam_names_is_not_believed_gone() {
    let lags = || FaultKind::Stale(World::new());
    let gone = Fault { skip: 1, ..Fault::always("GetAccessKeyLastUsed", lags()) };
    call(BOB, None).fault(Fault::always("UpdateAccessKey", lags())).fault(gone).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed (IAM contradicts \
         itself: a read finds the key, the update does not)",
        &[Owner, List, Update, Owner],
        &[],
    );
}

#[test]
fn without_a_user_the_owner_is_asked_for_until_it_is_known() {
    let twice = |kind| Fault { times: 2, ..Fault::once("GetAccessKeyLastUsed", kind) };
    call(BOB, None).fault(twice(THROTTLED)).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
        &[Owner, Owner, Owner, List, Update, List],
        &[BOB],
    );
    call(BOB, None).fault(Fault::always("GetAccessKeyLastUsed", DENIED)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: AccessDenied (the function's role may lack \
         iam:GetAccessKeyLastUsed))",
        &[Owner],
        &[],
    );
}

#[test]
fn the_break_glass_list_holds_for_the_true_owner() {
    let left = "URGENT: AKIAIBREAKGLASS22222 of BreakGlass: Protected";
    call(BREAK_GLASS, Some("BreakGlass")).ends(left, &[List], &[]);
    call(BREAK_GLASS, None).ends(left, &[Owner, List], &[]);
    // Renamed since, or named wrongly.
    call(BREAK_GLASS, Some("Mallory")).ends(left, &[List, Owner, List], &[]);
    call(BREAK_GLASS, Some("Bob")).ends(left, &[List, Owner, List], &[]);
    let unread = |action| Fault::once(action, DENIED);
    call(BREAK_GLASS, Some("Bob")).fault(unread("ListAccessKeys")).ends(
        left,
        &[List, Owner, List],
        &[],
    );
    call(BREAK_GLASS, Some("Bob")).fault(unread("GetAccessKeyLastUsed")).ends(
        left,
        &[List, Owner, Update, Owner],
        &[],
    );
    // A key that is only said to be of a protected user is not protected by that.
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("BreakGlass")).ends(done, &[List, Owner, List, Update, List], &[BOB]);
    let once = Fault::once("GetAccessKeyLastUsed", THROTTLED);
    call(BOB, Some("BreakGlass")).fault(once).ends(
        done,
        &[List, Owner, Owner, List, Update, List],
        &[BOB],
    );
    call(BOB, Some("BreakGlass")).fault(Fault::always("GetAccessKeyLastUsed", BROKEN)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: ServiceFailure)",
        &[List, Owner, Again],
        &[],
    );
}

#[test]
fn another_accounts_key_is_left_alone() {
    let foreign = "AKIATCH6YDSY2EXAMPLE: ForeignAccount";
    call(FOREIGN, Some("Erin")).ends(foreign, &[Owner], &[]);
    call(FOREIGN, None).world(world().denying_unknown_keys()).ends(foreign, &[Owner], &[]);
    // The encoding is no authority: a key that IAM knows is ours after all.
    call(FOREIGN, None).world(World::new().user("Erin", &[(FOREIGN, Active)])).ends(
        "AKIATCH6YDSY2EXAMPLE of Erin: Deactivated",
        &[Owner, List, Update, List],
        &[FOREIGN],
    );
    // No answer is not an answer.
    call(FOREIGN, None).fault(Fault::always("GetAccessKeyLastUsed", BROKEN)).ends(
        "KeyLeftActive: a key may still be active: AKIATCH6YDSY2EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: ServiceFailure)",
        &[Owner, Again],
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

#[test]
fn a_dry_run_is_the_same_path_up_to_the_update() {
    let would = "AKIAIOSFODNN7EXAMPLE of Bob: DryRun";
    let dry = |case: Case| Case { settings: &[("RESPONSE_MODE", "dry-run")], ..case };
    dry(call(BOB, Some("Bob"))).ends(would, &[List], &[]);
    dry(call(BOB, Some("Mallory"))).ends(would, &[List, Owner, List], &[]);
    dry(call(BOB, None)).ends(would, &[Owner, List], &[]);
    dry(call(BOB, Some("Bob")).world(World::new().user("Bob", &[(BOB, Inactive)]))).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive, unverified",
        &[List],
        &[BOB],
    );
    let asked =
        json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob", "dryRun": true});
    Case { call: asked, ..call(BOB, None) }.ends(would, &[List], &[]);
    // It can only make it safer.
    let not_asked =
        json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob", "dryRun": false});
    dry(Case { call: not_asked, ..call(BOB, None) }).ends(would, &[List], &[]);
}
