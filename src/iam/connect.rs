//! The connections to IAM: one is open before the first event comes, and none is trusted for long.
//!
//! Most responses are cold starts. TCP and TLS take two round trips, and most of the computing that a
//! response needs; Lambda starts a function at full speed, and runs it at the speed of its memory.
//!
//! Between two events Lambda freezes the process, and what lies between it and IAM may forget its
//! connections without a word: whatever is sent on them then is lost. As soon as one request had to be
//! given up, all connections are left behind.

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

/// How long the start waits for the connection; the first event opens one if need be.
const LIMIT: Duration = Duration::from_secs(2);
/// A connection on which no answer came for so long is taken for dead: a little less than one try.
const DEAD: Duration = Duration::from_millis(900);
/// How long an idle connection is kept: the longer, the likelier it is dead.
const IDLE: Duration = Duration::from_secs(20);

/// The connections that all clients share.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    current: Arc<Mutex<Pool>>,
    opened: Arc<Notify>,
}

/// A pool of connections, and how many there were before it.
#[derive(Clone, Debug)]
struct Pool {
    http: HttpClient,
    number: u64,
}

impl Connections {
    /// A pool without connections; `None` if it cannot be made, and the SDK has to do with its own.
    pub(super) fn new() -> Option<Self> {
        let opened = Arc::new(Notify::new());
        let first = Pool { http: pool(&opened)?, number: 0 };
        Some(Self { current: Arc::new(Mutex::new(first)), opened })
    }

    /// Opens the first connection, if it can be had in time.
    ///
    /// A request makes the pool connect. It is dropped as soon as the connection is open, before it
    /// is sent: the pool keeps the connection, and IAM (and CloudTrail) never hear of the request.
    pub(super) async fn open(&self, client: &Client) {
        // Straight to the pool: this request is given up, and its connection is not dead.
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

    /// Leaves the pool with this number behind, with all of its connections.
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
    pool.inspect_err(|error| warn!("no pool of connections: {error}"))
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

/// Sends requests, and sees which of them are given up.
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

/// A request that waits for its answer. Dropped before that comes, and after a good while, it leaves its
/// pool behind; where there was no time to wait, the connection may be sound.
struct GivenUp {
    waiting: Option<(Connections, u64)>,
    since: Instant,
}

impl GivenUp {
    /// The answer is here.
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
