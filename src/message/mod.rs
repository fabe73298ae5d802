//! What people are told: a subject, a plain text, a short one for chat, and attributes to filter by.
//! Whoever passes it on only copies.
//!
//! All text of an event in here is a label or a parsed type: it holds no line break, no control
//! character, and is cut to size.

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
pub use reason::reason;

/// SNS takes fewer than 100 ASCII characters without line breaks (SNS API Reference, `Publish`).
const SUBJECT_LENGTH: usize = 99;

/// What people are told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// One line of ASCII, at most 99 characters.
    pub subject: String,
    /// Plain text: what happened, to which keys, why, and what to do next.
    pub body: String,
    /// The same in short, in the markup of chat clients.
    pub chat: String,
    /// To filter by.
    pub attributes: Attributes,
}

/// What SNS can filter a subscription by; none of them is empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attributes {
    /// Every status in the report, and `Refused` or `Incomplete` for a sweep that was: a JSON array,
    /// for SNS's `String.Array`; `None` if there is none.
    pub status: String,
    /// Every source in the report, likewise.
    pub source: String,
    /// The highest severity, on GuardDuty's scale. A compromised key of which none is said has 10,
    /// since it is always acted on; a stale one has 0.
    pub severity: String,
    /// The account of the function, or `unknown`.
    pub account_id: String,
}

/// What there is to tell.
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

    /// The keys to describe, what matters most first. Unconfirmed keys are among them: this is read
    /// only if there is something to tell.
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

    /// Cuts its texts to so many bytes, all in all.
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

/// A JSON array of strings, of which none needs escaping.
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

/// As much of a text as fits into so many bytes, and a sign that there was more.
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

    /// What there is to tell of these outcomes.
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
