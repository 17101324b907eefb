//! Reading segments: frame by frame for replay, and the search for the end of the last one. Memory is one read buffer plus
//! the largest record.

use super::Position;
use super::segment::{ALIGNMENT, FRAME_BYTES, Frame, HEADER_BYTES, Header};
use crate::disk::{Disk, DiskFile};
use crate::error::StoreError;
use codec::crc32c;
use std::path::{Path, PathBuf};

/// 1 MiB: large enough that the disk streams, small enough to stay in the second-level cache.
const READ_BYTES: usize = 1 << 20;

/// What stands at an offset of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A record of so many bytes, now at the front of [`SegmentReader::record`].
    Record(u64),
    /// The end of a segment that another one follows.
    Seal,
    /// Nothing was written here: zeros where a frame would start, or the end of the file.
    Blank,
    /// Something was written here that is not a frame, or whose record does not match its checksum.
    Damaged(&'static str),
}

/// Walks one segment.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    segment: u64,
    size: u64,
    /// The window of the file that starts at `base`.
    buffer: Vec<u8>,
    base: u64,
    /// Where the next frame starts.
    pub(crate) at: u64,
    record: std::ops::Range<usize>,
}

impl SegmentReader {
    /// Opens `path` and checks its header against the number in its name.
    pub(crate) fn open(disk: &dyn Disk, path: &Path, segment: u64) -> Result<(Self, Header), StoreError> {
        let io = |error| StoreError::io(path, error);
        let file = disk.open(path).map_err(io)?;
        let size = file.size().map_err(io)?;
        let mut reader = SegmentReader {
            file,
            path: path.to_owned(),
            segment,
            size,
            buffer: Vec::new(),
            base: 0,
            at: HEADER_BYTES,
            record: 0..0,
        };
        let bytes = reader.window(0, HEADER_BYTES.min(size) as usize)?.to_vec();
        let header = Header::decode(&bytes).map_err(|what| reader.corrupt(0, what))?;
        if header.segment != segment {
            return Err(reader.corrupt(16, format!("segment {} in the file of {segment}", header.segment)));
        }
        Ok((reader, header))
    }

    /// The record of the last [`Step::Record`].
    pub(crate) fn record(&self) -> &[u8] {
        &self.buffer[self.record.clone()]
    }

    /// The file, for going on writing to it.
    pub(crate) fn into_file(self) -> Box<dyn DiskFile> {
        self.file
    }

