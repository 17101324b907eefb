//! The thread that writes the log: takes what is queued, writes it, syncs once, answers everyone.
//!
//! Invariants: nobody is answered before the sync that covers his record; after the first error nothing is written, synced or
//! answered `Ok` again, because a failed sync may have dropped the pages it failed on.

use super::recover::{Active, SegmentFile};
use super::segment::{FRAME_BYTES, Frame, HEADER_BYTES, Header, file_name, frame_bytes};
use super::{Item, Position, Shared};
use crate::error::StoreError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Records larger than this are written from where they are instead of being copied together.
const COPY_BYTES: usize = 256 << 10;

/// What the thread owns.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    active: Option<Active>,
    buffer: Vec<u8>,
    last_sync: Duration,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, active: Option<Active>) -> Self {
        // Far enough in the past: the first record does not wait.
        Writer { shared, active, buffer: Vec::new(), last_sync: Duration::ZERO }
    }

    /// Runs until the log is closed or fails. A panic counts as a failure.
    pub(crate) fn run(mut self) {
        let guard = FailOnPanic(self.shared.clone());
        while let Some(batch) = self.shared.next_batch(self.last_sync) {
            self.last_sync = self.shared.options.clock.monotonic();
            match self.write(&batch) {
                Ok(()) => self.shared.answer(batch),
                Err(error) => {
                    tracing::error!(%error, "the log failed: nothing is acknowledged any more");
                    self.shared.fail(error, batch);
                    break;
                }
            }
        }
        std::mem::forget(guard);
        self.shared.finished();
    }

    fn write(&mut self, batch: &[Item]) -> Result<(), StoreError> {
        for item in batch {
            let Position { segment, offset } = item.start;
            if self.active.as_ref().is_none_or(|active| active.number != segment) {
                self.roll(segment, item.record.len())?;
            }
            let active = self.active.as_mut().expect("roll made one");
            let pending = self.buffer.len() as u64;
            debug_assert_eq!(active.offset + pending, offset, "records are written where submit placed them");
            let frame = Frame::of(&item.record, offset - active.synced);
            self.buffer.extend_from_slice(&frame.encode(segment, offset));
            if item.record.len() > COPY_BYTES {
                self.flush()?;
                self.put(&item.record)?;
            } else {
                self.buffer.extend_from_slice(&item.record);
            }
            let total = frame_bytes(item.record.len());
            let padding = total - FRAME_BYTES - item.record.len() as u64;
            self.buffer.extend_from_slice(&[0; 8][..padding as usize]);
        }
        self.flush()?;
        self.sync()
    }

    /// Writes what is in the buffer.
    fn flush(&mut self) -> Result<(), StoreError> {
        let buffer = std::mem::take(&mut self.buffer);
        let outcome = if buffer.is_empty() { Ok(()) } else { self.put(&buffer) };
        self.buffer = buffer;
        self.buffer.clear();
        outcome
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let active = self.active.as_mut().expect("write rolled before it put");
        let path = self.shared.dir.join(file_name(active.number));
        active.file.write_at(bytes, active.offset).map_err(|error| StoreError::io(&path, error))?;
        active.offset += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let Some(active) = self.active.as_mut() else { return Ok(()) };
        let path = self.shared.dir.join(file_name(active.number));
        active.file.sync().map_err(|error| StoreError::io(&path, error))?;
        active.synced = active.offset;
        Ok(())
    }

    /// Seals the active segment and makes the next, large enough for a record of `record` bytes.
    fn roll(&mut self, segment: u64, record: usize) -> Result<(), StoreError> {
        self.flush()?;
        if let Some(active) = &self.active {
            // The sealed segment is on the disk before the next one exists: only the last one can have a torn tail.
            let seal = Frame::seal(active.offset - active.synced).encode(active.number, active.offset);
            self.put(&seal)?;
            self.sync()?;
        }
        self.active = None;
        let previous = self.shared.last_segment();
        let size = self.shared.options.segment_bytes.max(HEADER_BYTES + frame_bytes(record) + FRAME_BYTES);
        let file = make_segment(&self.shared, Header { segment, previous }, size)?;
        self.shared.add_segment(segment, SegmentFile { size, previous });
        self.active = Some(Active { number: segment, file, offset: HEADER_BYTES, synced: HEADER_BYTES });
        Ok(())
    }
}

/// Makes a segment under another name and renames it, so that a segment always has its header.
fn make_segment(
    shared: &Shared,
    header: Header,
    size: u64,
) -> Result<Box<dyn crate::disk::DiskFile>, StoreError> {
    let disk = &*shared.options.disk;
    let path = shared.dir.join(file_name(header.segment));
    let temporary = path.with_extension("tmp");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| StoreError::io(&path, error)
    };
    let file = disk.create(&temporary, size).map_err(io(&temporary))?;
    file.write_at(&header.encode(), 0).map_err(io(&temporary))?;
    file.sync().map_err(io(&temporary))?;
    disk.rename(&temporary, &path).map_err(io(&path))?;
    disk.sync_dir(&shared.dir).map_err(io(&shared.dir))?;
    Ok(file)
}

/// Tells those who wait, should the thread die of a panic.
struct FailOnPanic(Arc<Shared>);

impl Drop for FailOnPanic {
    fn drop(&mut self) {
        self.0.fail(StoreError::Unavailable("the log's writer died".to_owned()), Vec::new());
        self.0.finished();
    }
}
