//! Every file in `events/` through the whole handler against moto: what it answers, and which keys
//! are Inactive afterwards. A new event is one JSON file there and one snapshot here.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use iam_key_deactivator::handler::Answer;
use jsonschema::Validator;
use lambda_runtime::Diagnostic;
use serde::Serialize;
use serde_json::Value;

use crate::{invoke::Function, moto::Moto};

/// What a snapshot holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Diagnostic>,
    inactive_afterwards: BTreeMap<String, String>,
}

/// As it is deployed, but for a break-glass user.
pub(crate) const BY_DEFAULT: [(&str, &str); 1] = [("PROTECTED_USERS", "BreakGlass")];

/// What is off by default, turned on: it concerns the events of CloudTrail.
pub(crate) const OPTED_IN: [(&str, &str); 4] = [
    ("DEACTIVATE_QUARANTINED_USERS", "true"),
    ("DEACTIVATE_NEW_KEYS", "true"),
    ("EXEMPT_USERS", "Alice"),
    ("EXEMPT_PATHS", "/service/"),
];

pub(crate) fn cloudtrail_events() -> impl Iterator<Item = (String, Value)> {
    events().into_iter().filter(|(name, _)| name.starts_with("cloudtrail-"))
}

/// Every event by its name.
pub(crate) fn events() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&text).unwrap())
    };
    fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
}

fn schema() -> &'static Validator {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(read_schema);
    &SCHEMA
}

fn read_schema() -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

impl Recorded {
    pub(crate) fn new(
        answer: Result<Answer, Diagnostic>,
        inactive_afterwards: BTreeMap<String, String>,
    ) -> Self {
        let (answer, error) = match answer {
            Ok(answer) => (Some(answer), None),
            Err(error) => (None, Some(error)),
        };
        Self { answer, error, inactive_afterwards }
    }

    /// Compares it with the snapshot of this name, and with the report's schema.
    pub(crate) fn check(&self, folder: &str, name: &str) {
        if let Some(answer) = &self.answer {
            let answer = serde_json::to_value(answer).unwrap();
            let errors: Vec<_> = schema().iter_errors(&answer).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
        insta::with_settings!({
            snapshot_path => format!("snapshots/{folder}"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_json_snapshot!(name, self);
        });
    }
}

async fn record(payload: Value, settings: &[(&str, &str)]) -> Recorded {
    let moto = Moto::seeded().await;
    let answer = Function::new(&moto.url, settings).handle(&payload).await;
    Recorded::new(answer, moto.inactive().await)
}

#[tokio::test]
async fn every_event_ends_as_recorded() {
    check("events", &BY_DEFAULT, events()).await;
}

#[tokio::test]
async fn every_cloudtrail_event_ends_as_recorded_when_opted_in() {
    check("opted-in", &OPTED_IN, cloudtrail_events()).await;
}

async fn check(
    folder: &str,
    settings: &[(&str, &str)],
    events: impl IntoIterator<Item = (String, Value)>,
) {
    for (name, payload) in events {
        record(payload, settings).await.check(folder, &name);
    }
}
