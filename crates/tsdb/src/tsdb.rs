//! The metrics engine: open, append, cut, close. The table of contents of both walks.
//!
//! Invariants: a batch is answered when its records are durable and its samples visible; a cut holds every record
//! before its end exactly once: blocks hold those before the flushed position, sealed heads and the current head the
//! others.

use crate::block::decoded::DecodedBudget;
use crate::block::reader::Block;
use crate::error::TsdbError;
use crate::head::append::Place;
use crate::head::before::{AllBefore, Earlier};
use crate::head::{Head, Heads, append, replay};
use crate::maintain::downsample::BESIDE;
use crate::options::{EngineOptions, LOG_NAME};
use crate::read::{Changes, Lists};
use crate::record::{RecordReader, RecordWriter};
use crate::telemetry::{Telemetry, TelemetrySnapshot};
use contract::{Context, IngestError, KnownSeries, Outcome};
use model::{LabelKey, Metadata, MetricBatch, Tenant};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use stdx::{Cancel, Reservation};
use store::{BlockId, BlockMeta, LocalLog, Permit, Position, Snapshot, StoreError, Ticket};

/// How often [`Tsdb::run`] looks whether something is due.
const MAINTAIN_EVERY: Duration = Duration::from_secs(1);

/// A metrics engine. All methods take `&self`; share it in an [`Arc`].
#[derive(Debug)]
pub struct Tsdb {
    pub(crate) options: EngineOptions,
    pub(crate) log: LocalLog,
    /// Shared while a record is submitted and applied; exclusive while heads are replaced.
    pub(crate) gate: RwLock<Gate>,
    pub(crate) blocks: Mutex<HashMap<BlockId, Block>>,
    /// Of what queries decoded of blocks.
    pub(crate) decoded: Arc<DecodedBudget>,
    pub(crate) maintaining: tokio::sync::Mutex<()>,
    /// When the catalog was last read for what others committed, on the clock's monotonic scale.
    pub(crate) looked: Mutex<Duration>,
    /// Blocks by which rules of retention were applied to them, one bit each.
    pub(crate) expiry: Mutex<HashMap<BlockId, u64>>,
    /// Blocks that get no companion.
    pub(crate) spared: Mutex<HashSet<BlockId>>,
    /// How often what is settled has changed.
    pub(crate) changes: Changes,
    /// What blocks answered about labels.
    pub(crate) lists: Lists,
    pub(crate) telemetry: Telemetry,
    /// Memory of heads as of the last look; `None` when it is more than the budget has.
    pub(crate) reserved: Mutex<Option<Reservation>>,
}

/// The heads in memory.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) current: Arc<Heads>,
    /// When `current` began, on the clock's monotonic scale.
    pub(crate) since: Duration,
    /// Heads on their way into blocks, oldest first.
    pub(crate) sealed: Vec<Sealed>,
    /// What stays of heads that are in blocks.
    pub(crate) before: AllBefore,
}

impl Gate {
    /// What the heads before the current one hold of one shard of a tenant.
    fn earlier(&self, tenant: &Tenant, shard: usize) -> Earlier {
        let sealed = self.sealed.iter().rev().filter_map(|sealed| sealed.heads.get(tenant)).collect();
        Earlier::new(shard, sealed, self.before.get(tenant).cloned())
    }
}

/// Heads that take no more samples.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) heads: Arc<Heads>,
    /// Every record before this, and after the one before, is in `heads`.
    pub(crate) until: Position,
}

/// One tenant at one moment.
#[derive(Debug)]
pub(crate) struct Cut {
    /// By log position, oldest first.
    pub(crate) blocks: Vec<Arc<BlockMeta>>,
    /// By log position, oldest first; after all blocks.
    pub(crate) heads: Vec<Arc<Head>>,
}

