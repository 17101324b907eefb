//! The log's payload: one batch of one tenant.
//!
//! Stop of the write walk between `logdb.rs` and `store::log`; replay reads the same bytes.
//! ```text
//! version | tenant: text | body, in version 2: length, bytes | sets: count { pairs: count { name: text | value: text } }
//! streams: count { labels: count { name: text | value: text } | entries: count { time: zigzag, less the one before |
//!                  line, see below | set: varint } }
//! line   version 1: length, bytes       version 2: place in the unpacked body, zigzag, less the end of the line before | length
//! ```
//! Numbers are varints, texts their length and UTF-8. Set 0 is the empty one and is not stored. The body is what a sender
//! sent, a Snappy block: it is kept as it came, which costs no packing and half of the bytes. Invariant: any bytes are read or
//! refused, never more allocated than they can hold.

use crate::error::LogError;
use crate::sets::SetIds;
use bytes::Bytes;
use codec::{CodecError, Reader, put_i64, put_len_bytes, put_str, put_u64};
use model::{Labels, LogBatch, LogEntry, Nanos, PackedBody, StreamEntries, Tenant};
use std::sync::Arc;

/// Structured metadata of a line.
pub(crate) type Metadata = Arc<[(Arc<str>, Arc<str>)]>;

/// Lines are in the record.
const PLAIN: u64 = 1;
/// Lines are in the body that the record holds.
const PACKED: u64 = 2;

/// 512 MiB: the largest body a door unpacks, and room for names; a log segment of 64 MiB may be exceeded by one record.
pub const MAX_RECORD_BYTES: usize = 512 << 20;

/// What the numbers of a line take, about.
const ENTRY_BYTES: usize = 12;

/// The bytes of a batch.
pub(crate) fn encode(tenant: &Tenant, batch: &LogBatch) -> Result<Vec<u8>, LogError> {
    let mut ids = SetIds::default();
    let mut sets: Vec<&Metadata> = Vec::new();
    let (rows, mut text) = (batch.len(), 0);
    let mut set_of = Vec::with_capacity(rows);
    for entry in batch.streams.iter().flat_map(|stream| &stream.entries) {
        text += entry.line.len();
        set_of.push(ids.id(&entry.metadata, || sets.push(&entry.metadata)));
    }
    let mut set_of = set_of.into_iter();
    // A body of which little was taken is larger than its lines.
    let body = batch.body.as_ref().filter(|body| body.packed.len() < text && all_lines_are_in(body, batch));
    let size = 64 + rows * ENTRY_BYTES + body.map_or(text, |body| body.packed.len());
    let mut out = Vec::with_capacity(size.min(MAX_RECORD_BYTES));
    put_u64(&mut out, if body.is_some() { PACKED } else { PLAIN });
    put_str(&mut out, tenant.as_str());
    if let Some(body) = body {
        put_len_bytes(&mut out, &body.packed);
    }
    put_u64(&mut out, sets.len() as u64);
    for set in sets {
        put_u64(&mut out, set.len() as u64);
        for (name, value) in set.iter() {
            put_str(&mut out, name);
            put_str(&mut out, value);
        }
    }
    put_u64(&mut out, batch.streams.len() as u64);
    let mut end = 0;
    for stream in &batch.streams {
        put_labels(&mut out, &stream.labels);
        put_u64(&mut out, stream.entries.len() as u64);
        let mut before = 0i64;
        for entry in &stream.entries {
            put_i64(&mut out, entry.at.0.wrapping_sub(before));
            before = entry.at.0;
            match body {
                Some(body) => put_place(&mut out, body, &entry.line, &mut end),
                None => put_len_bytes(&mut out, &entry.line),
            }
            put_u64(&mut out, set_of.next().map_or(0, u64::from));
        }
    }
    if out.len() > MAX_RECORD_BYTES {
        return Err(LogError::TooLarge { bytes: out.len(), limit: MAX_RECORD_BYTES });
    }
    Ok(out)
}

fn all_lines_are_in(body: &PackedBody, batch: &LogBatch) -> bool {
    let mut lines = batch.streams.iter().flat_map(|stream| &stream.entries).map(|entry| &entry.line);
    lines.all(|line| line.is_empty() || body.place_of(line).is_some())
}

/// Where a line is in the body; an empty one is at the end of the line before.
fn put_place(out: &mut Vec<u8>, body: &PackedBody, line: &Bytes, end: &mut usize) {
    let place = body.place_of(line).filter(|_| !line.is_empty()).unwrap_or(*end);
    put_i64(out, place as i64 - *end as i64);
    put_u64(out, line.len() as u64);
    *end = place + line.len();
}

