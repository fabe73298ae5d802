//! Why an invocation fails, with a stable `errorType` for alarms.

use std::fmt;

use lambda_runtime::Diagnostic;

use crate::{event::ParseErrors, iam::IamError, message, outcome::Outcome};

/// Why an invocation fails. Everything else in its event is handled first. The message lists every key
/// of the event, so no success is lost in the failure.
#[derive(Debug)]
pub enum Error {
    /// A key may still be active. `errorType`: `KeyLeftActive`.
    KeyLeftActive(Box<Details>),
    /// Sessions of a compromised key's user were to be denied, and are left open. Every key is
    /// Inactive. `errorType`: `SessionsLeftOpen`.
    SessionsLeftOpen(Box<Details>),
    /// The account could not be swept at all. `errorType`: `SweepFailed`.
    SweepFailed(Box<Details>),
    /// A key that a person asked to activate may not be as it was before. `errorType`:
    /// `ActivationFailed`.
    ActivationFailed(Box<Details>),
    /// A part of the event could not be understood. `errorType`: `InvalidEvent`.
    InvalidEvent(Box<Details>),
}

impl Error {
    /// The name that alarms can match.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::KeyLeftActive(_) => "KeyLeftActive",
            Self::SessionsLeftOpen(_) => "SessionsLeftOpen",
            Self::SweepFailed(_) => "SweepFailed",
            Self::ActivationFailed(_) => "ActivationFailed",
            Self::InvalidEvent(_) => "InvalidEvent",
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyLeftActive(it) => {
                let parts = [it.outcomes(), it.sweep_error(), it.invalid()];
                let open = if it.sessions_are_open() { ", and sessions are left open" } else { "" };
                write!(f, "a key may still be active{open}: {}", it.list(parts))
            }
            Self::SessionsLeftOpen(it) => {
                let parts = [it.outcomes(), it.sweep_error(), it.invalid()];
                write!(f, "sessions are left open: {}", it.list(parts))
            }
            Self::SweepFailed(it) => {
                let parts = [it.sweep_error(), it.outcomes(), it.invalid()];
                write!(f, "the account could not be swept: {}", it.list(parts))
            }
            Self::ActivationFailed(it) => {
                let parts = [it.outcomes(), it.invalid()];
                write!(f, "a key is not activated, or not completely: {}", it.list(parts))
            }
            Self::InvalidEvent(it) => {
                let parts = [it.invalid(), it.outcomes()];
                write!(f, "the event cannot be understood: {}", it.list(parts))
            }
        }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}

/// How many entries of each kind a message lists. A hostile event holds many thousands, which must not
/// hide the other kinds.
const LISTED: usize = 50;

/// The details of an error.
#[derive(Debug)]
pub struct Details {
    /// What became of each key.
    pub outcomes: Vec<Outcome>,
    /// What could not be understood.
    pub invalid: ParseErrors,
    /// Why the account could not be swept.
    pub sweep_error: Option<IamError>,
    /// How many bytes the message may have beside the event.
    pub room: usize,
}

impl Details {
    fn sessions_are_open(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.sessions.are_open())
    }

    /// Each key, those that failed first.
    fn outcomes(&self) -> Vec<String> {
        let mut outcomes: Vec<_> = self.outcomes.iter().collect();
        outcomes.sort_by_key(|outcome| {
            (!outcome.leaves_key_active(), !outcome.fails(), outcome.weight())
        });
        texts(outcomes.len(), outcomes)
    }

    fn invalid(&self) -> Vec<String> {
        texts(self.invalid.count(), self.invalid.iter())
    }

    fn sweep_error(&self) -> Vec<String> {
        texts(1, &self.sweep_error)
    }

    fn list(&self, parts: impl IntoIterator<Item = Vec<String>>) -> String {
        let texts: Vec<_> = parts.into_iter().flatten().collect();
        message::fit(&texts.join("; "), self.room).into_owned()
    }
}

/// The first of `count` items, and how many more there are.
fn texts(count: usize, items: impl IntoIterator<Item = impl fmt::Display>) -> Vec<String> {
    let mut texts: Vec<_> = items.into_iter().take(LISTED).map(|item| item.to_string()).collect();
    if let Some(more @ 1..) = count.checked_sub(LISTED) {
        texts.push(format!("and {more} more"));
    }
    texts
}
