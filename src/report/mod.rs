//! What became of an event: the function's return value, its log lines and metrics.

mod cut;
pub mod error;
mod log;
pub mod metrics;
pub mod security_hub;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    config::Mode,
    event::{Cause, Ignored, ParseErrors, Trigger},
    iam::IamError,
    ids::AccountId,
    message::{self, Contents, Message},
    outcome::{Outcome, Status, Totals},
    sweep::SweepResult,
};

use cut::room;
use error::{Details, Error};
use security_hub::WriteBack;

/// The version of the report's format. `docs/report.schema.json` describes it.
pub const SCHEMA_VERSION: u32 = 1;

/// The answer to one event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Lambda's ID of the invocation.
    pub request_id: String,
    /// The report in one line.
    pub summary: String,
    /// The message to people.
    #[serde(flatten)]
    pub message: Message,
    /// Whether a person should look.
    pub attention: bool,
    /// Whether a key was Inactive before, so it is unknown whether people know. The notifications'
    /// state machine finds out by the key's mark.
    #[serde(skip_serializing_if = "is_false")]
    pub unconfirmed: bool,
    /// The mode of responses. Absent in a function that does not respond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The mode of sweeps. Absent in a function that does not sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep_mode: Option<Mode>,
    /// Whether the function knows its own account. Without an ARN it cannot recognize other accounts'
    /// keys.
    pub account_guard: bool,
    /// How many outcomes there are of each status.
    pub counts: BTreeMap<Status, usize>,
    /// The sums of a sweep of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Totals>,
    /// What became of each key. In a sweep, the oldest key comes first.
    #[serde(serialize_with = "listed")]
    pub outcomes: Vec<Outcome>,
    /// The parts of the event that were ignored.
    pub ignored: Vec<Ignored>,
    /// The parts of the event that could not be understood.
    pub invalid: ParseErrors,
    /// What to write to Security Hub about its findings.
    pub write_back: WriteBack,
    /// How many entries were cut. The log has every key.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: usize,
}

/// An outcome as the report lists it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedOutcome<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    reason: String,
    /// The rule that it breaks, where a sweep found that.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions_reason: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    unconfirmed: bool,
}

impl<'a> From<&'a Outcome> for ListedOutcome<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        Self {
            outcome,
            reason: message::reason(outcome),
            rule: outcome.staleness.map(|staleness| staleness.violation.rule.as_str()),
            sessions: outcome.sessions.as_str(),
            sessions_reason: message::sessions_reason(outcome),
            unconfirmed: outcome.unconfirmed(),
        }
    }
}

fn listed<S: serde::Serializer>(outcomes: &[Outcome], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(outcomes.iter().map(ListedOutcome::from))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The facts of the invocation.
#[derive(Debug)]
pub struct Invocation {
    /// Lambda's ID of the invocation.
    pub request_id: String,
    /// The mode of responses.
    pub mode: Option<Mode>,
    /// The mode of sweeps.
    pub sweep_mode: Option<Mode>,
    /// The function's account, if known.
    pub own_account: Option<AccountId>,
    /// The function's Region, if known.
    pub region: Option<String>,
    /// When the invocation began.
    pub now: Timestamp,
}

impl Report {
    /// Writes the report of a response and a sweep.
    #[must_use]
    pub fn new(
        invocation: Invocation,
        mut outcomes: Vec<Outcome>,
        swept: SweepResult,
        ignored: Vec<Ignored>,
        invalid: ParseErrors,
    ) -> Self {
        outcomes.extend(swept.outcomes);
        let mut counts = BTreeMap::new();
        for outcome in &outcomes {
            *counts.entry(outcome.status).or_insert(0) += 1;
        }
        if swept.compliant > 0 {
            counts.insert(Status::Compliant, swept.compliant);
        }
        let contents = Contents {
            outcomes: &outcomes,
            counts: &counts,
            sweep: swept.totals,
            ignored: &ignored,
            invalid: invalid.count(),
            account: invocation.own_account.as_ref(),
            now: invocation.now,
        };
        let unusual =
            swept.totals.is_some_and(|it| it.refused || it.incomplete || it.without_report);
        Self {
            schema_version: SCHEMA_VERSION,
            request_id: invocation.request_id,
            summary: contents.summary(),
            message: Message::new(contents),
            write_back: WriteBack::new(&outcomes, invocation.region.as_deref()),
            attention: unusual
                || invalid.count() > 0
                || ignored.iter().any(|it| it.trigger == Trigger::Person)
                || outcomes.iter().any(|outcome| outcome.attention),
            unconfirmed: outcomes.iter().any(Outcome::unconfirmed),
            mode: invocation.mode,
            sweep_mode: invocation.sweep_mode,
            account_guard: invocation.own_account.is_some(),
            counts,
            sweep: swept.totals,
            outcomes,
            ignored,
            invalid,
            omitted: 0,
        }
    }

    /// The numbers of the records to deliver again: a key in them may still be active, its sessions are
    /// left open, or they could not be understood.
    #[must_use]
    pub fn failed_records(&self) -> BTreeSet<usize> {
        let failed = self.outcomes.iter().filter(|outcome| outcome.fails());
        let failed = failed.map(|outcome| outcome.origin.delivery.record);
        failed.chain(self.invalid.records().iter().copied()).collect()
    }

    /// The report, or an error if the invocation must fail. `sweep_error` says why the account could
    /// not be swept. `event` is the event's size in bytes.
    ///
    /// # Errors
    /// [`Error`] if a key may still be active, sessions are left open, the account could not be swept or
    /// something could not be understood.
    pub fn or_error(self, event: usize, sweep_error: Option<IamError>) -> Result<Self, Error> {
        let is_activation = |outcome: &&Outcome| outcome.cause == Cause::Activation;
        let left_active = || self.outcomes.iter().filter(|it| it.leaves_key_active());
        let error = if left_active().any(|it| !is_activation(&it)) {
            Error::KeyLeftActive
        } else if left_active().any(|it| is_activation(&it)) {
            Error::ActivationFailed
        } else if self.outcomes.iter().any(|outcome| outcome.sessions.are_open()) {
            Error::SessionsLeftOpen
        } else if sweep_error.is_some() {
            Error::SweepFailed
        } else if self.invalid.count() > 0 {
            Error::InvalidEvent
        } else {
            return Ok(self);
        };
        let Self { outcomes, invalid, .. } = self;
        Err(error(Box::new(Details { outcomes, invalid, sweep_error, room: room(event) })))
    }
}
