//! Native histograms as bytes, bit-exact, in the log and in blocks.
//! ```text
//! schema: zigzag | hint | zero threshold, zero count, count, sum: 8 bytes each
//! positive spans: count, (offset zigzag, length) ... | positive buckets | negative spans | negative buckets | bounds
//! buckets, bounds: count, then a float column (see `codec::floats`) behind its length
//! ```

use codec::floats::{decode_floats, encode_floats};
use codec::{CodecError, Reader, put_i64, put_len_bytes, put_u64};
use model::histogram::BucketSpan;
use model::{FloatHistogram, ResetHint};

/// The most buckets of one side: the replaced system's own limit on a histogram is far below 64 Ki.
pub(crate) const MAX_BUCKETS: usize = 1 << 16;

const HINTS: [ResetHint; 4] = [ResetHint::Unknown, ResetHint::Reset, ResetHint::NotReset, ResetHint::Gauge];

/// Appends a histogram.
pub(crate) fn encode_histogram(out: &mut Vec<u8>, histogram: &FloatHistogram) {
    put_i64(out, i64::from(histogram.schema));
    out.push(HINTS.iter().position(|hint| *hint == histogram.reset_hint).unwrap_or(0) as u8);
    for value in [histogram.zero_threshold, histogram.zero_count, histogram.count, histogram.sum] {
        out.extend_from_slice(&value.to_bits().to_le_bytes());
    }
    put_spans(out, &histogram.positive_spans);
    put_floats(out, &histogram.positive_buckets);
    put_spans(out, &histogram.negative_spans);
    put_floats(out, &histogram.negative_buckets);
    put_floats(out, &histogram.custom_values);
}

fn put_spans(out: &mut Vec<u8>, spans: &[BucketSpan]) {
    put_u64(out, spans.len() as u64);
    for span in spans {
        put_i64(out, i64::from(span.offset));
        put_u64(out, u64::from(span.length));
    }
}

fn put_floats(out: &mut Vec<u8>, values: &[f64]) {
    put_u64(out, values.len() as u64);
    let mut body = Vec::new();
    encode_floats(&mut body, values);
    put_len_bytes(out, &body);
}

/// Reads what [`encode_histogram`] wrote.
pub(crate) fn decode_histogram(reader: &mut Reader<'_>) -> Result<FloatHistogram, CodecError> {
    let schema = i32::try_from(reader.i64()?).map_err(|_| reader.invalid("a schema of more than 32 bits"))?;
    let hint = reader.u8()?;
    let reset_hint = *HINTS.get(usize::from(hint)).ok_or_else(|| reader.invalid("an unknown hint"))?;
    let (zero_threshold, zero_count) = (reader.f64()?, reader.f64()?);
    let (count, sum) = (reader.f64()?, reader.f64()?);
    let (positive_spans, positive_buckets) = (read_spans(reader)?, read_floats(reader)?);
    let (negative_spans, negative_buckets) = (read_spans(reader)?, read_floats(reader)?);
    let custom_values = read_floats(reader)?;
    Ok(FloatHistogram {
        schema,
        zero_threshold,
        zero_count,
        count,
        sum,
        positive_spans,
        positive_buckets,
        negative_spans,
        negative_buckets,
        custom_values,
        reset_hint,
    })
}

fn read_spans(reader: &mut Reader<'_>) -> Result<Vec<BucketSpan>, CodecError> {
    let count = reader.count()?;
    (0..count)
        .map(|_| {
            let offset = i32::try_from(reader.i64()?);
            let offset = offset.map_err(|_| reader.invalid("a span's offset of more than 32 bits"))?;
            Ok(BucketSpan { offset, length: reader.u32()? })
        })
        .collect()
}

fn read_floats(reader: &mut Reader<'_>) -> Result<Vec<f64>, CodecError> {
    let count = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
    if count > MAX_BUCKETS {
        return Err(reader.invalid("more buckets than a histogram can have"));
    }
    let mut values = Vec::new();
    decode_floats(&mut Reader::new(reader.len_bytes()?), count, &mut Vec::new(), &mut values)?;
    Ok(values)
}

/// Bits, not values: whether two histograms are the same down to NaN payloads.
pub(crate) fn same_bits(a: &FloatHistogram, b: &FloatHistogram) -> bool {
    let bits = |h: &FloatHistogram| {
        let mut out = Vec::new();
        encode_histogram(&mut out, h);
        out
    };
    bits(a) == bits(b)
}

/// Whether the layout says what the buckets are: the sums of span lengths, and limits. `Err` says what is wrong.
pub(crate) fn check(histogram: &FloatHistogram) -> Result<(), &'static str> {
    let total = |spans: &[BucketSpan]| spans.iter().map(|span| u64::from(span.length)).sum::<u64>();
    if histogram.positive_buckets.len() > MAX_BUCKETS
        || histogram.negative_buckets.len() > MAX_BUCKETS
        || histogram.custom_values.len() > MAX_BUCKETS
    {
        return Err("more than 65536 buckets");
    }
    if total(&histogram.positive_spans) != histogram.positive_buckets.len() as u64
        || total(&histogram.negative_spans) != histogram.negative_buckets.len() as u64
    {
        return Err("spans and buckets differ in number");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode_histogram(&mut Reader::new(&bytes));
        }
    }

    #[test]
    fn a_histogram_comes_back() {
        let histogram = FloatHistogram {
            schema: -53,
            zero_threshold: 0.001,
            zero_count: 2.0,
            count: 17.0,
            sum: f64::from_bits(model::STALE_NAN_BITS),
            positive_spans: vec![BucketSpan { offset: -3, length: 2 }, BucketSpan { offset: 4, length: 1 }],
            positive_buckets: vec![1.0, 2.5, 9.0],
            negative_spans: vec![BucketSpan { offset: 0, length: 1 }],
            negative_buckets: vec![-0.0],
            custom_values: vec![0.1, 1.0, f64::INFINITY],
            reset_hint: ResetHint::Gauge,
        };
        let mut out = Vec::new();
        encode_histogram(&mut out, &histogram);
        let back = decode_histogram(&mut Reader::new(&out)).unwrap();
        assert!(same_bits(&back, &histogram) && back.positive_spans == histogram.positive_spans);
        assert!(back.is_stale() && check(&back).is_ok());
    }
}
