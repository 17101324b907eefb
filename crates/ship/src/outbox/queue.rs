//! The queue on disk: one log for all outlets, and beside it how far each of them came.
//!
//! ```text
//! outbox/00000001.log ...    records (record.rs), trimmed behind the slowest outlet
//! outbox/cursors.json        {"name": {"segment": 3, "offset": 4711}, ...}, replaced as a whole
//! ```
//! Invariant: a segment is removed only when the cursors on disk lie behind it, so a cursor always finds its record.

use super::{OutboxOptions, record};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::Clock;
use stdx::task;
use store::{LocalLog, LogOptions, Position, StoreError};
use tokio::sync::watch;

/// 16 MiB: the grain of trimming, a few seconds of a busy server.
const MAX_SEGMENT_BYTES: u64 = 16 << 20;
/// The smallest segment, of a queue with a small bound.
const MIN_SEGMENT_BYTES: u64 = 64 << 10;
/// A bound holds at least so many segments, so that dropping the oldest leaves most.
const LEAST_SEGMENTS: u64 = 8;
/// Cursors are written at most this often: what was sent since is sent again after a kill.
const WRITE_CURSORS_EVERY: Duration = Duration::from_secs(1);
/// The file of the cursors.
const CURSORS: &str = "cursors.json";

/// How far the durable part of the queue reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) position: Position,
    /// Samples put since the start of the process.
    pub(super) rows: u64,
}

/// Records from a cursor on.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) entries: Vec<record::Entry>,
    /// Where to go on.
    pub(super) next: Position,
    /// Samples in them.
    pub(super) rows: u64,
    /// Records that could not be read.
    pub(super) damaged: u64,
}

#[derive(Debug)]
pub(super) struct Queue {
    log: LocalLog,
    end: watch::Sender<End>,
    cursors: Mutex<Cursors>,
    /// One that frees room at a time.
    dropping: Mutex<()>,
    /// One writer of the file at a time.
    writing: tokio::sync::Mutex<()>,
    folder: PathBuf,
    max_bytes: u64,
    segment_bytes: u64,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Cursors {
    at: BTreeMap<String, Position>,
    /// Samples that went unsent, not yet told to their outlet.
    lost: BTreeMap<String, u64>,
    written: Duration,
}

impl Queue {
    /// Opens or makes the queue. Blocks.
    pub(super) fn open(options: &OutboxOptions) -> Result<Self, StoreError> {
        let segment_bytes = (options.max_bytes / LEAST_SEGMENTS).clamp(MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES);
        let log_options = LogOptions { segment_bytes, ..LogOptions::default() };
        let log = LocalLog::open(&options.folder, log_options)?;
        let path = options.folder.join(CURSORS);
        let at = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| StoreError::Corrupt {
                path: path.display().to_string(),
                offset: 0,
                what: error.to_string(),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(io(&path, source)),
        };
        let end = watch::Sender::new(End { position: log.end(), rows: 0 });
        Ok(Queue {
            log,
            end,
            cursors: Mutex::new(Cursors { at, ..Cursors::default() }),
            dropping: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            folder: options.folder.clone(),
            max_bytes: options.max_bytes.max(LEAST_SEGMENTS * segment_bytes),
            segment_bytes,
            clock: options.clock.clone(),
        })
    }

    /// Puts records with their numbers of rows; `Ok` when they are on disk.
    pub(super) async fn put(self: &Arc<Self>, records: Vec<(Vec<u8>, u64)>) -> Result<(), StoreError> {
        let mut tickets = Vec::with_capacity(records.len());
        for (record, rows) in records {
            let permit = self.log.reserve(record.len()).await?;
            tickets.push((permit.submit(record), rows));
        }
        for (ticket, rows) in tickets {
            let position = ticket.end();
            ticket.durable().await?;
            self.end.send_modify(|end| {
                end.position = end.position.max(position);
                end.rows += rows;
            });
        }
        if self.log.bytes() > self.max_bytes {
            let queue = self.clone();
            let dropped = task::blocking(move || queue.drop_oldest()).join().await;
            if let Err(error) =
                dropped.map_err(|error| error.to_string()).and_then(|d| d.map_err(|e| e.to_string()))
            {
                tracing::warn!(error, "the queue of remote write cannot be kept in its bounds");
            }
        }
        Ok(())
    }

    /// What an outlet cannot read of the segment at its cursor it leaves out; answers where it goes on, `None` at the end.
    pub(super) fn behind_damage(&self, at: Position) -> Option<Position> {
        let end = self.end.borrow().position;
        (at.segment < end.segment).then_some(Position { segment: at.segment + 1, offset: 0 })
    }

    /// Tells when the queue grows.
    pub(super) fn subscribe(&self) -> watch::Receiver<End> {
        self.end.subscribe()
    }

    /// How far an outlet came, and how many of its samples went unsent since it last asked.
    pub(super) fn cursor(&self, outlet: &str) -> (Position, u64) {
        let mut cursors = self.cursors();
        let lost = cursors.lost.remove(outlet).unwrap_or(0);
        (cursors.at.get(outlet).copied().unwrap_or_default(), lost)
    }

    /// Bytes between an outlet's cursor and the end.
    pub(super) fn pending_bytes(&self, outlet: &str) -> u64 {
        let end = self.end.borrow().position;
        let Some(at) = self.cursors().at.get(outlet).copied() else { return 0 };
        (end.segment.saturating_sub(at.segment) * self.segment_bytes + end.offset).saturating_sub(at.offset)
    }

