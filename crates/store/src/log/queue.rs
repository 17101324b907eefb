//! What callers and the writer thread share: the queue, the next position, the list of segments, and how it ended.
//!
//! Invariant: one short lock covers assigning a position and queueing the record, so both orders are the same.

use super::recover::SegmentFile;
use super::segment::{ALIGNMENT, FRAME_BYTES, HEADER_BYTES, MAX_RECORD_BYTES, file_name, frame_bytes};
use super::{LogOptions, Position};
use crate::error::StoreError;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

/// How a waiting caller is told.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) sender: oneshot::Sender<Result<(), StoreError>>,
    /// Whether the caller can wait for others.
    pub(crate) patient: bool,
}

impl Answer {
    /// A caller that stopped waiting does not want to know.
    fn tell(self, outcome: Result<(), StoreError>) {
        drop(self.sender.send(outcome));
    }
}

/// A record on its way to the disk.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) start: Position,
    end: Position,
    pub(crate) record: Vec<u8>,
    answer: Answer,
    /// Its room in the queue, given back when it is answered.
    _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) options: LogOptions,
    room: Arc<Semaphore>,
    disk_room: Mutex<DiskRoom>,
    state: Mutex<State>,
    /// Wakes the thread.
    work: Condvar,
    /// Wakes those who wait for its end.
    ended: Notify,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Item>,
    queued_bytes: usize,
    /// Whether a caller in the queue cannot wait for others.
    pressing: bool,
    next: Position,
    /// Everything before is on the disk.
    durable: Position,
    segments: BTreeMap<u64, SegmentFile>,
    closing: bool,
    finished: bool,
    failed: Option<StoreError>,
    /// Held until the thread ended.
    lock: Option<Box<dyn Debug + Send + Sync>>,
}

/// What was last seen of the disk's free bytes.
#[derive(Debug, Default)]
struct DiskRoom {
    seen: Option<Duration>,
    is_short: bool,
}

/// How often free bytes are looked at: at 500 MB a second, 50 MB may be written in between.
const DISK_CHECK_INTERVAL: Duration = Duration::from_millis(100);

impl Shared {
    pub(crate) fn new(
        dir: &Path,
        options: LogOptions,
        segments: BTreeMap<u64, SegmentFile>,
        end: Position,
        lock: Box<dyn Debug + Send + Sync>,
    ) -> Self {
        let state = State {
            queue: VecDeque::new(),
            queued_bytes: 0,
            pressing: false,
            next: end,
            durable: end,
            segments,
            closing: false,
            finished: false,
            failed: None,
            lock: Some(lock),
        };
        let room = options.queue_bytes.min(u32::MAX as usize >> 1);
        Shared {
            dir: dir.to_owned(),
            options,
            room: Arc::new(Semaphore::new(room)),
            disk_room: Mutex::default(),
            state: Mutex::new(state),
            work: Condvar::new(),
            ended: Notify::new(),
        }
    }

    /// Waits for room; a record larger than the whole queue waits for all of it.
    pub(crate) async fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, StoreError> {
        self.check_disk()?;
        let wanted = bytes.clamp(1, self.options.queue_bytes.min(u32::MAX as usize >> 1));
        if let Ok(room) = self.room.clone().try_acquire_many_owned(wanted as u32) {
            return Ok(room);
        }
        // What fills the queue is not left to wait for others.
        self.press();
        match self.room.clone().acquire_many_owned(wanted as u32).await {
            Ok(room) => Ok(room),
            Err(_closed) => Err(self.why_closed(&self.state())),
        }
    }

    /// The queue is to be synced soon, whoever waits in it.
    fn press(&self) {
        self.state().pressing = true;
        self.work.notify_one();
    }

    /// Refuses while the disk is nearly full, before a segment that cannot be made would end the log for good.
    fn check_disk(&self) -> Result<(), StoreError> {
        let (options, now) = (&self.options, self.options.clock.monotonic());
        let mut room = self.disk_room.lock().unwrap_or_else(PoisonError::into_inner);
        if room.seen.is_none_or(|seen| now.saturating_sub(seen) >= DISK_CHECK_INTERVAL) {
            // A file system that does not tell is taken to have room.
            let is_short = options.disk.free(&self.dir).is_ok_and(|free| free < options.spare_bytes);
            match (room.is_short, is_short) {
                (false, true) => tracing::error!(
                    log = %self.dir.display(), spare_bytes = options.spare_bytes,
                    "the disk is nearly full: nothing is taken until there is room"
                ),
                (true, false) => tracing::info!(log = %self.dir.display(), "the disk has room again"),
                _ => {}
            }
            *room = DiskRoom { seen: Some(now), is_short };
        }
        match room.is_short {
            true => Err(StoreError::Full { path: self.dir.display().to_string() }),
            false => Ok(()),
        }
    }

    pub(crate) fn submit(
        &self,
        record: Vec<u8>,
        room: OwnedSemaphorePermit,
        answer: Answer,
    ) -> (Position, Position) {
        let mut state = self.state();
        let refused = if record.is_empty() || record.len() > MAX_RECORD_BYTES {
            Some(StoreError::Invalid(format!("the log takes no records of {} bytes", record.len())))
        } else if state.closing || state.failed.is_some() {
            Some(self.why_closed(&state))
        } else {
            None
        };
        if let Some(error) = refused {
            answer.tell(Err(error));
            return (state.next, state.next);
        }
        let start = self.place(state.next, record.len());
        let end = Position { offset: start.offset + frame_bytes(record.len()), ..start };
        state.next = end;
        state.queued_bytes += record.len();
        let presses = !answer.patient && !state.pressing;
        state.pressing |= presses;
        state.queue.push_back(Item { start, end, record, answer, _room: room });
        let wake = state.queue.len() == 1 || presses || state.queued_bytes >= self.options.commit_bytes;
        drop(state);
        if wake {
            self.work.notify_one();
        }
        (start, end)
    }

