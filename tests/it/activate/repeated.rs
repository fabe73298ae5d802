//! Every step of an activation fails: the answer says what is in place, and the same call does what is left.

use std::collections::BTreeSet;

use fake_aws::iam::{BROKEN, CONFLICT, DENIED, Fault, FaultKind, Iam, THROTTLED, World};
use futures_util::{StreamExt, stream};

use super::{Left, POLICY, SETTINGS, active, call, contained, denied, mark, note, said};
use crate::{
    invoke::{Function, in_no_time},
    respond::{BOB, BOB_2},
};

/// This call is denied. The error says this, and this is in place: whether the note is written, the key
/// is Active, the policy is detached. The mark is there. Then the same call does the rest.
#[track_caller]
fn check(action: &'static str, in_place: &str, expected: [bool; 3]) {
    in_no_time(async {
        let iam = Iam::start(World::new().with(contained())).await;
        iam.fault(denied(action));
        let function = Function::new(&iam, &SETTINGS);
        let error = said(&function, &call(BOB, Some("Bob"))).await;
        assert_eq!(
            error,
            format!(
                "ActivationFailed: a key is not activated, or not completely: AKIAIOSFODNN7EXAMPLE of \
                 Bob: Failed (iam:{action} failed: AccessDenied (the function's role may lack \
                 iam:{action}). {in_place})"
            )
        );
        let detached = !iam.policies("Bob").contains(POLICY);
        let found = [iam.tags("Bob").contains_key(&note(BOB)), active(&iam, BOB), detached];
        assert_eq!(found, expected, "{action}");
        assert!(iam.tags("Bob").contains_key(&mark(BOB)), "the mark goes last");

        iam.heal();
        let again = said(&function, &call(BOB, Some("Bob"))).await;
        assert_eq!(again, "AKIAIOSFODNN7EXAMPLE of Bob: Activated");
        assert_eq!(Left::of(&iam), Left::restored(&[BOB, BOB_2]));
        let third = said(&function, &call(BOB, Some("Bob"))).await;
        assert_eq!(third, "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyActive");
    });
}

#[test]
fn each_step_can_be_repeated() {
    for read in ["GetAccessKeyLastUsed", "ListAccessKeys", "ListUserTags"] {
        check(read, "Nothing was changed.", [false, false, false]);
    }
    check(
        "TagUser",
        "The key is still Inactive. Its mark is still in place.",
        [false, false, false],
    );
    check(
        "UpdateAccessKey",
        "The key may still be Inactive. Its mark and the session policy, if there is one, are still in \
         place.",
        [true, false, false],
    );
    check(
        "DetachUserPolicy",
        "The key is Active, but its user's sessions may still be denied. The key's mark is still in \
         place.",
        [true, true, false],
    );
    check(
        "UntagUser",
        "The key is Active, and nothing denies its user's sessions on its behalf. Only the key's mark \
         may still be in place.",
        [true, true, true],
    );
}

/// Every call fails in every way, in every place. Nothing is called a success that is none, nothing but
/// this key changes, and the same call does what is left.
#[tokio::test(start_paused = true)]
async fn every_call_of_an_activation_fails_in_every_place() {
    let iam = Iam::start(World::new().with(contained())).await;
    said(&Function::new(&iam, &SETTINGS), &call(BOB, Some("Bob"))).await;
    let calls = iam.requests();
    let actions: BTreeSet<_> = calls.iter().map(|call| call.action.as_str()).collect();
    let expected = [
        "DetachUserPolicy",
        "GetAccessKeyLastUsed",
        "ListAccessKeys",
        "ListUserTags",
        "TagUser",
        "UntagUser",
        "UpdateAccessKey",
    ];
    assert_eq!(actions.into_iter().collect::<Vec<_>>(), expected);
    let kinds = || {
        [
            (THROTTLED, usize::MAX),
            (DENIED, usize::MAX),
            (BROKEN, usize::MAX),
            (CONFLICT, usize::MAX),
            (FaultKind::CutBefore, usize::MAX),
            (FaultKind::CutAfter, usize::MAX),
            (FaultKind::Garbage, usize::MAX),
            (FaultKind::Hang, 1),
            (THROTTLED, 2),
        ]
    };
    let cases = calls.iter().flat_map(|call| kinds().map(|(kind, times)| (call, kind, times)));
    let runs = stream::iter(cases).map(async |(faulty, kind, times)| {
        let case = format!("{}: {kind:?} {times}", faulty.action);
        let iam = Iam::start(World::new().with(contained())).await;
        iam.fault(Fault { times, ..Fault::on(faulty, kind) });
        let function = Function::new(&iam, &SETTINGS);
        let said_first = said(&function, &call(BOB, Some("Bob"))).await;
        assert!(active(&iam, BOB_2), "{case}: the other key");
        if said_first.ends_with(": Activated") {
            assert_eq!(Left::of(&iam), Left::restored(&[BOB, BOB_2]), "{case}");
        } else {
            let names_it = format!("iam:{} failed", faulty.action);
            assert!(said_first.starts_with("ActivationFailed: "), "{case}: {said_first}");
            assert!(said_first.contains(&names_it), "{case}: {said_first}");
        }
        iam.heal();
        let again = said(&function, &call(BOB, Some("Bob"))).await;
        let is_whole = again.ends_with(": Activated") || again.ends_with(": AlreadyActive");
        assert!(is_whole, "{case}: {again}");
        assert_eq!(Left::of(&iam), Left::restored(&[BOB, BOB_2]), "{case}");
    });
    let () = runs.buffer_unordered(24).collect().await;
}