/// Appends a label set.
pub(crate) fn put_labels(out: &mut Vec<u8>, labels: &Labels) {
    put_u64(out, labels.len() as u64);
    for (name, value) in labels.iter() {
        put_str(out, name);
        put_str(out, value);
    }
}

/// Reads a label set.
pub(crate) fn read_labels(reader: &mut Reader<'_>) -> Result<Labels, CodecError> {
    let count = reader.count()?;
    let mut pairs = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        pairs.push((reader.str()?, reader.str()?));
    }
    Ok(Labels::from_sorted(pairs.into_iter()))
}

/// Reads structured metadata.
pub(crate) fn read_set(reader: &mut Reader<'_>) -> Result<Metadata, CodecError> {
    let count = reader.count()?;
    let mut pairs: Vec<(Arc<str>, Arc<str>)> = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        pairs.push((Arc::from(reader.str()?), Arc::from(reader.str()?)));
    }
    Ok(pairs.into())
}

/// The tenant and batch of a record. Lines are slices of it, or of the body that is in it.
pub(crate) fn decode(bytes: &Bytes) -> Result<(Tenant, LogBatch), CodecError> {
    let mut reader = Reader::new(bytes);
    let version = reader.u64()?;
    if !(PLAIN..=PACKED).contains(&version) {
        return Err(CodecError::Invalid { offset: 0, what: "a record of an unknown version" });
    }
    let tenant = Tenant::parse(reader.str()?).map_err(|_| reader.invalid("a tenant id"))?;
    let body = if version == PACKED { Some(unpack(&mut reader)?) } else { None };
    let count = reader.count()?;
    let mut sets: Vec<Metadata> = Vec::with_capacity(count.min(1024) + 1);
    sets.push(Arc::from([]));
    for _ in 0..count {
        sets.push(read_set(&mut reader)?);
    }
    let count = reader.count()?;
    let mut batch = LogBatch { streams: Vec::with_capacity(count.min(1024)), body: None };
    let mut end = 0i64;
    for _ in 0..count {
        let labels = read_labels(&mut reader)?;
        let count = reader.count()?;
        let mut entries = Vec::with_capacity(count.min(64 << 10));
        let mut before = 0i64;
        for _ in 0..count {
            before = before.wrapping_add(reader.i64()?);
            let line = match &body {
                Some(body) => body.slice(read_place(&mut reader, body, &mut end)?),
                None => bytes.slice_ref(reader.len_bytes()?),
            };
            if std::str::from_utf8(&line).is_err() {
                return Err(reader.invalid("a line that is not UTF-8"));
            }
            let set = usize::try_from(reader.u64()?).ok().and_then(|at| sets.get(at));
            let metadata = set.ok_or_else(|| reader.invalid("a set of metadata that is not there"))?.clone();
            entries.push(LogEntry { at: Nanos(before), line, metadata });
        }
        batch.streams.push(StreamEntries { labels, entries });
    }
    if reader.is_empty() { Ok((tenant, batch)) } else { Err(reader.invalid("bytes after the record")) }
}

fn unpack(reader: &mut Reader<'_>) -> Result<Bytes, CodecError> {
    let packed = reader.len_bytes()?;
    let invalid = reader.invalid("a body that does not unpack");
    let length = snap::raw::decompress_len(packed).map_err(|_| invalid)?;
    // No block grows more: what claims to is damaged, and gets no memory.
    if length > MAX_RECORD_BYTES || length > packed.len().saturating_mul(64) {
        return Err(invalid);
    }
    let body = snap::raw::Decoder::new().decompress_vec(packed).map_err(|_| invalid)?;
    Ok(Bytes::from(body))
}

fn read_place(
    reader: &mut Reader<'_>,
    body: &Bytes,
    end: &mut i64,
) -> Result<std::ops::Range<usize>, CodecError> {
    let start = end.checked_add(reader.i64()?).and_then(|start| usize::try_from(start).ok());
    let length = usize::try_from(reader.u64()?).ok();
    let place = start.zip(length).and_then(|(start, length)| Some(start..start.checked_add(length)?));
    let place = place.filter(|place| place.end <= body.len());
    let place = place.ok_or_else(|| reader.invalid("a line outside of the body"))?;
    *end = place.end as i64;
    Ok(place)
}
