//! Sessions outlive the key that issued them: they are denied after the key, whatever IAM says.

use std::{collections::BTreeSet, time::Duration};

use fake_aws::{
    Wire,
    iam::{
        CONFLICT, DENIED, Fault, FaultKind, Iam, Key,
        Status::{Active, Inactive},
        THROTTLED, User, World,
    },
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    events::{POLICY, events},
    invoke::{Function, SHORT},
    respond::{
        ALICE, BOB, BOB_2, BREAK_GLASS,
        Call::{self, Again, Attach, List, Owner, Update},
        Case, call, world,
    },
    worlds::id,
};

const DENY: &[(&str, &str)] = &[("DENY_SESSIONS", POLICY), ("PROTECTED_USERS", "BreakGlass")];
const SESSION: &str = "ASIAIOSFODNN7EXAMPLE";
/// Carries the account 210987654321.
const FOREIGN_SESSION: &str = "ASIATCH6YDSY2EXAMPLE";
const GONE: &str = "AKIAIDELETED2EXAMPLE";

fn deny(case: Case) -> Case {
    Case { settings: DENY, ..case }
}

/// The users whose sessions are denied.
fn denied(iam: &Iam) -> BTreeSet<String> {
    let users = iam.all_policies().into_iter();
    users.filter(|(_, policies)| policies.contains(POLICY)).map(|(name, _)| name).collect()
}

/// A case that ends like this, with the sessions of these users denied.
#[track_caller]
fn check(case: Case, outcome: &str, calls: &[Call], deactivated: &[&str], expected: &[&str]) {
    let iam = deny(case).end(outcome, calls, deactivated);
    assert_eq!(denied(&iam), expected.iter().map(|user| (*user).to_owned()).collect());
    let attached = iam.requests().into_iter().filter(|call| call.action == "AttachUserPolicy");
    for call in attached {
        assert_eq!(call.policy_arn.as_deref(), Some(POLICY));
    }
}

fn left_open(who: &str, error: &str) -> String {
    format!(
        "SessionsLeftOpen: sessions are left open: {who} (sessions LEFT OPEN: \
         iam:AttachUserPolicy failed: {error})"
    )
}

#[test]
fn sessions_are_denied_after_the_key() {
    let bob = || call(BOB, Some("Bob"));
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated (sessions denied)";
    check(bob(), done, &[List, Update, List, Attach], &[BOB], &["Bob"]);
    check(call(BOB, None), done, &[Owner, List, Update, List, Attach], &[BOB], &["Bob"]);
    let inactive = World::new().user("Bob", &[(BOB, Inactive)]);
    check(
        bob().world(inactive),
        "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive (sessions denied)",
        &[List, Update, List, Attach],
        &[BOB],
        &["Bob"],
    );
    check(
        call(GONE, Some("Bob")),
        "AKIAIDELETED2EXAMPLE of Bob: NotFound (sessions denied), attention",
        &[List, Owner, Update, Owner, Attach],
        &[],
        &["Bob"],
    );
    // The user does not exist.
    check(
        call(GONE, Some("Mallory")),
        "AKIAIDELETED2EXAMPLE of Mallory: NotFound",
        &[List, Owner, Update, Owner, Attach, Owner, List],
        &[],
        &[],
    );
}

#[test]
fn a_session_of_a_user_is_denied_and_of_nobody_else() {
    let done = format!("{SESSION} of Bob: TemporaryCredential (sessions denied)");
    check(call(SESSION, Some("Bob")), &done, &[Attach], &[], &["Bob"]);
    let none = |id: &str, user: Option<&str>, outcome: &str| {
        check(call(id, user), outcome, &[], &[], &[]);
    };
    none(SESSION, None, &format!("{SESSION}: TemporaryCredential"));
    none(SESSION, Some("BreakGlass"), &format!("{SESSION} of BreakGlass: TemporaryCredential"));
    none(FOREIGN_SESSION, Some("Bob"), &format!("{FOREIGN_SESSION} of Bob: TemporaryCredential"));
    let unknown = format!("{SESSION} of Mallory: TemporaryCredential");
    check(call(SESSION, Some("Mallory")), &unknown, &[Attach, List], &[], &[]);
    let role = || Case { call: events()["guardduty-assumed-role"].clone(), ..call(BOB, None) };
    let of_role = "ASIAIOSFODNN7EXAMPLE: TemporaryCredential";
    let mut federated = role();
    check(role(), of_role, &[], &[], &[]);
    let details = &mut federated.call["detail"]["resource"]["accessKeyDetails"];
    details["userType"] = "FederatedUser".into();
    details["userName"] = "Bob".into();
    check(federated, of_role, &[], &[], &[]);
}

