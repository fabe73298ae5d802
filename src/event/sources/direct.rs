//! A direct call by a person or a script: `{"action": "deactivate", "accessKeyId": "AKIA…"}`, or a list
//! under `keys`. `activate` undoes that. A schedule may also send `{"action": "sweep"}`.
//!
//! People type it by hand, so an unknown field is an error. A misspelt `dryRun` must not act.
//!
//! ```json
//! {"action": "deactivate", "keys": [{"accessKeyId": "AKIA…", "userName": "Bob"}], "reason": "…", "dryRun": true}
//! {"action": "activate", "accessKeyId": "AKIA…", "reason": "…", "requestedBy": "…"}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source, Subject, Trigger,
    finding::{self, Finding},
    transport::Event,
};
use crate::{
    config::Mode,
    ids::{AccessKeyId, KeyKind, Label},
};

pub(super) const READER: Reader = Reader { knows, read };
pub(in crate::event) const SOURCE: Source = Source::new("direct", "direct call");

/// The fields beside the action. Another service's payload with an `action` has none of them.
const FIELDS: [&str; 6] = ["accessKeyId", "keys", "userName", "reason", "requestedBy", "dryRun"];

fn knows(event: &Event) -> bool {
    let action = event.cursor().get(&["action"]);
    let is_ours = ["activate", "deactivate", "sweep"].into_iter().any(|name| action.is(name));
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
        Some("deactivate") => read_keys(&call, &DEACTIVATE, event),
        // A topic or a queue may not activate a key, and not start a sweep: each sweep has its own pace.
        Some("activate") if event.is_wrapped() => Ok(vec![not_through(event, Cause::Activation)]),
        Some("sweep") if event.is_wrapped() => Ok(vec![not_through(event, Cause::Stale)]),
        Some("activate") => read_keys(&call, &ACTIVATE, event),
        Some("sweep") => Ok(vec![read_sweep(&call, event)?]),
        _ => Err(action.expected("`activate`, `deactivate` or `sweep`")),
    }
}

/// A call that only a direct caller may make.
fn not_through(event: &Event, cause: Cause) -> Reading {
    Finding::new(Origin::new(SOURCE, event), cause).ignored(IgnoreReason::OtherFunction)
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

/// An action on keys: its fields, and what it says is wrong with the keys.
struct Action {
    name: &'static str,
    expected_name: &'static str,
    cause: Cause,
    of_key: &'static [&'static str],
    of_keys: &'static [&'static str],
    expected_of_key: &'static str,
    expected_of_keys: &'static str,
}

const DEACTIVATE: Action = Action {
    name: "deactivate",
    expected_name: "`deactivate`",
    cause: Cause::Compromised,
    of_key: &["action", "accessKeyId", "userName", "reason", "dryRun"],
    of_keys: &["action", "keys", "reason", "dryRun"],
    expected_of_key: "`action`, `accessKeyId`, `userName`, `reason`, `dryRun` only",
    expected_of_keys: "`action`, `keys`, `reason`, `dryRun` only",
};

const ACTIVATE: Action = Action {
    name: "activate",
    expected_name: "`activate`",
    cause: Cause::Activation,
    of_key: &["action", "accessKeyId", "userName", "reason", "requestedBy", "dryRun"],
    of_keys: &["action", "keys", "reason", "requestedBy", "dryRun"],
    expected_of_key: "`action`, `accessKeyId`, `userName`, `reason`, `requestedBy`, `dryRun` only",
    expected_of_keys: "`action`, `keys`, `reason`, `requestedBy`, `dryRun` only",
};

fn read_keys(
    call: &Cursor<'_>,
    action: &Action,
    event: &Event,
) -> Result<Vec<Reading>, ParseError> {
    if !event.has("keys") {
        return Ok(vec![read_key(call, call, &Words::of(call)?, action, event)?]);
    }
    only(call, action.of_keys, action.expected_of_keys)?;
    let (keys, words) = (call.field("keys")?, Words::of(call)?);
    let read = |key: &Cursor<'_>| {
        read_key(key, call, &words, action, event).unwrap_or_else(Reading::Invalid)
    };
    let readings: Vec<_> = keys.items()?.iter().map(read).collect();
    if readings.is_empty() { Err(keys.expected("at least one key")) } else { Ok(readings) }
}

/// Why, and who asks. Read once for all keys of a call: they share the texts.
struct Words {
    reason: Option<Label>,
    requested_by: Option<Label>,
}

impl Words {
    fn of(cursor: &Cursor<'_>) -> Result<Self, ParseError> {
        let (reason, person) = (cursor.field("reason")?, cursor.field("requestedBy")?);
        Ok(Self { reason: reason.label(), requested_by: person.label() })
    }
}

