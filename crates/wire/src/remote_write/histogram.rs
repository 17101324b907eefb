//! Native histograms, whose message is the same in both versions.
//! ```text
//!  1 count (int)   2 count (float)   3 sum    4 schema   5 zero threshold   6 zero count (int)   7 (float)
//!  8 negative spans   9 deltas  10 counts    11 positive spans  12 deltas  13 counts
//! 14 reset hint  15 ms  16 custom bounds     span = 1 offset (sint32)  2 length
//! ```
//! Integer buckets arrive as deltas to the bucket before and become absolute counts here. Whether the buckets fit the
//! spans is checked in `server/ingest.rs`, for all protocols at once.

use crate::error::WireError;
use crate::proto::{Field, Reader, Writer, zigzag};
use model::histogram::BucketSpan;
use model::{FloatHistogram, Millis, ResetHint};

pub(super) fn decode(mut message: Reader<'_>) -> Result<(Millis, FloatHistogram), WireError> {
    let mut h = FloatHistogram::default();
    let mut at = 0;
    let (mut positive, mut negative) = (0i64, 0i64);
    while let Some(field) = message.field()? {
        match field.number {
            1 => h.count = field.uint()? as f64,
            2 => h.count = field.double()?,
            3 => h.sum = field.double()?,
            4 => h.schema = clamp(field.sint()?),
            5 => h.zero_threshold = field.double()?,
            6 => h.zero_count = field.uint()? as f64,
            7 => h.zero_count = field.double()?,
            8 => h.negative_spans.push(span(field.message()?)?),
            9 => deltas(field, &mut negative, &mut h.negative_buckets)?,
            10 => field.each_fixed64(|bits| h.negative_buckets.push(f64::from_bits(bits)))?,
            11 => h.positive_spans.push(span(field.message()?)?),
            12 => deltas(field, &mut positive, &mut h.positive_buckets)?,
            13 => field.each_fixed64(|bits| h.positive_buckets.push(f64::from_bits(bits)))?,
            14 => h.reset_hint = hint_of(field.uint()?),
            15 => at = field.int()?,
            16 => field.each_fixed64(|bits| h.custom_values.push(f64::from_bits(bits)))?,
            _ => {}
        }
    }
    Ok((Millis(at), h))
}

fn clamp(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

fn deltas(field: Field<'_>, running: &mut i64, out: &mut Vec<f64>) -> Result<(), WireError> {
    field.each_varint(|delta| {
        *running = running.wrapping_add(zigzag(delta));
        out.push(*running as f64);
    })
}

fn span(mut message: Reader<'_>) -> Result<BucketSpan, WireError> {
    let mut out = BucketSpan { offset: 0, length: 0 };
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.offset = clamp(field.sint()?),
            2 => out.length = u32::try_from(field.uint()?).unwrap_or(u32::MAX),
            _ => {}
        }
    }
    Ok(out)
}

fn hint_of(number: u64) -> ResetHint {
    match number {
        1 => ResetHint::Reset,
        2 => ResetHint::NotReset,
        3 => ResetHint::Gauge,
        _ => ResetHint::Unknown,
    }
}

pub(crate) fn encode(w: &mut Writer, at: Millis, h: &FloatHistogram) {
    w.double(2, h.count);
    w.double(3, h.sum);
    w.sint(4, i64::from(h.schema));
    w.double(5, h.zero_threshold);
    w.double(7, h.zero_count);
    for (number, spans) in [(8, &h.negative_spans), (11, &h.positive_spans)] {
        for span in spans {
            w.message(number, |m| {
                m.sint(1, i64::from(span.offset));
                m.uint(2, u64::from(span.length));
            });
        }
    }
    w.packed_doubles(10, &h.negative_buckets);
    w.packed_doubles(13, &h.positive_buckets);
    w.uint_if_any(
        14,
        match h.reset_hint {
            ResetHint::Unknown => 0,
            ResetHint::Reset => 1,
            ResetHint::NotReset => 2,
            ResetHint::Gauge => 3,
        },
    );
    w.int(15, at.0);
    w.packed_doubles(16, &h.custom_values);
}
