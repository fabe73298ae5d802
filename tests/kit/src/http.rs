//! One small HTTP server under both stand-ins.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

pub(crate) type Response = hyper::Response<Full<Bytes>>;

/// What a handler answers; `Err(Cut)` closes the connection instead.
pub(crate) type Reply = Result<Response, Cut>;

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
    task: AbortHandle,
}

impl Server {
    /// Answers every request with `handler`, whose future is dropped if the client goes away.
    pub(crate) async fn start<H, F>(handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("a bound socket has an address");
        let task = tokio::spawn(accept(listener, handler)).abort_handle();
        Self { address, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<H, F>(listener: TcpListener, handler: H)
where
    H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    // The set ends its connections when this task is aborted.
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("accept a connection");
        while connections.try_join_next().is_some() {}
        connections.spawn(serve(stream, handler.clone()));
    }
}

async fn serve<H, F>(stream: TcpStream, handler: H)
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Reply>,
{
    stream.set_nodelay(true).expect("set TCP_NODELAY");
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
