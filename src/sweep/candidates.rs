//! The users that a sweep inspects.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::{Sweeper, inspect::Candidate};
use crate::iam::{
    IamError,
    credential_report::{self, RootKey, Row},
    users::{self, User},
};

/// How long an Inactive key may keep the notice of a sweep that was cut off. After this time every
/// notice has expired.
const NOTICE_MAY_BE_LEFT: SignedDuration = SignedDuration::from_hours(37 * 24);

/// The users to inspect.
#[derive(Debug)]
pub(super) struct Candidates {
    /// The root user's active key, if one is known.
    pub(super) root_key: Option<RootKey>,
    /// Users with an active key, or with a key that recently became Inactive. All users without a
    /// credential report.
    pub(super) users: Vec<Candidate>,
    /// Whether there was no credential report.
    pub(super) without_report: bool,
}

impl Candidates {
    /// Takes the paths from this list. A user who is missing from it has an unknown path.
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
    /// The users to inspect: those that the credential report points to, or all users without a report.
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
            // The report's paths may be hours old, and a user may since have moved to an exempt path.
            if !self.settings.exempt.paths.is_empty() {
                candidates.refresh_paths(users::all(&self.account.client, self.deadline).await?);
            }
            return Ok(candidates);
        }
        let reason = report
            .err()
            .map_or_else(|| "the report could not be parsed".to_owned(), |err| err.to_string());
        warn!(reason, "no credential report: checking all users");
        let users = users::all(&self.account.client, self.deadline).await?;
        Ok(Candidates {
            root_key: None,
            users: users.into_iter().map(Candidate::from).collect(),
            without_report: true,
        })
    }
}

/// `None` if there is nothing to inspect.
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
