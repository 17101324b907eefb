//! Graphite's plain text: lines over TCP, and packets of whole lines over UDP, on the same port.
//!
//! On the write walk before [`crate::ingest`]. The protocol has no answer. What the store cannot take now is tried again
//! before more is read from the connection, so that the sender feels it; a packet is dropped. Lines that are wrong or
//! refused are counted in `oriel_graphite_lines_refused_total`, and the first of a batch is logged.

use crate::state::State;
use crate::telemetry::Counter;
use contract::IngestError;
use model::{Millis, Tenant};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Cancel, task};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use wire::graphite;

/// Connections at once; more wait to be accepted. With [`MAX_BUFFER`] each they take 64 MiB.
const MAX_CONNECTIONS: usize = 1024;
/// What is read before lines are stored, and the longest line: what a UDP packet can hold.
const MAX_BUFFER: usize = 64 << 10;
/// A connection without a byte for so long is closed: relays send every minute.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// How long to wait before a batch is tried again: about as long as a full log takes to be flushed.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Where lines go.
#[derive(Clone)]
pub(super) struct Lines {
    state: Arc<State>,
    tenant: Tenant,
    stop: Cancel,
    taken: Counter,
    refused: Counter,
}

impl Lines {
    /// Fails when every sender has to name its tenant, which these cannot.
    pub(super) fn of(state: Arc<State>, stop: Cancel) -> io::Result<Self> {
        let tenant = state.options.tenancy.named("").map_err(|_| {
            io::Error::other(
                "with auth.enabled senders must name their tenant, and Graphite's cannot; close the door",
            )
        })?;
        let count = |name, help| state.telemetry.counter(name, help, &[]);
        let taken =
            count("oriel_graphite_lines_stored_total", "Lines of Graphite's plain text that were stored.");
        let refused = count(
            "oriel_graphite_lines_refused_total",
            "Lines of Graphite's plain text that were not stored.",
        );
        Ok(Lines { state, tenant, stop, taken, refused })
    }

    /// Stores whole lines. `Err`: not now.
    async fn store(&self, text: &[u8]) -> Result<(), IngestError> {
        let text = String::from_utf8_lossy(text);
        let decoded = graphite::decode(&text, Millis(self.state.clock.now_millis()));
        let wrong = decoded.skipped.len() as u64;
        let mut first = decoded.skipped.into_iter().next().map(|skipped| skipped.message);
        let mut refused = wrong;
        if !decoded.batch.is_empty() {
            let lines = decoded.batch.sample_count() as u64;
            let context = self.state.write_context(self.tenant.clone());
            match self.state.engines.ingest.metrics(&context, decoded.batch).await {
                Ok(outcome) => {
                    self.taken.add(outcome.accepted);
                    refused += outcome.refused_rows;
                    first = first.or(outcome.refused.into_iter().next().map(|refusal| refusal.message));
                }
                Err(IngestError::Invalid(reason)) => {
                    refused += lines;
                    first = first.or(Some(reason));
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(reason) = first {
            self.refused.add(refused);
            tracing::debug!(lines = refused, reason, "lines of Graphite's plain text were not stored");
        }
        Ok(())
    }

    /// Stores whole lines, however long it takes. `false`: the door closed before they were stored.
    async fn store_in_the_end(&self, text: &[u8]) -> bool {
        while let Err(error) = self.store(text).await {
            tracing::warn!(%error, "lines of Graphite's plain text wait to be stored");
            tokio::select! {
                () = self.stop.canceled() => return false,
                () = tokio::time::sleep(TRY_AGAIN) => {}
            }
        }
        true
    }
}

/// Takes connections until the door closes, then ends those that are open.
pub(super) async fn connections(lines: Lines, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut open = Vec::new();
    loop {
        // The room is only closed by dropping it, and it is held here.
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            () = lines.stop.canceled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let lines = lines.clone();
                open.retain(|task: &task::Task<()>| !task.is_finished());
                open.push(task::spawn(async move {
                    connection(&lines, stream).await;
                    drop(permit);
                }));
            }
            Err(error) => {
                // Such as too many open files: it passes.
                tracing::warn!(%error, "cannot take a connection of Graphite's plain text");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
    for task in open {
        // A connection that panicked has ended as well.
        drop(task.join().await);
    }
}

async fn connection(lines: &Lines, mut stream: TcpStream) {
    let mut buffer = Vec::with_capacity(MAX_BUFFER);
    loop {
        let read = tokio::select! {
            () = lines.stop.canceled() => return,
            () = tokio::time::sleep(IDLE) => return,
            read = stream.read_buf(&mut buffer) => read,
        };
        let ended = !matches!(read, Ok(1..));
        let whole = if ended {
            buffer.len()
        } else {
            buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
        };
        if !lines.store_in_the_end(&buffer[..whole]).await || ended {
            return;
        }
        buffer.drain(..whole);
        if buffer.len() >= MAX_BUFFER {
            lines.refused.add(1);
            tracing::warn!(
                limit = MAX_BUFFER,
                "a connection of Graphite's plain text was closed: its line is too long"
            );
            return;
        }
        buffer.reserve(MAX_BUFFER - buffer.len());
    }
}

/// Takes packets until the door closes.
pub(super) async fn datagrams(lines: Lines, socket: UdpSocket) {
    let mut buffer = vec![0; MAX_BUFFER];
    loop {
        let received = tokio::select! {
            () = lines.stop.canceled() => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        match received {
            Ok((length, _)) => {
                if let Err(error) = lines.store(&buffer[..length]).await {
                    let lost =
                        buffer[..length].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
                    lines.refused.add(lost as u64);
                    tracing::warn!(%error, lines = lost, "a packet of Graphite's plain text was dropped");
                }
            }
            Err(error) => tracing::debug!(%error, "a packet of Graphite's plain text could not be received"),
        }
    }
}

#[cfg(test)]
mod tests;
