//! Every event in `events/` through the patterns of the rules.
//!
//! `snapshots/` records which rules an event matches. The tests say what must hold of all events.

use std::collections::{BTreeMap, BTreeSet};

use iam_key_deactivator::event::{self, Cause, IgnoreReason, Reading};
use serde_json::{Value, json};

use super::{
    event_bus::{ACCOUNT, ACTION, Bus, bus_events, only},
    template,
};
use crate::events::events;

/// Users make rules of their own that send these; the template's schedule sends another payload.
fn is_of_users_own_rule(event: &Value) -> bool {
    event["source"] == "aws.events" || event["source"] == "example.secret-scanner"
}

#[test]
fn every_event_matches_the_recorded_rules() {
    let bus = Bus::default(template());
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, event) in bus_events() {
        let rows = bus.matches(&event).into_iter().map(|rule| {
            let functions: Vec<_> = bus.functions[&rule].iter().cloned().collect();
            format!("{rule} → {}", functions.join(", "))
        });
        table.entry(name).or_default().extend(rows);
    }
    let never: BTreeSet<String> =
        events().into_keys().filter(|name| !table.contains_key(name)).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_json_snapshot!(
            "rules-by-event",
            json!({ "events": table, "neverOnABus": never })
        );
    });
}

/// What the code would act on reaches the function that acts on it.
#[test]
fn nothing_that_is_acted_on_is_held_back() {
    let bus = Bus::default(template());
    let mut seen = 0;
    for (name, event) in bus_events() {
        if is_of_users_own_rule(&event) {
            continue;
        }
        for reading in event::read(&event.to_string()).1 {
            let Reading::Signal(signal) = reading else { continue };
            let account = &serde_json::to_value(&signal.origin).unwrap()["accountId"];
            if account.as_str().is_some_and(|account| account != ACCOUNT) {
                continue;
            }
            seen += 1;
            let function = match signal.cause {
                Cause::Compromised | Cause::NewKey => "RespondFunction",
                Cause::Stale => "SweepFunction",
                Cause::Activation => panic!("{name} would activate a key"),
            };
            let reached = bus.reached(&event);
            assert!(reached.contains(function), "{name} does not reach {function}: {reached:?}");
        }
    }
    assert!(seen > 50, "the events were not read");
}

#[test]
fn no_event_starts_a_function_twice() {
    let bus = Bus::default(template());
    for (name, event) in bus_events() {
        let rules = bus.matches(&event);
        let starts = rules.iter().map(|rule| bus.functions[rule].len()).sum::<usize>();
        assert_eq!(starts, bus.reached(&event).len(), "{name} matches {rules:?}");
    }
}

/// A rule lets nothing through that no function would know what to do with.
#[test]
fn nothing_is_let_through_that_is_not_served() {
    let bus = Bus::default(template());
    for (name, event) in bus_events() {
        let rules = bus.matches(&event);
        if name.starts_with("unsupported-") {
            assert!(rules.is_empty(), "{name} matches {rules:?}");
        }
        let unsupported = event::read(&event.to_string()).1.iter().any(|reading| {
            matches!(reading, Reading::Ignored(ignored)
                if ignored.reason == IgnoreReason::Unsupported)
        });
        assert!(rules.is_empty() || !unsupported, "{name} matches {rules:?} in vain");
    }
}

/// EventBridge compares text letter by letter.
#[test]
fn another_spelling_or_service_matches_nothing() {
    let bus = Bus::default(template());
    for (name, event) in bus_events() {
        if bus.matches(&event).is_empty() {
            continue;
        }
        let upper = |field: &str| event[field].as_str().unwrap().to_uppercase();
        for (field, value) in [
            ("source", upper("source")),
            ("source", "aws.ec2".to_owned()),
            ("source", "custom".to_owned()),
            ("detail-type", upper("detail-type")),
            ("detail-type", "AWS API Call via Cloudtrail".to_owned()),
        ] {
            let mut changed = event.clone();
            changed[field] = value.clone().into();
            assert_eq!(bus.matches(&changed), BTreeSet::new(), "{name}, {field} is {value}");
        }
    }
}

/// What is asked of a finding is asked of one and the same.
#[test]
fn a_pattern_is_about_one_finding() {
    let bus = Bus::default(template());
    let finding = |account: &str, state: &str, kind: &str| {
        json!({
            "AwsAccountId": account,
            "RecordState": state,
            "Resources": [{ "Type": "AwsS3Bucket" }, { "Type": kind }],
        })
    };
    let event = |findings: &[Value]| {
        json!({
            "source": "aws.securityhub",
            "detail-type": "Security Hub Findings - Imported",
            "detail": { "findings": findings },
        })
    };
    let ours = finding(ACCOUNT, "ACTIVE", "AwsIamAccessKey");
    let parts = [
        finding("210987654321", "ACTIVE", "AwsIamAccessKey"),
        finding(ACCOUNT, "ARCHIVED", "AwsIamAccessKey"),
        finding(ACCOUNT, "ACTIVE", "AwsIamRole"),
    ];
    assert_eq!(bus.matches(&event(&parts)), BTreeSet::new());
    let whole = [parts.as_slice(), &[ours]].concat();
    assert_eq!(bus.matches(&event(&whole)), only(Some("RespondFunctionSecurityHub")));
}

#[test]
fn another_custom_action_is_not_listened_to() {
    let bus = Bus::default(template());
    let event = |action: &str| {
        json!({
            "source": "aws.securityhub",
            "detail-type": "Security Hub Findings - Custom Action",
            "resources": [action],
            "detail": { "findings": [{ "Resources": [{ "Type": "AwsIamAccessKey" }] }] },
        })
    };
    let functions = ["RespondFunction", "SweepFunction"];
    let both = functions.map(|function| format!("{function}SecurityHubAction"));
    assert_eq!(bus.matches(&event(ACTION)), BTreeSet::from(both));
    assert_eq!(bus.matches(&event(&ACTION.replace("DeactivateKey", "ToChat"))), BTreeSet::new());
}

#[test]
fn what_the_respond_function_attaches_starts_nothing() {
    let bus = Bus::default(template());
    let quarantine = &events()["cloudtrail-quarantine-v3"];
    let by = |caller: Value| {
        let mut event = quarantine.clone();
        event["detail"]["userIdentity"] = caller;
        bus.matches(&event)
    };
    let role = |arn: &str| json!({ "sessionContext": { "sessionIssuer": { "arn": arn } } });
    let matched = only(Some("RespondFunctionQuarantine"));
    assert_eq!(by(quarantine["detail"]["userIdentity"].clone()), matched);
    assert_eq!(by(role("arn:aws:iam::123456789012:role/Admin")), matched);
    assert_eq!(by(json!({ "type": "IAMUser", "userName": "Carla" })), matched);
    assert_eq!(by(role("arn:aws:service:::RespondRole.Arn")), BTreeSet::new());
}
