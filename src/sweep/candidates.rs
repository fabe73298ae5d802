//! Whom a sweep looks at.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::{Sweeper, inspect::Whom};
use crate::iam::{
    Fault,
    credential_report::{self, RootKey, Row},
    users::{self, User},
};

/// How long an Inactive key may have the notice of a sweep that was cut off: after so many days no
/// notice is good.
const NOTICE_MAY_BE_LEFT: SignedDuration = SignedDuration::from_hours(37 * 24);

/// Everyone to look at.
#[derive(Debug)]
pub(super) struct Roster {
    /// The root user's active key, if it is known to have one.
    pub(super) root_key: Option<RootKey>,
    /// Users with an active key, or with one that became Inactive lately; or all.
    pub(super) users: Vec<Whom>,
    /// Whether there was no credential report.
    pub(super) without_report: bool,
}

impl Roster {
    /// A user that this list lacks may be in an exempt path by now, or in none any more.
    fn refresh_paths(&mut self, users: Vec<User>) {
        let mut paths: HashMap<_, _> =
            users.into_iter().map(|user| (user.name.to_string(), user.path)).collect();
        for whom in &mut self.users {
            whom.path = paths.remove(whom.name.as_str());
        }
    }

    /// How many users may have an active key.
    pub(super) fn with_keys(&self) -> usize {
        self.users.iter().filter(|user| user.active != Some(0)).count()
    }
}

impl Sweeper<'_> {
    /// Whom to look at: by the credential report, else everyone.
    pub(super) async fn roster(&self) -> Result<Roster, Fault> {
        let report = credential_report::fetch(self.client, self.deadline).await;
        let parsed = report.as_ref().ok().and_then(|csv| credential_report::parse(csv));
        if let Some(report) = parsed {
            let mut roster = Roster {
                root_key: report.root_key,
                users: report.users.into_iter().filter_map(|row| whom(row, self.now)).collect(),
                without_report: false,
            };
            // The report's path may be hours old, and a user may have been moved to an exempt one.
            if !self.settings.exempt.paths.is_empty() {
                roster.refresh_paths(users::all(self.client, self.deadline).await?);
            }
            return Ok(roster);
        }
        let reason =
            report.err().map_or_else(|| "not understood".to_owned(), |err| err.to_string());
        warn!(reason, "no credential report: looking at all users");
        let users = users::all(self.client, self.deadline).await?;
        Ok(Roster {
            root_key: None,
            users: users.into_iter().map(Whom::from).collect(),
            without_report: true,
        })
    }
}

/// `None` if there is nothing to look at.
fn whom(row: Row, now: Timestamp) -> Option<Whom> {
    let Row { name, path, active, used_since, inactive_since } = row;
    let inactive_lately =
        inactive_since.is_some_and(|changed| now.duration_since(changed) <= NOTICE_MAY_BE_LEFT);
    (active > 0 || inactive_lately).then_some(Whom {
        name,
        path: Some(path),
        active: Some(active),
        used_since,
        inactive_lately,
    })
}

impl From<User> for Whom {
    fn from(User { name, path, .. }: User) -> Self {
        let path = Some(path);
        Self { name, path, active: None, used_since: None, inactive_lately: false }
    }
}
