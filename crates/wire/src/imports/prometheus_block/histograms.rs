//! Chunks of native histograms: a layout that all samples share, then the samples.
//! ```text
//! count 2 | flags 1 | zero threshold | schema | positive spans | negative spans | bounds (schema -53) | samples
//! whole    time, count, zero count, buckets: differences of differences; sum: XOR with the one before
//! floating time: the same; count, zero count, sum, buckets: XOR each with the one before
//! ```
//! With start timestamps the flags are the two high bits of the count, and a header of the starts takes their byte.

use super::Samples;
use super::bits::{Bits, Wrong, XorFloat};
use super::floats::Starts;
use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA};
use model::{FloatHistogram, ResetHint, is_stale};

/// Buckets of one side: as many as the engine takes.
const MAX_BUCKETS: usize = 1 << 16;
/// Exponential schemas; finer ones are made coarser before they are stored.
const SCHEMAS: std::ops::RangeInclusive<i64> = -4..=8;

struct Chunk<'a> {
    bits: Bits<'a>,
    count: u16,
    flags: u8,
    starts: Starts,
    layout: FloatHistogram,
}

impl<'a> Chunk<'a> {
    fn open(bytes: &'a [u8], with_starts: bool) -> Result<Self, Wrong> {
        let (head, rest) = bytes.split_first_chunk::<3>().ok_or("a chunk shorter than its header")?;
        let count = u16::from_be_bytes([head[0], head[1]]);
        let (count, flags, starts) = if with_starts {
            (count & 0x3fff, head[0], Starts::of(head[2]))
        } else {
            (count, head[2], Starts::default())
        };
        let mut chunk = Chunk {
            bits: Bits::new(rest),
            count,
            flags: flags >> 6,
            starts,
            layout: FloatHistogram::default(),
        };
        if count > 0 {
            chunk.layout = layout(&mut chunk.bits)?;
        }
        Ok(chunk)
    }

    /// A sample of this layout. The first of a chunk may follow on anything; the others are no resets, or the chunk would
    /// have been cut.
    fn sample(&self, number: u16, sum: f64) -> FloatHistogram {
        if is_stale(sum) {
            return FloatHistogram { sum, ..FloatHistogram::default() };
        }
        let reset_hint = match (self.flags, number) {
            (3, _) => ResetHint::Gauge,
            (_, 0) => ResetHint::Unknown,
            _ => ResetHint::NotReset,
        };
        FloatHistogram { sum, reset_hint, ..self.layout.clone() }
    }

    fn push(
        &mut self,
        number: u16,
        (at, before): (i64, i64),
        h: FloatHistogram,
        out: &mut Samples,
    ) -> Result<(), Wrong> {
        let start = self.starts.next(&mut self.bits, number, at, before)?;
        out.histograms.push((at, start, h));
        Ok(())
    }
}

fn layout(bits: &mut Bits<'_>) -> Result<FloatHistogram, Wrong> {
    let zero_threshold = match bits.get(8)? {
        0 => 0.0,
        255 => bits.float()?,
        power => 2f64.powi(power as i32 - 244),
    };
    let schema = bits.varbit()?;
    if !SCHEMAS.contains(&schema) && schema != i64::from(CUSTOM_BUCKETS_SCHEMA) {
        return Err("a histogram of an unknown schema");
    }
    let schema = schema as i32;
    let (positive_spans, positive) = spans(bits)?;
    let (negative_spans, negative) = spans(bits)?;
    let custom_values = if schema == CUSTOM_BUCKETS_SCHEMA { bounds(bits)? } else { Vec::new() };
    Ok(FloatHistogram {
        schema,
        zero_threshold,
        positive_spans,
        positive_buckets: vec![0.0; positive],
        negative_spans,
        negative_buckets: vec![0.0; negative],
        custom_values,
        ..FloatHistogram::default()
    })
}

/// Spans, and how many buckets they hold.
fn spans(bits: &mut Bits<'_>) -> Result<(Vec<BucketSpan>, usize), Wrong> {
    let count = bits.varbit_unsigned()?;
    // A span takes two bits at least.
    if count > bits.left() as u64 / 2 {
        return Err("more spans than bits");
    }
    let mut spans = Vec::with_capacity(count as usize);
    let mut buckets = 0usize;
    for _ in 0..count {
        let length = u32::try_from(bits.varbit_unsigned()?).map_err(|_| "a span of more than 32 bits")?;
        let offset = i32::try_from(bits.varbit()?).map_err(|_| "a span's offset of more than 32 bits")?;
        buckets = buckets.saturating_add(length as usize);
        spans.push(BucketSpan { offset, length });
    }
    if buckets > MAX_BUCKETS {
        return Err("more than 65536 buckets");
    }
    Ok((spans, buckets))
}

