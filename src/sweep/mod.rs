//! The sweep: all users are looked at, everything is decided, and only then is anything changed. A
//! finding on one user takes the same path for that user alone.

mod candidates;
mod deactivate;
mod decide;
mod execute;
mod inspect;
mod plan;
pub mod stale;

use std::time::Duration;

use aws_sdk_iam::Client;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Serialize;
use tokio::{sync::OnceCell, time::Instant};

use crate::{
    config::{Mode, Sweep},
    event::{Cause, Origin, Signal, Subject, UserRef},
    iam::{
        Fault,
        credential_report::RootKey,
        users::{self, User},
    },
    ids::AccountId,
    outcome::{Outcome, Status},
    respond::rules,
};
use inspect::{Look, Whom};
use plan::{Behalf, Draft, Terms};

/// How many users are looked at, and keys acted on, at once.
const AT_ONCE: usize = 16;
/// What is kept of the time to act on what was seen.
const TO_ACT: Duration = Duration::from_mins(2);

/// What is the same for everything that is looked at in one event.
#[derive(Debug)]
pub struct Sweeper<'a> {
    /// The client of this account.
    pub client: &'a Client,
    /// The rules and limits.
    pub settings: &'a Sweep,
    /// This account, where it is known.
    pub own_account: Option<&'a AccountId>,
    /// Lambda's ID of the invocation, for the log.
    pub request_id: &'a str,
    /// The time that ages are counted to.
    pub now: Timestamp,
    /// When to stop, so that the report is still returned in time.
    pub deadline: Instant,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Swept {
    /// What became of each key that is not compliant.
    pub outcomes: Vec<Outcome>,
    /// How many keys are compliant.
    pub compliant: usize,
    /// Of a sweep of the account.
    pub totals: Option<Totals>,
    /// Why the account could not be swept at all.
    pub fault: Option<Fault>,
}

/// The sums of a sweep of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact that stands for itself")]
pub struct Totals {
    /// The users that may have an active key.
    pub users: usize,
    /// Their active keys.
    pub active_keys: usize,
    /// How many of these break a rule and are not exempt: due, or to become so.
    pub stale: usize,
    /// How many of these were to be deactivated now, before the limits.
    pub planned: usize,
    /// Whether these were so many that nothing at all was changed.
    pub refused: bool,
    /// Whether the sweep would be refused if all stale keys came due at once.
    pub would_be_refused: bool,
    /// Whether time ran out before everything was done, or no user's keys could be read.
    pub incomplete: bool,
    /// Whether there was no credential report: everyone was looked at, but of the root user's keys
    /// nothing is known.
    pub without_report: bool,
}

/// What is asked for, and by which event.
struct Order<'a> {
    origin: &'a Origin,
    behalf: Behalf,
    dry_run: bool,
}

impl Order<'_> {
    /// What becomes of a change that there is no time for: the next sweep comes anyway, but what a
    /// person asks for does not come again.
    fn put_off(&self) -> Status {
        if self.behalf == Behalf::Person { Status::Failed } else { Status::Pending }
    }
}

