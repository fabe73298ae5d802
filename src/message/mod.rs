//! The message to people: a subject, a plain text, a short text for chat, and attributes to filter by.
//! The notifications' state machine only copies it.
//!
//! All text of an event in a message is a label or a parsed type. It has no line break and no control
//! character, and is cut to size.

mod activation;
mod chat;
mod mail;
mod next_steps;
mod reason;
mod status;
mod summary;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    event::{Cause, Ignored},
    ids::AccountId,
    outcome::{Outcome, Status, Totals},
};
pub use reason::{reason, sessions_reason};

/// SNS takes fewer than 100 ASCII characters without line breaks (SNS API Reference, `Publish`).
const SUBJECT_LENGTH: usize = 99;

/// The message to people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// One line of ASCII, at most 99 characters.
    pub subject: String,
    /// Plain text: what happened, to which keys, why, and what to do next.
    pub body: String,
    /// A short text in the markup of chat clients.
    pub chat: String,
    /// Attributes to filter by.
    pub attributes: Attributes,
}

/// The attributes that SNS can filter a subscription by. None is empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attributes {
    /// Every status in the report, and `Refused` or `Incomplete` for such a sweep. A JSON array for
    /// SNS's `String.Array`. `None` without a status.
    pub status: String,
    /// Every source in the report, in the same form.
    pub source: String,
    /// The highest severity, on GuardDuty's scale. Compromised keys without a severity count as 10,
    /// stale keys as 0.
    pub severity: String,
    /// The account of the function, or `unknown`.
    pub account_id: String,
}

/// The contents of a message.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// What became of each key.
    pub outcomes: &'a [Outcome],
    /// How many outcomes there are of each status.
    pub counts: &'a BTreeMap<Status, usize>,
    /// The sums of a sweep of the account.
    pub sweep: Option<Totals>,
    /// The parts of the event that were ignored.
    pub ignored: &'a [Ignored],
    /// How many parts of the event could not be understood.
    pub invalid: usize,
    /// The account of the function, where it is known.
    pub account: Option<&'a AccountId>,
    /// When the invocation began.
    pub now: Timestamp,
}

impl Contents<'_> {
    /// One line, with the public names of statuses.
    #[must_use]
    pub fn summary(self) -> String {
        summary::summary(self)
    }

    /// The keys to describe, the most important first. They include unconfirmed keys: the message is
    /// sent only if it is needed.
    fn reported(&self) -> Vec<&Outcome> {
        let refused = self.sweep.is_some_and(|totals| totals.refused);
        let is_reported = |outcome: &&Outcome| {
            outcome.attention
                || outcome.unconfirmed()
                || outcome.status == Status::Pending && refused
        };
        let mut reported: Vec<_> = self.outcomes.iter().filter(is_reported).collect();
        reported.sort_by_key(|outcome| outcome.weight());
        reported
    }
}

impl Message {
    /// Writes the message.
    #[must_use]
    pub fn new(contents: Contents<'_>) -> Self {
        Self {
            subject: subject(&summary::headline(contents)),
            body: mail::write(contents),
            chat: chat::write(contents),
            attributes: Attributes::new(contents),
        }
    }

    /// Cuts its texts to this many bytes in all.
    pub(crate) fn cut(&mut self, room: usize) {
        for (text, room) in [(&mut self.body, room / 4 * 3), (&mut self.chat, room / 4)] {
            *text = fit(text, room).into_owned();
        }
    }
}

impl Attributes {
    fn new(contents: Contents<'_>) -> Self {
        let Contents { outcomes, sweep, account, .. } = contents;
        let mut statuses: BTreeSet<_> =
            outcomes.iter().map(|it| it.status.as_str().to_owned()).collect();
        statuses.extend(sweep.filter(|it| it.refused).map(|_| "Refused".to_owned()));
        statuses.extend(sweep.filter(|it| it.incomplete).map(|_| "Incomplete".to_owned()));
        let sources: BTreeSet<_> =
            outcomes.iter().map(|it| it.origin.source.as_str().to_owned()).collect();
        let highest = outcomes.iter().map(severity).fold(0.0, f64::max);
        Self {
            status: array(statuses),
            source: array(sources),
            severity: highest.to_string(),
            account_id: account.map_or_else(|| "unknown".to_owned(), ToString::to_string),
        }
    }
}