    pub(crate) fn file(&self) -> &dyn DiskFile {
        &*self.file
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Damage at `offset` of this segment.
    pub(crate) fn corrupt(&self, offset: u64, what: impl ToString) -> StoreError {
        StoreError::corrupt(self.path.display().to_string(), offset, what)
    }

    pub(crate) fn io(&self, error: std::io::Error) -> StoreError {
        StoreError::io(&self.path, error)
    }

    /// Looks at the next frame, and moves behind it when it is whole.
    pub(crate) fn step(&mut self) -> Result<Step, StoreError> {
        let at = self.at;
        if at + FRAME_BYTES > self.size {
            return Ok(Step::Blank);
        }
        let segment = self.segment;
        let bytes: [u8; FRAME_BYTES as usize] =
            self.window(at, FRAME_BYTES as usize)?.try_into().expect("a window is as long as asked for");
        if bytes == [0; FRAME_BYTES as usize] {
            return Ok(Step::Blank);
        }
        let Some(frame) = Frame::decode(&bytes, segment, at) else {
            return Ok(Step::Damaged("no record starts here"));
        };
        if frame.is_seal() {
            self.at += frame.total();
            return Ok(Step::Seal);
        }
        if at + frame.total() > self.size {
            return Ok(Step::Damaged("the record ends behind the end of the file"));
        }
        let payload = frame.payload() as usize;
        let crc = crc32c(self.window(at + FRAME_BYTES, payload)?);
        if crc != frame.crc {
            return Ok(Step::Damaged("the checksum of the record does not match"));
        }
        let start = (at + FRAME_BYTES - self.base) as usize;
        self.record = start..start + payload;
        self.at += frame.total();
        Ok(Step::Record(frame.payload()))
    }

    /// Whether whole records lead from the start to a seal that lies before `offset`.
    fn is_sealed_before(&mut self, offset: u64) -> Result<bool, StoreError> {
        self.at = HEADER_BYTES;
        while self.at < offset {
            match self.step()? {
                Step::Record(_) => {}
                Step::Seal => return Ok(true),
                Step::Blank | Step::Damaged(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Whether a frame behind `hole` says that the bytes at `hole` were synced before it was written.
    pub(crate) fn look_behind(&mut self, hole: u64) -> Result<Behind, StoreError> {
        const CHUNK: usize = 4096;
        const ZEROS: [u8; CHUNK + FRAME_BYTES as usize] = [0; CHUNK + FRAME_BYTES as usize];
        let mut blank = true;
        let mut at = hole;
        while at < self.size {
            let len = CHUNK.min((self.size - at) as usize);
            // Frames that start in this chunk may end in the next.
            let seen = (len + FRAME_BYTES as usize).min((self.size - at) as usize);
            let segment = self.segment;
            let chunk = self.window(at, seen)?;
            if chunk != &ZEROS[..seen] {
                blank = false;
                for start in (0..len).step_by(ALIGNMENT as usize) {
                    let offset = at + start as u64;
                    let Some(bytes) = chunk[start..].first_chunk() else { break };
                    let Some(frame) = Frame::decode(bytes, segment, offset) else { continue };
                    if offset > hole && offset.saturating_sub(frame.unsynced.into()) > hole {
                        return Ok(Behind::Proof(offset));
                    }
                }
            }
            at += len as u64;
        }
        Ok(if blank { Behind::Blank } else { Behind::Remains })
    }

    /// `len` bytes from `offset`, which must lie in the file.
    fn window(&mut self, offset: u64, len: usize) -> Result<&[u8], StoreError> {
        let end = self.base + self.buffer.len() as u64;
        let held = offset >= self.base && offset + len as u64 <= end;
        if !held {
            let keep = if offset >= self.base && offset < end {
                (offset - self.base) as usize
            } else {
                self.buffer.len()
            };
            self.buffer.drain(..keep);
            self.base = offset;
            let filled = self.buffer.len();
            let wanted = len.max(READ_BYTES).min((self.size - offset) as usize);
            self.buffer.resize(wanted, 0);
            let read = self.file.read_at(&mut self.buffer[filled..], offset + filled as u64);
            let read = read.map_err(|error| StoreError::io(&self.path, error))?;
            self.buffer.truncate(filled + read);
            if self.buffer.len() < len {
                return Err(self.corrupt(self.base + self.buffer.len() as u64, "the file became shorter"));
            }
            // A record of 64 MiB must not leave its buffer behind.
            if wanted <= READ_BYTES && self.buffer.capacity() > 4 * READ_BYTES {
                self.buffer.shrink_to(READ_BYTES);
            }
        }
        let start = (offset - self.base) as usize;
        Ok(&self.buffer[start..start + len])
    }
}

/// What [`SegmentReader::look_behind`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Zeros only.
    Blank,
    /// Remains of writes that nobody was told were durable.
    Remains,
    /// A frame at this offset that was written after the hole had been synced: the hole is damage.
    Proof(u64),
}

/// Visits the records from `from` up to `upto` of one segment; `sealed` tells whether another segment follows.
pub(crate) fn replay_segment(
    mut reader: SegmentReader,
    from: Position,
    upto: Position,
    visit: &mut super::Visit<'_>,
) -> Result<(), StoreError> {
    let segment = reader.segment;
    if from.segment == segment {
        reader.at = from.offset.max(HEADER_BYTES);
    }
    loop {
        let start = Position { segment, offset: reader.at };
        if start >= upto {
            return Ok(());
        }
        match reader.step()? {
            Step::Record(_) => visit(start, reader.record())?,
            Step::Seal => return Ok(()),
            // What was flushed may reach behind the last record: a crash can lose records that were in blocks already
            // and on no disk yet. The segment is then sealed where it ends, before `from`, and has nothing to replay.
            Step::Blank | Step::Damaged(_) if start == from && reader.is_sealed_before(from.offset)? => {
                return Ok(());
            }
            Step::Blank => return Err(reader.corrupt(start.offset, "zeros where a record should be")),
            Step::Damaged(what) => return Err(reader.corrupt(start.offset, what)),
        }
    }
}