    /// Reads up to `rows` samples from `from` on, but not beyond `upto`. Blocks.
    pub(super) fn read(&self, from: Position, upto: Position, rows: u64) -> Result<Read, StoreError> {
        let mut read = Read { entries: Vec::new(), next: upto, rows: 0, damaged: 0 };
        let mut taken = 0;
        let mut stopped = false;
        let outcome = self.log.replay(from, &mut |at, bytes| {
            if at >= upto || taken >= rows {
                read.next = at.min(upto);
                stopped = true;
                return Err(enough());
            }
            let rows = record::rows(bytes).unwrap_or(0);
            read.rows += rows;
            taken += rows.max(1);
            match record::decode(bytes) {
                Some(entry) => read.entries.push(entry),
                None => read.damaged += 1,
            }
            Ok(())
        });
        match outcome {
            Err(_) if stopped => Ok(read),
            other => other.map(|()| read),
        }
    }

    /// An outlet is done with everything before `to`. Writes the cursors when it is time, and frees what nobody wants.
    pub(super) async fn advance(&self, outlet: &str, to: Position) -> Result<(), StoreError> {
        let now = self.clock.monotonic();
        let due = {
            let mut cursors = self.cursors();
            let Some(at) = cursors.at.get_mut(outlet) else { return Ok(()) };
            let crossed = to.segment > at.segment;
            *at = to.max(*at);
            crossed || now.saturating_sub(cursors.written) >= WRITE_CURSORS_EVERY
        };
        if due { self.write_cursors().await } else { Ok(()) }
    }

    /// These outlets are there from now on: new ones begin at the end, the others' cursors go.
    pub(super) async fn keep_cursors(&self, outlets: &[String]) -> Result<(), StoreError> {
        {
            let end = self.end.borrow().position;
            let mut cursors = self.cursors();
            cursors.at.retain(|name, _| outlets.contains(name));
            for name in outlets {
                cursors.at.entry(name.clone()).or_insert(end);
            }
        }
        self.write_cursors().await
    }

    /// Writes the cursors and closes the log.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.write_cursors().await?;
        self.log.close().await
    }

    async fn write_cursors(&self) -> Result<(), StoreError> {
        let _one = self.writing.lock().await;
        let at = {
            let mut cursors = self.cursors();
            cursors.written = self.clock.monotonic();
            cursors.at.clone()
        };
        let (folder, log) = (self.folder.clone(), self.log.clone());
        let written = task::blocking(move || {
            write(&folder.join(CURSORS), &at)?;
            match at.values().min() {
                Some(slowest) => log.trim(*slowest),
                None => log.trim(log.end()),
            }
        });
        let written = written.join().await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        written.map(|_freed| ())
    }

    /// Moves every outlet out of the oldest segments until the log is within its bound. Blocks.
    fn drop_oldest(&self) -> Result<(), StoreError> {
        let Ok(_one) = self.dropping.try_lock() else { return Ok(()) };
        // Twice the number of segments is more rounds than there can be work.
        for _ in 0..2 * self.max_bytes / self.segment_bytes + 2 {
            let end = self.end.borrow().position;
            let slowest = self.cursors().at.values().min().copied();
            let Some(slowest) = slowest.filter(|at| at.segment < end.segment) else { break };
            if self.log.bytes() <= self.max_bytes {
                break;
            }
            let next = Position { segment: slowest.segment + 1, offset: 0 };
            let behind: Vec<(String, Position)> = {
                let cursors = self.cursors();
                let all = cursors.at.iter().filter(|(_, at)| **at < next);
                all.map(|(name, at)| (name.clone(), *at)).collect()
            };
            for (name, at) in behind {
                let lost = self.rows_between(at, next)?;
                tracing::warn!(
                    outlet = name,
                    samples = lost,
                    "the queue of remote write is full: the oldest samples go unsent"
                );
                let mut cursors = self.cursors();
                *cursors.lost.entry(name.clone()).or_default() += lost;
                if let Some(at) = cursors.at.get_mut(&name) {
                    *at = next.max(*at);
                }
            }
            let at = self.cursors().at.clone();
            write(&self.folder.join(CURSORS), &at)?;
            self.log.trim(next)?;
        }
        Ok(())
    }

    fn rows_between(&self, from: Position, upto: Position) -> Result<u64, StoreError> {
        let (mut rows, mut stopped) = (0, false);
        let outcome = self.log.replay(from, &mut |at, bytes| {
            if at >= upto {
                stopped = true;
                return Err(enough());
            }
            rows += record::rows(bytes).unwrap_or(0);
            Ok(())
        });
        match outcome {
            Err(error) if !stopped => Err(error),
            _ => Ok(rows),
        }
    }

    fn cursors(&self) -> MutexGuard<'_, Cursors> {
        // Each change is one assignment: a panic elsewhere leaves the map whole.
        self.cursors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a replay that has read enough; never seen outside.
fn enough() -> StoreError {
    StoreError::Invalid("enough was read".to_owned())
}

fn io(path: &std::path::Path, source: std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {source}", path.display()))
}

/// Replaces the file of the cursors as a whole.
fn write(path: &std::path::Path, at: &BTreeMap<String, Position>) -> Result<(), StoreError> {
    let next = path.with_extension("json.next");
    let text = serde_json::to_vec(at).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let written = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&next)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&next, path)?;
        std::fs::File::open(path.parent().unwrap_or(path))?.sync_all()
    };
    written().map_err(|source| io(path, source))
}
