//! The local log: what makes an ack durable. Stop of the write walk between the engine's append, which submits under the
//! lock of its head, and the head, where the record becomes visible.
//!
//! ```text
//! reserve (waits for room) -> submit (assigns the position) -> queue -> writer thread: write, fdatasync -> durable
//! ```
//! Segments of 64 MiB; one thread writes all that is queued and syncs once for all of it. Format: `docs/formats/log.md`.
//! Invariants: positions grow in the order of submits and that is the order on the disk; a record whose ticket answered `Ok`
//! is replayed after any crash; after the first failed write or sync nothing is acknowledged any more. A disk that fills up does
//! not come that far: nothing is taken while less than [`LogOptions::spare_bytes`] are free, and taken again once they are.

mod queue;
mod read;
mod recover;
pub(crate) mod segment;
mod writer;

use crate::disk::{Disk, OsDisk};
use crate::error::StoreError;
use codec::{CodecError, Reader, put_u64};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::Clock;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::oneshot;

pub(crate) use queue::{Item, Shared};
pub use segment::MAX_RECORD_BYTES;

/// A place in the log. Opaque and ordered; the default is the very beginning.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub struct Position {
    /// The segment's number.
    pub segment: u64,
    /// Bytes from the start of the segment.
    pub offset: u64,
}

impl Position {
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        put_u64(out, self.segment);
        put_u64(out, self.offset);
    }

    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Position, CodecError> {
        Ok(Position { segment: input.u64()?, offset: input.u64()? })
    }
}

/// What a replay calls for each record, with the position of its start.
pub type Visit<'a> = dyn FnMut(Position, &[u8]) -> Result<(), StoreError> + 'a;

/// How a log behaves.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// The size of a segment: the grain of trimming. At least 4 KiB.
    pub segment_bytes: u64,
    /// Bytes of records that may wait for the disk; further ones wait in [`LocalLog::reserve`].
    pub queue_bytes: usize,
    /// Syncs start at least this far apart, unless [`LogOptions::commit_bytes`] are waiting.
    pub commit_interval: Duration,
    /// The same while all that waits was submitted by callers that can wait ([`Permit::submit_patient`]).
    pub patient_interval: Duration,
    /// So many waiting bytes are synced at once.
    pub commit_bytes: usize,
    /// While fewer bytes are free on the disk, nothing is taken.
    pub spare_bytes: u64,
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// Times the syncs.
    pub clock: Clock,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions {
            // A two-hour head pins at most a few of these; a replay of one takes a fifth of a second.
            segment_bytes: 64 << 20,
            // A third of a second of writing at 100 MB/s.
            queue_bytes: 32 << 20,
            // At most 500 syncs a second: a tenth of what a good disk can do.
            commit_interval: Duration::from_millis(2),
            // Ten syncs a second for any number of scraped targets; what a crash may take of a scrape is not acknowledged.
            patient_interval: Duration::from_millis(100),
            // A sync of 1 MiB takes about a millisecond: larger groups gain nothing.
            commit_bytes: 1 << 20,
            // The next segment of each of three signals: what is queued, and the blocks that make room, still fit.
            spare_bytes: 192 << 20,
            disk: Arc::new(OsDisk),
            clock: Clock::system(),
        }
    }
}

/// The smallest segment: below this the headers would dominate.
const MIN_SEGMENT_BYTES: u64 = 4 << 10;