fn severity(outcome: &Outcome) -> f64 {
    let unsaid = if outcome.cause == Cause::Compromised { 10.0 } else { 0.0 };
    outcome.origin.severity.unwrap_or(unsaid)
}

/// A JSON array of strings that need no escaping.
fn array(mut names: BTreeSet<String>) -> String {
    if names.is_empty() {
        names.insert("None".to_owned());
    }
    let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("[{}]", names.join(","))
}

fn subject(headline: &str) -> String {
    let ascii = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    let line: String = headline.chars().map(ascii).take(SUBJECT_LENGTH).collect();
    line.trim().to_owned()
}

/// The beginning of a text that fits into this many bytes, and a sign that more was cut.
pub(crate) fn fit(text: &str, bytes: usize) -> Cow<'_, str> {
    const MORE: &str = "… (the log has the rest)";
    if text.len() <= bytes {
        return text.into();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub(MORE.len()));
    format!("{}{MORE}", text.get(..end).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::tests::outcome;

    /// The contents of a message about these outcomes.
    pub(super) fn contents(outcomes: &[Outcome]) -> Contents<'_> {
        let mut counts = BTreeMap::new();
        for outcome in outcomes {
            *counts.entry(outcome.status).or_insert(0) += 1;
        }
        Contents {
            outcomes,
            counts: Box::leak(Box::new(counts)),
            sweep: None,
            ignored: &[],
            invalid: 0,
            account: None,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn subjects_are_what_sns_takes() {
        #[track_caller]
        fn check(summary: &str, expected: &str) {
            let subject = subject(summary);
            assert_eq!(subject, expected);
            assert!(subject.len() < 100 && subject.is_ascii());
        }
        check("AKIA of Bob: Deactivated", "AKIA of Bob: Deactivated");
        check("two\nlines", "two lines");
        check("Bär", "B r");
        check(&"x".repeat(99), &"x".repeat(99));
        check(&"x".repeat(100), &"x".repeat(99));
    }

    #[test]
    fn attributes_are_never_empty() {
        #[track_caller]
        fn check(outcomes: &[Outcome], refused: bool, expected: [&str; 3]) {
            let totals = Totals { refused, ..Totals::default() };
            let account = AccountId::parse("123456789012");
            let account = account.as_ref();
            let contents = Contents { sweep: Some(totals), account, ..contents(outcomes) };
            let found = Attributes::new(contents);
            assert_eq!([&*found.status, &*found.source, &*found.severity], expected);
            assert_eq!(found.account_id, "123456789012");
        }
        let of_severity = |severity| {
            let mut outcome = outcome(Status::Deactivated, Cause::Compromised);
            outcome.origin.severity = severity;
            outcome
        };
        let stale = outcome(Status::Failed, Cause::Stale);
        let direct = "[\"direct\"]";
        check(&[of_severity(Some(8.5))], false, ["[\"Deactivated\"]", direct, "8.5"]);
        check(&[of_severity(None)], false, ["[\"Deactivated\"]", direct, "10"]);
        let both = [stale.clone(), of_severity(Some(7.0))];
        check(&both, false, ["[\"Deactivated\",\"Failed\"]", direct, "7"]);
        check(&[stale], true, ["[\"Failed\",\"Refused\"]", direct, "0"]);
        check(&[], false, ["[\"None\"]", "[\"None\"]", "0"]);
        assert_eq!(Attributes::new(contents(&[])).account_id, "unknown");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit(&"é".repeat(50), 40), format!("{}… (the log has the rest)", "é".repeat(7)));
        assert_eq!(fit("more than that", 3), "… (the log has the rest)");
    }
}
