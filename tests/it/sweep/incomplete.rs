//! Sweeps that cannot see everyone, or have no time to.

use std::time::Duration;

use fake_aws::iam::{DENIED, Fault, FaultKind, Iam, Status, User, World};
use iam_key_deactivator::outcome::{Deferral, Outcome, Reason};
use serde_json::json;

use super::sweep;
use crate::{
    fault_matrix::Scene,
    invoke::Function,
    worlds::{self, SETTINGS, aged, crowd, id, notice, notice_tag},
};

#[tokio::test(start_paused = true)]
async fn a_sweep_that_could_read_nobody_is_not_complete() {
    let iam = Iam::start(crowd(3, 20)).await;
    iam.fault(Fault::always("ListAccessKeys", DENIED));
    let report = sweep(&iam, &[("SWEEP_MODE", "enforce")]).await;
    assert!(report.attention && report.sweep.unwrap().incomplete, "{}", report.summary);
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn without_any_list_of_users_the_sweep_fails_and_hides_nothing() {
    let bob = id("Bob", 1);
    let iam = Iam::start(World::new().user("Bob", &[(&bob, Status::Active)])).await;
    iam.fault(Fault::always("GetCredentialReport", DENIED));
    iam.fault(Fault::always("ListUsers", DENIED));
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
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

#[tokio::test(start_paused = true)]
async fn where_time_runs_out_nothing_is_done_by_halves() {
    let iam = Iam::start(worlds::of_sweeps()).await;
    let hangs = Fault { user: Some("Old"), ..Fault::always("ListUserTags", FaultKind::Hang) };
    iam.fault(hangs);
    let function =
        Function { time_limit: Duration::from_secs(6), ..Function::new(&iam, &SETTINGS) };
    // Reading goes on to half the time; the one that hung is told, the others are acted on no more,
    // since that would not end in time.
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.sweep.unwrap().incomplete, "{}", report.summary);
    assert!(report.attention && report.summary.contains("INCOMPLETE: "), "{}", report.summary);
    let changes = ["UpdateAccessKey", "TagUser"];
    assert!(!iam.requests().iter().any(|it| changes.contains(&it.action.as_str())));
}

/// An account that cannot be looked through in time still gets on: notices are given.
#[tokio::test(start_paused = true)]
async fn who_was_looked_at_in_time_is_given_notice_but_no_key_is_deactivated() {
    const HANG: [&str; 16] = [
        "H00", "H01", "H02", "H03", "H04", "H05", "H06", "H07", "H08", "H09", "H10", "H11", "H12",
        "H13", "H14", "H15",
    ];
    let old = |name: &str| User::new(name).key(aged(name, 1, 100));
    let tag = notice_tag(&id("Due", 1));
    let world = World::new().with(old("Due").tag(&tag, &notice(10))).with(old("A"));
    let world = HANG.into_iter().map(old).fold(world, World::with).with(old("Z"));
    let iam = Iam::start(world).await;
    for user in HANG {
        iam.fault(Fault { user: Some(user), ..Fault::always("ListAccessKeys", FaultKind::Hang) });
    }
    let settings = [("SWEEP_MODE", "enforce")];
    let function =
        Function { time_limit: Duration::from_secs(16), ..Function::new(&iam, &settings) };
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.sweep.unwrap().incomplete, "{}", report.summary);
    let of = |user: &str| {
        let of = |it: &&Outcome| it.user_name.as_ref().is_some_and(|name| name.as_str() == user);
        report.outcomes.iter().find(of).map(|it| (format!("{:?}", it.status), it.reason.clone()))
    };
    assert_eq!(of("A"), Some(("Noticed".to_owned(), Reason::NoticeGiven)));
    let left = Reason::Deferred(Deferral::NotAllUsers);
    assert_eq!(of("Due"), Some(("Pending".to_owned(), left)));
    assert_eq!(of("Z"), None);
    assert!(iam.keys().values().all(|status| *status == Status::Active));
}
