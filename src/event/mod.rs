//! What an event says: payload → [`Signal`]s, without any I/O.
//!
//! `transport` unwraps the payload into events. The first of `sources` that knows an event's shape
//! reads the event.

mod batch;
mod cursor;
mod finding;
mod ignored;
mod origin;
mod parse_error;
pub mod payload;
mod severity;
mod signal;
mod sources;
mod transport;
mod triage;

pub use batch::Batch;
use cursor::Cursor;
pub use finding::Finding;
pub use ignored::{IgnoreReason, Ignored};
pub use origin::{Delivery, Origin, Source};
pub use parse_error::{ParseError, ParseErrors};
pub use signal::{Cause, Key, Principal, Signal, Subject, Trigger, UserRef};
use sources::SOURCES;
use transport::Event;
pub use triage::Triage;
#[cfg(test)]
pub(crate) use triage::triage_all;

use crate::ids::Label;

/// What one part of an event turned out to be.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A key or user to check.
    Signal(Box<Signal>),
    /// Understood, and needs no action.
    Ignored(Box<Ignored>),
    /// Not understood. The other parts are handled anyway.
    Invalid(ParseError),
}

/// Reads a whole payload. A part that cannot be understood becomes a [`Reading::Invalid`].
#[must_use]
pub fn read(payload: &str) -> (Option<Batch>, Vec<Reading>) {
    let mut readings = Vec::new();
    let batch = read_each(payload, |reading| readings.push(reading));
    (batch, readings)
}

/// Reads a whole payload and passes on one reading at a time. A hostile payload holds millions.
pub fn read_each(payload: &str, mut take: impl FnMut(Reading)) -> Option<Batch> {
    transport::unwrap(payload, &mut |(record, event)| {
        let readings = match event {
            Ok(event) => read_event(&event),
            Err(error) => vec![Reading::Invalid(error)],
        };
        for reading in readings {
            take(match reading {
                Reading::Invalid(error) => Reading::Invalid(error.in_record(record)),
                other => other,
            });
        }
    })
}

fn read_event(event: &Event) -> Vec<Reading> {
    if let Some(reader) = SOURCES.iter().find(|reader| (reader.knows)(event)) {
        return (reader.read)(event);
    }
    let Some(sender) = event.sender() else {
        return vec![Reading::Invalid(event.cursor().expected("an event of a known shape"))];
    };
    let origin = Origin { finding_type: Label::new(&sender), ..Origin::new(Source::OTHER, event) };
    let (reason, trigger) = (IgnoreReason::Unsupported, Trigger::Finding);
    vec![Reading::Ignored(Box::new(Ignored { reason, trigger, origin }))]
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::Mode;

    /// A direct call's signal, to build others from.
    pub(crate) fn signal(id: &str, user: Option<&str>) -> Signal {
        let mut call = serde_json::json!({"action": "deactivate", "accessKeyId": id});
        if let (Some(user), Some(call)) = (user, call.as_object_mut()) {
            call.insert("userName".to_owned(), user.into());
        }
        match read(&call.to_string()).1.pop() {
            Some(Reading::Signal(signal)) => *signal,
            other => panic!("{other:?}"),
        }
    }

    /// The key that a signal is about.
    pub(crate) fn key(signal: &Signal) -> Key {
        match &signal.subject {
            Subject::Key(key) => key.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn subject(subject: Subject) -> String {
        let Key { id, user, principal } = match subject {
            Subject::Key(key) => key,
            Subject::User(user) => return format!("user {user}"),
            Subject::Account => return "account".to_owned(),
        };
        let user = user.map(|user| format!(" of {user}")).unwrap_or_default();
        let principal = match principal {
            Principal::User => String::new(),
            Principal::Root => " of root".to_owned(),
            Principal::Federated => " of a federated user".to_owned(),
            Principal::Role(None) => " of a role".to_owned(),
            Principal::Role(Some(role)) => format!(" of role {role}"),
        };
        format!("{id}{user}{principal}")
    }

    /// A hostile event holds hundreds of thousands of parts that are not understood.
    #[test]
    fn a_reading_is_small() {
        assert!(size_of::<Reading>() <= 64, "{}", size_of::<Reading>());
    }

    /// What a payload says, one line for each part of it.
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
    pub(crate) fn said(payload: Value) -> Vec<String> {
        let line = |reading| match reading {
            Reading::Signal(signal) => {
                let dry_run = if signal.mode == Mode::DryRun { ", dry run" } else { "" };
                format!("{}{dry_run}", subject(signal.subject))
            }
            Reading::Ignored(ignored) => format!("{:?}", ignored.reason),
            Reading::Invalid(error) => error.to_string(),
        };
        read(&payload.to_string()).1.into_iter().map(line).collect()
    }
}
