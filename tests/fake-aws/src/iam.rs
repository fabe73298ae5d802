//! An IAM endpoint on a socket that can misbehave.
//!
//! Knows what the function calls: access keys, users, their tags, groups and managed policies, and the
//! credential report. Speaks the query protocol over plain HTTP and never looks at signatures. Where the function
//! could go wrong it is as strict as IAM, which emulators are not: see [`World`].
//!
//! The credential report is IAM's too: it is started by the first `GenerateCredentialReport`, shows
//! the world of that moment, and stays as it is, whatever changes, until [`Iam::expire_report`].

mod answer;
mod fault;
mod log;
mod operations;
mod page;
mod report;
mod request;
mod tags;
mod throttle;
mod user;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep};

use self::answer::Answer;
use self::fault::Faults;
use self::throttle::Bucket;
use crate::http::{Cut, Reply, Server, Wire, header, response};

pub use self::fault::{BROKEN, CONFLICT, DENIED, Fault, FaultKind, THROTTLED};
pub use self::log::Call;
pub use self::request::Request;
pub use self::throttle::Throttle;
pub use self::user::{Key, User};
pub use self::world::{Status, World};

/// A running endpoint; it stops when dropped.
#[derive(Debug)]
pub struct Iam {
    server: Server,
    endpoint: Endpoint,
}

impl Iam {
    /// Starts an endpoint for this world, without faults, throttle or delay, over HTTP.
    pub async fn start(world: World) -> Self {
        Self::over(Wire::http(), world).await
    }

    /// Starts an endpoint that is reached over this wire.
    pub async fn over(wire: Wire, world: World) -> Self {
        let state = Shared::default();
        state.lock().world = world;
        let endpoint = Endpoint { state: state.clone(), round_trip: wire.round_trip };
        let handler = move |request| reply(state.clone(), request);
        Self { server: Server::start(wire, handler).await, endpoint }
    }

    /// What answers, for clients in this process that need no socket.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.endpoint.state.lock()
    }

    /// What to set as the SDK's endpoint URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The CA that callers must trust, as PEM; `None` over HTTP.
    #[must_use]
    pub fn ca(&self) -> Option<&str> {
        self.server.ca.as_deref()
    }

    /// How many connections callers have opened.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.server.accepted()
    }

    /// No answer comes on the connections that are open now any more, and no end of them either.
    pub fn freeze_connections(&self) {
        self.server.freeze();
    }

    /// How many calls were lost on frozen connections. They are no requests, and nobody hears of them.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.server.lost()
    }

    /// Throttles calls from now on; `None` ends it. A throttled call meets no fault.
    pub fn throttle(&self, throttle: Option<Throttle>) {
        self.lock().bucket = throttle.map(|throttle| Bucket::new(throttle, Instant::now()));
    }

    /// Adds a fault. Faults count calls from now on; of several that apply to a call, the one
    /// added first takes it.
    pub fn fault(&self, fault: Fault) {
        self.lock().faults.add(fault);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.lock().faults = Faults::default();
    }

    /// The true status of every key, whatever faults may show the caller.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<String, Status> {
        self.lock().world.keys()
    }

    /// The true tags of a user, with their keys as they were written.
    ///
    /// # Panics
    /// If there is no such user.
    #[must_use]
    pub fn tags(&self, user: &str) -> BTreeMap<String, String> {
        let found = self.all_tags().remove(user);
        found.unwrap_or_else(|| panic!("no user `{user}` in this world"))
    }

    /// The true tags of every user.
    #[must_use]
    pub fn all_tags(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let state = self.lock();
        let tags = |user: &User| user.tags.0.values().cloned().collect();
        state.world.users.iter().map(|(name, user)| (name.clone(), tags(user))).collect()
    }

    /// The ARNs of the managed policies that are attached to a user.
    ///
    /// # Panics
    /// If there is no such user.
    #[must_use]
    pub fn policies(&self, user: &str) -> BTreeSet<String> {
        let found = self.all_policies().remove(user);
        found.unwrap_or_else(|| panic!("no user `{user}` in this world"))
    }

    /// The ARNs of the managed policies of every user.
    #[must_use]
    pub fn all_policies(&self) -> BTreeMap<String, BTreeSet<String>> {
        let state = self.lock();
        let users = state.world.users.iter();
        users.map(|(name, user)| (name.clone(), user.policies.clone())).collect()
    }

    /// Lets four hours pass for the credential report: the next one must be generated anew.
    pub fn expire_report(&self) {
        self.lock().world.report.expire();
    }

    /// Sets a key's status behind the function's back.
    ///
    /// # Panics
    /// If there is no such key.
    pub fn set(&self, access_key_id: &str, status: Status) {
        self.lock().world.set(access_key_id, status);
    }

    /// Renames a user behind the function's back; its keys go with it.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn rename(&self, user: &str, name: &str) {
        self.lock().world.rename(user, name);
    }

    /// Every call received so far, in order, those that met a fault or were throttled included.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.lock().calls.iter().map(|call| call.request.clone()).collect()
    }

    /// The same calls, each with its time and what became of it.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// Forgets the calls received so far. Answers still under way go unrecorded.
    pub fn forget(&self) {
        let mut state = self.lock();
        state.forgotten += state.calls.len();
        state.calls.clear();
    }
}

