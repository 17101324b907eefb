//! The trace-id filter: a blocked Bloom filter over fingerprints, small enough to stay in memory for every block.
//!
//! Invariant: no false negatives. 12 bits a trace in 512-bit blocks with 8 probes: about 0.5 % false positives, each of
//! which costs one table lookup.
//! Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007.
//! ```text
//! filter = blocks * 64 bytes            fingerprints = count:varint ordinals:ints(length-prefixed) u64[count] sorted
//! ```

use super::ints;
use crate::bytes::ReadMore;
use crate::error::DecodeError;
use codec::{Reader, put_len_bytes, put_u64};
use model::TraceId;
use xxhash_rust::xxh3::xxh3_64;

const BLOCK_BYTES: usize = 64;
const BITS_A_TRACE: usize = 12;
const PROBES: u32 = 8;

/// What a trace id is known by in filter and table.
pub(crate) fn fingerprint(id: &TraceId) -> u64 {
    xxh3_64(&id.0)
}

/// Which traces a block may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter(Vec<[u8; BLOCK_BYTES]>);

impl Filter {
    pub(crate) fn build(fingerprints: impl ExactSizeIterator<Item = u64>) -> Self {
        let blocks = (fingerprints.len() * BITS_A_TRACE).div_ceil(BLOCK_BYTES * 8).max(1);
        let mut filter = Filter(vec![[0; BLOCK_BYTES]; blocks]);
        for fingerprint in fingerprints {
            let block = filter.block(fingerprint);
            probes(fingerprint).for_each(|bit| filter.0[block][bit / 8] |= 1 << (bit % 8));
        }
        filter
    }

    pub(crate) fn may_have(&self, fingerprint: u64) -> bool {
        let block = &self.0[self.block(fingerprint)];
        probes(fingerprint).all(|bit| block[bit / 8] & 1 << (bit % 8) != 0)
    }

    fn block(&self, fingerprint: u64) -> usize {
        ((u128::from(fingerprint) * self.0.len() as u128) >> 64) as usize
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        self.0.concat()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        match blocks.is_empty() || !rest.is_empty() {
            true => Err(DecodeError::Invalid("filter length")),
            false => Ok(Filter(blocks.to_vec())),
        }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len() * BLOCK_BYTES
    }
}

/// Bit positions within a block. The block is chosen by the high bits, these by a remix of all.
fn probes(fingerprint: u64) -> impl Iterator<Item = usize> {
    let mixed = fingerprint.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (first, step) = (mixed as u32, (mixed >> 32) as u32 | 1);
    (0..PROBES).map(move |i| (first.wrapping_add(i.wrapping_mul(step)) >> 23) as usize)
}

/// Ordinals of traces by fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    sorted: Vec<u64>,
    ordinals: Vec<u32>,
}

impl Fingerprints {
    pub(crate) fn build(ids: &[TraceId]) -> Self {
        let mut pairs: Vec<(u64, u32)> = ids.iter().map(fingerprint).zip(0..).collect();
        pairs.sort_unstable();
        let (sorted, ordinals) = pairs.into_iter().unzip();
        Fingerprints { sorted, ordinals }
    }

    /// The ordinals of traces with this fingerprint: compare ids.
    pub(crate) fn find(&self, fingerprint: u64) -> &[u32] {
        let first = self.sorted.partition_point(|f| *f < fingerprint);
        let count = self.sorted[first..].iter().take_while(|f| **f == fingerprint).count();
        &self.ordinals[first..first + count]
    }

    /// Fingerprints and ordinals, by fingerprint.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u64, u32)> {
        self.sorted.iter().copied().zip(self.ordinals.iter().copied())
    }

    /// How many traces.
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.sorted.len() * 11 + 16);
        put_u64(&mut out, self.sorted.len() as u64);
        let mut page = Vec::new();
        ints::encode(&mut page, &self.ordinals.iter().map(|o| u64::from(*o)).collect::<Vec<_>>());
        put_len_bytes(&mut out, &page);
        self.sorted.iter().for_each(|f| out.extend_from_slice(&f.to_le_bytes()));
        out
    }

    /// Reads the table of a block of `traces` traces.
    pub(crate) fn decode(bytes: &[u8], traces: usize) -> Result<Self, DecodeError> {
        let mut cursor = Reader::new(bytes);
        let count = cursor.count_of(8)?;
        let ordinals = ints::decode(cursor.len_bytes()?, count)?
            .into_iter()
            .map(|o| u32::try_from(o).ok().filter(|o| (*o as usize) < traces))
            .collect::<Option<Vec<u32>>>()
            .ok_or(DecodeError::Invalid("ordinal"))?;
        let sorted =
            (0..count).map(|_| cursor.array().map(u64::from_le_bytes)).collect::<Result<Vec<_>, _>>()?;
        match sorted.is_sorted() && cursor.is_empty() {
            true => Ok(Fingerprints { sorted, ordinals }),
            false => Err(DecodeError::Invalid("fingerprint table")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_trace_is_missed_and_few_are_mistaken() {
        let id = |n: u64| TraceId((u128::from(n) * 0x1234_5678_9abc_def1).to_be_bytes());
        let ids: Vec<TraceId> = (0..5000).map(id).collect();
        let filter = Filter::build(ids.iter().map(fingerprint));
        let table = Fingerprints::build(&ids);
        let filter = Filter::decode(&filter.encode()).unwrap();
        let table = Fingerprints::decode(&table.encode(), ids.len()).unwrap();
        for (ordinal, id) in ids.iter().enumerate() {
            assert!(filter.may_have(fingerprint(id)));
            assert!(table.find(fingerprint(id)).contains(&(ordinal as u32)));
        }
        let mistaken = (5000..25_000).filter(|n| filter.may_have(fingerprint(&id(*n)))).count();
        assert!(mistaken < 300, "{mistaken} of 20000");
        assert!(Fingerprints::decode(&[3, 1], 1).is_err() && Filter::decode(&[1]).is_err());
    }
}
