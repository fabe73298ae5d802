//! The users that a sweep looks at.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::{Sweeper, inspect::Candidate};
use crate::iam::{
    IamError,
    credential_report::{self, RootKey, Row},
    users::{self, User},
};

/// How long an Inactive key may have the notice of a sweep that was cut off: after so many days no
/// notice is good.
const NOTICE_MAY_BE_LEFT: SignedDuration = SignedDuration::from_hours(37 * 24);

/// Everyone to look at.
#[derive(Debug)]
pub(super) struct Candidates {
    /// The root user's active key, if it is known to have one.
    pub(super) root_key: Option<RootKey>,
    /// Users with an active key, or with one that became Inactive lately; or all.
    pub(super) users: Vec<Candidate>,
    /// Whether there was no credential report.
    pub(super) without_report: bool,
}

impl Candidates {
    /// A user that this list lacks may be in an exempt path by now, or in none any more.
    fn refresh_paths(&mut self, users: Vec<User>) {
        let mut paths: HashMap<_, _> =
            users.into_iter().map(|user| (user.name.to_string(), user.path)).collect();
        for candidate in &mut self.users {
            candidate.path = paths.remove(candidate.name.as_str());
        }
    }

    /// How many users may have an active key.
    pub(super) fn with_keys(&self) -> usize {
        self.users.iter().filter(|user| user.active != Some(0)).count()
    }
}

impl Sweeper<'_> {
    /// The users to look at: those that the credential report gives cause to, otherwise all.
    pub(super) async fn candidates(&self) -> Result<Candidates, IamError> {
        let report = credential_report::fetch(&self.account.client, self.deadline).await;
        let parsed = report.as_ref().ok().and_then(|csv| credential_report::parse(csv));
        if let Some(report) = parsed {
            let mut candidates = Candidates {
                root_key: report.root_key,
                users: report
                    .users
                    .into_iter()
                    .filter_map(|row| candidate(row, self.now))
                    .collect(),
                without_report: false,
            };
            // The report's path may be hours old, and a user may have been moved to an exempt one.
            if !self.settings.exempt.paths.is_empty() {
                candidates.refresh_paths(users::all(&self.account.client, self.deadline).await?);
            }
            return Ok(candidates);
        }
        let reason =
            report.err().map_or_else(|| "not understood".to_owned(), |err| err.to_string());
        warn!(reason, "no credential report: looking at all users");
        let users = users::all(&self.account.client, self.deadline).await?;
        Ok(Candidates {
            root_key: None,
            users: users.into_iter().map(Candidate::from).collect(),
            without_report: true,
        })
    }
}

/// `None` if there is nothing to look at.
fn candidate(row: Row, now: Timestamp) -> Option<Candidate> {
    let Row { name, path, active, used_since, inactive_since } = row;
    let inactive_lately =
        inactive_since.is_some_and(|changed| now.duration_since(changed) <= NOTICE_MAY_BE_LEFT);
    (active > 0 || inactive_lately).then_some(Candidate {
        name,
        path: Some(path),
        active: Some(active),
        used_since,
        inactive_lately,
    })
}

impl From<User> for Candidate {
    fn from(User { name, path, .. }: User) -> Self {
        let path = Some(path);
        Self { name, path, active: None, used_since: None, inactive_lately: false }
    }
}
