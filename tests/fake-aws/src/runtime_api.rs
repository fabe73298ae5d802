//! The Lambda Runtime API around a real binary: each [`Function`] is a child process with an
//! emulator of its own.
//!
//! One event at a time, as Lambda does it. As in Lambda, a function that overruns its time limit is
//! killed.

mod log;
mod routes;
mod setup;
mod usage;

use std::process::ExitStatus;
use std::time::{Duration, Instant, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::Value;
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use self::log::Log;
use self::routes::{Event, Posted, Routes};
use crate::http::{Server, Wire};

pub use self::setup::Setup;
pub use self::usage::Usage;

/// How long a function may take to its first `/next`: far more than it needs, since tests also run
/// on busy machines.
const INIT_LIMIT: Duration = Duration::from_mins(1);

/// Added to the time limit before the emulator gives up, so that a function that stops right at its
/// deadline is still heard.
const SLACK: Duration = Duration::from_millis(500);

/// What became of one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The function answered.
    Response(Value),
    /// The function reported an error.
    Error {
        /// `errorType`, what alarms and callers see.
        error_type: String,
        /// `errorMessage`.
        error_message: String,
    },
    /// The process ended instead of answering, or had ended before.
    Exited(ExitStatus),
    /// No answer within the time limit; the process was killed.
    TimedOut,
}

/// When an event was handed over, and when what came of it had arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The event left for the function.
    pub handed: Instant,
    /// The function's answer, or its error, was there.
    pub answered: Instant,
}

/// A process that ended, or was killed after a minute, without asking for an event.
#[derive(Debug)]
pub struct Exit {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to stdout and stderr.
    pub log: String,
    /// What it posted to `/init/error`, if anything.
    pub init_error: Option<Value>,
}

/// A running function; its process is killed when this is dropped.
#[derive(Debug)]
pub struct Function {
    child: Child,
    log: Log,
    events: UnboundedSender<Event>,
    posted: UnboundedReceiver<Posted>,
    setup: Setup,
    invocations: u64,
    ready_after: Duration,
    handed: Option<Instant>,
    timing: Option<Timing>,
    _server: Server,
}

impl Function {
    /// Starts the command and waits until it asks for its first event.
    ///
    /// # Errors
    /// If the process ends first, or asks for no event within a minute.
    ///
    /// # Panics
    /// If the command cannot be started at all.
    pub async fn start(setup: Setup) -> Result<Self, Exit> {
        let (events, queue) = unbounded_channel();
        let (posts, posted) = unbounded_channel();
        let routes = Routes::new(queue, posts);
        let server =
            Server::start(Wire::http(), move |request| routes.clone().answer(request)).await;
        let log = Log::new();
        let begin = Instant::now();
        let child = setup
            .command(server.address)
            .stdout(log.writer())
            .stderr(log.writer())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {setup:?}: {error}"));
        let function = Self {
            child,
            log,
            events,
            posted,
            setup,
            invocations: 0,
            ready_after: Duration::ZERO,
            handed: None,
            timing: None,
            _server: server,
        };
        function.ready(begin).await
    }

    async fn ready(mut self, begin: Instant) -> Result<Self, Exit> {
        let mut init_error = None;
        let status = loop {
            match timeout(INIT_LIMIT, self.hear()).await {
                Ok(Heard::Posted(Posted::Next { at })) => {
                    self.ready_after = at - begin;
                    return Ok(self);
                }
                Ok(Heard::Posted(Posted::InitError { body })) => init_error = Some(json(&body)),
                Ok(Heard::Posted(other)) => panic!("posted before any event: {other:?}"),
                Ok(Heard::Exited(status)) => break status,
                Err(_) => break self.kill().await,
            }
        };
        Err(Exit { status, log: self.log(), init_error })
    }

    /// Hands over one event and waits for what becomes of it. The bytes go over as they are, so
    /// they need not be JSON.
    ///
    /// # Panics
    /// If the function breaks the protocol: an answer that is no JSON, or is for another event.
    pub async fn invoke(&mut self, payload: impl Into<Bytes>) -> Answer {
        self.invocations += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", self.invocations);
        let now = UNIX_EPOCH.elapsed().expect("the clock is past 1970");
        let event = Event {
            id: id.clone(),
            deadline_ms: (now + self.setup.time_limit).as_millis(),
            function_arn: self.setup.function_arn.clone(),
            payload: payload.into(),
        };
        // The queue is closed only if the server is gone, and it lives as long as `self`.
        self.events.send(event).expect("the emulator is running");

        let limit = self.setup.time_limit + SLACK;
        if let Ok(answer) = timeout(limit, self.answer_to(&id)).await {
            answer
        } else {
            self.kill().await;
            Answer::TimedOut
        }
    }

    async fn answer_to(&mut self, id: &str) -> Answer {
        let (answered, at, answer) = loop {
            match self.hear().await {
                Heard::Exited(status) => return Answer::Exited(status),
                Heard::Posted(Posted::Next { .. }) => {}
                Heard::Posted(Posted::Handed { at }) => self.handed = Some(at),
                Heard::Posted(Posted::Response { id, body, at }) => {
                    break (id, at, Answer::Response(json(&body)));
                }
                Heard::Posted(Posted::Error { id, body, at }) => break (id, at, error(&body)),
                Heard::Posted(Posted::InitError { body }) => {
                    panic!("an init error after the first /next: {}", json(&body))
                }
            }
        };
        assert_eq!(answered, id, "answered another event: {answer:?}");
        self.timing = self.handed.take().map(|handed| Timing { handed, answered: at });
        answer
    }

    /// From the start of the process to its first `/next`.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The times of the last event that was answered.
    #[must_use]
    pub fn timing(&self) -> Option<Timing> {
        self.timing
    }

    /// What the process has used so far; `None` once it has ended.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.child.id().and_then(Usage::of)
    }

    /// The next thing the process posts, or its end.
    async fn hear(&mut self) -> Heard {
        tokio::select! {
            // What it posted counts, even if it ended right after.
            biased;
            Some(posted) = self.posted.recv() => Heard::Posted(posted),
            status = self.child.wait() => Heard::Exited(status.expect("wait for the process")),
        }
    }

    async fn kill(&mut self) -> ExitStatus {
        self.child.kill().await.expect("kill the process");
        self.child.wait().await.expect("wait for the killed process")
    }

    /// What the process has written to stdout and stderr so far, everything before its last answer
    /// included.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.read()
    }

    /// Kills the process and returns its whole log.
    pub async fn stop(mut self) -> String {
        self.kill().await;
        self.log()
    }
}

fn json(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|error| {
        panic!("posted what is no JSON ({error}): {}", String::from_utf8_lossy(body))
    })
}

/// From the body, which is what Lambda shows to callers and destinations; the type in the header
/// (`unhandled` with `lambda_runtime`) only feeds Lambda's own telemetry.
fn error(body: &Bytes) -> Answer {
    let body = json(body);
    let text = |name: &str| {
        let text = body.get(name).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("posted an error without {name}: {body}")).to_owned()
    };
    Answer::Error { error_type: text("errorType"), error_message: text("errorMessage") }
}

enum Heard {
    Posted(Posted),
    Exited(ExitStatus),
}

#[cfg(test)]
mod tests;
