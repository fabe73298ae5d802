//! Inspects one user: which of its active keys break a rule, and if one does, the user's tags and
//! groups.

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::warn;

use crate::{
    config::SweepSettings,
    iam::tags::Tags,
    iam::{
        Account, IamError, Retry,
        keys::{self, KeyMetadata, LastUse},
        users,
    },
    ids::{AccessKeyId, UserName},
    outcome::Violation,
    sweep::stale::{self, ExemptionFacts},
};

/// A user to inspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The user.
    pub(super) name: UserName,
    /// Its path, such as `/service/`. `None` if the list of all users lacks the user.
    pub(super) path: Option<String>,
    /// How many active keys it has according to the credential report, if there is one.
    pub(super) active: Option<usize>,
    /// The earliest last-use date among its active keys, if known. A recent date clears all of them.
    pub(super) used_since: Option<Timestamp>,
    /// Whether one of its Inactive keys was changed recently: a sweep that was cut off may have done
    /// so.
    pub(super) inactive_lately: bool,
}

/// The facts about one user.
#[derive(Debug)]
pub(super) struct Inspection {
    /// The user.
    pub(super) user: Candidate,
    /// Its active keys. None if the user was deleted meanwhile, which is normal.
    pub(super) keys: Result<Vec<KeyFacts>, IamError>,
    /// All its keys, including Inactive ones.
    pub(super) has: Vec<KeyMetadata>,
    /// Read if a key breaks a rule and no name or path exempts the user. Tags alone are read if a sweep
    /// may have left a notice.
    pub(super) about: Option<ExemptionFacts>,
}

/// The facts about one active key.
#[derive(Debug)]
pub(super) struct KeyFacts {
    /// The key.
    pub(super) id: AccessKeyId,
    /// When it was created, if IAM said so.
    pub(super) created: Option<Timestamp>,
    /// The rule that it breaks, or an error if that is unknown.
    pub(super) violation: Result<Option<Violation>, IamError>,
}

/// Inspects users.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inspector<'a> {
    /// The account that the users are in.
    pub(super) account: &'a Account,
    /// The rules.
    pub(super) settings: &'a SweepSettings,
    /// The time that ages are counted to.
    pub(super) now: Timestamp,
    /// The time until which answers are useful.
    pub(super) deadline: Instant,
}

impl Inspector<'_> {
    /// Inspects a user. `None` if no time is left.
    pub(super) async fn inspect(&self, user: Candidate) -> Option<Inspection> {
        if Instant::now() >= self.deadline {
            return None;
        }
        if user.active == Some(0) && !self.has_notices(&user).await {
            return Some(Inspection { user, keys: Ok(Vec::new()), has: Vec::new(), about: None });
        }
        let listed =
            keys::list(&self.account.client, &user.name, self.deadline, Retry::BySdk).await;
        let has = match listed {
            Ok(listed) => listed.unwrap_or_default(),
            Err(error) => {
                return Some(Inspection { user, keys: Err(error), has: Vec::new(), about: None });
            }
        };
        let mut keys = Vec::new();
        for key in has.iter().filter(|key| key.active) {
            keys.extend(self.key(key, &user).await);
        }
        let violates_a_rule = keys.iter().any(|key| matches!(key.violation, Ok(Some(_))));
        let exempt = stale::exempt_by_name(&user.name, user.path.as_deref(), self.settings);
        let about = if violates_a_rule && exempt.is_none() {
            Some(self.about(&user).await)
        } else if may_have_left_a_notice(&user, &has) {
            Some(ExemptionFacts { tags: self.tags(&user).await, groups: Ok(Vec::new()) })
        } else {
            None
        };
        Some(Inspection { user, keys: Ok(keys), has, about })
    }

    /// Whether a user without an active key has any notice. If the tags cannot be read, the next sweep
    /// asks again: no key is at stake.
    async fn has_notices(&self, user: &Candidate) -> bool {
        match self.tags(user).await {
            Ok(tags) => tags.have_notices(),
            Err(error) if error.is_no_such_entity() => false,
            Err(error) => {
                let reason = error.to_string();
                warn!(user_name = user.name.as_str(), reason, "cannot look for notices");
                false
            }
        }
    }

    /// `None` if the key was deleted meanwhile.
    async fn key(&self, key: &KeyMetadata, user: &Candidate) -> Option<KeyFacts> {
        let KeyMetadata { id, created, .. } = key.clone();
        let violation = match created {
            None => Err(IamError::invalid("ListAccessKeys")),
            Some(created) => match stale::too_old(created, self.now, self.settings) {
                Some(violation) => Ok(Some(violation)),
                None => match self.unused(&id, created, user).await {
                    Err(error) if error.is_no_such_entity() => return None,
                    unused => unused,
                },
            },
        };
        Some(KeyFacts { id, created, violation })
    }

    /// IAM is asked for the last use only if neither the key's creation nor the report clears the key.
    async fn unused(
        &self,
        id: &AccessKeyId,
        created: Timestamp,
        user: &Candidate,
    ) -> Result<Option<Violation>, IamError> {
        let violation =
            |last_use: &LastUse| stale::unused(created, last_use, self.now, self.settings);
        let cleared = user.used_since.is_some_and(|used| violation(&LastUse::At(used)).is_none());
        if cleared || !stale::could_be_unused(created, self.now, self.settings) {
            return Ok(None);
        }
        let last_use = keys::last_use(&self.account.client, id, self.deadline).await?;
        Ok(violation(&last_use))
    }

    async fn about(&self, user: &Candidate) -> ExemptionFacts {
        let tags = self.tags(user).await;
        let groups = if self.settings.exempt_groups.is_empty() {
            Ok(Vec::new())
        } else {
            users::groups(&self.account.client, &user.name, self.deadline).await
        };
        ExemptionFacts { tags, groups }
    }

    async fn tags(&self, user: &Candidate) -> Result<Tags, IamError> {
        users::tags(&self.account.client, &user.name, self.deadline).await
    }
}

/// Whether a key became Inactive after the credential report, or shortly before.
fn may_have_left_a_notice(user: &Candidate, has: &[KeyMetadata]) -> bool {
    let active = has.iter().filter(|key| key.active).count();
    let lately = user.inactive_lately || user.active.is_some_and(|before| before > active);
    lately && active < has.len()
}
