//! What an event says: payload → [`Signal`]s, without any I/O.
//!
//! `transport` unwraps the payload into events; each event is read by the first of `sources` that
//! knows its shape.

mod cursor;
mod finding;
mod parse_error;
pub mod payload;
mod severity;
mod sources;
mod transport;

use std::{fmt, sync::Arc};

use serde::Serialize;

use crate::ids::{AccessKeyId, AccountId, Label, UserId, UserName};
use cursor::Cursor;
pub use finding::Finding;
pub use parse_error::ParseErrors;
use sources::{SOURCES, direct, guardduty, security_hub_ocsf};
pub use transport::Batch;
use transport::Event;

/// What one finding says about one key, one user or the account.
#[derive(Clone, Debug)]
pub struct Signal {
    /// What it is about.
    pub subject: Subject,
    /// What is wrong with it.
    pub cause: Cause,
    /// Asked for by a person, who has judged the finding already. What comes through a topic or a queue
    /// never is: it may say so, and anyone who may publish there may send it.
    pub by_person: bool,
    /// Asked for as a dry run, whatever the function's mode is.
    pub dry_run: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a signal is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// One access key.
    Key(Key),
    /// All keys of a user.
    User(UserRef),
    /// All keys of all users.
    Account,
}

/// An access key, as an event names it.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key itself.
    pub id: AccessKeyId,
    /// The user as the event names it: a hint that IAM has yet to confirm.
    pub user: Option<UserName>,
    /// Whose credential the event says it is.
    pub principal: Principal,
}

/// A user, as an event names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By name.
    Name(UserName),
    /// By unique ID, which only the list of all users gives a name to.
    Id(UserId),
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// Why a key is to be made Inactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// Someone else has it, or may have it: contain it now.
    Compromised,
    /// The key was just created in an account that does without long-lived keys; hygiene exemptions hold.
    #[serde(rename = "forbidden")]
    NewKey,
    /// It may be too old or unused: the rules decide.
    Stale,
}

/// The kind of identity behind a credential (`userIdentity` in the CloudTrail User Guide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An IAM user, or an event that does not say.
    User,
    /// The root user of the account.
    Root,
    /// A role, by name if the event says it.
    Role(Option<Label>),
}

/// Where a signal comes from. It travels with every outcome, since one event may hold many.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The kind of source.
    pub source: Source,
    /// The finding's own ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_id: Option<Label>,
    /// What kind of finding it is: GuardDuty's type, such as `UnauthorizedAccess:IAMUser/TorIPCaller`,
    /// a check, a rule, a code; for an event that is not served, its source and detail type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_type: Option<Label>,
    /// On GuardDuty's scale of 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<f64>,
    /// The account that the event says is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The Region that the event says it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Label>,
    /// When the finding was last updated, as the event spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Label>,
    /// How often the finding has been sent: GuardDuty sends an open one again and again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_count: Option<u32>,
    /// The product that reported it to Security Hub: who it is said to be, and what a write-back names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_arn: Option<Label>,
    /// Why, in the words of whoever called directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// Whether the finding was delivered before, as far as it says.
    #[serde(skip)]
    pub repeated: bool,
    /// Whether it came in something else, such as a topic's notification.
    #[serde(skip)]
    pub wrapped: bool,
    /// The Region whose Security Hub sent it, where that may be told what became of it.
    #[serde(skip)]
    pub write_back_to: Option<Label>,
    /// Which record of the payload it was in, from 0.
    #[serde(skip)]
    pub record: usize,
}

impl Origin {
    fn new(source: Source, event: &Event) -> Self {
        Self {
            source,
            finding_id: None,
            finding_type: None,
            severity: None,
            account_id: None,
            region: None,
            time: None,
            repeat_count: None,
            product_arn: None,
            reason: None,
            repeated: false,
            wrapped: event.is_wrapped(),
            write_back_to: None,
            record: event.record,
        }
    }
}

/// The kind of source that an event came from; each source's file states its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source(&'static str);

impl Source {
    /// A direct call by a person, a script or a schedule.
    pub const DIRECT: Self = direct::SOURCE;
    /// A well-formed event that is not served.
    const OTHER: Self = Self("other");

    /// Whether it passes on what other products report.
    #[must_use]
    pub fn is_security_hub(self) -> bool {
        self.0.starts_with("security-hub")
    }

    /// Whether such a finding is sent again while it is open.
    #[must_use]
    pub fn repeats(self) -> bool {
        self == guardduty::SOURCE || self.is_security_hub()
    }

