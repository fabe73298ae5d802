//! A connection over a distance: what is sent arrives later, in order, however much is under way.

use std::future::{Future, pending};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep_until};

/// How much waits for a reader before its writer has to.
const BUFFER: usize = 256 * 1024;
/// How much travels in one piece, at most: as in a TLS record.
const PIECE: usize = 16 * 1024;

/// Serves the other end of `stream`, which is half a round trip away. The first byte takes a round
/// trip more: a client on this machine is connected at once, one far away is not.
pub(super) async fn between<S, F>(stream: TcpStream, round_trip: Duration, serve: S)
where
    S: FnOnce(DuplexStream) -> F,
    F: Future<Output = ()>,
{
    let connected = Instant::now() + round_trip;
    let one_way = round_trip / 2;
    let (server, far) = duplex(BUFFER);
    let (requests, answers) = stream.into_split();
    let (from_server, to_server) = split(far);
    tokio::select! {
        // The server hung up, and the client has all that it sent.
        ((), ()) = async { tokio::join!(serve(server), carry(from_server, answers, one_way, connected)) } => {}
        // The client hung up: the server hears of it, and ends the other half.
        () = async { carry(requests, to_server, one_way, connected).await; pending().await } => {}
    }
}

/// Carries bytes, and then the end of them, each `one_way` after it came or after `connected`.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    one_way: Duration,
    connected: Instant,
) {
    let (queue, mut under_way) = unbounded_channel::<(Instant, Bytes)>();
    let take = async move {
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(PIECE);
            let more = from.read_buf(&mut buffer).await.is_ok_and(|length| length > 0);
            let due = Instant::now().max(connected) + one_way;
            if queue.send((due, buffer.split().freeze())).is_err() || !more {
                break;
            }
        }
    };
    let give = async move {
        while let Some((due, bytes)) = under_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // It may be gone already.
        let _ = to.shutdown().await;
    };
    tokio::join!(take, give);
}
