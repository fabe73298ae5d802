//! One small HTTP server under both stand-ins.

mod delay;
mod tls;
mod wire;

use std::fmt;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use self::tls::Identity;

pub use self::wire::Wire;

pub(crate) type Response = hyper::Response<Full<Bytes>>;

/// What a handler answers; `Err(Cut)` closes the connection instead.
pub(crate) type Reply = Result<Response, Cut>;

/// The alert `handshake_failure`, fatal, as a record of TLS 1.2 (RFC 8446, "Alert Protocol").
const TLS_ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// A server on a free port of 127.0.0.1; gone, with all its connections, when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The CA that clients must trust, as PEM; with HTTPS only.
    pub(crate) ca: Option<String>,
    accepted: Arc<AtomicUsize>,
    /// How many of the connections, the first ones, are dead.
    frozen: Arc<AtomicUsize>,
    /// How many requests came on those.
    lost: Arc<AtomicUsize>,
    task: AbortHandle,
}

/// What all connections of a server share.
#[derive(Clone)]
struct Listening<H> {
    handler: H,
    wire: Wire,
    identity: Option<Identity>,
    frozen: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
}

impl Server {
    /// Answers every request with `handler`, whose future is dropped if the client goes away.
    pub(crate) async fn start<H, F>(wire: Wire, handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("a bound socket has an address");
        let identity = wire.https.then(Identity::new);
        let ca = identity.as_ref().map(|identity| identity.ca.clone());
        let accepted = Arc::new(AtomicUsize::new(0));
        let (frozen, lost) = (Arc::default(), Arc::default());
        let listening = Listening {
            handler,
            wire,
            identity,
            frozen: Arc::clone(&frozen),
            lost: Arc::clone(&lost),
        };
        let task = tokio::spawn(accept(listener, listening, accepted.clone())).abort_handle();
        Self { address, ca, accepted, frozen, lost, task }
    }

    /// How many connections were opened.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many requests came on connections that are frozen.
    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    /// Leaves every request unanswered that comes on a connection opened up to now.
    pub(crate) fn freeze(&self) {
        self.frozen.store(self.accepted(), Ordering::Relaxed);
    }

    /// Its root, such as `http://127.0.0.1:1234`.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<H, F>(listener: TcpListener, listening: Listening<H>, accepted: Arc<AtomicUsize>)
where
    H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    // The set ends its connections when this task is aborted.
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("accept a connection");
        let number = accepted.fetch_add(1, Ordering::Relaxed);
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, number, listening.clone()));
    }
}

/// One connection, over whatever lies between: a delay, then TLS, then HTTP.
async fn connection<H, F>(mut stream: TcpStream, number: usize, listening: Listening<H>)
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Reply>,
{
    let Listening { handler, wire, identity, frozen, lost } = listening;
    let handler = async |request| {
        if number < frozen.load(Ordering::Relaxed) {
            lost.fetch_add(1, Ordering::Relaxed);
            pending::<()>().await;
        }
        handler(request).await
    };
    stream.set_nodelay(true).expect("set TCP_NODELAY");
    if number < wire.alerts {
        // The client hangs up as soon as it has read the alert.
        let _ = stream.write_all(&TLS_ALERT).await;
        return;
    }
    if wire.round_trip.is_zero() {
        secured(stream, identity, handler).await;
    } else {
        delay::between(stream, wire.round_trip, |stream| secured(stream, identity, handler)).await;
    }
}

async fn secured<S, H, F>(stream: S, identity: Option<Identity>, handler: H)
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Reply>,
{
    match identity {
        None => serve(stream, handler).await,
        // A client that does not trust the CA hangs up, which is for its own log to tell.
        Some(identity) => {
            if let Ok(stream) = identity.acceptor.accept(stream).await {
                serve(stream, handler).await;
            }
        }
    }
}

async fn serve<S, H, F>(stream: S, handler: H)
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Reply>,
{
    let service = service_fn(|request: Request<Incoming>| async {
        let (head, body) = request.into_parts();
        // A client that goes away in the middle of its request gets no answer either.
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        handler(Request::from_parts(head, body)).await
    });
    // An error here is a cut, the client's or ours; both are everyday life in these tests.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The value of a request's header, if it is there and text.
pub(crate) fn header<'a, B>(request: &'a Request<B>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// A whole answer from its parts.
pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
    let mut response = hyper::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(body.into())).expect("a well-formed status and headers")
}
