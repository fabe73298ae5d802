//! Contains compromised keys: find the owner, make the key Inactive, read it back.
//!
//! Nothing read here stops a containment. Where reads disagree or fail, the update is sent all the
//! same: IAM itself refuses a pair of user and key that do not belong together.

use aws_sdk_iam::Client;
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use crate::{
    case::Case,
    config::Respond,
    iam::{
        Fault, Patience, act,
        read::{self, KeyState, Owner},
    },
    ids::{AccessKeyId, AccountId, UserName},
    report::Outcome,
    rules::{self, Decision, Standing},
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
    /// When to stop, so that the report is still returned in time.
    pub deadline: Instant,
}

/// The owner to act on, and the key's state where a quick read told it.
struct Found {
    owner: UserName,
    state: Option<KeyState>,
}

/// An attempt on one owner: settled, or IAM knows no such key under that owner.
enum Attempt {
    Settled(Verdict),
    NoSuchEntity(UserName),
}

impl Responder<'_> {
    /// Contains the key of every case, and says what became of it for each of its signals.
    pub async fn contain(&self, cases: Vec<Case>) -> Vec<Outcome> {
        let settled = stream::iter(cases).map(|case| async {
            let verdict = self.settle(&case).await;
            verdict.outcomes(case, self.own_account)
        });
        settled.buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
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
            Attempt::NoSuchEntity(user) => self.act_again(case, user).await,
        }
    }

    /// Confirms the user that the event names; where IAM does not, asks it once whose key it is.
    async fn confirm(&self, case: &Case) -> Result<Found, Verdict> {
        let Some(named) = case.user.clone() else { return self.look_up(case).await };
        let state = self.state(&named, &case.id).await;
        if state.is_some() {
            return Ok(Found { owner: named, state });
        }
        match read::owner(self.client, &case.id, Patience::OneTry, self.deadline).await {
            Ok(Owner::User(owner)) => Ok(self.found(owner, &case.id).await),
            _ => Ok(Found { owner: named, state: None }),
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
    /// one. Asks once more, by the key alone, before this is believed.
    async fn act_again(&self, case: &Case, user: UserName) -> Verdict {
        let owner = read::owner(self.client, &case.id, Patience::Full, self.deadline).await;
        let attempt = match owner {
            Ok(Owner::User(owner)) => self.act(case, Found { owner, state: None }).await,
            Ok(Owner::Unknown) => Attempt::NoSuchEntity(user),
            Ok(Owner::Root) => Attempt::Settled(Verdict::root()),
            Err(fault) => Attempt::Settled(Verdict::failed(Some(&user), None, &fault)),
        };
        match attempt {
            Attempt::Settled(verdict) => verdict,
            Attempt::NoSuchEntity(user) => Verdict::not_found(&user),
        }
    }

    async fn act(&self, case: &Case, Found { owner, state }: Found) -> Attempt {
        Attempt::Settled(match rules::decide(&owner, case.dry_run, self.settings) {
            Decision::Protect => Verdict::protected(&owner, state),
            Decision::DryRun => Verdict::dry_run(&owner, state),
            Decision::Deactivate => {
                let (client, id) = (self.client, &case.id);
                let update = act::deactivate(client, &owner, id, self.deadline).await;
                if update.as_ref().is_err_and(Fault::is_no_such_entity) {
                    return Attempt::NoSuchEntity(owner);
                }
                // A lost answer is no failure where the change is seen to have been made.
                let done = update.as_ref().err().is_none_or(|fault| fault.maybe_done);
                let seen = done && act::shows_inactive(client, &owner, id, self.deadline).await;
                match update {
                    Err(fault) if !seen => Verdict::failed(Some(&owner), state, &fault),
                    _ => Verdict::changed(&owner, state, seen),
                }
            }
        })
    }

    async fn found(&self, owner: UserName, id: &AccessKeyId) -> Found {
        Found { state: self.state(&owner, id).await, owner }
    }

    async fn state(&self, user: &UserName, id: &AccessKeyId) -> Option<KeyState> {
        read::key_state(self.client, user, id, self.deadline).await.ok().flatten()
    }
}
