//! Whom a sweep looks at.

use std::collections::HashMap;

use tracing::warn;

use super::{Sweeper, look::Whom};
use crate::{
    credential_report::{self, RootKey, Row},
    iam::{
        Fault, report,
        users::{self, User},
    },
};

/// Everyone to look at.
#[derive(Debug)]
pub(super) struct Roster {
    /// The root user's active key, if it is known to have one.
    pub(super) root_key: Option<RootKey>,
    /// Users with an active key, or all.
    pub(super) users: Vec<Whom>,
    /// Whether there was no credential report.
    pub(super) without_report: bool,
}

impl Roster {
    fn refresh_paths(&mut self, users: Vec<User>) {
        let paths: HashMap<_, _> =
            users.into_iter().map(|user| (user.name.to_string(), user.path)).collect();
        for whom in &mut self.users {
            if let Some(path) = paths.get(whom.name.as_str()) {
                whom.path.clone_from(path);
            }
        }
    }
}

impl Sweeper<'_> {
    /// Whom to look at: by the credential report, else everyone.
    pub(super) async fn roster(&self) -> Result<Roster, Fault> {
        let report = report::credential_report(self.client, self.deadline).await;
        let parsed = report.as_ref().ok().and_then(|csv| credential_report::parse(csv));
        if let Some(report) = parsed {
            let mut roster = Roster {
                root_key: report.root_key,
                users: report.users.into_iter().map(Whom::from).collect(),
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

impl From<Row> for Whom {
    fn from(Row { name, path, used_since }: Row) -> Self {
        Self { name, path, used_since }
    }
}

impl From<User> for Whom {
    fn from(User { name, path, .. }: User) -> Self {
        Self { name, path, used_since: None }
    }
}
