//! What an invocation decides, compared with `snapshots/`. What people read of it is in `mails/`: a word that
//! is changed there changes no decision.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

use fake_aws::iam::Iam;
use iam_key_deactivator::{handler::Answer, message::Message};
use jsonschema::Validator;
use lambda_runtime::Diagnostic;
use serde::Serialize;
use serde_json::Value;

use crate::{invoke::Function, worlds::inactive};

/// What a snapshot holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Diagnostic>,
    /// The keys that became Inactive.
    deactivated: BTreeSet<String>,
    #[serde(skip)]
    pub(crate) mail: Option<Message>,
}

impl Recorded {
    pub(crate) async fn of(function: &Function, iam: &Iam, event: &Value) -> Self {
        let before: BTreeSet<String> = inactive(iam);
        let answer = function.handle(event).await;
        let deactivated = &inactive::<BTreeSet<_>>(iam) - &before;
        match answer {
            Err(error) => Self { answer: None, error: Some(error), deactivated, mail: None },
            Ok(answer) => {
                assert_eq!(against_schema(&answer), Vec::<String>::new());
                Self {
                    answer: Some(decisions(&answer)),
                    error: None,
                    deactivated,
                    mail: Some(answer.report.message),
                }
            }
        }
    }

    /// Compares it with the snapshot of this name.
    pub(crate) fn check(&self, folder: &str, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(format!("snapshots/{folder}"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.remove_snapshot_suffix();
        settings.bind(|| insta::assert_json_snapshot!(name, self));
    }
}

/// The answer without what people read. A reason is recorded as its type.
fn decisions(answer: &Answer) -> Value {
    let mut report = serde_json::to_value(answer).unwrap();
    let remove = |value: &mut Value, names: &[&str]| {
        let fields = value.as_object_mut().unwrap();
        fields.retain(|name, _| !names.contains(&name.as_str()));
    };
    remove(&mut report, &["schemaVersion", "requestId", "subject", "body", "chat"]);
    let listed = report["outcomes"].as_array_mut().unwrap();
    assert_eq!(listed.len(), answer.report.outcomes.len());
    for (listed, outcome) in listed.iter_mut().zip(&answer.report.outcomes) {
        listed["reason"] = format!("{:?}", outcome.reason).into();
        if listed["sessionsReason"].is_string() {
            listed["sessionsReason"] = format!("{:?}", outcome.sessions).into();
        }
    }
    report
}

/// Where an answer is not as `docs/report.schema.json` says.
fn against_schema(answer: &Answer) -> Vec<String> {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
        let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    let answer = serde_json::to_value(answer).unwrap();
    SCHEMA.iter_errors(&answer).map(|error| error.to_string()).collect()
}
