//! The sweep: inspects all users, decides everything, and only then changes anything. A finding on one
//! user takes the same path for this user alone.

mod candidates;
mod deactivate;
mod decide;
mod execute;
mod inspect;
mod plan;
pub mod stale;
mod task;

use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, civil::Date};
use tokio::{sync::OnceCell, time::Instant};

use crate::{
    config::{Mode, SweepSettings},
    event::{Cause, Origin, Signal, Subject, Trigger, UserRef},
    iam::{
        Account, IamError,
        credential_report::RootKey,
        users::{self, User},
    },
    outcome::{Outcome, Reason, Status, Totals, Unknown},
};
use inspect::{Candidate, Inspector};
use plan::Draft;
use task::Context;

/// How many users are inspected, and keys changed, at once.
const AT_ONCE: usize = 16;
/// The time reserved for changes.
const TO_ACT: Duration = Duration::from_mins(2);

/// What is the same for the whole event.
#[derive(Debug)]
pub struct Sweeper<'a> {
    /// The account that is swept.
    pub account: &'a Account,
    /// The rules and limits.
    pub settings: &'a SweepSettings,
    /// Lambda's ID of the invocation, for the log.
    pub request_id: &'a str,
    /// The time that ages are counted to.
    pub now: Timestamp,
    /// When to stop, so the report is returned in time.
    pub deadline: Instant,
}

/// The result of a sweep.
#[derive(Debug, Default)]
pub struct SweepResult {
    /// What became of each key that is not compliant.
    pub outcomes: Vec<Outcome>,
    /// How many keys are compliant.
    pub compliant: usize,
    /// The sums, for a sweep of the account.
    pub totals: Option<Totals>,
    /// Why the account could not be swept at all.
    pub error: Option<IamError>,
}

/// A request to sweep the account, or to check one user.
struct SweepRequest<'a> {
    origin: &'a Origin,
    trigger: Trigger,
    mode: Mode,
}

impl SweepRequest<'_> {
    /// The status of a change that ran out of time. The next sweep comes anyway, but a person's request
    /// does not come again.
    fn put_off(&self) -> Status {
        if self.trigger == Trigger::Person { Status::Failed } else { Status::Pending }
    }
}

