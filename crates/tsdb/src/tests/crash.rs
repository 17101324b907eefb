//! A log that was cut anywhere, or replayed twice, gives a state that was once true.

use super::*;

/// Copies a directory tree.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn last_segment(dir: &Path) -> std::path::PathBuf {
    let logs = std::fs::read_dir(dir.join("log")).unwrap().map(|e| e.unwrap().path());
    logs.filter(|p| p.extension().is_some_and(|e| e == "log")).max().unwrap()
}

/// The number of batches that are visible; the batches must be visible whole and without gaps.
async fn visible(db: &Tsdb, batches: i64) -> i64 {
    let found = select(db, any_name(), 0, i64::MAX).await;
    let count = found.first().map_or(0, |s| s.timestamps.len() as i64);
    for series in &found {
        let times: Vec<i64> = (1..=count).map(|at| at * 1000).collect();
        assert_eq!(series.timestamps.as_ref(), times.as_slice(), "{}", series.labels);
        assert!(series.values.iter().zip(&times).all(|(v, t)| *v == *t as f64 / 8.0));
    }
    assert!(count <= batches && (count == 0 || found.len() == 3), "{count} {}", found.len());
    count
}

#[test]
fn a_log_cut_at_any_byte_keeps_every_batch_before_the_cut() {
    run(async {
        let dir = room();
        let clock = Clock::manual(1_000_000_000);
        let names = ["a", "b", "c"].map(|n| labels(&[("__name__", n), ("job", "j")]));
        let db = open(dir.path(), &clock).await;
        let mut ends = vec![db.log.end().offset];
        let batches = 20;
        for at in 1..=batches {
            let sample = [(at * 1000, (at * 1000) as f64 / 8.0)];
            append(&db, &[(&names[0], &sample), (&names[1], &sample), (&names[2], &sample)]).await;
            ends.push(db.log.end().offset);
        }
        let whole = room();
        copy(dir.path(), whole.path());
        drop(db);
        let end = *ends.last().unwrap();
        for cut in (ends[0]..=end).step_by(211).chain(ends[1..].iter().copied()) {
            let crashed = room();
            copy(whole.path(), crashed.path());
            let segment = last_segment(crashed.path());
            std::fs::OpenOptions::new().write(true).open(segment).unwrap().set_len(cut).unwrap();
            let db = open(crashed.path(), &clock).await;
            let expected = ends.iter().filter(|e| **e <= cut).count() as i64 - 1;
            assert_eq!(visible(&db, batches).await, expected, "cut at {cut}");
            // What was cut off can be sent again, and then survives a restart.
            for at in expected + 1..=batches {
                let sample = [(at * 1000, (at * 1000) as f64 / 8.0)];
                append(&db, &[(&names[0], &sample), (&names[1], &sample), (&names[2], &sample)]).await;
            }
            drop(db);
            let db = open(crashed.path(), &clock).await;
            assert_eq!(visible(&db, batches).await, batches);
        }
    });
}

#[test]
fn a_crash_around_a_flush_loses_and_doubles_nothing() {
    run(async {
        let dir = room();
        let clock = Clock::manual(1_000_000_000);
        let names = ["a", "b", "c"].map(|n| labels(&[("__name__", n), ("job", "j")]));
        let db = open(dir.path(), &clock).await;
        let write = async |db: &Tsdb, at: i64| {
            let sample = [(at * 1000, (at * 1000) as f64 / 8.0)];
            append(db, &[(&names[0], &sample), (&names[1], &sample), (&names[2], &sample)]).await;
        };
        for at in 1..=20 {
            write(&db, at).await;
        }
        let before = room();
        copy(dir.path(), before.path());
        db.flush().await.unwrap();
        write(&db, 21).await;
        let after = room();
        copy(dir.path(), after.path());
        // Blocks were written, the commit was not: the blocks are orphans, the log is whole.
        let orphans = room();
        copy(before.path(), orphans.path());
        copy(&dir.path().join("store/blocks"), &orphans.path().join("store/blocks"));
        // The commit was written, the log was not trimmed: the flushed position skips what is in blocks.
        let untrimmed = room();
        copy(before.path(), untrimmed.path());
        copy(&dir.path().join("store"), &untrimmed.path().join("store"));
        for (crashed, count) in [(&before, 20), (&after, 21), (&orphans, 20), (&untrimmed, 20)] {
            let db = open(crashed.path(), &clock).await;
            assert_eq!(visible(&db, 21).await, count);
            write(&db, count + 1).await;
            db.flush().await.unwrap();
            assert_eq!(visible(&db, 22).await, count + 1);
            drop(db);
            let db = open(crashed.path(), &clock).await;
            assert_eq!(visible(&db, 22).await, count + 1);
        }
    });
}

#[test]
fn a_crash_between_seal_and_commit_brings_both_heads_back() {
    run(async {
        let dir = room();
        let clock = Clock::manual(1_000_000_000);
        let names = ["a", "b", "c"].map(|n| labels(&[("__name__", n), ("job", "j")]));
        let write = async |db: &Tsdb, at: i64| {
            let sample = [(at * 1000, (at * 1000) as f64 / 8.0)];
            append(db, &[(&names[0], &sample), (&names[1], &sample), (&names[2], &sample)]).await;
        };
        let mut db = open(dir.path(), &clock).await;
        let mut count = 0;
        for _ in 0..3 {
            count += 1;
            write(&db, count).await;
            // The flush gets as far as this, then the process dies. The series of the next head get the same ids again.
            db.seal();
            count += 1;
            write(&db, count).await;
            drop(db);
            db = open(dir.path(), &clock).await;
            assert_eq!(visible(&db, count).await, count);
        }
        // Every head is flushed on its own, and what comes then follows on.
        db.flush().await.unwrap();
        assert_eq!(db.telemetry().head_series, 0);
        assert_eq!(visible(&db, count).await, count);
        count += 1;
        write(&db, count).await;
        drop(db);
        let db = open(dir.path(), &clock).await;
        assert_eq!(visible(&db, count).await, count);
    });
}