#[test]
fn sessions_are_left_alone_where_the_key_is() {
    let none = |case: Case, outcome: &str, calls: &[Call], deactivated: &[&str]| {
        check(case, outcome, calls, deactivated, &[]);
    };
    none(
        call(BREAK_GLASS, Some("BreakGlass")),
        "URGENT: AKIAIBREAKGLASS22222 of BreakGlass: Protected",
        &[List],
        &[],
    );
    let dry =
        json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob", "dryRun": true});
    none(
        Case { call: dry, ..call(BOB, None) },
        "AKIAIOSFODNN7EXAMPLE of Bob: DryRun",
        &[List],
        &[],
    );
    let denied = Fault::always("UpdateAccessKey", DENIED);
    none(
        call(BOB, Some("Bob")).fault(denied),
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
         (iam:UpdateAccessKey failed: AccessDenied (the function's role may lack \
         iam:UpdateAccessKey))",
        &[List, Update, List],
        &[],
    );
    // Off by default.
    call(BOB, Some("Bob")).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
        &[List, Update, List],
        &[BOB],
    );
    call(SESSION, Some("Bob")).ends(&format!("{SESSION} of Bob: TemporaryCredential"), &[], &[]);
}

#[test]
fn a_quarantined_user_without_keys_may_have_sessions() {
    const SETTINGS: &[(&str, &str)] =
        &[("DENY_SESSIONS", POLICY), ("DEACTIVATE_QUARANTINED_USERS", "true")];
    let quarantined = |world: World| Case {
        world,
        call: events()["cloudtrail-quarantine-v3"].clone(),
        faults: Vec::new(),
        settings: SETTINGS,
        time_limit: SHORT,
    };
    let done = "user Bob: NotFound (sessions denied), attention";
    let iam = quarantined(World::new().user("Bob", &[])).end(done, &[List, Attach], &[]);
    assert!(iam.policies("Bob").contains(POLICY));
    let both = World::new().user("Bob", &[(BOB, Active), (BOB_2, Inactive)]);
    let iam = quarantined(both).end(
        "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated (sessions denied), AKIAI44QH8DHBEXAMPLE of Bob: \
         AlreadyInactive (sessions denied)",
        &[List, Update, List, Attach, Update, List, Attach],
        &[BOB, BOB_2],
    );
    assert!(iam.policies("Bob").contains(POLICY));
}

#[test]
fn sessions_that_are_left_open_fail_the_invocation() {
    let who = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    let bob = || call(BOB, Some("Bob"));
    let once = [List, Update, List, Attach];
    let policy = |number| format!("arn:aws:iam::123456789012:policy/P{number}");
    let full = (0..10).fold(User::new("Bob"), |user, number| user.policy(&policy(number)));
    check(
        bob().world(World::new().with(full.key(Key::new(BOB)))),
        &left_open(who, "LimitExceeded (the user has as many managed policies as it may have)"),
        &once,
        &[BOB],
        &[],
    );
    check(
        bob().fault(Fault::always("AttachUserPolicy", DENIED)),
        &left_open(who, "AccessDenied (the function's role may lack iam:AttachUserPolicy)"),
        &once,
        &[BOB],
        &[],
    );
    check(
        bob().fault(Fault::always("AttachUserPolicy", THROTTLED)),
        &left_open(who, "Throttling"),
        &[List, Update, List, Attach, Again],
        &[BOB],
        &[],
    );
    // The user exists, so the policy is missing.
    let missing = FaultKind::Error { status: 404, code: "NoSuchEntity" };
    check(
        bob().fault(Fault::always("AttachUserPolicy", missing)),
        &left_open(who, "NoSuchEntity (the stack's SessionPolicy does not exist)"),
        &[List, Update, List, Attach, Owner, List],
        &[BOB],
        &[],
    );
}

#[test]
fn a_call_that_fails_for_a_while_is_made_again() {
    for (kind, times) in [(THROTTLED, 3), (CONFLICT, 3), (FaultKind::CutAfter, 1)] {
        let fault = Fault { times, ..Fault::once("AttachUserPolicy", kind) };
        let mut calls = vec![List, Update, List];
        calls.extend((0..=times).map(|_| Attach));
        check(
            call(BOB, Some("Bob")).fault(fault),
            "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated (sessions denied)",
            &calls,
            &[BOB],
            &["Bob"],
        );
    }
}

#[test]
fn an_error_names_the_key_left_active_and_the_sessions_left_open() {
    let both = json!({"action": "deactivate", "keys": [
        {"accessKeyId": BOB, "userName": "Bob"}, {"accessKeyId": ALICE, "userName": "Alice"},
    ]});
    let of = |user, action| Fault { user: Some(user), ..Fault::always(action, DENIED) };
    let case = Case { call: both, ..call(BOB, None) };
    let case = case.fault(of("Bob", "AttachUserPolicy")).fault(of("Alice", "UpdateAccessKey"));
    check(
        case,
        "KeyLeftActive: a key may still be active, and sessions are left open: \
         AKIAIALICE7EXAMPLE22 of Alice: Failed (iam:UpdateAccessKey failed: AccessDenied (the \
         function's role may lack iam:UpdateAccessKey)); AKIAIOSFODNN7EXAMPLE of Bob: Deactivated \
         (sessions LEFT OPEN: iam:AttachUserPolicy failed: AccessDenied (the function's role may \
         lack iam:AttachUserPolicy))",
        &[List, Update, List, Attach, List, Update, List],
        &[BOB],
        &[],
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_queue_whose_sessions_are_left_open_comes_again() {
    let iam = Iam::start(world()).await;
    iam.fault(Fault { user: Some("Alice"), ..Fault::always("AttachUserPolicy", DENIED) });
    let message = |id: &str, key: &str, user: &str| {
        let call = json!({"action": "deactivate", "accessKeyId": key, "userName": user});
        json!({"eventSource": "aws:sqs", "messageId": id, "body": call.to_string()})
    };
    let batch = json!({"Records": [message("a", BOB, "Bob"), message("b", ALICE, "Alice")]});
    let answer = Function::new(&iam, DENY).handle(&batch).await.unwrap();
    let failed: Vec<_> = answer.batch.unwrap().batch_item_failures;
    assert_eq!(failed.iter().map(|it| it.item_identifier.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(answer.report.attention);
    let subject = answer.report.message.subject;
    assert!(subject.starts_with("URGENT: 2 deactivated, 1 with sessions LEFT OPEN"), "{subject}");
}

/// The attempt that deactivated the key is cut off before it denies sessions.
#[tokio::test(start_paused = true)]
async fn the_next_attempt_denies_what_a_cut_off_one_left() {
    let iam = Iam::start(world()).await;
    iam.fault(Fault::once("AttachUserPolicy", FaultKind::Hang));
    let function = Function::new(&iam, DENY);
    let call = json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob"});
    let contained = async {
        while iam.keys()[BOB] == Active {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        answer = function.handle(&call) => panic!("not cut off: {answer:?}"),
        () = contained => {}
    }
    assert_eq!(denied(&iam), BTreeSet::new());
    let report = function.handle(&call).await.unwrap().report;
    assert_eq!(report.summary, "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive (sessions denied)");
    assert!(report.unconfirmed);
    assert_eq!(denied(&iam), BTreeSet::from(["Bob".to_owned()]));
}

/// The user is renamed between the update and the policy.
#[tokio::test(start_paused = true)]
async fn the_policy_follows_the_owner_of_the_key() {
    for (name, expected) in [("Robert", &["Robert"][..]), ("BreakGlass2", &[])] {
        let iam = Iam::start(World::new().user("Bob", &[(BOB, Active)])).await;
        let settings = [("DENY_SESSIONS", POLICY), ("PROTECTED_USERS", "BreakGlass*")];
        let function = Function::new(&iam, &settings);
        let call = json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob"});
        let renamed = async {
            while iam.keys()[BOB] == Active {
                sleep(Duration::from_millis(1)).await;
            }
            iam.rename("Bob", name);
        };
        iam.fault(Fault::once("UpdateAccessKey", FaultKind::Slow(Duration::from_millis(50))));
        let (answer, ()) = tokio::join!(function.handle(&call), renamed);
        let outcomes = answer.unwrap().report.outcomes;
        assert_eq!(denied(&iam), expected.iter().map(|user| (*user).to_owned()).collect());
        let user = outcomes[0].user_name.as_ref().map(ToString::to_string);
        assert_eq!(user.as_deref(), Some(name));
    }
}

/// Neither the first update of another key nor the second of the same waits for a policy.
#[tokio::test(start_paused = true)]
async fn no_update_waits_for_a_policy() {
    let name = |number: usize| format!("User{number:02}");
    let user = |number| User::new(&name(number)).key(Key::new(&id(&name(number), 1)));
    let near = Wire::http().round_trip(Duration::from_millis(20));
    let iam = Iam::over(near, (0..40).map(user).fold(World::new(), World::with)).await;
    iam.fault(Fault::always("AttachUserPolicy", FaultKind::Hang));
    let key = |number| json!({"accessKeyId": id(&name(number), 1), "userName": name(number)});
    let call = json!({"action": "deactivate", "keys": (0..40).map(key).collect::<Vec<_>>()});
    let function = Function { time_limit: Duration::from_mins(2), ..Function::new(&iam, DENY) };
    let begin = Instant::now();
    let error = function.handle(&call).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_mins(2), "Lambda would have ended it");
    assert_eq!(error.error_type, "SessionsLeftOpen");
    assert!(iam.keys().values().all(|status| *status == Inactive));
    let actions: Vec<_> = iam.requests().into_iter().map(|call| call.action).collect();
    let place = |of: &str| actions.iter().position(|action| action == of).unwrap();
    let updates = actions.iter().filter(|action| *action == "UpdateAccessKey").count();
    let first = actions[..place("AttachUserPolicy")].iter();
    assert_eq!(first.filter(|action| *action == "UpdateAccessKey").count(), 40);
    assert_eq!(updates, 80, "each key is updated twice");
}
