//! Syslog over UDP, TCP and TLS.
//!
//! ```text
//! socket -> wire/syslog/frames.rs (a stream -> messages) -> entry.rs (a message -> a line) -> a queue -> Ingest
//! ```
//! The protocol has no answer. While the store takes nothing, streams are not read on, so that their senders feel it; of
//! packets those that find the queue full are dropped. Whatever does not become a line is counted in [`SyslogCounts`],
//! and one of many is logged.

mod entry;
mod tls;

use super::lines;
use crate::options::{SyslogListener, SyslogTransport};
use contract::{Context, Ingest};
use model::Nanos;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::task::{self, Task};
use stdx::{Cancel, Clock};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_rustls::TlsAcceptor;
use wire::record::{Record, Streams};
use wire::syslog::Frames;

/// Connections of one listener; more wait to be accepted. With [`READ_BYTES`] and a message each they take some 16 MiB.
const MAX_CONNECTIONS: usize = 1024;
/// What is read from a connection at once.
const READ_BYTES: usize = 8 << 10;
/// The largest packet there is.
const PACKET_BYTES: usize = 64 << 10;
/// Messages that wait to be stored: a second of a busy relay, and 32 MiB at 8 KiB each.
const QUEUE: usize = 4096;
/// How long a client may take to greet.
const GREETING: Duration = Duration::from_secs(10);
/// How long to wait after a connection could not be accepted, such as for too many open files.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// Of messages that are not stored one in so long is logged, a listener.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What became of the messages of all listeners.
#[derive(Debug, Default)]
pub struct SyslogCounts {
    /// Messages that were stored.
    pub stored: AtomicU64,
    /// Messages that relabelling dropped.
    pub unwanted: AtomicU64,
    /// Messages that were no syslog, too long, or refused by the store; a broken stream counts once.
    pub refused: AtomicU64,
    /// Packets that found the queue full.
    pub overflowed: AtomicU64,
    /// Connections that are open.
    pub connections: AtomicU64,
}

/// Bound sockets, before they are listened to.
pub(crate) struct Bound {
    options: SyslogListener,
    socket: Socket,
    address: SocketAddr,
}

enum Socket {
    Packets(UdpSocket),
    Streams(TcpListener, Option<TlsAcceptor>),
}

/// One listener at work.
struct Door {
    options: SyslogListener,
    clock: Clock,
    queue: Sender<Record>,
    counts: Arc<SyslogCounts>,
    /// When a message was logged last, and how many since were not.
    logged: Mutex<(Option<Duration>, u64)>,
    cancel: Cancel,
}

impl Bound {
    /// Binds one listener.
    pub(crate) async fn open(options: SyslogListener) -> Result<Self, String> {
        let at = options.address;
        let failed = |error: std::io::Error| format!("syslog: cannot listen on {at}: {error}");
        let named = |error: String| format!("syslog: {at}: {error}");
        let socket = match &options.transport {
            SyslogTransport::Udp => Socket::Packets(UdpSocket::bind(at).await.map_err(failed)?),
            SyslogTransport::Tcp => Socket::Streams(TcpListener::bind(at).await.map_err(failed)?, None),
            SyslogTransport::Tls(certificates) => {
                let acceptor = tls::acceptor(certificates).map_err(named)?;
                Socket::Streams(TcpListener::bind(at).await.map_err(failed)?, Some(acceptor))
            }
        };
        let address = match &socket {
            Socket::Packets(socket) => socket.local_addr(),
            Socket::Streams(listener, _) => listener.local_addr(),
        };
        Ok(Bound { options, socket, address: address.map_err(failed)? })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens until canceled; what was taken by then is stored.
    pub(crate) async fn run(
        self,
        ingest: Arc<dyn Ingest>,
        cx: Context,
        counts: Arc<SyslogCounts>,
        cancel: Cancel,
    ) {
        let cx = match &self.options.tenant {
            Some(tenant) => Context { tenant: tenant.clone(), ..cx },
            None => cx,
        };
        let (queue, taken) = channel(QUEUE);
        let storing = task::spawn(store(taken, ingest, cx.clone(), counts.clone(), cancel.clone()));
        let logged = Mutex::default();
        let door = Arc::new(Door { options: self.options, clock: cx.clock, queue, counts, logged, cancel });
        match self.socket {
            Socket::Packets(socket) => door.packets(socket).await,
            Socket::Streams(listener, tls) => door.clone().streams(listener, tls).await,
        }
        // The last end of the queue: what is in it is stored, then the task ends.
        drop(door);
        if let Err(error) = storing.join().await {
            tracing::warn!(%error, "messages of syslog were not all stored");
        }
    }
}

/// Stores what the queue holds, all that is there at once, until its other end is closed.
async fn store(
    mut taken: Receiver<Record>,
    ingest: Arc<dyn Ingest>,
    cx: Context,
    counts: Arc<SyslogCounts>,
    cancel: Cancel,
) {
    let mut records = Vec::new();
    while taken.recv_many(&mut records, QUEUE).await > 0 {
        let mut streams = Streams::default();
        records.drain(..).for_each(|record| streams.push(record));
        let batch = streams.finish();
        let lines = batch.len() as u64;
        // When canceled before the store took it, the store is going away.
        let refused = lines::deliver(&batch, &*ingest, &cx, &cancel).await.unwrap_or(lines);
        counts.stored.fetch_add(lines.saturating_sub(refused), Ordering::Relaxed);
        counts.refused.fetch_add(refused, Ordering::Relaxed);
    }
}

impl Door {
    /// The line of a message; counts what becomes none.
    fn read(&self, message: &[u8], peer: IpAddr) -> Option<Record> {
        match entry::record(&self.options, message, peer, Nanos(self.clock.now_nanos())) {
            Ok(Some(record)) => Some(record),
            Ok(None) => {
                self.counts.unwanted.fetch_add(1, Ordering::Relaxed);
                None
            }
            Err(error) => {
                self.refuse(&self.counts.refused, peer, &error.to_string());
                None
            }
        }
    }

