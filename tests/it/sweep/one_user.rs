//! Looking at one user, for a finding or because a person asks.

use std::collections::BTreeSet;

use fake_aws::iam::{DENIED, Fault, Iam};

use super::listed;
use crate::{
    fault_matrix::Scene,
    invoke::Function,
    worlds::{self, day_ago, inactive},
};

/// A finding on Alice's key, from Config by unique ID, and from a person by Security Hub.
#[tokio::test(start_paused = true)]
async fn a_finding_on_a_user_gives_notice_and_only_a_person_deactivates() {
    const ENFORCE: [(&str, &str); 1] = [("SWEEP_MODE", "enforce")];
    let events = crate::events::events();
    let run = async |iam: &Iam, name: &str, settings: &[(&str, &str)]| {
        let report = Function::new(iam, settings).handle(&events[name]).await.unwrap().report;
        listed(&report).remove("Alice").unwrap_or(report.summary)
    };
    let notice = format!("Noticed {}!", day_ago(-7));

    let iam = Iam::start(worlds::of_events()).await;
    for name in ["config-non-compliant-user", "securityhub-control-iam3-failed"] {
        assert_eq!(run(&iam, name, &[]).await, format!("DryRun {}!", day_ago(-7)), "{name}");
    }
    let no_notice = [("SWEEP_MODE", "enforce"), ("NOTICE_DAYS", "0")];
    let due = run(&iam, "trustedadvisor-rotation-red", &no_notice).await;
    assert_eq!(due, format!("Pending {}", day_ago(0)), "left to the next sweep");
    assert_eq!(run(&iam, "config-non-compliant-user", &ENFORCE).await, notice);
    let again = run(&iam, "accessanalyzer-unused-key", &ENFORCE).await;
    assert_eq!(again, format!("Pending {}", day_ago(-7)));
    let kept = run(&iam, "trustedadvisor-rotation-red", &no_notice).await;
    assert_eq!(kept, format!("Pending {}", day_ago(-7)), "what was promised holds");
    assert!(inactive::<BTreeSet<_>>(&iam).is_empty());

    let exempt = [("SWEEP_MODE", "enforce"), ("EXEMPT_USERS", "Alice")];
    assert_eq!(run(&iam, "securityhub-action-control-iam3", &exempt).await, "Exempt!");
    let action = "securityhub-action-control-iam3";
    assert_eq!(run(&iam, action, &[]).await, "DryRun!");
    assert_eq!(run(&iam, action, &ENFORCE).await, "Deactivated!");
    assert_eq!(inactive::<Vec<_>>(&iam), ["AKIAIALICE7EXAMPLE22"]);
    assert_eq!(run(&iam, action, &ENFORCE).await, "Compliant!", "a person is told of nothing, too");
    let other = run(&iam, "accessanalyzer-organization", &ENFORCE).await;
    assert!(other.contains("ForeignAccount"), "{other}");
}

#[tokio::test(start_paused = true)]
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
