//! Lines over real sockets.

use super::*;
use crate::doors::{Addresses, Doors};
use crate::fakes::{self, Store};
use crate::state::Options;
use crate::tenant::Tenancy;
use crate::ui::NoAssets;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt;

async fn open(options: Options) -> (Arc<Store>, Arc<State>, Result<Doors, String>) {
    let (state, store) = fakes::state(options);
    let addresses = Addresses { graphite: Addresses::any_port().graphite, ..Addresses::default() };
    let doors = Doors::open(state.clone(), &addresses, Arc::new(NoAssets)).await;
    (store, state, doors.map_err(|error| error.to_string()))
}

/// Waits for what a sender is never told.
async fn until(mut is: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited for nothing");
}

#[tokio::test]
async fn lines_and_packets_are_stored() {
    let (store, state, doors) = open(Options::default()).await;
    let doors = doors.unwrap();
    let address = doors.address("graphite").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The store is out of reach at first: nothing is lost.
    *store.refuse.lock().unwrap() = Some(Err(IngestError::Unavailable("disk full".into())));
    stream.write_all(b"a.b 1 10\nwrong\nc;k=v 2 1").await.unwrap();
    until(|| store.shown().iter().any(|row| row.starts_with(r#"{__name__="a.b"}"#))).await;
    // The rest of a line comes later; the last has no end.
    stream.write_all(b"1\nd 3 12").await.unwrap();
    drop(stream);
    let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    socket.send_to(b"e 4 13\nf 5 14", address).await.unwrap();
    let rows = || {
        let batches = store.metrics.lock().unwrap();
        let row = |s: model::SeriesView<'_>| format!("{} {}", s.to_labels(), s.samples()[0].at.0);
        batches.iter().flat_map(|batch| batch.series().map(row).collect::<Vec<_>>()).collect::<BTreeSet<_>>()
    };
    until(|| rows().len() == 5).await;
    assert_eq!(
        rows().into_iter().collect::<Vec<_>>(),
        [
            r#"{__name__="a.b"} 10000"#,
            r#"{__name__="c", k="v"} 11000"#,
            r#"{__name__="d"} 12000"#,
            r#"{__name__="e"} 13000"#,
            r#"{__name__="f"} 14000"#,
        ]
    );
    doors.close(Duration::from_secs(5)).await;
    let shown = state.telemetry.text();
    assert!(shown.contains("oriel_graphite_lines_refused_total 1\n"), "{shown}");
}

#[tokio::test]
async fn a_line_without_end_closes_its_connection() {
    let (store, _, doors) = open(Options::default()).await;
    let doors = doors.unwrap();
    let mut stream = TcpStream::connect(doors.address("graphite").unwrap()).await.unwrap();
    // The door may close while this is written.
    drop(stream.write_all(&[b'x'; 2 * MAX_BUFFER]).await);
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest).await);
    assert!(rest.is_empty() && store.shown().is_empty());
}

#[tokio::test]
async fn senders_that_must_name_a_tenant_cannot() {
    let (_, _, doors) = open(Options { tenancy: Tenancy::Required, ..Options::default() }).await;
    assert!(doors.err().unwrap().contains("auth.enabled"));
}