/// Reads one key. It inherits `reason`, `requestedBy` and `dryRun` from the `call` around it.
fn read_key(
    key: &Cursor<'_>,
    call: &Cursor<'_>,
    words: &Words,
    action: &Action,
    event: &Event,
) -> Result<Reading, ParseError> {
    only(key, action.of_key, action.expected_of_key)?;
    let name = key.field("action")?;
    if name.text()?.is_some_and(|name| name != action.name) {
        return Err(name.expected(action.expected_name));
    }
    let id = finding::access_key_id(&key.field("accessKeyId")?)?;
    let own = Words::of(key)?;
    let origin = Origin {
        reason: own.reason.or_else(|| words.reason.clone()),
        requested_by: own.requested_by.or_else(|| words.requested_by.clone()),
        ..Origin::new(SOURCE, event)
    };
    if action.cause == Cause::Activation {
        may_activate(key, &id, &origin)?;
    }
    let asked = Finding {
        trigger: if event.is_wrapped() { Trigger::Finding } else { Trigger::Person },
        mode: mode(key)?.safer(mode(call)?),
        ..Finding::new(origin, action.cause)
    };
    Ok(asked.signal_of_key(id, &key.field("userName")?, Some("IAMUser")))
}

/// An activation says why, and who asks for it. An invalid user name is an error: unlike a containment,
/// an activation can wait until the name is right.
fn may_activate(key: &Cursor<'_>, id: &AccessKeyId, origin: &Origin) -> Result<(), ParseError> {
    let user = key.field("userName")?;
    if id.kind() == KeyKind::Temporary {
        Err(key.field("accessKeyId")?.expected("a long-term access key ID (AKIA…)"))
    } else if origin.reason.is_none() {
        Err(key.field("reason")?.expected("why the key is activated"))
    } else if origin.requested_by.is_none() {
        Err(key.field("requestedBy")?.expected("who asks for it"))
    } else if user.text()?.is_some() && user.user().is_none() {
        Err(user.expected("the name of an IAM user"))
    } else {
        Ok(())
    }
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
    fn activations() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(fields: Value, expected: &[&str]) {
            let mut call = json!({"action": "activate", "reason": "r", "requestedBy": "p"});
            for (name, value) in fields.as_object().unwrap() {
                call[name] = value.clone();
            }
            assert_eq!(said(call), expected);
        }
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        const WHY: &str = "reason: expected why the key is activated";
        const WHO: &str = "requestedBy: expected who asks for it";
        check(json!({"accessKeyId": KEY}), &[KEY]);
        check(
            json!({"accessKeyId": KEY, "userName": "Bob", "dryRun": true}),
            &["AKIAIOSFODNN7EXAMPLE of Bob, dry run"],
        );
        check(
            json!({"keys": [
                {"accessKeyId": KEY, "userName": "Bob"},
                {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "reason": "", "dryRun": true},
                {"accessKeyId": KEY, "action": "deactivate"},
            ]}),
            &[
                "AKIAIOSFODNN7EXAMPLE of Bob",
                "AKIAI44QH8DHBEXAMPLE, dry run",
                "keys[2].action: expected `activate`",
            ],
        );
        for nothing in [json!(null), json!(""), json!(" \n"), json!(7)] {
            check(json!({"accessKeyId": KEY, "reason": nothing}), &[WHY]);
            check(json!({"accessKeyId": KEY, "requestedBy": nothing}), &[WHO]);
        }
        check(json!({"keys": [{"accessKeyId": KEY}], "reason": ""}), &[&format!("keys[0].{WHY}")]);
        check(json!({"keys": []}), &["keys: expected at least one key"]);
        check(json!({}), &["accessKeyId: expected an access key ID"]);
        check(
            json!({"accessKeyId": "ASIAIOSFODNN7EXAMPLE"}),
            &["accessKeyId: expected a long-term access key ID (AKIA…)"],
        );
        check(
            json!({"accessKeyId": KEY, "userName": "Bob&Status=Active"}),
            &["userName: expected the name of an IAM user"],
        );
        check(
            json!({"accessKeyId": KEY, "dryrun": true}),
            &["the event: expected `action`, `accessKeyId`, `userName`, `reason`, `requestedBy`, \
               `dryRun` only"],
        );
        check(
            json!({"accessKeyId": KEY, "action": "deactivate"}),
            &["the event: expected `action`, `accessKeyId`, `userName`, `reason`, `dryRun` only"],
        );
    }

    /// Whoever may publish to a topic or send to a queue may not activate.
    #[test]
    fn an_envelope_never_activates() {
        #[track_caller]
        fn check(wrapped: Value) {
            assert_eq!(said(wrapped), ["OtherFunction"]);
        }
        let call = json!({"action": "activate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "reason": "r",
            "requestedBy": "p"});
        let text = call.to_string();
        let notification =
            json!({"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": text});
        check(json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}}]}));
        check(json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": text}]}));
        let body = notification.to_string();
        check(json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": body}]}));
        check(json!([{"eventSource": "aws:sqs", "messageId": "m", "body": text}]));
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
        const ACTION: &str = "action: expected `activate`, `deactivate` or `sweep`";
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
            "action: expected `activate`, `deactivate` or `sweep`",
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
