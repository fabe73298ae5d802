//! What became of one key, in words that say what to do next.

use std::time::Duration;

use super::{rules::Decision, target::Target};
use crate::{
    event::Principal,
    iam::{IamError, key_update::Shown, keys::KeyState},
    ids::UserName,
    outcome::{Contained, Status},
};

const VERIFIED: &str = "made Inactive, and seen to be";

/// What became of one key.
#[derive(Debug)]
pub struct Containment {
    pub(super) status: Status,
    pub(super) user: Option<UserName>,
    pub(super) reason: String,
    pub(super) verified: bool,
    pub(super) only_active: Option<bool>,
    pub(super) contained: Option<Contained>,
    pub(super) updated: bool,
    /// How long after the invocation began IAM took the update of a key that may have been Active.
    updated_at: Option<Duration>,
    /// A person should look, whatever the status says.
    pub(super) doubtful: bool,
}

impl Containment {
    fn new(status: Status, user: Option<&UserName>, reason: impl Into<String>) -> Self {
        let (reason, user) = (reason.into(), user.cloned());
        Self {
            status,
            user,
            reason,
            verified: false,
            only_active: None,
            contained: None,
            updated: false,
            updated_at: None,
            doubtful: false,
        }
    }

    fn with(self, state: Option<KeyState>) -> Self {
        Self { only_active: state.map(|state| state.only_active), ..self }
    }

    /// The update succeeded, and this is what IAM showed then.
    pub(crate) fn changed(
        owner: &UserName,
        state: Option<KeyState>,
        shown: Shown,
        after: Contained,
    ) -> Self {
        let was_inactive = state.is_some_and(|state| !state.active);
        let containment = match (was_inactive, shown) {
            (_, Shown::Active) => Self::still_active(owner),
            (true, _) => {
                let reason = "was Inactive; the update was sent all the same";
                Self::new(Status::AlreadyInactive, Some(owner), reason)
            }
            (false, Shown::Inactive) => Self::new(Status::Deactivated, Some(owner), VERIFIED),
            (false, Shown::Unread) => {
                let reason = "made Inactive; it could not be read back";
                Self::new(Status::Deactivated, Some(owner), reason)
            }
        };
        Self {
            verified: shown == Shown::Inactive,
            contained: (containment.status == Status::Deactivated).then_some(after),
            updated: shown != Shown::Active,
            updated_at: (!was_inactive).then_some(after.made),
            ..containment.with(state)
        }
    }

    /// The update was not taken, and this is what IAM showed then. A key that IAM has shown Inactive is no
    /// failure.
    pub(crate) fn refused(
        owner: &UserName,
        state: Option<KeyState>,
        shown: Shown,
        error: &IamError,
    ) -> Self {
        let was_inactive = state.is_some_and(|state| !state.active);
        if !was_inactive || shown == Shown::Active {
            return Self::failed(Some(owner), state, error);
        }
        let reason = format!("is Inactive, though the update failed: {error}");
        let containment = Self::new(Status::AlreadyInactive, Some(owner), reason).with(state);
        Self { verified: shown == Shown::Inactive, updated: true, ..containment }
    }

    /// IAM took the update, and goes on showing the key Active: somebody activates it again, or IAM is
    /// slow.
    fn still_active(owner: &UserName) -> Self {
        let reason = "IAM took the update, but goes on showing the key Active: delete it, or deny its user everything";
        Self::new(Status::Failed, Some(owner), reason)
    }

    /// Whose key it is of which IAM took the update, and how long after the invocation began.
    pub(crate) fn updated_at(&self) -> Option<(&UserName, Duration)> {
        self.user.as_ref().zip(self.updated_at)
    }

    /// The containment after a second update, when IAM showed this, so long after the invocation began.
    pub(crate) fn after_second_update(self, shown: Shown, seen: Duration) -> Self {
        match (shown, &self.user, self.updated_at) {
            (Shown::Active, Some(owner), _) => {
                Self { only_active: self.only_active, ..Self::still_active(owner) }
            }
            (Shown::Inactive, _, Some(made)) if !self.verified => Self {
                status: Status::Deactivated,
                reason: VERIFIED.to_owned(),
                verified: true,
                contained: Some(Contained { made, seen }),
                updated: true,
                ..self
            },
            _ => self,
        }
    }

    /// The decision keeps the update from being sent; `None` if it is to be sent.
    pub(crate) fn without_update(
        decision: Decision,
        owner: &UserName,
        state: Option<KeyState>,
    ) -> Option<Self> {
        match decision {
            Decision::Exempt(by) => Some(Self::exempt(owner, state, by)),
            Decision::Unknown(error) => Some(Self::failed(Some(owner), state, &error)),
            Decision::Protect => Some(Self::protected(owner, state)),
            Decision::DryRun => Some(Self::dry_run(owner, state)),
            Decision::Deactivate => None,
        }
    }

