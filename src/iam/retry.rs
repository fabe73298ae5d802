//! Asking again until there is an answer, without holding up others.

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

/// How long the first try may take. What hangs hangs most likely because its connection is dead, and the
/// next try has a new one; each later try has twice the time, up to [`ATTEMPT`], for an IAM that is slow.
const FIRST_TRY: Duration = Duration::from_secs(1);

/// With less time left no other try is begun.
const LAST_TRY: Duration = Duration::from_millis(200);

/// What stands before a containment gets one try of this length.
const ONE_TRY: Duration = Duration::from_secs(1);

/// How long to insist on an answer.
#[derive(Debug)]
pub enum Retry<'a, 't> {
    /// One try of about a second: nothing read may hold up a containment.
    Once,
    /// As the client's configuration says, until the deadline.
    BySdk,
    /// Again and again until the deadline, without holding up whoever waits for a turn.
    UntilDeadline(&'a mut Turn<'t>),
}

/// Makes a call, which is the IAM action of this name, as often as `retry` says. `call` is given what to
/// override in the client's configuration.
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
            // A throttled answer is the last attempt's: one before it may have been heeded, and lost.
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

/// The places at which IAM is asked at the same time, taken in the order in which they were asked for.
#[derive(Debug)]
pub struct Turns(Semaphore);

impl Turns {
    /// So many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self(Semaphore::new(places))
    }

    /// Waits for a place.
    pub async fn take(&self) -> Turn<'_> {
        Turn { turns: &self.0, place: self.0.acquire().await.ok() }
    }
}

/// A place at which IAM may be asked.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Semaphore,
    place: Option<SemaphorePermit<'a>>,
}

impl Turn<'_> {
    /// Gives the place up, and queues for another one after this time: whoever waits goes first.
    pub async fn pause(&mut self, time: Duration) {
        self.place = None;
        // Even a pause of zero takes a millisecond.
        if !time.is_zero() {
            sleep(time).await;
        }
        self.place = self.turns.acquire().await.ok();
    }
}

/// Makes a call, again and again until IAM answers, says something that it would say again, or the time
/// is up. The SDK's own retries give up on answers that it does not know, and after a number of tries.
/// The pauses grow as the client's configuration says, each cut by chance, so that keys which fail
/// together do not come again together. `call` is given what to override in the client's configuration.
///
/// # Errors
/// The last [`IamError`]; it may have been done if any of the tries may have been heeded.
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
        // A try that is cut off by the deadline hides why there had to be one.
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

/// Pauses that grow.
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

    /// The next one, of which chance leaves half to all.
    fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}
