//! Chunks are read back by a reader written from the format's page.

use super::*;
use model::ResetHint;
use model::histogram::BucketSpan;
use proptest::prelude::*;

/// Reads bits, the highest first.
struct Bits<'a>(&'a [u8], usize);

impl Bits<'_> {
    fn get(&mut self, count: u32) -> u64 {
        (0..count).fold(0, |value, _| {
            let bit = self.0[self.1 / 8] >> (7 - self.1 % 8) & 1;
            self.1 += 1;
            value << 1 | u64::from(bit)
        })
    }
    fn ones(&mut self, most: u32) -> u32 {
        (0..most).take_while(|_| self.get(1) == 1).count() as u32
    }
    fn signed(&mut self, bits: u32) -> i64 {
        let raw = self.get(bits);
        // The range is one to the right of two's complement.
        if bits < 64 && raw > 1 << (bits - 1) { raw.cast_signed() - (1 << bits) } else { raw.cast_signed() }
    }
    fn width(&mut self) -> u32 {
        [0, 3, 6, 9, 12, 18, 25, 56, 64][self.ones(8) as usize]
    }
    fn int(&mut self) -> i64 {
        match self.width() {
            0 => 0,
            bits => self.signed(bits),
        }
    }
    fn uint(&mut self) -> u64 {
        let bits = self.width();
        self.get(bits)
    }
    fn varint(&mut self) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.get(8);
            value |= (byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }
    fn xor(&mut self, previous: &mut (u64, u32, u32)) -> f64 {
        if self.get(1) == 1 {
            if self.get(1) == 1 {
                previous.1 = self.get(5) as u32;
                let bits = match self.get(6) as u32 {
                    0 => 64,
                    bits => bits,
                };
                previous.2 = 64 - previous.1 - bits;
            }
            previous.0 ^= self.get(64 - previous.1 - previous.2) << previous.2;
        }
        f64::from_bits(previous.0)
    }
}

fn read_floats(bytes: &[u8]) -> Vec<(i64, u64)> {
    let mut bits = Bits(bytes, 0);
    let count = bits.get(16);
    let zigzag = bits.varint();
    let mut at = (zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed());
    let mut value = (bits.get(64), 0, 0);
    let mut out = vec![(at, value.0)];
    let mut delta = 0i64;
    for i in 1..count {
        if i == 1 {
            delta = bits.varint().cast_signed();
        } else {
            let width = [0, 14, 17, 20, 64][bits.ones(4) as usize];
            delta += if width == 0 { 0 } else { bits.signed(width) };
        }
        at += delta;
        out.push((at, bits.xor(&mut value).to_bits()));
    }
    out
}

fn read_spans(bits: &mut Bits<'_>) -> Vec<BucketSpan> {
    (0..bits.uint()).map(|_| BucketSpan { length: bits.uint() as u32, offset: bits.int() as i32 }).collect()
}

fn read_histograms(bytes: &[u8]) -> Vec<(i64, FloatHistogram)> {
    let mut bits = Bits(bytes, 0);
    let count = bits.get(16);
    let hint = [ResetHint::Unknown, ResetHint::NotReset, ResetHint::Reset, ResetHint::Gauge];
    let reset_hint = hint[bits.get(2) as usize];
    bits.get(6);
    let zero_threshold = match bits.get(8) {
        0 => 0.0,
        255 => f64::from_bits(bits.get(64)),
        power => 0.5 * 2f64.powi(power as i32 - 243),
    };
    let schema = bits.int() as i32;
    let (positive_spans, negative_spans) = (read_spans(&mut bits), read_spans(&mut bits));
    let bounds = if schema == -53 { bits.uint() } else { 0 };
    let bound = |bits: &mut Bits<'_>| match bits.uint() {
        0 => f64::from_bits(bits.get(64)),
        thousandths => (thousandths - 1) as f64 / 1000.0,
    };
    let custom_values = (0..bounds).map(|_| bound(&mut bits)).collect();
    let layout = FloatHistogram {
        schema,
        zero_threshold,
        positive_spans,
        negative_spans,
        custom_values,
        reset_hint,
        ..FloatHistogram::default()
    };
    let length = |spans: &[BucketSpan]| spans.iter().map(|s| s.length as usize).sum::<usize>();
    let (positive, negative) = (length(&layout.positive_spans), length(&layout.negative_spans));
    let mut numbers: Vec<(u64, u32, u32)> = Vec::new();
    let (mut at, mut delta) = (0, 0);
    let mut out = Vec::new();
    for i in 0..count {
        if i == 0 {
            at = bits.int();
            numbers = (0..3 + positive + negative).map(|_| (bits.get(64), 0, 0)).collect();
        } else {
            delta += bits.int();
            at += delta;
            numbers.iter_mut().for_each(|number| {
                bits.xor(number);
            });
        }
        let values: Vec<f64> = numbers.iter().map(|n| f64::from_bits(n.0)).collect();
        out.push((
            at,
            FloatHistogram {
                count: values[0],
                zero_count: values[1],
                sum: values[2],
                positive_buckets: values[3..3 + positive].to_vec(),
                negative_buckets: values[3 + positive..].to_vec(),
                ..layout.clone()
            },
        ));
    }
    out
}

