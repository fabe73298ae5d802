//! Attempts to contain one key: decide, send the update, read the key back.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Responder,
    containment::Containment,
    owner::{FirstRead, LikelyOwner, missing},
    rules::{self, Path},
    target::Target,
};
use crate::{
    event::Cause,
    iam::{
        Retry, Turn,
        key_update::{self, ReadBack},
        keys::{self, Owner},
        users,
    },
    ids::{AccessKeyId, UserName},
    outcome::Contained,
};

/// How long after a change the update is sent once more. A deactivated key works for some more seconds,
/// in which its holder can activate it again (IAM User Guide, "Changes that I make are not always
/// immediately visible").
pub(super) const SETTLED: Duration = Duration::from_secs(5);
/// The time for the second update and its read. With less time left, there is no second update.
const ONCE_MORE: Duration = Duration::from_secs(3);

/// An attempt on one owner: settled, or IAM has no such key under that owner.
#[expect(clippy::large_enum_variant, reason = "made once for a key, and taken apart at once")]
pub(super) enum Attempt {
    Settled(Containment),
    NoSuchEntity(LikelyOwner),
}

impl Responder<'_> {
    /// The update found no such key: the user may have been renamed, or the event names the wrong user.
    /// Asks once more by the key alone. Reports the key as gone only if no answer of IAM contradicts
    /// that.
    pub(super) async fn act_again(
        &self,
        target: &Target,
        tried: LikelyOwner,
        turn: &mut Turn<'_>,
    ) -> Containment {
        let LikelyOwner { owner: user, first_read, named_by_iam } = tried;
        match self.owner(target, turn).await {
            Ok(Owner::User(owner)) => {
                let found =
                    LikelyOwner { owner, first_read: FirstRead::Unread, named_by_iam: true };
                match self.act(target, found, turn).await {
                    Attempt::Settled(containment) => containment,
                    Attempt::NoSuchEntity(tried) => Containment::contradiction(&tried.owner),
                }
            }
            Ok(Owner::Root) => Containment::root(),
            Ok(_) if first_read.state().is_some() || named_by_iam => {
                Containment::contradiction(&user)
            }
            // The user's keys were not listed, and the event may name the wrong user.
            Ok(_) if !matches!(first_read, FirstRead::Missing) => Containment::gone_unlisted(&user),
            Ok(Owner::Unknown) => missing(target, Containment::not_found(&user)),
            Ok(Owner::Denied) => missing(target, Containment::denied(Some(&user))),
            Err(error) => Containment::failed(Some(&user), None, &error),
        }
    }

    pub(super) async fn act(
        &self,
        target: &Target,
        found: LikelyOwner,
        turn: &mut Turn<'_>,
    ) -> Attempt {
        let owner = &found.owner;
        let path = self.path(target, owner).await;
        let decision = rules::decide(target.cause, owner, path, target.mode, self.settings);
        match Containment::without_update(decision, owner, found.first_read.state()) {
            Some(containment) => Attempt::Settled(containment),
            None => self.deactivate(target, found, turn).await,
        }
    }

    /// Sends the update and reads the key back. A key that IAM shows Inactive lets active keys go
    /// first: most likely an earlier attempt already deactivated it.
    async fn deactivate(
        &self,
        target: &Target,
        found: LikelyOwner,
        turn: &mut Turn<'_>,
    ) -> Attempt {
        let (owner, state) = (&found.owner, found.first_read.state());
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
            // A read now proves something only if the first read showed the key.
            Err(_) if state.is_none() => ReadBack::Unread,
            Err(error) if error.maybe_done => self.read_back(owner, id, turn).await,
            Err(_) => {
                key_update::shown(client, owner, id, deadline).await.unwrap_or(ReadBack::Unread)
            }
        };
        let contained = Contained { made, seen: self.started.elapsed() };
        let containment = match update {
            Ok(()) => Containment::changed(owner, state, shown, contained),
            // An update that failed, but deactivated the key anyway.
            Err(_) if shown == ReadBack::Inactive && !was_inactive => {
                Containment::changed(owner, state, shown, contained)
            }
            Err(error) => Containment::refused(owner, state, shown, &error),
        };
        Attempt::Settled(containment)
    }

    /// Reads a key back, after the keys that wait for their update.
    async fn read_back(&self, owner: &UserName, id: &AccessKeyId, turn: &mut Turn<'_>) -> ReadBack {
        turn.pause(Duration::ZERO).await;
        let pause = async |time| turn.pause(time).await;
        let (client, wanted) = (&self.account.client, ReadBack::Inactive);
        key_update::read_back(client, owner, id, wanted, self.deadline, pause).await
    }

    /// Sends the update once more, some seconds after the first, and after the keys that wait for their
    /// update.
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
            // The key was deleted, or its user was renamed.
            let Ok(Owner::User(now)) = keys::owner(client, id, self.deadline, Retry::Once).await
            else {
                return containment;
            };
            let _ =
                key_update::deactivate(client, &now, id, until, Retry::UntilDeadline(turn)).await;
            owner = now;
        }
        // The read shows whether the update worked.
        let shown = self.read_back(&owner, id, turn).await;
        containment.after_second_update(shown, self.started.elapsed())
    }

    fn has_time(&self, time: Duration) -> bool {
        Instant::now() + time <= self.deadline
    }

    /// IAM is asked only if a path can exempt the user.
    async fn path(&self, target: &Target, owner: &UserName) -> Path {
        if target.cause == Cause::Compromised || self.settings.exempt.paths.is_empty() {
            return Path::NotAsked;
        }
        let user = users::get(&self.account.client, owner, self.deadline).await;
        user.map_or_else(Path::Unknown, |user| Path::Is(user.path))
    }
}
