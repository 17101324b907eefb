//! Spans in memory: what was appended since the last flush, visible at once, by trace.
//!
//! Walk: `tracedb.rs` (append) -> here -> `flush.rs`. Invariant: rows are only ever added, so the first `n` rows of a
//! tenant are the same for ever: a reader's cut is that number.

pub(crate) mod part;

use crate::assemble::{Origin, Row, extent, rows_of};
use crate::predicate::Predicates;
use crate::record::recent::Recent;
use model::{Attributes, Nanos, Span, SpanBatch, Tenant, TimeRange, TraceId, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use stdx::{Budget, BudgetExceeded, Reservation};

/// Strings up to this many bytes are shared between spans: longer ones (statements, stack traces) seldom repeat.
const MAX_SHARED_STRING: usize = 128;

/// Memory of a span apart from its strings and attributes, in bytes: the struct, its reference counts, its place in the
/// rows and in its trace's list.
const ROW_BYTES: u64 = 320;

/// Spans of all tenants since the last flush.
#[derive(Debug)]
pub(crate) struct Head {
    tenants: RwLock<FxHashMap<Tenant, Arc<TenantHead>>>,
    bytes: AtomicU64,
    rows: AtomicU64,
    /// When the first row came, in nanoseconds since 1970; `i64::MAX` while empty.
    first_at: AtomicI64,
    /// The memory of the rows, given back when the last reader lets go of the head.
    held: Mutex<Reservation>,
}

/// Spans of one tenant.
#[derive(Debug, Default)]
pub(crate) struct TenantHead(RwLock<Rows>);

#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    traces: FxHashMap<TraceId, Vec<u32>>,
    strings: Strings,
    origins: FxHashMap<Vec<u8>, Arc<Origin>>,
}

/// The short strings of a tenant's rows, each once.
#[derive(Debug, Default)]
struct Strings {
    all: FxHashSet<Arc<str>>,
    /// By the string of a batch: the one that is stored.
    recent: Recent<Arc<str>, Arc<str>>,
}

/// The rows of one tenant that were there at one moment.
#[derive(Debug, Clone)]
pub(crate) struct HeadCut {
    head: Arc<TenantHead>,
    rows: usize,
}

impl Head {
    /// An empty head whose memory counts against `budget`.
    pub(crate) fn new(budget: &Budget) -> Result<Self, BudgetExceeded> {
        Ok(Head {
            tenants: RwLock::default(),
            bytes: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            first_at: AtomicI64::new(i64::MAX),
            held: Mutex::new(budget.reserve(0)?),
        })
    }

    /// Adds spans; `now` in nanoseconds since 1970. They are durable by then, so they are taken also when the budget has
    /// no more room: whoever appends next is told.
    pub(crate) fn insert(&self, tenant: &Tenant, batch: SpanBatch, now: Nanos) {
        let head = self.tenant_or_create(tenant);
        let (rows, bytes) = head.insert(batch);
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.first_at.fetch_min(now.0, Ordering::Relaxed);
        if let Err(error) = self.held.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes) {
            tracing::warn!(%error, "spans in memory exceed their budget until they are flushed");
        }
    }

    fn tenant_or_create(&self, tenant: &Tenant) -> Arc<TenantHead> {
        if let Some(head) = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant) {
            return head.clone();
        }
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.entry(tenant.clone()).or_default().clone()
    }

    /// What `tenant` has now.
    pub(crate) fn cut(&self, tenant: &Tenant) -> Option<HeadCut> {
        let head = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant)?.clone();
        let rows = head.0.read().unwrap_or_else(PoisonError::into_inner).rows.len();
        Some(HeadCut { head, rows })
    }

    /// Tenants with spans, by name.
    pub(crate) fn tenants(&self) -> Vec<Tenant> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<Tenant> = tenants.keys().cloned().collect();
        names.sort();
        names
    }

    /// An estimate of the memory in use, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many spans.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// When the first span came.
    pub(crate) fn first_at(&self) -> Option<Nanos> {
        Some(self.first_at.load(Ordering::Relaxed)).filter(|at| *at != i64::MAX).map(Nanos)
    }
}

impl TenantHead {
    fn insert(&self, batch: SpanBatch) -> (u64, u64) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        let (mut count, mut bytes) = (0, 0);
        // Rows of one scope share the origin that `rows_of` made; remember what it became.
        let mut last: Option<(Arc<Origin>, Arc<Origin>)> = None;
        for Row { origin, mut span } in rows_of(batch) {
            let origin = match &last {
                Some((before, after)) if Arc::ptr_eq(before, &origin) => after.clone(),
                _ => {
                    let after = inner.intern_origin(&origin, &mut bytes);
                    last = Some((origin, after.clone()));
                    after
                }
            };
            if let Some(span) = Arc::get_mut(&mut span) {
                bytes += inner.intern_span(span);
            }
            let row = u32::try_from(inner.rows.len()).expect("a head is flushed long before 4 billion spans");
            inner.traces.entry(span.trace_id).or_default().push(row);
            inner.rows.push(Row { origin, span });
            count += 1;
        }
        // The batch's own strings go with it.
        inner.strings.recent.clear();
        (count, bytes)
    }
}