impl Tsdb {
    /// Opens the engine: replays the log from the position that the catalog says is in blocks.
    pub async fn open(options: EngineOptions) -> Result<Arc<Tsdb>, TsdbError> {
        let log_dir = options.log_dir.clone();
        let log_options = options.log.clone();
        let flushed = options.catalog.snapshot().flushed(LOG_NAME);
        let (log, replayed) = crate::blocking(move || {
            let log = LocalLog::open(&log_dir, log_options)?;
            let mut replayed = Replayed::default();
            log.replay(flushed, &mut |at, record| {
                replayed.apply(at, record).map_err(|error| StoreError::Corrupt {
                    path: log_dir.display().to_string(),
                    offset: at.offset,
                    what: format!("segment {:016x}: {error}", at.segment),
                })
            })?;
            Ok((log, replayed))
        })
        .await?;
        let Replayed { current, sealed } = replayed;
        let samples =
            sealed.iter().map(|sealed| &*sealed.heads).chain([&current]).map(|heads| heads.size().1);
        let telemetry = Telemetry::default();
        telemetry.replayed(samples.sum());
        let empty = options.budget.reserve(0).ok();
        let since = options.clock.monotonic();
        Ok(Arc::new(Tsdb {
            log,
            gate: RwLock::new(Gate { current: Arc::new(current), since, sealed, before: AllBefore::new() }),
            blocks: Mutex::default(),
            decoded: Arc::default(),
            maintaining: tokio::sync::Mutex::default(),
            looked: Mutex::new(since),
            expiry: Mutex::default(),
            spared: Mutex::default(),
            changes: Changes::default(),
            lists: Lists::default(),
            telemetry,
            reserved: Mutex::new(empty),
            options,
        }))
    }

    /// Stores a batch. `Ok`: accepted samples are durable and visible; what was refused is listed.
    pub async fn append(&self, cx: &Context, batch: &MetricBatch) -> Result<Outcome, IngestError> {
        if self.reserved.lock().expect("no panic while it is held").is_none() {
            let limit = self.options.budget.limit();
            let text = format!(
                "the metrics head is larger than its {limit} bytes: flushing is behind, try again later"
            );
            return Err(IngestError::Unavailable(text));
        }
        let late = self.late(&cx.tenant, batch);
        let mut outcome = Outcome::default();
        let mut tickets = Vec::new();
        let mut room = self.room(cx);
        for part in append::split_known(&batch.known.samples) {
            let permit = self.log.reserve(part.most_bytes()).await.map_err(TsdbError::from)?;
            let gate = self.gate.read().expect("a panicking writer ends the process");
            let head = gate.current.get(&cx.tenant).filter(|head| head.number == batch.known.epoch);
            // What earlier parts stored is repeated then, and repeats are fine.
            let Some(head) = head else { return Err(IngestError::Forgotten) };
            let mut shard = head.shards[part.shard].write().expect("a panicking writer ends the process");
            let earlier = gate.earlier(&cx.tenant, part.shard);
            let place = Place { head: &head, shard: &mut shard, earlier: &earlier, room: &mut room };
            let record = append::apply_known(place, &part, &mut outcome);
            tickets.extend(record.map(|record| submit(permit, record, cx.patient)));
        }
        let views: Vec<_> = batch.series().collect();
        for part in append::split(&views) {
            let permit = self.log.reserve(part.most_bytes).await.map_err(TsdbError::from)?;
            let gate = self.gate.read().expect("a panicking writer ends the process");
            let head = gate.current.of(&cx.tenant);
            let mut shard = head.shards[part.shard].write().expect("a panicking writer ends the process");
            let earlier = gate.earlier(&cx.tenant, part.shard);
            let place = Place { head: &head, shard: &mut shard, earlier: &earlier, room: &mut room };
            let record = append::apply(place, &part, &views, &mut outcome);
            tickets.extend(record.map(|record| submit(permit, record, cx.patient)));
        }
        if !batch.metadata.is_empty() {
            tickets.extend(self.append_metadata(cx, &batch.metadata).await?);
        }
        // All of it is visible, and nothing is acknowledged.
        drop(late);
        for ticket in tickets {
            ticket.durable().await.map_err(TsdbError::from)?;
        }
        self.telemetry.appended(outcome.accepted, outcome.refused_rows);
        Ok(outcome)
    }

    /// How many series a tenant may still add. Batches at the same time count alike: their series come on top.
    fn room(&self, cx: &Context) -> u64 {
        if cx.max_series == 0 {
            return u64::MAX;
        }
        let gate = self.gate.read().expect("a panicking writer ends the process");
        let there = gate.current.get(&cx.tenant).map_or(0, |head| head.series());
        cx.max_series.saturating_sub(there)
    }

    /// Numbers of the series that the current head knows by the keys of their labels.
    pub fn known(&self, cx: &Context, keys: &[LabelKey]) -> KnownSeries {
        let gate = self.gate.read().expect("a panicking writer ends the process");
        match gate.current.get(&cx.tenant) {
            Some(head) => KnownSeries { epoch: head.number, numbers: head.numbers(keys) },
            None => KnownSeries { epoch: gate.current.number, numbers: Vec::new() },
        }
    }

