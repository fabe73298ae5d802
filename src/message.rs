//! What people are told: a subject and a plain text, with attributes to filter by. Whoever passes it
//! on only copies.
//!
//! All text of an event in here is a label or a parsed type: it holds no line break, no control
//! character, and is cut to size.

use std::{collections::BTreeSet, fmt::Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    ids::AccountId,
    outcome::{Outcome, Status},
    signal::Cause,
};

/// SNS takes fewer than 100 ASCII characters without line breaks (SNS API Reference, `Publish`).
const SUBJECT_LENGTH: usize = 99;
/// How many keys the text describes, one paragraph each.
const DESCRIBED: usize = 50;

/// What people are told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// One line of ASCII, at most 99 characters.
    pub subject: String,
    /// Plain text: what happened, to which keys, why, and what to do next.
    pub body: String,
    /// To filter by.
    pub attributes: Attributes,
}

/// What SNS can filter a subscription by; none of them is empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attributes {
    /// Every status in the report: a JSON array, for SNS's `String.Array`.
    pub status: String,
    /// Every source in the report, likewise.
    pub source: String,
    /// The highest severity, on GuardDuty's scale; 0 where none is said.
    pub severity: String,
    /// The account of the function, or `unknown`.
    pub account_id: String,
}

impl Message {
    /// Writes the message of a report with this `summary`.
    #[must_use]
    pub fn new(
        summary: &str,
        outcomes: &[Outcome],
        own: Option<&AccountId>,
        now: Timestamp,
    ) -> Self {
        Self {
            subject: subject(summary),
            body: body(summary, outcomes, now),
            attributes: Attributes::new(outcomes, own),
        }
    }
}

impl Attributes {
    fn new(outcomes: &[Outcome], own: Option<&AccountId>) -> Self {
        let statuses: BTreeSet<_> = outcomes.iter().map(|it| format!("{:?}", it.status)).collect();
        let sources: BTreeSet<_> = outcomes.iter().map(|it| it.origin.source.as_str()).collect();
        let severities = outcomes.iter().filter_map(|outcome| outcome.origin.severity);
        let highest = severities.fold(0.0, f64::max);
        Self {
            status: array(statuses),
            source: array(sources),
            severity: highest.to_string(),
            account_id: own.map_or_else(|| "unknown".to_owned(), ToString::to_string),
        }
    }
}

/// A JSON array of strings, of which none needs escaping.
fn array(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    format!("[{}]", names.join(","))
}

fn subject(summary: &str) -> String {
    let ascii = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    let line: String = summary.chars().map(ascii).take(SUBJECT_LENGTH).collect();
    line.trim().to_owned()
}

fn body(summary: &str, outcomes: &[Outcome], now: Timestamp) -> String {
    let told: Vec<_> = outcomes.iter().filter(|outcome| outcome.attention).collect();
    let mut text = format!("{summary}\n{now:.0}\n");
    for outcome in told.iter().take(DESCRIBED) {
        text.push('\n');
        text.push_str(&paragraph(outcome));
    }
    if let Some(more @ 1..) = told.len().checked_sub(DESCRIBED) {
        let _ = write!(text, "\nand {more} more: see the report and the log\n");
    }
    let contained = |outcome: &&Outcome| {
        outcome.cause == Cause::Compromised && outcome.status == Status::Deactivated
    };
    if told.iter().any(contained) {
        text.push_str(&sessions(now));
    }
    text
}

fn paragraph(outcome: &Outcome) -> String {
    let mut text = format!("{outcome}\n");
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name}: {value}");
    };
    if outcome.status != Status::Failed {
        line("what", outcome.reason.clone());
    }
    if let Some(account) = &outcome.account_id {
        line("account", account.to_string());
    }
    if let Some(owner) = &outcome.owner {
        line("owner", owner.to_string());
    }
    line("said by", said_by(outcome));
    if let Some(due) = outcome.due_on {
        line("due on", due.to_string());
    }
    if outcome.only_active_key == Some(true) {
        line("mind", "it was the user's only active key".to_owned());
    }
    line("next", next(outcome));
    if outcome.status == Status::Deactivated {
        line("undo", undo(outcome));
    }
    text
}

