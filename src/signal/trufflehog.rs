//! TruffleHog's record of a secret it found (`trufflehog --json`, one object), bare or as the detail
//! of an event that its sender puts on a bus.
//!
//! `RawV2` holds the secret: nothing here reads it. Fields as TruffleHog prints them.

use super::{
    Cause, IgnoreReason, Key, Misread, Node, Origin, Principal, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("trufflehog");

fn knows(event: &Event) -> bool {
    let record = record(event);
    ["DetectorName", "Raw"]
        .iter()
        .all(|name| record.field(name).is_ok_and(|field| !field.is_absent()))
}

fn record(event: &Event) -> Node<'_> {
    match event.envelope() {
        Some(_) => event.node().field("detail").unwrap_or_else(|_| event.node()),
        None => event.node(),
    }
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let record = record(event);
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
