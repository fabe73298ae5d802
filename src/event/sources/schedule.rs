//! A rule's schedule (`Scheduled Event`): the whole account is swept. A schedule of EventBridge
//! Scheduler sends a direct call instead.
//!
//! ```json
//! {"source": "aws.events", "detail-type": "Scheduled Event", "account": "123456789012", "detail": {}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Origin, Reading, Source, Subject, Trigger, finding::Finding, transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("schedule", "schedule");

fn knows(event: &Event) -> bool {
    event.envelope() == Some(("aws.events", "Scheduled Event"))
}

fn read(event: &Event) -> Vec<Reading> {
    let origin = Origin {
        account_id: event.header("account").account(),
        region: event.header("region").label(),
        time: event.header("time").label(),
        ..Origin::new(SOURCE, event)
    };
    let sweep = Finding::new(origin, Cause::Stale);
    vec![Finding { trigger: Trigger::Schedule, ..sweep }.signal(Subject::Account)]
}