fn bounds(bits: &mut Bits<'_>) -> Result<Vec<f64>, Wrong> {
    let count = bits.varbit_unsigned()?;
    if count > MAX_BUCKETS as u64 {
        return Err("more than 65536 bounds");
    }
    let bound = |_| match bits.varbit_unsigned()? {
        0 => bits.float(),
        // Most are decimals that people wrote: thousandths, plus one.
        thousandths => Ok((thousandths - 1) as f64 / 1000.0),
    };
    (0..count).map(bound).collect()
}

/// A number told by the change of its difference.
#[derive(Debug, Clone, Copy, Default)]
struct Second {
    now: i64,
    step: i64,
}

impl Second {
    fn starting(now: i64) -> Self {
        Second { now, step: 0 }
    }

    fn next(&mut self, bits: &mut Bits<'_>) -> Result<(), Wrong> {
        self.step = self.step.wrapping_add(bits.varbit()?);
        self.now = self.now.wrapping_add(self.step);
        Ok(())
    }
}

/// Appends the samples of a chunk whose counts are whole numbers.
pub(super) fn whole(bytes: &[u8], with_starts: bool, out: &mut Samples) -> Result<(), Wrong> {
    let mut chunk = Chunk::open(bytes, with_starts)?;
    let (mut at, mut count, mut zeros) = (Second::default(), Second::default(), Second::default());
    let mut sum = XorFloat::default();
    let positive = chunk.layout.positive_buckets.len();
    let mut buckets = vec![Second::default(); positive + chunk.layout.negative_buckets.len()];
    for number in 0..chunk.count {
        let bits = &mut chunk.bits;
        let before = at.now;
        if number == 0 {
            at = Second::starting(bits.varbit()?);
            count = Second::starting(bits.varbit_unsigned()? as i64);
            zeros = Second::starting(bits.varbit_unsigned()? as i64);
            sum = XorFloat::starting(bits.float()?);
            for bucket in &mut buckets {
                *bucket = Second::starting(bits.varbit()?);
            }
        } else {
            at.next(bits)?;
            count.next(bits)?;
            zeros.next(bits)?;
            sum.next(bits)?;
            if !is_stale(sum.value()) {
                buckets.iter_mut().try_for_each(|bucket| bucket.next(bits))?;
            }
        }
        let mut sample = chunk.sample(number, sum.value());
        if !sample.is_stale() {
            sample.count = count.now as u64 as f64;
            sample.zero_count = zeros.now as u64 as f64;
            // Each bucket is told by its difference to its neighbour.
            cumulate(&buckets[..positive], &mut sample.positive_buckets);
            cumulate(&buckets[positive..], &mut sample.negative_buckets);
        }
        chunk.push(number, (at.now, before), sample, out)?;
    }
    Ok(())
}

fn cumulate(differences: &[Second], out: &mut [f64]) {
    let mut count = 0i64;
    for (difference, out) in differences.iter().zip(out) {
        count = count.wrapping_add(difference.now);
        *out = count as f64;
    }
}

/// Appends the samples of a chunk whose counts are floats.
pub(super) fn floating(bytes: &[u8], with_starts: bool, out: &mut Samples) -> Result<(), Wrong> {
    let mut chunk = Chunk::open(bytes, with_starts)?;
    let mut at = Second::default();
    let (mut count, mut zeros, mut sum) = (XorFloat::default(), XorFloat::default(), XorFloat::default());
    let positive = chunk.layout.positive_buckets.len();
    let mut buckets = vec![XorFloat::default(); positive + chunk.layout.negative_buckets.len()];
    for number in 0..chunk.count {
        let bits = &mut chunk.bits;
        let before = at.now;
        if number == 0 {
            at = Second::starting(bits.varbit()?);
            for value in [&mut count, &mut zeros, &mut sum].into_iter().chain(&mut buckets) {
                *value = XorFloat::starting(bits.float()?);
            }
        } else {
            at.next(bits)?;
            count.next(bits)?;
            zeros.next(bits)?;
            sum.next(bits)?;
            if !is_stale(sum.value()) {
                buckets.iter_mut().try_for_each(|bucket| bucket.next(bits))?;
            }
        }
        let mut sample = chunk.sample(number, sum.value());
        if !sample.is_stale() {
            (sample.count, sample.zero_count) = (count.value(), zeros.value());
            let (first, second) = buckets.split_at(positive);
            sample.positive_buckets = first.iter().map(XorFloat::value).collect();
            sample.negative_buckets = second.iter().map(XorFloat::value).collect();
        }
        chunk.push(number, (at.now, before), sample, out)?;
    }
    Ok(())
}
