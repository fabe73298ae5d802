//! What can go wrong as a whole, with a stable `errorType` for alarms.

use std::fmt;

use lambda_runtime::Diagnostic;

use crate::{iam::Fault, outcome::Outcome, signal::Misread};

/// A setting that is malformed. It stops the start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting {name} is `{value}`: expected {expected}")]
pub struct SettingError {
    name: &'static str,
    value: String,
    expected: String,
}

impl SettingError {
    pub(crate) fn new(name: &'static str, value: &str, expected: impl Into<String>) -> Self {
        Self { name, value: value.to_owned(), expected: expected.into() }
    }
}

/// Why an invocation fails, after everything else in its event was handled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key may still be active. `errorType`: `KeyLeftActive`.
    #[error("a key may still be active: {}", each(outcomes, invalid))]
    KeyLeftActive {
        /// Every key of the event, so that no success is lost in the failure.
        outcomes: Vec<Outcome>,
        /// What could not be understood beside them.
        invalid: Vec<Misread>,
    },
    /// A part of the event could not be understood. `errorType`: `InvalidEvent`.
    #[error("the event cannot be understood: {}", each(invalid, outcomes))]
    InvalidEvent {
        /// Each part that could not be understood.
        invalid: Vec<Misread>,
        /// Every key of the event that was handled all the same.
        outcomes: Vec<Outcome>,
    },
    /// The account could not be swept at all. `errorType`: `SweepFailed`.
    #[error("the account could not be swept: {0}")]
    SweepFailed(Fault),
}

impl Error {
    /// What an alarm can match.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::KeyLeftActive { .. } => "KeyLeftActive",
            Self::InvalidEvent { .. } => "InvalidEvent",
            Self::SweepFailed(_) => "SweepFailed",
        }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}

/// How many things a message lists: a hostile event can hold many thousands.
const LISTED: usize = 100;

fn each(first: &[impl fmt::Display], then: &[impl fmt::Display]) -> String {
    let more = (first.len() + then.len()).saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let all = first.iter().map(ToString::to_string).chain(then.iter().map(ToString::to_string));
    all.take(LISTED).chain(more).collect::<Vec<_>>().join("; ")
}
