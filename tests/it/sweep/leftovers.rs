//! Notices of keys that are Inactive: what a sweep left behind that was cut off.

use fake_aws::iam::{DENIED, Fault, FaultKind, Iam, Key, Status, User, World};
use iam_key_deactivator::outcome::Reason;
use serde_json::json;

use crate::{
    invoke::Function,
    worlds::{aged, days_ago, id, notice, notice_tag},
};

/// What a sweep left behind that was cut off is reported once.
#[tokio::test(start_paused = true)]
async fn an_inactive_key_with_a_notice_is_reported_once() {
    /// The key was changed so many days ago; the user has another, active key if so said.
    async fn check(days: i64, with_active: bool, tag: &str, expected: bool) {
        let key = aged("Left", 1, 400).status(Status::Inactive);
        let mut user = User::new("Left").tag(tag, &notice(8)).key(key.rotated(days_ago(days)));
        if with_active {
            user = user.key(aged("Left", 2, 1));
        }
        let iam = Iam::start(World::new().with(user)).await;
        let case = format!("{days} days ago, {with_active}, {tag}");
        let dry = Function::new(&iam, &[]);
        let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
        for (function, reported, attention) in
            [(&dry, expected, false), (&function, expected, expected), (&function, false, false)]
        {
            let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
            let listed: Vec<_> = report.outcomes.iter().map(|it| &it.reason).collect();
            let reason = Reason::InactiveWithNotice;
            assert_eq!(listed, if reported { vec![&reason] } else { vec![] }, "{case}");
            assert_eq!(report.attention, attention, "{case}");
            assert!(report.outcomes.iter().all(|it| {
                format!("{:?}", it.status) == "AlreadyInactive" && !it.updated && !it.verified
            }));
        }
        assert_eq!(iam.tags("Left").is_empty(), expected, "{case}");
        let updates = iam.requests().into_iter().filter(|it| it.action == "UpdateAccessKey");
        assert_eq!(updates.count(), 0, "{case}");
    }
    let tag = &notice_tag(&id("Left", 1));
    for with_active in [false, true] {
        check(0, with_active, tag, true).await;
        check(36, with_active, tag, true).await;
        // Thirty-seven and a half.
        check(37, with_active, tag, false).await;
        check(1, with_active, "team", false).await;
    }
    // Its owner has activated it since: a sweep goes by the rules.
    let key = aged("Left", 1, 10).rotated(days_ago(1));
    let world = World::new().with(User::new("Left").tag(tag, &notice(8)).key(key));
    let iam = Iam::start(world).await;
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.outcomes.is_empty(), "{}", report.summary);
}

/// Users without an active key cost one call, and only if one of their keys was changed lately.
#[tokio::test(start_paused = true)]
async fn looking_for_left_notices_costs_one_call_a_user() {
    let user = |name: &str, days| {
        let key = Key::new(&id(name, 1)).status(Status::Inactive).rotated(days_ago(days));
        User::new(name).key(key)
    };
    let world = World::new().with(user("Lately", 5)).with(user("Before", 40));
    let iam = Iam::start(world.with(User::new("Idle"))).await;
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert_eq!(report.sweep.unwrap().users, 0);
    let calls = iam.requests().into_iter().filter(|it| it.user_name.is_some());
    let calls: Vec<_> = calls.map(|it| (it.action, it.user_name.unwrap())).collect();
    assert_eq!(calls, [("ListUserTags".to_owned(), "Lately".to_owned())]);
    // What is not read is looked for again; a user who is gone is not missed.
    for kind in [DENIED, FaultKind::DeletesUser] {
        iam.fault(Fault::once("ListUserTags", kind));
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        assert!(!report.attention && report.outcomes.is_empty(), "{}", report.summary);
    }
}
