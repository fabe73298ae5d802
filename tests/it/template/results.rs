//! What Lambda puts on the results bus through the patterns of its rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::{Value, json};

use super::{
    event_bus::{ACCOUNT, Bus, REGION, only},
    forwarder, template,
};

/// A record as Lambda's destination puts it on the results bus.
fn record(function: &str, condition: &str, attempts: u32, answer: &Value) -> Value {
    let mut record = json!({
        "source": "lambda",
        "detail-type": format!("Lambda Function Invocation Result - {condition}"),
        "account": ACCOUNT,
        "resources": [format!("arn:aws:service:::{function}.Arn:$LATEST")],
        "detail": {
            "requestContext": { "condition": condition, "approximateInvokeCount": attempts },
            // Not even an event that looks like an answer is taken for one.
            "requestPayload": { "attention": true, "errorMessage": "x" },
        },
    });
    if !answer.is_null() {
        record["detail"]["responsePayload"] = answer.clone();
    }
    record
}

/// The answers that are recorded of every event and of later attempts, errors included.
fn answers() -> BTreeMap<String, Value> {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots");
    let answer = |file: fs::DirEntry| {
        let text = fs::read_to_string(file.path()).unwrap();
        let snapshot: Value =
            serde_json::from_str(text.splitn(3, "---\n").nth(2).unwrap()).unwrap();
        let answer = if snapshot["error"].is_null() { "answer" } else { "error" };
        (file.file_name().into_string().unwrap(), snapshot[answer].clone())
    };
    let files = ["events", "attempts"].map(|folder| fs::read_dir(snapshots.join(folder)).unwrap());
    files.into_iter().flatten().map(|file| answer(file.unwrap())).collect()
}

/// The rules that tell people, and those that tell Security Hub.
fn told(bus: &Bus, record: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut rules = bus.matches(record);
    rules.remove("FailureRule");
    rules.into_iter().partition(|rule| !rule.ends_with("WriteBackRule"))
}

#[test]
fn what_needs_attention_is_told_once_and_nothing_else() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    let [mut loud, mut quiet, mut unconfirmed, mut failed, mut handled] = [0; 5];
    for (name, answer) in answers() {
        let error = !answer["errorMessage"].is_null();
        let condition = if error { "RetriesExhausted" } else { "Success" };
        let (expected, count) = match answer["attention"].as_bool() {
            None => (Some("ResultRule"), &mut failed),
            Some(true) => (Some("ResultRule"), &mut loud),
            Some(false) if answer["unconfirmed"] == true => (Some("ResultRule"), &mut unconfirmed),
            Some(false) => (None, &mut quiet),
        };
        *count += 1;
        let forms = [("asff", "WriteBackRule"), ("ocsf", "OcsfWriteBackRule")];
        let handled_in = |form: &str| !answer["writeBack"][form][0].is_null();
        let back: BTreeSet<String> =
            forms.iter().filter(|it| handled_in(it.0)).map(|it| it.1.to_owned()).collect();
        handled += back.len();
        for function in ["RespondFunction", "SweepFunction"] {
            for attempts in [1, 2] {
                let record = record(function, condition, attempts, &answer);
                let (people, hub) = told(&bus, &record);
                assert_eq!(people, only(expected), "{name}");
                assert_eq!(hub, back, "{name}");
                // Forged, or of another function, version or alias.
                for (field, value) in [
                    ("source", json!("custom")),
                    ("resources", json!(["arn:aws:service:::OtherFunction.Arn:$LATEST"])),
                    ("resources", json!([format!("arn:aws:service:::{function}.Arn")])),
                    ("resources", json!([format!("arn:aws:service:::{function}.Arn:1")])),
                ] {
                    let mut forged = record.clone();
                    forged[field] = value;
                    assert_eq!(bus.matches(&forged), BTreeSet::new(), "{name}: {field}");
                }
            }
        }
    }
    let counts = (loud, quiet, unconfirmed, failed, handled);
    assert!(loud > 20 && quiet > 20 && unconfirmed > 0, "{counts:?}");
    assert!(failed > 5 && handled > 5, "{counts:?}");
}