/// A log of records in a directory. Cloning shares it; dropping the last handle writes and syncs what is queued.
#[derive(Clone, Debug)]
pub struct LocalLog(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl LocalLog {
    /// Opens or creates the log in `dir`, for this process alone. Cuts a torn tail of the last segment; damage anywhere else is
    /// an error that names the file and the offset.
    pub fn open(dir: &Path, options: LogOptions) -> Result<LocalLog, StoreError> {
        if options.segment_bytes < MIN_SEGMENT_BYTES || options.queue_bytes == 0 {
            return Err(StoreError::Invalid(format!(
                "a log needs segments of at least {MIN_SEGMENT_BYTES} bytes and room in its queue"
            )));
        }
        let io = |error| StoreError::io(dir, error);
        options.disk.create_dir(dir).map_err(io)?;
        let lock = match options.disk.lock(dir) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return Err(StoreError::Closed(format!("{}, which another process uses,", dir.display())));
            }
            other => other.map_err(io)?,
        };
        let recovered = recover::recover(&*options.disk, dir)?;
        let active = recovered.active;
        let shared = Arc::new(Shared::new(dir, options, recovered.segments, recovered.end, lock));
        let writer = writer::Writer::new(shared.clone(), active);
        let thread = stdx::task::thread("oriel-log", move || writer.run()).map_err(io)?;
        Ok(LocalLog(Arc::new(Handle { shared, thread: Mutex::new(Some(thread)) })))
    }

    /// Waits until the queue has room for a record of `bytes` bytes. [`StoreError::Full`] while the disk is nearly full;
    /// once the log failed or was closed it answers why.
    pub async fn reserve(&self, bytes: usize) -> Result<Permit, StoreError> {
        if bytes > MAX_RECORD_BYTES {
            return Err(StoreError::Invalid(format!(
                "a record of {bytes} bytes is larger than the {MAX_RECORD_BYTES} that the log takes"
            )));
        }
        let shared = &self.0.shared;
        let room = shared.reserve(bytes).await?;
        Ok(Permit { shared: shared.clone(), room })
    }

    /// Reads the durable records from `from` on, in order, in bounded memory. Blocks: call it before serving, or off the
    /// runtime. A log whose end lies before `from` was lost or replaced: it goes on behind `from`, so that what is
    /// written from now on is not taken for flushed.
    pub fn replay(&self, from: Position, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let shared = &self.0.shared;
        let (segments, upto) = shared.advance(from);
        if let Some((first, segment)) = segments.first()
            && from.segment < *first
            && segment.previous != 0
            && segment.previous >= from.segment
        {
            let path = shared.dir.join(segment::file_name(segment.previous));
            let what = format!("the segment is missing, and the records from {from:?} on are wanted");
            return Err(StoreError::corrupt(path.display().to_string(), 0, what));
        }
        for (number, _) in segments.into_iter().filter(|(number, _)| *number >= from.segment) {
            let path = shared.dir.join(segment::file_name(number));
            let (reader, _) = read::SegmentReader::open(&*shared.options.disk, &path, number)?;
            read::replay_segment(reader, from, upto, visit)?;
        }
        Ok(())
    }

    /// Where the next submitted record will start, or a place before it: every record submitted so far starts before.
    pub fn end(&self) -> Position {
        self.0.shared.end()
    }

    /// Removes the segments that lie wholly before `upto`; answers the bytes freed.
    pub fn trim(&self, upto: Position) -> Result<u64, StoreError> {
        self.0.shared.trim(upto)
    }

    /// Bytes that the segments take on the disk, space set aside included.
    pub fn bytes(&self) -> u64 {
        self.0.shared.bytes()
    }

    /// Writes and syncs what is queued, and stops. Later calls answer the same.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.shared.close();
        self.0.shared.wait_finished().await;
        self.0.join();
        self.0.shared.outcome()
    }
}

impl Handle {
    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the thread was noted by its guard; here only its end matters.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close();
        self.join();
    }
}

/// Room in the queue for one record.
#[derive(Debug)]
pub struct Permit {
    shared: Arc<Shared>,
    room: OwnedSemaphorePermit,
}

impl Permit {
    /// Queues `record` at the end of the log: the order of calls is the order of positions. Does not block. A record that is
    /// empty or over [`MAX_RECORD_BYTES`] is refused by the ticket.
    pub fn submit(self, record: Vec<u8>) -> Ticket {
        self.queue(record, false)
    }

    /// The same for a caller that can wait for its answer: the record is synced with what else comes within
    /// [`LogOptions::patient_interval`].
    pub fn submit_patient(self, record: Vec<u8>) -> Ticket {
        self.queue(record, true)
    }

    fn queue(self, record: Vec<u8>, patient: bool) -> Ticket {
        let (sender, outcome) = oneshot::channel();
        let answer = queue::Answer { sender, patient };
        let (start, end) = self.shared.submit(record, self.room, answer);
        Ticket { start, end, outcome }
    }
}

/// A submitted record.
#[derive(Debug)]
pub struct Ticket {
    start: Position,
    end: Position,
    outcome: oneshot::Receiver<Result<(), StoreError>>,
}

impl Ticket {
    /// Where the record starts.
    pub fn start(&self) -> Position {
        self.start
    }

    /// Where it ends: no record is before this and after [`Ticket::start`].
    pub fn end(&self) -> Position {
        self.end
    }

    /// Answers when the record is on the disk. After an error the record may be on the disk or not.
    pub async fn durable(self) -> Result<(), StoreError> {
        match self.outcome.await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::Unavailable("the log's writer died".to_owned())),
        }
    }
}
