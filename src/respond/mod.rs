//! Contains compromised keys: find the owner, make the key Inactive, read it back.
//!
//! Nothing read here stops a containment. Where reads disagree or fail, the update is sent all the
//! same: IAM itself refuses a pair of user and key that do not belong together.

pub mod containment;
pub mod rules;
pub mod target;

use std::time::Duration;

use futures_util::future;
use tokio::time::Instant;

use crate::{
    config::RespondSettings,
    event::{Cause, Key, Principal, Signal, Subject, UserRef},
    iam::{
        Account, IamError, Retry, Turn, Turns,
        key_update::{self, Shown},
        keys::{self, KeyMetadata, KeyState, Owner},
        side_by_side::side_by_side,
        users,
    },
    ids::{AccessKeyId, UserName},
    outcome::{Contained, Outcome},
};
use containment::Containment;
use rules::{Ownership, Path};
use target::Target;

/// About how many keys of one event IAM is asked at once.
const AT_ONCE: usize = 8;
/// How many keys of one event are in hand at once: being contained, or waiting for their turn.
const IN_HAND: usize = 1_000;
/// How long after a change its update is sent once more. IAM lets a changed key work for some seconds, in
/// which its holder can activate it again (IAM User Guide, "Changes that I make are not always
/// immediately visible").
const SETTLED: Duration = Duration::from_secs(5);
/// What the second update and its read may take: without so much time there is none.
const ONCE_MORE: Duration = Duration::from_secs(3);

/// What is the same for every key of an event.
#[derive(Debug)]
pub struct Responder<'a> {
    /// The account that the keys are in.
    pub account: &'a Account,
    /// How to respond.
    pub settings: &'a RespondSettings,
    /// When the invocation began.
    pub started: Instant,
    /// When to stop, so that the report is still returned in time.
    pub deadline: Instant,
}

/// What a quick look into the user's list said of the key.
#[derive(Clone, Copy)]
enum Look {
    Shows(KeyState),
    /// IAM has no such user, or the user has no such key.
    Lacks,
    /// IAM did not say.
    Unread,
}

impl Look {
    fn state(self) -> Option<KeyState> {
        if let Self::Shows(state) = self { Some(state) } else { None }
    }
}

/// The owner to act on, and what a quick look told of the key.
struct Found {
    owner: UserName,
    look: Look,
    /// IAM itself named the owner of this key: there is such a key.
    named_by_iam: bool,
}

/// An attempt on one owner: settled, or the update found no such key under that owner.
enum Attempt {
    Settled(Containment),
    NoSuchEntity(Found),
}

