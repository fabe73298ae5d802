//! Whatever can fail has an alarm.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{code, each, forwarder, if_at_all, many, references, resources, transformed};

/// The one alarm that looks back for hours: at something that did not happen.
const OVERDUE: &str = "SweepOverdueAlarm";

/// The one alarm on what was done, by the hour.
const MANY: &str = "DeactivationsAlarm";

/// Metric and resource of everything that an alarm watches.
fn watched(template: &Value) -> BTreeSet<(String, String)> {
    let mut watched = BTreeSet::new();
    for (_, alarm) in resources(template, "AWS::CloudWatch::Alarm") {
        each(&alarm["Properties"], &mut |node| {
            if let Some(metric) = node["MetricName"].as_str() {
                let mut of = references(&node["Dimensions"]);
                of.remove("ResultsBus");
                watched.extend(of.into_iter().map(|resource| (metric.to_owned(), resource)));
            }
        });
    }
    watched
}

fn that_can_fail(template: &Value) -> BTreeSet<(String, String)> {
    let mut expected = BTreeSet::new();
    for (kind, metrics) in [
        (
            "AWS::Lambda::Function",
            ["Errors", "DestinationDeliveryFailures", "Throttles"].as_slice(),
        ),
        ("AWS::SQS::Queue", &["ApproximateNumberOfMessagesVisible"]),
        ("AWS::Events::Rule", &["FailedInvocations"]),
        ("AWS::Pipes::Pipe", &["ExecutionFailed"]),
        (
            "AWS::StepFunctions::StateMachine",
            &["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"],
        ),
    ] {
        for (id, _) in resources(template, kind) {
            expected.extend(metrics.iter().map(|&metric| (metric.to_owned(), id.to_owned())));
        }
    }
    expected
}

#[test]
fn whatever_can_fail_has_an_alarm() {
    let template = transformed();
    let mut expected = that_can_fail(&template);
    for metric in ["AccountSweepCompleted", "Failed", "SweepRefused"] {
        expected.insert((metric.to_owned(), "SweepFunction".to_owned()));
    }
    for metric in ["Deactivated", "Failed"] {
        expected.insert((metric.to_owned(), "RespondFunction".to_owned()));
    }
    assert_eq!(watched(&template), expected);
    assert_eq!(watched(&forwarder()), that_can_fail(&forwarder()));
}

#[test]
fn alarms_ring_at_once_and_tell() {
    for template in [transformed(), forwarder()] {
        for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
            let properties = &alarm["Properties"];
            let actions = json!({ "Fn::If": [
                "HasAlarmTopic", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" },
            ] });
            assert_eq!(properties["AlarmActions"], actions, "{id}");
            assert!(!properties["AlarmDescription"].is_null(), "{id}");
            if id == MANY {
                continue;
            }
            assert_eq!(properties["Threshold"], 1, "{id}");
            if id == OVERDUE {
                continue;
            }
            let comparison = "GreaterThanOrEqualToThreshold";
            assert_eq!(properties["ComparisonOperator"], comparison, "{id}");
            // One minute is enough, in so many as a metric may be late.
            let look_back = match properties["Namespace"].as_str() {
                _ if id == "SweepErrorAlarm" => 20,
                Some("IamKeyDeactivator") => 5,
                _ => 1,
            };
            assert_eq!(properties["EvaluationPeriods"], look_back, "{id}");
            assert_eq!(properties["DatapointsToAlarm"], 1, "{id}");
            each(properties, &mut |node| {
                if let Some(period) = node["Period"].as_u64() {
                    assert_eq!(period, 60, "{id}");
                }
            });
        }
    }
}

/// What CloudWatch refuses, it would refuse at deployment.
#[test]
fn alarms_are_within_cloudwatchs_limits() {
    for template in [transformed(), forwarder()] {
        for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
            let metrics = many(&alarm["Properties"]["Metrics"]);
            let of = |metric: &&&Value| !if_at_all(metric)["MetricStat"].is_null();
            assert!(metrics.iter().filter(of).count() <= 10, "{id} has too many metrics");
            let always = metrics.iter().filter(of).any(|metric| metric["Fn::If"].is_null());
            assert!(
                metrics.is_empty() || always || alarm["Condition"].is_string(),
                "{id} may be left without a metric"
            );
        }
    }
}

