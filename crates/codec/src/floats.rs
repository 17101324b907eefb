//! Columns of floats: a tag byte, then the smallest of the codecs that fit.
//! ```text
//! 0 CONSTANT   8 bytes of bits                          every value has these bits
//! 1 WHOLE      zigzag                                   every value is this integer
//! 2 DECIMAL    exponent (bit 7: exceptions) | integers | [count | gap to the next position, 8 bytes of bits ...]
//! 3 XOR        see `xor`
//! 4 ORDERED    the bits as integers, in the order of the floats; see `ints`
//! 5            see `coded`: only with the tables of its page
//! ```
//! Bit-exact for every pattern, NaN payloads and -0 included. The count is not stored: the caller knows it.

use crate::coded;
use crate::decimal::{self, Decimals, MAX_EXPONENT};
use crate::ints::{decode_ints_until, encode_ints};
use crate::varint::{put_i64, put_u64};
use crate::xor::{decode_xor, encode_xor};
use crate::{CodecError, Reader};
use std::ops::Range;

const CONSTANT: u8 = 0;
const WHOLE: u8 = 1;
const DECIMAL: u8 = 2;
const XOR: u8 = 3;
const ORDERED: u8 = 4;
const EXCEPTIONS: u8 = 1 << 7;

/// Appends a column. Decode with the same count.
pub fn encode_floats(out: &mut Vec<u8>, values: &[f64]) {
    let Some(first) = values.first() else { return };
    if values.iter().all(|v| v.to_bits() == first.to_bits()) {
        return put_constant(out, *first);
    }
    if let Some(decimals) = decimal::decimals(values) {
        return put_decimals(out, &decimals);
    }
    let start = out.len();
    out.push(XOR);
    encode_xor(out, values);
    let mut ordered = vec![ORDERED];
    encode_ints(&mut ordered, &values.iter().map(|v| to_ordered(v.to_bits())).collect::<Vec<_>>());
    if ordered.len() < out.len() - start {
        out.truncate(start);
        out.extend_from_slice(&ordered);
    }
}

fn put_decimals(out: &mut Vec<u8>, decimals: &Decimals) {
    let flag = if decimals.exceptions.is_empty() { 0 } else { EXCEPTIONS };
    out.extend([DECIMAL, decimals.exponent | flag]);
    encode_ints(out, &decimals.integers);
    if flag != 0 {
        put_exceptions(out, &decimals.exceptions);
    }
}

fn put_constant(out: &mut Vec<u8>, value: f64) {
    let whole = value as i64;
    if (whole as f64).to_bits() == value.to_bits() && whole.unsigned_abs() < 1 << 48 {
        out.push(WHOLE);
        put_i64(out, whole);
    } else {
        out.push(CONSTANT);
        out.extend_from_slice(&value.to_bits().to_le_bytes());
    }
}

pub(crate) fn put_exceptions(out: &mut Vec<u8>, exceptions: &[(usize, u64)]) {
    put_u64(out, exceptions.len() as u64);
    let mut next = 0;
    for (at, bits) in exceptions {
        put_u64(out, (at - next) as u64);
        out.extend_from_slice(&bits.to_le_bytes());
        next = at + 1;
    }
}

/// Bits to an integer that sorts like the float does: negative floats are mirrored.
pub(crate) fn to_ordered(bits: u64) -> i64 {
    let signed = bits as i64;
    signed ^ ((signed >> 63) as u64 >> 1) as i64
}

/// The inverse of [`to_ordered`], which is its own inverse.
pub(crate) fn from_ordered(ordered: i64) -> u64 {
    (ordered ^ ((ordered >> 63) as u64 >> 1) as i64) as u64
}

/// If the column is one value throughout, that value: readable without decoding.
pub fn constant(bytes: &[u8]) -> Option<f64> {
    let mut reader = Reader::new(bytes);
    match reader.u8().ok()? {
        CONSTANT => reader.f64().ok(),
        WHOLE => reader.i64().ok().map(|whole| whole as f64),
        _ => None,
    }
}

/// Whether no value of a column is NaN, as far as its first bytes tell: `false` when values would have to be read to know.
pub fn holds_numbers(column: &[u8]) -> bool {
    match column {
        [CONSTANT, ..] => constant(column).is_some_and(|value| !value.is_nan()),
        [WHOLE, ..] => true,
        [DECIMAL, form, ..] => form & EXCEPTIONS == 0,
        _ => coded::holds_numbers(column),
    }
}

/// Appends the `count` values of a column to `out`. `scratch` is cleared and used. The caller bounds `count`.
pub fn decode_floats(
    reader: &mut Reader<'_>,
    count: usize,
    scratch: &mut Vec<i64>,
    out: &mut Vec<f64>,
) -> Result<(), CodecError> {
    decode_floats_in(reader, count, 0..count, scratch, out)
}

