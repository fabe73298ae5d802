//! The plain text: what happened, to which keys, why, and what to do next.

use std::fmt::Write;

use super::{
    Contents,
    next_steps::{next, sessions, undo},
};
use crate::{
    event::Cause,
    ids::Label,
    outcome::{Outcome, Status},
    sweep::Totals,
};

/// How many keys are described, one paragraph each, as far as there is room.
const DESCRIBED: usize = 50;
/// The room that they have, in bytes: SNS takes 256 KB with all that is around it.
const ROOM: usize = 24_000;
/// How much of an event's own words is shown, in characters.
const SHOWN: usize = 120;

pub(super) fn write(contents: Contents<'_>) -> String {
    let reported = contents.reported();
    let mut text = format!("{}\n{:.0}\n", contents.summary, contents.now);
    text.push_str(&contents.sweep.map(of_sweep).unwrap_or_default());
    let mut described = 0;
    for outcome in reported.iter().take(DESCRIBED) {
        let paragraph = paragraph(outcome);
        if text.len() + paragraph.len() > ROOM {
            break;
        }
        text.push('\n');
        text.push_str(&paragraph);
        described += 1;
    }
    if let Some(more @ 1..) = reported.len().checked_sub(described) {
        let _ = write!(text, "\nand {more} more: see the report and the log\n");
    }
    if reported.iter().any(|outcome| is_contained(outcome)) {
        text.push_str(&sessions(contents.now));
    }
    text
}

fn is_contained(outcome: &Outcome) -> bool {
    is_inactive(outcome.status) && outcome.cause == Cause::Compromised
}

fn is_inactive(status: Status) -> bool {
    matches!(status, Status::Deactivated | Status::AlreadyInactive)
}

/// What is unusual about a sweep, and what to do about it.
fn of_sweep(totals: Totals) -> String {
    let mut text = String::new();
    if totals.refused {
        let Totals { planned, active_keys, .. } = totals;
        let _ = write!(
            text,
            "\nThe sweep was REFUSED and changed nothing: it would have deactivated {planned} of \
             {active_keys} active keys at once, more than MaxDeactivationPercent.\n  next: exempt \
             what must stay, raise MaxKeyAgeDays or MaxUnusedDays and lower them in steps, or raise \
             MaxDeactivationPercent; the pace is kept all the same\n"
        );
    }
    if totals.incomplete {
        text.push_str(
            "\nThe sweep is INCOMPLETE: time ran out, or the users' keys could not be read. No key was \
             deactivated that should not have been; the next sweep goes on.\n  next: if it happens \
             again, look for throttling or denied calls in the log\n",
        );
    }
    if totals.without_report {
        text.push_str(
            "\nThere was no credential report: all users were looked at one by one, but whether the \
             root user has an active key is not known.\n  next: look for \"no credential report\" in \
             the log, which names the call that failed\n",
        );
    }
    text
}

fn paragraph(outcome: &Outcome) -> String {
    let mut text = format!("{}\n", short(&outcome.to_string(), 400));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name}: {value}");
    };
    if outcome.status != Status::Failed {
        line("what", &short(&outcome.reason, 400));
    }
    if let Some(account) = &outcome.account_id {
        line("account", &account.to_string());
    }
    if let Some(owner) = &outcome.owner {
        line("owner", &label(owner));
    }
    line("said by", &detected_by(outcome));
    if let Some(due) = outcome.due_on {
        line("due on", &due.to_string());
    }
    if outcome.only_active_key == Some(true) {
        let tense = if is_inactive(outcome.status) { "was" } else { "is" };
        line("mind", &format!("it {tense} the user's only active key"));
    }
    line("next", &next(outcome));
    if is_inactive(outcome.status) {
        line("undo", &undo(outcome));
    }
    text
}

fn detected_by(outcome: &Outcome) -> String {
    let origin = &outcome.origin;
    let mut said = vec![origin.source.as_str().to_owned()];
    said.extend(origin.finding_type.as_ref().map(label));
    said.extend(origin.severity.map(|severity| format!("severity {severity}")));
    said.extend(origin.finding_id.as_ref().map(|id| format!("finding {}", label(id))));
    said.extend(origin.time.as_ref().map(|time| format!("updated {}", label(time))));
    said.extend(origin.reason.as_ref().map(|reason| format!("because {}", label(reason))));
    said.join(", ")
}

fn label(label: &Label) -> String {
    short(label.as_str(), SHOWN)
}

