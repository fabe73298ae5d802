//! The real binary as Lambda runs it: whatever is sent, it stays up, and touches nothing but the key
//! that is named.

use fake_aws::{
    iam::{Iam, Status::Active, World},
    runtime_api::{Answer, Function, Setup},
};
use serde_json::{Value, json};

use crate::invoke::SHORT;

const BOB: &str = "AKIAIOSFODNN7EXAMPLE";
const ALICE: &str = "AKIAIALICE7EXAMPLE22";

fn setup(iam: &Iam) -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator"))
        .env("AWS_ENDPOINT_URL", iam.url())
        .time_limit(SHORT)
}

async fn iam() -> Iam {
    Iam::start(World::new().user("Bob", &[(BOB, Active)]).user("Alice", &[(ALICE, Active)])).await
}

fn deactivate(id: &str) -> String {
    json!({"action": "deactivate", "accessKeyId": id}).to_string()
}

/// A GuardDuty finding on Bob's key, changed by `change`.
fn finding(change: impl FnOnce(&mut Value)) -> String {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/events/guardduty-compromised-credentials.json");
    let mut event = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    change(&mut event);
    event.to_string()
}

#[tokio::test]
async fn a_finding_makes_the_named_key_inactive_and_no_other() {
    let iam = iam().await;
    let mut function = Function::start(setup(&iam)).await.unwrap();
    let Answer::Response(report) = function.invoke(finding(|_| ())).await else {
        panic!("{}", function.log());
    };
    assert_eq!(report["summary"], "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated");
    assert_eq!(report["outcomes"][0]["verified"], true);
    assert_eq!(report["accountGuard"], true);
    assert_eq!(statuses(&iam), ["AKIAIALICE7EXAMPLE22 Active", "AKIAIOSFODNN7EXAMPLE Inactive"]);

    // The same once more finds it Inactive and stays quiet.
    let Answer::Response(report) = function.invoke(finding(|_| ())).await else {
        panic!("{}", function.log());
    };
    assert_eq!(report["summary"], "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive");
    assert_eq!(report["attention"], false);
}

fn statuses(iam: &Iam) -> Vec<String> {
    iam.keys().iter().map(|(id, status)| format!("{id} {}", status.as_str())).collect()
}

#[tokio::test]
async fn hostile_input_neither_crashes_it_nor_touches_a_key() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let details = |name: &str, value: Value| {
        finding(|event| event["detail"]["resource"]["accessKeyDetails"][name] = value)
    };
    let hostile = [
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        "\"\"".to_owned(),
        "not JSON".to_owned(),
        "\u{0}".to_owned(),
        nested(40),
        nested(127),
        nested(100_000),
        format!("{{\"Records\": {}}}", nested(40)),
        finding(|event| event["detail"] = json!("text")),
        finding(|event| event["detail"]["resource"] = json!([])),
        details("accessKeyId", json!("AKIAIOSFODNN7EXAMPLE&UserName=Alice")),
        details("accessKeyId", json!("AKIAIOSFODNN7EXAMPLE\nAKIAIALICE7EXAMPLE22")),
        details("accessKeyId", json!(["AKIAIOSFODNN7EXAMPLE"])),
        details("accessKeyId", json!("A".repeat(1_000_000))),
        json!({"action": "deactivate", "accessKeyId": BOB, "dryrun": true}).to_string(),
    ];
    let iam = iam().await;
    let mut function = Function::start(setup(&iam)).await.unwrap();
    for payload in hostile {
        let answer = function.invoke(payload.clone()).await;
        let shown: String = payload.chars().take(200).collect();
        let Answer::Error { error_message, .. } = answer else { panic!("{shown}: {answer:?}") };
        assert!(error_message.len() < 300, "{shown}: the payload is echoed: {error_message}");
        assert!(!error_message.contains("UserName=Alice"), "{shown}: {error_message}");
    }
    assert_eq!(iam.requests(), [], "nothing hostile reaches IAM");

    let answer = function.invoke(deactivate(BOB)).await;
    assert!(matches!(answer, Answer::Response(_)), "the next good event works: {answer:?}");
    assert_eq!(statuses(&iam), ["AKIAIALICE7EXAMPLE22 Active", "AKIAIOSFODNN7EXAMPLE Inactive"]);
}

