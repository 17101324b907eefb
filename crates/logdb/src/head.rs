//! Lines in memory: what was acknowledged and is in no block yet.
//!
//! Between `record.rs` and `flush.rs`. A tenant has an index of its streams and an arena of segments: text is copied
//! once, rows point into it. Full segments are immutable and shared with readers. A reader copies a small open one (at most
//! [`COPIED_BYTES`]) and makes any other full. Invariant: rows stay in arrival order.
//! ```text
//! tenant  streams: LiveIndex   segments: [full] [full] [open]
//! segment text: bytes   rows: (time, stream, start, length, metadata)   first and last time
//! ```

use crate::error::LogError;
use crate::record::Metadata;
use crate::sets::SetIds;
use bytes::Bytes;
use contract::Stream;
use index::LiveIndex;
use model::{LogBatch, Nanos, Tenant};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// 1 MiB: the unit in which heads are pruned by time.
pub(crate) const SEGMENT_BYTES: usize = 1 << 20;
/// 16 Ki rows: short lines make a segment full before its text does.
pub(crate) const SEGMENT_ROWS: usize = 16 << 10;

/// What a query copies at most of a tenant's head: some microseconds. Queries beside each other make segments no smaller than this.
const COPIED_BYTES: usize = 64 << 10;
const COPIED_ROWS: usize = 2 << 10;

/// One line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) at: i64,
    pub(crate) stream: u32,
    pub(crate) start: u32,
    pub(crate) length: u32,
    /// Place in [`Segment::sets`].
    pub(crate) set: u32,
}

/// Rows and their text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Segment {
    pub(crate) rows: Vec<Row>,
    pub(crate) text: Bytes,
    /// Metadata of rows; the first is the empty one.
    pub(crate) sets: Vec<Metadata>,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

#[derive(Debug)]
struct Open {
    rows: Vec<Row>,
    text: Vec<u8>,
    sets: Vec<Metadata>,
    set_ids: SetIds,
    first: i64,
    last: i64,
}

impl Default for Open {
    fn default() -> Self {
        Open {
            rows: Vec::new(),
            text: Vec::new(),
            sets: vec![Arc::from([])],
            set_ids: SetIds::default(),
            first: i64::MAX,
            last: i64::MIN,
        }
    }
}

impl Open {
    fn take(&mut self) -> Segment {
        let mut open = std::mem::take(self);
        // What a reader made full hardly used its memory.
        if open.text.len() < SEGMENT_BYTES / 2 {
            open.text.shrink_to_fit();
        }
        Segment {
            rows: open.rows,
            text: Bytes::from(open.text),
            sets: open.sets,
            first: open.first,
            last: open.last,
        }
    }

    fn copy(&self) -> Segment {
        Segment {
            rows: self.rows.clone(),
            text: Bytes::copy_from_slice(&self.text),
            sets: self.sets.clone(),
            first: self.first,
            last: self.last,
        }
    }
}

#[derive(Default)]
struct TenantHead {
    index: LiveIndex,
    streams: Vec<Arc<Stream>>,
    full: Vec<Arc<Segment>>,
    open: Open,
}

/// Lines of all tenants.
pub(crate) struct Head {
    tenants: RwLock<BTreeMap<Tenant, Arc<Mutex<TenantHead>>>>,
    bytes: AtomicU64,
    rows: AtomicU64,
    /// When the first row came in; `i64::MAX` while there is none.
    since: AtomicI64,
}

impl Default for Head {
    fn default() -> Self {
        Head {
            tenants: RwLock::default(),
            bytes: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            since: AtomicI64::new(i64::MAX),
        }
    }
}

/// What a reader sees of one tenant's head.
#[derive(Clone)]
pub(crate) struct HeadCut {
    pub(crate) streams: Vec<Arc<Stream>>,
    pub(crate) segments: Vec<Arc<Segment>>,
}

impl Head {
    /// Adds a batch.
    pub(crate) fn insert(&self, tenant: &Tenant, batch: &LogBatch, now: Nanos) -> Result<(), LogError> {
        let tenant = self.tenant(tenant);
        let mut head = tenant.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut bytes, mut rows) = (0, 0);
        for stream in batch.streams.iter().filter(|stream| !stream.entries.is_empty()) {
            let (id, new) =
                head.index.find_or_add(stream.labels.iter()).map_err(|e| LogError::Streams(e.to_string()))?;
            if new {
                let labels = stream.labels.clone();
                bytes += labels.heap_bytes() * 2 + 128;
                head.streams.push(Arc::new(Stream { hash: labels.stable_hash(), labels }));
            }
            for entry in &stream.entries {
                bytes += head.push(id, entry);
                rows += 1;
            }
        }
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.since.fetch_min(now.0, Ordering::Relaxed);
        Ok(())
    }

    fn tenant(&self, tenant: &Tenant) -> Arc<Mutex<TenantHead>> {
        if let Some(head) = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant) {
            return head.clone();
        }
        self.tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(tenant.clone())
            .or_default()
            .clone()
    }

    /// What is there now of a tenant; `None` when nothing is.
    pub(crate) fn cut(&self, tenant: &Tenant) -> Option<HeadCut> {
        let head = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant)?.clone();
        let mut head = head.lock().unwrap_or_else(PoisonError::into_inner);
        if head.open.text.len() > COPIED_BYTES || head.open.rows.len() > COPIED_ROWS {
            head.finish_segment();
        }
        let mut segments = head.full.clone();
        if !head.open.rows.is_empty() {
            segments.push(Arc::new(head.open.copy()));
        }
        Some(HeadCut { streams: head.streams.clone(), segments })
    }

    pub(crate) fn tenants(&self) -> Vec<Tenant> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Estimated bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// When the first row came in.
    pub(crate) fn since(&self) -> Option<Nanos> {
        let since = self.since.load(Ordering::Relaxed);
        (since != i64::MAX).then_some(Nanos(since))
    }
}

impl TenantHead {
    /// Adds a line and returns the bytes it takes.
    fn push(&mut self, stream: u32, entry: &model::LogEntry) -> usize {
        let full =
            self.open.text.len() + entry.line.len() > SEGMENT_BYTES || self.open.rows.len() >= SEGMENT_ROWS;
        if full && !self.open.rows.is_empty() {
            self.finish_segment();
        }
        let open = &mut self.open;
        let mut bytes = entry.line.len() + size_of::<Row>();
        let sets = &mut open.sets;
        let set = open.set_ids.id(&entry.metadata, || {
            bytes += entry.metadata.iter().map(|(n, v)| n.len() + v.len() + 64).sum::<usize>() + 64;
            sets.push(entry.metadata.clone());
        });
        let (start, length) = (open.text.len() as u32, entry.line.len() as u32);
        open.text.extend_from_slice(&entry.line);
        open.rows.push(Row { at: entry.at.0, stream, start, length, set });
        open.first = open.first.min(entry.at.0);
        open.last = open.last.max(entry.at.0);
        bytes
    }

    /// Whoever filled a segment will fill the next one: it gets its memory at once, instead of growing into twice of it.
    fn finish_segment(&mut self) {
        let segment = self.open.take();
        self.open.text.reserve_exact(SEGMENT_BYTES);
        self.open.rows.reserve_exact(segment.rows.len());
        self.full.push(Arc::new(segment));
    }
}
