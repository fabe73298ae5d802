//! A direct call by a person or a script: `{"action": "deactivate", "accessKeyId": "AKIA…"}`, or a list
//! under `keys`. A schedule may also send `{"action": "sweep"}`.
//!
//! People type it by hand, so an unknown field is an error. A misspelt `dryRun` must not act.
//!
//! ```json
//! {"action": "deactivate", "keys": [{"accessKeyId": "AKIA…", "userName": "Bob"}], "reason": "…", "dryRun": true}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source, Subject, Trigger,
    finding::{self, Finding},
    transport::Event,
};
use crate::{config::Mode, ids::Label};

pub(super) const READER: Reader = Reader { knows, read };
pub(in crate::event) const SOURCE: Source = Source::new("direct", "direct call");

/// The fields beside the action. Another service's payload with an `action` has none of them.
const FIELDS: [&str; 5] = ["accessKeyId", "keys", "userName", "reason", "dryRun"];

fn knows(event: &Event) -> bool {
    let action = event.cursor().get(&["action"]);
    let is_ours = action.is("deactivate") || action.is("sweep");
    let has_ours = FIELDS.iter().any(|name| event.has(name));
    event.envelope().is_none() && event.has("action") && (is_ours || has_ours)
}

fn read(event: &Event) -> Vec<Reading> {
    read_call(event).unwrap_or_else(|error| vec![Reading::Invalid(error)])
}

fn read_call(event: &Event) -> Result<Vec<Reading>, ParseError> {
    let call = event.cursor();
    let action = call.field("action")?;
    match action.text()? {
        Some("deactivate") if event.has("keys") => read_keys(&call, event),
        Some("deactivate") => Ok(vec![read_key(&call, &call, None, event)?]),
        // A topic or a queue may not start a sweep: each sweep has its own pace.
        Some("sweep") if event.is_wrapped() => {
            let sweep = Finding::new(Origin::new(SOURCE, event), Cause::Stale);
            Ok(vec![sweep.ignored(IgnoreReason::OtherFunction)])
        }
        Some("sweep") => Ok(vec![read_sweep(&call, event)?]),
        _ => Err(action.expected("`deactivate` or `sweep`")),
    }
}

fn read_sweep(call: &Cursor<'_>, event: &Event) -> Result<Reading, ParseError> {
    only(call, &["action", "dryRun"], "`action` and `dryRun` only")?;
    let sweep = Finding::new(Origin::new(SOURCE, event), Cause::Stale);
    let sweep = Finding { trigger: Trigger::Schedule, mode: mode(call)?, ..sweep };
    Ok(sweep.signal(Subject::Account))
}

fn mode(call: &Cursor<'_>) -> Result<Mode, ParseError> {
    let dry_run = call.field("dryRun")?.flag()? == Some(true);
    Ok(if dry_run { Mode::DryRun } else { Mode::Enforce })
}

fn read_keys(call: &Cursor<'_>, event: &Event) -> Result<Vec<Reading>, ParseError> {
    only(
        call,
        &["action", "keys", "reason", "dryRun"],
        "`action`, `keys`, `reason`, `dryRun` only",
    )?;
    let (keys, reason) = (call.field("keys")?, call.field("reason")?.label());
    let read = |key: &Cursor<'_>| {
        read_key(key, call, reason.as_ref(), event).unwrap_or_else(Reading::Invalid)
    };
    let readings: Vec<_> = keys.items()?.iter().map(read).collect();
    if readings.is_empty() { Err(keys.expected("at least one key")) } else { Ok(readings) }
}

/// Reads one key. It inherits `reason` and `dryRun` from the `call` around it.
fn read_key(
    key: &Cursor<'_>,
    call: &Cursor<'_>,
    reason: Option<&Label>,
    event: &Event,
) -> Result<Reading, ParseError> {
    only(
        key,
        &["action", "accessKeyId", "userName", "reason", "dryRun"],
        "`action`, `accessKeyId`, `userName`, `reason`, `dryRun` only",
    )?;
    let action = key.field("action")?;
    if !matches!(action.text()?, None | Some("deactivate")) {
        return Err(action.expected("`deactivate`"));
    }
    let id = finding::access_key_id(&key.field("accessKeyId")?)?;
    let origin = Origin {
        reason: key.field("reason")?.label().or_else(|| reason.cloned()),
        ..Origin::new(SOURCE, event)
    };
    let asked = Finding {
        trigger: if event.is_wrapped() { Trigger::Finding } else { Trigger::Person },
        mode: mode(key)?.safer(mode(call)?),
        ..Finding::new(origin, Cause::Compromised)
    };
    Ok(asked.signal_of_key(id, &key.field("userName")?, Some("IAMUser")))
}