    /// A dry run got as far as the update.
    fn dry_run(owner: &UserName, state: Option<KeyState>) -> Self {
        let (status, reason) = match state {
            Some(KeyState { active: false, .. }) => (Status::AlreadyInactive, "is Inactive"),
            Some(_) => (Status::DryRun, "would be made Inactive"),
            None => {
                (Status::DryRun, "would be made Inactive, if it is this user's: IAM did not say")
            }
        };
        Self::new(status, Some(owner), reason).with(state)
    }

    /// The owner is on the break-glass list. Once someone has contained the key by hand, nobody need
    /// be called again.
    fn protected(owner: &UserName, state: Option<KeyState>) -> Self {
        let (status, reason) = match state {
            Some(KeyState { active: false, .. }) => {
                (Status::AlreadyInactive, "is Inactive; its user is in ProtectedUsers")
            }
            _ => (
                Status::Protected,
                "its user is in ProtectedUsers: it was left active and must be contained by hand",
            ),
        };
        Self::new(status, Some(owner), reason).with(state)
    }

    /// The owner is exempt from hygiene by this setting.
    fn exempt(owner: &UserName, state: Option<KeyState>, by: &str) -> Self {
        Self::new(Status::Exempt, Some(owner), format!("its user is exempt by {by}")).with(state)
    }

    /// IAM knows neither this key under this user nor another owner of it.
    pub(crate) fn not_found(user: &UserName) -> Self {
        Self::new(Status::NotFound, Some(user), "IAM knows no such key, or no such user, any more")
    }

    /// IAM denies the look-up as it does for a key that the account does not have.
    pub(crate) fn denied(user: Option<&UserName>) -> Self {
        let reason = "IAM denies the look-up of this key and gives no reason: the key was deleted, \
                      or is another account's, or the function's role lacks iam:GetAccessKeyLastUsed";
        Self { doubtful: true, ..Self::new(Status::NotFound, user, reason) }
    }

    /// IAM finds no such key, but the user's keys could not be listed.
    pub(crate) fn gone_unread(user: &UserName) -> Self {
        let reason = "IAM finds no such key to update, but the user's keys could not be listed: the key \
                      may have another owner";
        Self::new(Status::Failed, Some(user), reason)
    }

    /// A key that was made just now.
    pub(crate) fn not_known_yet(user: Option<&UserName>) -> Self {
        let reason = "the key was made just now, and IAM does not know it yet";
        Self::new(Status::Failed, user, reason)
    }

    /// IAM showed the key, or names its owner, and yet found no such key to update: it is not of one
    /// mind yet.
    pub(crate) fn contradiction(user: &UserName) -> Self {
        let reason = "IAM contradicts itself: a read finds the key, the update does not";
        Self::new(Status::Failed, Some(user), reason)
    }

    /// IAM was asked who owns the key, and cannot name a user to send an update for.
    pub(crate) fn no_owner() -> Self {
        let reason = "IAM does not name the key's owner";
        Self::new(Status::Failed, None, reason)
    }

    /// A user without keys.
    pub(crate) fn no_key(user: &UserName) -> Self {
        Self::new(Status::NotFound, Some(user), "the user has no access key")
    }

    /// A user who is not there (any more): its keys may live on under another name.
    pub(crate) fn no_user(user: &UserName) -> Self {
        let reason = "IAM knows no such user; if it was renamed, deactivate its keys by hand";
        Self::new(Status::Failed, Some(user), reason)
    }

    /// A call failed for good.
    pub(crate) fn failed(
        user: Option<&UserName>,
        state: Option<KeyState>,
        error: &IamError,
    ) -> Self {
        Self::new(Status::Failed, user, error.to_string()).with(state)
    }

    /// The root user's key.
    pub(crate) fn root() -> Self {
        let reason = "the root user's: IAM cannot deactivate it from here; sign in as root, \
                      deactivate or delete the key, and change the password";
        Self::new(Status::RootCredential, None, reason)
    }

    /// A key of another account.
    pub(crate) fn foreign() -> Self {
        let reason = "belongs to another account: deactivate it there";
        Self::new(Status::ForeignAccount, None, reason)
    }

    /// A temporary credential; says whose sessions must be revoked, and how.
    pub(crate) fn temporary(target: &Target) -> Self {
        let how = "with a policy that denies everything where aws:TokenIssueTime is before now";
        let whose = match (&target.principal, &target.user) {
            (Principal::Root, _) => {
                "the root user: sign in as root, change its password and delete \
                                     its access keys"
                    .to_owned()
            }
            (Principal::Role(Some(role)), _) => {
                format!("role {role}: revoke that role's active sessions, {how}")
            }
            (Principal::Role(None), _) => {
                format!("a role: revoke that role's active sessions, {how}")
            }
            (_, Some(user)) => format!("user {user}: revoke that user's sessions, {how}"),
            (_, None) => format!(
                "a user or role that is not named: find it by this ID in CloudTrail and revoke its sessions, {how}"
            ),
        };
        let reason = format!("a temporary credential of {whose}");
        Self::new(Status::TemporaryCredential, target.user.as_ref(), reason)
    }
}