fn histogram(schema: i32, buckets: &[f64], hint: ResetHint) -> FloatHistogram {
    FloatHistogram {
        schema,
        zero_threshold: if schema == 0 { 0.001 } else { 2f64.powi(-128) },
        count: buckets.iter().sum(),
        sum: 1.5,
        positive_spans: vec![BucketSpan { offset: -2, length: buckets.len() as u32 }],
        positive_buckets: buckets.to_vec(),
        negative_spans: vec![BucketSpan { offset: 70_000, length: 1 }],
        negative_buckets: vec![0.0],
        custom_values: if schema == -53 { vec![0.25, 1e9, 0.1 + 0.2] } else { Vec::new() },
        reset_hint: hint,
        ..FloatHistogram::default()
    }
}

#[test]
fn histograms_are_read_back_and_chunks_end_at_resets() {
    let unknown = ResetHint::Unknown;
    let mut stale = histogram(0, &[1.0], unknown);
    stale.sum = f64::from_bits(0x7ff0_0000_0000_0002);
    let all = [
        histogram(0, &[1.0, 2.0], unknown),
        histogram(0, &[1.0, 3.0], unknown),
        histogram(0, &[0.0, 4.0], unknown),
        stale.clone(),
        histogram(-53, &[1.0], ResetHint::Reset),
        histogram(-53, &[1.5], ResetHint::NotReset),
        histogram(3, &[1.0], ResetHint::Gauge),
        histogram(3, &[0.5], ResetHint::Gauge),
    ];
    let timed: Vec<(Millis, Arc<FloatHistogram>)> =
        all.iter().enumerate().map(|(i, h)| (Millis(i as i64 * 15_000 - 7), Arc::new(h.clone()))).collect();
    let chunks = super::histogram::chunks(&timed);
    let read: Vec<Vec<(i64, FloatHistogram)>> = chunks.iter().map(|c| read_histograms(&c.bytes)).collect();
    assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 2, 2]);
    for ((at, found), (wanted_at, wanted)) in read.concat().iter().zip(&timed) {
        assert_eq!(*at, wanted_at.0);
        if wanted.is_stale() {
            assert!(found.is_stale());
        } else {
            assert_eq!(FloatHistogram { reset_hint: wanted.reset_hint, ..found.clone() }, **wanted);
        }
    }
}

#[test]
fn requests_are_read_and_answers_written() {
    let mut w = Writer::new();
    w.message(1, |w| {
        w.int(1, -5);
        w.int(2, 9);
        for (kind, name, value) in [(0, "job", "a"), (1, "b", ""), (2, "c", "x.*"), (3, "d", "y")] {
            w.message(3, |w| {
                w.uint(1, kind);
                w.text(2, name);
                w.text(3, value);
            });
        }
    });
    w.uint(2, 9);
    w.uint(2, 1);
    let request = decode(&w.finish()).unwrap();
    let shown: Vec<String> = request.queries[0]
        .matchers
        .iter()
        .map(|m| format!("{}{}{}", m.name, m.op.as_str(), m.value))
        .collect();
    assert_eq!(shown, ["job=a", "b!=", "c=~x.*", "d!~y"]);
    assert_eq!((request.queries[0].start, request.queries[0].end), (Millis(-5), Millis(9)));
    assert_eq!(
        (request.form(), ReadRequest::default().form()),
        (Some(ReadForm::Chunks), Some(ReadForm::Samples))
    );
    assert_eq!(ReadRequest { accepted: vec![7], ..ReadRequest::default() }.form(), None);
    assert_eq!(encode_samples(&[Vec::new()]), [0x0a, 0x00]);
}

