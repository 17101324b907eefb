//! The ports of Jaeger's agent: a packet is a call `emitBatch` in Thrift, compact (6831) or binary (6832).
//!
//! On the write walk before [`crate::ingest`]. The protocol has no answer: a packet that is wrong or refused is counted in
//! `oriel_jaeger_packets_refused_total` and logged. Each port reads both protocols; they differ in the first byte.

use crate::api::jaeger::store;
use crate::state::State;
use model::Tenant;
use std::io;
use std::sync::Arc;
use stdx::Cancel;
use tokio::net::UdpSocket;

/// The most that a packet can hold; clients send 65,000 bytes.
const MAX_PACKET_BYTES: usize = 64 << 10;

/// Takes packets until the door closes.
pub(super) struct Packets {
    state: Arc<State>,
    tenant: Tenant,
    stop: Cancel,
}

impl Packets {
    /// Fails when every sender has to name its tenant, which these cannot.
    pub(super) fn of(state: Arc<State>, stop: Cancel) -> io::Result<Self> {
        let tenant = state.options.tenancy.named("").map_err(|_| {
            io::Error::other(
                "with auth.enabled senders must name their tenant, and packets cannot; close the door",
            )
        })?;
        Ok(Packets { state, tenant, stop })
    }

    /// Stores the spans of each packet.
    pub(super) async fn take(self, socket: UdpSocket) {
        let count = |name, help| self.state.telemetry.counter(name, help, &[]);
        let taken =
            count("oriel_jaeger_packets_stored_total", "Packets of Jaeger's clients that were stored.");
        let refused =
            count("oriel_jaeger_packets_refused_total", "Packets of Jaeger's clients that were not stored.");
        let mut buffer = vec![0; MAX_PACKET_BYTES];
        loop {
            let received = tokio::select! {
                () = self.stop.canceled() => return,
                received = socket.recv_from(&mut buffer) => received,
            };
            let (length, sender) = match received {
                Ok(received) => received,
                Err(error) => {
                    tracing::debug!(%error, "a packet of a Jaeger client could not be received");
                    continue;
                }
            };
            let outcome = match wire::jaeger::packet(&buffer[..length]) {
                Ok(batch) => store(&self.state, self.tenant.clone(), batch).await,
                Err(error) => Err(error.into()),
            };
            match outcome {
                Ok(()) => taken.add(1),
                Err(error) => {
                    refused.add(1);
                    tracing::debug!(%error, %sender, "a packet of a Jaeger client was not stored");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::{Addresses, Doors};
    use crate::fakes;
    use crate::state::Options;
    use crate::tenant::Tenancy;
    use crate::ui::NoAssets;
    use std::time::Duration;

    /// `emitBatch` of one span in the compact protocol.
    fn compact() -> Vec<u8> {
        let text = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
        let process = [&[0x18][..], &text("shop"), &[0]].concat();
        // Trace id 7, span id 9, name, start 1 µs, 1 µs long; numbers are zigzag.
        let span = [&[0x16, 14, 0x26, 18, 0x28][..], &text("GET"), &[0x36, 2, 0x16, 2, 0][..]].concat();
        let batch = [&[0x1c][..], &process, &[0x19, 0x1c], &span, &[0]].concat();
        [&[0x82, 0x81, 0][..], &text("emitBatch"), &[0x1c], &batch, &[0]].concat()
    }

    #[tokio::test]
    async fn packets_are_stored_and_wrong_ones_counted() {
        let (state, store) = fakes::state(Options::default());
        let any = Addresses::any_port();
        let addresses = Addresses { jaeger_compact: any.jaeger_compact, ..Addresses::default() };
        let doors = Doors::open(state.clone(), &addresses, Arc::new(NoAssets)).await.unwrap();
        let address = doors.address("jaeger_compact").unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.send_to(b"\x82nonsense", address).await.unwrap();
        socket.send_to(&compact(), address).await.unwrap();
        for _ in 0..2000 {
            if !store.shown().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(store.shown(), ["GET"]);
        assert!(state.telemetry.text().contains("oriel_jaeger_packets_refused_total 1\n"));
        doors.close(Duration::from_secs(5)).await;
    }

    #[tokio::test]
    async fn the_door_stays_closed_when_senders_must_name_their_tenant() {
        let (state, _) = fakes::state(Options { tenancy: Tenancy::Required, ..Options::default() });
        let addresses =
            Addresses { jaeger_binary: Addresses::any_port().jaeger_binary, ..Addresses::default() };
        let error = Doors::open(state, &addresses, Arc::new(NoAssets)).await.err().unwrap();
        assert!(error.to_string().contains("must name their tenant"), "{error}");
    }
}
