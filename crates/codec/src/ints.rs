//! Columns of integers: differences of order 0, 1 or 2, packed in blocks of 64 with a width each.
//!
//! Counters, timestamps and decimal gauges all come down to this. A common factor (gauges in kibibytes, timestamps in
//! whole seconds) is divided out first; then the order whose differences are narrowest is taken.
//! ```text
//! column  first: zigzag | tag: order (2 bits), constant (bit 2), factor follows (bit 3) | [factor] | order 2: first difference
//!         constant: the difference, zigzag       else: blocks of up to 64 differences
//! block   header: width 0..=64, bit 7 = sparse
//!   dense   smallest: zigzag | width bits each, less the smallest
//!   sparse  one bit each: is not zero | width bits each of those, zigzag
//! ```
//! Arithmetic wraps, so every `i64` comes back. The count is not stored: the caller knows it.

use crate::bits::{BitReader, BitWriter, width_of};
use crate::varint::{put_i64, put_u64, unzigzag, zigzag};
use crate::{CodecError, Reader};
use std::cell::RefCell;

/// Differences in a block: one word of presence bits, and a header of at most 3 bytes for most blocks.
const BLOCK: usize = 64;
const CONSTANT: u8 = 1 << 2;
const FACTOR: u8 = 1 << 3;
const SPARSE: u8 = 1 << 7;

/// Appends a column. Decode with the same count.
pub fn encode_ints(out: &mut Vec<u8>, values: &[i64]) {
    match values {
        [] => {}
        [only] => put_i64(out, *only),
        _ => with_differences(values, |differences| put_column(out, differences)),
    }
}

/// A column taken apart: what is left of the values when the first, the factor and the differences are taken out.
#[derive(Debug)]
pub(crate) struct Differences<'a> {
    pub(crate) first: i64,
    /// 1 when there is none.
    pub(crate) factor: i64,
    pub(crate) order: u8,
    pub(crate) first_step: i64,
    /// One for each value behind the first; one less with order 2.
    pub(crate) residuals: &'a [i64],
}

/// Takes two values or more apart by the order whose differences are narrowest.
pub(crate) fn with_differences<T>(values: &[i64], then: impl FnOnce(&Differences<'_>) -> T) -> T {
    let (first, rest) = (values[0], &values[1..]);
    let factor = shared_factor(first, rest);
    SCRATCH.with_borrow_mut(|[scaled, once, twice]| {
        // Everything is relative to the first value from here on.
        scaled.clear();
        scaled.extend(rest.iter().map(|v| v.wrapping_sub(first)));
        if factor > 1 {
            scaled.iter_mut().for_each(|v| *v /= factor);
        }
        once.clear();
        once.extend_from_slice(scaled);
        difference(once);
        twice.clear();
        twice.extend(once.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])));
        let costs = [cost(scaled), cost(once), cost(twice)];
        let order = (0..3).min_by_key(|order| (costs[*order], *order == 0)).expect("three orders");
        let first_step = once[0];
        let residuals = [&*scaled, &*once, &*twice][order].as_slice();
        then(&Differences { first, factor, order: order as u8, first_step, residuals })
    })
}

thread_local! {
    /// The differences of each order, kept for their memory: columns are short, and there are many.
    static SCRATCH: RefCell<[Vec<i64>; 3]> = const { RefCell::new([Vec::new(), Vec::new(), Vec::new()]) };
}

/// Appends a column of two values or more.
pub(crate) fn put_column(out: &mut Vec<u8>, differences: &Differences<'_>) {
    let Differences { first, factor, order, first_step, residuals } = *differences;
    put_i64(out, first);
    let constant = residuals.first().is_none_or(|one| residuals.iter().all(|r| r == one));
    let flags = if constant { CONSTANT } else { 0 } | if factor > 1 { FACTOR } else { 0 };
    out.push(order | flags);
    if factor > 1 {
        put_u64(out, factor as u64);
    }
    if order == 2 {
        put_i64(out, first_step);
    }
    if constant {
        put_i64(out, residuals.first().copied().unwrap_or(0));
    } else {
        residuals.chunks(BLOCK).for_each(|block| put_block(out, block));
    }
}

/// `v[i] -= v[i - 1]`, the first against zero.
fn difference(values: &mut [i64]) {
    for at in (1..values.len()).rev() {
        values[at] = values[at].wrapping_sub(values[at - 1]);
    }
}

