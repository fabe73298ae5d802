//! The few lines of HTTP client that tests need.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Sends one request on a connection of its own and returns the status, the head and the body;
/// `None` if the server hung up instead of answering.
///
/// # Panics
/// If nobody listens there.
pub async fn send(
    address: SocketAddr,
    request_line: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    exchange(connect(address).await, request_line, body).await
}

/// The same over TLS, trusting no CA but this one; `None` also if another vouches for the server.
/// Returns the status and the body.
///
/// # Panics
/// If nobody listens there, or `ca` is no certificate as PEM.
pub async fn send_securely(
    address: SocketAddr,
    ca: &str,
    request_line: &str,
    body: &str,
) -> Option<(u16, String)> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca.as_bytes()).expect("a certificate as PEM");
    roots.add(ca).expect("the certificate of a CA");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS that the provider has")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let name = ServerName::from(address.ip());
    let stream = connector.connect(name, connect(address).await).await.ok()?;
    let (status, _, body) = exchange(stream, request_line, body).await?;
    Some((status, body))
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("connect to the server")
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request_line: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let length = body.len();
    let request = format!(
        "{request_line} HTTP/1.1\r\nHost: fake-aws\r\nUser-Agent: fake-aws-test\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("send the request");

    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_owned(), body.to_owned()))
}