impl Sweeper<'_> {
    /// Sweeps the account if any signal asks for it, and looks at each user that one names.
    pub async fn sweep(&self, signals: &[Signal]) -> Swept {
        let (account, of_users): (Vec<_>, Vec<_>) =
            signals.iter().partition(|signal| matches!(signal.subject, Subject::Account));
        let mut swept = match account.first() {
            Some(first) => {
                // Asked for twice in one event, it is done once; as a dry run only if all say so.
                let dry_run = account.iter().all(|signal| signal.dry_run);
                self.account(&self.order(first, Behalf::Sweep, dry_run)).await
            }
            None => Swept::default(),
        };
        let all = OnceCell::new();
        for signal in of_users {
            let Subject::User(user) = &signal.subject else { continue };
            let behalf = if signal.by_person { Behalf::Person } else { Behalf::Finding };
            let order = self.order(signal, behalf, signal.dry_run);
            let (outcomes, compliant) = self.user(user, &all, &order).await;
            swept.outcomes.extend(outcomes);
            swept.compliant += compliant;
        }
        swept
    }

    fn order<'s>(&self, signal: &'s Signal, behalf: Behalf, dry_run: bool) -> Order<'s> {
        let dry_run = dry_run || self.settings.mode == Mode::DryRun;
        Order { origin: &signal.origin, behalf, dry_run }
    }

    async fn account(&self, order: &Order<'_>) -> Swept {
        let roster = match self.roster().await {
            Ok(roster) => roster,
            Err(fault) => return Swept { fault: Some(fault), ..Swept::default() },
        };
        let (listed, users) = (roster.users.len(), roster.with_keys());
        let left = self.deadline.saturating_duration_since(Instant::now());
        let look = self.look(self.deadline.checked_sub(TO_ACT.min(left / 2)));
        let looked = stream::iter(roster.users).map(|user| look.at(user)).buffer_unordered(AT_ONCE);
        let draft = Draft::new(self.terms(order));
        let draft = looked
            .fold(draft, async |mut draft, looked| {
                draft.extend(looked);
                draft
            })
            .await;
        let blind = users > 0 && draft.unknown >= users;
        let complete = draft.users == listed && !blind;
        let plan = draft.finish(complete);

        let totals = Totals {
            users,
            active_keys: plan.active_keys,
            stale: plan.stale,
            planned: plan.planned,
            refused: plan.refused,
            would_be_refused: !plan.refused
                && stale::is_landslide(plan.stale, plan.active_keys, self.settings),
            incomplete: !complete,
            without_report: roster.without_report,
        };
        let compliant = plan.compliant;
        let (mut outcomes, in_time) = self.carry_out(plan, order).await;
        if let Some(key) = roster.root_key {
            outcomes.push(self.root_key(key, order));
        }
        let totals = Totals { incomplete: !complete || !in_time, ..totals };
        Swept { outcomes, compliant, totals: Some(totals), fault: None }
    }

    /// Looks at one user, on behalf of a finding or of a person. Says how many keys are compliant.
    async fn user(
        &self,
        user: &UserRef,
        all: &OnceCell<Result<Vec<User>, Fault>>,
        order: &Order<'_>,
    ) -> (Vec<Outcome>, usize) {
        let only = |outcome| (vec![outcome], 0);
        let named = if let UserRef::Name(name) = user { Some(name) } else { None };
        let of_user = |status, reason: &str| {
            only(Outcome { user_name: named.cloned(), ..self.outcome(order, status, reason) })
        };
        if rules::is_foreign(order.origin, self.own_account) {
            let reason = "the user is of another account: look at its keys there";
            let outcome = self.outcome(order, Status::ForeignAccount, reason);
            let account_id = order.origin.account_id.clone();
            return only(Outcome { user_name: named.cloned(), account_id, ..outcome });
        }
        let user = match self.find(user, all).await {
            Ok(Some(user)) => user,
            Ok(None) => return of_user(Status::NotFound, "IAM knows no such user"),
            Err(fault) => return of_user(Status::Failed, &format!("left active: {fault}")),
        };
        let looked = self.look(Some(self.deadline)).at(Whom::from(user)).await;
        let complete = looked.is_some();
        let mut draft = Draft::new(self.terms(order));
        draft.extend(looked);
        let plan = draft.finish(complete);
        let compliant = plan.compliant;
        let (outcomes, _) = self.carry_out(plan, order).await;
        if !complete {
            return of_user(Status::Failed, "left active: no time was left to look at the user");
        }
        if outcomes.is_empty() && order.behalf == Behalf::Person {
            return of_user(Status::Compliant, "none of the user's active keys breaks a rule");
        }
        (outcomes, compliant)
    }

    /// The user that is meant, if there is one. A unique ID is looked up in the list of all users,
    /// which is fetched once at most.
    async fn find(
        &self,
        user: &UserRef,
        all: &OnceCell<Result<Vec<User>, Fault>>,
    ) -> Result<Option<User>, Fault> {
        match user {
            UserRef::Name(name) => match users::get(self.client, name, self.deadline).await {
                Err(fault) if fault.is_no_such_entity() => Ok(None),
                found => found.map(Some),
            },
            UserRef::Id(id) => {
                let all = all.get_or_init(|| users::all(self.client, self.deadline)).await;
                let all = all.as_ref().map_err(Fault::clone)?;
                Ok(all.iter().find(|user| user.id.as_ref() == Some(id)).cloned())
            }
        }
    }

    fn look(&self, deadline: Option<Instant>) -> Look<'_> {
        let deadline = deadline.unwrap_or(self.deadline);
        Look { client: self.client, settings: self.settings, now: self.now, deadline }
    }

    fn terms(&self, order: &Order<'_>) -> Terms<'_> {
        let Order { behalf, dry_run, .. } = *order;
        Terms { settings: self.settings, today: self.today(), dry_run, behalf }
    }

    fn today(&self) -> Date {
        stale::today(self.now)
    }

    /// Whether people are told once more of what a sweep finds unchanged. Whoever asks about one user
    /// has an answer every time.
    fn reminds(&self, order: &Order<'_>) -> bool {
        order.behalf != Behalf::Sweep || stale::is_reminder_day(self.today())
    }

    /// The root user's key is not in any user's list: only the report tells of it.
    fn root_key(&self, key: RootKey, order: &Order<'_>) -> Outcome {
        let reason = "the root user has an active key: IAM cannot deactivate it from here; sign in as \
                      root and delete it";
        let outcome = self.outcome(order, Status::RootCredential, reason);
        // The report may be hours old, and a sweep come a day later.
        let is_new = key
            .since
            .is_none_or(|since| self.now.duration_since(since) < SignedDuration::from_hours(48));
        Outcome { attention: is_new || self.reminds(order), ..outcome }
    }

    fn outcome(&self, order: &Order<'_>, status: Status, reason: &str) -> Outcome {
        Outcome {
            access_key_id: None,
            user_name: None,
            account_id: self.own_account.cloned(),
            status,
            reason: reason.to_owned(),
            // Who asked for it in person must know what was not done.
            attention: status.attention(order.origin) || order.behalf == Behalf::Person,
            verified: false,
            only_active_key: None,
            create_date: None,
            due_on: None,
            owner: None,
            cause: Cause::Stale,
            contained: None,
            updated: status == Status::Deactivated,
            by_person: order.behalf == Behalf::Person,
            origin: order.origin.clone(),
        }
    }
}
