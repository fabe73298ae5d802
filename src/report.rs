//! What became of an event: the function's return value, its log lines, and one line for a person.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;
use tracing::{info, warn};

use crate::{
    config::Mode,
    error::Error,
    ids::{AccessKeyId, AccountId, Label, UserName},
    signal::{Ignored, Misread, Origin},
};

/// The version of the report's form; `docs/report.schema.json` describes it.
pub const SCHEMA_VERSION: u32 = 1;

/// What became of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Status {
    /// Changed to Inactive.
    Deactivated,
    /// The read before said Inactive; the update was sent all the same.
    AlreadyInactive,
    /// Would have been deactivated.
    DryRun,
    /// Compromised, but its owner is on the break-glass list: left active.
    Protected,
    /// Exempt from hygiene: left active.
    Exempt,
    /// The key or its user no longer exists.
    NotFound,
    /// A temporary credential: `UpdateAccessKey` cannot act on it.
    TemporaryCredential,
    /// The root user's key: IAM cannot deactivate it from here.
    RootCredential,
    /// Of another account.
    ForeignAccount,
    /// Tried, not done.
    Failed,
}

/// What became of one key, for one finding that named it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The key; absent where a user's keys could not be listed, or it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<AccessKeyId>,
    /// Its owner: as IAM confirmed it where something was done, else as the event names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<UserName>,
    /// The account it is in, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// What became of it.
    pub status: Status,
    /// Why, and what to do next where something is left to do: one sentence.
    pub reason: String,
    /// Whether IAM was seen to show the key Inactive after the change.
    pub verified: bool,
    /// Whether it was the user's only active key, where that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_active_key: Option<bool>,
    /// The finding that named it.
    pub origin: Origin,
}

impl Outcome {
    /// Whether a person should look.
    #[must_use]
    pub fn attention(&self) -> bool {
        match self.status {
            Status::Deactivated | Status::Protected | Status::RootCredential | Status::Failed => {
                true
            }
            Status::AlreadyInactive | Status::Exempt | Status::NotFound => false,
            Status::DryRun | Status::TemporaryCredential | Status::ForeignAccount => {
                !self.origin.repeated
            }
        }
    }

    /// Whether a person should look now: a credential that works is out there, and nothing stops it.
    fn urgent(&self) -> bool {
        matches!(self.status, Status::Protected | Status::RootCredential)
    }
}

/// `AKIA… of Bob: Failed (why)`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.access_key_id, &self.user_name) {
            (Some(id), Some(user)) => write!(f, "{id} of {user}")?,
            (Some(id), None) => write!(f, "{id}")?,
            (None, Some(user)) => write!(f, "user {user}")?,
            (None, None) => write!(f, "a user")?,
        }
        write!(f, ": {:?}", self.status)?;
        if self.status == Status::Failed { write!(f, " ({})", self.reason) } else { Ok(()) }
    }
}

/// The answer to one event.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Lambda's ID of the invocation.
    pub request_id: String,
    /// One line for a person.
    pub summary: String,
    /// Whether a person should look.
    pub attention: bool,
    /// The mode of responses; absent in a function that does not respond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Whether keys of other accounts could be told apart: not where the function has no ARN.
    pub account_guard: bool,
    /// How many outcomes there are of each status.
    pub counts: BTreeMap<Status, usize>,
    /// What became of each key.
    pub outcomes: Vec<Outcome>,
    /// What there was nothing to do for.
    pub ignored: Vec<Ignored>,
    /// What could not be understood: where, and what was expected there.
    #[serde(serialize_with = "as_text")]
    pub invalid: Vec<Misread>,
}

fn as_text<S: serde::Serializer>(misreads: &[Misread], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(misreads.iter().map(ToString::to_string))
}

/// What is the same for the whole report.
#[derive(Debug)]
pub struct Heading {
    /// Lambda's ID of the invocation.
    pub request_id: String,
    /// The mode of responses.
    pub mode: Option<Mode>,
    /// Whether keys of other accounts could be told apart.
    pub account_guard: bool,
}

