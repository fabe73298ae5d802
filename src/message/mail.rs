//! The plain text: what happened, to which keys, why, and what to do next.

use std::fmt::Write;

use super::{
    Contents,
    next_steps::{denied_sessions, next, sessions, undo},
    sessions_reason,
    status::headline,
    summary::{self, counts},
};
use crate::{
    event::Cause,
    ids::Label,
    outcome::{Outcome, Sessions, Status, Totals},
};

/// How many keys have a paragraph, if there is room.
const DESCRIBED: usize = 50;
/// The room for these paragraphs, in bytes. SNS takes 256 KB in all.
const ROOM: usize = 32_000;
/// How much of an event's own words is shown, in characters.
const SHOWN: usize = 120;

pub(super) fn write(contents: Contents<'_>) -> String {
    let first = summary::headline(contents);
    let reported = contents.reported();
    let mut text = String::new();
    if reported.first().is_none_or(|outcome| headline(outcome) != first) {
        let _ = writeln!(text, "{first}\n");
    }
    for paragraph in contents.sweep.map(|totals| sweep(totals, contents)).unwrap_or_default() {
        let _ = writeln!(text, "{paragraph}");
    }
    let mut described = 0;
    for outcome in reported.iter().take(DESCRIBED) {
        let paragraph = paragraph(outcome, contents);
        if text.len() + paragraph.len() > ROOM {
            break;
        }
        let _ = writeln!(text, "{paragraph}");
        described += 1;
    }
    if let Some(more @ 1..) = reported.len().checked_sub(described) {
        let _ = writeln!(text, "and {more} more: see the report and the log\n");
    }
    if reported.iter().any(|outcome| is_denied(outcome)) {
        text.push_str("Sessions that are denied:\n");
        text.push_str(&numbered("  ", &denied_sessions(contents.now)));
        text.push('\n');
    }
    let left: Vec<_> =
        reported.iter().filter(|outcome| is_contained(outcome) && !is_denied(outcome)).collect();
    if !left.is_empty() {
        let users: Vec<_> = left.iter().filter_map(|outcome| outcome.user_name.as_ref()).collect();
        text.push_str("Sessions: temporary credentials outlive the key that issued them.\n");
        text.push_str(&numbered("  ", &sessions(contents.now, &users)));
        text.push('\n');
    }
    let _ = writeln!(text, "Time: {:.0}", contents.now);
    text
}

/// Whether the sessions of a contained key may work until a person ends them.
fn is_contained(outcome: &Outcome) -> bool {
    is_inactive(outcome.status) && outcome.cause == Cause::Compromised
        || outcome.sessions.are_open()
}

fn is_denied(outcome: &Outcome) -> bool {
    matches!(outcome.sessions, Sessions::Denied(_))
}

fn is_inactive(status: Status) -> bool {
    matches!(status, Status::Deactivated | Status::AlreadyInactive)
}

fn numbered<T: AsRef<str>>(indent: &str, steps: &[T]) -> String {
    let mut text = String::new();
    for (number, step) in (1..).zip(steps) {
        let _ = writeln!(text, "{indent}{number}. {}", step.as_ref());
    }
    text
}