/// [`decode_floats`] of those values that lie in `wanted`: what is behind them is not unpacked. The reader ends behind the
/// column only when the last value was wanted.
pub fn decode_floats_in(
    reader: &mut Reader<'_>,
    count: usize,
    wanted: Range<usize>,
    scratch: &mut Vec<i64>,
    out: &mut Vec<f64>,
) -> Result<(), CodecError> {
    let (from, to) = (wanted.start.min(count), wanted.end.min(count));
    if from >= to {
        return Ok(());
    }
    scratch.clear();
    match reader.u8()? {
        CONSTANT => {
            let value = reader.f64()?;
            out.resize(out.len() + to - from, value);
        }
        WHOLE => {
            let value = reader.i64()? as f64;
            out.resize(out.len() + to - from, value);
        }
        DECIMAL => {
            let exponent = reader.u8()?;
            if exponent & !EXCEPTIONS > MAX_EXPONENT {
                return Err(reader.invalid("an exponent above 15"));
            }
            decode_ints_until(reader, count, to, scratch)?;
            let start = out.len();
            match exponent & !EXCEPTIONS {
                0 => out.extend(scratch[from..to].iter().map(|i| *i as f64)),
                exponent => decimal::restore_all(&scratch[from..to], exponent, out),
            }
            if exponent & EXCEPTIONS != 0 {
                patch(reader, count, from, &mut out[start..])?;
            }
        }
        XOR => {
            let start = out.len();
            decode_xor(reader, to, out)?;
            out.drain(start..start + from);
        }
        ORDERED => {
            decode_ints_until(reader, count, to, scratch)?;
            out.extend(scratch[from..to].iter().map(|ordered| f64::from_bits(from_ordered(*ordered))));
        }
        _ => return Err(reader.invalid("an unknown float column")),
    }
    Ok(())
}

/// Puts the exceptions of a column of `count` values in place; `values` begin at its value `from`.
pub(crate) fn patch(
    reader: &mut Reader<'_>,
    count: usize,
    from: usize,
    values: &mut [f64],
) -> Result<(), CodecError> {
    let mut next = 0usize;
    for _ in 0..reader.count()? {
        let gap = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
        let at = next.checked_add(gap).filter(|at| *at < count);
        let at = at.ok_or(CodecError::Invalid {
            offset: reader.offset(),
            what: "an exception outside of the column",
        })?;
        let value = reader.f64()?;
        if let Some(place) = at.checked_sub(from).and_then(|at| values.get_mut(at)) {
            *place = value;
        }
        next = at + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(values: &[f64]) -> usize {
        let mut bytes = Vec::new();
        encode_floats(&mut bytes, values);
        let mut reader = Reader::new(&bytes);
        let (mut scratch, mut back) = (Vec::new(), Vec::new());
        decode_floats(&mut reader, values.len(), &mut scratch, &mut back).unwrap();
        let bits = |v: &[f64]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(values));
        assert!(reader.is_empty(), "the column ends where its last value does");
        assert!(!holds_numbers(&bytes) || !values.iter().any(|value| value.is_nan()));
        let (third, end) = (values.len() / 3, values.len());
        for part in [0..third, third..end, third..end - third, end..end] {
            let mut some = vec![7.5];
            decode_floats_in(&mut Reader::new(&bytes), end, part.clone(), &mut scratch, &mut some).unwrap();
            assert_eq!(bits(&some[1..]), bits(&values[part]));
        }
        bytes.len()
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (-1_000_000i64..1_000_000).prop_map(|i| i as f64),
            4 => (-1_000_000i64..1_000_000).prop_map(|i| i as f64 / 100.0),
            1 => any::<u64>().prop_map(f64::from_bits),
            1 => Just(-0.0),
            1 => Just(f64::from_bits(0x7ff0_0000_0000_0002)),
            1 => Just(f64::INFINITY),
            1 => any::<f64>(),
        ]
    }

    proptest! {
        #[test]
        fn any_bits_come_back(bits in proptest::collection::vec(any::<u64>(), 0..150)) {
            check(&bits.into_iter().map(f64::from_bits).collect::<Vec<_>>());
        }

        #[test]
        fn mixed_values_come_back(values in proptest::collection::vec(value(), 0..150)) {
            check(&values);
        }

        #[test]
        fn decimals_with_exceptions_come_back(
            values in proptest::collection::vec((-9_999_999i64..9_999_999, 0u8..16), 1..200), exponent in 0u8..12,
        ) {
            let odd = [f64::NAN, -0.0, f64::NEG_INFINITY, 0.1 + 0.2];
            let values: Vec<f64> = values
                .iter()
                .map(|(i, pick)| if *pick == 15 { odd[*i as usize % 4] } else { decimal::restore(*i, exponent) })
                .collect();
            check(&values);
        }

        #[test]
        fn slow_floats_come_back(start in -1e6f64..1e6, steps in proptest::collection::vec(0.0f64..1.0, 1..200)) {
            let mut at = start;
            check(&steps.iter().map(|s| { at += s; at }).collect::<Vec<_>>());
        }

        #[test]
        fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), tag in 0u8..6, count in 0usize..200) {
            let bytes = [&[tag], bytes.as_slice()].concat();
            let _ = decode_floats(&mut Reader::new(&bytes), count, &mut Vec::new(), &mut Vec::new());
            let part = count / 2..count;
            let _ = decode_floats_in(&mut Reader::new(&bytes), count, part, &mut Vec::new(), &mut Vec::new());
            let _ = constant(&bytes);
        }
    }

    #[test]
    fn usual_columns_are_small() {
        assert_eq!(check(&[1.0; 480]), 2);
        let cpu: Vec<f64> = (0..480i64).map(|i| (i * 13 + i % 5) as f64 / 100.0).collect();
        assert!(check(&cpu) < 280, "{}", check(&cpu));
        let mut bytes = Vec::new();
        encode_floats(&mut bytes, &[2.5; 9]);
        assert_eq!((constant(&bytes), constant(&[DECIMAL, 0])), (Some(2.5), None));
    }
}
