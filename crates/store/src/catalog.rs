//! The catalog: which blocks exist and how far each log is flushed. Where the write walk publishes and the read walk
//! starts.

use crate::error::StoreError;
use crate::log::Position;
use crate::meta::{BlockId, BlockMeta, Signal, decode_id};
use crate::object::{Created, Objects};
use bytes::Bytes;
use codec::{CodecError, Reader, put_str, put_u64};
use model::{Nanos, Tenant};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::{Clock, Rng};

/// How a catalog behaves.
#[derive(Debug, Clone)]
pub struct CatalogOptions {
    /// The time of tombstones.
    pub clock: Clock,
}

impl Default for CatalogOptions {
    fn default() -> Self {
        CatalogOptions { clock: Clock::system() }
    }
}

/// A change of the catalog: all of it is published, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Blocks that exist from now on. Adding a block again changes nothing.
    pub add: Vec<BlockMeta>,
    /// Blocks that exist no more.
    pub remove: Vec<BlockId>,
    /// By log: every record before the position is in blocks. A position never goes back.
    pub flushed: Vec<(String, Position)>,
}

/// The blocks of a tenant's signal, by start and id.
type Leaf = BTreeMap<(Nanos, BlockId), Arc<BlockMeta>>;

/// One version of the catalog.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// How many deltas are in it.
    pub version: u64,
    blocks: BTreeMap<(Tenant, Signal), Leaf>,
    flushed: BTreeMap<String, Position>,
}

impl Snapshot {
    /// The blocks of a tenant's signal, by start and id.
    pub fn blocks(&self, tenant: &Tenant, signal: Signal) -> impl Iterator<Item = &Arc<BlockMeta>> {
        self.blocks.get(&(tenant.clone(), signal)).into_iter().flat_map(|leaf| leaf.values())
    }

    /// The tenants that have blocks of a signal, in order.
    pub fn tenants(&self, signal: Signal) -> Vec<Tenant> {
        self.blocks.keys().filter(|key| key.1 == signal).map(|key| key.0.clone()).collect()
    }

    /// All blocks.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Arc<BlockMeta>> {
        self.blocks.values().flat_map(|leaf| leaf.values())
    }

    /// Every record of `log` before this position is in blocks.
    pub fn flushed(&self, log: &str) -> Position {
        self.flushed.get(log).copied().unwrap_or_default()
    }

    fn apply(&mut self, delta: Delta) -> Result<(), StoreError> {
        for id in delta.remove {
            let found = self.all_blocks().find(|block| block.id == id).cloned();
            let block = found.ok_or_else(|| StoreError::Conflict(format!("block {id} is gone")))?;
            let key = (block.tenant.clone(), block.signal);
            if let Some(leaf) = self.blocks.get_mut(&key) {
                leaf.remove(&(block.start, id));
                if leaf.is_empty() {
                    self.blocks.remove(&key);
                }
            }
        }
        for block in delta.add {
            let leaf = self.blocks.entry((block.tenant.clone(), block.signal)).or_default();
            leaf.insert((block.start, block.id), Arc::new(block));
        }
        for (log, position) in delta.flushed {
            let flushed = self.flushed.entry(log).or_default();
            *flushed = position.max(*flushed);
        }
        self.version += 1;
        Ok(())
    }
}

/// The catalog of one store. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Catalog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    objects: Objects,
    current: Mutex<Arc<Snapshot>>,
    rng: Mutex<Rng>,
    committing: tokio::sync::Mutex<()>,
}

impl Catalog {
    /// Reads the catalog of `objects`; an empty store has an empty one.
    pub async fn open(objects: Objects, _options: CatalogOptions) -> Result<Catalog, StoreError> {
        let mut snapshot = Snapshot::default();
        for object in objects.list("catalog", None).await? {
            snapshot.apply(decode(&object.path, &objects.get(&object.path).await?)?)?;
        }
        Ok(Catalog(Arc::new(Shared {
            objects,
            current: Mutex::new(Arc::new(snapshot)),
            rng: Mutex::new(Rng::from_entropy()),
            committing: tokio::sync::Mutex::default(),
        })))
    }

    /// The newest version this process knows.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes `delta`. `Err(Conflict)` when a block to remove is gone.
    pub async fn commit(&self, delta: Delta) -> Result<Arc<Snapshot>, StoreError> {
        let _one_at_a_time = self.0.committing.lock().await;
        loop {
            let mut next = Snapshot::clone(&self.snapshot());
            next.apply(delta.clone())?;
            let put_id = {
                let mut rng = self.0.rng.lock().unwrap_or_else(PoisonError::into_inner);
                u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())
            };
            let path = format!("catalog/{:020}.delta", next.version);
            if let Created::Taken(bytes) =
                self.0.objects.create(&path, put_id, encode(put_id, &delta)).await?
            {
                next = Snapshot::clone(&self.snapshot());
                next.apply(decode(&path, &bytes)?)?;
                self.publish(next);
                continue;
            }
            return Ok(self.publish(next));
        }
    }

    fn publish(&self, next: Snapshot) -> Arc<Snapshot> {
        let next = Arc::new(next);
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = next.clone();
        next
    }
}

fn encode(put_id: u128, delta: &Delta) -> Bytes {
    let mut out = vec![0; 16];
    out.extend_from_slice(&put_id.to_le_bytes());
    put_u64(&mut out, delta.add.len() as u64);
    delta.add.iter().for_each(|block| block.encode_framed(&mut out));
    put_u64(&mut out, delta.remove.len() as u64);
    delta.remove.iter().for_each(|id| out.extend_from_slice(&id.0.to_be_bytes()));
    put_u64(&mut out, delta.flushed.len() as u64);
    for (log, position) in &delta.flushed {
        put_str(&mut out, log);
        position.encode(&mut out);
    }
    out.into()
}

fn decode(path: &str, bytes: &[u8]) -> Result<Delta, StoreError> {
    decode_delta(bytes.get(32..).unwrap_or_default()).map_err(|error| StoreError::corrupt(path, 0, error))
}

fn decode_delta(bytes: &[u8]) -> Result<Delta, CodecError> {
    let mut input = Reader::new(bytes);
    let add = (0..input.count()?).map(|_| BlockMeta::decode_framed(&mut input)).collect::<Result<_, _>>()?;
    let remove = (0..input.count()?).map(|_| decode_id(&mut input)).collect::<Result<_, _>>()?;
    let flushed = (0..input.count()?)
        .map(|_| Ok((input.str()?.to_owned(), Position::decode(&mut input)?)))
        .collect::<Result<_, CodecError>>()?;
    Ok(Delta { add, remove, flushed })
}
