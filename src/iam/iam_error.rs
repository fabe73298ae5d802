//! A failed call to IAM.

use std::fmt;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

use crate::ids::AccessKeyId;

/// IAM's code for two changes at once (IAM API Reference, `TagUser`).
const CONFLICT: &str = "ConcurrentModification";

/// A failed call to IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamError {
    /// The call, as an IAM action.
    action: &'static str,
    /// IAM's error code, or our own code if IAM did not answer: `Timeout`, `ConnectionFailed`, …
    code: String,
    /// IAM's text beside the code. It is read, but never shown.
    text: String,
    /// Whether IAM may have made the change anyway.
    pub maybe_done: bool,
}

impl IamError {
    pub(super) fn new<E: ProvideErrorMetadata>(action: &'static str, error: &SdkError<E>) -> Self {
        let (code, maybe_done) = match error {
            SdkError::ConstructionFailure(_) => ("RequestNotBuilt".to_owned(), false),
            SdkError::TimeoutError(_) => ("Timeout".to_owned(), true),
            SdkError::DispatchFailure(_) => ("ConnectionFailed".to_owned(), true),
            SdkError::ServiceError(service) => {
                let status = service.raw().status();
                let code = service.err().code().map(str::to_owned);
                let code = code.unwrap_or_else(|| format!("Http{}", status.as_u16()));
                // A throttled call changed nothing.
                let maybe_done = status.is_server_error() && !is_throttling(&code);
                (code, maybe_done)
            }
            _ => ("InvalidResponse".to_owned(), true),
        };
        let text = error.as_service_error().and_then(|error| error.message());
        Self { action, code, text: text.unwrap_or_default().to_owned(), maybe_done }
    }

    /// The same error with this `maybe_done`.
    pub(super) fn maybe_done(self, maybe_done: bool) -> Self {
        Self { maybe_done, ..self }
    }

    /// An answer that lacks a required part.
    pub(crate) fn invalid(action: &'static str) -> Self {
        Self::of(action, "InvalidResponse")
    }

    /// Other changes to the same user went on until the retries ended.
    pub(super) fn conflict(action: &'static str) -> Self {
        Self::of(action, CONFLICT)
    }

    /// Another change to the same user was in progress.
    pub(super) fn is_conflict(&self) -> bool {
        self.code == CONFLICT
    }

    /// No answer in time.
    pub(super) fn late(action: &'static str) -> Self {
        Self::of(action, "Timeout")
    }

    fn of(action: &'static str, code: &str) -> Self {
        Self { action, code: code.to_owned(), text: String::new(), maybe_done: false }
    }

    /// An error for tests of decisions.
    #[cfg(test)]
    pub(crate) fn stand_in() -> Self {
        Self::of("GetUser", "Throttling")
    }

    /// An error of attaching a policy, for tests of messages.
    #[cfg(test)]
    pub(crate) fn of_attach(code: &str) -> Self {
        Self::of("AttachUserPolicy", code)
    }

    /// IAM says that the user or the key does not exist.
    #[must_use]
    pub fn is_no_such_entity(&self) -> bool {
        self.code == "NoSuchEntity"
    }

    /// IAM denies the call. IAM also denies `GetAccessKeyLastUsed` for a key that it does not know.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.code.as_str(), "AccessDenied" | "AccessDeniedException")
    }

    /// IAM denies the call in its words for a key that the account does not have: the text ends right
    /// after the key's ID. A denial because of a missing permission says more, such as "because no
    /// identity-based policy allows …" (IAM User Guide, "Troubleshoot access denied error messages").
    ///
    /// Not verified on AWS: IAM's answer to this function's role about a deleted key.
    #[must_use]
    pub fn is_bare_denial(&self, id: &AccessKeyId) -> bool {
        let end = format!("on resource: access key {id}");
        self.is_denied() && self.text.trim_end().ends_with(&end)
    }

    /// A quota is used up.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        self.code == "LimitExceeded"
    }

    /// IAM currently accepts no more calls.
    pub(super) fn is_throttled(&self) -> bool {
        is_throttling(&self.code)
    }

    /// IAM would answer the same again, so a retry is useless.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_no_such_entity()
            || self.is_denied()
            || self.is_limit()
            || matches!(self.code.as_str(), "InvalidInput" | "ValidationError")
    }
}

fn is_throttling(code: &str) -> bool {
    code.starts_with("Throttling")
}

/// Names the missing permission if IAM denied the call.
impl fmt::Display for IamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, code, .. } = self;
        write!(f, "iam:{action} failed: {code}")?;
        if self.is_denied() {
            return write!(f, " (the function's role may lack iam:{action})");
        }
        Ok(())
    }
}

impl std::error::Error for IamError {}
