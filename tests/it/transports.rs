//! The same event by every transport: what comes of it does not depend on the way it took.

use std::collections::BTreeSet;

use fake_aws::iam::Iam;
use iam_key_deactivator::{event::Trigger, handler::Answer, outcome::Status};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::{
    events::{BY_DEFAULT, OPTED_IN, cloudtrail_events, events},
    invoke::Function,
    worlds::{self, inactive},
};

fn sns(event: &Value) -> Value {
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "Sns": {"Type": "Notification", "MessageId": "m", "Message": event.to_string()},
    }]})
}

fn sqs_record(body: &Value) -> Value {
    json!({
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:findings",
        "body": body.to_string(),
    })
}

fn sqs(event: &Value) -> Value {
    json!({"Records": [sqs_record(event)]})
}

fn sns_in_sqs(event: &Value) -> Value {
    let notification =
        json!({"Type": "Notification", "MessageId": "m", "Message": event.to_string()});
    json!({"Records": [sqs_record(&notification)]})
}

fn pipe(event: &Value) -> Value {
    json!([sqs_record(event)])
}

/// What came of it, leaving out where in the payload things stood and how failures are answered.
async fn run(payload: &Value, settings: &[(&str, &str)]) -> (Vec<String>, BTreeSet<String>) {
    let iam = Iam::start(worlds::of_events()).await;
    let function = Function::new(&iam, settings);
    let said = match function.handle(payload).await {
        Ok(Answer { report, .. }) => {
            let outcomes = report.outcomes.iter().map(|it| serde_json::to_string(it).unwrap());
            let ignored = report.ignored.iter().map(|it| serde_json::to_string(it).unwrap());
            let invalid = report.invalid.iter().map(|_| "invalid".to_owned());
            outcomes.chain(ignored).chain(invalid).collect()
        }
        Err(Diagnostic { error_type, .. }) if error_type == "InvalidEvent" => {
            vec!["invalid".to_owned()]
        }
        Err(error) => vec![format!("{error:?}")],
    };
    (said, inactive(&iam))
}

