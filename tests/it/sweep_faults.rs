//! Every call of a sweep, failing in every place: no key is deactivated on unknown facts, no failure
//! is called a success, and the rest of the account is handled all the same.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{StreamExt, stream};
use iam_key_deactivator::handler::Answer;
use kit::iam::{Fault, FaultKind, Iam, Key, Request, Status, User, World};
use lambda_runtime::Diagnostic;
use serde_json::json;

use crate::{
    invoke::Function,
    sweep_world::{SETTINGS, days_ago, id, seed, world},
};

/// What a run left behind.
#[derive(Debug)]
struct Run {
    answer: Result<Answer, Diagnostic>,
    inactive: BTreeSet<String>,
    requests: Vec<Request>,
}

impl Run {
    async fn with(fault: Option<Fault>) -> Self {
        let iam = Iam::start(world(&seed())).await;
        if let Some(fault) = fault {
            iam.fault(fault);
        }
        let function = Function::new(&iam.url(), &SETTINGS);
        let answer = function.handle(&json!({"action": "sweep"})).await;
        let keys = iam.keys().into_iter().filter(|(_, status)| *status == Status::Inactive);
        Self { answer, inactive: keys.map(|(id, _)| id).collect(), requests: iam.requests() }
    }

    /// The users who are not handled as they should be, and whether the run says so of each.
    fn told(&self, user: &str) -> bool {
        match &self.answer {
            Ok(answer) => answer.report.outcomes.iter().any(|outcome| {
                let is_it = outcome.user_name.as_ref().is_some_and(|name| name.as_str() == user);
                let said = format!("{:?}", outcome.status);
                is_it && ["Failed", "NotFound"].contains(&said.as_str())
            }),
            Err(_) => true,
        }
    }
}

fn user_of(key: &str) -> &'static str {
    let users = ["Due", "LongDue", "Tidy"];
    users.into_iter().find(|user| id(user, 1) == key).expect("a key that is to be deactivated")
}

#[tokio::test]
async fn every_call_fails_in_every_place() {
    let undisturbed = Run::with(None).await;
    let answer = undisturbed.answer.as_ref().unwrap();
    let statuses = answer.report.counts.clone();
    let calls = undisturbed.requests.clone();
    let actions: BTreeSet<_> = calls.iter().map(|call| call.action.as_str()).collect();
    assert_eq!(actions.len(), 10, "every call of a sweep with a report: {actions:?}");

    let kinds = [
        FaultKind::Error { status: 400, code: "Throttling" },
        FaultKind::Error { status: 403, code: "AccessDenied" },
        FaultKind::Error { status: 500, code: "ServiceFailure" },
        FaultKind::CutBefore,
        FaultKind::Garbage,
    ];
    let cases = calls.iter().flat_map(|call| kinds.iter().map(move |kind| (call, kind.clone())));
    let runs = stream::iter(cases).map(async |(call, kind)| {
        let run = Run::with(Some(Fault::on(call, kind.clone()))).await;
        (call, kind, run)
    });
    let mut runs = std::pin::pin!(runs.buffer_unordered(8));
    while let Some((call, kind, run)) = runs.next().await {
        let case =
            format!("{} {:?} {:?}: {kind:?}", call.action, call.user_name, call.access_key_id);
        let wrongly: Vec<_> = run.inactive.difference(&undisturbed.inactive).collect();
        assert!(wrongly.is_empty(), "{case}: deactivated {wrongly:?}");
        let left: Vec<_> = undisturbed.inactive.difference(&run.inactive).collect();
        assert!(left.len() <= 1 || run.answer.is_err(), "{case}: the rest is handled: {left:?}");
        for key in left {
            // A garbled 200 to an update is success to the SDK; the read-back tells that it is none.
            let unverified = run.answer.as_ref().is_ok_and(|answer| {
                answer.report.outcomes.iter().any(|it| {
                    it.access_key_id.as_ref().is_some_and(|id| id.as_str() == key)
                        && it.attention
                        && !it.verified
                })
            });
            assert!(unverified || run.told(user_of(key)), "{case}: {key} is silently left active");
        }
        if let Ok(answer) = &run.answer {
            let listed = answer.report.outcomes.len();
            let all = statuses.values().sum::<usize>() - answer.report.counts.len();
            assert!(listed <= all + 10, "{case}");
        }
    }
}

#[tokio::test]
async fn a_user_deleted_in_the_middle_is_normal() {
    for action in
        ["ListAccessKeys", "ListUserTags", "ListGroupsForUser", "UpdateAccessKey", "TagUser"]
    {
        let user = if action == "TagUser" { "Old" } else { "Due" };
        let deleted = Fault { user: Some(user), ..Fault::once(action, FaultKind::DeletesUser) };
        let run = Run::with(Some(deleted)).await;
        let report = run.answer.unwrap().report;
        assert!(!report.sweep.unwrap().incomplete, "{action}");
        assert!(run.inactive.contains(&id("LongDue", 1)), "{action}: the rest is handled");
    }
}

#[tokio::test]
async fn without_a_report_everyone_is_looked_at() {
    for action in ["GenerateCredentialReport", "GetCredentialReport"] {
        let denied = FaultKind::Error { status: 403, code: "AccessDenied" };
        let run = Run::with(Some(Fault::always(action, denied))).await;
        let inactive: Vec<_> =
            ["Due", "Inactive", "LongDue", "Tidy"].map(|user| id(user, 1)).into();
        assert_eq!(run.inactive.into_iter().collect::<Vec<_>>(), inactive, "{action}");
        assert!(run.requests.iter().any(|request| request.action == "ListUsers"), "{action}");
    }
}

#[tokio::test]
async fn without_any_list_of_users_the_sweep_fails() {
    let iam = Iam::start(World::new()).await;
    let denied = || FaultKind::Error { status: 403, code: "AccessDenied" };
    iam.fault(Fault::always("GetCredentialReport", denied()));
    iam.fault(Fault::always("ListUsers", denied()));
    let function = Function::new(&iam.url(), &SETTINGS);
    let error = function.handle(&json!({"action": "sweep"})).await.unwrap_err();
    assert_eq!(error.error_type, "SweepFailed");
    assert_eq!(
        error.error_message,
        "the account could not be swept: iam:ListUsers failed: AccessDenied (the function's role may \
         lack iam:ListUsers)"
    );
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
