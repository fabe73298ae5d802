//! The only user of the IAM client. [`keys`] reads; [`key_update`], [`user_policy`] and [`tags`] change.

mod complete_answers;
mod connect;
pub mod credential_report;
mod iam_error;
pub mod key_update;
pub mod keys;
mod retry;
pub mod side_by_side;
pub mod tags;
pub mod user_policy;
pub mod users;

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_iam::{
    Client, config,
    config::AppName,
    config::retry::{RetryConfig, RetryPartition, TokenBucket},
    config::timeout::TimeoutConfig,
    error::{ProvideErrorMetadata, SdkError},
};
use tokio::time::{Instant, timeout_at};

use crate::ids::AccountId;
use complete_answers::CompleteAnswers;
use connect::Connections;
pub use iam_error::IamError;
pub use retry::{Retry, Turn, Turns};

/// What CloudTrail shows in `userAgent`.
const APP_NAME: &str = "iam-key-deactivator";
/// A call that hangs is given up and retried. The deadline limits all tries together.
const ATTEMPT: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(2);
/// How often the SDK tries a call. This holds for all calls of a sweep, and for the calls of a response
/// that [`retry`] does not repeat.
///
/// With random pauses of up to 0.1, 0.2, 0.4, … 4 s, twelve attempts take about 15 s.
pub const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// An account: its ID, and a client of its IAM.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its ID, if known. Only a known ID distinguishes keys of other accounts.
    pub id: Option<AccountId>,
    /// A client that acts in this account.
    pub client: Client,
}

impl Account {
    /// An account, and a client that acts in it.
    #[must_use]
    pub fn new(id: Option<&AccountId>, client: &Client) -> Self {
        Self { id: id.cloned(), client: client.clone() }
    }

    /// Its ID, if known.
    #[must_use]
    pub fn id(&self) -> Option<&AccountId> {
        self.id.as_ref()
    }
}

/// The clients of this account. They differ in their reaction to throttling.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Retries at once: a containment must not wait.
    pub respond: Client,
    /// Slows down: a sweep has time, and must not crowd out other callers.
    pub sweep: Client,
}

/// Clients for the IAM of the partition of the environment's Region, with an open connection if
/// possible.
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

/// Sets the timeouts and retries of a sweep: as in a response, but a sweep slows down when IAM
/// throttles.
#[must_use]
pub fn sweep_config(config: config::Builder) -> config::Builder {
    let bucket = TokenBucket::unlimited();
    respond_config(config)
        .retry_config(tries(RetryConfig::adaptive()))
        .retry_partition(RetryPartition::custom("sweep").token_bucket(bucket).build())
}

/// Sets the timeouts and retries of a response.
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
        // The whole process shares the SDK's default bucket. An empty bucket would stop all retries of
        // a throttled containment.
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

/// Makes a call of this IAM action, and returns its answer if it comes in time.
///
/// # Errors
/// [`IamError`] if the answer is late or invalid. Without time left, the call is not made.
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
        Err(_) => Err(IamError::late(action).maybe_done(true)),
    }
}
