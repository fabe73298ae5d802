//! The same event by every route: what comes of it does not depend on the way it took.

use std::collections::BTreeMap;

use iam_key_deactivator::handler::Answer;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::{events::events, invoke::Function, moto::Moto};

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
async fn run(payload: &Value) -> (Vec<String>, BTreeMap<String, String>) {
    let moto = Moto::seeded().await;
    let function = Function::new(&moto.url, &[("PROTECTED_USERS", "BreakGlass")]);
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

#[tokio::test]
async fn the_route_makes_no_difference() {
    let routes = ["SNS", "SQS", "SNS in SQS", "a pipe"];
    // Events that are in a wrapping already have snapshots of their own.
    let bare = events()
        .into_iter()
        .filter(|(_, event)| event.is_object() && event.get("Records").is_none());
    for (name, event) in bare {
        let straight = run(&event).await;
        for (route, wrap) in routes.into_iter().zip([sns, sqs, sns_in_sqs, pipe]) {
            assert_eq!(run(&wrap(&event)).await, straight, "{name} through {route}");
        }
    }
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
