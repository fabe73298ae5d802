//! Changes that fail, hang, or come too late.

use fake_aws::iam::{CONFLICT, DENIED, Fault, FaultKind, Iam, User, World};
use iam_key_deactivator::outcome::{Reason, Unknown};
use serde_json::json;

use super::sweep;
use crate::{
    fault_matrix::Scene,
    invoke::Function,
    worlds::{SETTINGS, aged, crowd, id},
};

/// (The credential report and the list of users have tests of their own above.)
#[tokio::test(start_paused = true)]
async fn each_permission_that_is_missing_is_named() {
    let of_alice = || Scene::of_alice("securityhub-control-iam3-failed");
    for (action, scene) in [
        ("ListAccessKeys", Scene::sweep()),
        ("GetAccessKeyLastUsed", Scene::sweep()),
        ("ListUserTags", Scene::sweep()),
        ("ListGroupsForUser", Scene::sweep()),
        ("UpdateAccessKey", Scene::sweep()),
        ("TagUser", Scene::sweep()),
        ("GetUser", of_alice()),
    ] {
        let report = scene.run(Some(Fault::always(action, DENIED))).await.answer.unwrap().report;
        let reasons: Vec<_> = report.outcomes.iter().map(|it| it.reason.to_string()).collect();
        let named = format!(
            "iam:{action} failed: AccessDenied (the function's role may lack iam:{action})"
        );
        assert!(reasons.iter().any(|reason| reason.contains(&named)), "{action}: {reasons:#?}");
        assert!(report.attention, "{action}");
    }
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_deactivated_leaves_its_turn_to_the_next() {
    /// These users' keys of five, from the oldest on, meet this when they are updated.
    async fn check(users: &[&'static str], kind: FaultKind, expected: [&str; 5]) {
        let iam = Iam::start(crowd(5, 0)).await;
        for user in users {
            let fault = Fault::always("UpdateAccessKey", kind.clone());
            iam.fault(Fault { user: Some(user), ..fault });
        }
        let settings = [("SWEEP_MODE", "enforce"), ("MAX_DEACTIVATIONS_PER_SWEEP", "2")];
        let function = Function::new(&iam, &settings);
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

/// IAM still shows the key Active, or does not say.
#[tokio::test(start_paused = true)]
async fn a_sweep_reports_a_key_that_is_still_shown_active_as_failed() {
    async fn check(read_back: FaultKind, status: &str, reason: Reason) {
        let iam = Iam::start(crowd(1, 0)).await;
        iam.fault(Fault { skip: 1, ..Fault::always("ListAccessKeys", read_back) });
        let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        let [only] = report.outcomes.as_slice() else { panic!("{}", report.summary) };
        assert_eq!((format!("{:?}", only.status).as_str(), &only.reason), (status, &reason));
        assert!(only.attention && !only.verified, "{reason:?}");
        // The notice of a key that may be active still holds.
        assert_eq!(iam.tags("User0000").is_empty(), status == "Deactivated", "{reason:?}");
    }
    check(FaultKind::Stale(crowd(1, 0)), "Failed", Reason::StillActive).await;
    check(DENIED, "Deactivated", Reason::Unverified).await;
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_cannot_be_written_keeps_the_key() {
    let key = aged("Full", 1, 100);
    let tags =
        (0..50).fold(User::new("Full").key(key), |user, index| user.tag(&format!("t{index}"), "x"));
    let iam = Iam::start(World::new().with(tags)).await;
    let function = Function::new(&iam, &SETTINGS);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.attention);
    let Reason::LeftActive(Unknown::Notice(error)) = &report.outcomes[0].reason else {
        panic!("{:?}", report.outcomes)
    };
    assert_eq!(error.to_string(), "iam:TagUser failed: LimitExceeded");
}

/// It is the next sweep's to remove: the log names it.
#[tokio::test(start_paused = true)]
async fn a_notice_that_cannot_be_removed_fails_no_deactivation() {
    let iam = Iam::start(crowd(1, 20)).await;
    iam.fault(Fault::always("UntagUser", DENIED));
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert_eq!(format!("{:?}", report.outcomes[0].status), "Deactivated");
    assert_eq!(iam.tags("User0000").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn tags_that_change_at_once_are_tried_again() {
    let iam = Iam::start(crowd(1, 20)).await;
    iam.fault(Fault { times: 2, ..Fault::once("UntagUser", CONFLICT) });
    sweep(&iam, &[("SWEEP_MODE", "enforce")]).await;
    assert!(iam.tags("User0000").is_empty());
}

/// The other keys do not wait for it. (It is given up after 4 s, and tried again.)
#[tokio::test(start_paused = true)]
async fn one_stuck_key_holds_up_no_other_key_of_a_sweep() {
    let iam = Iam::start(crowd(40, 0)).await;
    let hangs = Fault::once("UpdateAccessKey", FaultKind::Hang);
    iam.fault(Fault { user: Some("User0000"), ..hangs });
    let settings = [
        ("SWEEP_MODE", "enforce"),
        ("MAX_DEACTIVATION_PERCENT", "100"),
        ("MAX_DEACTIVATIONS_PER_SWEEP", "40"),
    ];
    let function = Function::new(&iam, &settings);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert_eq!(report.outcomes.len(), 40);
    assert!(report.outcomes.iter().all(|it| it.verified), "{}", report.summary);
    assert!(report.outcomes.iter().map(|it| it.create_date).is_sorted(), "oldest first");
    let calls = iam.calls();
    let updates = calls.iter().filter(|call| call.request.action == "UpdateAccessKey");
    let (stuck, others): (Vec<_>, Vec<_>) =
        updates.partition(|call| call.request.user_name.as_deref() == Some("User0000"));
    assert_eq!((stuck.len(), others.len()), (2, 39));
    let late = others.iter().filter(|call| call.received >= stuck[1].received);
    assert_eq!(late.count(), 0, "while the first hangs, all others are updated");
}
