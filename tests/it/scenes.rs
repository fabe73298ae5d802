//! What an event comes to over several attempts, and what sweeps report: recorded, so that
//! `tests/python/test_notify.py` tells people of it.

use std::collections::BTreeMap;

use kit::iam::{Fault, FaultKind, Iam, Key, Status, User, World};
use serde_json::json;

use crate::{
    events::Recorded,
    faults::{ALICE, BOB, DENIED},
    invoke::Function,
    sweep_world::{SETTINGS, day_ago, days_ago, id, seed, world},
};

/// Runs the function on an event, and records what it answers and leaves behind.
async fn record(scene: &str, name: &str, function: &Function, iam: &Iam, event: &str) {
    let event = serde_json::from_str(event).unwrap();
    let keys = iam.keys().into_iter();
    let before: Vec<_> = keys.filter(|(_, status)| *status == Status::Inactive).collect();
    let answer = function.handle(&event).await;
    let keys = iam.keys().into_iter().filter(|(_, status)| *status == Status::Inactive);
    let inactive: BTreeMap<_, _> = keys
        .map(|(id, status)| {
            let when = if before.contains(&(id.clone(), status)) { "before" } else { "now" };
            (id, when.to_owned())
        })
        .collect();
    Recorded::new(answer, inactive).check(scene, name);
}

const BOTH: &str = r#"{"action": "deactivate", "keys": [
    {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"},
    {"accessKeyId": "AKIAIALICE7EXAMPLE22", "userName": "Alice"}
]}"#;

async fn bob_and_alice() -> Iam {
    let world = World::new().user("Bob", &[(BOB, Status::Active)]);
    Iam::start(world.user("Alice", &[(ALICE, Status::Active)])).await
}

#[tokio::test]
async fn a_second_attempt_tells_of_what_the_first_did() {
    let iam = bob_and_alice().await;
    let function = Function::new(&iam.url(), &[]);
    iam.fault(Fault { user: Some("Alice"), ..Fault::always("UpdateAccessKey", DENIED) });
    record("attempts", "one-key-fails", &function, &iam, BOTH).await;
    iam.heal();
    record("attempts", "one-key-fails-again", &function, &iam, BOTH).await;
}

#[tokio::test]
async fn after_an_attempt_that_was_cut_off_there_is_all_to_tell() {
    let iam = bob_and_alice().await;
    for key in [BOB, ALICE] {
        iam.set(key, Status::Inactive);
    }
    record("attempts", "cut-off-again", &Function::new(&iam.url(), &[]), &iam, BOTH).await;
}

#[tokio::test]
async fn sweeps_report() {
    const SWEEP: &str = r#"{"action": "sweep"}"#;
    let dry: Vec<_> = SETTINGS.iter().filter(|(name, _)| *name != "SWEEP_MODE").copied().collect();
    let iam = Iam::start(world(&seed())).await;
    let function = Function::new(&iam.url(), &dry);
    record("sweeps", "dry-run", &function, &iam, SWEEP).await;
    let monday = Function { now: "2026-06-22T12:00:00Z", ..function };
    record("sweeps", "dry-run-on-a-monday", &monday, &iam, SWEEP).await;

    let function = Function::new(&iam.url(), &SETTINGS);
    record("sweeps", "enforce", &function, &iam, SWEEP).await;
    iam.expire_report();
    record("sweeps", "enforce-again", &function, &iam, SWEEP).await;
    let denied = || FaultKind::Error { status: 403, code: "AccessDenied" };
    iam.fault(Fault::always("GetCredentialReport", denied()));
    record("sweeps", "without-report", &function, &iam, SWEEP).await;
    iam.fault(Fault::always("ListAccessKeys", denied()));
    record("sweeps", "incomplete", &function, &iam, SWEEP).await;
    iam.fault(Fault::always("ListUsers", denied()));
    record("sweeps", "failed", &function, &iam, SWEEP).await;
}

#[tokio::test]
async fn a_refused_sweep_reports() {
    let due = |index: i64| {
        let name = format!("User{index}");
        let tag = format!("key-deactivator:notice:{}", id(&name, 1));
        User::new(&name)
            .tag(&tag, &day_ago(10))
            .key(Key::new(&id(&name, 1)).created(days_ago(900 - index)))
    };
    let iam = Iam::start((0..6).map(due).fold(World::new(), World::with)).await;
    let function = Function::new(&iam.url(), &[("SWEEP_MODE", "enforce")]);
    record("sweeps", "refused", &function, &iam, r#"{"action": "sweep"}"#).await;
    assert!(iam.keys().values().all(|status| *status == Status::Active));
    let requests = json!(iam.requests().iter().map(|it| it.action.clone()).collect::<Vec<_>>());
    assert!(!requests.to_string().contains("TagUser"), "{requests}");
}
