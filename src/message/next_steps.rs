//! What is left to do about a key, and how to undo what was done.

use jiff::{SignedDuration, Timestamp};

use super::activation;
use crate::{
    event::{Cause, Trigger},
    ids::UserName,
    outcome::{Outcome, Reason, SessionOwner, Sessions, Status},
};

/// What is left to do, step by step.
pub(super) fn next(outcome: &Outcome) -> Vec<String> {
    if outcome.cause == Cause::Activation {
        return activation::next(outcome);
    }
    let mut steps = next_of_key(outcome);
    match &outcome.sessions {
        Sessions::NotAsked => {}
        Sessions::Open(..) => {
            let open = "Act now. Deny the user's sessions (see below). They work, and someone else \
                        may have them.";
            steps.insert(0, open.to_owned());
        }
        Sessions::Denied(_) => steps.push(format!(
            "When the incident is over, and after the hour below, detach the policy: {}",
            detach(outcome)
        )),
    }
    steps
}

fn next_of_key(outcome: &Outcome) -> Vec<String> {
    match (outcome.status, outcome.cause) {
        (Status::Deactivated | Status::AlreadyInactive, Cause::Stale) => {
            steps(["If nothing needs the key for some weeks, delete it."])
        }
        (Status::Deactivated, Cause::NewKey) => steps([
            "Use a role instead of a key.",
            "If the user must have a key, exempt the user and activate the key (see below).",
        ]),
        (Status::Deactivated | Status::AlreadyInactive, _) => steps([
            match outcome.sessions {
                Sessions::Denied(_) => "Revoke the sessions of roles (see below).",
                _ => "Revoke active sessions (see below).",
            },
            "Review the key's activity in CloudTrail.",
            "Replace the key, then delete it.",
        ]),
        (Status::Noticed, _) => {
            let due = outcome.due_on.map_or("the due day".to_owned(), |day| day.to_string());
            vec![
                format!("Replace the key before {due}."),
                "To keep the key, tag its user with the last day of its exemption, for example \
                 key-deactivator:exempt-until = 2030-12-31. ExemptTag sets the name of this tag."
                    .to_owned(),
            ]
        }
        (Status::Pending, _) if outcome.reason == Reason::Refused => {
            steps(["Follow the steps for the refused sweep above."])
        }
        (Status::Pending, _) => {
            steps(["Replace the key, or exempt its user. Otherwise a sweep deactivates the key."])
        }
        (Status::DryRun, Cause::Stale) => {
            steps(["Nothing was changed. Set SweepMode=enforce to let sweeps act."])
        }
        (Status::DryRun, _) => vec![format!(
            "Nothing was changed, and the key works. To deactivate the key: {}",
            command(outcome, "Inactive")
        )],
        (Status::Protected, _) => vec![
            format!(
                "Act now. The key works, and someone else may have it. Deactivate it: {}",
                command(outcome, "Inactive")
            ),
            "If the user needs no protection, remove it from ProtectedUsers.".to_owned(),
        ],
        (Status::RootCredential, _) => steps([
            "Act now. Sign in as the root user.",
            "Deactivate or delete the key.",
            "Change the root user's password.",
        ]),
        (Status::TemporaryCredential, _) => end_session(outcome),
        (Status::ForeignAccount, _) if outcome.reason == Reason::ForeignUser => {
            steps(["Check the user's keys in its own account."])
        }
        (Status::ForeignAccount, _) => steps(["Deactivate the key in its own account."]),
        (Status::Failed, _) if outcome.reason == Reason::StillActive => vec![
            format!("Delete the key: {}", delete(outcome)),
            "Or deny its user all actions.".to_owned(),
        ],
        (Status::Failed, Cause::Stale) if outcome.trigger != Trigger::Person => steps([
            "Wait for the next sweep, which tries again.",
            "If the key fails again, fix what the error names.",
        ]),
        (Status::Failed, _) => {
            vec![format!("The key may still work. Deactivate it: {}", command(outcome, "Inactive"))]
        }
        (Status::NotFound, _) if outcome.reason == Reason::LookUpDenied => {
            steps(["Look for the key in IAM. If the key exists, deactivate it."])
        }
        // The last three are answers to an activation: see `activation`.
        (
            Status::Exempt
            | Status::Compliant
            | Status::NotFound
            | Status::Activated
            | Status::AlreadyActive
            | Status::NotMarked,
            _,
        ) => Vec::new(),
    }
}

pub(super) fn steps<const N: usize>(steps: [&str; N]) -> Vec<String> {
    steps.map(str::to_owned).to_vec()
}

