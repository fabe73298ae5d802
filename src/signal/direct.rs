//! A direct call by a person or a script: `{"action": "deactivate", "accessKeyId": "AKIA…"}`, or a
//! list of such under `keys`.
//!
//! It is typed by hand, so an unknown field is an error: a misspelt `dryRun` must not act.

use super::{
    Misread, Node, Origin, Principal, Reader, Reading, Signal, Source, Subject, transport::Event,
};
use crate::ids::AccessKeyId;

pub(super) const READER: Reader = Reader { knows, read };

fn knows(event: &Event) -> bool {
    event.has("action") && event.envelope().is_none()
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let call = event.node();
    if !event.has("keys") {
        return Ok(vec![Reading::Signal(Box::new(read_key(&call, &call, event)?))]);
    }
    only(
        &call,
        &["action", "keys", "reason", "dryRun"],
        "`action`, `keys`, `reason`, `dryRun` only",
    )?;
    deactivate(&call)?;
    let keys = call.field("keys")?;
    let readings: Vec<_> = keys
        .items()?
        .iter()
        .map(|key| match read_key(key, &call, event) {
            Ok(signal) => Reading::Signal(Box::new(signal)),
            Err(misread) => Reading::Misread(misread),
        })
        .collect();
    if readings.is_empty() { Err(keys.misread("at least one key")) } else { Ok(readings) }
}

/// Reads one key; what it does not say of `reason` and `dryRun` holds from the `call` around it.
fn read_key(key: &Node<'_>, call: &Node<'_>, event: &Event) -> Result<Signal, Misread> {
    only(
        key,
        &["action", "accessKeyId", "userName", "reason", "dryRun"],
        "`action`, `accessKeyId`, `userName`, `reason`, `dryRun` only",
    )?;
    if !key.field("action")?.is_absent() {
        deactivate(key)?;
    }
    let id = key.field("accessKeyId")?;
    Ok(Signal {
        subject: Subject {
            id: id.text()?.and_then(AccessKeyId::parse).ok_or(id.misread("an access key ID"))?,
            user: key.field("userName")?.user(),
            principal: Principal::User,
        },
        by_person: true,
        // Either of the two can only make it safer.
        dry_run: key.field("dryRun")?.flag()? == Some(true)
            || call.field("dryRun")?.flag()? == Some(true),
        origin: Origin {
            reason: key.field("reason")?.label().or(call.field("reason")?.label()),
            ..Origin::new(Source::Direct, event)
        },
    })
}

fn deactivate(call: &Node<'_>) -> Result<(), Misread> {
    let action = call.field("action")?;
    if action.text()? == Some("deactivate") { Ok(()) } else { Err(action.misread("`deactivate`")) }
}

fn only(node: &Node<'_>, allowed: &[&str], expected: &'static str) -> Result<(), Misread> {
    if node.names().all(|name| allowed.contains(&name)) {
        Ok(())
    } else {
        Err(node.misread(expected))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::signal::tests::said;

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
        // A name that is none is no reason to leave the key active: IAM is asked for the owner.
        check(
            json!({"action": "deactivate", "accessKeyId": KEY, "userName": "Bob&Status=Active\n"}),
            &["AKIAIOSFODNN7EXAMPLE"],
        );
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
        check(json!({"action": "reactivate", "accessKeyId": KEY}), "action: expected `deactivate`");
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
