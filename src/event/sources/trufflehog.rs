//! TruffleHog's record of a secret it found (`trufflehog --json`, one object a line), bare or as the
//! detail of an event that its sender puts on a bus.
//!
//! `RawV2` holds the secret. The function never reads it. Fields as TruffleHog prints them.
//!
//! ```json
//! {"DetectorName": "AWS", "Verified": true, "Raw": "AKIA…",
//!  "ExtraData": {"account": "123456789012", "arn": "arn:aws:iam::123456789012:user/Bob"}}
//! ```

use data_encoding::BASE64;

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source,
    finding::{self, Finding},
    transport::Event,
};
use crate::ids::AccessKeyId;

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("trufflehog", "TruffleHog");

/// TruffleHog's detectors of users' keys and of temporary keys.
const DETECTORS: [&str; 2] = ["AWS", "AWSSessionKey"];

/// The sender of a record chooses its source freely.
fn knows(event: &Event) -> bool {
    let record = event.detail();
    ["DetectorName", "Raw"].iter().all(|name| !record.get(&[name]).is_absent())
}

fn read(event: &Event) -> Vec<Reading> {
    let record = event.detail();
    let origin = Origin {
        finding_type: record.get(&["DetectorName"]).label(),
        account_id: record.get(&["ExtraData", "account"]).account(),
        ..Origin::new(SOURCE, event)
    };
    let finding = Finding::new(origin, Cause::Compromised);
    finding.attach_to_errors(read_record(&record, &finding))
}

fn read_record(record: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    let (detector, extra) = (record.get(&["DetectorName"]), record.get(&["ExtraData"]));
    Ok(vec![if !DETECTORS.iter().any(|name| detector.is(name)) {
        finding.ignored(IgnoreReason::Unsupported)
    } else if extra.get(&["is_canary"]).is_true() {
        finding.ignored(IgnoreReason::Canary)
    } else if record.field("Verified")?.flag()? != Some(true) {
        finding.ignored(IgnoreReason::Unverified)
    } else {
        let id = key_id(&record.field("Raw")?)?;
        finding.signal_of_key(id, &extra.get(&["arn"]), None)
    }])
}

/// The key's ID, which the first releases of version 3 printed in base64.
fn key_id(raw: &Cursor<'_>) -> Result<AccessKeyId, ParseError> {
    let decoded = raw.text()?.and_then(|text| BASE64.decode(text.as_bytes()).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    finding::access_key_id(raw)
        .or_else(|error| decoded.and_then(|text| AccessKeyId::parse(&text)).ok_or(error))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::event::tests::said;

    #[test]
    fn records_of_every_version_name_their_key() {
        #[track_caller]
        fn check(detector: &str, raw: &Value, arn: &str, expected: &str) {
            let extra = json!({"account": "123456789012", "arn": arn});
            let record =
                json!({"DetectorName": detector, "Verified": true, "Raw": raw, "ExtraData": extra});
            assert_eq!(said(record), [expected]);
        }
        const BOB: &str = "arn:aws:iam::123456789012:user/Bob";
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        const NOT_A_KEY: &str = "Raw: expected an access key ID";
        check("AWS", &json!(KEY), BOB, "AKIAIOSFODNN7EXAMPLE of Bob");
        check("AWS", &json!("QUtJQUlPU0ZPRE5ON0VYQU1QTEU="), BOB, "AKIAIOSFODNN7EXAMPLE of Bob");
        check("AWS", &json!(KEY), "arn:aws:iam::123456789012:root", "AKIAIOSFODNN7EXAMPLE of root");
        let session = "arn:aws:sts::123456789012:assumed-role/Deploy/session-1";
        check(
            "AWSSessionKey",
            &json!("ASIAIOSFODNN7EXAMPLE"),
            session,
            "ASIAIOSFODNN7EXAMPLE of role Deploy",
        );
        check("AWS", &json!("QUtJQQ=="), BOB, NOT_A_KEY);
        check("AWS", &json!("gICAgA=="), BOB, NOT_A_KEY);
        check("AWS", &json!(7), BOB, "Raw: expected a string");
        check("Slack", &json!(KEY), BOB, "Unsupported");
    }
}