    async fn append_metadata(&self, cx: &Context, all: &[Metadata]) -> Result<Option<Ticket>, TsdbError> {
        let tenant = &cx.tenant;
        let bytes =
            all.iter().map(|m| m.family.len() + m.help.len() + m.unit.len() + 40).sum::<usize>() + 200;
        let permit = self.log.reserve(bytes).await?;
        let gate = self.gate.read().expect("a panicking writer ends the process");
        let head = gate.current.of(tenant);
        // The first shard's lock orders metadata, here and in the log.
        let _order = head.shards[0].write().expect("a panicking writer ends the process");
        let mut record = RecordWriter::new(tenant, 0, head.number);
        for metadata in all.iter().filter(|m| !head.knows(m)).collect::<Vec<_>>() {
            record.metadata(metadata);
            head.learn(metadata.clone());
        }
        Ok((!record.is_empty()).then(|| submit(permit, record.finish(), cx.patient)))
    }

    /// What one tenant has at this moment.
    pub(crate) fn cut(&self, tenant: &Tenant) -> Cut {
        let gate = self.gate.read().expect("a panicking writer ends the process");
        let snapshot = self.options.catalog.snapshot();
        let flushed = snapshot.flushed(LOG_NAME);
        let sealed = gate.sealed.iter().filter(|sealed| sealed.until > flushed).map(|sealed| &sealed.heads);
        let heads = sealed.chain([&gate.current]).filter_map(|heads| heads.get(tenant)).collect();
        Cut { blocks: by_position(&snapshot, tenant), heads }
    }

    /// An opened block.
    pub(crate) async fn block(&self, meta: &Arc<BlockMeta>) -> Result<Block, TsdbError> {
        if let Some(block) = self.blocks.lock().expect("no panic while it is held").get(&meta.id) {
            return Ok(block.clone());
        }
        let block =
            Block::open(&self.options.objects, &self.options.cache, meta.clone(), &self.decoded).await?;
        self.blocks.lock().expect("no panic while it is held").insert(meta.id, block.clone());
        Ok(block)
    }

    /// Does what is due, once a second, until told to stop. Errors are logged and tried again.
    pub async fn run(self: Arc<Self>, cancel: Cancel) {
        while !cancel.is_canceled() {
            tokio::select! {
                () = cancel.canceled() => break,
                () = tokio::time::sleep(MAINTAIN_EVERY) => {}
            }
            if let Err(error) = self.maintain().await {
                tracing::error!(%error, "maintenance of the metrics engine failed; it is tried again");
            }
        }
    }

    /// Flushes what is in memory and closes the log. Appends fail from here on.
    pub async fn close(&self) -> Result<(), TsdbError> {
        self.flush().await?;
        Ok(self.log.close().await?)
    }

    /// What the engine did and holds.
    pub fn telemetry(&self) -> TelemetrySnapshot {
        let gate = self.gate.read().expect("a panicking writer ends the process");
        let sealed = gate.sealed.iter().map(|sealed| sealed.heads.size());
        let mut size = sealed.fold(gate.current.size(), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
        size.2 += gate.before.values().map(|before| before.heap_bytes() as u64).sum::<u64>();
        self.telemetry.read(size)
    }
}

fn submit(permit: Permit, record: Vec<u8>, patient: bool) -> Ticket {
    if patient { permit.submit_patient(record) } else { permit.submit(record) }
}

/// The blocks of a tenant in order of the log: of two samples for one time the later block's stays. Companions that stand beside
/// their blocks are not among them.
pub(crate) fn by_position(snapshot: &Snapshot, tenant: &Tenant) -> Vec<Arc<BlockMeta>> {
    let all = snapshot.blocks(tenant, store::Signal::Metrics);
    let mut blocks: Vec<_> = all.filter(|block| block.level != BESIDE).cloned().collect();
    blocks.sort_by_key(|meta| (meta.covered.map(|covered| covered.1), meta.id));
    blocks
}

/// The heads that a log gives.
#[derive(Debug, Default)]
struct Replayed {
    current: Heads,
    sealed: Vec<Sealed>,
}

impl Replayed {
    /// Applies the record at `at`. A crash between the sealing of heads and the commit of their blocks leaves records of
    /// several heads, each with ids of its own: they come back as the sealed heads that they were.
    fn apply(&mut self, at: Position, record: &[u8]) -> Result<(), TsdbError> {
        let record = RecordReader::open(record)?;
        if record.head != self.current.number {
            let before = std::mem::replace(&mut self.current, Heads::numbered(record.head));
            if !before.all().is_empty() {
                self.sealed.push(Sealed { heads: Arc::new(before), until: at });
            }
        }
        let head = self.current.of(&record.tenant);
        replay::apply(&head, record)
    }
}
