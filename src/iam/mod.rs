//! The only user of the IAM client. [`keys`] asks, [`act`] changes.

pub mod act;
mod complete_answers;
mod connect;
pub mod credential_report;
pub mod keys;
mod retry;
pub mod side_by_side;
pub mod tags;
pub mod users;

use std::{fmt, time::Duration};

use aws_config::BehaviorVersion;
use aws_sdk_iam::{
    Client, config,
    config::AppName,
    config::retry::{RetryConfig, RetryPartition, TokenBucket},
    config::timeout::TimeoutConfig,
    error::{ProvideErrorMetadata, SdkError},
};
use tokio::time::{Instant, timeout_at};

use crate::ids::AccessKeyId;
use complete_answers::CompleteAnswers;
use connect::Connections;
pub use retry::{Turn, Turns};

/// What CloudTrail shows in `userAgent`.
const APP_NAME: &str = "iam-key-deactivator";
/// What stands before a containment gets one try of this length.
const ONE_TRY: Duration = Duration::from_secs(1);
/// What hangs is given up and tried again; the deadline bounds all tries together.
const ATTEMPT: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(2);
/// IAM's code for two changes at once (IAM API Reference, `TagUser`).
const CONFLICT: &str = "ConcurrentModification";
/// How often the SDK tries a call: all calls of a sweep, and those of a response that [`retry`] does not
/// repeat.
///
/// With pauses of up to 0.1, 0.2, 0.4, … 4 s, each cut by chance, twelve attempts go on for about 15 s.
pub const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// The clients of this account: they differ in how they take it when IAM throttles them.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Tries again at once: a containment must not wait.
    pub respond: Client,
    /// Slows down: a sweep has time, and must not crowd out others.
    pub sweep: Client,
}

/// Clients for the IAM of the partition that the environment's Region is in, with a connection to it
/// open if it can be had.
pub async fn clients() -> Clients {
    let mut sdk = aws_config::defaults(BehaviorVersion::latest());
    if let Ok(name) = AppName::new(APP_NAME) {
        sdk = sdk.app_name(name);
    }
    let connections = Connections::new();
    if let Some(connections) = &connections {
        sdk = sdk.http_client(connections.clone());
    }
    let sdk = sdk.load().await;
    let client = |with: fn(config::Builder) -> config::Builder| {
        Client::from_conf(with(config::Builder::from(&sdk)).build())
    };
    let clients = Clients { respond: client(respond_config), sweep: client(sweep_config) };
    if let Some(connections) = connections {
        connections.open(&clients.respond).await;
    }
    clients
}

/// Sets the timeouts and retries of a sweep: as patient, and slower the more IAM throttles.
#[must_use]
pub fn sweep_config(config: config::Builder) -> config::Builder {
    let bucket = TokenBucket::unlimited();
    respond_config(config)
        .retry_config(tries(RetryConfig::adaptive()))
        .retry_partition(RetryPartition::custom("sweep").token_bucket(bucket).build())
}

/// Sets the timeouts and retries that this function's time limit allows for.
#[must_use]
pub fn respond_config(config: config::Builder) -> config::Builder {
    config
        .interceptor(CompleteAnswers)
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .build(),
        )
        .retry_config(tries(RetryConfig::standard()))
        // The SDK's default bucket is shared by the whole process and can run dry: then a
        // throttled containment would not be retried at all.
        .retry_partition(
            RetryPartition::custom("respond").token_bucket(TokenBucket::unlimited()).build(),
        )
}

fn tries(config: RetryConfig) -> RetryConfig {
    config
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

/// How long to insist on an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// One try of about a second: nothing read may hold up a containment.
    OneTry,
    /// All tries that fit in before the deadline.
    Full,
}

impl Patience {
    /// When to give up.
    fn until(self, deadline: Instant) -> Instant {
        match self {
            Self::OneTry => deadline.min(Instant::now() + ONE_TRY),
            Self::Full => deadline,
        }
    }

    /// What a call overrides in the client's configuration.
    fn tries(self) -> config::Builder {
        match self {
            Self::OneTry => config::Builder::new().retry_config(RetryConfig::disabled()),
            Self::Full => config::Builder::new(),
        }
    }
}

