//! Contains compromised keys: find the owner, make the key Inactive, read it back.
//!
//! Nothing read here stops a containment. Where reads disagree or fail, the update is sent all the
//! same: IAM itself refuses a pair of user and key that do not belong together.

use aws_sdk_iam::Client;
use futures_util::{StreamExt, future, stream};
use tokio::time::Instant;

use crate::{
    case::Case,
    config::Respond,
    iam::{
        Fault, Patience, act,
        read::{self, KeyState, Owner},
        users,
    },
    ids::{AccessKeyId, AccountId, UserName},
    outcome::{Contained, Outcome},
    rules::{self, Decision, Path, Standing},
    signal::{Cause, Key, Principal, Signal, Subject, UserRef},
    verdict::Verdict,
};

/// How many keys of one event are contained at once.
const AT_ONCE: usize = 8;

/// What is the same for every key of an event.
#[derive(Debug)]
pub struct Responder<'a> {
    /// The client of this account.
    pub client: &'a Client,
    /// How to respond.
    pub settings: &'a Respond,
    /// This account, where it is known.
    pub own_account: Option<&'a AccountId>,
    /// When the invocation began.
    pub started: Instant,
    /// When to stop, so that the report is still returned in time.
    pub deadline: Instant,
}

/// The owner to act on, and the key's state where a quick read told it.
struct Found {
    owner: UserName,
    state: Option<KeyState>,
    /// IAM itself named the owner of this key: there is such a key.
    named_by_iam: bool,
}