/// At most so many characters of a text, and a sign that there were more.
pub(super) fn short(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{message::tests::contents, outcome::tests::outcome};

    #[test]
    fn the_text_says_what_to_do_next() {
        #[track_caller]
        fn check(status: Status, cause: Cause, expected: &[&str], not: &[&str]) {
            let body = write(contents(&[outcome(status, cause)]));
            for part in expected {
                assert!(body.contains(part), "{part}: {body}");
            }
            for part in not {
                assert!(!body.contains(part), "{part}: {body}");
            }
        }
        use Cause::{Compromised, NewKey, Stale};
        let of = "aws iam update-access-key --user-name=Bob --access-key-id AKIAIOSFODNN7EXAMPLE";
        let (undo, by_hand) = (format!("{of} --status Active"), format!("{of} --status Inactive"));
        let (undo, by_hand) = (undo.as_str(), by_hand.as_str());
        check(
            Status::Deactivated,
            Compromised,
            &[undo, "\"aws:TokenIssueTime\":\"1970-01-01T00:05:00Z\"", "was the user's only"],
            // A direct call is not sent again.
            &["archive", by_hand],
        );
        let not = &["aws:TokenIssueTime", "suppress"];
        check(Status::Deactivated, Stale, &[undo, "delete it", "first exempt the user"], not);
        check(Status::Deactivated, NewKey, &[undo, "role", "first exempt the user"], not);
        check(
            Status::AlreadyInactive,
            Compromised,
            &["aws:TokenIssueTime", "the key was Inactive before", undo],
            &[],
        );
        check(
            Status::Protected,
            Compromised,
            &["act now", by_hand, "is the user's only"],
            &["undo"],
        );
        check(Status::RootCredential, Compromised, &["act now"], &["undo"]);
        check(Status::Failed, Compromised, &["(as it is)", by_hand], &["undo"]);
        check(Status::Failed, Stale, &["(as it is)", "next sweep"], &["undo", by_hand]);
        check(Status::Noticed, Stale, &["key-deactivator:exempt-until"], &["undo"]);
        check(Status::DryRun, Stale, &["nothing was changed"], &["undo", by_hand]);
        check(Status::DryRun, Compromised, &["the key works", by_hand], &["undo"]);
    }

    #[test]
    fn what_repeats_must_be_archived_before_it_is_undone() {
        let guardduty = r#"{"schemaVersion": "2.0", "type": "t", "severity": 8, "service": {},
            "resource": {"accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}}}"#;
        let Some(crate::event::Reading::Signal(signal)) =
            crate::event::read(guardduty).1.into_iter().next()
        else {
            panic!("no signal")
        };
        let mut of_guardduty = outcome(Status::Deactivated, Cause::Compromised);
        of_guardduty.origin = signal.origin;
        assert!(write(contents(&[of_guardduty])).contains("archive or suppress the finding"));
    }

    #[test]
    fn every_key_that_needs_attention_is_named_up_to_fifty_and_as_there_is_room() {
        #[track_caller]
        fn check(count: usize, id: &str, described: usize, more: &str) {
            let mut one = outcome(Status::Deactivated, Cause::Compromised);
            one.origin.finding_id = Label::new(id);
            let text = write(contents(&vec![one; count]));
            assert_eq!(text.matches("AKIAIOSFODNN7EXAMPLE of Bob: Deactivated").count(), described);
            assert!(text.contains(more), "{text}");
            assert!(text.len() < ROOM + 1_000, "{}", text.len());
        }
        check(10, "id", 10, "");
        check(30, "id", 30, "");
        check(60, "id", 50, "and 10 more");
        check(10, &"\u{1f525}".repeat(512), 10, "…");
        check(60, &"\u{1f525}".repeat(512), 27, "and 33 more");
    }

    #[test]
    fn what_matters_most_is_first_and_what_is_quiet_is_left_out() {
        let quiet = |status, cause| Outcome { attention: false, ..outcome(status, cause) };
        let all = [
            Outcome { updated: false, ..quiet(Status::AlreadyInactive, Cause::Compromised) },
            quiet(Status::Pending, Cause::Stale),
            quiet(Status::AlreadyInactive, Cause::Compromised),
            outcome(Status::Deactivated, Cause::Compromised),
            outcome(Status::Failed, Cause::Compromised),
            outcome(Status::RootCredential, Cause::Stale),
        ];
        let text = write(contents(&all));
        let lines = text.lines().filter(|line| line.starts_with("AKIA"));
        let statuses: Vec<_> = lines.filter_map(|line| line.split(": ").nth(1)).collect();
        assert_eq!(
            statuses,
            ["RootCredential", "Failed (as it is)", "Deactivated", "AlreadyInactive"]
        );
    }

    #[test]
    fn a_sweep_says_what_is_unusual() {
        #[track_caller]
        fn check(totals: Totals, expected: &str, pending: usize) {
            let left = Outcome { attention: false, ..outcome(Status::Pending, Cause::Stale) };
            let text = write(Contents { sweep: Some(totals), ..contents(&[left]) });
            assert!(text.contains(expected), "{text}");
            assert_eq!(text.matches(": Pending").count(), pending, "{text}");
        }
        let usual = Totals::default();
        check(usual, "summary", 0);
        let refused = Totals { refused: true, planned: 8, active_keys: 20, ..usual };
        check(refused, "REFUSED and changed nothing: it would have deactivated 8 of 20", 1);
        check(Totals { incomplete: true, ..usual }, "INCOMPLETE", 0);
        check(Totals { without_report: true, ..usual }, "no credential report", 0);
    }

    #[test]
    fn hostile_text_breaks_no_line() {
        let mut hostile = outcome(Status::Deactivated, Cause::Compromised);
        let noise = "\n\r\n  undo: rm -rf /\u{1b}[31m<script>\u{0}".repeat(300);
        hostile.origin.finding_type = Label::new(&noise);
        hostile.origin.finding_id = Label::new(&noise);
        let clean = outcome(Status::Deactivated, Cause::Compromised);
        let lines = |outcome| {
            let body = write(contents(&[outcome]));
            assert!(body.len() < 5_000 && !body.contains('\u{1b}'));
            body.lines().count()
        };
        assert_eq!(lines(hostile), lines(clean));
    }
}