    /// Where a record of `len` bytes goes: in this segment when it leaves room for the seal, else in the next.
    fn place(&self, next: Position, len: usize) -> Position {
        debug_assert_eq!(next.offset % ALIGNMENT, 0);
        let fits = next.offset + frame_bytes(len) + FRAME_BYTES <= self.options.segment_bytes;
        if fits || next.offset == HEADER_BYTES {
            next
        } else {
            Position { segment: next.segment + 1, offset: HEADER_BYTES }
        }
    }

    /// What is to be written next: waits for a record and then, unless much is waiting, until `commit_interval` after the last
    /// sync, or `patient_interval` while nobody presses. `None` once the log is closing and all is written.
    pub(crate) fn next_batch(&self, last_sync: Duration) -> Option<Vec<Item>> {
        let mut state = self.state();
        loop {
            if state.queue.is_empty() {
                if state.closing {
                    return None;
                }
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let since = self.options.clock.monotonic().saturating_sub(last_sync);
            let interval = match state.pressing {
                true => self.options.commit_interval,
                false => self.options.patient_interval.max(self.options.commit_interval),
            };
            let wait = interval.saturating_sub(since);
            if wait.is_zero() || state.closing || state.queued_bytes >= self.options.commit_bytes {
                break;
            }
            let waited = self.work.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() {
                break;
            }
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < self.options.commit_bytes.max(1) {
            let Some(item) = state.queue.pop_front() else { break };
            bytes += item.record.len();
            batch.push(item);
        }
        state.queued_bytes -= bytes;
        state.pressing = state.queue.iter().any(|item| !item.answer.patient);
        Some(batch)
    }

    /// The batch is on the disk.
    pub(crate) fn answer(&self, batch: Vec<Item>) {
        if let Some(last) = batch.last() {
            self.state().durable = last.end;
        }
        for item in batch {
            item.answer.tell(Ok(()));
        }
    }

    /// The batch may be on the disk or not, and nothing after it will be.
    pub(crate) fn fail(&self, error: StoreError, batch: Vec<Item>) {
        let mut state = self.state();
        let error = state.failed.get_or_insert(error).clone();
        state.queued_bytes = 0;
        let rest = std::mem::take(&mut state.queue);
        drop(state);
        self.room.close();
        for item in batch.into_iter().chain(rest) {
            item.answer.tell(Err(error.clone()));
        }
    }

    /// The thread is about to end.
    pub(crate) fn finished(&self) {
        let mut state = self.state();
        state.finished = true;
        state.lock = None;
        drop(state);
        self.ended.notify_waiters();
    }

    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.room.close();
        self.work.notify_one();
    }

    pub(crate) async fn wait_finished(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.state().finished {
                return;
            }
            ended.await;
        }
    }

    /// How the log ended: the error that stopped it, if any.
    pub(crate) fn outcome(&self) -> Result<(), StoreError> {
        self.state().failed.clone().map_or(Ok(()), Err)
    }

    fn why_closed(&self, state: &State) -> StoreError {
        let closed = || StoreError::Closed(format!("the log {}", self.dir.display()));
        state.failed.clone().unwrap_or_else(closed)
    }

    pub(crate) fn end(&self) -> Position {
        self.state().next
    }

    /// Goes on behind `from` when the log ends before it; answers the segments and how far they are durable.
    pub(crate) fn advance(&self, from: Position) -> (Vec<(u64, SegmentFile)>, Position) {
        let mut state = self.state();
        if from > state.next {
            let next = Position { segment: from.segment.saturating_add(1), offset: HEADER_BYTES };
            tracing::warn!(?from, end = ?state.next, "the log ends before what is flushed; it goes on behind that");
            state.next = next;
        }
        (state.segments.iter().map(|(number, segment)| (*number, *segment)).collect(), state.durable)
    }

    /// The number of the newest segment; 0 when there is none.
    pub(crate) fn last_segment(&self) -> u64 {
        self.state().segments.keys().next_back().copied().unwrap_or(0)
    }

    pub(crate) fn add_segment(&self, number: u64, segment: SegmentFile) {
        self.state().segments.insert(number, segment);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.state().segments.values().map(|segment| segment.size).sum()
    }

    pub(crate) fn trim(&self, upto: Position) -> Result<u64, StoreError> {
        let state = self.state();
        // The newest segment stays: it may be the one that is written, and it carries the numbering on.
        let newest = state.segments.keys().next_back().copied().unwrap_or(0);
        let old: Vec<u64> =
            state.segments.range(..upto.segment.min(newest)).map(|(number, _)| *number).collect();
        drop(state);
        let disk = &*self.options.disk;
        let mut freed = 0;
        // Oldest first: a crash in between leaves a chain without holes.
        for number in &old {
            let path = self.dir.join(file_name(*number));
            match disk.remove(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::io(&path, error));
                }
                _ => {}
            }
            freed += self.state().segments.remove(number).map_or(0, |segment| segment.size);
        }
        if !old.is_empty() {
            disk.sync_dir(&self.dir).map_err(|error| StoreError::io(&self.dir, error))?;
        }
        Ok(freed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every update is complete before anything in it can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