    /// Whether it speaks OCSF.
    #[must_use]
    pub fn is_ocsf(self) -> bool {
        self == security_hub_ocsf::SOURCE
    }

    /// Its name, as reports and metrics spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// A part of an event with nothing to do, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ignored {
    /// Why nothing is done.
    pub reason: IgnoreReason,
    /// Whether a person asked for it, and must know that nothing is done.
    #[serde(skip)]
    pub by_person: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// Why a part of an event is not acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum IgnoreReason {
    /// A sample finding.
    Sample,
    /// An archived finding.
    Archived,
    /// A suppressed finding.
    Suppressed,
    /// What it reports is over, or never was.
    Resolved,
    /// Someone has taken the finding on already.
    AlreadyHandled,
    /// A secret that was not verified to work.
    Unverified,
    /// A secret planted to be found.
    Canary,
    /// Reported by a product that is not in `TrustedProducts`.
    UntrustedProduct,
    /// Acted on only where a setting says so, and it does not.
    OptedOut,
    /// Below `MinSeverity`, and not of a type in `AlwaysActTypes`.
    BelowSeverity,
    /// Of a type in `ExcludedFindingTypes`.
    ExcludedType,
    /// The finding names no access key.
    NoAccessKey,
    /// A well-formed event of a source or type that is not served.
    Unsupported,
    /// The stack's other function handles this kind.
    OtherFunction,
}

impl IgnoreReason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Sample,
        Self::Archived,
        Self::Suppressed,
        Self::Resolved,
        Self::AlreadyHandled,
        Self::Unverified,
        Self::Canary,
        Self::UntrustedProduct,
        Self::OptedOut,
        Self::BelowSeverity,
        Self::ExcludedType,
        Self::NoAccessKey,
        Self::Unsupported,
        Self::OtherFunction,
    ];
}

/// Something that cannot be understood: where it is and what was expected there, never what it held.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    path: String,
    expected: &'static str,
    /// Which record of the payload it was in, from 0.
    pub record: usize,
    /// The finding that it is a part of, where that much was understood: only if it would be acted on
    /// need anyone hear of this.
    pub finding: Option<Arc<Finding>>,
}

impl ParseError {
    /// A direct call to the function that does not serve it.
    pub(crate) fn wrong_function(record: usize, expected: &'static str) -> Self {
        Self { record, ..Self::new("action", expected) }
    }

    /// What is told of it; the finding has had its say.
    pub(crate) fn alone(self) -> Self {
        Self { finding: None, ..self }
    }

    fn new(path: &str, expected: &'static str) -> Self {
        let path = if path.is_empty() { "the event" } else { path };
        Self { path: path.to_owned(), expected, record: 0, finding: None }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.path, self.expected)
    }
}

/// What one part of an event turned out to be.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A key to look at.
    Signal(Box<Signal>),
    /// Understood, and nothing to do.
    Ignored(Box<Ignored>),
    /// Not understood; the other parts stand all the same.
    Invalid(ParseError),
}

/// Reads a whole payload. A part that cannot be understood is a [`Reading::Invalid`] beside the rest.
#[must_use]
pub fn read(payload: &str) -> (Option<Batch>, Vec<Reading>) {
    let mut readings = Vec::new();
    let batch = read_each(payload, |reading| readings.push(reading));
    (batch, readings)
}

/// Reads a whole payload, and hands over one reading after the other: a hostile one holds millions.
pub fn read_each(payload: &str, mut take: impl FnMut(Reading)) -> Option<Batch> {
    transport::unwrap(payload, &mut |(record, event)| {
        let readings = match event {
            Ok(event) => read_event(&event),
            Err(error) => vec![Reading::Invalid(error)],
        };
        for reading in readings {
            take(match reading {
                Reading::Invalid(error) => Reading::Invalid(ParseError { record, ..error }),
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
    let (reason, by_person) = (IgnoreReason::Unsupported, false);
    vec![Reading::Ignored(Box::new(Ignored { reason, by_person, origin }))]
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::*;

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
                let dry_run = if signal.dry_run { ", dry run" } else { "" };
                format!("{}{dry_run}", subject(signal.subject))
            }
            Reading::Ignored(ignored) => format!("{:?}", ignored.reason),
            Reading::Invalid(error) => error.to_string(),
        };
        read(&payload.to_string()).1.into_iter().map(line).collect()
    }
}
