//! The log against disks that tear, fill up, fail and lose power: what was acknowledged is replayed, in order, exactly once.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stdx::{Clock, Rng};
use store::{LocalLog, LogOptions, Position, StoreError, Ticket};
use testkit::{Ledger, SimDisk, seeds};

const DIR: &str = "/log/metrics";

fn options(disk: &SimDisk) -> LogOptions {
    LogOptions {
        segment_bytes: 4096,
        queue_bytes: 1 << 20,
        commit_interval: Duration::ZERO,
        patient_interval: Duration::ZERO,
        commit_bytes: 1024,
        spare_bytes: 0,
        disk: Arc::new(disk.clone()),
        clock: Clock::system(),
    }
}

fn open(disk: &SimDisk) -> Result<LocalLog, StoreError> {
    LocalLog::open(Path::new(DIR), options(disk))
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

async fn submit(log: &LocalLog, record: Vec<u8>) -> Result<Ticket, StoreError> {
    Ok(log.reserve(record.len()).await?.submit(record))
}

async fn append(log: &LocalLog, record: &[u8]) -> Result<Position, StoreError> {
    let ticket = submit(log, record.to_vec()).await?;
    let end = ticket.end();
    ticket.durable().await.map(|()| end)
}

fn records(log: &LocalLog, from: Position) -> Result<Vec<(Position, Vec<u8>)>, StoreError> {
    let mut all = Vec::new();
    log.replay(from, &mut |at, record| {
        all.push((at, record.to_vec()));
        Ok(())
    })?;
    Ok(all)
}

/// Record number `n`: its number, then filler, so that lengths differ and a mixture of two records is noticed.
fn record(n: u64, len: usize) -> Vec<u8> {
    let mut bytes = n.to_le_bytes().to_vec();
    bytes.resize(len.max(8), n as u8);
    bytes
}

fn number(record: &[u8]) -> u64 {
    let n = u64::from_le_bytes(record[..8].try_into().unwrap());
    assert!(record[8..].iter().all(|byte| *byte == n as u8), "a record that was never written");
    n
}

fn segment(n: u64) -> PathBuf {
    Path::new(DIR).join(format!("{n:016x}.log"))
}

#[test]
fn records_come_back_in_order_across_segments_and_restarts() {
    let disk = SimDisk::new(Rng::seeded(1));
    let log = open(&disk).unwrap();
    block_on(async {
        // Two of them are larger than a segment.
        for n in 0..100u64 {
            let len = if n % 40 == 7 { 10_000 } else { 8 + n as usize * 5 };
            append(&log, &record(n, len)).await.unwrap();
        }
        log.close().await.unwrap();
        assert!(matches!(append(&log, b"late").await, Err(StoreError::Closed(_))));
    });
    let log = open(&disk).unwrap();
    let all = records(&log, Position::default()).unwrap();
    assert_eq!(
        all.iter().map(|(_, record)| number(record)).collect::<Vec<_>>(),
        (0..100).collect::<Vec<_>>()
    );
    assert!(all.is_sorted_by(|a, b| a.0 < b.0));
    let (middle, _) = all[50];
    assert_eq!(records(&log, middle).unwrap(), all[50..]);
    let before = log.bytes();
    let freed = log.trim(middle).unwrap();
    assert!(freed > 0 && log.bytes() == before - freed);
    assert_eq!(records(&log, middle).unwrap(), all[50..]);
    assert_eq!(log.trim(middle).unwrap(), 0);
    drop(log);
    let log = open(&disk).unwrap();
    assert_eq!(records(&log, middle).unwrap(), all[50..]);
    let error = records(&log, Position::default()).unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn positions_are_assigned_by_submit_and_survive_the_restart() {
    let disk = SimDisk::new(Rng::seeded(1));
    let log = open(&disk).unwrap();
    let starts = block_on(async {
        let mut tickets = Vec::new();
        for n in 0..200u64 {
            let before = log.end();
            let ticket = submit(&log, record(n, 100)).await.unwrap();
            assert!(before <= ticket.start() && ticket.start() < ticket.end() && ticket.end() == log.end());
            tickets.push(ticket);
        }
        let starts: Vec<Position> = tickets.iter().map(Ticket::start).collect();
        for ticket in tickets {
            ticket.durable().await.unwrap();
        }
        starts
    });
    assert_eq!(
        records(&log, Position::default()).unwrap().into_iter().map(|r| r.0).collect::<Vec<_>>(),
        starts
    );
    let end = log.end();
    drop(log);
    assert_eq!(open(&disk).unwrap().end(), end);
}

#[test]
fn a_log_is_for_one_process_and_refuses_impossible_records() {
    let disk = SimDisk::new(Rng::seeded(1));
    let log = open(&disk).unwrap();
    assert!(matches!(open(&disk), Err(StoreError::Closed(_))));
    block_on(async {
        assert!(matches!(append(&log, b"").await, Err(StoreError::Invalid(_))));
        assert!(matches!(log.reserve((64 << 20) + 1).await, Err(StoreError::Invalid(_))));
        append(&log, b"x").await.unwrap();
    });
}

/// The file is cut at every byte: every record before the cut is there, and writing goes on behind it.
#[test]
fn a_torn_tail_is_cut_at_any_byte() {
    let disk = SimDisk::new(Rng::seeded(1));
    let log = open(&disk).unwrap();
    let ends: Vec<u64> = block_on(async {
        let mut ends = Vec::new();
        for n in 0..5 {
            ends.push(append(&log, &record(n, 20 + n as usize)).await.unwrap().offset);
        }
        ends
    });
    drop(log);
    let whole = disk.read(&segment(1)).unwrap();
    for cut in 64..ends[4] + 1 {
        let mut torn = whole.clone();
        torn[cut as usize..].fill(0);
        // Zeros at the end of a frame may be what was written.
        let last = ends.iter().filter(|end| **end <= cut).count();
        disk.overwrite(&segment(1), torn.clone());
        let log = open(&disk).unwrap();
        let there = records(&log, Position::default()).unwrap();
        assert!(
            there.len() == last
                || there.len() == last + 1 && torn[..ends[last] as usize] == whole[..ends[last] as usize]
        );
        block_on(append(&log, &record(77, 30))).unwrap();
        drop(log);
        let after = records(&open(&disk).unwrap(), Position::default()).unwrap();
        assert_eq!(after.len(), there.len() + 1);
        assert_eq!(number(&after[there.len()].1), 77);
    }
}

/// Two records of one sync, of which only the second reached the disk: neither comes back, also not behind what is written in
/// the place of the first.
#[test]
fn what_was_cut_does_not_come_back() {
    let disk = SimDisk::new(Rng::seeded(1));
    let options = LogOptions { commit_interval: Duration::from_millis(30), ..options(&disk) };
    let log = LocalLog::open(Path::new(DIR), options).unwrap();
    let (first, second) = block_on(async {
        let first = submit(&log, record(1, 40)).await.unwrap();
        let second = submit(&log, record(2, 40)).await.unwrap();
        let places = (first.start().offset as usize, second.start().offset as usize);
        first.durable().await.unwrap();
        second.durable().await.unwrap();
        places
    });
    drop(log);
    let mut bytes = disk.read(&segment(1)).unwrap();
    bytes[first..second].fill(0);
    disk.overwrite(&segment(1), bytes);
    let log = open(&disk).unwrap();
    assert_eq!(records(&log, Position::default()).unwrap(), []);
    block_on(append(&log, &record(3, 40))).unwrap();
    drop(log);
    let there = records(&open(&disk).unwrap(), Position::default()).unwrap();
    assert_eq!(there.iter().map(|(_, record)| number(record)).collect::<Vec<_>>(), [3]);
}

/// Records of callers that can wait are synced with those of the first that cannot, with a full queue, and at the end.
#[test]
fn patient_callers_wait_for_others() {
    let hour = Duration::from_secs(3600);
    for queue_bytes in [1 << 20, 200] {
        let disk = SimDisk::new(Rng::seeded(1));
        let options = LogOptions { patient_interval: hour, queue_bytes, ..options(&disk) };
        let log = LocalLog::open(Path::new(DIR), options).unwrap();
        let patient = async |n| log.reserve(100).await.unwrap().submit_patient(record(n, 100));
        block_on(async {
            append(&log, &record(0, 8)).await.unwrap();
            let mut first = Box::pin(patient(1).await.durable());
            let waited = tokio::time::timeout(Duration::from_millis(50), &mut first).await;
            assert!(waited.is_err(), "nothing presses yet");
            if queue_bytes > 200 {
                append(&log, &record(2, 8)).await.unwrap();
                first.await.unwrap();
            } else {
                // The third finds no room.
                let second = patient(2).await;
                drop(patient(3).await);
                first.await.unwrap();
                second.durable().await.unwrap();
            }
            let last = patient(9).await;
            log.close().await.unwrap();
            last.durable().await.unwrap();
        });
        drop(log);
        let there = records(&open(&disk).unwrap(), Position::default()).unwrap();
        let numbers: Vec<u64> = there.iter().map(|(_, record)| number(record)).collect();
        let wanted: &[u64] = if queue_bytes > 200 { &[0, 1, 2, 9] } else { &[0, 1, 2, 3, 9] };
        assert_eq!(numbers, wanted);
    }
}

/// One byte of a synced record is damaged while later ones are whole: that is never cut away.
#[test]
fn damage_before_a_synced_record_is_an_error_with_file_and_offset() {
    let disk = SimDisk::new(Rng::seeded(1));
    let log = open(&disk).unwrap();
    let ends: Vec<u64> = block_on(async {
        let mut ends = vec![64];
        for n in 0..4 {
            ends.push(append(&log, &record(n, 21)).await.unwrap().offset);
        }
        ends
    });
    drop(log);
    let whole = disk.read(&segment(1)).unwrap();
    for at in 0..ends[3] {
        let in_frame = at.checked_sub(64).map(|at| at % (ends[1] - ends[0]));
        if in_frame.is_some_and(|at| at >= 16 + 21) || (12..16).contains(&at) || (32..60).contains(&at) {
            continue;
        }
        let mut damaged = whole.clone();
        damaged[at as usize] ^= 0x10;
        disk.overwrite(&segment(1), damaged);
        let StoreError::Corrupt { path, offset, .. } = open(&disk).unwrap_err() else { panic!("byte {at}") };
        assert_eq!(path, segment(1).display().to_string());
        assert!(offset <= at, "damage at {at} reported at {offset}");
    }
    // The last record alone cannot be told from a torn one.
    let mut damaged = whole;
    damaged[ends[3] as usize + 20] ^= 1;
    disk.overwrite(&segment(1), damaged);
    assert_eq!(records(&open(&disk).unwrap(), Position::default()).unwrap().len(), 3);
}

#[test]
fn damage_in_an_earlier_segment_is_found_by_the_replay() {
    let disk = SimDisk::new(Rng::seeded(1));
    let log = open(&disk).unwrap();
    block_on(async {
        for n in 0..60 {
            append(&log, &record(n, 200)).await.unwrap();
        }
    });
    drop(log);
    let mut bytes = disk.read(&segment(2)).unwrap();
    bytes[1000] ^= 1;
    disk.overwrite(&segment(2), bytes);
    let log = open(&disk).unwrap();
    let StoreError::Corrupt { path, offset, .. } = records(&log, Position::default()).unwrap_err() else {
        panic!()
    };
    assert_eq!(path, segment(2).display().to_string());
    assert!((700..=1000).contains(&offset));
    drop(log);
    store::disk::Disk::remove(&disk, &segment(2)).unwrap();
    assert!(open(&disk).unwrap_err().to_string().contains("missing"));
}

#[test]
fn a_failed_sync_or_a_full_disk_stops_acknowledging_for_ever() {
    for full in [false, true] {
        let disk = SimDisk::new(Rng::seeded(1));
        let log = open(&disk).unwrap();
        let acked = block_on(async {
            for n in 0..10 {
                append(&log, &record(n, 300)).await.unwrap();
            }
            if full {
                disk.set_capacity(4096)
            } else {
                disk.fail_sync_after(0)
            }
            let mut acked = 10;
            let error = loop {
                match append(&log, &record(acked, 300)).await {
                    Ok(_) => acked += 1,
                    Err(error) => break error,
                }
            };
            disk.set_capacity(u64::MAX);
            assert_eq!(matches!(error, StoreError::Full { .. }), full, "{error}");
            for _ in 0..3 {
                assert_eq!(append(&log, &record(99, 300)).await.unwrap_err().to_string(), error.to_string());
            }
            assert_eq!(log.close().await.unwrap_err().to_string(), error.to_string());
            acked
        });
        drop(log);
        disk.crash();
        let log = open(&disk).unwrap();
        let there = records(&log, Position::default()).unwrap();
        assert!(there.len() as u64 >= acked && there.len() as u64 <= acked + 1, "{} of {acked}", there.len());
        block_on(append(&log, &record(1, 8))).unwrap();
    }
}

#[test]
fn a_disk_that_fills_up_is_waited_for() {
    let disk = SimDisk::new(Rng::seeded(1));
    let clock = Clock::manual(0);
    let log = LocalLog::open(
        Path::new(DIR),
        LogOptions { spare_bytes: 8192, clock: clock.clone(), ..options(&disk) },
    )
    .unwrap();
    disk.set_capacity(20 * 4096);
    block_on(async {
        let mut acked = 0;
        let mut write = async || {
            clock.advance(Duration::from_millis(100));
            append(&log, &record(acked, 1000)).await.map(|_| acked += 1)
        };
        let error = loop {
            if let Err(error) = write().await {
                break error;
            }
        };
        assert!(
            matches!(error, StoreError::Full { .. }) && error.kind() == stdx::ErrorKind::Unavailable,
            "{error}"
        );
        assert!(write().await.is_err());
        disk.set_capacity(40 * 4096);
        write().await.unwrap();
        let there = records(&log, Position::default()).unwrap();
        assert_eq!(there.len() as u64, acked);
        assert!(acked > 10, "{acked} records fit 18 segments");
    });
}

/// A machine was lost, or a backup restored: what is written from now on must not count as flushed already.
#[test]
fn a_log_older_than_what_is_flushed_goes_on_behind_it() {
    let flushed = Position { segment: 5, offset: 1000 };
    for stale in [0, 3] {
        let disk = SimDisk::new(Rng::seeded(1));
        let log = open(&disk).unwrap();
        block_on(async {
            for n in 0..stale {
                append(&log, &record(n, 50)).await.unwrap();
            }
        });
        assert_eq!(records(&log, flushed).unwrap(), []);
        let start = block_on(async { submit(&log, record(7, 50)).await.unwrap().start() });
        assert!(start > flushed);
        drop(log);
        let log = open(&disk).unwrap();
        assert_eq!(records(&log, flushed).unwrap(), [(start, record(7, 50))]);
        log.trim(start).unwrap();
        drop(log);
        assert_eq!(records(&open(&disk).unwrap(), flushed).unwrap(), [(start, record(7, 50))]);
    }
}

/// A flush took in records that were on no disk yet, and the process was killed before they were: the flushed position
/// lies behind the end of its segment, now and after the log has gone on.
#[test]
fn a_flushed_position_behind_the_end_of_a_sealed_segment_is_no_damage() {
    for stale in [0, 3] {
        let disk = SimDisk::new(Rng::seeded(1));
        let log = open(&disk).unwrap();
        block_on(async {
            for n in 0..stale {
                append(&log, &record(n, 50)).await.unwrap();
            }
        });
        let end = log.end();
        let flushed = Position { offset: end.offset + 200, ..end };
        drop(log);
        for round in 0..3 {
            let log = open(&disk).unwrap();
            let before = records(&log, flushed).unwrap();
            assert_eq!(before.len(), round, "{stale} stale records, round {round}");
            block_on(append(&log, &record(7, 50))).unwrap();
        }
    }
}

/// The power goes at a random operation of a random workload, many times over on the same disk.
#[test]
fn power_cuts_lose_nothing_acknowledged() {
    seeds(60, |mut rng| {
        let disk = SimDisk::new(Rng::seeded(rng.next_u64()));
        let mut ledger = Ledger::default();
        let mut next = 0;
        let mut trimmed = Position::default();
        for _ in 0..8 {
            disk.cut_power_after(1 + rng.below(40));
            if let Ok(log) = open(&disk) {
                check_replay(&log, trimmed, &mut ledger);
                block_on(workload(&log, &mut rng, &mut next, &mut ledger));
                if rng.below(3) == 0
                    && let Some((at, last)) = records(&log, trimmed).unwrap_or_default().last()
                {
                    // As after a flush: everything before the last record is in blocks.
                    ledger.retain(|n| *n >= number(last));
                    trimmed = *at;
                    let _ = log.trim(trimmed);
                }
            }
            if rng.below(3) == 0 { disk.kill() } else { disk.crash() }
        }
        let log = open(&disk).unwrap();
        check_replay(&log, trimmed, &mut ledger);
    });
}

async fn workload(log: &LocalLog, rng: &mut Rng, next: &mut u64, ledger: &mut Ledger<u64>) {
    let mut tickets = Vec::new();
    for _ in 0..rng.below(30) {
        let len = if rng.below(20) == 0 { 6000 } else { 8 + rng.below(400) as usize };
        let Ok(ticket) = submit(log, record(*next, len)).await else { break };
        ledger.sent(*next);
        tickets.push((*next, ticket));
        *next += 1;
        if rng.below(4) == 0 {
            answers(&mut tickets, ledger).await;
        }
    }
    answers(&mut tickets, ledger).await;
}

async fn answers(tickets: &mut Vec<(u64, Ticket)>, ledger: &mut Ledger<u64>) {
    for (n, ticket) in tickets.drain(..) {
        if ticket.durable().await.is_ok() {
            ledger.acked(n);
        }
    }
}

fn check_replay(log: &LocalLog, from: Position, ledger: &mut Ledger<u64>) {
    let numbers: Vec<u64> = records(log, from).unwrap().iter().map(|(_, record)| number(record)).collect();
    assert!(numbers.is_sorted(), "out of order: {numbers:?}");
    ledger.check(numbers).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever stands in the directory: an answer, never a panic.
    #[test]
    fn hostile_segments_do_not_panic(flips in proptest::collection::vec((0usize..5000, any::<u8>()), 1..40)) {
        let disk = SimDisk::new(Rng::seeded(1));
        let log = open(&disk).unwrap();
        block_on(async {
            for n in 0..40 {
                append(&log, &record(n, 90)).await.unwrap();
            }
        });
        drop(log);
        for number in [1, 2] {
            let mut bytes = disk.read(&segment(number)).unwrap();
            for (at, value) in &flips {
                if let Some(byte) = bytes.get_mut(*at) {
                    *byte = *value;
                }
            }
            disk.overwrite(&segment(number), bytes);
        }
        if let Ok(log) = open(&disk) {
            let _ = records(&log, Position::default());
        }
    }
}

/// The operating system's disk: the same through real files.
#[test]
fn it_works_on_a_real_directory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/log/traces");
    let options = LogOptions { segment_bytes: 1 << 20, ..LogOptions::default() };
    let log = LocalLog::open(&path, options.clone()).unwrap();
    assert!(matches!(LocalLog::open(&path, options.clone()), Err(StoreError::Closed(_))));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let writers: Vec<_> = (0..8u64)
            .map(|writer| {
                let log = log.clone();
                stdx::task::spawn(async move {
                    for n in 0..50 {
                        append(&log, &record(writer * 50 + n, 8 + (n as usize * 997) % 5000)).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().await.unwrap();
        }
        append(&log, &vec![1; 3 << 20]).await.unwrap();
    });
    drop(log);
    let log = LocalLog::open(&path, options).unwrap();
    let mut seen: Vec<u64> = Vec::new();
    log.replay(Position::default(), &mut |_, record| {
        if record.len() < 1 << 20 {
            seen.push(number(record))
        }
        Ok(())
    })
    .unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (0..400).collect::<Vec<_>>());
}
