//! A rule's schedule (`Scheduled Event`): the whole account is swept. A schedule of EventBridge
//! Scheduler sends a direct call instead.

use super::{
    Cause, Misread, Origin, Reader, Reading, Source, Subject, finding::Finding, transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("schedule");

fn knows(event: &Event) -> bool {
    event.envelope() == Some(("aws.events", "Scheduled Event"))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let node = event.node();
    let finding = Finding::new(Origin {
        account_id: node.field("account")?.account(),
        region: node.field("region")?.label(),
        time: node.field("time")?.label(),
        ..Origin::new(SOURCE, event)
    });
    Ok(vec![finding.signal(Subject::Account, Cause::Stale)])
}
