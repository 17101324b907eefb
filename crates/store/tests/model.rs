//! Log, blocks and catalog together, as an engine uses them, against a map of what was promised: crashes at any step, a disk that
//! forgets what was not synced, a store that errs.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use model::{Nanos, Tenant};
use object_store::ObjectStore;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Clock, Rng};
use store::*;
use testkit::{FaultStore, Faults, Ledger, SimDisk};

const LOG: &str = "metrics";
const NUMBERS: u16 = 1;

#[derive(Debug, Clone)]
enum Op {
    /// Appends so many records and waits for them.
    Append(u8),
    /// Seals the head and moves it to a block.
    Flush,
    /// Merges what is planned.
    Merge,
    /// Another process commits a block of its own.
    Rival,
    /// The power of disk and store goes after so many operations of theirs.
    CutPower(u8, u8),
    /// A clean stop and start.
    Restart,
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => (1u8..12).prop_map(Op::Append),
        3 => Just(Op::Flush),
        2 => Just(Op::Merge),
        1 => Just(Op::Rival),
        3 => (0u8..40, 0u8..30).prop_map(|(disk, store)| Op::CutPower(disk, store)),
        1 => Just(Op::Restart),
    ]
}

/// The smallest engine: records are numbers, the head is a list, a block has one section of them.
struct Engine {
    log: LocalLog,
    catalog: Catalog,
    objects: Objects,
    cache: BlockCache,
    head: Vec<u64>,
}

impl Engine {
    async fn open(disk: &SimDisk, store: Arc<dyn ObjectStore>) -> Result<Engine, StoreError> {
        let objects =
            Objects::from_store(store).with_retry(Retry { attempts: 4, first_wait: Duration::ZERO });
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await?;
        let options = LogOptions {
            segment_bytes: 4096,
            queue_bytes: 4096,
            commit_interval: Duration::ZERO,
            patient_interval: Duration::ZERO,
            commit_bytes: 700,
            spare_bytes: 0,
            disk: Arc::new(disk.clone()),
            clock: Clock::system(),
        };
        let log = LocalLog::open(&Path::new("/data/log").join(LOG), options)?;
        let mut head = Vec::new();
        log.replay(catalog.snapshot().flushed(LOG), &mut |_, record| {
            head.push(u64::from_le_bytes(record[..8].try_into().unwrap()));
            Ok(())
        })?;
        Ok(Engine { log, catalog, objects, cache: BlockCache::new(10_000), head })
    }

