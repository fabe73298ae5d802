//! What an event comes to over several attempts, and what sweeps report.

use std::time::Duration;

use fake_aws::iam::{DENIED, Fault, FaultKind, Iam, Status, World};
use tokio::time::sleep;

use crate::{
    events::POLICY,
    invoke::Function,
    mails,
    recorded::Recorded,
    respond::{ALICE, BOB},
    worlds::{self, SETTINGS, crowd},
};

/// Runs the function on an event, and records what it decides and what people read of it.
async fn record(folder: &str, name: &str, function: &Function, iam: &Iam, event: &str) {
    let recorded = Recorded::of(function, iam, &serde_json::from_str(event).unwrap()).await;
    recorded.check(folder, name);
    if let Some(mail) = recorded.mail.filter(|_| mails::names(folder).iter().any(|it| it == name)) {
        assert_eq!(mails::difference(folder, name, &mail), None);
    }
}

const BOTH: &str = r#"{"action": "deactivate", "keys": [
    {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"},
    {"accessKeyId": "AKIAIALICE7EXAMPLE22", "userName": "Alice"}
]}"#;

async fn bob_and_alice() -> Iam {
    let world = World::new().user("Bob", &[(BOB, Status::Active)]);
    Iam::start(world.user("Alice", &[(ALICE, Status::Active)])).await
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_tells_of_what_the_first_did() {
    let iam = bob_and_alice().await;
    let function = Function::new(&iam, &[]);
    iam.fault(Fault { user: Some("Alice"), ..Fault::always("UpdateAccessKey", DENIED) });
    record("attempts", "one-key-fails", &function, &iam, BOTH).await;
    iam.heal();
    record("attempts", "one-key-fails-again", &function, &iam, BOTH).await;
}

#[tokio::test(start_paused = true)]
async fn sessions_that_were_left_open_are_denied_by_the_next_attempt() {
    let iam = bob_and_alice().await;
    let function = Function::new(&iam, &[("DENY_SESSIONS", POLICY)]);
    iam.fault(Fault { user: Some("Alice"), ..Fault::always("AttachUserPolicy", DENIED) });
    record("attempts", "sessions-left-open", &function, &iam, BOTH).await;
    assert!(iam.policies("Bob").contains(POLICY) && iam.policies("Alice").is_empty());
    iam.heal();
    record("attempts", "sessions-left-open-again", &function, &iam, BOTH).await;
    assert!(iam.policies("Bob").contains(POLICY) && iam.policies("Alice").contains(POLICY));
}

/// An attempt that tells nobody, and the deliveries after it: whether people know is not for the
/// function to say, so that it says the same again.
#[tokio::test(start_paused = true)]
async fn what_an_attempt_did_that_was_cut_off_is_unconfirmed() {
    let iam = bob_and_alice().await;
    for key in [BOB, ALICE] {
        iam.set(key, Status::Inactive);
    }
    check_later_deliveries("cut-off", &Function::new(&iam, &[]), &iam, BOTH).await;
}

const ONE: &str =
    r#"{"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"}"#;

async fn check_later_deliveries(scene: &str, function: &Function, iam: &Iam, event: &str) {
    iam.heal();
    record("attempts", &format!("{scene}-again"), function, iam, event).await;
    record("attempts", &format!("{scene}-a-third-time"), function, iam, event).await;
}

/// The first attempt meets a fault in every read after the update. It is cut off once IAM has taken the
/// update, or comes to its own end.
async fn check_first_attempt(scene: &str, read_back: FaultKind, is_cut_off: bool) {
    let iam = Iam::start(World::new().user("Bob", &[(BOB, Status::Active)])).await;
    let function = Function::new(&iam, &[]);
    iam.fault(Fault { skip: 1, ..Fault::always("ListAccessKeys", read_back) });
    let event = serde_json::from_str(ONE).unwrap();
    let contained = async {
        while !is_cut_off || iam.keys()[BOB] == Status::Active {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = function.handle(&event) => assert!(!is_cut_off, "{scene}"),
        () = contained => assert!(is_cut_off, "{scene}"),
    }
    assert_eq!(iam.keys()[BOB], Status::Inactive, "{scene}");
    check_later_deliveries(scene, &function, &iam, ONE).await;
}

#[tokio::test(start_paused = true)]
async fn a_retry_does_not_swallow_what_the_attempt_before_did() {
    let shown_active = || FaultKind::Stale(World::new().user("Bob", &[(BOB, Status::Active)]));
    check_first_attempt("timed-out", FaultKind::Hang, true).await;
    check_first_attempt("crashed", shown_active(), true).await;
    check_first_attempt("shown-active", shown_active(), false).await;
}

#[tokio::test(start_paused = true)]
async fn sweeps_report() {
    const SWEEP: &str = r#"{"action": "sweep"}"#;
    let dry: Vec<_> = SETTINGS.iter().filter(|(name, _)| *name != "SWEEP_MODE").copied().collect();
    let iam = Iam::start(worlds::of_sweeps()).await;
    let function = Function::new(&iam, &dry);
    record("sweeps", "dry-run", &function, &iam, SWEEP).await;
    let monday = Function { now: "2026-06-22T12:00:00Z", ..function };
    record("sweeps", "dry-run-on-a-monday", &monday, &iam, SWEEP).await;

    let function = Function::new(&iam, &SETTINGS);
    record("sweeps", "enforce", &function, &iam, SWEEP).await;
    iam.expire_report();
    record("sweeps", "enforce-again", &function, &iam, SWEEP).await;
    iam.fault(Fault::always("GetCredentialReport", DENIED));
    record("sweeps", "without-report", &function, &iam, SWEEP).await;
    iam.fault(Fault::always("ListAccessKeys", DENIED));
    record("sweeps", "incomplete", &function, &iam, SWEEP).await;
    iam.fault(Fault::always("ListUsers", DENIED));
    record("sweeps", "failed", &function, &iam, SWEEP).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_sweep_reports() {
    let iam = Iam::start(crowd(6, 0)).await;
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    record("sweeps", "refused", &function, &iam, r#"{"action": "sweep"}"#).await;
}
