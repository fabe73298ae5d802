//! Contains compromised keys: find the owner, deactivate the key, read it back, deny the user's sessions.
//!
//! No read stops a containment. If reads disagree or fail, the update is sent anyway: IAM refuses a key
//! that does not belong to the user.

mod attempt;
pub mod containment;
mod outcomes;
mod owner;
pub mod rules;
mod sessions;
pub mod target;

use futures_util::future;
use tokio::time::Instant;

use crate::{
    config::RespondSettings,
    event::{Key, Principal, Signal, Subject, UserRef},
    iam::{
        Account, Retry, Turn, Turns,
        keys::{self, KeyMetadata},
        side_by_side::side_by_side,
    },
    ids::UserName,
    outcome::Outcome,
};
use attempt::Attempt;
use containment::Containment;
use rules::Ownership;
use target::Target;

/// About how many keys of one event have calls to IAM at once.
const AT_ONCE: usize = 8;
/// How many keys of one event are being contained, or wait for their turn, at once.
const IN_HAND: usize = 1_000;
/// What is the same for every key of an event.
#[derive(Debug)]
pub struct Responder<'a> {
    /// The account that the keys are in.
    pub account: &'a Account,
    /// How to respond.
    pub settings: &'a RespondSettings,
    /// When the invocation began.
    pub started: Instant,
    /// When to stop, so the report is returned in time.
    pub deadline: Instant,
}

impl Responder<'_> {
    /// Contains every key that the signals name or lead to, with one outcome for each signal. A named
    /// key does not wait for the list of a user's keys.
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

    /// Contains all keys of each user that a signal names. No user waits for another user's list.
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

    /// A signal that names a user stands for all of the user's keys, whatever their status.
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
            Ok(Some(keys)) if keys.is_empty() => {
                let gone = Containment::no_key(user);
                all(&self.deny_sessions_without_key(&ours, gone, turns).await, ours)
            }
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

    /// Contains each key, denies the sessions of its user if the setting asks for that, and sends the
    /// update of each changed key once more if time permits. Keys that were just `listed` are not looked
    /// up again.
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
            let containment = self.deny_sessions(&target, containment, &mut turn).await;
            let containment = self.repeat_update(&target, containment, &mut turn).await;
            let containment = self.deny_open_sessions(&target, containment, &mut turn).await;
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
}
