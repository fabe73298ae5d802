//! The few lines of HTTP client that tests need.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    let mut stream = TcpStream::connect(address).await.expect("connect to the server");
    let length = body.len();
    let request = format!(
        "{request_line} HTTP/1.1\r\nHost: kit\r\nUser-Agent: kit-test\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("send the request");

    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_owned(), body.to_owned()))
}
