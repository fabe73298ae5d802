//! The same event by every route: what comes of it does not depend on the way it took.

use std::collections::BTreeMap;

use iam_key_deactivator::handler::Answer;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::{
    events::{BY_DEFAULT, OPTED_IN, cloudtrail_events, events},
    invoke::Function,
    moto::Moto,
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
async fn run(
    payload: &Value,
    settings: &[(&str, &str)],
) -> (Vec<String>, BTreeMap<String, String>) {
    let moto = Moto::seeded().await;
    let function = Function::new(&moto.url, settings);
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
    (said, moto.inactive().await)
}

/// Each of these events comes to the same by every route.
async fn check(events: impl Iterator<Item = (String, Value)>, settings: &[(&str, &str)]) {
    let routes = ["SNS", "SQS", "SNS in SQS", "a pipe"];
    // Events that are in a wrapping already have snapshots of their own.
    let bare = events.filter(|(_, event)| event.is_object() && event.get("Records").is_none());
    for (name, event) in bare {
        let straight = run(&event, settings).await;
        for (route, wrap) in routes.into_iter().zip([sns, sqs, sns_in_sqs, pipe]) {
            assert_eq!(run(&wrap(&event), settings).await, straight, "{name} through {route}");
        }
    }
}

#[tokio::test]
async fn the_route_makes_no_difference() {
    check(events().into_iter(), &BY_DEFAULT).await;
}

#[tokio::test]
async fn the_route_makes_no_difference_when_opted_in() {
    check(cloudtrail_events(), &OPTED_IN).await;
}

/// A topic may feed both functions; who calls one of them is told of the other.
#[tokio::test]
async fn a_call_for_the_other_function_is_an_error_only_where_it_is_called() {
    let moto = Moto::seeded().await;
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
        let function = Function::new(&moto.url, &[("FUNCTION", function)]);
        let error = function.handle(&call).await.unwrap_err();
        assert_eq!(error.error_message, format!("the event cannot be understood: {told}"));
        for wrap in [sns, sqs, sns_in_sqs, pipe] {
            let report = function.handle(&wrap(&call)).await.unwrap().report;
            assert_eq!(report.summary, "nothing to do: OtherFunction");
            assert!(!report.attention);
        }
    }
    assert!(moto.inactive().await.is_empty());
}

#[tokio::test]
async fn the_same_finding_by_a_second_route_is_quiet() {
    let events = events();
    let (direct, passed_on) =
        (&events["guardduty-compromised-credentials"], &events["securityhub-guardduty-key"]);
    let moto = Moto::seeded().await;
    let function = Function::new(&moto.url, &[]);
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
