//! Pages of unsigned numbers.
//!
//! Invariant: `decode(encode(x), x.len()) == x`; a page never decodes to another count than the directory says.
//! ```text
//! 0 constant  value:varint
//! 1 packed    per 128 values: min:varint width:u8 bits (v - min), low bits first, padded to a byte
//! 2 squeezed  zstd of the values as varints
//! ```

use crate::error::DecodeError;
use codec::{Reader, put_u64};
use std::cell::RefCell;

const CONSTANT: u8 = 0;
const PACKED: u8 = 1;
const SQUEEZED: u8 = 2;

/// Values that share a minimum and a width: outliers cost their neighbours little, and headers cost a tenth of a bit.
const GROUP: usize = 128;

/// zstd's fastest level that still has an entropy stage.
pub(crate) const ZSTD_LEVEL: i32 = 1;

/// Squeezing must save this share (1/8) of the packed page to be worth its slower reads.
const WORTH: usize = 8;

/// Appends a page of `values` to `out`.
pub(crate) fn encode(out: &mut Vec<u8>, values: &[u64]) {
    let first = values.first().copied().unwrap_or(0);
    if values.iter().all(|v| *v == first) {
        out.push(CONSTANT);
        put_u64(out, first);
        return;
    }
    let mut packed = Vec::with_capacity(values.len() * 2);
    values.chunks(GROUP).for_each(|group| pack(&mut packed, group));
    let mut varints = Vec::with_capacity(values.len() * 2);
    values.iter().for_each(|v| put_u64(&mut varints, *v));
    match zstd_of(&varints) {
        Ok(squeezed) if squeezed.len() + packed.len() / WORTH < packed.len() => {
            out.push(SQUEEZED);
            out.extend_from_slice(&squeezed);
        }
        _ => {
            out.push(PACKED);
            out.extend_from_slice(&packed);
        }
    }
}

/// The `count` values of a page.
pub(crate) fn decode(page: &[u8], count: usize) -> Result<Vec<u64>, DecodeError> {
    let mut cursor = Reader::new(page);
    let values = match cursor.u8()? {
        CONSTANT => vec![cursor.u64()?; count],
        PACKED => {
            let mut values = Vec::with_capacity(count.min(page.len() * 8 * GROUP));
            while values.len() < count {
                unpack(&mut cursor, (count - values.len()).min(GROUP), &mut values)?;
            }
            values
        }
        SQUEEZED => {
            let limit = count.checked_mul(10).ok_or(DecodeError::Invalid("count"))?;
            let squeezed = cursor.take(cursor.remaining())?;
            let varints = unzstd(squeezed, limit)?;
            from_varints(&varints, count)?
        }
        _ => return Err(DecodeError::Invalid("page encoding")),
    };
    if cursor.is_empty() { Ok(values) } else { Err(DecodeError::Invalid("page length")) }
}

/// `count` varints and nothing else. Most pages have none above 127.
fn from_varints(bytes: &[u8], count: usize) -> Result<Vec<u64>, DecodeError> {
    if bytes.len() == count && bytes.iter().all(|byte| *byte < 0x80) {
        return Ok(bytes.iter().map(|byte| u64::from(*byte)).collect());
    }
    let mut values = Vec::with_capacity(count.min(bytes.len()));
    let mut rest = bytes;
    while values.len() < count {
        match rest {
            [byte, after @ ..] if *byte < 0x80 => {
                values.push(u64::from(*byte));
                rest = after;
            }
            _ => {
                let mut cursor = Reader::new(rest);
                values.push(cursor.u64()?);
                rest = &rest[rest.len() - cursor.remaining()..];
            }
        }
    }
    if rest.is_empty() { Ok(values) } else { Err(DecodeError::Invalid("page length")) }
}

