//! Opening a log: the chain of its segments, and the end of the last one.
//!
//! Invariants: only the last segment may end without a seal, because a segment is synced and sealed before the next one is
//! made; only bytes that nobody was told were durable are cut.

use super::Position;
use super::read::{Behind, SegmentReader, Step};
use super::segment::{FRAME_BYTES, HEADER_BYTES, file_name, parse_file_name};
use crate::disk::{Disk, DiskFile};
use crate::error::StoreError;
use std::collections::BTreeMap;
use std::path::Path;

/// A segment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentFile {
    /// Bytes on the disk.
    pub(crate) size: u64,
    /// The number of the one before; 0 for the first of its log.
    pub(crate) previous: u64,
}

/// A segment that is being written.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) number: u64,
    pub(crate) file: Box<dyn DiskFile>,
    /// Where the next frame goes.
    pub(crate) offset: u64,
    /// Everything before is on the disk.
    pub(crate) synced: u64,
}

/// What a directory holds.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) segments: BTreeMap<u64, SegmentFile>,
    /// The last segment, unless it is sealed or there is none.
    pub(crate) active: Option<Active>,
    /// Where the next record goes.
    pub(crate) end: Position,
}

pub(crate) fn recover(disk: &dyn Disk, dir: &Path) -> Result<Recovered, StoreError> {
    let io = |error| StoreError::io(dir, error);
    let mut segments = BTreeMap::new();
    for (name, size) in disk.list(dir).map_err(io)? {
        if let Some(number) = parse_file_name(&name) {
            segments.insert(number, SegmentFile { size, previous: 0 });
        } else if name.ends_with(".tmp") {
            // A segment that was being made when the process died: nothing was ever written to it.
            disk.remove(&dir.join(&name)).map_err(io)?;
        }
    }
    let mut before = None;
    let mut last = None;
    for (&number, segment) in &mut segments {
        let path = dir.join(file_name(number));
        let (reader, header) = SegmentReader::open(disk, &path, number)?;
        if before.is_some_and(|before| header.previous != before) {
            let what = format!("segment {:016x}, which comes before this one, is missing", header.previous);
            return Err(reader.corrupt(24, what));
        }
        segment.previous = header.previous;
        before = Some(number);
        last = Some(reader);
    }
    let (Some(number), Some(reader)) = (before, last) else {
        let end = Position { segment: 1, offset: HEADER_BYTES };
        return Ok(Recovered { segments, active: None, end });
    };
    let active = find_end(reader, number)?;
    // Likewise the name of a segment that was made just before the process was killed.
    disk.sync_dir(dir).map_err(io)?;
    let end = match &active {
        Some(active) => Position { segment: number, offset: active.offset },
        None => Position { segment: number + 1, offset: HEADER_BYTES },
    };
    Ok(Recovered { segments, active, end })
}

/// Finds where the last segment ends, and cuts what a crash left behind that; `None` when the segment is sealed.
fn find_end(mut reader: SegmentReader, number: u64) -> Result<Option<Active>, StoreError> {
    let step = loop {
        match reader.step()? {
            Step::Record(_) => {}
            Step::Seal => {
                keep(&reader)?;
                return Ok(None);
            }
            other => break other,
        }
    };
    let hole = reader.at;
    let dirty = match reader.look_behind(hole)? {
        Behind::Blank => false,
        Behind::Remains => true,
        Behind::Proof(offset) => {
            let what = match step {
                Step::Damaged(what) => what,
                _ => "zeros where a record should be",
            };
            let what = format!("{what}, and the record at offset {offset} proves that one was on the disk");
            return Err(reader.corrupt(hole, what));
        }
    };
    let size = reader.size();
    if dirty {
        tracing::warn!(segment = number, offset = hole, "cutting the torn tail of the log");
        // Zeros, so that a later frame that happens to end where an old one starts does not bring it back.
        let file = reader.file();
        file.wipe(hole, size.max(hole + FRAME_BYTES)).map_err(|error| reader.io(error))?;
    }
    keep(&reader)?;
    Ok(Some(Active { number, file: reader.into_file(), offset: hole, synced: hole }))
}

/// A killed process leaves records in the page cache that were never synced. They are seen from here on, so they must stay.
fn keep(reader: &SegmentReader) -> Result<(), StoreError> {
    reader.file().sync().map_err(|error| reader.io(error))
}
