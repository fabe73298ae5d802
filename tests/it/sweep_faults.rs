//! Sweeps that meet what a walk through all calls does not show.

use std::time::Duration;

use kit::iam::{Fault, FaultKind, Iam, Key, Status, User, World};
use serde_json::json;

use crate::{
    faults::DENIED,
    invoke::Function,
    sweep_world::{SETTINGS, crowd, day_ago, days_ago, id, seed, world},
    walk::Scene,
};

#[tokio::test]
async fn what_a_person_asks_for_fails_loudly() {
    let scene = Scene::of_alice("securityhub-action-control-iam3");
    let update = Fault::always("UpdateAccessKey", DENIED);
    let error = scene.run(Some(update)).await.answer.unwrap_err();
    assert_eq!(error.error_type, "KeyLeftActive");
    assert_eq!(
        error.error_message,
        "a key may still be active: AKIAIALICE2222222221 of Alice: Failed (400 days old: \
         iam:UpdateAccessKey failed: AccessDenied (the function's role may lack \
         iam:UpdateAccessKey))"
    );
    // What comes by itself comes again.
    let scene = Scene::of_alice("securityhub-control-iam3-failed");
    let report = scene.run(Some(Fault::always("TagUser", DENIED))).await.answer.unwrap().report;
    assert!(report.attention, "{}", report.summary);
}

#[tokio::test]
async fn a_user_deleted_in_the_middle_is_normal() {
    for action in
        ["ListAccessKeys", "ListUserTags", "ListGroupsForUser", "UpdateAccessKey", "TagUser"]
    {
        let user = if action == "TagUser" { "Old" } else { "Due" };
        let deleted = Fault { user: Some(user), ..Fault::once(action, FaultKind::DeletesUser) };
        let run = Scene::sweep().run(Some(deleted)).await;
        let report = run.answer.unwrap().report;
        assert!(!report.sweep.unwrap().incomplete, "{action}");
        assert!(run.inactive.contains(&id("LongDue", 1)), "{action}: the rest is handled");
    }
}

#[tokio::test]
async fn without_a_report_everyone_is_looked_at() {
    for action in ["GenerateCredentialReport", "GetCredentialReport"] {
        let run = Scene::sweep().run(Some(Fault::always(action, DENIED))).await;
        let inactive: Vec<_> =
            ["Due", "Inactive", "LongDue", "Tidy"].map(|user| id(user, 1)).into();
        assert_eq!(run.inactive.into_iter().collect::<Vec<_>>(), inactive, "{action}");
        assert!(run.requests.iter().any(|request| request.action == "ListUsers"), "{action}");
        let report = run.answer.unwrap().report;
        assert!(report.attention && report.summary.starts_with("WITHOUT CREDENTIAL REPORT, "));
    }
}

#[tokio::test]
async fn without_any_list_of_users_the_sweep_fails_and_hides_nothing() {
    let bob = id("Bob", 1);
    let iam = Iam::start(World::new().user("Bob", &[(&bob, Status::Active)])).await;
    iam.fault(Fault::always("GetCredentialReport", DENIED));
    iam.fault(Fault::always("ListUsers", DENIED));
    let function = Function::new(&iam.url(), &[("SWEEP_MODE", "enforce")]);
    let failed = "the account could not be swept: iam:ListUsers failed: AccessDenied (the function's \
                  role may lack iam:ListUsers)";
    let sweep = json!({"action": "sweep"});
    let error = function.handle(&sweep).await.unwrap_err();
    assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("SweepFailed", failed));
    // What else is in the payload is handled or told as well. (A sweep among several events is none.)
    let more = json!(format!("{sweep} x"));
    let error = function.handle(&more).await.unwrap_err();
    let rest = "the event: expected nothing after the first JSON value";
    assert_eq!(error.error_message, format!("{failed}; {rest}"));
}

