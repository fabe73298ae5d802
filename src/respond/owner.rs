//! Finds a key's owner.

use super::{Responder, containment::Containment, rules::Ownership, target::Target};
use crate::{
    event::Cause,
    iam::{
        IamError, Retry, Turn,
        keys::{self, KeyMetadata, KeyState, Owner},
    },
    ids::{AccessKeyId, UserName},
};

/// The first read of the key in its user's list, with one try.
#[derive(Clone, Copy)]
pub(super) enum FirstRead {
    /// IAM shows the key.
    Key(KeyState),
    /// IAM has no such user, or the user has no such key.
    Missing,
    /// IAM did not answer.
    Unread,
}

impl FirstRead {
    pub(super) fn state(self) -> Option<KeyState> {
        if let Self::Key(state) = self { Some(state) } else { None }
    }
}

/// The owner to send the update for, and the first read of the key.
pub(super) struct LikelyOwner {
    pub(super) owner: UserName,
    pub(super) first_read: FirstRead,
    /// IAM itself named the owner, so the key exists.
    pub(super) named_by_iam: bool,
}

impl Responder<'_> {
    /// Confirms the user that the event names. If IAM does not confirm the user, asks once for the
    /// key's owner.
    pub(super) async fn confirm(
        &self,
        target: &Target,
        listed: &[KeyMetadata],
        turn: &mut Turn<'_>,
    ) -> Result<LikelyOwner, Containment> {
        let Some(named) = target.user.clone() else { return self.look_up(target, turn).await };
        let first_read = match keys::state_in(listed, &target.id) {
            Some(state) => FirstRead::Key(state),
            None => self.first_read(&named, &target.id).await,
        };
        if first_read.state().is_some() {
            return Ok(LikelyOwner { owner: named, first_read, named_by_iam: false });
        }
        match keys::owner(&self.account.client, &target.id, self.deadline, Retry::Once).await {
            Ok(Owner::User(owner)) => Ok(self.found(owner, &target.id).await),
            // The break-glass list protects only the true owner's keys. An unconfirmed name protects no
            // key.
            _ if self.settings.protected.matches(named.as_str()) => {
                self.look_up(target, turn).await
            }
            _ => Ok(LikelyOwner { owner: named, first_read, named_by_iam: false }),
        }
    }

    /// Asks IAM for the key's owner until it answers: without a user no update can be sent.
    pub(super) async fn look_up(
        &self,
        target: &Target,
        turn: &mut Turn<'_>,
    ) -> Result<LikelyOwner, Containment> {
        match (self.owner(target, turn).await, target.ownership) {
            (Ok(Owner::User(owner)), _) => Ok(self.found(owner, &target.id).await),
            (Err(error), Ownership::Root) if error.is_denied() => Err(Containment::root()),
            (Err(error), _) => Err(Containment::failed(None, None, &error)),
            (_, Ownership::Unsure) => Err(Containment::foreign()),
            (Ok(Owner::Unknown), Ownership::Ours) => Err(Containment::no_owner()),
            (Ok(Owner::Denied), Ownership::Ours) => Err(missing(target, Containment::denied(None))),
            _ => Err(Containment::root()),
        }
    }

    /// The key's owner according to IAM, asked until it answers.
    pub(super) async fn owner(
        &self,
        target: &Target,
        turn: &mut Turn<'_>,
    ) -> Result<Owner, IamError> {
        keys::owner(&self.account.client, &target.id, self.deadline, Retry::UntilDeadline(turn))
            .await
    }

    async fn found(&self, owner: UserName, id: &AccessKeyId) -> LikelyOwner {
        LikelyOwner { first_read: self.first_read(&owner, id).await, owner, named_by_iam: true }
    }

    async fn first_read(&self, user: &UserName, id: &AccessKeyId) -> FirstRead {
        match keys::key_state(&self.account.client, user, id, self.deadline).await {
            Ok(Some(state)) => FirstRead::Key(state),
            Ok(None) => FirstRead::Missing,
            Err(_) => FirstRead::Unread,
        }
    }
}

/// The containment of a key that IAM does not know. The event of a new key proves that the key exists,
/// so it fails and is delivered again.
pub(super) fn missing(target: &Target, gone: Containment) -> Containment {
    match target.cause {
        Cause::NewKey => Containment::too_new(target.user.as_ref()),
        Cause::Compromised | Cause::Stale | Cause::Activation => gone,
    }
}