/// Whatever the attempt: the state machine finds out whether people know.
#[test]
fn what_a_retry_may_have_swallowed_starts_the_state_machine_once() {
    #[track_caller]
    fn check(attention: bool, unconfirmed: Option<bool>, expected: Option<&str>) {
        let template = template();
        let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
        let mut answer = json!({ "attention": attention, "counts": { "AlreadyInactive": 1 } });
        if let Some(unconfirmed) = unconfirmed {
            answer["unconfirmed"] = json!(unconfirmed);
        }
        for attempts in [1, 2, 3] {
            let record = record("RespondFunction", "Success", attempts, &answer);
            assert_eq!(told(&bus, &record).0, only(expected), "{answer}: {attempts}");
        }
    }
    check(false, Some(true), Some("ResultRule"));
    check(true, Some(true), Some("ResultRule"));
    check(true, None, Some("ResultRule"));
    check(false, Some(false), None);
    check(false, None, None);
}

/// Findings that are handled go to Security Hub, whoever else is told, and each by one rule. A failure
/// says nothing of single findings.
#[test]
fn what_was_handled_is_written_back_once() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    let asff = json!([{ "findingId": "f" }]);
    let ocsf = json!([{ "findingUid": "f" }]);
    let none = json!([]);
    for (condition, asff, ocsf, expected) in [
        ("Success", &asff, &none, ["WriteBackRule"].as_slice()),
        ("Success", &none, &ocsf, &["OcsfWriteBackRule"]),
        ("Success", &asff, &ocsf, &["OcsfWriteBackRule", "WriteBackRule"]),
        ("Success", &none, &none, &[]),
        ("RetriesExhausted", &asff, &ocsf, &[]),
    ] {
        for (attention, attempts) in [(false, 1), (false, 2), (true, 1), (true, 2)] {
            let back = json!({ "asff": asff, "ocsf": ocsf });
            let answer = json!({ "attention": attention, "writeBack": back });
            let record = record("RespondFunction", condition, attempts, &answer);
            assert_eq!(told(&bus, &record).1.into_iter().collect::<Vec<_>>(), expected, "{record}");
        }
    }
}

#[test]
fn failures_of_any_kind_are_told_once() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    for (condition, answer, expected) in [
        (
            "RetriesExhausted",
            json!({ "errorType": "KeyLeftActive", "errorMessage": "x" }),
            "ResultRule",
        ),
        ("RetriesExhausted", json!({ "errorMessage": "Task timed out" }), "ResultRule"),
        ("EventAgeExceeded", Value::Null, "UnansweredRule"),
        ("Unheard", json!({}), "UnansweredRule"),
    ] {
        let record = record("RespondFunction", condition, 3, &answer);
        assert_eq!(told(&bus, &record), (only(Some(expected)), only(None)), "{condition}");
        assert!(bus.matches(&record).contains("FailureRule"), "{condition}");
    }
}

#[test]
fn keys_that_become_active_are_looked_at_wherever_it_is_recorded() {
    let (main, forwarder) = (Bus::default(template()), Bus::default(forwarder()));
    let event = json!({
        "source": "aws.iam",
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "region": REGION,
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": "UpdateAccessKey",
            "requestParameters": { "status": "Active", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
        },
    });
    assert_eq!(main.matches(&event), only(Some("KeyReactivatedRule")));
    assert!(!forwarder.matches(&event).is_empty());
    for (field, value) in [
        ("/detail/requestParameters/status", "Inactive"),
        ("/detail/eventName", "CreateUser"),
        ("/account", "210987654321"),
    ] {
        let mut other = event.clone();
        *other.pointer_mut(field).unwrap() = value.into();
        assert_eq!(main.matches(&other), BTreeSet::new(), "{field}");
    }
    let mut refused = event;
    refused["detail"]["errorCode"] = "AccessDenied".into();
    assert_eq!(main.matches(&refused), BTreeSet::new());
}

#[test]
fn failures_of_every_function_are_kept_and_nothing_else() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    let record = |function: &str, condition: &str| {
        json!({
            "source": "lambda",
            "detail-type": "Lambda Function Invocation Result",
            "resources": [format!("arn:aws:service:::{function}.Arn:$LATEST")],
            "detail": { "requestContext": { "condition": condition } },
        })
    };
    for (function, condition, kept) in [
        ("RespondFunction", "RetriesExhausted", true),
        ("RespondFunction", "EventAgeExceeded", true),
        ("SweepFunction", "RetriesExhausted", true),
        ("ActivateKeyFunction", "RetriesExhausted", true),
        ("ActivateKeyFunction", "Success", false),
        ("RespondFunction", "Success", false),
        ("SweepFunction", "Success", false),
        ("OtherFunction", "RetriesExhausted", false),
    ] {
        let matched = bus.matches(&record(function, condition)).contains("FailureRule");
        assert_eq!(matched, kept, "{function}: {condition}");
    }
}
