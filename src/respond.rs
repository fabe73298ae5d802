//! Contains compromised keys: find the owner, make the key Inactive, read it back.
//!
//! Nothing read here stops a containment. Where reads disagree or fail, the update is sent all the
//! same: IAM itself refuses a pair of user and key that do not belong together.

use std::time::Duration;

use aws_sdk_iam::Client;
use futures_util::future;
use tokio::time::Instant;

use crate::{
    case::Case,
    config::Respond,
    iam::{
        Fault, Patience, Turn, Turns,
        act::{self, Shown},
        read::{self, KeyState, Owner},
        users,
    },
    ids::{AccessKeyId, AccountId, UserName},
    outcome::{Contained, Outcome},
    rules::{self, Decision, Path, Standing},
    side_by_side::side_by_side,
    signal::{Cause, Key, Principal, Signal, Subject, UserRef},
    verdict::Verdict,
};

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
        let listed =
            side_by_side(signals, AT_ONCE, async |signal| self.keys_of_user(signal).await).await;
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

    /// Contains each key, and then each once more that was changed.
    async fn settle_all(&self, named: Vec<(Key, Signal)>) -> Vec<Outcome> {
        let cases = Case::gather(named, self.own_account, self.settings.mode);
        let turns = Turns::new(AT_ONCE);
        let settled = side_by_side(cases, IN_HAND, async |case| {
            let verdict = self.settle(&case, &mut turns.take().await).await;
            (case, verdict)
        });
        let settled = side_by_side(settled.await, IN_HAND, async |(case, verdict)| {
            let verdict = self.settle_once_more(&case, verdict, &mut turns.take().await).await;
            verdict.outcomes(case, self.own_account)
        });
        settled.await.into_iter().flatten().collect()
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

    async fn settle(&self, case: &Case, turn: &mut Turn<'_>) -> Verdict {
        let found = match case.standing {
            Standing::Temporary => return Verdict::temporary(case),
            Standing::Foreign => return Verdict::foreign(),
            Standing::Ours => self.confirm(case, turn).await,
            Standing::Doubtful | Standing::Root => self.look_up(case, turn).await,
        };
        let attempt = match found {
            Ok(found) => self.act(case, found, turn).await,
            Err(verdict) => return verdict,
        };
        match attempt {
            Attempt::Settled(verdict) => verdict,
            Attempt::NoSuchEntity(tried) => self.act_again(case, tried, turn).await,
        }
    }

    /// Confirms the user that the event names; where IAM does not, asks it once whose key it is.
    async fn confirm(&self, case: &Case, turn: &mut Turn<'_>) -> Result<Found, Verdict> {
        let Some(named) = case.user.clone() else { return self.look_up(case, turn).await };
        let look = self.look(&named, &case.id).await;
        if look.state().is_some() {
            return Ok(Found { owner: named, look, named_by_iam: false });
        }
        match read::owner(self.client, &case.id, self.deadline).await {
            Ok(Owner::User(owner)) => Ok(self.found(owner, &case.id).await),
            // The break-glass list holds for the true owner only: a name that nothing confirms
            // protects no key.
            _ if self.settings.protected.matches(named.as_str()) => self.look_up(case, turn).await,
            _ => Ok(Found { owner: named, look, named_by_iam: false }),
        }
    }

    /// Asks IAM whose key it is, and insists: without a user no update can be sent.
    async fn look_up(&self, case: &Case, turn: &mut Turn<'_>) -> Result<Found, Verdict> {
        match (self.owner(case, turn).await, case.standing) {
            (Ok(Owner::User(owner)), _) => Ok(self.found(owner, &case.id).await),
            (Err(fault), Standing::Root) if fault.is_denied() => Err(Verdict::root()),
            (Err(fault), _) => Err(Verdict::failed(None, None, &fault)),
            (_, Standing::Doubtful) => Err(Verdict::foreign()),
            (Ok(Owner::Unknown), Standing::Ours) => Err(Verdict::no_owner()),
            (Ok(Owner::Denied), Standing::Ours) => Err(missing(case, Verdict::denied(None))),
            _ => Err(Verdict::root()),
        }
    }

    /// The update found no such key: the user may have been renamed, or the event names the wrong
    /// one. Asks once more, by the key alone, and believes that the key is gone only if nothing that
    /// IAM said here speaks against it.
    async fn act_again(&self, case: &Case, tried: Found, turn: &mut Turn<'_>) -> Verdict {
        let Found { owner: user, look, named_by_iam } = tried;
        match self.owner(case, turn).await {
            Ok(Owner::User(owner)) => {
                let found = Found { owner, look: Look::Unread, named_by_iam: true };
                match self.act(case, found, turn).await {
                    Attempt::Settled(verdict) => verdict,
                    Attempt::NoSuchEntity(tried) => Verdict::contradiction(&tried.owner),
                }
            }
            Ok(Owner::Root) => Verdict::root(),
            Ok(_) if look.state().is_some() || named_by_iam => Verdict::contradiction(&user),
            Ok(Owner::Unknown) => missing(case, Verdict::not_found(&user)),
            Ok(Owner::Denied) if matches!(look, Look::Lacks) => {
                missing(case, Verdict::denied(Some(&user)))
            }
            Ok(Owner::Denied) => Verdict::denied_unread(&user),
            Err(fault) => Verdict::failed(Some(&user), None, &fault),
        }
    }

    async fn act(&self, case: &Case, found: Found, turn: &mut Turn<'_>) -> Attempt {
        let (owner, state) = (&found.owner, found.look.state());
        let path = self.path(case, owner).await;
        Attempt::Settled(
            match rules::decide(case.cause, owner, path, case.dry_run, self.settings) {
                Decision::Exempt(by) => Verdict::exempt(owner, state, by),
                Decision::Unknown(fault) => Verdict::failed(Some(owner), state, &fault),
                Decision::Protect => Verdict::protected(owner, state),
                Decision::DryRun => Verdict::dry_run(owner, state),
                Decision::Deactivate => return self.deactivate(case, found, turn).await,
            },
        )
    }

    /// Sends the update and reads the key back. A key that is shown Inactive lets those go first that are
    /// not: most likely an earlier attempt has got as far as this key.
    async fn deactivate(&self, case: &Case, found: Found, turn: &mut Turn<'_>) -> Attempt {
        let (owner, state) = (&found.owner, found.look.state());
        let (client, id, deadline) = (self.client, &case.id, self.deadline);
        let was_inactive = state.is_some_and(|state| !state.active);
        if was_inactive {
            turn.pause(Duration::ZERO).await;
        }
        let update = act::contain(client, owner, id, deadline, turn).await;
        let made = self.started.elapsed();
        let shown = match &update {
            Err(fault) if fault.is_no_such_entity() => return Attempt::NoSuchEntity(found),
            Ok(()) => self.read_back(owner, id, turn).await,
            // What is shown now proves something only where it was shown before.
            Err(_) if state.is_none() => Shown::Unread,
            Err(fault) if fault.maybe_done => self.read_back(owner, id, turn).await,
            Err(_) => act::shown(client, owner, id, deadline).await.unwrap_or(Shown::Unread),
        };
        let contained = Contained { made, seen: self.started.elapsed() };
        Attempt::Settled(match update {
            Ok(()) => Verdict::changed(owner, state, shown, contained),
            // An update that was lost, and then refused, was heeded all the same.
            Err(_) if shown == Shown::Inactive && !was_inactive => {
                Verdict::changed(owner, state, shown, contained)
            }
            Err(fault) => Verdict::refused(owner, state, shown, &fault),
        })
    }

    /// Reads a key back, behind those that wait for their update.
    async fn read_back(&self, owner: &UserName, id: &AccessKeyId, turn: &mut Turn<'_>) -> Shown {
        turn.pause(Duration::ZERO).await;
        let pause = async |time| turn.pause(time).await;
        act::read_back(self.client, owner, id, self.deadline, pause).await
    }

    /// Sends the update once more, some seconds after the first, of a key that was changed now.
    async fn settle_once_more(
        &self,
        case: &Case,
        verdict: Verdict,
        turn: &mut Turn<'_>,
    ) -> Verdict {
        let Some((owner, made)) = verdict.made_inactive() else { return verdict };
        let settled = self.started + made + SETTLED;
        if settled + ONCE_MORE > self.deadline {
            return verdict;
        }
        turn.pause(settled.saturating_duration_since(Instant::now())).await;
        let until = Instant::now() + ONCE_MORE;
        // Whether it was of use is told by what is shown then.
        let _ = act::contain(self.client, owner, &case.id, until, turn).await;
        let shown = self.read_back(owner, &case.id, turn).await;
        verdict.seen_again(shown)
    }

    /// Whose key IAM says it is, asked until it says so.
    async fn owner(&self, case: &Case, turn: &mut Turn<'_>) -> Result<Owner, Fault> {
        read::owner_at_last(self.client, &case.id, self.deadline, turn).await
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
        Found { look: self.look(&owner, id).await, owner, named_by_iam: true }
    }

    async fn look(&self, user: &UserName, id: &AccessKeyId) -> Look {
        match read::key_state(self.client, user, id, self.deadline).await {
            Ok(Some(state)) => Look::Shows(state),
            Ok(None) => Look::Lacks,
            Err(_) => Look::Unread,
        }
    }
}

/// What becomes of a key that IAM does not know. Of one that was made just now the event itself says that
/// it is there: it comes again.
fn missing(case: &Case, gone: Verdict) -> Verdict {
    match case.cause {
        Cause::Forbidden => Verdict::not_known_yet(case.user.as_ref()),
        Cause::Compromised | Cause::Stale => gone,
    }
}
