//! Whatever can fail has an alarm.

use std::{collections::BTreeSet, time::Duration};

use fake_aws::iam::Iam;
use iam_key_deactivator::report::metrics;
use serde_json::{Value, json};

use super::{
    each, forwarder, get_att, if_at_all, many, references, resources, settings::takes, template,
};
use crate::{
    events::events,
    invoke::{Function, NOW},
    worlds,
};

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
            "AWS::Serverless::Function",
            ["Errors", "DestinationDeliveryFailures", "Throttles"].as_slice(),
        ),
        ("AWS::SQS::Queue", &["ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"]),
        (
            "AWS::Serverless::StateMachine",
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
    let template = template();
    let mut expected = that_can_fail(template);
    // The one rule without a dead-letter queue: its target is the dead-letter queue.
    expected.insert(("FailedInvocations".to_owned(), "FailureRule".to_owned()));
    for metric in ["AccountSweepCompleted", "Failed", "SweepRefused"] {
        expected.insert((metric.to_owned(), "SweepFunction".to_owned()));
    }
    for metric in ["Deactivated", "Failed"] {
        expected.insert((metric.to_owned(), "RespondFunction".to_owned()));
    }
    assert_eq!(watched(template), expected);
    assert_eq!(watched(forwarder()), that_can_fail(forwarder()));
}

#[test]
fn every_alarm_tells_and_says_why() {
    let topics = ["AlarmTopic", "AlarmTopicArn"].map(|topic| json!({ "Ref": topic }));
    let tells = json!([{ "Fn::If": ["MakesAlarmTopic", topics[0], topics[1]] }]);
    let if_given = json!({ "Fn::If": [
        "HasAlarmTopic", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" },
    ] });
    for (template, tells) in [(template(), tells), (forwarder(), if_given)] {
        for (id, alarm) in resources(template, "AWS::CloudWatch::Alarm") {
            assert_eq!(alarm["Properties"]["AlarmActions"], tells, "{id}");
            assert!(!alarm["Properties"]["AlarmDescription"].is_null(), "{id}");
        }
    }
}

/// What CloudWatch refuses, it would refuse at deployment.
#[test]
fn alarms_are_within_cloudwatchs_limits() {
    for template in [template(), forwarder()] {
        for (id, alarm) in resources(template, "AWS::CloudWatch::Alarm") {
            let metrics = many(&alarm["Properties"]["Metrics"]);
            let of = |metric: &&&Value| !if_at_all(metric)["MetricStat"].is_null();
            assert!(metrics.iter().filter(of).count() <= 10, "{id} has too many metrics");
            // A query has a period of its own, and adds up what there is.
            let query = |metric: &&Value| !metric["Period"].is_null();
            let always = metrics.iter().any(|it| query(it) || (of(&it) && it["Fn::If"].is_null()));
            assert!(
                metrics.is_empty() || always || alarm["Condition"].is_string(),
                "{id} may be left without a metric"
            );
        }
    }
}

/// Whatever cannot be delivered comes to the queue, each event anew; and what does not even get there
/// is counted by EventBridge, over all rules.
#[test]
fn an_event_that_is_lost_rings_even_while_another_one_waits() {
    for (template, queue) in [(template(), "FailureQueue"), (forwarder(), "UndeliveredQueue")] {
        let alarm = |id: &str| &template["Resources"][id]["Properties"];
        let arrival = alarm("FailureAlarm");
        assert_eq!(arrival["MetricName"], "NumberOfMessagesSent");
        assert_eq!(
            arrival["Dimensions"],
            json!([{ "Name": "QueueName", "Value": get_att(queue, "QueueName") }])
        );
        // Over with the minute, so that the next event rings again.
        assert_eq!(arrival["Statistic"], "Sum");
        assert_eq!((&arrival["Period"], &arrival["EvaluationPeriods"]), (&json!(60), &json!(1)));
        assert_eq!(arrival["TreatMissingData"], "notBreaching");

        let lost = alarm("LostEventAlarm");
        let [query] = many(&lost["Metrics"])[..] else { panic!("{lost}") };
        let all_rules = r#"SELECT SUM(InvocationsFailedToBeSentToDlq) FROM "AWS/Events""#;
        assert_eq!(query["Expression"], all_rules);
        assert_eq!(lost["Threshold"], 1);
    }
}

