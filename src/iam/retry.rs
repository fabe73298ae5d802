//! Retries a call until IAM answers, without holding up others.

use std::time::Duration;

use aws_sdk_iam::{
    Client,
    config::{self, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep},
};

use super::{ATTEMPT, FIRST_PAUSE, IamError, LONGEST_PAUSE, ask};

/// How long the first try may take. A call that hangs most likely has a dead connection, and the next
/// try has a new one. Each later try has twice the time, up to [`ATTEMPT`], in case IAM is slow.
const FIRST_TRY: Duration = Duration::from_secs(1);

/// With less time left, there is no further try.
const LAST_TRY: Duration = Duration::from_millis(200);

/// A read before a containment gets one try of this length.
const ONE_TRY: Duration = Duration::from_secs(1);

/// How long to insist on an answer.
#[derive(Debug)]
pub enum Retry<'a, 't> {
    /// One try of about a second: no read may hold up a containment.
    Once,
    /// As the client is configured, until the deadline.
    BySdk,
    /// Until the deadline, without holding up keys that wait for a turn.
    UntilDeadline(&'a mut Turn<'t>),
}

/// Makes a call of this IAM action as often as `retry` says. `call` receives overrides of the client's
/// configuration.
///
/// # Errors
/// The last [`IamError`].
pub(super) async fn call<T, E: ProvideErrorMetadata>(
    action: &'static str,
    client: &Client,
    deadline: Instant,
    retry: Retry<'_, '_>,
    call: impl AsyncFn(config::Builder) -> Result<T, SdkError<E>>,
) -> Result<T, IamError> {
    match retry {
        Retry::Once => {
            ask(action, deadline.min(Instant::now() + ONE_TRY), call(without_retries())).await
        }
        Retry::BySdk => {
            let answer = ask(action, deadline, call(config::Builder::new())).await;
            // A throttled answer is only the last attempt's. An earlier attempt may have changed the
            // key.
            answer.map_err(|error| {
                let maybe_done = error.maybe_done || error.is_throttled();
                error.maybe_done(maybe_done)
            })
        }
        Retry::UntilDeadline(turn) => until_deadline(action, client, deadline, turn, call).await,
    }
}

fn without_retries() -> config::Builder {
    config::Builder::new().retry_config(RetryConfig::disabled())
}

/// A limited number of places for concurrent calls to IAM, given out in order.
#[derive(Debug)]
pub struct Turns(Semaphore);

impl Turns {
    /// This many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self(Semaphore::new(places))
    }

    /// Waits for a place.
    pub async fn take(&self) -> Turn<'_> {
        Turn { turns: &self.0, place: self.0.acquire().await.ok() }
    }
}

/// A place for calls to IAM.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Semaphore,
    place: Option<SemaphorePermit<'a>>,
}

impl Turn<'_> {
    /// Gives up the place, and queues for another one after this time. Waiting keys go first.
    pub async fn pause(&mut self, time: Duration) {
        self.place = None;
        // Even a pause of zero takes a millisecond.
        if !time.is_zero() {
            sleep(time).await;
        }
        self.place = self.turns.acquire().await.ok();
    }
}

/// Makes a call until IAM answers, gives a final error, or the time is up. The SDK's own retries would
/// give up on unknown answers, and after a number of tries. The pauses grow as the client is
/// configured. Chance shortens each pause, so keys that fail together do not retry together. `call`
/// receives overrides of the client's configuration.
///
/// # Errors
/// The last [`IamError`]. Its `maybe_done` is true if any try may have made the change.
async fn until_deadline<T, E: ProvideErrorMetadata>(
    action: &'static str,
    client: &Client,
    deadline: Instant,
    turn: &mut Turn<'_>,
    call: impl AsyncFn(config::Builder) -> Result<T, SdkError<E>>,
) -> Result<T, IamError> {
    let mut pauses = Pauses::of(client);
    let mut limit = FIRST_TRY;
    let mut maybe_done = false;
    let mut last = None;
    loop {
        let until = deadline.min(Instant::now() + limit);
        let error = match ask(action, until, call(without_retries())).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        maybe_done |= error.maybe_done;
        // A try that the deadline cut off hides the error before it.
        let cut_off = Instant::now() >= deadline;
        let error = last.take().filter(|_| cut_off).unwrap_or(error);
        let left = deadline.saturating_duration_since(Instant::now());
        if error.is_final() || left < LAST_TRY {
            return Err(error.maybe_done(maybe_done));
        }
        let pause = pauses.next().min(left / 2);
        last = Some(error);
        turn.pause(pause).await;
        limit = limit.saturating_mul(2).min(ATTEMPT);
    }
}

/// Growing pauses.
struct Pauses {
    longest: Duration,
    next: Duration,
}

impl Pauses {
    fn of(client: &Client) -> Self {
        let config = client.config().retry_config();
        let pauses = config.map(|it| (it.initial_backoff(), it.max_backoff()));
        let (next, longest) = pauses.unwrap_or((FIRST_PAUSE, LONGEST_PAUSE));
        Self { longest, next }
    }

    /// The next pause. Chance shortens it by up to half.
    fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}