/// The greatest common divisor of all distances to `first`; 1 when there is none or a distance overflows.
fn shared_factor(first: i64, rest: &[i64]) -> i64 {
    let mut factor = 0u64;
    for value in rest {
        let Some(distance) = value.checked_sub(first) else { return 1 };
        let distance = distance.unsigned_abs();
        if factor != 0 && distance.is_multiple_of(factor) {
            continue;
        }
        factor = gcd(factor, distance);
        if factor == 1 {
            return 1;
        }
    }
    i64::try_from(factor).unwrap_or(1).max(1)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Bits that the blocks would take, roughly.
fn cost(residuals: &[i64]) -> u64 {
    if residuals.first().is_none_or(|one| residuals.iter().all(|r| r == one)) {
        return 0;
    }
    residuals.chunks(BLOCK).map(|block| Shape::of(block).bits).sum()
}

struct Shape {
    smallest: i64,
    width: u32,
    sparse: bool,
    bits: u64,
}

impl Shape {
    fn of(block: &[i64]) -> Shape {
        let (mut smallest, mut largest, mut any, mut zeros) = (i64::MAX, i64::MIN, 0u64, 0u64);
        for value in block {
            smallest = smallest.min(*value);
            largest = largest.max(*value);
            any |= zigzag(*value);
            zeros += u64::from(*value == 0);
        }
        let width = width_of(largest.wrapping_sub(smallest) as u64);
        let count = block.len() as u64;
        let smallest_bits = 8 * u64::from(width_of(zigzag(smallest))).div_ceil(7).max(1);
        let dense = 8 + smallest_bits + count * u64::from(width);
        let sparse_width = width_of(any);
        let sparse = 8 + count + (count - zeros) * u64::from(sparse_width);
        if sparse < dense {
            Shape { smallest: 0, width: sparse_width, sparse: true, bits: sparse }
        } else {
            Shape { smallest, width, sparse: false, bits: dense }
        }
    }
}

fn put_block(out: &mut Vec<u8>, block: &[i64]) {
    let shape = Shape::of(block);
    if shape.sparse {
        out.push(shape.width as u8 | SPARSE);
        let mut bits = BitWriter::new(out);
        block.iter().for_each(|value| bits.put(u64::from(*value != 0), 1));
        block.iter().filter(|value| **value != 0).for_each(|value| bits.put(zigzag(*value), shape.width));
        bits.finish();
    } else {
        out.push(shape.width as u8);
        put_i64(out, shape.smallest);
        let mut bits = BitWriter::new(out);
        block.iter().for_each(|value| bits.put(value.wrapping_sub(shape.smallest) as u64, shape.width));
        bits.finish();
    }
}

/// Appends the `count` values of a column to `out`. The caller bounds `count`.
pub fn decode_ints(reader: &mut Reader<'_>, count: usize, out: &mut Vec<i64>) -> Result<(), CodecError> {
    decode_ints_until(reader, count, count, out)
}

/// Appends the first `wanted` of the `count` values of a column to `out`, and goes on behind the column. What is not wanted
/// is not unpacked.
pub fn decode_ints_until(
    reader: &mut Reader<'_>,
    count: usize,
    wanted: usize,
    out: &mut Vec<i64>,
) -> Result<(), CodecError> {
    if count == 0 {
        return Ok(());
    }
    let wanted = wanted.clamp(1, count);
    let first = reader.i64()?;
    out.push(first);
    if count == 1 {
        return Ok(());
    }
    let tag = reader.u8()?;
    let order = tag & 3;
    if order == 3 || tag & !(3 | CONSTANT | FACTOR) != 0 {
        return Err(reader.invalid("an unknown integer column"));
    }
    let factor = if tag & FACTOR != 0 { reader.u64()? as i64 } else { 1 };
    let first_step = if order == 2 { reader.i64()? } else { 0 };
    let residuals = count - 1 - usize::from(order == 2);
    let start = out.len();
    // Whole blocks are unpacked.
    out.reserve(wanted + BLOCK);
    if order == 2 {
        out.push(first_step);
    }
    if tag & CONSTANT != 0 {
        let one = reader.i64()?;
        out.resize(start + wanted - 1, one);
    } else {
        read_blocks(reader, residuals, (wanted - 1).saturating_sub(usize::from(order == 2)), out)?;
    }
    out.truncate(start + wanted - 1);
    undo(&mut out[start..], order, factor, first);
    Ok(())
}

/// Undoes the differences, the factor and the first value, in place.
pub(crate) fn undo(values: &mut [i64], order: u8, factor: i64, first: i64) {
    restore(values, order);
    if factor == 1 {
        values.iter_mut().for_each(|value| *value = value.wrapping_add(first));
    } else {
        values.iter_mut().for_each(|value| *value = value.wrapping_mul(factor).wrapping_add(first));
    }
}

/// Undoes the differences: order 2 is `[first step, second differences ...]`, so one sum gives the steps.
fn restore(values: &mut [i64], order: u8) {
    for _ in 0..order {
        let mut sum = 0i64;
        for value in values.iter_mut() {
            sum = sum.wrapping_add(*value);
            *value = sum;
        }
    }
}

/// Unpacks the blocks of `left` differences until there are `wanted`, and goes over those behind.
fn read_blocks(
    reader: &mut Reader<'_>,
    mut left: usize,
    mut wanted: usize,
    out: &mut Vec<i64>,
) -> Result<(), CodecError> {
    while left > 0 {
        let here = left.min(BLOCK);
        left -= here;
        let unpacked = wanted > 0;
        wanted = wanted.saturating_sub(here);
        let header = reader.u8()?;
        let width = u32::from(header & !SPARSE);
        if width > 64 {
            return Err(reader.invalid("a width of more than 64 bits"));
        }
        if header & SPARSE == 0 {
            let smallest = reader.i64()?;
            let bytes = reader.take((here * width as usize).div_ceil(8))?;
            match width {
                _ if !unpacked => {}
                0 => out.resize(out.len() + here, smallest),
                _ => unpack(bytes, here, width, smallest, out),
            }
        } else {
            let present = BitReader::new(reader.clone().rest()).get(here as u32)?;
            let set = present.count_ones() as usize;
            let bytes = reader.take((here + set * width as usize).div_ceil(8))?;
            if unpacked {
                unpack_sparse(bytes, here, present, width, out)?;
            }
        }
    }
    Ok(())
}

/// Appends `count` differences: behind their presence bits a field of `width` bits for each bit of `present`.
fn unpack_sparse(
    bytes: &[u8],
    count: usize,
    mut present: u64,
    width: u32,
    out: &mut Vec<i64>,
) -> Result<(), CodecError> {
    let start = out.len();
    out.resize(start + count, 0);
    let mut bits = BitReader::new(bytes);
    bits.get(count as u32)?;
    while present != 0 {
        let at = present.trailing_zeros() as usize;
        present &= present - 1;
        out[start + at] = unzigzag(bits.get(width)?);
    }
    Ok(())
}

/// Appends `count` fields of `width` bits, 1 to 64, which `bytes` hold exactly, each plus `smallest`.
fn unpack(bytes: &[u8], count: usize, width: u32, smallest: i64, out: &mut Vec<i64>) {
    // Padded, so that eight bytes can be read wherever a field begins; a field of up to 56 bits lies in them.
    let mut padded = [0u8; BLOCK * 8 + 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    let mask = u64::MAX >> (64 - width);
    let field = |at: usize| {
        let bit = at * width as usize;
        let byte = bit / 8;
        let word: [u8; 8] = padded[byte..byte + 8].try_into().expect("eight bytes");
        u64::from_le_bytes(word) >> (bit % 8)
    };
    if width <= 56 {
        out.extend((0..count).map(|at| ((field(at) & mask) as i64).wrapping_add(smallest)));
        return;
    }
    out.extend((0..count).map(|at| {
        let bit = at * width as usize;
        // The ninth byte, shifted out of the word when the field begins on a byte.
        let high = u64::from(padded[bit / 8 + 8]) << 1 << (63 - bit % 8);
        (((field(at) | high) & mask) as i64).wrapping_add(smallest)
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(values: &[i64]) -> usize {
        let mut bytes = Vec::new();
        encode_ints(&mut bytes, values);
        let mut reader = Reader::new(&bytes);
        let mut back = Vec::new();
        decode_ints(&mut reader, values.len(), &mut back).unwrap();
        assert_eq!(back, values);
        assert!(reader.is_empty(), "the column ends where its last value does");
        for wanted in [values.len() / 3, values.len().saturating_sub(1)].into_iter().filter(|n| *n > 0) {
            let (mut reader, mut some) = (Reader::new(&bytes), vec![7]);
            decode_ints_until(&mut reader, values.len(), wanted, &mut some).unwrap();
            assert_eq!(some[1..], values[..wanted]);
            assert!(reader.is_empty(), "it goes on behind the column");
        }
        bytes.len()
    }

    proptest! {
        #[test]
        fn any_column_comes_back(values in proptest::collection::vec(any::<i64>(), 0..200)) {
            check(&values);
        }

        #[test]
        fn shaped_columns_come_back(
            start in any::<i64>(), step in -5i64..50, scale in 1i64..5000, noise in proptest::collection::vec(0i64..9, 1..300),
        ) {
            let mut at = start;
            let values: Vec<i64> = noise
                .iter()
                .map(|n| {
                    at = at.wrapping_add(step.wrapping_mul(scale)).wrapping_add(if *n == 8 { scale } else { 0 });
                    at
                })
                .collect();
            check(&values);
        }

        #[test]
        fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), count in 0usize..200) {
            let _ = decode_ints(&mut Reader::new(&bytes), count, &mut Vec::new());
        }
    }

    #[test]
    fn regular_columns_are_a_few_bytes() {
        let times: Vec<i64> = (0..480).map(|i| 1_700_000_000_000 + i * 15_000).collect();
        assert!(check(&times) <= 12, "{}", check(&times));
        assert!(check(&[5; 300]) <= 3);
        let kib: Vec<i64> = (0..480).map(|i| 1024 * (1_000_000 + (i * 7919) % 64)).collect();
        assert!(check(&kib) < 480);
        let rare: Vec<i64> = (0..480).map(|i| i / 40).collect();
        assert!(check(&rare) < 100);
    }
}