/// What a sweep checked, what is unusual about it, and what to do about that.
fn sweep(totals: Totals, contents: Contents<'_>) -> Vec<String> {
    let Totals { users, active_keys, stale, planned, .. } = totals;
    let mut paragraphs = Vec::new();
    let all = counts(contents.counts, |_| true);
    paragraphs.push(format!("Checked {users} users with {active_keys} active keys: {all}.\n"));
    let mut unusual = |what: &str, steps: &[&str]| {
        paragraphs.push(format!("{what}\n  Next steps:\n{}", numbered("    ", steps)));
    };
    if totals.refused {
        unusual(
            &format!(
                "The sweep was REFUSED and changed nothing. {planned} of {active_keys} active keys \
                 are due at once, which is more than MaxDeactivationPercent."
            ),
            &[
                "Exempt the users that must keep their keys.",
                "Raise MaxKeyAgeDays or MaxUnusedDays, and lower them again in steps. Or raise \
                 MaxDeactivationPercent: a sweep still deactivates at most \
                 MaxDeactivationsPerSweep keys.",
            ],
        );
    }
    if totals.would_be_refused {
        unusual(
            &format!("If all {stale} stale keys were due at once, the sweep would be refused."),
            &["Exempt the users that must keep their keys, before their keys are due."],
        );
    }
    if totals.incomplete {
        unusual(
            "The sweep is INCOMPLETE. Time ran out, or IAM did not list the users' keys. The next \
             sweep does what is left.",
            &[
                "If the next sweep is incomplete too, look for throttled or denied calls in the log.",
            ],
        );
    }
    if totals.without_report {
        unusual(
            "There was no credential report. All users were checked one by one. Whether the root user \
             has an active key is unknown.",
            &["Look for \"no credential report\" in the log. The line names the call that failed."],
        );
    }
    paragraphs
}

fn paragraph(outcome: &Outcome, contents: Contents<'_>) -> String {
    let mut text = format!("{}\n", headline(outcome));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name}: {value}");
    };
    line("Result", &short(&outcome.reason.to_string(), 400));
    if let Some(sessions) = sessions_result(outcome) {
        line("Sessions", &short(&sessions, 400));
    }
    if let Some(staleness) = &outcome.staleness {
        line("Key", &staleness.to_string());
    }
    if let Some(due) = outcome.due_on {
        line("Due", &due.to_string());
    }
    if let Some(owner) = &outcome.owner {
        line("Owner", &label(owner));
    }
    match &outcome.origin.requested_by {
        Some(person) => line("Requested by", &format!("{} (not verified)", label(person))),
        // A sweep's keys have no finding.
        None if contents.sweep.is_some() => {}
        None => line("Detected by", &detected_by(outcome)),
    }
    if let Some(finding) = finding(outcome) {
        line("Finding", &finding);
    }
    if let Some(reason) = &outcome.origin.reason {
        line("Caller's reason", &label(reason));
    }
    let next = next(outcome);
    if next.is_empty() {
        line("Next steps", "none");
    } else {
        let _ = write!(text, "  Next steps:\n{}", numbered("    ", &next));
    }
    if is_inactive(outcome.status) {
        let _ = write!(text, "  To undo:\n{}", numbered("    ", &undo(outcome)));
    }
    for note in notes(outcome) {
        let _ = writeln!(text, "  Note: {note}");
    }
    text
}

/// What became of the user's sessions.
fn sessions_result(outcome: &Outcome) -> Option<String> {
    match (&outcome.sessions, sessions_reason(outcome)) {
        (_, Some(reason)) => Some(format!("LEFT OPEN: {reason}")),
        (Sessions::Denied(policy), None) => Some(format!("denied by {policy}")),
        _ => None,
    }
}

fn notes(outcome: &Outcome) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if outcome.only_active_key == Some(true) {
        notes.push(if is_inactive(outcome.status) {
            "this was the user's only active key"
        } else {
            "this is the user's only active key"
        });
    }
    match (outcome.status, outcome.cause) {
        (Status::AlreadyInactive, Cause::Stale) => notes.push(
            "someone deactivated the key, or a sweep did and was cut off before it could report",
        ),
        (Status::AlreadyInactive, _) => notes.push(
            "someone deactivated the key, or an earlier attempt of this function did and was cut off \
             before it could report",
        ),
        _ => {}
    }
    notes
}

/// The source, the finding's type and its severity.
fn detected_by(outcome: &Outcome) -> String {
    let origin = &outcome.origin;
    let mut text = origin.source.title().to_owned();
    if let Some(finding_type) = &origin.finding_type {
        let _ = write!(text, ", {}", label(finding_type));
    }
    if let Some(severity) = origin.severity {
        let _ = write!(text, " (severity {severity})");
    }
    text
}