/// Lambda's runtime itself reads only the first value.
#[tokio::test]
async fn what_comes_after_the_first_value_of_a_payload_is_an_error_and_the_first_is_handled() {
    for rest in [deactivate(ALICE), "x".to_owned(), "\n[".to_owned()] {
        let iam = iam().await;
        let mut function = Function::start(setup(&iam)).await.unwrap();
        let answer = function.invoke(deactivate(BOB) + &rest).await;
        let Answer::Error { error_message, .. } = answer else { panic!("{rest}: {answer:?}") };
        assert!(error_message.contains("nothing after the first JSON value"), "{error_message}");
        let expected = ["AKIAIALICE7EXAMPLE22 Active", "AKIAIOSFODNN7EXAMPLE Inactive"];
        assert_eq!(statuses(&iam), expected);
    }
}

#[tokio::test]
async fn hostile_text_in_a_good_finding_stops_nothing_and_reaches_no_log() {
    let noise = "\n{\"level\":\"ERROR\"}\r\u{1b}[31m\u{0}\u{202e}</script>";
    let texts = [
        finding(|event| event["detail"]["description"] = json!("x".repeat(900_000))),
        finding(|event| event["detail"]["severity"] = json!("high")),
        finding(|event| event["detail"]["severity"] = json!({"$gt": 0})),
        finding(|event| event["detail"]["id"] = json!(noise)),
        finding(|event| event["detail"]["region"] = json!(noise.repeat(1_000))),
        finding(|event| event["detail"]["type"] = json!(noise)),
        finding(|event| event["detail"]["updatedAt"] = json!({"a": 1})),
        finding(|event| event["detail"]["service"]["count"] = json!("many")),
        finding(|event| {
            event["detail"]["resource"]["accessKeyDetails"]["userName"] =
                json!(format!("Bob{noise}"));
        }),
        finding(|event| {
            let nested = (0..100).fold(json!({}), |inner, _| json!([inner]));
            event["detail"]["service"]["nested"] = nested;
        }),
    ];
    for payload in texts {
        let iam = iam().await;
        let mut function = Function::start(setup(&iam)).await.unwrap();
        let answer = function.invoke(payload).await;
        assert!(matches!(answer, Answer::Response(_)), "{answer:?}");
        assert_eq!(
            statuses(&iam),
            ["AKIAIALICE7EXAMPLE22 Active", "AKIAIOSFODNN7EXAMPLE Inactive"]
        );
        let log = function.stop().await;
        for line in log.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            let is_metrics = line["_aws"].is_object();
            assert!(is_metrics || line["level"] == "INFO" || line["level"] == "WARN", "{line}");
        }
        assert!(log.len() < 8_000, "a log line for each outcome, no event: {log}");
        assert!(!log.contains('\u{1b}') && !log.contains('\u{202e}'), "{log}");
    }
}

#[tokio::test]
async fn at_the_most_talkative_level_no_payload_and_no_dependency_is_logged() {
    let iam = iam().await;
    for format in ["JSON", "Text"] {
        let setup = setup(&iam)
            .env("AWS_LAMBDA_LOG_LEVEL", "TRACE")
            .env("AWS_LAMBDA_LOG_FORMAT", format)
            .env("RUST_LOG", "trace");
        let mut function = Function::start(setup).await.unwrap();
        let secret = finding(|event| event["detail"]["description"] = json!("a-secret"));
        assert!(matches!(function.invoke(secret).await, Answer::Response(_)));
        let record = json!({
            "DetectorName": "AWS",
            "Verified": true,
            "Raw": "AKIAIALICE7EXAMPLE22",
            "RawV2": "AKIAIALICE7EXAMPLE22:a-secret",
        });
        let answer = function.invoke(record.to_string()).await;
        assert!(!format!("{answer:?}").contains("a-secret"), "{answer:?}");
        assert!(matches!(function.invoke("{\"a-secret\": }").await, Answer::Error { .. }));
        let log = function.stop().await;
        assert!(log.contains("AKIAIOSFODNN7EXAMPLE"), "{log}");
        assert!(!log.contains("a-secret") && !log.contains("not-a-secret"), "{log}");
        assert!(!log.contains("Authorization"), "{log}");
    }
}

#[tokio::test]
async fn a_malformed_setting_stops_the_start_and_is_named() {
    let iam = iam().await;
    let exit = Function::start(setup(&iam).env("MIN_SEVERITY", "high")).await.unwrap_err();
    assert!(!exit.status.success());
    let line: Value = serde_json::from_str(exit.log.trim()).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["error_type"], "InvalidSetting");
    assert_eq!(line["message"], "setting MIN_SEVERITY is `high`: expected a number from 0 to 10");
}

#[tokio::test]
async fn without_an_arn_the_account_guard_is_off_and_says_so() {
    let iam = iam().await;
    let mut function = Function::start(setup(&iam).function_arn("function-arn")).await.unwrap();
    let Answer::Response(report) = function.invoke(finding(|_| ())).await else {
        panic!("{}", function.log());
    };
    assert_eq!(report["accountGuard"], false);
}
