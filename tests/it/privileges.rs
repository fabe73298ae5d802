//! Least privilege, proved: the template's roles in moto, with permissions enforced. With all that a
//! role may do nothing is denied; without any one of them something is, and is said to be.
//!
//! That each is confined to users of this account, and tags to our own, is asserted in
//! `template/permissions.rs`: moto judges actions only.

use std::collections::BTreeSet;

use iam_key_deactivator::handler::Answer;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::{
    events::{OPTED_IN, events},
    invoke::Function,
    moto::Moto,
    sweep_world::{SETTINGS, seed},
    template::iam_actions,
};

type Settings = Vec<(&'static str, &'static str)>;

/// All that an answer says, and what is left behind.
fn said(answer: Result<Answer, Diagnostic>) -> String {
    match answer {
        Ok(Answer { report, .. }) => serde_json::to_string(&report).unwrap(),
        Err(error) => format!("{error:?}"),
    }
}

async fn run(
    world: &Value,
    allowed: &[String],
    settings: &[(&'static str, &'static str)],
    event: &Value,
) -> (String, Value) {
    let (moto, role) = Moto::where_a_role_may(world, allowed).await;
    let answer = Function::signing(&moto.url, settings, role).handle(event).await;
    (said(answer), moto.world().await)
}

fn respond() -> Settings {
    [OPTED_IN.as_slice(), &[("FUNCTION", "respond")]].concat()
}

fn look() -> Settings {
    vec![("FUNCTION", "sweep"), ("SWEEP_MODE", "enforce"), ("EXEMPT_GROUPS", "robots")]
}

#[tokio::test]
async fn with_all_that_a_role_may_nothing_is_denied() {
    let worlds = Moto::of_events();
    for (role, settings) in [("RespondRole", respond()), ("SweepRole", look())] {
        let allowed = iam_actions(role);
        for (name, event) in events() {
            let (said, _) = run(&worlds, &allowed, &settings, &event).await;
            assert!(!said.contains("may lack"), "{role}, {name}: {said}");
        }
    }
    let (said, _) =
        run(&seed(), &iam_actions("SweepRole"), &SETTINGS, &json!({"action": "sweep"})).await;
    assert!(!said.contains("may lack"), "{said}");
    assert!(said.contains("Deactivated") && said.contains("Noticed"), "{said}");
}

/// A permission, what needs it, and what is said without it.
struct Need {
    role: &'static str,
    action: &'static str,
    world: Value,
    settings: Settings,
    event: Value,
    says: String,
}

fn needs() -> Vec<Need> {
    let event = |name: &str| events()[name].clone();
    let denied = |action: &str| format!("iam:{action} failed: AccessDenied");
    let of_respond = |action, event| Need {
        role: "RespondRole",
        action,
        world: Moto::of_events(),
        settings: respond(),
        event,
        says: denied(action),
    };
    let of_sweep = |action, says: &str| Need {
        role: "SweepRole",
        action,
        world: seed(),
        settings: SETTINGS.to_vec(),
        event: json!({"action": "sweep"}),
        says: says.to_owned(),
    };
    let without_report = "WITHOUT CREDENTIAL REPORT";
    vec![
        of_respond("UpdateAccessKey", event("guardduty-compromised-credentials")),
        of_respond("ListAccessKeys", event("cloudtrail-quarantine-v3")),
        of_respond("GetAccessKeyLastUsed", event("direct-no-user")),
        of_respond("GetUser", event("cloudtrail-create-access-key")),
        of_sweep("GenerateCredentialReport", without_report),
        of_sweep("GetCredentialReport", without_report),
        of_sweep("ListUsers", &denied("ListUsers")),
        of_sweep("ListAccessKeys", &denied("ListAccessKeys")),
        of_sweep("GetAccessKeyLastUsed", &denied("GetAccessKeyLastUsed")),
        of_sweep("ListUserTags", &denied("ListUserTags")),
        of_sweep("ListGroupsForUser", &denied("ListGroupsForUser")),
        of_sweep("UpdateAccessKey", &denied("UpdateAccessKey")),
        of_sweep("TagUser", &denied("TagUser")),
        of_sweep("UntagUser", "Deactivated"),
        Need {
            world: Moto::of_events(),
            settings: look(),
            event: event("securityhub-control-iam3-failed"),
            ..of_sweep("GetUser", &denied("GetUser"))
        },
    ]
}

#[tokio::test]
async fn without_any_one_permission_something_is_denied_and_said_to_be() {
    let mut needed = BTreeSet::new();
    for need in needs() {
        let Need { role, action, world, settings, event, says } = need;
        let full = format!("iam:{action}");
        let mut allowed = iam_actions(role);
        allowed.retain(|other| *other != full);
        let (said, left) = run(&world, &allowed, &settings, &event).await;
        assert!(said.contains(&says), "{role} without {action}: {said}");
        if action == "UntagUser" {
            // Notices that have had their day remain; the log says so.
            assert!(left.to_string().contains("AKIAIGONE22222222222"), "{left}");
        }
        needed.insert((role, full));
    }
    let granted = ["RespondRole", "SweepRole"]
        .into_iter()
        .flat_map(|role| iam_actions(role).into_iter().map(move |action| (role, action)));
    assert_eq!(needed, granted.collect(), "every permission is needed");
}
