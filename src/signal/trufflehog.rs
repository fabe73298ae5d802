//! TruffleHog's record of a secret it found (`trufflehog --json`, one object).
//!
//! `RawV2` holds the secret: nothing here reads it. Fields as TruffleHog prints them.

use super::{
    Cause, IgnoreReason, Key, Misread, Origin, Principal, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("trufflehog");

fn knows(event: &Event) -> bool {
    event.envelope().is_none() && event.has("DetectorName") && event.has("Raw")
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let record = event.node();
    let extra = record.field("ExtraData")?;
    let finding = Finding::new(Origin {
        finding_type: record.field("DetectorName")?.label(),
        account_id: extra.field("account")?.account(),
        ..Origin::new(SOURCE, event)
    });
    let reading = if record.field("DetectorName")?.text()? != Some("AWS") {
        finding.ignored(IgnoreReason::Unsupported)
    } else if extra.field("is_canary")?.text()? == Some("true") {
        finding.ignored(IgnoreReason::Canary)
    } else if record.field("Verified")?.flag()? != Some(true) {
        finding.ignored(IgnoreReason::Unverified)
    } else {
        let key = Key {
            id: finding::access_key_id(&record.field("Raw")?)?,
            user: extra.field("arn")?.user(),
            principal: Principal::User,
        };
        finding.signal(Subject::Key(key), Cause::Compromised)
    };
    Ok(vec![reading])
}
