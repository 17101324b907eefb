//! Label sets to dense ids while data arrives: the index of a head.
//!
//! On the write walk: a label set is looked up by its hash and compared pair by pair; a set that was never seen gets
//! the next id. Pairs and ids are given in order of arrival, so replaying the same sets gives the same ids.
//! ```text
//! series[id] -> own[start..end] -> PairId, in the order of label names        postings[pair] -> ids
//! ```
//! Invariant: a label set has one id, for as long as the index lives.

use crate::pairs::{NameId, PairId, PairTable};
use crate::postings::{Ids, IdsRef};
use crate::{IndexError, LabelIndex};
use hashbrown::{DefaultHashBuilder, HashTable};
use model::Labels;
use roaring::RoaringBitmap;
use std::hash::{BuildHasher, Hasher};

/// 64 Mi label sets in one index: at 300 bytes each this is 19 GiB, more than the memory budget of any head.
pub const MAX_SERIES: u64 = 64 << 20;
/// 1 Gi pairs of label sets: 16 labels on each of [`MAX_SERIES`]; their positions fit a `u32`.
pub const MAX_OWN_PAIRS: u64 = 1 << 30;

/// An index that grows.
#[derive(Debug, Default)]
pub struct LiveIndex {
    pairs: PairTable,
    /// Where a series' pairs end in `own`.
    ends: Vec<u32>,
    own: Vec<PairId>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    by_pair: Vec<Ids>,
    by_name: Vec<Ids>,
    /// Kept for its memory between two calls of `find_or_add`.
    scratch: Vec<PairId>,
}

impl LiveIndex {
    /// How many label sets; ids are `0..len`.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no label set.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The interned pairs.
    pub fn pairs(&self) -> &PairTable {
        &self.pairs
    }

    fn hash<'a>(&self, labels: impl Iterator<Item = (&'a str, &'a str)>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for (name, value) in labels {
            hasher.write(name.as_bytes());
            hasher.write_u8(0xff);
            hasher.write(value.as_bytes());
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }

    /// The id of a label set (sorted by name, unique, without empty values), if it was seen.
    pub fn find<'a>(&self, labels: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Option<u32> {
        self.find_hashed(self.hash(labels.clone()), labels)
    }

    fn find_hashed<'a>(
        &self,
        hash: u64,
        labels: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Option<u32> {
        let same = |id: &u32| {
            let mut own = self.pair_ids(*id).iter();
            labels.clone().all(|label| own.next().is_some_and(|pair| self.pairs.pair(*pair) == label))
                && own.next().is_none()
        };
        self.table.find(hash, same).copied()
    }

    /// The id of a label set (sorted by name, unique, without empty values), given now if it is new: `(id, is new)`.
    pub fn find_or_add<'a>(
        &mut self,
        labels: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Result<(u32, bool), IndexError> {
        let hash = self.hash(labels.clone());
        if let Some(id) = self.find_hashed(hash, labels.clone()) {
            return Ok((id, false));
        }
        let mut own = std::mem::take(&mut self.scratch);
        own.clear();
        for (name, value) in labels {
            own.push(self.intern(name, value)?);
        }
        let id = self.insert(hash, &own);
        self.scratch = own;
        Ok((id?, true))
    }

    /// The id of a pair, given now if it is new. For replay, which sees pairs before the sets that use them.
    pub fn intern(&mut self, name: &str, value: &str) -> Result<PairId, IndexError> {
        let pair = self.pairs.intern(name, value)?;
        if self.by_pair.len() < self.pairs.len() {
            self.by_pair.resize_with(self.pairs.len(), Ids::default);
            self.by_name.resize_with(self.pairs.name_count(), Ids::default);
        }
        Ok(pair)
    }

    /// Adds the label set of `own`, which must be new. `Err` when a pair is unknown, or names are not in order: the
    /// bytes that said so are damaged.
    pub fn add_pairs(&mut self, own: &[PairId]) -> Result<u32, IndexError> {
        if own.iter().any(|pair| pair.0 as usize >= self.pairs.len()) {
            return Err(IndexError::Corrupt("a label set uses a pair that was never named"));
        }
        let name = |pair: &PairId| self.pairs.pair(*pair).0;
        if !own.is_sorted_by(|a, b| name(a) < name(b)) {
            return Err(IndexError::Corrupt("the names of a label set are not in order"));
        }
        let hash = self.hash(own.iter().map(|pair| self.pairs.pair(*pair)));
        self.insert(hash, own)
    }

    fn insert(&mut self, hash: u64, own: &[PairId]) -> Result<u32, IndexError> {
        if self.ends.len() as u64 >= MAX_SERIES {
            return Err(IndexError::Full { what: "label sets", limit: MAX_SERIES });
        }
        if (self.own.len() + own.len()) as u64 > MAX_OWN_PAIRS {
            return Err(IndexError::Full { what: "pairs of label sets", limit: MAX_OWN_PAIRS });
        }
        let id = self.ends.len() as u32;
        self.own.extend_from_slice(own);
        self.ends.push(self.own.len() as u32);
        for pair in own {
            self.by_pair[pair.0 as usize].insert(id);
            self.by_name[self.pairs.name_of(*pair).0 as usize].insert(id);
        }
        let (pairs, ends, owned, hasher) = (&self.pairs, &self.ends, &self.own, &self.hasher);
        self.table.insert_unique(hash, id, |id| {
            let mut state = hasher.build_hasher();
            for pair in own_of(ends, owned, *id) {
                let (name, value) = pairs.pair(*pair);
                state.write(name.as_bytes());
                state.write_u8(0xff);
                state.write(value.as_bytes());
                state.write_u8(0xff);
            }
            state.finish()
        });
        Ok(id)
    }

    /// The pairs of a label set, in the order of names. Panics on an id of another index.
    pub fn pair_ids(&self, id: u32) -> &[PairId] {
        own_of(&self.ends, &self.own, id)
    }

    /// The pairs of a label set as text.
    pub fn iter(&self, id: u32) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.pair_ids(id).iter().map(|pair| self.pairs.pair(*pair))
    }

    /// The label set of an id. Panics on an id of another index.
    pub fn labels(&self, id: u32) -> Labels {
        Labels::from_sorted(self.iter(id))
    }

    /// All label names with the ids that have them.
    pub fn names(&self) -> impl Iterator<Item = (&str, IdsRef<'_>)> {
        self.by_name.iter().enumerate().map(|(i, ids)| (self.pairs.name(NameId(i as u32)), ids.as_ref()))
    }

    /// Bytes on the heap, estimated without walking every posting.
    pub fn heap_bytes(&self) -> usize {
        self.pairs.heap_bytes()
            + self.ends.capacity() * 4
            // Each own pair is also about two bytes in a posting and one in that of its name.
            + self.own.capacity() * (4 + 3)
            + self.table.capacity() * 5
            + (self.by_pair.capacity() + self.by_name.capacity()) * size_of::<Ids>()
    }
}