/// It looks back for hours at what did not happen: only where something was to happen, and no longer than
/// CloudWatch can, seven days.
#[test]
fn a_sweep_that_does_not_happen_rings() {
    let alarm = &template()["Resources"]["SweepOverdueAlarm"];
    assert_eq!(alarm["Condition"], "HasSweepOverdueAlarm");
    let needed = &template()["Conditions"]["HasSweepOverdueAlarm"]["Fn::And"];
    assert!(many(needed).contains(&&json!({ "Condition": "HasSweepSchedule" })), "{needed}");
    assert_eq!(alarm["Properties"]["TreatMissingData"], "breaching");
    let hours = &template()["Parameters"]["SweepOverdueHours"];
    assert!(takes(hours, &(7 * 24).to_string()) && !takes(hours, &(7 * 24 + 1).to_string()));
}

/// A metric as CloudWatch finds it: with the names of its dimensions.
type Metric = (String, Vec<String>);

/// What a function writes in its own namespace, whatever it is about: a response to a finding, a sweep.
async fn written_by(function: &str) -> BTreeSet<Metric> {
    let (settings, world, event) = match function {
        "RespondFunction" => ("respond", worlds::of_events(), "guardduty-compromised-credentials"),
        "SweepFunction" => ("sweep", worlds::of_sweeps(), "direct-sweep"),
        other => panic!("no such function: {other}"),
    };
    let iam = Iam::start(world).await;
    let function = Function::new(&iam, &[("FUNCTION", settings)]);
    let report = function.handle(&events()[event]).await.unwrap().report;
    let line = metrics::line("function", NOW.parse().unwrap(), Duration::ZERO, &report);
    let line: Value = serde_json::from_str(&line).unwrap();
    let mut written = BTreeSet::new();
    for directive in many(&line["_aws"]["CloudWatchMetrics"]) {
        assert_eq!(directive["Namespace"], metrics::NAMESPACE);
        for dimensions in many(&directive["Dimensions"]) {
            let dimensions: Vec<String> = serde_json::from_value(dimensions.clone()).unwrap();
            let names = many(&directive["Metrics"]).into_iter().map(|metric| &metric["Name"]);
            written
                .extend(names.map(|name| (name.as_str().unwrap().to_owned(), dimensions.clone())));
        }
    }
    written
}

/// A metric that nobody writes would never ring, or always.
#[tokio::test(start_paused = true)]
async fn alarms_watch_what_their_function_writes() {
    let mut watched = BTreeSet::new();
    for (id, alarm) in resources(template(), "AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        if properties["Namespace"] != metrics::NAMESPACE {
            continue;
        }
        let [dimension] = many(&properties["Dimensions"])[..] else { panic!("{id}") };
        let function = dimension["Value"]["Ref"].as_str().unwrap();
        let name = properties["MetricName"].as_str().unwrap().to_owned();
        let dimension = dimension["Name"].as_str().unwrap().to_owned();
        let metric = (name.clone(), vec![dimension]);
        assert!(written_by(function).await.contains(&metric), "{function} writes no {metric:?}");
        watched.insert(name);
    }
    let expected = ["AccountSweepCompleted", "Deactivated", "Failed", "SweepRefused"];
    assert_eq!(watched, expected.map(str::to_owned).into());
}

/// CloudWatch takes anything for a dashboard, and shows nothing.
#[tokio::test(start_paused = true)]
async fn the_dashboard_shows_what_the_functions_write() {
    let written = &written_by("RespondFunction").await | &written_by("SweepFunction").await;
    let names: BTreeSet<String> = written.into_iter().map(|(name, _)| name).collect();
    let body = &template()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0];
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    let mut shown = BTreeSet::new();
    for widget in many(&body["widgets"]) {
        let mut row = Vec::new();
        for metric in many(&widget["properties"]["metrics"]) {
            row = match metric[0].as_str() {
                // Like the row before.
                Some("...") => row,
                Some(_) => many(metric),
                None => continue,
            };
            if row[0] == metrics::NAMESPACE {
                shown.insert(row[1].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(!shown.is_empty());
    assert_eq!(shown.difference(&names).collect::<Vec<_>>(), Vec::<&String>::new());
}
