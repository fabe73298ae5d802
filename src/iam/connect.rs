//! The connections to IAM. One is open before the first event comes. None is trusted for long.
//!
//! Most responses are cold starts. TCP and TLS take two round trips and most of a response's CPU time.
//! Lambda starts a function at full speed, and then runs it at the speed of its memory.
//!
//! Lambda freezes the process between two events. The network may drop its connections meanwhile
//! without notice, and requests on them are lost. As soon as one request is given up, all connections
//! are replaced.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_iam::{Client, config, config::retry::RetryConfig};
use aws_smithy_http_client::{
    pool::{Client as HttpClient, ConnectionEvent, ConnectionPool},
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient as MakeConnector, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tracing::warn;

/// How long the start waits for the connection. Otherwise the first event opens one.
const LIMIT: Duration = Duration::from_secs(2);
/// A connection without an answer for this long counts as dead: a little less than one try.
const DEAD: Duration = Duration::from_millis(900);
/// How long an idle connection is kept. The longer it is idle, the likelier it is dead.
const IDLE: Duration = Duration::from_secs(20);

/// The connections that all clients share.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    current: Arc<Mutex<Pool>>,
    opened: Arc<Notify>,
}

/// A pool of connections, and its number.
#[derive(Clone, Debug)]
struct Pool {
    http: HttpClient,
    number: u64,
}

impl Connections {
    /// A pool without connections. `None` if it cannot be made: then the SDK uses its own.
    pub(super) fn new() -> Option<Self> {
        let opened = Arc::new(Notify::new());
        let first = Pool { http: pool(&opened)?, number: 0 };
        Some(Self { current: Arc::new(Mutex::new(first)), opened })
    }

    /// Opens the first connection, if that succeeds in time.
    ///
    /// A request makes the pool connect. The request is dropped as soon as the connection is open,
    /// before it is sent. The pool keeps the connection, and neither IAM nor CloudTrail sees the
    /// request.
    pub(super) async fn open(&self, client: &Client) {
        // Straight to the pool: this request is given up although its connection is sound.
        let Pool { http, .. } = self.with(|pool| pool.clone());
        let once = config::Builder::new().retry_config(RetryConfig::disabled()).http_client(http);
        let request = client.list_access_keys().customize().config_override(once).send();
        let opened = async {
            tokio::select! {
                biased; // On a runtime of one thread the request does not get a turn in between.
                () = self.opened.notified() => {}
                _ = request => {}
            }
        };
        let _ = timeout(LIMIT, opened).await;
    }

    /// Replaces the pool with this number and all its connections.
    fn leave(&self, number: u64) {
        self.with(|current| {
            if current.number == number
                && let Some(http) = pool(&self.opened)
            {
                *current = Pool { http, number: number + 1 };
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Pool) -> T) -> T {
        work(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn pool(opened: &Arc<Notify>) -> Option<HttpClient> {
    let tell = Arc::clone(opened);
    let pool = ConnectionPool::builder()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .idle_timeout(IDLE)
        .event_listener(move |event: &ConnectionEvent<'_>| {
            if matches!(event, ConnectionEvent::Opened(_)) {
                tell.notify_one();
            }
        })
        .build_https();
    pool.inspect_err(|error| warn!("cannot make a connection pool: {error}"))
        .ok()
        .and_then(|pool| HttpClient::new(&pool).ok())
}

impl MakeConnector for Connections {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let Pool { http, number } = self.with(|pool| pool.clone());
        let connector = http.http_connector(settings, components);
        SharedHttpConnector::new(Watched { connector, number, connections: self.clone() })
    }
}

/// Sends requests, and notes which of them are given up.
#[derive(Clone, Debug)]
struct Watched {
    connector: SharedHttpConnector,
    number: u64,
    connections: Connections,
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.connector.call(request);
        let given_up = GivenUp {
            waiting: Some((self.connections.clone(), self.number)),
            since: Instant::now(),
        };
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            given_up.not();
            answer
        })
    }
}

/// A request that waits for its answer. If it is dropped after a long wait without an answer, its pool
/// is replaced. After a short wait the connection may be sound.
struct GivenUp {
    waiting: Option<(Connections, u64)>,
    since: Instant,
}

impl GivenUp {
    /// The answer came.
    fn not(mut self) {
        self.waiting = None;
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some((connections, number)) = self.waiting.take()
            && self.since.elapsed() >= DEAD
        {
            connections.leave(number);
        }
    }
}
