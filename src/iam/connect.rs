//! The connection to IAM, open before the first event comes.
//!
//! Most responses are cold starts. TCP and TLS take two round trips, and most of the computing that a
//! response needs; Lambda starts a function at full speed, and runs it at the speed of its memory.

use std::{sync::Arc, time::Duration};

use aws_sdk_iam::{Client, config, config::retry::RetryConfig};
use aws_smithy_http_client::{
    pool::{Client as HttpClient, ConnectionEvent, ConnectionPool},
    tls::{Provider, rustls_provider::CryptoMode},
};
use tokio::{sync::Notify, time::timeout};
use tracing::warn;

/// How long the start waits for the connection; the first event opens one if need be.
const LIMIT: Duration = Duration::from_secs(2);

/// The pool of connections that all clients share.
#[derive(Debug)]
pub(super) struct Connections {
    /// What the SDK sends its requests with.
    pub(super) http: HttpClient,
    opened: Arc<Notify>,
}

impl Connections {
    /// A pool without connections; `None` if it cannot be made, and the SDK has to do with its own.
    pub(super) fn new() -> Option<Self> {
        let opened = Arc::new(Notify::new());
        let tell = Arc::clone(&opened);
        let pool = ConnectionPool::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .event_listener(move |event: &ConnectionEvent<'_>| {
                if matches!(event, ConnectionEvent::Opened(_)) {
                    tell.notify_one();
                }
            })
            .build_https();
        let http = pool
            .inspect_err(|error| warn!("no pool of connections: {error}"))
            .ok()
            .and_then(|pool| HttpClient::new(&pool).ok())?;
        Some(Self { http, opened })
    }

    /// Opens the first connection, if it can be had in time.
    ///
    /// A request makes the pool connect. It is dropped as soon as the connection is open, before it
    /// is sent: the pool keeps the connection, and IAM (and CloudTrail) never hear of the request.
    pub(super) async fn open(&self, client: &Client) {
        let once = config::Builder::new().retry_config(RetryConfig::disabled());
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
}
