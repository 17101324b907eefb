//! How fast the log writes, answers and replays, on the disk of `TMPDIR`: `cargo bench -p store --bench log`.

use std::time::Duration;
use stdx::Clock;
use store::{LocalLog, LogOptions, Position, StoreError};

/// Bytes written and replayed.
const TOTAL_BYTES: usize = 512 << 20;
/// A record as a remote write of 500 samples makes one.
const RECORD_BYTES: usize = 8 << 10;
/// Records in flight at once.
const WRITERS: usize = 32;

fn main() -> Result<(), StoreError> {
    let dir = std::env::temp_dir().join(format!("oriel-bench-log-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let runtime = runtime.map_err(|error| StoreError::Invalid(error.to_string()))?;
    let clock = Clock::system();
    let log = LocalLog::open(&dir, LogOptions::default())?;
    let started = clock.monotonic();
    runtime.block_on(async {
        let writers: Vec<_> =
            (0..WRITERS).map(|_| stdx::task::spawn(write(log.clone(), TOTAL_BYTES / WRITERS))).collect();
        for writer in writers {
            writer.join().await.map_err(|error| StoreError::Unavailable(error.to_string()))??;
        }
        Ok::<_, StoreError>(())
    })?;
    report("append", TOTAL_BYTES, clock.monotonic() - started);
    let started = clock.monotonic();
    let alone = 500;
    runtime.block_on(write(log.clone(), alone * RECORD_BYTES))?;
    let each = (clock.monotonic() - started) / alone as u32;
    println!("one writer alone: {each:?} from submit to durable");
    drop(log);
    let started = clock.monotonic();
    let log = LocalLog::open(&dir, LogOptions::default())?;
    println!("open: {:?}", clock.monotonic() - started);
    let started = clock.monotonic();
    let mut bytes = 0;
    log.replay(Position::default(), &mut |_, record| {
        bytes += record.len();
        Ok(())
    })?;
    report("replay", bytes, clock.monotonic() - started);
    drop(log);
    std::fs::remove_dir_all(&dir).map_err(|error| StoreError::Invalid(error.to_string()))
}

async fn write(log: LocalLog, bytes: usize) -> Result<(), StoreError> {
    for n in 0..bytes / RECORD_BYTES {
        let record = vec![n as u8; RECORD_BYTES];
        log.reserve(record.len()).await?.submit(record).durable().await?;
    }
    Ok(())
}

fn report(what: &str, bytes: usize, took: Duration) {
    println!("{what}: {:.0} MB/s", bytes as f64 / 1e6 / took.as_secs_f64());
}