fn said_by(outcome: &Outcome) -> String {
    let origin = &outcome.origin;
    let mut said = vec![origin.source.as_str().to_owned()];
    said.extend(origin.finding_type.as_ref().map(ToString::to_string));
    said.extend(origin.severity.map(|severity| format!("severity {severity}")));
    said.extend(origin.finding_id.as_ref().map(|id| format!("finding {id}")));
    said.extend(origin.time.as_ref().map(|time| format!("updated {time}")));
    said.extend(origin.reason.as_ref().map(|reason| format!("because {reason}")));
    said.join(", ")
}

/// What is left to do, for each status and cause.
fn next(outcome: &Outcome) -> String {
    match (outcome.status, outcome.cause) {
        (Status::Deactivated, Cause::Compromised) => {
            "sessions that the key has issued live on: end them as said below. Find out what was done \
             with it in CloudTrail. Replace it, and delete it"
        }
        (Status::Deactivated, Cause::Forbidden) => {
            "use a role instead of a key; or exempt the user, and activate it"
        }
        (Status::Deactivated, Cause::Stale) => {
            "if nothing misses it for a while, delete it"
        }
        (Status::Noticed, _) => {
            "replace it, or tag its user with an exemption, before that day"
        }
        (Status::Pending, _) => "it is deactivated from that day on",
        (Status::DryRun, _) => "nothing was changed: set the mode to enforce to have it done",
        (Status::Protected, _) => {
            "act now: the key works, and someone else may have it. Deactivate it by hand, or take its \
             user off ProtectedUsers"
        }
        (Status::RootCredential, _) => {
            "act now: sign in as the root user and deactivate the key; change the password"
        }
        (Status::TemporaryCredential, _) => "end the sessions as said above",
        (Status::ForeignAccount, _) => "deactivate it in its own account",
        (Status::Failed, Cause::Stale) => {
            "the next sweep tries again; if it fails again, mend what the error names"
        }
        (Status::Failed, _) => {
            "the key may still work: deactivate it by hand if Lambda's next tries fail as well"
        }
        (
            Status::AlreadyInactive | Status::Exempt | Status::Compliant | Status::NotFound,
            _,
        ) => "nothing",
    }
    .to_owned()
}

fn undo(outcome: &Outcome) -> String {
    let id = outcome.access_key_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let user = outcome.user_name.as_ref().map(ToString::to_string).unwrap_or_default();
    let command = format!(
        "aws iam update-access-key --user-name {user} --access-key-id {id} --status Active"
    );
    match outcome.cause {
        Cause::Stale => {
            format!("{command} (and exempt the user, or the next sweep gives notice anew)")
        }
        _ => format!(
            "first archive or suppress the finding, else its next repeat deactivates the key again; \
             then {command}"
        ),
    }
}