/// Makes a call, which is the IAM action of this name, and gives its answer if it comes in time.
///
/// # Errors
/// [`IamError`] if it does not, or is none. If there is no time left, the call is not begun: nobody would
/// wait for it.
async fn ask<T, E: ProvideErrorMetadata>(
    action: &'static str,
    deadline: Instant,
    call: impl Future<Output = Result<T, SdkError<E>>>,
) -> Result<T, IamError> {
    if Instant::now() >= deadline {
        return Err(IamError::late(action));
    }
    match timeout_at(deadline, call).await {
        Ok(answer) => answer.map_err(|error| IamError::new(action, &error)),
        Err(_) => Err(IamError { maybe_done: true, ..IamError::late(action) }),
    }
}

/// A call to IAM that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamError {
    /// The call, as an IAM action.
    action: &'static str,
    /// IAM's error code, or ours where IAM did not answer: `Timeout`, `ConnectionFailed`, …
    code: String,
    /// What IAM says beside the code. It is read, and never shown.
    text: String,
    /// Whether IAM may have done it all the same.
    pub maybe_done: bool,
}

impl IamError {
    fn new<E: ProvideErrorMetadata>(action: &'static str, error: &SdkError<E>) -> Self {
        let (code, maybe_done) = match error {
            SdkError::ConstructionFailure(_) => ("RequestNotBuilt".to_owned(), false),
            SdkError::TimeoutError(_) => ("Timeout".to_owned(), true),
            SdkError::DispatchFailure(_) => ("ConnectionFailed".to_owned(), true),
            SdkError::ServiceError(service) => {
                let status = service.raw().status();
                let code = service.err().code().map(str::to_owned);
                let code = code.unwrap_or_else(|| format!("Http{}", status.as_u16()));
                // This is the last attempt's answer: one before it may have been heeded, and lost.
                let tried_before = is_throttling(&code);
                (code, status.is_server_error() || tried_before)
            }
            _ => ("InvalidResponse".to_owned(), true),
        };
        let text = error.as_service_error().and_then(|error| error.message());
        Self { action, code, text: text.unwrap_or_default().to_owned(), maybe_done }
    }

    /// An answer without what it must have.
    pub(crate) fn invalid(action: &'static str) -> Self {
        Self::of(action, "InvalidResponse")
    }

    /// Another change went on all the time.
    fn conflict(action: &'static str) -> Self {
        Self::of(action, CONFLICT)
    }

    /// Another change to the same user went on.
    fn is_conflict(&self) -> bool {
        self.code == CONFLICT
    }

    /// No answer in time.
    fn late(action: &'static str) -> Self {
        Self::of(action, "Timeout")
    }

    fn of(action: &'static str, code: &str) -> Self {
        Self { action, code: code.to_owned(), text: String::new(), maybe_done: false }
    }

    /// Some error, for tests of decisions.
    #[cfg(test)]
    pub(crate) fn stand_in() -> Self {
        Self::of("GetUser", "Throttling")
    }

    /// IAM says that the user or the key does not exist.
    #[must_use]
    pub fn is_no_such_entity(&self) -> bool {
        self.code == "NoSuchEntity"
    }

    /// IAM denies the call. For `GetAccessKeyLastUsed` it may do so for a key it does not know.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.code.as_str(), "AccessDenied" | "AccessDeniedException")
    }

    /// IAM denies the call in the words that it has for a key which the account does not have: the text
    /// ends right after the key's ID. A denial for want of a permission says more, such as "because no
    /// identity-based policy allows …" (IAM User Guide, "Troubleshoot access denied error messages").
    ///
    /// What IAM says to this function's role of a key that was deleted is not verified on AWS.
    #[must_use]
    pub fn is_bare_denial(&self, id: &AccessKeyId) -> bool {
        let end = format!("on resource: access key {id}");
        self.is_denied() && self.text.trim_end().ends_with(&end)
    }

    /// IAM takes no more calls for the moment.
    fn is_throttled(&self) -> bool {
        is_throttling(&self.code)
    }

    /// IAM would say the same again: asking once more is of no use.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_no_such_entity()
            || self.is_denied()
            || matches!(self.code.as_str(), "InvalidInput" | "ValidationError" | "LimitExceeded")
    }
}

fn is_throttling(code: &str) -> bool {
    code.starts_with("Throttling")
}

/// Names the permission that is missing, if that is what it is.
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
