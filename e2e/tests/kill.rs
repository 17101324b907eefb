//! kill -9 under load, again and again: nothing acknowledged is lost, nothing is doubled.
//!
//! Each cycle starts the process on the same folder, checks every number that was ever acked in the last cycle, writes
//! all three signals at once, and kills it at a random moment. Small flush sizes make flushes and merges fall into the
//! kills. At the end everything is counted once more.

use e2e::writer::{Addresses, Base, Signal, Written, write_until_gone};
use e2e::{Http, Oriel, reader};
use std::time::Duration;
use stdx::{Clock, Rng};

/// Cycles in CI. `ORIEL_KILLS` asks for more or fewer.
const CYCLES: u64 = 50;
/// Numbers set aside for each cycle and signal: more than are written in the longest one.
const NUMBERS_A_CYCLE: u64 = 100_000;

const SETTINGS: [&str; 9] = [
    "metrics.flush_bytes=512KiB",
    "metrics.flush_age=1s",
    "logs.flush_bytes=512KiB",
    "logs.flush_age=1s",
    "traces.flush_bytes=512KiB",
    "traces.flush_age=1s",
    "telemetry.enabled=false",
    "host.enabled=false",
    "docker.enabled=false",
];

/// How often the process is killed.
fn cycles() -> u64 {
    let asked = std::env::var_os("ORIEL_KILLS").and_then(|text| text.to_str()?.parse().ok());
    asked.unwrap_or(CYCLES)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let cycles = cycles();
    let folder = tempfile::tempdir().unwrap();
    let seed = Clock::system().now_nanos().unsigned_abs();
    println!("seed {seed}");
    let mut rng = Rng::seeded(seed);
    let http = Http::default();
    // Far enough in the past that every number of every cycle lies before now.
    let base = Base(Clock::system().now_millis() - (cycles * NUMBERS_A_CYCLE).cast_signed() - 60_000);
    let mut all: [Vec<Written>; 3] = Default::default();
    let mut slowest = Duration::ZERO;
    for cycle in 0..cycles {
        let oriel = Oriel::start(folder.path(), &SETTINGS);
        slowest = slowest.max(oriel.started_in);
        if let Some(last) = cycle.checked_sub(1) {
            check(&http, &oriel, base, last, &all).await;
        }
        let server = Addresses::of(&oriel);
        let from = cycle * NUMBERS_A_CYCLE;
        let write = |signal| {
            let server = server.clone();
            async move { write_until_gone(&server, signal, base, from).await }
        };
        let kill = async {
            tokio::time::sleep(Duration::from_millis(100 + rng.below(600))).await;
            oriel.kill();
        };
        let (metrics, logs, traces, ()) =
            tokio::join!(write(Signal::Metrics), write(Signal::Logs), write(Signal::Traces), kill);
        for (list, written) in all.iter_mut().zip([metrics, logs, traces]) {
            list.push(written);
        }
    }
    let oriel = Oriel::start(folder.path(), &SETTINGS);
    for cycle in 0..cycles {
        check(&http, &oriel, base, cycle, &all).await;
    }
    oriel.stop();
    let acked = all.each_ref().map(|list| list.iter().map(|w| w.acked.len()).sum::<usize>());
    println!(
        "{cycles} kills: {acked:?} samples, lines and traces were acked and are there; slowest start {slowest:?}"
    );
    assert!(
        acked.iter().all(|n| *n as u64 > cycles * 10),
        "too little was written to prove anything: {acked:?}"
    );
}

/// Every acked number of a cycle is there once; every number that is there was sent.
async fn check(http: &Http, oriel: &Oriel, base: Base, cycle: u64, all: &[Vec<Written>; 3]) {
    let [metrics, logs, traces] = all.each_ref().map(|list| &list[usize::try_from(cycle).expect("small")]);
    let range = |written: &Written| {
        let last = written.acked.iter().chain(&written.unknown).max().copied().unwrap_or(0);
        cycle * NUMBERS_A_CYCLE..last + 1
    };
    let found = reader::samples(http, oriel, base, range(metrics)).await;
    compare("samples", cycle, metrics, &found);
    let found = reader::lines(http, oriel, base, range(logs)).await;
    compare("lines", cycle, logs, &found);
    let sent = traces.acked.iter().chain(&traces.unknown).copied();
    let found = reader::traces(http, oriel, sent).await;
    compare("traces", cycle, traces, &found);
}

fn compare(what: &str, cycle: u64, written: &Written, found: &reader::Counts) {
    let lost: Vec<u64> = written.acked.iter().filter(|n| !found.contains_key(n)).copied().take(5).collect();
    assert!(
        lost.is_empty(),
        "{what} of cycle {cycle}: acked and lost: {lost:?} ..., {} acked",
        written.acked.len()
    );
    let doubled: Vec<_> = found.iter().filter(|(_, count)| **count != 1).take(5).collect();
    assert!(doubled.is_empty(), "{what} of cycle {cycle}: doubled: {doubled:?}");
    let invented = found.keys().find(|n| !written.acked.contains(n) && !written.unknown.contains(n));
    assert_eq!(invented, None, "{what} of cycle {cycle}: never sent");
}