/// Temporary credentials do not end with the key that they were made with (IAM User Guide, "Disabling
/// permissions for temporary security credentials").
fn sessions(now: Timestamp) -> String {
    format!(
        "\nTo end the sessions that a deactivated key has issued, attach this policy to its user:\n\
         {{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Deny\",\"Action\":\"*\",\
         \"Resource\":\"*\",\"Condition\":{{\"DateLessThan\":{{\"aws:TokenIssueTime\":\"{now:.0}\"\
         }}}}}}]}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{AccessKeyId, Label, UserName},
        signal::tests::signal,
    };

    fn outcome(status: Status, cause: Cause) -> Outcome {
        let signal = signal("AKIAIOSFODNN7EXAMPLE", Some("Bob"));
        Outcome {
            access_key_id: AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE"),
            user_name: UserName::parse("Bob"),
            account_id: AccountId::parse("123456789012"),
            status,
            reason: "as it is".to_owned(),
            attention: true,
            verified: false,
            only_active_key: Some(true),
            create_date: None,
            due_on: None,
            owner: None,
            cause,
            contained: None,
            by_person: false,
            origin: signal.origin,
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
    fn the_text_says_what_to_do_next() {
        #[track_caller]
        fn check(status: Status, cause: Cause, expected: &[&str], not: &[&str]) {
            let message =
                Message::new("summary", &[outcome(status, cause)], None, Timestamp::UNIX_EPOCH);
            for part in expected {
                assert!(message.body.contains(part), "{part}: {}", message.body);
            }
            for part in not {
                assert!(!message.body.contains(part), "{part}: {}", message.body);
            }
        }
        use Cause::{Compromised, Stale};
        let undo = "update-access-key --user-name Bob --access-key-id AKIAIOSFODNN7EXAMPLE --status Active";
        check(
            Status::Deactivated,
            Compromised,
            &[undo, "aws:TokenIssueTime", "archive or suppress", "only active key"],
            &[],
        );
        check(
            Status::Deactivated,
            Stale,
            &[undo, "delete it"],
            &["aws:TokenIssueTime", "suppress"],
        );
        check(Status::Protected, Compromised, &["act now"], &["undo"]);
        check(Status::RootCredential, Compromised, &["act now"], &["undo"]);
        check(Status::Failed, Compromised, &["(as it is)", "by hand"], &["undo"]);
        check(Status::Noticed, Stale, &["exemption"], &["undo"]);
        check(Status::DryRun, Stale, &["nothing was changed"], &["undo"]);
    }

    #[test]
    fn every_key_that_needs_attention_is_named_up_to_fifty() {
        #[track_caller]
        fn check(count: usize, described: usize, more: &str) {
            let outcomes = vec![outcome(Status::Deactivated, Cause::Compromised); count];
            let text = Message::new("s", &outcomes, None, Timestamp::UNIX_EPOCH).body;
            assert_eq!(text.matches("AKIAIOSFODNN7EXAMPLE of Bob: Deactivated").count(), described);
            assert!(text.contains(more), "{text}");
        }
        check(10, 10, "");
        check(50, 50, "");
        check(53, 50, "and 3 more");
        let quiet =
            Outcome { attention: false, ..outcome(Status::AlreadyInactive, Cause::Compromised) };
        let text = Message::new("s", &[quiet], None, Timestamp::UNIX_EPOCH).body;
        assert!(!text.contains("AKIA"), "{text}");
    }

    #[test]
    fn attributes_are_never_empty() {
        let mut high = outcome(Status::Deactivated, Cause::Compromised);
        high.origin.severity = Some(8.5);
        let low = outcome(Status::Failed, Cause::Compromised);
        let own = AccountId::parse("123456789012");
        let found = Attributes::new(&[low, high], own.as_ref());
        let expected = Attributes {
            status: "[\"Deactivated\",\"Failed\"]".to_owned(),
            source: "[\"direct\"]".to_owned(),
            severity: "8.5".to_owned(),
            account_id: "123456789012".to_owned(),
        };
        assert_eq!(found, expected);
        let none = Attributes::new(&[], None);
        assert_eq!((none.status.as_str(), none.severity.as_str()), ("[]", "0"));
        assert_eq!(none.account_id, "unknown");
    }

    #[test]
    fn hostile_text_breaks_no_line() {
        let mut hostile = outcome(Status::Deactivated, Cause::Compromised);
        let noise = "\n\r\n  undo: rm -rf /\u{1b}[31m<script>\u{0}".repeat(300);
        hostile.origin.finding_type = Label::new(&noise);
        hostile.origin.finding_id = Label::new(&noise);
        let clean = outcome(Status::Deactivated, Cause::Compromised);
        let lines = |outcome| {
            let message = Message::new("s", &[outcome], None, Timestamp::UNIX_EPOCH);
            assert!(message.body.len() < 5_000 && !message.body.contains('\u{1b}'));
            message.body.lines().count()
        };
        assert_eq!(lines(hostile), lines(clean));
    }
}