impl Report {
    /// Draws up the report.
    #[must_use]
    pub fn new(
        heading: Heading,
        outcomes: Vec<Outcome>,
        ignored: Vec<Ignored>,
        invalid: Vec<Misread>,
    ) -> Self {
        let mut counts = BTreeMap::new();
        for outcome in &outcomes {
            *counts.entry(outcome.status).or_insert(0) += 1;
        }
        Self {
            schema_version: SCHEMA_VERSION,
            request_id: heading.request_id,
            summary: summary(&outcomes, &ignored, &invalid),
            attention: !invalid.is_empty() || outcomes.iter().any(Outcome::attention),
            mode: heading.mode,
            account_guard: heading.account_guard,
            counts,
            outcomes,
            ignored,
            invalid,
        }
    }

    /// The numbers of the records that hold a key which may still be active, or could not be
    /// understood.
    #[must_use]
    pub fn failed_records(&self) -> BTreeSet<usize> {
        let failed = self.outcomes.iter().filter(|outcome| outcome.status == Status::Failed);
        let failed = failed.map(|outcome| outcome.origin.record);
        failed.chain(self.invalid.iter().map(|misread| misread.record)).collect()
    }

    /// The report, unless the invocation must fail.
    ///
    /// # Errors
    /// [`Error`] if a key may still be active or something could not be understood.
    pub fn or_error(self) -> Result<Self, Error> {
        let Self { outcomes, invalid, .. } = self;
        if outcomes.iter().any(|outcome| outcome.status == Status::Failed) {
            Err(Error::KeyLeftActive { outcomes, invalid })
        } else if !invalid.is_empty() {
            Err(Error::InvalidEvent { outcomes, invalid })
        } else {
            Ok(Self { outcomes, invalid, ..self })
        }
    }

    /// Writes one line for each outcome, for each thing ignored or not understood, and for the whole.
    pub fn log(&self) {
        let request_id = self.request_id.as_str();
        for outcome in &self.outcomes {
            let attention = outcome.attention();
            let access_key_id = outcome.access_key_id.as_ref().map(AccessKeyId::as_str);
            let status = format!("{:?}", outcome.status);
            let user_name = outcome.user_name.as_ref().map(UserName::as_str);
            let finding_id = outcome.origin.finding_id.as_ref().map(Label::as_str);
            let finding_type = outcome.origin.finding_type.as_ref().map(Label::as_str);
            let (source, reason) = (outcome.origin.source.as_str(), outcome.reason.as_str());
            info!(
                request_id,
                access_key_id,
                user_name,
                status,
                reason,
                attention,
                verified = outcome.verified,
                source,
                finding_id,
                finding_type,
                "outcome"
            );
        }
        for Ignored { reason, origin } in &self.ignored {
            let finding_id = origin.finding_id.as_ref().map(Label::as_str);
            let finding_type = origin.finding_type.as_ref().map(Label::as_str);
            let (source, reason) = (origin.source.as_str(), format!("{reason:?}"));
            info!(request_id, reason, source, finding_id, finding_type, "ignored");
        }
        for misread in &self.invalid {
            warn!(request_id, reason = misread.to_string(), "invalid");
        }
        info!(request_id, summary = self.summary, attention = self.attention, "report");
    }
}

/// How many keys are named in the summary.
const NAMED: usize = 3;

fn summary(outcomes: &[Outcome], ignored: &[Ignored], invalid: &[Misread]) -> String {
    let mut parts: Vec<String> = outcomes.iter().take(NAMED).map(ToString::to_string).collect();
    let more = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    parts.extend(more(outcomes.len().saturating_sub(NAMED), "more"));
    parts.extend(match ignored {
        [only] if outcomes.is_empty() => Some(format!("nothing to do: {:?}", only.reason)),
        _ => more(ignored.len(), "ignored"),
    });
    parts.extend(more(invalid.len(), "not understood"));
    let urgent = if outcomes.iter().any(Outcome::urgent) { "URGENT: " } else { "" };
    format!("{urgent}{}", parts.join(", "))
}