#[tokio::test]
async fn where_time_runs_out_nothing_is_done_by_halves() {
    let iam = Iam::start(world(&seed())).await;
    let hangs = Fault { user: Some("Old"), ..Fault::always("ListUserTags", FaultKind::Hang) };
    iam.fault(hangs);
    let function =
        Function { time_limit: Duration::from_secs(6), ..Function::new(&iam.url(), &SETTINGS) };
    // Reading goes on to half the time; the one that hung is told, the others are acted on no more,
    // since that would not end in time.
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.sweep.unwrap().incomplete, "{}", report.summary);
    assert!(report.attention && report.summary.contains("INCOMPLETE: "), "{}", report.summary);
    let changes = ["UpdateAccessKey", "TagUser"];
    assert!(!iam.requests().iter().any(|it| changes.contains(&it.action.as_str())));
}

/// An account that cannot be looked through in time still gets on: notices are given.
#[tokio::test]
async fn who_was_looked_at_in_time_is_given_notice_but_no_key_is_deactivated() {
    const HANG: [&str; 16] = [
        "H00", "H01", "H02", "H03", "H04", "H05", "H06", "H07", "H08", "H09", "H10", "H11", "H12",
        "H13", "H14", "H15",
    ];
    let old = |name: &str| User::new(name).key(Key::new(&id(name, 1)).created(days_ago(100)));
    let tag = format!("key-deactivator:notice:{}", id("Due", 1));
    let world = World::new().with(old("Due").tag(&tag, &day_ago(10))).with(old("A"));
    let world = HANG.into_iter().map(old).fold(world, World::with).with(old("Z"));
    let iam = Iam::start(world).await;
    for user in HANG {
        iam.fault(Fault { user: Some(user), ..Fault::always("ListAccessKeys", FaultKind::Hang) });
    }
    let settings = [("SWEEP_MODE", "enforce")];
    let function =
        Function { time_limit: Duration::from_secs(16), ..Function::new(&iam.url(), &settings) };
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.sweep.unwrap().incomplete, "{}", report.summary);
    let of = |user: &str| {
        let of = |it: &&iam_key_deactivator::outcome::Outcome| {
            it.user_name.as_ref().is_some_and(|name| name.as_str() == user)
        };
        report.outcomes.iter().find(of).map(|it| (format!("{:?}", it.status), it.reason.as_str()))
    };
    let given = (String::from("Noticed"), "100 days old: notice was given");
    assert_eq!(of("A"), Some(given));
    let left = "100 days old: due: not all users could be looked at in time";
    assert_eq!(of("Due"), Some((String::from("Pending"), left)));
    assert_eq!(of("Z"), None);
    assert!(iam.keys().values().all(|status| *status == Status::Active));
}

#[tokio::test]
async fn a_key_that_cannot_be_deactivated_leaves_its_turn_to_the_next() {
    /// These users' keys of five, from the oldest on, meet this when they are updated.
    async fn check(users: &[&'static str], kind: FaultKind, expected: [&str; 5]) {
        let iam = Iam::start(crowd(5, 0)).await;
        for user in users {
            let fault = Fault::always("UpdateAccessKey", kind.clone());
            iam.fault(Fault { user: Some(user), ..fault });
        }
        let settings = [("SWEEP_MODE", "enforce"), ("MAX_DEACTIVATIONS_PER_SWEEP", "2")];
        let function = Function::new(&iam.url(), &settings);
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        let statuses = report.outcomes.iter().map(|it| format!("{:?}", it.status));
        assert_eq!(statuses.collect::<Vec<_>>(), expected);
    }
    check(
        &["User0000", "User0001", "User0003"],
        DENIED,
        ["Failed", "Failed", "Deactivated", "Failed", "Deactivated"],
    )
    .await;
    // An answer that is lost may have been the change: its turn is taken.
    check(
        &["User0000"],
        FaultKind::CutBefore,
        ["Failed", "Deactivated", "Pending", "Pending", "Pending"],
    )
    .await;
}

#[tokio::test]
async fn a_notice_that_cannot_be_written_keeps_the_key() {
    let key = Key::new(&id("Full", 1)).created(days_ago(100));
    let tags =
        (0..50).fold(User::new("Full").key(key), |user, index| user.tag(&format!("t{index}"), "x"));
    let iam = Iam::start(World::new().with(tags)).await;
    let function = Function::new(&iam.url(), &SETTINGS);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.attention);
    assert_eq!(
        report.outcomes[0].reason,
        "100 days old: left active: notice of it could not be given: iam:TagUser failed: LimitExceeded"
    );
}
