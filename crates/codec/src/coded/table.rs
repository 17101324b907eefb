//! How often each token occurs, in parts of [`TOTAL`]: what an entropy coder goes by. Columns of a page share tables.
//!
//! Symbol 0 is the escape: a value whose token is not in the table follows in 64 raw bits. The others are the tokens of the
//! table, ascending.
//! ```text
//! table  bits: mantissa - 2: 1 | tokens: 8 | share of the escape | for each token: 0 = the next id, or 1 and id + 512: 10 | its share
//! share  bits: width - 1: 4 | all but the leading one: width - 1
//! ```
//! Invariant: shares are at least one and add up to [`TOTAL`].

use super::token::{ID_LIMIT, LEAST_MANTISSA, span};
use crate::CodecError;
use crate::bits::{BitReader, BitWriter, width_of};
use std::sync::OnceLock;

/// Bits of a share: finer than 1/2048 saves nothing in a thousand values, and a decoding table then is 8 KiB.
pub(super) const TOTAL_BITS: u32 = 11;
/// What shares add up to.
pub(super) const TOTAL: u32 = 1 << TOTAL_BITS;
/// A symbol is a byte, and 0 is the escape.
pub(super) const MAX_TOKENS: usize = 255;
/// What tokens count that did not occur but lie near those that did: others may share the table.
const NEAR: f64 = 0.1;
/// How many ids beyond one that occurred are near.
const NEAR_IDS: i16 = 3;
/// Raw bits behind the escape.
pub(super) const ESCAPE_WIDTH: u32 = 64;

/// How often tokens occur in a column, by id from the lowest on.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// `(id, occurrences)`, ascending by id.
    pub(super) tokens: Vec<(i16, u32)>,
    /// All raw bits.
    pub(super) raw_bits: u64,
}

/// The table of an encoder.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) mantissa: u32,
    /// Shares by symbol.
    pub(super) shares: Vec<u16>,
    /// Sums of the shares before each symbol.
    pub(super) starts: Vec<u16>,
    /// Symbols by id plus [`ID_LIMIT`]; 0 for those without.
    symbols: Box<[u8; 2 * ID_LIMIT as usize]>,
    /// Bits by id plus [`ID_LIMIT`], raw bits not among them.
    costs: Box<[f32; 2 * ID_LIMIT as usize]>,
}

fn place(id: i16) -> usize {
    usize::try_from(id + ID_LIMIT).expect("ids are above minus their limit")
}

impl Table {
    /// The table that fits a column; `None` when it has too many tokens.
    pub(super) fn of(counts: &Counts, mantissa: u32) -> Option<Table> {
        let mut ids: Vec<(i16, f64)> = Vec::new();
        let mut next = (counts.tokens.first()?.0 - NEAR_IDS).max(1 - ID_LIMIT);
        for (id, count) in &counts.tokens {
            let from = if id - next > 2 * NEAR_IDS { *id } else { next };
            ids.extend((from..*id).map(|id| (id, NEAR)));
            ids.push((*id, f64::from(*count) + NEAR));
            next = id + 1;
        }
        ids.extend((next..(next + NEAR_IDS).min(ID_LIMIT)).map(|id| (id, NEAR)));
        if ids.len() > MAX_TOKENS {
            ids.clear();
            ids.extend(counts.tokens.iter().map(|(id, count)| (*id, f64::from(*count))));
        }
        (ids.len() <= MAX_TOKENS).then(|| Table::from_shares(mantissa, &ids, &shares_of(&ids)))
    }

    fn from_shares(mantissa: u32, ids: &[(i16, f64)], shares: &[u16]) -> Table {
        let escape = bits_of(shares[0]) + ESCAPE_WIDTH as f32;
        let mut symbols = Box::new([0u8; 2 * ID_LIMIT as usize]);
        let mut costs = Box::new([escape; 2 * ID_LIMIT as usize]);
        for (at, (id, _)) in ids.iter().enumerate() {
            symbols[place(*id)] = (at + 1) as u8;
            costs[place(*id)] = bits_of(shares[at + 1]);
        }
        let sums = shares.iter().scan(0, |sum, share| {
            *sum += share;
            Some(*sum - share)
        });
        let starts = sums.collect();
        Table { mantissa, shares: shares.to_vec(), starts, symbols, costs }
    }

    /// The symbol of a token; 0, the escape, for one that the table does not have.
    #[inline]
    pub(super) fn symbol(&self, id: i16) -> u8 {
        self.symbols[place(id)]
    }

    /// Bits that a column takes by this table, raw bits among them.
    pub(super) fn cost(&self, counts: &Counts) -> f64 {
        let tokens = counts.tokens.iter().map(|(id, count)| *count as f32 * self.costs[place(*id)]);
        // The raw bits of tokens that escape are counted twice; those are few.
        f64::from(tokens.sum::<f32>()) + counts.raw_bits as f64
    }

    /// Appends the table.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let ids: Vec<i16> = (1 - ID_LIMIT..ID_LIMIT).filter(|id| self.symbols[place(*id)] != 0).collect();
        let mut bits = BitWriter::new(out);
        bits.put(u64::from(self.mantissa - LEAST_MANTISSA), 1);
        bits.put(ids.len() as u64, 8);
        put_share(&mut bits, self.shares[0]);
        let mut next = None;
        for (id, share) in ids.iter().zip(&self.shares[1..]) {
            if next == Some(*id) {
                bits.put(0, 1);
            } else {
                bits.put(1, 1);
                bits.put(place(*id) as u64, 10);
            }
            next = Some(id + 1);
            put_share(&mut bits, *share);
        }
        bits.finish();
    }

    /// Bits that [`Table::put`] takes, nearly.
    pub(super) fn stored_bits(&self) -> f64 {
        20.0 + self.shares.iter().map(|share| f64::from(4 + width_of(u64::from(*share)))).sum::<f64>()
    }
}