impl Responder<'_> {
    /// Contains every key that the signals name or lead to, and says what became of it for each of
    /// them. No key that is named waits for the list of a user's.
    pub async fn contain(&self, signals: Vec<Signal>) -> Vec<Outcome> {
        let (mut named, mut users) = (Vec::new(), Vec::new());
        for signal in signals {
            match &signal.subject {
                Subject::Key(key) => named.push((key.clone(), signal)),
                Subject::User(_) | Subject::Account => users.push(signal),
            }
        }
        let turns = Turns::new(AT_ONCE);
        let named = self.settle_all(named, &[], &turns);
        let (named, listed) = future::join(named, self.contain_users(users, &turns)).await;
        named.into_iter().chain(listed).collect()
    }

    /// Contains all keys of each user that a signal names; no user waits for another's list.
    async fn contain_users(&self, signals: Vec<Signal>, turns: &Turns) -> Vec<Outcome> {
        let mut users: Vec<(UserName, Vec<Signal>)> = Vec::new();
        for signal in signals {
            let Subject::User(UserRef::Name(name)) = &signal.subject else { continue };
            match users.iter_mut().find(|(user, _)| user == name) {
                Some((_, of_user)) => of_user.push(signal),
                None => users.push((name.clone(), vec![signal])),
            }
        }
        let outcomes = side_by_side(users, IN_HAND, async |(user, signals)| {
            self.contain_user(&user, signals, turns).await
        });
        outcomes.await.into_iter().flatten().collect()
    }

    /// A signal that names a user stands for all of its keys, whatever their status is said to be.
    async fn contain_user(
        &self,
        user: &UserName,
        signals: Vec<Signal>,
        turns: &Turns,
    ) -> Vec<Outcome> {
        let all = |containment: &Containment, signals: Vec<Signal>| -> Vec<Outcome> {
            let outcomes = signals.into_iter();
            outcomes.map(|signal| containment.outcome(None, signal, self.account.id())).collect()
        };
        let is_foreign = |signal: &Signal| signal.origin.is_foreign(self.account.id());
        let (foreign, ours): (Vec<_>, Vec<_>) = signals.into_iter().partition(is_foreign);
        let foreign = all(&Containment::foreign(), foreign);
        if ours.is_empty() {
            return foreign;
        }
        let listed = {
            let mut turn = turns.take().await;
            keys::list(&self.account.client, user, self.deadline, Retry::UntilDeadline(&mut turn))
                .await
        };
        let ours = match listed {
            Ok(Some(keys)) if keys.is_empty() => all(&Containment::no_key(user), ours),
            Ok(Some(keys)) => {
                let key = |id| Key { id, user: Some(user.clone()), principal: Principal::User };
                let named = keys.iter().map(|listed| key(listed.id.clone()));
                let named =
                    named.flat_map(|key| ours.iter().map(move |it| (key.clone(), it.clone())));
                self.settle_all(named.collect(), &keys, turns).await
            }
            Ok(None) => all(&Containment::no_user(user), ours),
            Err(error) => all(&Containment::failed(Some(user), None, &error), ours),
        };
        foreign.into_iter().chain(ours).collect()
    }

    /// Contains each key, and sends the update of each that was changed once more where time permits. What
    /// was `listed` just now need not be looked up again.
    async fn settle_all(
        &self,
        named: Vec<(Key, Signal)>,
        listed: &[KeyMetadata],
        turns: &Turns,
    ) -> Vec<Outcome> {
        let targets = Target::gather(named, self.account.id(), self.settings.mode);
        let outcomes = side_by_side(targets, IN_HAND, async |target| {
            let mut turn = turns.take().await;
            let containment = self.settle(&target, listed, &mut turn).await;
            let containment = self.repeat_update(&target, containment, &mut turn).await;
            containment.outcomes(target, self.account.id())
        });
        outcomes.await.into_iter().flatten().collect()
    }

    async fn settle(
        &self,
        target: &Target,
        listed: &[KeyMetadata],
        turn: &mut Turn<'_>,
    ) -> Containment {
        let found = match target.ownership {
            Ownership::Temporary => return Containment::temporary(target),
            Ownership::Foreign => return Containment::foreign(),
            Ownership::Ours => self.confirm(target, listed, turn).await,
            Ownership::Unsure | Ownership::Root => self.look_up(target, turn).await,
        };
        let attempt = match found {
            Ok(found) => self.act(target, found, turn).await,
            Err(containment) => return containment,
        };
        match attempt {
            Attempt::Settled(containment) => containment,
            Attempt::NoSuchEntity(tried) => self.act_again(target, tried, turn).await,
        }
    }

    /// Confirms the user that the event names; where IAM does not, asks it once whose key it is.
    async fn confirm(
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
    async fn look_up(&self, target: &Target, turn: &mut Turn<'_>) -> Result<Found, Containment> {
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

    /// The update found no such key: the user may have been renamed, or the event names the wrong
    /// one. Asks once more, by the key alone, and believes that the key is gone only if nothing that
    /// IAM said here speaks against it.
    async fn act_again(&self, target: &Target, tried: Found, turn: &mut Turn<'_>) -> Containment {
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
            Ok(_) if !matches!(look, Look::Lacks) => Containment::gone_unread(&user),
            Ok(Owner::Unknown) => missing(target, Containment::not_found(&user)),
            Ok(Owner::Denied) => missing(target, Containment::denied(Some(&user))),
            Err(error) => Containment::failed(Some(&user), None, &error),
        }
    }

    async fn act(&self, target: &Target, found: Found, turn: &mut Turn<'_>) -> Attempt {
        let owner = &found.owner;
        let path = self.path(target, owner).await;
        let decision = rules::decide(target.cause, owner, path, target.dry_run, self.settings);
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
    async fn repeat_update(
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

    /// Whose key IAM says it is, asked until it says so.
    async fn owner(&self, target: &Target, turn: &mut Turn<'_>) -> Result<Owner, IamError> {
        keys::owner(&self.account.client, &target.id, self.deadline, Retry::UntilDeadline(turn))
            .await
    }

    /// Asked for only where it can exempt the user.
    async fn path(&self, target: &Target, owner: &UserName) -> Path {
        if target.cause == Cause::Compromised || self.settings.exempt.paths.is_empty() {
            return Path::NotAsked;
        }
        let user = users::get(&self.account.client, owner, self.deadline).await;
        user.map_or_else(Path::Unknown, |user| Path::Is(user.path))
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
fn missing(target: &Target, gone: Containment) -> Containment {
    match target.cause {
        Cause::NewKey => Containment::not_known_yet(target.user.as_ref()),
        Cause::Compromised | Cause::Stale => gone,
    }
}