impl Sweeper<'_> {
    /// Sweeps the account if a signal asks for it, and checks each user that a signal names.
    pub async fn sweep(&self, signals: &[Signal]) -> SweepResult {
        let (account, of_users): (Vec<_>, Vec<_>) =
            signals.iter().partition(|signal| matches!(signal.subject, Subject::Account));
        let mut swept = match account.first() {
            Some(first) => {
                // Several requests in one event are one sweep. It is a dry run only if all ask for a
                // dry run.
                let enforced = account.iter().any(|signal| signal.mode == Mode::Enforce);
                let mode = if enforced { Mode::Enforce } else { Mode::DryRun };
                self.account(&self.request(first, mode)).await
            }
            None => SweepResult::default(),
        };
        let all = OnceCell::new();
        for signal in of_users {
            let Subject::User(user) = &signal.subject else { continue };
            let request = self.request(signal, signal.mode);
            let (outcomes, compliant) = self.user(user, &all, &request).await;
            swept.outcomes.extend(outcomes);
            swept.compliant += compliant;
        }
        swept
    }

    fn request<'s>(&self, signal: &'s Signal, mode: Mode) -> SweepRequest<'s> {
        let mode = self.settings.mode.safer(mode);
        SweepRequest { origin: &signal.origin, trigger: signal.trigger, mode }
    }

    async fn account(&self, request: &SweepRequest<'_>) -> SweepResult {
        let candidates = match self.candidates().await {
            Ok(candidates) => candidates,
            Err(error) => return SweepResult { error: Some(error), ..SweepResult::default() },
        };
        let (listed, users) = (candidates.users.len(), candidates.with_keys());
        let left = self.deadline.saturating_duration_since(Instant::now());
        let inspector = self.inspector(self.deadline.checked_sub(TO_ACT.min(left / 2)));
        let inspection = stream::iter(candidates.users)
            .map(|user| inspector.inspect(user))
            .buffer_unordered(AT_ONCE);
        let draft = Draft::new(self.context(request));
        let draft = inspection
            .fold(draft, async |mut draft, inspection| {
                draft.extend(inspection);
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
            without_report: candidates.without_report,
        };
        let compliant = plan.compliant;
        let (mut outcomes, in_time) = self.carry_out(plan, request).await;
        if let Some(key) = candidates.root_key {
            outcomes.push(self.root_key(key, request));
        }
        let totals = Totals { incomplete: !complete || !in_time, ..totals };
        SweepResult { outcomes, compliant, totals: Some(totals), error: None }
    }

    /// Checks one user, for a finding or for a person. Also returns how many keys are compliant.
    async fn user(
        &self,
        user: &UserRef,
        all: &OnceCell<Result<Vec<User>, IamError>>,
        request: &SweepRequest<'_>,
    ) -> (Vec<Outcome>, usize) {
        let only = |outcome| (vec![outcome], 0);
        let named = if let UserRef::Name(name) = user { Some(name) } else { None };
        let of_user = |status, reason| {
            only(Outcome { user_name: named.cloned(), ..self.outcome(request, status, reason) })
        };
        if request.origin.is_foreign(self.account.id()) {
            let outcome = self.outcome(request, Status::ForeignAccount, Reason::ForeignUser);
            let account_id = request.origin.account_id.clone();
            return only(Outcome { user_name: named.cloned(), account_id, ..outcome });
        }
        let user = match self.find(user, all).await {
            Ok(Some(user)) => user,
            Ok(None) => return of_user(Status::NotFound, Reason::UserNotFound),
            Err(error) => {
                return of_user(Status::Failed, Reason::LeftActive(Unknown::Iam(error)));
            }
        };
        let inspection = self.inspector(Some(self.deadline)).inspect(Candidate::from(user)).await;
        let complete = inspection.is_some();
        let mut draft = Draft::new(self.context(request));
        draft.extend(inspection);
        let plan = draft.finish(complete);
        let compliant = plan.compliant;
        let (outcomes, _) = self.carry_out(plan, request).await;
        if !complete {
            return of_user(Status::Failed, Reason::LeftActive(Unknown::User));
        }
        if outcomes.is_empty() && request.trigger == Trigger::Person {
            return of_user(Status::Compliant, Reason::Compliant);
        }
        (outcomes, compliant)
    }

    /// The user, if it exists. A unique ID is looked up in the list of all users, which is fetched at
    /// most once.
    async fn find(
        &self,
        user: &UserRef,
        all: &OnceCell<Result<Vec<User>, IamError>>,
    ) -> Result<Option<User>, IamError> {
        match user {
            UserRef::Name(name) => {
                match users::get(&self.account.client, name, self.deadline).await {
                    Err(error) if error.is_no_such_entity() => Ok(None),
                    found => found.map(Some),
                }
            }
            UserRef::Id(id) => {
                let all = all.get_or_init(|| users::all(&self.account.client, self.deadline)).await;
                let all = all.as_ref().map_err(IamError::clone)?;
                Ok(all.iter().find(|user| user.id.as_ref() == Some(id)).cloned())
            }
        }
    }

    fn inspector(&self, deadline: Option<Instant>) -> Inspector<'_> {
        let deadline = deadline.unwrap_or(self.deadline);
        Inspector { account: self.account, settings: self.settings, now: self.now, deadline }
    }

    fn context(&self, request: &SweepRequest<'_>) -> Context<'_> {
        let SweepRequest { trigger, mode, .. } = *request;
        Context { settings: self.settings, today: self.today(), mode, trigger }
    }

    fn today(&self) -> Date {
        stale::today(self.now)
    }

    /// Whether people hear again about unchanged conditions. A check of one user is reported every
    /// time.
    fn reminds(&self, request: &SweepRequest<'_>) -> bool {
        request.trigger != Trigger::Schedule || stale::is_reminder_day(self.today())
    }

    /// The root user's key is in no user's list. Only the credential report shows it.
    fn root_key(&self, key: RootKey, request: &SweepRequest<'_>) -> Outcome {
        let outcome = self.outcome(request, Status::RootCredential, Reason::RootKeyActive);
        // The report may be hours old, and the last sweep a day.
        let is_new = key
            .since
            .is_none_or(|since| self.now.duration_since(since) < SignedDuration::from_hours(48));
        Outcome { attention: is_new || self.reminds(request), ..outcome }
    }

    fn outcome(&self, request: &SweepRequest<'_>, status: Status, reason: Reason) -> Outcome {
        // A person must hear what was not done.
        let by_person = request.trigger == Trigger::Person;
        let outcome = Outcome::new(status, reason, Cause::Stale, request.origin.clone());
        Outcome {
            account_id: self.account.id.clone(),
            attention: outcome.attention || by_person,
            updated: status == Status::Deactivated,
            trigger: request.trigger,
            ..outcome
        }
    }
}
