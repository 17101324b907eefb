//! Chunks of float histograms.
//!
//! ```text
//! count (2 bytes, big-endian) | flags | layout | histogram ...
//! flags     00 unknown  10 after a reset  01 no reset  11 gauge, in the two highest bits
//! layout    zero threshold | schema | positive spans | negative spans | bounds, when the schema is custom
//! first     time | count, zero count, sum | positive buckets, negative buckets (8 bytes each)
//! others    delta of the time's delta | the same numbers, each as what differs from the one before
//! ```
//! Histograms share a chunk while their layout is one and nothing decreases, so a reader needs to look for resets only at
//! the start of a chunk. Source: <https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/chunks.md>

use super::bits::{BitWriter, XorState};
use super::{Chunk, MAX_CHUNK_SAMPLES};
use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA};
use model::{FloatHistogram, Millis, ResetHint};
use std::sync::Arc;

type Timed = (Millis, Arc<FloatHistogram>);

/// The chunks of ascending histograms.
pub(super) fn chunks(all: &[Timed]) -> Vec<Chunk> {
    let mut out = Vec::new();
    let mut from = 0;
    for at in 1..=all.len() {
        let goes_on =
            at < all.len() && at - from < MAX_CHUNK_SAMPLES && continues(&all[at - 1].1, &all[at].1);
        if !goes_on {
            let part = &all[from..at];
            out.push(Chunk {
                first: part[0].0.0,
                last: part[part.len() - 1].0.0,
                encoding: 3,
                bytes: encode(part),
            });
            from = at;
        }
    }
    out
}

/// Whether a histogram can stand in one chunk with the one before.
fn continues(before: &FloatHistogram, next: &FloatHistogram) -> bool {
    let gauge = |h: &FloatHistogram| h.reset_hint == ResetHint::Gauge;
    let same = before.schema == next.schema
        && before.zero_threshold.to_bits() == next.zero_threshold.to_bits()
        && before.positive_spans == next.positive_spans
        && before.negative_spans == next.negative_spans
        && before.custom_values == next.custom_values
        && gauge(before) == gauge(next)
        && !before.is_stale()
        && !next.is_stale();
    let grows = |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a <= b);
    let no_reset = next.reset_hint != ResetHint::Reset
        && before.count <= next.count
        && before.zero_count <= next.zero_count
        && grows(&before.positive_buckets, &next.positive_buckets)
        && grows(&before.negative_buckets, &next.negative_buckets);
    same && (gauge(next) || no_reset)
}

fn encode(all: &[Timed]) -> Vec<u8> {
    let first = &all[0].1;
    let flags = match first.reset_hint {
        ResetHint::Unknown => 0b0000_0000,
        ResetHint::NotReset => 0b0100_0000,
        ResetHint::Reset => 0b1000_0000,
        ResetHint::Gauge => 0b1100_0000,
    };
    let count = (all.len() as u16).to_be_bytes();
    let mut bits = BitWriter::after(vec![count[0], count[1], flags]);
    // A stale marker has a sum and nothing else.
    let empty = FloatHistogram { sum: first.sum, ..FloatHistogram::default() };
    put_layout(&mut bits, if first.is_stale() { &empty } else { first });
    let mut numbers: Vec<XorState> = Vec::new();
    let (mut last, mut delta) = (0, 0i64);
    for (at, (time, histogram)) in all.iter().enumerate() {
        let histogram = if histogram.is_stale() { &empty } else { &**histogram };
        if at == 0 {
            bits.put_int(time.0);
        } else {
            let next = time.0.wrapping_sub(last);
            bits.put_int(next.wrapping_sub(delta));
            delta = next;
        }
        last = time.0;
        for (place, value) in values(histogram).enumerate() {
            match numbers.get_mut(place) {
                Some(state) if at > 0 => state.put(&mut bits, value),
                _ => {
                    bits.put_float(value);
                    numbers.push(XorState::new(value));
                }
            }
        }
    }
    bits.finish()
}

/// The numbers of a histogram in their order.
fn values(h: &FloatHistogram) -> impl Iterator<Item = f64> {
    let head = [h.count, h.zero_count, h.sum].into_iter();
    head.chain(h.positive_buckets.iter().copied()).chain(h.negative_buckets.iter().copied())
}

fn put_layout(bits: &mut BitWriter, h: &FloatHistogram) {
    put_threshold(bits, h.zero_threshold);
    bits.put_int(i64::from(h.schema));
    put_spans(bits, &h.positive_spans);
    put_spans(bits, &h.negative_spans);
    if h.schema == CUSTOM_BUCKETS_SCHEMA {
        bits.put_uint(h.custom_values.len() as u64);
        h.custom_values.iter().for_each(|bound| put_bound(bits, *bound));
    }
}

/// A byte for 0 and for powers of two from 2^-243 to 2^10; else 255 and the number.
fn put_threshold(bits: &mut BitWriter, threshold: f64) {
    if threshold == 0.0 {
        return bits.put(0, 8);
    }
    let (raw, power) = (threshold.to_bits(), (threshold.to_bits() >> 52 & 0x7ff) as i64 - 1023);
    let is_power = raw >> 63 == 0 && raw << 12 == 0 && (-243..=10).contains(&power);
    if is_power {
        bits.put((power + 244).cast_unsigned(), 8);
    } else {
        bits.put(255, 8);
        bits.put_float(threshold);
    }
}

fn put_spans(bits: &mut BitWriter, spans: &[BucketSpan]) {
    bits.put_uint(spans.len() as u64);
    for span in spans {
        bits.put_uint(u64::from(span.length));
        bits.put_int(i64::from(span.offset));
    }
}

/// The largest number of thousandths that is written as such: 2^25 - 2.
const MAX_THOUSANDTHS: f64 = 33_554_430.0;

/// A bound in whole thousandths, plus 1; else a bit 0 and the number.
fn put_bound(bits: &mut BitWriter, bound: f64) {
    let thousandths = bound * 1000.0;
    let whole = thousandths.round();
    if (0.0..=MAX_THOUSANDTHS).contains(&thousandths) && whole / 1000.0 == bound {
        bits.put_uint(whole as u64 + 1);
    } else {
        bits.put(0, 1);
        bits.put_float(bound);
    }
}
