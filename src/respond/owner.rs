//! Finds the user whose key it is.

use super::{Responder, containment::Containment, rules::Ownership, target::Target};
use crate::{
    event::Cause,
    iam::{
        IamError, Retry, Turn,
        keys::{self, KeyMetadata, KeyState, Owner},
    },
    ids::{AccessKeyId, UserName},
};

/// What a quick look into the user's list said of the key.
#[derive(Clone, Copy)]
pub(super) enum Look {
    Shows(KeyState),
    /// IAM has no such user, or the user has no such key.
    Lacks,
    /// IAM did not say.
    Unread,
}

impl Look {
    pub(super) fn state(self) -> Option<KeyState> {
        if let Self::Shows(state) = self { Some(state) } else { None }
    }
}

/// The owner to act on, and what a quick look told of the key.
pub(super) struct Found {
    pub(super) owner: UserName,
    pub(super) look: Look,
    /// IAM itself named the owner of this key: there is such a key.
    pub(super) named_by_iam: bool,
}

impl Responder<'_> {
    /// Confirms the user that the event names; where IAM does not, asks it once whose key it is.
    pub(super) async fn confirm(
        &self,
        target: &Target,
        listed: &[KeyMetadata],
        turn: &mut Turn<'_>,
    ) -> Result<Found, Containment> {
        let Some(named) = target.user.clone() else { return self.look_up(target, turn).await };
        let look = match keys::state_in(listed, &target.id) {
            Some(state) => Look::Shows(state),
            None => self.look(&named, &target.id).await,
        };
        if look.state().is_some() {
            return Ok(Found { owner: named, look, named_by_iam: false });
        }
        match keys::owner(&self.account.client, &target.id, self.deadline, Retry::Once).await {
            Ok(Owner::User(owner)) => Ok(self.found(owner, &target.id).await),
            // The break-glass list holds for the true owner only: a name that nothing confirms
            // protects no key.
            _ if self.settings.protected.matches(named.as_str()) => {
                self.look_up(target, turn).await
            }
            _ => Ok(Found { owner: named, look, named_by_iam: false }),
        }
    }

    /// Asks IAM whose key it is, and insists: without a user no update can be sent.
    pub(super) async fn look_up(
        &self,
        target: &Target,
        turn: &mut Turn<'_>,
    ) -> Result<Found, Containment> {
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

    /// Whose key IAM says it is, asked until it says so.
    pub(super) async fn owner(
        &self,
        target: &Target,
        turn: &mut Turn<'_>,
    ) -> Result<Owner, IamError> {
        keys::owner(&self.account.client, &target.id, self.deadline, Retry::UntilDeadline(turn))
            .await
    }

    async fn found(&self, owner: UserName, id: &AccessKeyId) -> Found {
        Found { look: self.look(&owner, id).await, owner, named_by_iam: true }
    }

    async fn look(&self, user: &UserName, id: &AccessKeyId) -> Look {
        match keys::key_state(&self.account.client, user, id, self.deadline).await {
            Ok(Some(state)) => Look::Shows(state),
            Ok(None) => Look::Lacks,
            Err(_) => Look::Unread,
        }
    }
}

/// What becomes of a key that IAM does not know. Of one that was made just now the event itself says that
/// it is there: it comes again.
pub(super) fn missing(target: &Target, gone: Containment) -> Containment {
    match target.cause {
        Cause::NewKey => Containment::too_new(target.user.as_ref()),
        Cause::Compromised | Cause::Stale => gone,
    }
}