    fn refuse(&self, count: &AtomicU64, peer: IpAddr, reason: &str) {
        count.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.monotonic();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.0.is_some_and(|at| now.saturating_sub(at) < LOG_EVERY) {
            logged.1 += 1;
            return;
        }
        let others = std::mem::replace(&mut *logged, (Some(now), 0)).1;
        drop(logged);
        tracing::warn!(%peer, reason, others, "a message of syslog was not stored");
    }

    async fn packets(&self, socket: UdpSocket) {
        let mut buffer = vec![0; PACKET_BYTES];
        loop {
            let received = tokio::select! {
                () = self.cancel.canceled() => return,
                received = socket.recv_from(&mut buffer) => received,
            };
            let (length, peer) = match received {
                Ok((length, peer)) => (length, peer.ip()),
                Err(error) => {
                    tracing::debug!(%error, "a packet of syslog could not be received");
                    continue;
                }
            };
            let limit = self.options.max_message_bytes;
            if length > limit {
                let reason = format!("syslog: a message is longer than {limit} bytes");
                self.refuse(&self.counts.refused, peer, &reason);
            } else if let Some(record) = self.read(&buffer[..length], peer)
                && self.queue.try_send(record).is_err()
            {
                self.refuse(&self.counts.overflowed, peer, "messages come faster than they are stored");
            }
        }
    }

    /// Takes connections until canceled, then ends those that are open.
    async fn streams(self: Arc<Self>, listener: TcpListener, tls: Option<TlsAcceptor>) {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut open: Vec<Task<()>> = Vec::new();
        loop {
            // The room is only closed by dropping it, and it is held here.
            let Ok(permit) = room.clone().acquire_owned().await else { break };
            let accepted = tokio::select! {
                () = self.cancel.canceled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let (door, tls) = (self.clone(), tls.clone());
                    open.retain(|task| !task.is_finished());
                    open.push(task::spawn(async move {
                        door.counts.connections.fetch_add(1, Ordering::Relaxed);
                        door.connection(stream, peer.ip(), tls).await;
                        door.counts.connections.fetch_sub(1, Ordering::Relaxed);
                        drop(permit);
                    }));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection of syslog");
                    tokio::time::sleep(TRY_AGAIN).await;
                }
            }
        }
        for task in open {
            // A connection that panicked has ended as well.
            drop(task.join().await);
        }
    }

    async fn connection(&self, stream: TcpStream, peer: IpAddr, tls: Option<TlsAcceptor>) {
        let Some(tls) = tls else { return self.messages(stream, peer).await };
        let greeted = tokio::select! {
            () = self.cancel.canceled() => return,
            greeted = tokio::time::timeout(GREETING, tls.accept(stream)) => greeted,
        };
        match greeted {
            Ok(Ok(stream)) => self.messages(stream, peer).await,
            Ok(Err(error)) => {
                self.refuse(&self.counts.refused, peer, &format!("the TLS greeting failed: {error}"));
            }
            Err(_) => self.refuse(&self.counts.refused, peer, "the TLS greeting took too long"),
        }
    }

    /// Takes messages until the stream ends, is broken, says nothing for too long, or the door closes.
    async fn messages(&self, mut stream: impl AsyncRead + Unpin, peer: IpAddr) {
        let mut frames = Frames::new(self.options.max_message_bytes);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = tokio::select! {
                () = self.cancel.canceled() => Ok(0),
                () = tokio::time::sleep(self.options.idle) => Ok(0),
                read = stream.read(&mut buffer) => read,
            };
            let (mut records, length) = (Vec::new(), read.unwrap_or(0));
            let mut each = |message: &[u8]| records.extend(self.read(message, peer));
            let cut = match length {
                0 => {
                    frames.finish(&mut each);
                    Ok(())
                }
                length => frames.push(&buffer[..length], &mut each),
            };
            for record in records {
                // The queue's other end stays as long as this one.
                drop(self.queue.send(record).await);
            }
            if let Err(error) = &cut {
                self.refuse(&self.counts.refused, peer, &error.to_string());
            }
            if cut.is_err() || length == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