/// An alarm with conditional metrics only is there exactly when one of them is.
#[test]
fn an_alarm_is_there_when_it_has_a_metric() {
    let template = transformed();
    for (alarm, condition) in [
        ("DeliveryAlarm", "HasRespondRules"),
        ("SecurityHubDeliveryAlarm", "HasSecurityHubRules"),
        ("SweepDeliveryAlarm", "HasSweepRules"),
    ] {
        let alarm = &template["Resources"][alarm];
        assert_eq!(alarm["Condition"], condition);
        let needed: BTreeSet<String> = many(&alarm["Properties"]["Metrics"])
            .into_iter()
            .filter_map(|metric| metric["Fn::If"][0].as_str())
            .map(str::to_owned)
            .collect();
        let any: BTreeSet<String> = many(&template["Conditions"][condition]["Fn::Or"])
            .into_iter()
            .map(|condition| condition["Condition"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(needed, any, "{condition}");
    }
}

#[test]
fn a_sweep_that_does_not_happen_rings() {
    let template = transformed();
    let alarm = &template["Resources"][OVERDUE];
    assert_eq!(alarm["Condition"], "HasSweepOverdueAlarm");
    let off = json!({ "Fn::Equals": [{ "Ref": "SweepOverdueHours" }, "0"] });
    assert_eq!(
        template["Conditions"]["HasSweepOverdueAlarm"],
        json!({ "Fn::And": [{ "Condition": "HasSweepSchedule" }, { "Fn::Not": [off] }] })
    );
    let hours = json!({ "Ref": "SweepOverdueHours" });
    for (key, value) in [
        ("Statistic", json!("Sum")),
        ("Period", json!(60 * 60)),
        ("EvaluationPeriods", hours.clone()),
        ("DatapointsToAlarm", hours),
        ("ComparisonOperator", json!("LessThanThreshold")),
        ("TreatMissingData", json!("breaching")),
    ] {
        assert_eq!(alarm["Properties"][key], value, "{key}");
    }
    // CloudWatch looks back seven days at most.
    let longest = template["Parameters"]["SweepOverdueHours"]["MaxValue"].as_u64();
    assert_eq!(longest, Some(7 * 24));
}

#[test]
fn many_deactivations_in_an_hour_ring() {
    let template = transformed();
    let alarm = &template["Resources"][MANY]["Properties"];
    for (key, value) in [
        ("Statistic", json!("Sum")),
        ("Period", json!(60 * 60)),
        ("EvaluationPeriods", json!(1)),
        ("Threshold", json!({ "Ref": "MaxDeactivationsPerHour" })),
        ("ComparisonOperator", json!("GreaterThanThreshold")),
        ("TreatMissingData", json!("notBreaching")),
    ] {
        assert_eq!(alarm[key], value, "{key}");
    }
}

/// CloudWatch takes anything for a dashboard, and shows nothing.
#[test]
fn the_dashboard_shows_metrics_that_there_are() {
    let (template, code) = (transformed(), code());
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0];
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    let widgets = many(&body["widgets"]);
    assert_eq!(widgets.len(), 8);
    let mut ours = BTreeSet::new();
    for widget in widgets {
        let mut row = Vec::new();
        for metric in many(&widget["properties"]["metrics"]) {
            row = match metric[0].as_str() {
                Some("...") => row,
                Some(_) => many(metric),
                None => continue,
            };
            if row[0] == "IamKeyDeactivator" {
                ours.insert(row[1].as_str().unwrap().to_owned());
            }
        }
    }
    for metric in &ours {
        assert!(code.contains(metric), "the code has no {metric}");
    }
    assert!(ours.len() > 8, "{ours:?}");
}

/// A metric that nobody prints would never ring, or always.
#[test]
fn metrics_of_our_own_are_the_codes() {
    let (template, code) = (transformed(), code());
    let mut seen = 0;
    for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        if properties["Namespace"] == "IamKeyDeactivator" {
            seen += 1;
            let sweeps = id.starts_with("Sweep");
            let function = if sweeps { "SweepFunction" } else { "RespondFunction" };
            assert_eq!(
                properties["Dimensions"],
                json!([{ "Name": "FunctionName", "Value": { "Ref": function } }]),
                "{id}"
            );
            for name in [&properties["Namespace"], &properties["MetricName"]] {
                assert!(code.contains(name.as_str().unwrap()), "{id}: the code has no {name}");
            }
        }
    }
    assert_eq!(seen, 5);
}