thread_local! {
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    /// A context takes longer to make than most pages to read.
    static CONTEXT: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses at [`ZSTD_LEVEL`].
pub(crate) fn zstd_of(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        let compressor = match compressor {
            Some(compressor) => compressor,
            None => compressor.insert(zstd::bulk::Compressor::new(ZSTD_LEVEL)?),
        };
        compressor.compress(bytes)
    })
}

/// Decompresses at most `limit` bytes.
pub(crate) fn unzstd(bytes: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    // The frame says how much it holds; never reserve more than that or than the limit.
    let said = zstd::bulk::Decompressor::upper_bound(bytes).unwrap_or(limit).min(limit);
    CONTEXT.with_borrow_mut(|context| {
        let fresh = || zstd::bulk::Decompressor::new().map_err(|_| DecodeError::Invalid("zstd context"));
        let context = match context {
            Some(context) => context,
            None => context.insert(fresh()?),
        };
        context.decompress(bytes, said).map_err(|_| DecodeError::Invalid("zstd frame"))
    })
}

fn pack(out: &mut Vec<u8>, group: &[u64]) {
    let min = group.iter().copied().min().unwrap_or(0);
    let max = group.iter().copied().max().unwrap_or(0);
    let width = 64 - (max - min).leading_zeros();
    put_u64(out, min);
    out.push(width as u8);
    let (mut bits, mut held) = (0u128, 0u32);
    for value in group {
        bits |= u128::from(value - min) << held;
        held += width;
        if held >= 64 {
            out.extend_from_slice(&(bits as u64).to_le_bytes());
            bits >>= 64;
            held -= 64;
        }
    }
    out.extend_from_slice(&(bits as u64).to_le_bytes()[..held.div_ceil(8) as usize]);
}

/// What eight bytes hold wherever in the first of them it begins.
const MAX_WINDOW_BITS: usize = 56;

/// Eight bytes from `at` on, zeros past the end.
fn window(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            let rest = bytes.get(at..).unwrap_or(&[]);
            eight[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(eight)
        }
    }
}

fn unpack(cursor: &mut Reader<'_>, count: usize, values: &mut Vec<u64>) -> Result<(), DecodeError> {
    let min = cursor.u64()?;
    let width = usize::from(cursor.u8()?);
    if width > 64 {
        return Err(DecodeError::Invalid("bit width"));
    }
    let bytes = cursor.take((count * width).div_ceil(8))?;
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    if width <= MAX_WINDOW_BITS {
        values.extend((0..count).map(|i| {
            let bit = i * width;
            min.wrapping_add(window(bytes, bit / 8) >> (bit % 8) & mask)
        }));
        return Ok(());
    }
    let (mut bits, mut held, mut at) = (0u128, 0usize, 0usize);
    for _ in 0..count {
        while held < width {
            bits |= u128::from(bytes[at]) << held;
            at += 1;
            held += 8;
        }
        values.push(min.wrapping_add(bits as u64 & mask));
        bits >>= width;
        held -= width;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(values: &[u64]) -> usize {
        let mut page = Vec::new();
        encode(&mut page, values);
        assert_eq!(decode(&page, values.len()).unwrap(), values);
        page.len()
    }

    #[test]
    fn sizes_are_as_small_as_said() {
        assert_eq!(check(&[7; 4096]), 2);
        assert_eq!(check(&[]), 2);
        let ramp: Vec<u64> = (0..4096).collect();
        assert!(check(&ramp) <= 4096);
        let runs: Vec<u64> = (0..4096).map(|i| i / 512).collect();
        assert!(check(&runs) < 100);
    }

    proptest! {
        #[test]
        fn values_come_back(
            values in prop::collection::vec(prop_oneof![any::<u64>(), 0u64..9], 0..400),
            width in 0u32..64,
        ) {
            check(&values);
            // Pages of every width: what fits a window and what does not.
            check(&values.iter().map(|value| value >> width).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, count in 0usize..5000) {
            let _ = decode(&bytes, count);
        }
    }
}
