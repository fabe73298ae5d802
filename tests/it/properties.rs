//! Whatever is sent: parsing does not panic, names no key that was not in the input, and passes no
//! secret on. `PROPTEST_CASES` asks for more cases than the 100,000 in all that run by default.

use data_encoding::BASE64;
use iam_key_deactivator::event::{self, Reading, Subject};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseError};
use serde_json::{Value, json};

use crate::events::events;

/// Stands in for every secret: what a scanner found, and what an attacker would like to see logged.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(default),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Puts the secret beside whatever a scanner may find, where nothing reads it. (In a direct call a
/// field too many is an error of its own.)
fn plant(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(plant);
            if !fields.contains_key("action") {
                fields.insert("RawV2".to_owned(), SECRET.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plant),
        _ => {}
    }
}

fn check(payload: &Value) -> Result<(), TestCaseError> {
    let mut payload = payload.clone();
    plant(&mut payload);
    let text = payload.to_string();
    let (_, readings) = event::read(&text);
    prop_assert!(!readings.is_empty(), "nothing at all is said of it");
    for reading in &readings {
        if let Reading::Signal(signal) = reading
            && let Subject::Key(key) = &signal.subject
        {
            let encoded = BASE64.encode(key.id.as_str().as_bytes());
            let is_there = text.contains(key.id.as_str()) || text.contains(&encoded);
            prop_assert!(is_there, "{} is not in the input", key.id);
        }
        prop_assert!(!format!("{reading:?}").contains(SECRET), "{reading:?}");
    }
    Ok(())
}

/// Scalars that matter to some source, or that upset parsers.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "A[KS]IA[A-Z2-7]{12,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "aws.guardduty",
            "GuardDuty Finding",
            "Notification",
            "aws:sqs",
            "aws:sns",
            "AWS",
            "AwsIamAccessKey",
            "Root",
            "deactivate",
            "sweep",
            "null",
            "{}",
            "[[]]",
            "\"\"",
        ])
        .prop_map(Value::from),
    ]
}

/// Field names that some source reads.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "detail",
            "source",
            "detail-type",
            "Records",
            "Sns",
            "Message",
            "Type",
            "body",
            "eventSource",
            "EventSource",
            "findings",
            "Findings",
            "Resources",
            "Details",
            "accessKeyId",
            "action",
            "keys",
            "resource",
            "service",
            "schemaVersion",
            "severity",
            "type",
            "DetectorName",
            "Raw",
            "ExtraData",
            "affectedEntities",
            "entityValue",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z]{1,8}",
    ]
}

fn arbitrary() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(8, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name(), inner.clone()), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            inner.prop_map(|value| Value::from(value.to_string())),
        ]
    })
}

/// Puts `new` in the place that `index` picks among all places, or takes it away.
fn mutate(value: &mut Value, index: Index, new: Option<Value>) {
    let mut places = Vec::new();
    pointers(value, &mut String::new(), &mut places);
    let place = &places[index.index(places.len())];
    match new {
        Some(new) => *value.pointer_mut(place).unwrap() = new,
        None => *value.pointer_mut(place).unwrap() = Value::Null,
    }
}

fn pointers(value: &Value, here: &mut String, places: &mut Vec<String>) {
    places.push(here.clone());
    let length = here.len();
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    for (step, child) in children {
        here.push('/');
        here.push_str(&step);
        pointers(child, here, places);
        here.truncate(length);
    }
}

#[test]
fn arbitrary_json() {
    proptest!(cases(40_000), |(payload in arbitrary())| check(&payload)?);
}

#[test]
fn mutated_events() {
    let events: Vec<Value> = events().into_values().collect();
    let mutations = vec((any::<Index>(), prop::option::of(arbitrary())), 1..5);
    proptest!(cases(60_000), |(event in any::<Index>(), mutations in mutations)| {
        let mut payload = events[event.index(events.len())].clone();
        for (place, new) in mutations {
            mutate(&mut payload, place, new);
        }
        check(&payload)?;
    });
}

#[test]
fn a_secret_in_a_scanners_record_goes_nowhere() {
    let record = json!({"DetectorName": "AWS", "Verified": true, "Raw": "AKIAIOSFODNN7EXAMPLE"});
    check(&record).unwrap();
    check(&json!({"source": "scanner", "detail-type": "found", "detail": record})).unwrap();
    check(&json!({"DetectorName": "AWS", "Verified": true, "Raw": SECRET})).unwrap();
}
