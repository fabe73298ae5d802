//! The largest events that Lambda hands over, made by someone who means harm: what they cost, and what
//! of them still reaches people.

use std::time::Duration;

use fake_aws::{
    iam::{Iam, World},
    runtime_api::{Answer, Function, Setup},
};
use serde_json::json;

use crate::events::events;

/// What an asynchronous invocation may carry, and a synchronous one (Lambda Developer Guide, "Lambda
/// quotas"), and what Lambda may use for each: the function has 512 MB.
const ASYNCHRONOUS: (usize, u64) = (1_000_000, 128 << 20);
const SYNCHRONOUS: (usize, u64) = (6_000_000, 400 << 20);

/// So many elements, each made of its number, that the whole has this size.
fn fill(size: usize, before: &str, element: impl Fn(usize) -> String, after: &str) -> String {
    let mut text = before.to_owned();
    for number in 0.. {
        let element = element(number);
        if text.len() + element.len() + 1 + after.len() > size {
            break;
        }
        text.extend((number > 0).then_some(","));
        text.push_str(&element);
    }
    text + after
}

fn key(number: usize) -> String {
    format!("ASIAIOSFODNN7{number:08}")
}

/// The event of this name, with so many elements in the list at `path` as fit, each like the first one.
fn many(size: usize, name: &str, path: &str) -> String {
    let mut event = events()[name].clone();
    let list = event.pointer_mut(path).unwrap().as_array_mut().unwrap();
    let element = list[0].to_string();
    *list = vec![json!("HERE")];
    let text = event.to_string();
    let (before, after) = text.split_once("\"HERE\"").unwrap();
    let element = |number| {
        let id = key(number);
        element.replace("AKIAIOSFODNN7EXAMPLE", &id).replace("AKIAIALICE7EXAMPLE22", &id)
    };
    fill(size, before, element, after)
}

fn bad_records(size: usize) -> String {
    fill(size, r#"{"Records":["#, |_| "{}".to_owned(), "]}")
}

fn bad_elements(size: usize) -> String {
    fill(size, "[", |_| "0".to_owned(), "]")
}

fn queue_records(size: usize) -> String {
    fill(size, r#"{"Records":["#, |_| r#"{"eventSource":"aws:sqs"}"#.to_owned(), "]}")
}

fn events_of_others(size: usize) -> String {
    fill(size, "[", |_| r#"{"source":"a","detail-type":"b","detail":{}}"#.to_owned(), "]")
}

/// IAM is not asked about these, and there would be no time for so many; each has a reason as long as
/// there can be.
fn temporary_keys(size: usize) -> String {
    let reason = "\u{1f525}".repeat(512);
    let before = format!(r#"{{"action":"deactivate","reason":"{reason}","keys":["#);
    fill(size, &before, |number| format!(r#"{{"accessKeyId":"{}"}}"#, key(number)), "]}")
}

fn findings(size: usize) -> String {
    many(size, "securityhub-several-findings", "/detail/findings")
}

fn actors(size: usize) -> String {
    many(size, "guardduty-attack-sequence", "/detail/service/detection/sequence/actors")
}

async fn function() -> (Iam, Function) {
    let iam = Iam::start(World::new()).await;
    let setup = Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator"))
        .env("AWS_ENDPOINT_URL", iam.url())
        .time_limit(Duration::from_mins(2));
    (iam, Function::start(setup).await.unwrap())
}

async fn check_memory(name: &str, event: String, most: u64) {
    let (size, (_iam, mut function)) = (event.len(), function().await);
    let answer = function.invoke(event).await;
    let usage = function.usage().unwrap_or_else(|| panic!("{name} of {size}: {answer:?}"));
    assert!(usage.peak_memory <= most, "{name} of {size}: {} MB", usage.peak_memory >> 20);
    let log = function.stop().await;
    let errors = log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).count();
    match answer {
        Answer::Response(mut report) => {
            assert_eq!(errors, 0, "{name} of {size}");
            // For Lambda's poller alone: this answer goes to no bus.
            report.as_object_mut().unwrap().remove("batchItemFailures");
            assert!(report.to_string().len() < 262_144, "{name} of {size}");
        }
        // The runtime does not log it once more.
        Answer::Error { error_message, .. } => {
            assert_eq!(errors, 1, "{name} of {size}");
            assert!(error_message.len() < 50_000, "{name} of {size}");
        }
        other => panic!("{name} of {size}: {other:?}"),
    }
    if name.starts_with("bad") {
        assert!(log.len() < 100_000, "{name} of {size}: logged {} bytes", log.len());
    }
}

#[tokio::test]
async fn a_hostile_event_of_one_megabyte_stays_within_128_megabytes() {
    let (size, most) = ASYNCHRONOUS;
    check_memory("bad records", bad_records(size), most).await;
    check_memory("bad elements", bad_elements(size), most).await;
    check_memory("queue records", queue_records(size), most).await;
    check_memory("events of others", events_of_others(size), most).await;
    check_memory("temporary keys", temporary_keys(size), most).await;
    check_memory("findings", findings(size), most).await;
    check_memory("actors", actors(size), most).await;
}

/// The kinds that take most.
#[tokio::test]
async fn a_hostile_event_of_six_megabytes_stays_within_400_megabytes() {
    let (size, most) = SYNCHRONOUS;
    check_memory("bad elements", bad_elements(size), most).await;
    check_memory("queue records", queue_records(size), most).await;
    check_memory("events of others", events_of_others(size), most).await;
    check_memory("temporary keys", temporary_keys(size), most).await;
    check_memory("findings", findings(size), most).await;
}

/// The record of an invocation on the results bus has the event, the answer and a little more: 1 MiB at
/// most. What a state machine is started with: 256 KiB.
#[tokio::test]
async fn what_is_said_of_a_large_event_arrives() {
    #[track_caller]
    fn check(event: usize, answer: &Answer, least: usize) {
        let answer = match answer {
            Answer::Response(report) => {
                let listed = report["outcomes"].as_array().map_or(0, Vec::len);
                assert!(listed >= least, "{event}: {listed} keys");
                let (subject, body) = (report["subject"].as_str(), report["body"].as_str());
                assert!(
                    subject.is_some_and(
                        |it| it.contains("not deactivated (temporary credential): ASIA")
                    ),
                    "{event}: {subject:?}"
                );
                assert!(
                    body.is_some_and(
                        |it| it.contains("Not deactivated (temporary credential): access key ASIA")
                    ),
                    "{event}"
                );
                report.to_string()
            }
            Answer::Error { error_message, .. } => {
                assert!(error_message.contains("expected"), "{event}: {error_message}");
                json!({ "errorType": "InvalidEvent", "errorMessage": error_message }).to_string()
            }
            other => panic!("{event}: {other:?}"),
        };
        let (around, context) = (1_500, 1_000);
        assert!(event + answer.len() + around <= 1024 * 1024, "{event}: {}", answer.len());
        assert!(answer.len() + context <= 256 * 1024, "{event}: {}", answer.len());
    }
    let (_iam, mut function) = function().await;
    for (size, least) in
        [(200_000, 40), (800_000, 40), (900_000, 20), (1_000_000, 3), (1_042_000, 0)]
    {
        let event = temporary_keys(size);
        check(size, &function.invoke(event).await, least);
        check(size, &function.invoke(bad_elements(size)).await, 0);
    }
}