/// How to end the sessions of a temporary credential's owner.
fn end_session(outcome: &Outcome) -> Vec<String> {
    const DENY: &str = "deny all actions where aws:TokenIssueTime is before now";
    let Reason::Temporary(owner) = &outcome.reason else { return Vec::new() };
    match owner {
        SessionOwner::Root => {
            steps(["Sign in as the root user.", "Change its password.", "Delete its access keys."])
        }
        SessionOwner::Role(_) => {
            vec![format!(
                "Revoke the active sessions of {owner}: in the IAM console, on the role's tab \"Revoke \
                 sessions\"."
            )]
        }
        SessionOwner::User(_) if matches!(outcome.sessions, Sessions::Denied(_)) => steps([
            "Find out in CloudTrail which key or password began the session, and deactivate it.",
            "Revoke the sessions of roles (see below).",
        ]),
        SessionOwner::User(_) => vec![format!("Revoke the sessions of {owner}: {DENY}.")],
        SessionOwner::Federated => vec![
            "Find the user that called GetFederationToken for this ID in CloudTrail.".to_owned(),
            format!("Revoke the user's sessions: {DENY}."),
        ],
        SessionOwner::Unknown => vec![
            "Find the user or role by this ID in CloudTrail.".to_owned(),
            format!("Revoke its sessions: {DENY}."),
        ],
    }
}

/// How to undo it, step by step.
pub(super) fn undo(outcome: &Outcome) -> Vec<String> {
    let first = match outcome.cause {
        Cause::Stale => Some("Exempt the user. Otherwise a sweep deactivates the key again."),
        Cause::NewKey => Some("Exempt the user."),
        Cause::Compromised if outcome.origin.source.repeats() => Some(
            "Archive or suppress the finding, or exclude its type. Otherwise its next repeat \
             deactivates the key again.",
        ),
        Cause::Compromised | Cause::Activation => None,
    };
    let activate = format!("Activate the key: {}", command(outcome, "Active"));
    let detach = matches!(outcome.sessions, Sessions::Denied(_))
        .then(|| format!("Detach the policy that denies sessions: {}", detach(outcome)));
    first.map(str::to_owned).into_iter().chain([activate]).chain(detach).collect()
}

fn detach(outcome: &Outcome) -> String {
    let user = outcome.user_name.as_ref().map_or("NAME", |user| user.as_str());
    let policy = match &outcome.sessions {
        Sessions::Denied(policy) | Sessions::Open(policy, _) => policy.as_str(),
        Sessions::NotAsked => "ARN",
    };
    format!("aws iam detach-user-policy --user-name={user} --policy-arn {policy}")
}

pub(super) fn command(outcome: &Outcome, status: &str) -> String {
    format!("aws iam update-access-key {} --status {status}", of_key(outcome))
}

fn delete(outcome: &Outcome) -> String {
    format!("aws iam delete-access-key {}", of_key(outcome))
}

fn of_key(outcome: &Outcome) -> String {
    let id = outcome.access_key_id.as_ref().map_or("ID", |id| id.as_str());
    let user = outcome.user_name.as_ref().map_or("NAME", |user| user.as_str());
    format!("--user-name={user} --access-key-id {id}")
}

/// How long after the invocation began a session may still have been issued: until the update, and for
/// the seconds that IAM takes to apply it.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// How long a session of a user lives at most (AWS STS API Reference, `GetSessionToken` and
/// `GetFederationToken`).
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(36);

/// What a policy that denies a user's sessions does, and what it does not.
pub(super) fn denied_sessions(now: Timestamp) -> Vec<String> {
    let until = now.saturating_add(MARGIN).unwrap_or(now);
    let until = until.saturating_add(LONGEST_SESSION).unwrap_or(until);
    vec![
        "While the policy is attached, the user can use neither the console nor a session with MFA, \
         whichever key or password began it. The user's other access key works."
            .to_owned(),
        format!(
            "Sessions that the user issued before the containment end by {until:.0} (UTC) at the \
             latest. Keep the policy attached until then."
        ),
        "Roles that the key assumed are not denied: their sessions live for up to 12 hours. Look for \
         AssumeRole in CloudTrail, and revoke the active sessions of each of these roles."
            .to_owned(),
    ]
}

/// How to end the sessions that a key issued: temporary credentials outlive their key (IAM User Guide,
/// "Disabling permissions for temporary security credentials").
pub(super) fn sessions(now: Timestamp, users: &[&UserName]) -> Vec<String> {
    let until = now.saturating_add(MARGIN).unwrap_or(now);
    let (whom, name) = match users {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => {
            (format!("user {first}"), first.as_str())
        }
        _ => ("each user above".to_owned(), "NAME"),
    };
    vec![
        format!(
            "Add this inline policy to {whom}. It ends the user's own sessions. Its time lies five \
             minutes ahead, because IAM needs time to apply the deactivation.\n     \
             aws iam put-user-policy --user-name={name} --policy-name DenyOldSessions --policy-document \
             '{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Deny\",\"Action\":\"*\",\
             \"Resource\":\"*\",\"Condition\":{{\"DateLessThan\":{{\"aws:TokenIssueTime\":\
             \"{until:.0}\"}}}}}}]}}'"
        ),
        "Find the roles that the key assumed: look for AssumeRole in CloudTrail.".to_owned(),
        "Revoke the active sessions of each of these roles.".to_owned(),
    ]
}