/// Answers calls that come over no wire: with its delay and faults, and as soon as time is told to have
/// passed (`tokio::time::pause`), which sockets know nothing of.
#[derive(Clone, Debug)]
pub struct Endpoint {
    state: Shared,
    round_trip: Duration,
}

impl Endpoint {
    /// The status and the body of the answer to a call with this `User-Agent` and form; `None` where
    /// a server would hang up.
    pub async fn call(&self, user_agent: Option<&str>, form: &[u8]) -> Option<(u16, String)> {
        self.travel().await;
        let call = Request::read(user_agent, form);
        let Answer { status, body } = answer(&self.state, call).await.ok()?;
        self.travel().await;
        Some((status, body))
    }

    /// One way. (Even a sleep of no time takes a millisecond.)
    async fn travel(&self) {
        if !self.round_trip.is_zero() {
            sleep(self.round_trip / 2).await;
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    world: World,
    faults: Faults,
    bucket: Option<Bucket>,
    calls: Vec<Call>,
    /// How many calls came before the first in `calls`.
    forgotten: usize,
}

/// What happens to a call.
enum Fate {
    Answered,
    Throttled,
    Met(FaultKind),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked in between has failed already; do not hide its message.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the call, and says which number it has and what happens to it.
    fn receive(&self, request: &Request) -> (usize, Fate) {
        let now = Instant::now();
        let mut state = self.lock();
        let State { world, faults, bucket, calls, forgotten } = &mut *state;
        let throttled = bucket.as_mut().is_some_and(|bucket| !bucket.take(now));
        let number = *forgotten + calls.len();
        let received = now.into_std();
        calls.push(Call { request: request.clone(), received, status: None, throttled });
        if throttled {
            return (number, Fate::Throttled);
        }
        let met = faults.meet(request, world.concerned(request));
        (number, met.map_or(Fate::Answered, Fate::Met))
    }

    /// Records how the call with this number was answered.
    fn answered(&self, number: usize, status: u16) {
        let mut state = self.lock();
        let index = number.checked_sub(state.forgotten);
        if let Some(call) = index.and_then(|index| state.calls.get_mut(index)) {
            call.status = Some(status);
        }
    }

    fn delete_user(&self, request: &Request) {
        let world = &mut self.lock().world;
        if let Some(name) = world.concerned(request).map(str::to_owned) {
            world.remove(&name);
        }
    }

    fn run(&self, request: &Request) -> Answer {
        operations::run(&mut self.lock().world, request)
    }
}

async fn reply(state: Shared, request: hyper::Request<Bytes>) -> Reply {
    let call = Request::read(header(&request, "user-agent"), request.body());
    let Answer { status, body } = answer(&state, call).await?;
    let headers = [("content-type", "text/xml"), ("x-amzn-requestid", answer::REQUEST_ID)];
    Ok(response(status, &headers, body))
}

async fn answer(state: &Shared, request: Request) -> Result<Answer, Cut> {
    let (number, fate) = state.receive(&request);
    let answer = match fate {
        Fate::Answered => state.run(&request),
        Fate::Throttled => Answer::error(400, "Throttling", "Rate exceeded"),
        Fate::Met(kind) => faulty(state, &request, kind).await?,
    };
    state.answered(number, answer.status);
    Ok(answer)
}

async fn faulty(state: &Shared, request: &Request, kind: FaultKind) -> Result<Answer, Cut> {
    Ok(match kind {
        FaultKind::Error { status, code } => Answer::error(status, code, "a fault of the fake IAM"),
        FaultKind::Odd { status, body } => Answer { status, body: body.to_owned() },
        FaultKind::Denied(text) => Answer::error(403, "AccessDenied", text),
        FaultKind::Slow(delay) => {
            let answer = state.run(request);
            sleep(delay).await;
            answer
        }
        FaultKind::Hang => pending().await,
        FaultKind::CutBefore => return Err(Cut),
        FaultKind::CutAfter => {
            state.run(request);
            return Err(Cut);
        }
        FaultKind::Stale(mut old) => match operations::run(&mut old, request) {
            seen if seen.is_error() || request.is_read() => seen,
            _ => state.run(request),
        },
        FaultKind::DeletesUser => {
            state.delete_user(request);
            state.run(request)
        }
        FaultKind::Garbage => Answer { status: 200, body: "<<< no XML & no JSON".to_owned() },
        FaultKind::Body(body) => Answer { status: 200, body },
        FaultKind::CutBody(bytes) => {
            let whole = state.run(request);
            let body = whole.body.get(..bytes).unwrap_or(&whole.body).to_owned();
            Answer { body, ..whole }
        }
    })
}

#[cfg(test)]
mod tests;