#[test]
fn chunks_of_floats_and_histograms_share_no_times() {
    let at = |times: &[i64]| -> Vec<(Millis, Arc<FloatHistogram>)> {
        let one = Arc::new(histogram(3, &[1.0], ResetHint::Unknown));
        times.iter().map(|at| (Millis(*at), one.clone())).collect()
    };
    let spans = |floats: &[i64], histograms: &[i64]| -> Vec<(u64, i64, i64)> {
        let series = ReadSeries {
            labels: Labels::from_pairs([("__name__", "up")]),
            timestamps: floats.into(),
            values: floats.iter().map(|at| *at as f64).collect(),
            histograms: at(histograms),
        };
        chunks(&series).iter().map(|chunk| (chunk.encoding, chunk.first, chunk.last)).collect()
    };
    assert_eq!(
        spans(&[10, 20, 30, 60], &[25, 40, 50]),
        [(1, 10, 20), (3, 25, 25), (1, 30, 30), (3, 40, 50), (1, 60, 60)]
    );
    assert_eq!(spans(&[20], &[10, 30]), [(3, 10, 10), (1, 20, 20), (3, 30, 30)]);
    assert_eq!(spans(&[], &[10, 30]), [(3, 10, 30)]);
    assert_eq!(spans(&[], &[]), []);
    // Sources give each time once; if one did not, the answer still ends.
    assert_eq!(spans(&[10], &[10]), [(3, 10, 10), (1, 10, 10)]);
}

#[test]
fn frames_carry_their_length_and_sum() {
    let times: Arc<[i64]> = (0..250).map(|i| i * 1000).collect();
    let values: Arc<[f64]> = (0..250).map(f64::from).collect();
    let labels = Labels::from_pairs([("__name__", "up")]);
    let series = ReadSeries { labels, timestamps: times, values, histograms: Vec::new() };
    let frames = encode_frames(&series, 3);
    assert_eq!(frames.len(), 1);
    let mut reader = codec::Reader::new(&frames[0]);
    let length = reader.u64().unwrap() as usize;
    let message = &frames[0][frames[0].len() - length..];
    let sum = &frames[0][frames[0].len() - length - 4..][..4];
    assert_eq!(sum, codec::crc32c(message).to_be_bytes());
    let (mut chunks, mut query) = (Vec::new(), 0);
    let mut message = Reader::new(message);
    while let Some(field) = message.field().unwrap() {
        match field.number {
            1 => {
                let mut series = field.message().unwrap();
                while let Some(field) = series.field().unwrap() {
                    if field.number == 2 {
                        let mut chunk = field.message().unwrap();
                        while let Some(field) = chunk.field().unwrap() {
                            if field.number == 4 {
                                chunks.push(read_floats(field.bytes().unwrap()).len());
                            }
                        }
                    }
                }
            }
            _ => query = field.uint().unwrap(),
        }
    }
    assert_eq!((chunks, query), (vec![120, 120, 10], 3));
}

proptest! {
    #[test]
    fn floats_are_read_back(
        samples in proptest::collection::vec((1i64..2_000_000_000, prop_oneof![any::<f64>(), Just(1.0), Just(1.5), Just(-0.0)]), 1..150),
        start in -1i64 << 50..1 << 50,
    ) {
        let mut at = start;
        let times: Vec<i64> = samples.iter().map(|(gap, _)| { at += gap; at }).collect();
        let values: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
        let read = read_floats(&xor::encode(&times, &values));
        let wanted: Vec<(i64, u64)> = times.iter().copied().zip(values.iter().map(|v| v.to_bits())).collect();
        prop_assert_eq!(read, wanted);
    }

    #[test]
    fn any_bytes_are_a_request_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        drop(decode(&bytes));
    }
}