    async fn append(
        &mut self,
        next: &mut u64,
        count: u8,
        ledger: &mut Ledger<u64>,
    ) -> Result<(), StoreError> {
        let mut tickets = Vec::new();
        for _ in 0..count {
            let mut record = next.to_le_bytes().to_vec();
            record.resize(8 + (*next * 37 % 400) as usize, 0);
            let ticket = self.log.reserve(record.len()).await?.submit(record);
            ledger.sent(*next);
            self.head.push(*next);
            tickets.push((*next, ticket));
            *next += 1;
        }
        for (n, ticket) in tickets {
            ticket.durable().await?;
            ledger.acked(n);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let (from, to) = (self.catalog.snapshot().flushed(LOG), self.log.end());
        let sealed = std::mem::take(&mut self.head);
        if sealed.is_empty() {
            return Ok(());
        }
        let parts = [from.segment, from.offset, to.segment, to.offset].map(u64::to_be_bytes);
        let id = BlockId::derive(&parts.each_ref().map(|part| &part[..]));
        let meta = self.write(id, 0, &sealed, Some((from, to))).await?;
        self.catalog
            .commit(Delta { add: vec![meta], remove: vec![], flushed: vec![(LOG.to_owned(), to)] })
            .await?;
        self.log.trim(to)?;
        Ok(())
    }

    async fn merge(&mut self) -> Result<(), StoreError> {
        let snapshot = self.catalog.snapshot();
        let policy = CompactionPolicy { max_inputs: 4, ..CompactionPolicy::default() };
        let late = Nanos(i64::MAX / 2);
        for job in plan(&snapshot, &Tenant::anonymous(), Signal::Metrics, &policy, late) {
            let mut numbers = Vec::new();
            for input in &job.inputs {
                numbers.extend(self.read_block(input).await?);
            }
            let meta = self.write(job.output, job.level, &numbers, None).await?;
            let remove = job.inputs.iter().map(|input| input.id).collect();
            self.catalog.commit(Delta { add: vec![meta], remove, flushed: vec![] }).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        id: BlockId,
        level: u8,
        numbers: &[u64],
        covered: Option<(Position, Position)>,
    ) -> Result<BlockMeta, StoreError> {
        let (first, last) = (numbers.iter().min().unwrap(), numbers.iter().max().unwrap());
        let mut writer = BlockWriter::new(BlockMeta {
            id,
            tenant: Tenant::anonymous(),
            signal: Signal::Metrics,
            level,
            start: Nanos(*first as i64),
            end: Nanos(*last as i64 + 1),
            rows: numbers.len() as u64,
            bytes: 0,
            covered,
        });
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        writer.section(NUMBERS, 1, &bytes);
        let (meta, object) = writer.finish();
        self.objects.put(&meta.path(), object).await?;
        Ok(meta)
    }

    async fn read_block(&self, meta: &Arc<BlockMeta>) -> Result<Vec<u64>, StoreError> {
        let reader = BlockReader::open(&self.objects, &self.cache, meta.clone()).await?;
        let bytes = reader.section(NUMBERS).await?.unwrap();
        Ok(bytes.chunks_exact(8).map(|n| u64::from_le_bytes(n.try_into().unwrap())).collect())
    }

    async fn read(&self) -> Result<Vec<u64>, StoreError> {
        let mut all = self.head.clone();
        for meta in self.catalog.snapshot().all_blocks() {
            all.extend(self.read_block(meta).await?);
        }
        Ok(all)
    }
}

struct World {
    disk: SimDisk,
    store: FaultStore,
    ledger: Ledger<u64>,
    next: u64,
    rivals: u64,
}

impl World {
    /// One operation; `Err` is the death of the process.
    async fn step(&mut self, engine: &mut Engine, op: &Op) -> Result<(), StoreError> {
        match op {
            Op::Append(count) => engine.append(&mut self.next, *count, &mut self.ledger).await?,
            Op::Flush => engine.flush().await?,
            Op::Merge => engine.merge().await?,
            Op::Rival => {
                let rival = Catalog::open(engine.objects.clone(), CatalogOptions::default()).await?;
                let n = (1 << 40) + self.rivals;
                self.rivals += 1;
                let meta = engine.write(BlockId(n.into()), 0, &[n], None).await?;
                self.ledger.sent(n);
                rival.commit(Delta { add: vec![meta], ..Delta::default() }).await?;
                self.ledger.acked(n);
                engine.catalog.refresh().await?;
            }
            Op::CutPower(disk, store) => {
                self.disk.cut_power_after((*disk).into());
                self.store.cut_power_after((*store).into());
            }
            Op::Restart => {
                engine.log.close().await?;
                return Err(StoreError::Closed("restart".to_owned()));
            }
        }
        Ok(())
    }

    async fn check(&mut self, engine: &Engine) {
        // The reads of a check are not the subject: only what they see.
        if let Ok(seen) = engine.read().await {
            self.ledger.check(seen).unwrap();
        }
    }

    /// Starts again after a crash, on a store that keeps its promises and errs now and then.
    async fn restart(&mut self) -> Engine {
        self.disk.crash();
        for faults in [Faults::SOME, Faults::default()] {
            self.store = self.store.restarted(faults);
            if let Ok(engine) = Engine::open(&self.disk, Arc::new(self.store.clone())).await {
                return engine;
            }
        }
        Engine::open(&self.disk, Arc::new(self.store.clone())).await.map(drop).unwrap();
        unreachable!("the same open failed just before")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_was_acknowledged_is_there_once(seed: u64, ops in proptest::collection::vec(any_op(), 1..40)) {
        let mut rng = Rng::seeded(seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut world = World {
                disk: SimDisk::new(Rng::seeded(rng.next_u64())),
                store: FaultStore::new(Rng::seeded(rng.next_u64()), Faults::default()),
                ledger: Ledger::default(),
                next: 0,
                rivals: 0,
            };
            let mut engine = world.restart().await;
            for op in &ops {
                if world.step(&mut engine, op).await.is_err() {
                    drop(engine);
                    engine = world.restart().await;
                }
                world.check(&engine).await;
            }
            drop(engine);
            let engine = world.restart().await;
            world.store.set_faults(Faults::default());
            let seen = engine.read().await.unwrap();
            world.ledger.check(seen).unwrap();
        });
    }
}
