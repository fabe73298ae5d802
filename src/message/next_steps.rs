//! What is left to do about a key, and how to undo what was done.

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::Cause,
    outcome::{Outcome, Status},
};

/// What is left to do.
pub(super) fn next(outcome: &Outcome) -> String {
    match (outcome.status, outcome.cause) {
        (Status::Deactivated, Cause::Compromised) => {
            "what was begun with the key may go on: see about sessions below. Find out what was done \
             with it in CloudTrail. Replace it, and delete it"
        }
        (Status::AlreadyInactive, Cause::Stale) => {
            "someone deactivated it, or a sweep did and was cut off before it could report. If nothing \
             misses it for a while, delete it"
        }
        (Status::AlreadyInactive, _) => {
            "the key was Inactive before. Someone deactivated it, or an earlier attempt of this \
             function did and was cut off before it could report. Revoke active sessions (see below). \
             Review the key's activity in CloudTrail. Replace the key, then delete it"
        }
        (Status::Deactivated, Cause::NewKey) => {
            "use a role instead of a key; or exempt the user, and activate it"
        }
        (Status::Deactivated, Cause::Stale) => "if nothing misses it for a while, delete it",
        (Status::Noticed, _) => {
            "replace it before that day; or tag its user with the exemption (parameter ExemptTag, by \
             default key-deactivator:exempt-until, with a date as 2030-12-31)"
        }
        (Status::Pending, _) if outcome.due_on.is_none() => "as said above",
        (Status::Pending, _) => "it is deactivated from that day on",
        (Status::DryRun, Cause::Stale) => "nothing was changed; in enforce mode it would be done",
        (Status::DryRun, _) => {
            return format!(
                "nothing was changed, and the key works. To deactivate it: {}",
                command(outcome, "Inactive")
            );
        }
        (Status::Protected, _) => {
            return format!(
                "act now: the key works, and someone else may have it. Deactivate it by hand ({}), or \
                 take its user off ProtectedUsers",
                command(outcome, "Inactive")
            );
        }
        (Status::RootCredential, _) => {
            "act now: sign in as the root user, deactivate the key and change the password"
        }
        (Status::TemporaryCredential, _) => "end the sessions as said above",
        (Status::ForeignAccount, _) => "deactivate it in its own account",
        (Status::Failed, Cause::Stale) if !outcome.by_person => {
            "the next sweep tries again; if it fails again, mend what the error names"
        }
        (Status::Failed, _) => {
            return format!(
                "the key may still work. Deactivate it by hand: {}",
                command(outcome, "Inactive")
            );
        }
        (Status::Exempt | Status::Compliant | Status::NotFound, _) => "nothing",
    }
    .to_owned()
}

/// How to undo it.
pub(super) fn undo(outcome: &Outcome) -> String {
    let command = command(outcome, "Active");
    match outcome.cause {
        Cause::Stale => {
            format!("first exempt the user, or a sweep deactivates the key again; then {command}")
        }
        Cause::NewKey => format!("first exempt the user; then {command}"),
        Cause::Compromised if outcome.origin.source.repeats() => format!(
            "first archive or suppress the finding, or exclude its type: its next repeat would \
             deactivate the key again; then {command}"
        ),
        Cause::Compromised => command,
    }
}

fn command(outcome: &Outcome, status: &str) -> String {
    let id = outcome.access_key_id.as_ref().map_or("ID", |id| id.as_str());
    let user = outcome.user_name.as_ref().map_or("NAME", |user| user.as_str());
    format!("aws iam update-access-key --user-name={user} --access-key-id {id} --status {status}")
}

/// How long after the invocation began a session may still have been issued: until the update, and for
/// the seconds that IAM takes to heed it.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Temporary credentials do not end with the key that they were made with (IAM User Guide, "Disabling
/// permissions for temporary security credentials").
pub(super) fn sessions(now: Timestamp) -> String {
    let until = now.saturating_add(MARGIN).unwrap_or(now);
    format!(
        "\nAbout sessions: temporary credentials that were issued with a key go on when it is \
         deactivated.\n- Those of the user itself: attach this policy to the user.\n  \
         {{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Deny\",\"Action\":\"*\",\
         \"Resource\":\"*\",\"Condition\":{{\"DateLessThan\":{{\"aws:TokenIssueTime\":\"{until:.0}\"\
         }}}}}}]}}\n- Those of roles that it assumed (AssumeRole in CloudTrail): revoke each role's \
         active sessions.\n"
    )
}