fn put_share(bits: &mut BitWriter<'_>, share: u16) {
    let width = width_of(u64::from(share));
    bits.put(u64::from(width - 1), 4);
    bits.put(u64::from(share), width - 1);
}

fn bits_of(share: u16) -> f32 {
    (TOTAL as f32 / f32::from(share)).log2()
}

/// Shares of the escape and of each id, by their weights.
fn shares_of(ids: &[(i16, f64)]) -> Vec<u16> {
    let all: f64 = ids.iter().map(|(_, weight)| weight).sum();
    let rest = f64::from(TOTAL - 1);
    let mut shares = vec![1u16];
    shares.extend(ids.iter().map(|(_, weight)| ((weight / all * rest).round() as u16).max(1)));
    // What rounding added or took is given to or taken from the largest, a little at a time.
    let mut sum: i32 = shares.iter().map(|share| i32::from(*share)).sum();
    while sum != TOTAL as i32 {
        let largest = shares.iter_mut().skip(1).max_by_key(|share| **share).expect("a column has a token");
        let by = (TOTAL as i32 - sum).clamp(-i32::from(*largest) / 4 - 1, i32::from(*largest) / 4 + 1);
        *largest = (i32::from(*largest) + by) as u16;
        sum += by;
    }
    shares
}

/// What one place of [`TOTAL`] decodes to: symbol in 8 bits, share in 12, the place's distance from the share's start in 12.
pub(super) type Slots = [u32; TOTAL as usize];

/// The table of a decoder.
#[derive(Debug)]
pub(super) struct DecodeTable {
    pub(super) slots: Box<Slots>,
    /// Smallest values by symbol.
    pub(super) bases: Box<[i64; 256]>,
    /// Raw bits by symbol.
    pub(super) widths: Box<[u8; 256]>,
}

impl DecodeTable {
    /// What one takes, with its boxes.
    pub(super) const BYTES: usize = size_of::<OnceLock<DecodeTable>>()
        + size_of::<Slots>()
        + size_of::<[i64; 256]>()
        + size_of::<[u8; 256]>();

    /// Reads a table and says how many bytes it took.
    pub(super) fn read(bytes: &[u8]) -> Result<(DecodeTable, usize), CodecError> {
        let invalid = |what: &'static str| CodecError::Invalid { offset: 0, what };
        let mut bits = BitReader::new(bytes);
        let mantissa = bits.get(1)? as u32 + LEAST_MANTISSA;
        let count = bits.get(8)? as usize;
        let mut table = DecodeTable {
            slots: vec![0; TOTAL as usize].into_boxed_slice().try_into().expect("so many were made"),
            bases: Box::new([0; 256]),
            widths: Box::new([0; 256]),
        };
        table.widths[0] = ESCAPE_WIDTH as u8;
        let (mut start, mut next) = (0u32, 0i16);
        for symbol in 0..=count {
            if symbol > 0 {
                if bits.get(1)? == 1 {
                    next = bits.get(10)? as i16 - ID_LIMIT;
                } else if symbol == 1 {
                    return Err(invalid("a table whose first token has no id"));
                }
                let (base, width) = span(next, mantissa);
                (table.bases[symbol], table.widths[symbol]) = (base, width as u8);
                next = next.saturating_add(1);
            }
            let width = bits.get(4)? as u32;
            let share = bits.get(width)? as u32 | 1 << width;
            let end = start + share;
            if end > TOTAL {
                return Err(invalid("shares of a table that are too large"));
            }
            for (distance, slot) in table.slots[start as usize..end as usize].iter_mut().enumerate() {
                *slot = symbol as u32 | share << 8 | (distance as u32) << 20;
            }
            start = end;
        }
        if start != TOTAL {
            return Err(invalid("shares of a table that are too small"));
        }
        Ok((table, bits.bytes_read()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn tables_come_back(
            tokens in proptest::collection::btree_map(-500i16..500, 1u32..100_000, 1..250), near in any::<bool>(), mantissa in 2u32..4,
        ) {
            let tokens: BTreeMap<i16, u32> = tokens.into_iter().map(|(id, n)| (if near { id / 12 } else { id }, n)).collect();
            let counts = Counts { tokens: tokens.into_iter().collect(), raw_bits: 0 };
            let table = Table::of(&counts, mantissa).unwrap();
            prop_assert_eq!(table.shares.iter().map(|s| u32::from(*s)).sum::<u32>(), TOTAL);
            prop_assert!(counts.tokens.iter().all(|(id, _)| table.symbol(*id) != 0));
            let mut bytes = Vec::new();
            table.put(&mut bytes);
            let (read, length) = DecodeTable::read(&bytes).unwrap();
            prop_assert_eq!(length, bytes.len());
            for (id, _) in &counts.tokens {
                let symbol = usize::from(table.symbol(*id));
                prop_assert_eq!((read.bases[symbol], u32::from(read.widths[symbol])), span(*id, mantissa));
                let slot = read.slots[usize::from(table.starts[symbol])];
                prop_assert_eq!(slot, symbol as u32 | u32::from(table.shares[symbol]) << 8);
            }
        }

        #[test]
        fn hostile_tables_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = DecodeTable::read(&bytes);
        }
    }
}
