//! An IAM endpoint on a socket that can misbehave.
//!
//! Knows `UpdateAccessKey`, `ListAccessKeys` and `GetAccessKeyLastUsed`, speaks the query protocol
//! over plain HTTP and never looks at signatures. Where the function could go wrong it is as strict
//! as IAM, which emulators are not: see [`World`].

mod answer;
mod fault;
mod operations;
mod request;
mod world;

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::time::sleep;

use self::answer::Answer;
use self::fault::Faults;
use crate::http::{Cut, Reply, Server, response};

pub use self::fault::{Fault, FaultKind};
pub use self::request::Request;
pub use self::world::{Status, World};

/// A running endpoint; it stops when dropped.
#[derive(Debug)]
pub struct Iam {
    server: Server,
    state: Shared,
}

impl Iam {
    /// Starts an endpoint for this world, without faults.
    pub async fn start(world: World) -> Self {
        let state = Shared::default();
        state.lock().world = world;
        let handler = {
            let state = state.clone();
            move |request| answer(state.clone(), request)
        };
        Self { server: Server::start(handler).await, state }
    }

    /// What to set as the SDK's endpoint URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Adds a fault. Faults count calls from now on; of several that apply to a call, the one
    /// added first takes it.
    pub fn fault(&self, fault: Fault) {
        self.state.lock().faults.add(fault);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.state.lock().faults = Faults::default();
    }

    /// The true status of every key, whatever faults may show the caller.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<String, Status> {
        self.state.lock().world.keys()
    }

    /// Sets a key's status behind the function's back.
    ///
    /// # Panics
    /// If there is no such key.
    pub fn set(&self, access_key_id: &str, status: Status) {
        self.state.lock().world.set(access_key_id, status);
    }

    /// Every call received so far, in order, those that met a fault included.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().requests.clone()
    }
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    world: World,
    faults: Faults,
    requests: Vec<Request>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked in between has failed already; do not hide its message.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the call and says which fault it meets.
    fn receive(&self, request: &Request) -> Option<FaultKind> {
        let mut state = self.lock();
        state.requests.push(request.clone());
        state.faults.meet(&request.action)
    }

    fn run(&self, request: &Request) -> Answer {
        operations::run(&mut self.lock().world, request)
    }
}

async fn answer(state: Shared, request: hyper::Request<Bytes>) -> Reply {
    let request = Request::read(&request);
    let answer = match state.receive(&request) {
        None => state.run(&request),
        Some(FaultKind::Error { status, code }) => {
            Answer::error(status, code, "a fault of the kit")
        }
        Some(FaultKind::Slow(delay)) => {
            let answer = state.run(&request);
            sleep(delay).await;
            answer
        }
        Some(FaultKind::Hang) => pending().await,
        Some(FaultKind::CutBefore) => return Err(Cut),
        Some(FaultKind::CutAfter) => {
            state.run(&request);
            return Err(Cut);
        }
        Some(FaultKind::Stale(mut old)) => match operations::run(&mut old, &request) {
            seen if seen.is_error() || request.is_read() => seen,
            _ => state.run(&request),
        },
        Some(FaultKind::Garbage) => Answer { status: 200, body: "<<< no XML & no JSON".to_owned() },
    };
    let headers = [("content-type", "text/xml"), ("x-amzn-requestid", answer::REQUEST_ID)];
    Ok(response(answer.status, &headers, answer.body))
}

#[cfg(test)]
mod tests;
