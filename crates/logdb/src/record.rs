//! The log's payload: one batch of one tenant.
//!
//! Stop of the write walk between `logdb.rs` and `store::log`; replay reads the same bytes.
//! ```text
//! version = 1 | tenant: text | sets: count { pairs: count { name: text | value: text } }
//! streams: count { labels: count { name: text | value: text } | entries: count { time: zigzag, less the one before |
//!                  line: length, bytes | set: varint } }
//! ```
//! Numbers are varints, texts their length and UTF-8. Set 0 is the empty one and is not stored. Invariant: any bytes are
//! read or refused, never more allocated than they can hold.

use crate::error::LogError;
use bytes::Bytes;
use codec::{CodecError, Reader, put_i64, put_len_bytes, put_str, put_u64};
use model::{Labels, LogBatch, LogEntry, Nanos, StreamEntries, Tenant};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Structured metadata of a line.
pub(crate) type Metadata = Arc<[(Arc<str>, Arc<str>)]>;

const VERSION: u64 = 1;

/// 512 MiB: the largest body a door unpacks, and room for names; a log segment of 64 MiB may be exceeded by one record.
pub const MAX_RECORD_BYTES: usize = 512 << 20;

/// The bytes of a batch.
pub(crate) fn encode(tenant: &Tenant, batch: &LogBatch) -> Result<Vec<u8>, LogError> {
    let mut ids: FxHashMap<&Metadata, u64> = FxHashMap::default();
    let mut sets: Vec<&Metadata> = Vec::new();
    let mut size = 64;
    for entry in batch.streams.iter().flat_map(|stream| &stream.entries) {
        size += entry.line.len() + 12;
        if !entry.metadata.is_empty() {
            ids.entry(&entry.metadata).or_insert_with(|| {
                sets.push(&entry.metadata);
                sets.len() as u64
            });
        }
    }
    let mut out = Vec::with_capacity(size.min(MAX_RECORD_BYTES));
    put_u64(&mut out, VERSION);
    put_str(&mut out, tenant.as_str());
    put_u64(&mut out, sets.len() as u64);
    for set in sets {
        put_u64(&mut out, set.len() as u64);
        for (name, value) in set.iter() {
            put_str(&mut out, name);
            put_str(&mut out, value);
        }
    }
    put_u64(&mut out, batch.streams.len() as u64);
    for stream in &batch.streams {
        put_labels(&mut out, &stream.labels);
        put_u64(&mut out, stream.entries.len() as u64);
        let mut before = 0i64;
        for entry in &stream.entries {
            put_i64(&mut out, entry.at.0.wrapping_sub(before));
            before = entry.at.0;
            put_len_bytes(&mut out, &entry.line);
            put_u64(&mut out, ids.get(&entry.metadata).copied().unwrap_or(0));
        }
    }
    if out.len() > MAX_RECORD_BYTES {
        return Err(LogError::TooLarge { bytes: out.len(), limit: MAX_RECORD_BYTES });
    }
    Ok(out)
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

/// The tenant and batch of a record. Lines are slices of it.
pub(crate) fn decode(bytes: &Bytes) -> Result<(Tenant, LogBatch), CodecError> {
    let mut reader = Reader::new(bytes);
    if reader.u64()? != VERSION {
        return Err(CodecError::Invalid { offset: 0, what: "a record of an unknown version" });
    }
    let tenant = Tenant::parse(reader.str()?).map_err(|_| reader.invalid("a tenant id"))?;
    let count = reader.count()?;
    let mut sets: Vec<Metadata> = Vec::with_capacity(count.min(1024) + 1);
    sets.push(Arc::from([]));
    for _ in 0..count {
        sets.push(read_set(&mut reader)?);
    }
    let count = reader.count()?;
    let mut batch = LogBatch { streams: Vec::with_capacity(count.min(1024)) };
    for _ in 0..count {
        let labels = read_labels(&mut reader)?;
        let count = reader.count()?;
        let mut entries = Vec::with_capacity(count.min(64 << 10));
        let mut before = 0i64;
        for _ in 0..count {
            before = before.wrapping_add(reader.i64()?);
            let line = reader.len_bytes()?;
            if std::str::from_utf8(line).is_err() {
                return Err(reader.invalid("a line that is not UTF-8"));
            }
            let line = bytes.slice_ref(line);
            let set = usize::try_from(reader.u64()?).ok().and_then(|at| sets.get(at));
            let metadata = set.ok_or_else(|| reader.invalid("a set of metadata that is not there"))?.clone();
            entries.push(LogEntry { at: Nanos(before), line, metadata });
        }
        batch.streams.push(StreamEntries { labels, entries });
    }
    if reader.is_empty() { Ok((tenant, batch)) } else { Err(reader.invalid("bytes after the record")) }
}
