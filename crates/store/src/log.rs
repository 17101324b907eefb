//! The local log: what makes an ack durable. Stop of the write walk between the engine's append and its head.

use crate::error::StoreError;
use codec::{CodecError, Reader, put_u64};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
#[derive(Debug, Clone, Default)]
pub struct LogOptions {}

/// A log of records in a directory. Cloning shares it.
#[derive(Clone, Debug)]
pub struct LocalLog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    file: File,
    end: Mutex<u64>,
}

impl LocalLog {
    /// Opens or creates the log in `dir`.
    pub fn open(dir: &Path, _options: LogOptions) -> Result<LocalLog, StoreError> {
        std::fs::create_dir_all(dir).map_err(|error| StoreError::io(dir, error))?;
        let path = dir.join(format!("{:016x}.log", 1));
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(|error| StoreError::io(&path, error))?;
        let log = LocalLog(Arc::new(Shared { path, file, end: Mutex::new(0) }));
        let mut end = 0;
        log.scan(u64::MAX, &mut |at, record| {
            end = at.offset + 8 + record.len() as u64;
            Ok(())
        })?;
        *log.locked() = end;
        Ok(log)
    }

    /// Waits for room for `bytes`.
    pub async fn reserve(&self, bytes: usize) -> Result<Permit, StoreError> {
        let _ = bytes;
        Ok(Permit(self.clone()))
    }

    /// Reads the records from `from` on, in order.
    pub fn replay(&self, from: Position, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let end = *self.locked();
        self.scan(end, &mut |at, record| if at >= from { visit(at, record) } else { Ok(()) })
    }

    fn scan(&self, end: u64, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut at = 0;
        let mut header = [0; 8];
        while at < end && self.0.file.read_exact_at(&mut header, at).is_ok() {
            let len = u32::from_le_bytes(header[..4].try_into().expect("four bytes"));
            let mut record = vec![0; len as usize];
            if self.0.file.read_exact_at(&mut record, at + 8).is_err()
                || codec::crc32c(&record).to_le_bytes() != header[4..]
            {
                break;
            }
            visit(Position { segment: 1, offset: at }, &record)?;
            at += 8 + u64::from(len);
        }
        Ok(())
    }

    /// Where the next submitted record will start.
    pub fn end(&self) -> Position {
        Position { segment: 1, offset: *self.locked() }
    }

    /// Removes what is wholly before `upto`; answers the bytes freed.
    pub fn trim(&self, upto: Position) -> Result<u64, StoreError> {
        let _ = upto;
        Ok(0)
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        *self.locked()
    }

    /// Flushes and stops.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.file.sync_data().map_err(|error| StoreError::io(&self.0.path, error))
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, u64> {
        self.0.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for one record.
#[derive(Debug)]
pub struct Permit(LocalLog);

impl Permit {
    /// Puts `record` at the end of the log: the order of calls is the order in the log.
    pub fn submit(self, record: Vec<u8>) -> Ticket {
        let shared = &self.0.0;
        let mut end = self.0.locked();
        let start = *end;
        let mut frame = (record.len() as u32).to_le_bytes().to_vec();
        frame.extend_from_slice(&codec::crc32c(&record).to_le_bytes());
        frame.extend_from_slice(&record);
        let outcome = shared.file.write_all_at(&frame, start).and_then(|()| shared.file.sync_data());
        let outcome = outcome.map_err(|error| StoreError::io(&shared.path, error));
        *end += frame.len() as u64;
        Ticket {
            start: Position { segment: 1, offset: start },
            end: Position { segment: 1, offset: *end },
            outcome,
        }
    }
}

/// A submitted record.
#[derive(Debug)]
pub struct Ticket {
    start: Position,
    end: Position,
    outcome: Result<(), StoreError>,
}

impl Ticket {
    /// Where the record starts.
    pub fn start(&self) -> Position {
        self.start
    }

    /// Where the next one starts.
    pub fn end(&self) -> Position {
        self.end
    }

    /// Answers when the record is on the disk.
    pub async fn durable(self) -> Result<(), StoreError> {
        self.outcome
    }
}
