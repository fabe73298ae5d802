//! What became of one key.

use std::time::Duration;

use super::{rules::Decision, target::Target};
use crate::{
    event::Principal,
    iam::{IamError, key_update::ReadBack, keys::KeyState},
    ids::UserName,
    outcome::{Contained, Exemption, Reason, SessionOwner, Sessions, Status},
};

/// What became of one key.
#[derive(Debug)]
pub struct Containment {
    pub(super) status: Status,
    pub(super) user: Option<UserName>,
    pub(super) reason: Reason,
    pub(super) verified: bool,
    pub(super) only_active: Option<bool>,
    pub(super) contained: Option<Contained>,
    pub(super) updated: bool,
    /// How long after the invocation began IAM accepted the update of a key that may have been Active.
    updated_at: Option<Duration>,
    /// Whether a person should look, whatever the status.
    pub(super) doubtful: bool,
    /// Whether the user's sessions are denied.
    pub(super) sessions: Sessions,
}

impl Containment {
    fn new(status: Status, user: Option<&UserName>, reason: Reason) -> Self {
        Self {
            status,
            user: user.cloned(),
            reason,
            verified: false,
            only_active: None,
            contained: None,
            updated: false,
            updated_at: None,
            doubtful: false,
            sessions: Sessions::NotAsked,
        }
    }

    fn with(self, state: Option<KeyState>) -> Self {
        Self { only_active: state.map(|state| state.only_active), ..self }
    }

    /// IAM accepted the update, and then showed this.
    pub(crate) fn changed(
        owner: &UserName,
        state: Option<KeyState>,
        shown: ReadBack,
        after: Contained,
    ) -> Self {
        let was_inactive = state.is_some_and(|state| !state.active);
        let containment = match (was_inactive, shown) {
            (_, ReadBack::Active) => Self::still_active(owner),
            (true, _) => Self::new(Status::AlreadyInactive, Some(owner), Reason::InactiveBefore),
            (false, ReadBack::Inactive) => {
                Self::new(Status::Deactivated, Some(owner), Reason::Verified)
            }
            (false, ReadBack::Unread) => {
                Self::new(Status::Deactivated, Some(owner), Reason::Unverified)
            }
        };
        Self {
            verified: shown == ReadBack::Inactive,
            contained: (containment.status == Status::Deactivated).then_some(after),
            updated: shown != ReadBack::Active,
            updated_at: (!was_inactive).then_some(after.made),
            ..containment.with(state)
        }
    }

    /// The update failed, and then IAM showed this. A key that IAM showed Inactive is not a failure.
    pub(crate) fn refused(
        owner: &UserName,
        state: Option<KeyState>,
        shown: ReadBack,
        error: &IamError,
    ) -> Self {
        let was_inactive = state.is_some_and(|state| !state.active);
        if !was_inactive || shown == ReadBack::Active {
            return Self::failed(Some(owner), state, error);
        }
        let reason = Reason::InactiveAnyway(error.clone());
        let containment = Self::new(Status::AlreadyInactive, Some(owner), reason).with(state);
        Self { verified: shown == ReadBack::Inactive, updated: true, ..containment }
    }

    /// IAM accepted the update, but still shows the key as Active: somebody activates it again, or IAM
    /// is slow.
    fn still_active(owner: &UserName) -> Self {
        Self::new(Status::Failed, Some(owner), Reason::StillActive)
    }

    /// The containment, with the sessions of this user, who is the true owner.
    pub(crate) fn with_sessions(self, user: UserName, sessions: Sessions) -> Self {
        Self { user: Some(user), sessions, ..self }
    }

    /// The owner of a key whose update IAM accepted, and how long after the invocation began.
    pub(crate) fn updated_at(&self) -> Option<(&UserName, Duration)> {
        self.user.as_ref().zip(self.updated_at)
    }

    /// The containment after a second update. `seen` is the time from the start of the invocation to
    /// the read that showed this.
    pub(crate) fn after_second_update(self, shown: ReadBack, seen: Duration) -> Self {
        match (shown, &self.user, self.updated_at) {
            (ReadBack::Active, Some(owner), _) => {
                let still = Self::still_active(owner);
                Self { only_active: self.only_active, sessions: self.sessions, ..still }
            }
            (ReadBack::Inactive, _, Some(made)) if !self.verified => Self {
                status: Status::Deactivated,
                reason: Reason::Verified,
                verified: true,
                contained: Some(Contained { made, seen }),
                updated: true,
                ..self
            },
            _ => self,
        }
    }

