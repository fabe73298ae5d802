//! The Runtime API's paths: events go out, answers come in.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hyper::{Method, Request};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::http::{Cut, Reply, response};

const PREFIX: &str = "/2018-06-01/runtime/";

/// One invocation, on its way to the function.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) deadline_ms: u128,
    pub(super) function_arn: String,
    pub(super) payload: Bytes,
}

/// What the function sent, unread: a body may be nonsense, which is for the test to hear.
#[derive(Debug)]
pub(super) enum Posted {
    /// It asked for an event.
    Next { at: Instant },
    /// It is given one.
    Handed { at: Instant },
    /// It answered the event with this ID.
    Response { id: String, body: Bytes, at: Instant },
    /// It reported an error for the event with this ID.
    Error { id: String, body: Bytes, at: Instant },
    /// It cannot start.
    InitError { body: Bytes },
}

#[derive(Clone, Debug)]
pub(super) struct Routes {
    queue: Arc<Mutex<UnboundedReceiver<Event>>>,
    posts: UnboundedSender<Posted>,
}

impl Routes {
    pub(super) fn new(queue: UnboundedReceiver<Event>, posts: UnboundedSender<Posted>) -> Self {
        Self { queue: Arc::new(Mutex::new(queue)), posts }
    }

    pub(super) async fn answer(self, request: Request<Bytes>) -> Reply {
        let at = Instant::now();
        let (head, body) = request.into_parts();
        let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let posted = match (&head.method, parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => return self.next(at).await,
            (&Method::POST, ["invocation", id, "response"]) => {
                Posted::Response { id: (*id).to_owned(), body, at }
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                Posted::Error { id: (*id).to_owned(), body, at }
            }
            (&Method::POST, ["init", "error"]) => Posted::InitError { body },
            _ => return Ok(response(404, &[], "no such path in the Runtime API")),
        };
        self.post(posted)?;
        Ok(response(202, &[("content-type", "application/json")], r#"{"status":"OK"}"#))
    }

    /// Waits for an event and hands it over.
    async fn next(self, at: Instant) -> Reply {
        self.post(Posted::Next { at })?;
        let event = self.queue.lock().await.recv().await.ok_or(Cut)?;
        self.post(Posted::Handed { at: Instant::now() })?;
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", event.id.as_str()),
            ("lambda-runtime-deadline-ms", &event.deadline_ms.to_string()),
            ("lambda-runtime-invoked-function-arn", &event.function_arn),
            ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
        ];
        Ok(response(200, &headers, event.payload))
    }

    fn post(&self, posted: Posted) -> Result<(), Cut> {
        // Nobody listens any more: the test is over.
        self.posts.send(posted).map_err(|_| Cut)
    }
}