fn only(cursor: &Cursor<'_>, allowed: &[&str], expected: &'static str) -> Result<(), ParseError> {
    if cursor.names().all(|name| allowed.contains(&name)) {
        Ok(())
    } else {
        Err(cursor.expected(expected))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::event::tests::said;

    #[test]
    fn calls() {
        #[track_caller]
        fn check(call: Value, expected: &[&str]) {
            assert_eq!(said(call), expected);
        }
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        check(json!({"action": "deactivate", "accessKeyId": KEY}), &["AKIAIOSFODNN7EXAMPLE"]);
        check(
            json!({"action": "deactivate", "accessKeyId": KEY, "userName": "Bob", "dryRun": true, "reason": "r"}),
            &["AKIAIOSFODNN7EXAMPLE of Bob, dry run"],
        );
        check(
            json!({"action": "deactivate", "dryRun": true, "keys": [
                {"accessKeyId": KEY, "dryRun": false},
                {"action": "deactivate", "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "userName": 7},
                {"accessKeyId": "AKIA"},
                "AKIA",
            ]}),
            &[
                "AKIAIOSFODNN7EXAMPLE, dry run",
                "ASIAIOSFODNN7EXAMPLE, dry run",
                "keys[2].accessKeyId: expected an access key ID",
                "keys[3]: expected an object",
            ],
        );
        // An invalid name does not keep the key active: IAM is asked for the owner.
        check(
            json!({"action": "deactivate", "accessKeyId": KEY, "userName": "Bob&Status=Active\n"}),
            &["AKIAIOSFODNN7EXAMPLE"],
        );
    }

    #[test]
    fn sweeps() {
        #[track_caller]
        fn check(call: Value, expected: &str) {
            assert_eq!(said(call), [expected]);
        }
        check(json!({"action": "sweep"}), "account");
        check(json!({"action": "sweep", "dryRun": false}), "account");
        check(json!({"action": "sweep", "dryRun": true}), "account, dry run");
        check(json!({"action": "sweep", "dryRun": 1}), "dryRun: expected true or false");
        check(
            json!({"action": "sweep", "dryrun": true}),
            "the event: expected `action` and `dryRun` only",
        );
        check(json!({}), "the event: expected an event of a known shape");
    }

    #[test]
    fn an_action_of_someone_elses_is_no_direct_call() {
        #[track_caller]
        fn check(payload: Value, expected: &str) {
            assert_eq!(said(payload), [expected]);
        }
        const UNKNOWN: &str = "the event: expected an event of a known shape";
        const ACTION: &str = "action: expected `deactivate` or `sweep`";
        check(json!({"action": "created", "alert": {"secret_type": "aws"}}), UNKNOWN);
        check(json!({"action": {"actionType": "AWS_API_CALL"}, "id": 7}), UNKNOWN);
        check(
            json!({"action": "created", "AlarmName": "a", "NewStateValue": "ALARM"}),
            "Unsupported",
        );
        check(json!({"action": "created", "dryRun": true}), ACTION);
        check(json!({"action": "deactivateKey", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}), ACTION);
    }

    #[test]
    fn mistakes() {
        #[track_caller]
        fn check(fields: Value, expected: &str) {
            assert_eq!(said(fields), [expected]);
        }
        const ONE: &str =
            "the event: expected `action`, `accessKeyId`, `userName`, `reason`, `dryRun` only";
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        check(
            json!({"action": "reactivate", "accessKeyId": KEY}),
            "action: expected `deactivate` or `sweep`",
        );
        check(
            json!({"action": null, "accessKeyId": KEY}),
            "the event: expected an event of a known shape",
        );
        check(json!({"action": 7, "accessKeyId": KEY}), "action: expected a string");
        check(json!({"action": "deactivate"}), "accessKeyId: expected an access key ID");
        check(json!({"action": "deactivate", "accessKeyId": 7}), "accessKeyId: expected a string");
        check(json!({"action": "deactivate", "accessKeyId": KEY, "dryrun": true}), ONE);
        check(
            json!({"action": "deactivate", "accessKeyId": KEY, "dryRun": "yes"}),
            "dryRun: expected true or false",
        );
        check(json!({"action": "deactivate", "keys": []}), "keys: expected at least one key");
        check(json!({"action": "deactivate", "keys": KEY}), "keys: expected a list");
        check(
            json!({"action": "deactivate", "keys": [{"accessKeyId": KEY}], "accessKeyId": KEY}),
            "the event: expected `action`, `keys`, `reason`, `dryRun` only",
        );
        check(
            json!({"action": "deactivate", "keys": [{"action": "x", "accessKeyId": KEY}]}),
            "keys[0].action: expected `deactivate`",
        );
    }
}