/// The finding's ID and when it was last updated.
fn finding(outcome: &Outcome) -> Option<String> {
    let origin = &outcome.origin;
    let id = origin.finding_id.as_ref().map(label);
    let time = origin.time.as_ref().map(|time| format!("updated {}", label(time)));
    let parts: Vec<_> = id.into_iter().chain(time).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn label(label: &Label) -> String {
    short(label.as_str(), SHOWN)
}

/// The beginning of a text, and a sign that more was cut.
pub(super) fn short(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        iam::IamError,
        ids::PolicyArn,
        message::tests::contents,
        outcome::{Reason, tests::outcome},
    };

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
            &["Archive", by_hand],
        );
        let not = &["aws:TokenIssueTime", "suppress"];
        let exempt = "1. Exempt the user";
        check(Status::Deactivated, Stale, &[undo, "delete it", exempt], not);
        check(Status::Deactivated, NewKey, &[undo, "role", exempt], not);
        check(
            Status::AlreadyInactive,
            Compromised,
            &["aws:TokenIssueTime", "an earlier attempt of this function did", undo],
            &[],
        );
        check(
            Status::Protected,
            Compromised,
            &["Act now", by_hand, "is the user's only"],
            &["undo"],
        );
        check(Status::RootCredential, Compromised, &["Act now"], &["undo"]);
        check(Status::Failed, Compromised, &["Failed: access key AKIA", by_hand], &["undo"]);
        check(
            Status::Failed,
            Stale,
            &["Failed: access key AKIA", "next sweep"],
            &["undo", by_hand],
        );
        check(Status::Noticed, Stale, &["key-deactivator:exempt-until"], &["undo"]);
        check(Status::DryRun, Stale, &["Nothing was changed"], &["undo", by_hand]);
        check(Status::DryRun, Compromised, &["the key works", by_hand], &["undo"]);
    }

    #[test]
    fn the_text_says_what_became_of_sessions() {
        const ARN: &str = "arn:aws:iam::123456789012:policy/DenySessions";
        #[track_caller]
        fn check(status: Status, sessions: Sessions, expected: &[&str], not: &[&str]) {
            let about = Outcome { sessions, ..outcome(status, Cause::Compromised) };
            let body = write(contents(&[about]));
            for part in expected {
                assert!(body.contains(part), "{part}: {body}");
            }
            for part in not {
                assert!(!body.contains(part), "{part}: {body}");
            }
        }
        let policy = PolicyArn::parse(ARN).unwrap();
        let denied = format!("  Sessions: denied by {ARN}\n");
        let detach = format!("aws iam detach-user-policy --user-name=Bob --policy-arn {ARN}");
        let (by_hand, no_console) = ("\"aws:TokenIssueTime\"", "can use neither the console nor");
        let until = "1970-01-02T12:05:00Z (UTC)";
        for status in [Status::Deactivated, Status::AlreadyInactive] {
            let undo = format!("Detach the policy that denies sessions: {detach}");
            check(
                status,
                Sessions::Denied(policy.clone()),
                &[&denied, &undo, no_console, until, "12 hours", "Revoke the sessions of roles"],
                &[by_hand, "URGENT", "LEFT OPEN"],
            );
        }
        check(Status::NotFound, Sessions::Denied(policy.clone()), &[&denied, &detach], &[by_hand]);
        for (code, why) in [
            ("LimitExceeded", "as many managed policies as it may have"),
            ("AccessDenied", "the function's role may lack iam:AttachUserPolicy"),
            ("NoSuchEntity", "SessionPolicy does not exist"),
            ("Timeout", "iam:AttachUserPolicy failed: Timeout"),
        ] {
            let first = "URGENT: Deactivated, sessions LEFT OPEN: access key AKIAIOSFODNN7EXAMPLE";
            let open = "  Sessions: LEFT OPEN: iam:AttachUserPolicy failed";
            check(
                Status::Deactivated,
                Sessions::Open(policy.clone(), IamError::of_attach(code)),
                &[first, open, why, "1. Act now. Deny the user's sessions", by_hand],
                &[no_console, "detach-user-policy"],
            );
        }
        check(Status::Deactivated, Sessions::NotAsked, &[by_hand], &["  Sessions: ", no_console]);
    }

    #[test]
    fn a_key_that_stays_active_must_be_deleted() {
        for cause in [Cause::Compromised, Cause::Stale] {
            let reason = Reason::StillActive;
            let text = write(contents(&[Outcome { reason, ..outcome(Status::Failed, cause) }]));
            let delete = "1. Delete the key: aws iam delete-access-key --user-name=Bob";
            assert!(text.contains(delete) && !text.contains("update-access-key"), "{text}");
        }
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
        assert!(write(contents(&[of_guardduty])).contains("1. Archive or suppress the finding"));
    }

    #[test]
    fn every_key_that_needs_attention_is_named_up_to_fifty_and_as_there_is_room() {
        #[track_caller]
        fn check(count: usize, id: &str, described: usize, more: &str) {
            let mut one = outcome(Status::Deactivated, Cause::Compromised);
            one.origin.finding_id = Label::new(id);
            let text = write(contents(&vec![one; count]));
            assert_eq!(text.matches("\n  Result: ").count(), described);
            assert!(text.contains(more), "{text}");
            assert!(text.len() < ROOM + 1_000, "{}", text.len());
        }
        check(10, "id", 10, "");
        check(30, "id", 30, "");
        check(60, "id", 50, "and 10 more");
        check(10, &"\u{1f525}".repeat(512), 10, "…");
        check(60, &"\u{1f525}".repeat(512), 33, "and 27 more");
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
        let paragraphs = text.split("\n\n").skip(1);
        let statuses: Vec<_> = paragraphs
            .filter_map(|it| it.split_once(": access key ").map(|(status, _)| status))
            .map(|status| status.trim_start_matches("URGENT: "))
            .collect();
        assert_eq!(
            statuses,
            ["Left active (root user)", "Failed", "Deactivated", "Already Inactive"]
        );
    }

    #[test]
    fn a_sweep_says_what_is_unusual() {
        #[track_caller]
        fn check(totals: Totals, expected: &str, pending: usize) {
            let left = Outcome { attention: false, ..outcome(Status::Pending, Cause::Stale) };
            let text = write(Contents { sweep: Some(totals), ..contents(&[left]) });
            assert!(text.contains(expected), "{text}");
            assert_eq!(text.matches("Pending: access key").count(), pending, "{text}");
        }
        let usual = Totals::default();
        check(usual, "Checked 0 users with 0 active keys", 0);
        let refused = Totals { refused: true, planned: 8, active_keys: 20, ..usual };
        check(refused, "REFUSED and changed nothing. 8 of 20 active keys", 1);
        check(Totals { incomplete: true, ..usual }, "INCOMPLETE", 0);
        check(Totals { without_report: true, ..usual }, "no credential report", 0);
    }

    #[test]
    fn hostile_text_breaks_no_line() {
        let mut hostile = outcome(Status::Deactivated, Cause::Compromised);
        let noise = "\n\r\n  To undo: rm -rf /\u{1b}[31m<script>\u{0}".repeat(300);
        hostile.origin.finding_type = Label::new(&noise);
        hostile.origin.finding_id = Label::new(&noise);
        let mut clean = outcome(Status::Deactivated, Cause::Compromised);
        clean.origin.finding_type = Label::new("type");
        clean.origin.finding_id = Label::new("id");
        let lines = |outcome| {
            let body = write(contents(&[outcome]));
            assert!(body.len() < 5_000 && !body.contains('\u{1b}'));
            body.lines().count()
        };
        assert_eq!(lines(hostile), lines(clean));
    }
}
