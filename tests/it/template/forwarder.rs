//! What happens in other Regions arrives in the main one, and only once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    event_bus::{Bus, REGION, bus_events},
    forwarder, get_att, many, may_send, resources, template,
};

const EVERYWHERE: [&str; 2] = ["aws.guardduty", "aws.securityhub"];
const GLOBAL: [&str; 3] = ["aws.health", "aws.iam", "aws.trustedadvisor"];
const HEALTH: &str = "aws.health";

#[test]
fn the_main_region_is_refused() {
    let same = json!({ "Fn::Equals": [{ "Ref": "MainRegion" }, { "Ref": "AWS::Region" }] });
    let rules = &forwarder()["Rules"];
    assert_eq!(rules.as_object().unwrap().len(), 1);
    let assertions = &rules["NotInMainRegion"]["Assertions"];
    assert_eq!(assertions[0]["Assert"], json!({ "Fn::Not": [same] }));
    // A rule with a condition of its own would not always hold.
    assert!(rules["NotInMainRegion"]["RuleCondition"].is_null());
}

#[test]
fn each_source_is_forwarded_from_where_it_reports() {
    let template = forwarder();
    let (mut everywhere, mut global, mut health) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (id, rule) in resources(template, "AWS::Events::Rule") {
        let pattern = &rule["Properties"]["EventPattern"];
        let sources = many(&pattern["source"]);
        let [source] = sources.as_slice() else { panic!("{id} has one source: {sources:?}") };
        let source = source.as_str().unwrap().to_owned();
        match rule["Condition"].as_str() {
            None => everywhere.insert(source),
            Some("HasGlobalEvents") => global.insert(source),
            Some("HasHealthEvents") => health.insert(source),
            Some(other) => panic!("{id}: {other}"),
        };
        assert!(pattern["detail-type"].is_array(), "{id} takes any detail-type");
    }
    assert_eq!(everywhere, EVERYWHERE.map(str::to_owned).into());
    assert_eq!(health, [HEALTH.to_owned()].into());
    assert_eq!(&global | &health, GLOBAL.map(str::to_owned).into());
    let regions = ["us-east-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1"];
    let is = |region: &&str| json!({ "Fn::Equals": [{ "Ref": "AWS::Region" }, region] });
    let any: Vec<_> = regions.iter().map(is).collect();
    assert_eq!(template["Conditions"]["HasGlobalEvents"], json!({ "Fn::Or": any }));
    // Health's backup Region.
    let global = json!({ "Condition": "HasGlobalEvents" });
    let any = json!({ "Fn::Or": [global, is(&"us-west-2")] });
    assert_eq!(template["Conditions"]["HasHealthEvents"], any);
}

#[test]
fn rules_forward_to_the_main_bus_or_keep() {
    let template = forwarder();
    let queue = get_att("UndeliveredQueue", "Arn");
    let bus = "arn:${AWS::Partition}:events:${MainRegion}:${AWS::AccountId}:event-bus/default";
    for (id, rule) in resources(template, "AWS::Events::Rule") {
        let expected = json!({
            "Id": "MainBus",
            "Arn": { "Fn::Sub": bus },
            "RoleArn": get_att("ForwardRole", "Arn"),
            "RetryPolicy": { "MaximumEventAgeInSeconds": 21600 },
            "DeadLetterConfig": { "Arn": queue },
        });
        assert_eq!(rule["Properties"]["Targets"], json!([expected]), "{id}");
        let (source, condition) = (get_att(id, "Arn"), &rule["Condition"]);
        assert!(
            may_send(template, "UndeliveredQueue", "events.amazonaws.com", &source, condition),
            "the queue's policy does not allow {id}"
        );
    }
}

/// Whatever the main stack listens to there is forwarded.
#[test]
fn every_event_of_its_sources_gets_through() {
    let (main, forwarder) = (Bus::default(template()), Bus::default(forwarder()));
    let mut sources = BTreeSet::new();
    for (name, event) in bus_events() {
        let source = event["source"].as_str().unwrap().to_owned();
        let promised = EVERYWHERE.iter().chain(&GLOBAL).any(|promised| source == **promised);
        let here = event["region"] == REGION || event["region"] == "global";
        if !promised || !here || main.matches(&event).is_empty() {
            continue;
        }
        assert!(!forwarder.matches(&event).is_empty(), "{name} is not forwarded");
        sources.insert(source);
    }
    assert_eq!(sources.len(), EVERYWHERE.len() + GLOBAL.len(), "{sources:?}");
}

#[test]
fn events_of_others_are_not_forwarded() {
    let forwarder = Bus::default(forwarder());
    for (name, event) in bus_events() {
        let rules = forwarder.matches(&event);
        if name.starts_with("unsupported-") {
            assert!(rules.is_empty(), "{name} matches {rules:?}");
        }
    }
}

/// A forwarded event keeps the Region where it happened. Were it to come by a second forwarder, it
/// would go no further; the main stack's rules do not ask.
#[test]
fn a_forwarded_event_is_not_forwarded_again_and_matches_in_the_main_region() {
    let (main, forwarder) = (Bus::default(template()), Bus::default(forwarder()));
    for (name, event) in bus_events() {
        let mut elsewhere: Value = event.clone();
        elsewhere["region"] = "eu-west-3".into();
        assert_eq!(forwarder.matches(&elsewhere), BTreeSet::new(), "{name}");
        assert_eq!(main.matches(&elsewhere), main.matches(&event), "{name}");
    }
}