/// Each of these events comes to the same by every route.
async fn check(events: impl Iterator<Item = (String, Value)>, settings: &[(&str, &str)]) {
    let routes = ["SNS", "SQS", "SNS in SQS", "a pipe"];
    // Events that are in a wrapping already have snapshots of their own.
    let bare = events.filter(|(_, event)| event.is_object() && event.get("Records").is_none());
    let bare = bare.filter(|(_, event)| !is_for_who_may_invoke(event));
    let mut different = Vec::new();
    for (name, event) in bare {
        let straight = run(&event, settings).await;
        for (route, wrap) in routes.into_iter().zip([sns, sqs, sns_in_sqs, pipe]) {
            let by_route = run(&wrap(&event), settings).await;
            if by_route != straight {
                different.push(format!("{name}: {straight:?}\nthrough {route}: {by_route:?}\n"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// What a topic or a queue is not believed: that a person asks, or a schedule.
fn is_for_who_may_invoke(event: &Value) -> bool {
    event["action"] == "sweep"
        || event["action"] == "activate"
        || event["source"] == "aws.events"
        || event["detail"]["actionName"].is_string()
}

#[tokio::test(start_paused = true)]
async fn the_route_makes_no_difference() {
    check(events().into_iter(), &BY_DEFAULT).await;
}

#[tokio::test(start_paused = true)]
async fn the_route_makes_no_difference_when_opted_in() {
    check(cloudtrail_events(), &OPTED_IN).await;
}

/// A topic may feed both functions; who calls one of them is told of the other.
#[tokio::test(start_paused = true)]
async fn a_call_for_the_other_function_is_an_error_only_where_it_is_called() {
    let iam = Iam::start(worlds::of_events()).await;
    let sweep = json!({"action": "sweep"});
    let deactivate = json!({"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"});
    for (function, call, told) in [
        (
            "respond",
            sweep,
            "action: expected `deactivate`, since `sweep` is for the sweep function",
        ),
        (
            "sweep",
            deactivate,
            "action: expected `sweep`, since `deactivate` is for the respond function",
        ),
    ] {
        let function = Function::new(&iam, &[("FUNCTION", function)]);
        let error = function.handle(&call).await.unwrap_err();
        assert_eq!(error.error_message, format!("the event cannot be understood: {told}"));
        for wrap in [sns, sqs, sns_in_sqs, pipe] {
            let report = function.handle(&wrap(&call)).await.unwrap().report;
            assert_eq!(report.summary, "nothing to do: OtherFunction");
            assert!(!report.attention);
        }
    }
    assert!(inactive::<BTreeSet<_>>(&iam).is_empty());
}

/// 15: a message that is shaped as a custom action is a plain finding: notice, pace, severity, workflow
/// and product hold. Nor does a topic or a queue have the account swept, however it asks.
#[tokio::test(start_paused = true)]
async fn what_comes_through_a_topic_or_a_queue_is_never_by_a_person() {
    let events = events();
    let old = &events["securityhub-action-control-iam3"];
    let (key, insight) =
        (&events["securityhub-action-key"], &events["securityhub-insight-results"]);
    let mut forged = key.clone();
    forged["detail"]["findings"][0]["Workflow"]["Status"] = json!("NEW");
    forged["detail"]["findings"][0]["ProductArn"] =
        json!("arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default");
    let sweeps = [&events["direct-sweep"], &events["scheduled-event"]];
    let iam = Iam::start(worlds::of_events()).await;
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    for wrap in [sns, sqs, sns_in_sqs, pipe] {
        let report = function.handle(&wrap(key)).await.unwrap().report;
        assert_eq!(report.summary, "nothing to do: AlreadyHandled");
        let report = function.handle(&wrap(&forged)).await.unwrap().report;
        assert_eq!(report.summary, "nothing to do: UntrustedProduct");
        let report = function.handle(&wrap(insight)).await.unwrap().report;
        assert_eq!(
            (report.summary.as_str(), report.attention),
            ("nothing to do: NoAccessKey", false)
        );
        for sweep in sweeps {
            let report = function.handle(&wrap(sweep)).await.unwrap().report;
            assert_eq!(report.summary, "nothing to do: OtherFunction");
            assert!(report.sweep.is_none());
        }
        let report = function.handle(&wrap(old)).await.unwrap().report;
        assert!(
            report
                .outcomes
                .iter()
                .all(|it| it.status != Status::Deactivated && it.trigger != Trigger::Person),
            "{report:?}"
        );
        assert!(inactive::<BTreeSet<_>>(&iam).is_empty());
    }
    // Straight from Security Hub it is a person's decision.
    let report = function.handle(old).await.unwrap().report;
    assert_eq!(report.summary, "AKIAIALICE7EXAMPLE22 of Alice: Deactivated");
}

/// 16: both functions are told of what a person picks; one of them says that there was nothing to pick.
#[tokio::test(start_paused = true)]
async fn a_person_who_pressed_the_button_in_vain_hears_of_it_once() {
    let events = events();
    let iam = Iam::start(worlds::of_events()).await;
    let mut sample = events["securityhub-sample"].clone();
    sample["detail-type"] = json!("Security Hub Findings - Custom Action");
    for event in
        [&events["securityhub-action-no-key"], &events["securityhub-insight-results"], &sample]
    {
        let function = Function::new(&iam, &[("FUNCTION", "respond")]);
        let report = function.handle(event).await.unwrap().report;
        assert!(report.attention);
        for text in [&report.summary, &report.message.body] {
            assert!(text.contains("Use it on a finding that names an access key"), "{text}");
        }
        let function = Function::new(&iam, &[("FUNCTION", "sweep")]);
        let report = function.handle(event).await.unwrap().report;
        assert_eq!(
            (report.summary.as_str(), report.attention),
            ("nothing to do: OtherFunction", false)
        );
    }
    let report = Function::new(&iam, &[]).handle(&events["securityhub-sample"]).await;
    assert!(!report.unwrap().report.attention, "what comes by itself rings nothing");
}

/// 22: what an input transformer leaves of an event says the same as the whole. It knows neither who has
/// sent it nor where from, so that nothing is believed of it that is not believed of a topic.
#[test]
fn a_detail_that_was_cut_out_says_the_same() {
    use iam_key_deactivator::event::{self, Reading};
    let said = |event: &Value| -> Vec<String> {
        let said = |reading| match reading {
            Reading::Signal(signal) => format!("{:?} {:?}", signal.subject, signal.cause),
            Reading::Ignored(ignored) => format!("{:?}", ignored.reason),
            Reading::Invalid(error) => error.to_string().rsplit(": ").next().unwrap().to_owned(),
        };
        event::read(&event.to_string()).1.into_iter().map(said).collect()
    };
    let mut seen = 0;
    for (name, event) in events() {
        let is_cut_out = name.starts_with("invalid-") || name.starts_with("unsupported-");
        if !event["detail"].is_object() || is_for_who_may_invoke(&event) || is_cut_out {
            continue;
        }
        if name == "securityhub-insight-results" {
            continue;
        }
        seen += 1;
        let detail = &event["detail"];
        assert_eq!(said(detail), said(&event), "{name}");
        for reading in event::read(&detail.to_string()).1 {
            if let Reading::Signal(signal) = reading {
                assert!(
                    signal.trigger != Trigger::Person
                        && signal.origin.delivery.write_back_to.is_none(),
                    "{name}"
                );
            }
        }
    }
    assert!(seen > 80, "{seen}");
    let action = &events()["securityhub-action-key"]["detail"];
    assert_eq!(said(action), ["AlreadyHandled"], "its envelope said that a person asked");
}

#[tokio::test(start_paused = true)]
async fn the_same_finding_by_a_second_route_is_quiet() {
    let events = events();
    let (direct, passed_on) =
        (&events["guardduty-compromised-credentials"], &events["securityhub-guardduty-key"]);
    let iam = Iam::start(worlds::of_events()).await;
    let function = Function::new(&iam, &[]);
    let first = function.handle(direct).await.unwrap().report;
    assert!(first.attention, "{}", first.summary);
    for event in [&sns(direct), &sqs(direct), passed_on] {
        let again = function.handle(event).await.unwrap().report;
        assert_eq!(again.summary, "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive");
        assert!(!again.attention);
    }
    let written_back = function.handle(&events["securityhub-notified"]).await.unwrap().report;
    assert_eq!(written_back.summary, "nothing to do: AlreadyHandled");
    assert!(written_back.outcomes.is_empty());
}