/// An attempt on one owner: settled, or the update found no such key under that owner.
enum Attempt {
    Settled(Verdict),
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
        let (named, listed) = future::join(self.settle_all(named), self.contain_users(users)).await;
        named.into_iter().chain(listed).collect()
    }

    async fn contain_users(&self, signals: Vec<Signal>) -> Vec<Outcome> {
        let listed: Vec<_> = stream::iter(signals)
            .map(|signal| self.keys_of_user(signal))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let (mut keys, mut outcomes) = (Vec::new(), Vec::new());
        for listed in listed {
            match listed {
                Ok(listed) => keys.extend(listed),
                Err(outcome) => outcomes.push(*outcome),
            }
        }
        outcomes.extend(self.settle_all(keys).await);
        outcomes
    }

    async fn settle_all(&self, named: Vec<(Key, Signal)>) -> Vec<Outcome> {
        let cases = Case::gather(named, self.own_account, self.settings.mode);
        let settled = stream::iter(cases).map(|case| async {
            let verdict = self.settle(&case).await;
            verdict.outcomes(case, self.own_account)
        });
        let settled: Vec<_> = settled.buffered(AT_ONCE).collect().await;
        settled.into_iter().flatten().collect()
    }

    /// A signal that names a user stands for all of its keys, whatever their status is said to be.
    async fn keys_of_user(&self, signal: Signal) -> Result<Vec<(Key, Signal)>, Box<Outcome>> {
        let Subject::User(UserRef::Name(user)) = &signal.subject else { return Ok(Vec::new()) };
        let of = |verdict: Verdict| {
            Err(Box::new(verdict.outcome(None, signal.clone(), self.own_account)))
        };
        if rules::is_foreign(&signal.origin, self.own_account) {
            return of(Verdict::foreign());
        }
        match read::keys(self.client, user, Patience::Full, self.deadline).await {
            Ok(Some(keys)) if keys.is_empty() => of(Verdict::no_key(user)),
            Ok(Some(keys)) => {
                let key = |id| Key { id, user: Some(user.clone()), principal: Principal::User };
                Ok(keys.into_iter().map(|listed| (key(listed.id), signal.clone())).collect())
            }
            Ok(None) => of(Verdict::no_user(user)),
            Err(fault) => of(Verdict::failed(Some(user), None, &fault)),
        }
    }

    async fn settle(&self, case: &Case) -> Verdict {
        let found = match case.standing {
            Standing::Temporary => return Verdict::temporary(case),
            Standing::Foreign => return Verdict::foreign(),
            Standing::Ours => self.confirm(case).await,
            Standing::Doubtful | Standing::Root => self.look_up(case).await,
        };
        let attempt = match found {
            Ok(found) => self.act(case, found).await,
            Err(verdict) => return verdict,
        };
        match attempt {
            Attempt::Settled(verdict) => verdict,
            Attempt::NoSuchEntity(tried) => self.act_again(case, tried).await,
        }
    }

    /// Confirms the user that the event names; where IAM does not, asks it once whose key it is.
    async fn confirm(&self, case: &Case) -> Result<Found, Verdict> {
        let Some(named) = case.user.clone() else { return self.look_up(case).await };
        let state = self.state(&named, &case.id).await;
        if state.is_some() {
            return Ok(Found { owner: named, state, named_by_iam: false });
        }
        match read::owner(self.client, &case.id, Patience::OneTry, self.deadline).await {
            Ok(Owner::User(owner)) => Ok(self.found(owner, &case.id).await),
            // The break-glass list holds for the true owner only: a name that nothing confirms
            // protects no key.
            _ if self.settings.protected.matches(named.as_str()) => self.look_up(case).await,
            _ => Ok(Found { owner: named, state: None, named_by_iam: false }),
        }
    }

    /// Asks IAM whose key it is, and insists: without a user no update can be sent.
    async fn look_up(&self, case: &Case) -> Result<Found, Verdict> {
        let owner = read::owner(self.client, &case.id, Patience::Full, self.deadline).await;
        match (owner, case.standing) {
            (Ok(Owner::User(owner)), _) => Ok(self.found(owner, &case.id).await),
            (Err(fault), Standing::Ours) => Err(Verdict::failed(None, None, &fault)),
            (Err(fault), _) if !fault.is_denied() => Err(Verdict::failed(None, None, &fault)),
            (_, Standing::Doubtful) => Err(Verdict::foreign()),
            (Ok(Owner::Unknown), Standing::Ours) => Err(Verdict::no_owner()),
            _ => Err(Verdict::root()),
        }
    }

    /// The update found no such key: the user may have been renamed, or the event names the wrong
    /// one. Asks once more, by the key alone, and believes that the key is gone only if nothing that
    /// IAM said here speaks against it.
    async fn act_again(&self, case: &Case, tried: Found) -> Verdict {
        let owner = read::owner(self.client, &case.id, Patience::Full, self.deadline).await;
        match owner {
            Ok(Owner::User(owner)) => {
                match self.act(case, Found { owner, state: None, named_by_iam: true }).await {
                    Attempt::Settled(verdict) => verdict,
                    Attempt::NoSuchEntity(tried) => Verdict::contradiction(&tried.owner),
                }
            }
            Ok(Owner::Unknown) if tried.state.is_some() || tried.named_by_iam => {
                Verdict::contradiction(&tried.owner)
            }
            Ok(Owner::Unknown) => Verdict::not_found(&tried.owner),
            Ok(Owner::Root) => Verdict::root(),
            Err(fault) => Verdict::failed(Some(&tried.owner), None, &fault),
        }
    }

    async fn act(&self, case: &Case, found: Found) -> Attempt {
        let Found { owner, state, named_by_iam } = found;
        let path = self.path(case, &owner).await;
        Attempt::Settled(
            match rules::decide(case.cause, &owner, path, case.dry_run, self.settings) {
                Decision::Exempt(by) => Verdict::exempt(&owner, state, by),
                Decision::Unknown(fault) => Verdict::failed(Some(&owner), state, &fault),
                Decision::Protect => Verdict::protected(&owner, state),
                Decision::DryRun => Verdict::dry_run(&owner, state),
                Decision::Deactivate => {
                    let (client, id) = (self.client, &case.id);
                    let update = act::deactivate(client, &owner, id, self.deadline).await;
                    let made = self.started.elapsed();
                    if update.as_ref().is_err_and(Fault::is_no_such_entity) {
                        return Attempt::NoSuchEntity(Found { owner, state, named_by_iam });
                    }
                    // A lost answer is no failure where the change is seen to have been made: the key was
                    // seen Active before, and is seen Inactive now.
                    let was_active = state.is_some_and(|state| state.active);
                    let done =
                        update.as_ref().err().is_none_or(|fault| fault.maybe_done && was_active);

                    let seen = done && act::shows_inactive(client, &owner, id, self.deadline).await;
                    match update {
                        Err(fault) if !seen => Verdict::failed(Some(&owner), state, &fault),
                        _ => {
                            let contained = Contained { made, seen: self.started.elapsed() };
                            Verdict::changed(&owner, state, seen, contained)
                        }
                    }
                }
            },
        )
    }

    /// Asked for only where it can exempt the user.
    async fn path(&self, case: &Case, owner: &UserName) -> Path {
        if case.cause == Cause::Compromised || self.settings.exempt.paths.is_empty() {
            return Path::NotAsked;
        }
        let user = users::get(self.client, owner, self.deadline).await;
        user.map_or_else(Path::Unknown, |user| Path::Is(user.path))
    }

    async fn found(&self, owner: UserName, id: &AccessKeyId) -> Found {
        Found { state: self.state(&owner, id).await, owner, named_by_iam: true }
    }

    async fn state(&self, user: &UserName, id: &AccessKeyId) -> Option<KeyState> {
        read::key_state(self.client, user, id, self.deadline).await.ok().flatten()
    }
}