fn own_of<'a>(ends: &[u32], own: &'a [PairId], id: u32) -> &'a [PairId] {
    let at = id as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] as usize };
    &own[start..ends[at] as usize]
}

impl LabelIndex for LiveIndex {
    fn all(&self) -> Result<RoaringBitmap, IndexError> {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.ends.len() as u32);
        Ok(all)
    }

    fn present(&self, name: &str) -> Result<IdsRef<'_>, IndexError> {
        let id = self.pairs.find_name(name);
        Ok(id.map_or(IdsRef::None, |id| self.by_name[id.0 as usize].as_ref()))
    }

    fn postings(&self, name: &str, value: &str) -> Result<IdsRef<'_>, IndexError> {
        let id = self.pairs.find(name, value);
        Ok(id.map_or(IdsRef::None, |id| self.by_pair[id.0 as usize].as_ref()))
    }

    fn each_value(
        &self,
        name: &str,
        prefix: &str,
        visit: &mut dyn FnMut(&str, IdsRef<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let Some(name) = self.pairs.find_name(name) else { return Ok(()) };
        for pair in self.pairs.pairs_of(name) {
            let value = self.pairs.value(*pair);
            if value.starts_with(prefix) {
                visit(value, self.by_pair[pair.0 as usize].as_ref())?;
            }
        }
        Ok(())
    }

    fn value_count(&self, name: &str) -> u64 {
        self.pairs.find_name(name).map_or(0, |id| self.pairs.pairs_of(id).len() as u64)
    }

    fn value_of(&self, id: u32, name: &str, visit: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
        let Some(name) = self.pairs.find_name(name) else { return Some(visit("")) };
        let own = self.pair_ids(id).iter().find(|pair| self.pairs.name_of(**pair) == name);
        Some(visit(own.map_or("", |pair| self.pairs.value(*pair))))
    }
}