impl Rows {
    fn intern_origin(&mut self, origin: &Arc<Origin>, bytes: &mut u64) -> Arc<Origin> {
        if let Some(known) = self.origins.get(origin.key()) {
            return known.clone();
        }
        // The key, its copy in the map, and the attributes themselves.
        *bytes += 4 * origin.key().len() as u64;
        self.origins.insert(origin.key().to_vec(), origin.clone());
        origin.clone()
    }

    /// Shares the span's strings; the bytes that it adds to the head.
    fn intern_span(&mut self, span: &mut Span) -> u64 {
        let mut bytes = ROW_BYTES;
        let strings = &mut self.strings;
        for text in [&mut span.name, &mut span.status_message, &mut span.trace_state] {
            bytes += share(strings, text);
        }
        bytes += share_attributes(strings, &mut span.attributes);
        for event in &mut span.events {
            bytes += 64 + share(strings, &mut event.name) + share_attributes(strings, &mut event.attributes);
        }
        for link in &mut span.links {
            bytes +=
                88 + share(strings, &mut link.trace_state) + share_attributes(strings, &mut link.attributes);
        }
        bytes
    }
}

/// Replaces `text` by an equal string that is stored already; the bytes added when there is none.
fn share(strings: &mut Strings, text: &mut Arc<str>) -> u64 {
    if text.len() > MAX_SHARED_STRING {
        return text.len() as u64 + 16;
    }
    if let Some(known) = strings.recent.get(text) {
        *text = known.clone();
        return 0;
    }
    match strings.all.get(&**text) {
        Some(known) => {
            strings.recent.keep(text, known.clone());
            *text = known.clone();
            0
        }
        None => {
            strings.all.insert(text.clone());
            text.len() as u64 + 40
        }
    }
}

fn share_attributes(strings: &mut Strings, attributes: &mut Attributes) -> u64 {
    let mut bytes = 0;
    for (key, value) in attributes {
        bytes += 40 + share(strings, key) + share_value(strings, value);
    }
    bytes
}

fn share_value(strings: &mut Strings, value: &mut Value) -> u64 {
    match value {
        Value::Str(text) => share(strings, text),
        Value::Array(items) => items.iter_mut().map(|item| 32 + share_value(strings, item)).sum(),
        Value::Map(entries) => share_attributes(strings, entries),
        Value::Bytes(bytes) => bytes.len() as u64 + 16,
        Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Empty => 0,
    }
}

impl HeadCut {
    /// Traces with a span in the range and a span that might satisfy the predicates: start of the part here, and id.
    pub(crate) fn candidates(&self, range: TimeRange<Nanos>, predicates: &Predicates) -> Vec<(i64, TraceId)> {
        let inner = self.head.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for (id, rows) in &inner.traces {
            let (mut start, mut inside, mut might) = (i64::MAX, false, false);
            for row in rows.iter().take_while(|row| (**row as usize) < self.rows) {
                let row = &inner.rows[*row as usize];
                let (first, last) = extent(&row.span);
                start = start.min(first);
                inside |= range.start.0 <= last && first < range.end.0;
                might = might || predicates.might(row);
            }
            if inside && might {
                found.push((start, *id));
            }
        }
        found
    }

    /// The traces of the head, also those that came after the cut.
    pub(crate) fn ids(&self) -> Vec<TraceId> {
        let inner = self.head.0.read().unwrap_or_else(PoisonError::into_inner);
        inner.traces.keys().copied().collect()
    }

    /// Appends the rows of one trace.
    pub(crate) fn rows_of(&self, id: &TraceId, out: &mut Vec<Row>) {
        let inner = self.head.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = inner.traces.get(id) {
            let rows = rows.iter().take_while(|row| (**row as usize) < self.rows);
            out.extend(rows.map(|row| inner.rows[*row as usize].clone()));
        }
    }

    /// Earliest start and number of spans of the part of a trace that is here.
    pub(crate) fn extent_of(&self, id: &TraceId) -> Option<(i64, usize)> {
        let inner = self.head.0.read().unwrap_or_else(PoisonError::into_inner);
        let rows = inner.traces.get(id)?.iter().take_while(|row| (**row as usize) < self.rows);
        let starts = rows.map(|row| inner.rows[*row as usize].span.start.0);
        starts.fold(None, |extent: Option<(i64, usize)>, start| match extent {
            None => Some((start, 1)),
            Some((first, count)) => Some((first.min(start), count + 1)),
        })
    }

    /// The traces of the cut: start of the part here, id, in that order.
    pub(crate) fn traces(&self) -> Vec<(i64, TraceId)> {
        let everything = TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX));
        let mut traces = self.candidates(everything, &Predicates { all: true, list: Vec::new() });
        traces.sort_unstable();
        traces
    }
}
