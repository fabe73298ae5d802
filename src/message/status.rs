//! The words for each status, and for an outcome in one line.

use std::fmt;

use crate::outcome::{Outcome, Sessions, Status};

/// A status in words.
pub(super) fn phrase(status: Status) -> &'static str {
    match status {
        Status::Deactivated => "deactivated",
        Status::AlreadyInactive => "already Inactive",
        Status::DryRun => "dry run",
        Status::Protected => "left active (ProtectedUsers)",
        Status::Exempt => "exempt",
        Status::Noticed => "notice given",
        Status::Pending => "pending",
        Status::Compliant => "compliant",
        Status::NotFound => "not found",
        Status::TemporaryCredential => "not deactivated (temporary credential)",
        Status::RootCredential => "left active (root user)",
        Status::ForeignAccount => "not deactivated (another account)",
        Status::Activated => "activated",
        Status::AlreadyActive => "already Active",
        Status::NotMarked => "left Inactive (not deactivated by this stack)",
        Status::Failed => "failed",
    }
}

/// A status at the beginning of a line.
fn heading(status: Status) -> String {
    let (first, rest) = phrase(status).split_at(1);
    first.to_uppercase() + rest
}

/// What happened, with key, user and account.
pub(super) fn headline(outcome: &Outcome) -> String {
    let urgent = if outcome.urgent() { "URGENT: " } else { "" };
    let key = outcome.access_key_id.as_ref().map_or("", |_| "access key ");
    let account = outcome.account_id.as_ref().map(|account| format!(" in account {account}"));
    let (heading, account) = (heading(outcome.status), account.unwrap_or_default());
    let open = if outcome.sessions.are_open() { ", sessions LEFT OPEN" } else { "" };
    format!("{urgent}{heading}{open}: {key}{}{account}", subject(outcome))
}

/// The key, its user, or both.
pub(super) fn subject(outcome: &Outcome) -> String {
    match (&outcome.access_key_id, &outcome.user_name) {
        (Some(id), Some(user)) => format!("{id} of user {user}"),
        (Some(id), None) => id.to_string(),
        (None, Some(user)) => format!("user {user}"),
        (None, None) if outcome.status == Status::RootCredential => "access key".to_owned(),
        (None, None) => "a user".to_owned(),
    }
}

/// `AKIA… of Bob: Failed (why)`, with the public name of the status.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.access_key_id, &self.user_name) {
            (Some(id), Some(user)) => write!(f, "{id} of {user}")?,
            (Some(id), None) => write!(f, "{id}")?,
            (None, Some(user)) => write!(f, "user {user}")?,
            (None, None) if self.status == Status::RootCredential => write!(f, "the root user")?,
            (None, None) => write!(f, "a user")?,
        }
        write!(f, ": {}", self.status.as_str())?;
        if self.status == Status::Failed {
            write!(f, " ({})", super::reason(self))?;
        }
        match (&self.sessions, super::sessions_reason(self)) {
            (_, Some(reason)) => write!(f, " (sessions LEFT OPEN: {reason})"),
            (Sessions::Denied(_), None) => f.write_str(" (sessions denied)"),
            _ => Ok(()),
        }
    }
}