    /// The containment if the decision forbids the update. `None` if the update is to be sent.
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
            Some(KeyState { active: false, .. }) => (Status::AlreadyInactive, Reason::Inactive),
            Some(_) => (Status::DryRun, Reason::WouldDeactivate),
            None => (Status::DryRun, Reason::WouldDeactivateUnconfirmed),
        };
        Self::new(status, Some(owner), reason).with(state)
    }

    /// The owner is on the break-glass list. A key that someone contained by hand raises no more
    /// attention.
    fn protected(owner: &UserName, state: Option<KeyState>) -> Self {
        let (status, reason) = match state {
            Some(KeyState { active: false, .. }) => {
                (Status::AlreadyInactive, Reason::ProtectedInactive)
            }
            _ => (Status::Protected, Reason::Protected),
        };
        Self::new(status, Some(owner), reason).with(state)
    }

    /// The owner is exempt from hygiene by this setting.
    fn exempt(owner: &UserName, state: Option<KeyState>, by: &'static str) -> Self {
        let reason = Reason::Exempt(Exemption::Setting(by));
        Self::new(Status::Exempt, Some(owner), reason).with(state)
    }

    /// IAM knows neither this key under this user nor another owner of the key.
    pub(crate) fn not_found(user: &UserName) -> Self {
        Self::new(Status::NotFound, Some(user), Reason::Gone)
    }

    /// IAM denies the look-up as it does for a key that the account does not have.
    pub(crate) fn denied(user: Option<&UserName>) -> Self {
        Self { doubtful: true, ..Self::new(Status::NotFound, user, Reason::LookUpDenied) }
    }

    /// IAM finds no such key, but the user's keys could not be listed.
    pub(crate) fn gone_unlisted(user: &UserName) -> Self {
        Self::new(Status::Failed, Some(user), Reason::GoneUnlisted)
    }

    /// A key that was created just now.
    pub(crate) fn too_new(user: Option<&UserName>) -> Self {
        Self::new(Status::Failed, user, Reason::TooNew)
    }

    /// IAM showed the key, or names its owner, and yet found no such key to update: IAM is not consistent
    /// yet.
    pub(crate) fn contradiction(user: &UserName) -> Self {
        Self::new(Status::Failed, Some(user), Reason::Contradiction)
    }

    /// IAM was asked who owns the key, and cannot name a user to send an update for.
    pub(crate) fn no_owner() -> Self {
        Self::new(Status::Failed, None, Reason::NoOwner)
    }

    /// A user without keys.
    pub(crate) fn no_key(user: &UserName) -> Self {
        Self::new(Status::NotFound, Some(user), Reason::NoKey)
    }

    /// A user who does not exist (any more). The user may have been renamed and keep the keys.
    pub(crate) fn no_user(user: &UserName) -> Self {
        Self::new(Status::Failed, Some(user), Reason::NoUser)
    }

    /// A call failed for good.
    pub(crate) fn failed(
        user: Option<&UserName>,
        state: Option<KeyState>,
        error: &IamError,
    ) -> Self {
        Self::new(Status::Failed, user, Reason::Iam(error.clone())).with(state)
    }

    /// The root user's key.
    pub(crate) fn root() -> Self {
        Self::new(Status::RootCredential, None, Reason::Root)
    }

    /// A key of another account.
    pub(crate) fn foreign() -> Self {
        Self::new(Status::ForeignAccount, None, Reason::ForeignKey)
    }

    /// A temporary credential. The reason says whose sessions must be revoked.
    pub(crate) fn temporary(target: &Target) -> Self {
        let owner = match (&target.principal, &target.user) {
            (Principal::Root, _) => SessionOwner::Root,
            (Principal::Role(role), _) => SessionOwner::Role(role.clone()),
            (Principal::Federated, _) => SessionOwner::Federated,
            (_, Some(user)) => SessionOwner::User(user.clone()),
            (_, None) => SessionOwner::Unknown,
        };
        let reason = Reason::Temporary(owner);
        Self::new(Status::TemporaryCredential, target.user.as_ref(), reason)
    }
}
