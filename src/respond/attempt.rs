//! Attempts to contain one key: decide, send the update, read the key back.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Responder,
    containment::Containment,
    owner::{Found, Look, missing},
    rules::{self, Path},
    target::Target,
};
use crate::{
    event::Cause,
    iam::{
        Retry, Turn,
        key_update::{self, Shown},
        keys::{self, Owner},
        users,
    },
    ids::{AccessKeyId, UserName},
    outcome::Contained,
};

/// How long after a change its update is sent once more. IAM lets a changed key work for some seconds, in
/// which its holder can activate it again (IAM User Guide, "Changes that I make are not always
/// immediately visible").
const SETTLED: Duration = Duration::from_secs(5);
/// What the second update and its read may take: without so much time there is none.
const ONCE_MORE: Duration = Duration::from_secs(3);

/// An attempt on one owner: settled, or the update found no such key under that owner.
pub(super) enum Attempt {
    Settled(Containment),
    NoSuchEntity(Found),
}

impl Responder<'_> {
    /// The update found no such key: the user may have been renamed, or the event names the wrong
    /// one. Asks once more, by the key alone, and believes that the key is gone only if nothing that
    /// IAM said here speaks against it.
    pub(super) async fn act_again(
        &self,
        target: &Target,
        tried: Found,
        turn: &mut Turn<'_>,
    ) -> Containment {
        let Found { owner: user, look, named_by_iam } = tried;
        match self.owner(target, turn).await {
            Ok(Owner::User(owner)) => {
                let found = Found { owner, look: Look::Unread, named_by_iam: true };
                match self.act(target, found, turn).await {
                    Attempt::Settled(containment) => containment,
                    Attempt::NoSuchEntity(tried) => Containment::contradiction(&tried.owner),
                }
            }
            Ok(Owner::Root) => Containment::root(),
            Ok(_) if look.state().is_some() || named_by_iam => Containment::contradiction(&user),
            // Under a user whose keys were not listed: the event may have named the wrong one.
            Ok(_) if !matches!(look, Look::Lacks) => Containment::gone_unlisted(&user),
            Ok(Owner::Unknown) => missing(target, Containment::not_found(&user)),
            Ok(Owner::Denied) => missing(target, Containment::denied(Some(&user))),
            Err(error) => Containment::failed(Some(&user), None, &error),
        }
    }

    pub(super) async fn act(&self, target: &Target, found: Found, turn: &mut Turn<'_>) -> Attempt {
        let owner = &found.owner;
        let path = self.path(target, owner).await;
        let decision = rules::decide(target.cause, owner, path, target.mode, self.settings);
        match Containment::without_update(decision, owner, found.look.state()) {
            Some(containment) => Attempt::Settled(containment),
            None => self.deactivate(target, found, turn).await,
        }
    }

    /// Sends the update and reads the key back. A key that is shown Inactive lets those go first that are
    /// not: most likely an earlier attempt has got as far as this key.
    async fn deactivate(&self, target: &Target, found: Found, turn: &mut Turn<'_>) -> Attempt {
        let (owner, state) = (&found.owner, found.look.state());
        let (client, id, deadline) = (&self.account.client, &target.id, self.deadline);
        let was_inactive = state.is_some_and(|state| !state.active);
        if was_inactive {
            turn.pause(Duration::ZERO).await;
        }
        let update =
            key_update::deactivate(client, owner, id, deadline, Retry::UntilDeadline(turn)).await;
        let made = self.started.elapsed();
        let shown = match &update {
            Err(error) if error.is_no_such_entity() => return Attempt::NoSuchEntity(found),
            Ok(()) => self.read_back(owner, id, turn).await,
            // What is shown now proves something only where it was shown before.
            Err(_) if state.is_none() => Shown::Unread,
            Err(error) if error.maybe_done => self.read_back(owner, id, turn).await,
            Err(_) => key_update::shown(client, owner, id, deadline).await.unwrap_or(Shown::Unread),
        };
        let contained = Contained { made, seen: self.started.elapsed() };
        let containment = match update {
            Ok(()) => Containment::changed(owner, state, shown, contained),
            // An update that was lost, and then refused, was heeded all the same.
            Err(_) if shown == Shown::Inactive && !was_inactive => {
                Containment::changed(owner, state, shown, contained)
            }
            Err(error) => Containment::refused(owner, state, shown, &error),
        };
        Attempt::Settled(containment)
    }

    /// Reads a key back, behind those that wait for their update.
    async fn read_back(&self, owner: &UserName, id: &AccessKeyId, turn: &mut Turn<'_>) -> Shown {
        turn.pause(Duration::ZERO).await;
        let pause = async |time| turn.pause(time).await;
        key_update::read_back(&self.account.client, owner, id, self.deadline, pause).await
    }

    /// Sends the update once more, some seconds after the first and behind those that wait for theirs.
    pub(super) async fn repeat_update(
        &self,
        target: &Target,
        containment: Containment,
        turn: &mut Turn<'_>,
    ) -> Containment {
        let Some((owner, updated_at)) = containment.updated_at() else { return containment };
        let settled = self.started + updated_at + SETTLED;
        let wait = settled.saturating_duration_since(Instant::now());
        if !self.has_time(wait + ONCE_MORE) {
            return containment;
        }
        turn.pause(wait).await;
        if !self.has_time(ONCE_MORE) {
            return containment;
        }
        let (client, id) = (&self.account.client, &target.id);
        let until = Instant::now() + ONCE_MORE;
        let mut owner = owner.clone();
        let update =
            key_update::deactivate(client, &owner, id, until, Retry::UntilDeadline(turn)).await;
        if update.is_err_and(|error| error.is_no_such_entity()) {
            // Deleted, or its user was renamed.
            let Ok(Owner::User(now)) = keys::owner(client, id, self.deadline, Retry::Once).await
            else {
                return containment;
            };
            let _ =
                key_update::deactivate(client, &now, id, until, Retry::UntilDeadline(turn)).await;
            owner = now;
        }
        // Whether the update was of use is told by what is shown then.
        let shown = self.read_back(&owner, id, turn).await;
        containment.after_second_update(shown, self.started.elapsed())
    }

    fn has_time(&self, time: Duration) -> bool {
        Instant::now() + time <= self.deadline
    }

    /// Asked for only where it can exempt the user.
    async fn path(&self, target: &Target, owner: &UserName) -> Path {
        if target.cause == Cause::Compromised || self.settings.exempt.paths.is_empty() {
            return Path::NotAsked;
        }
        let user = users::get(&self.account.client, owner, self.deadline).await;
        user.map_or_else(Path::Unknown, |user| Path::Is(user.path))
    }
}
