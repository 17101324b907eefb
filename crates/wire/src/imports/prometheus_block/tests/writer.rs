//! A small writer of blocks, made from the description of the format, so that a mistake of the reader is not repeated.

use crate::prometheus_block::Samples;
use codec::{put_i64, put_u64};
use model::{FloatHistogram, Labels, STALE_NAN_BITS};
use std::collections::BTreeMap;
use std::path::Path;

/// Bits from the high end on.
#[derive(Default)]
pub(super) struct BitWriter {
    bits: Vec<bool>,
}

impl BitWriter {
    pub(super) fn put(&mut self, value: u64, width: u32) {
        self.bits.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.put(u64::from(*byte), 8));
    }

    fn varint(&mut self, value: i64) {
        let mut out = Vec::new();
        put_i64(&mut out, value);
        self.bytes(&out);
    }

    fn uvarint(&mut self, value: u64) {
        let mut out = Vec::new();
        put_u64(&mut out, value);
        self.bytes(&out);
    }

    pub(super) fn varbit(&mut self, value: i64) {
        let fits = |width: u32| -(1i64 << (width - 1)) < value && value <= 1i64 << (width - 1);
        self.varbits(value as u64, value == 0, fits);
    }

    pub(super) fn varbit_unsigned(&mut self, value: u64) {
        self.varbits(value, value == 0, |width| value >> width == 0);
    }

    fn varbits(&mut self, value: u64, zero: bool, fits: impl Fn(u32) -> bool) {
        if zero {
            return self.put(0, 1);
        }
        for (ones, width) in [3u32, 6, 9, 12, 18, 25, 56].into_iter().enumerate() {
            if fits(width) {
                self.put((1 << (ones + 2)) - 2, ones as u32 + 2);
                return self.put(value, width);
            }
        }
        self.put(0xff, 8);
        self.put(value, 64);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bits
            .chunks(8)
            .map(|byte| byte.iter().enumerate().map(|(i, bit)| u8::from(*bit) << (7 - i)).sum())
            .collect()
    }
}

/// The window of a float that is told by XOR; nothing is reused before the first.
#[derive(Default)]
struct Window(Option<(u32, u32)>);

impl Window {
    /// Writes a difference that is not 0, behind one of two prefixes.
    fn put(&mut self, out: &mut BitWriter, difference: u64, reuse: (u64, u32), other: (u64, u32)) {
        let (leading, trailing) = (difference.leading_zeros().min(31), difference.trailing_zeros());
        if let Some((l, t)) = self.0
            && leading >= l
            && trailing >= t
        {
            out.put(reuse.0, reuse.1);
            return out.put(difference >> t, 64 - l - t);
        }
        self.0 = Some((leading, trailing));
        let length = 64 - leading - trailing;
        out.put(other.0, other.1);
        out.put(u64::from(leading), 5);
        out.put(u64::from(length), 6);
        out.put(difference >> trailing, length);
    }

    fn xor(&mut self, out: &mut BitWriter, before: f64, now: f64) {
        match before.to_bits() ^ now.to_bits() {
            0 => out.put(0, 1),
            difference => self.put(out, difference, (0b10, 2), (0b11, 2)),
        }
    }
}

pub(super) fn xor(samples: &Samples) -> Vec<u8> {
    let (mut out, mut window) = (BitWriter::default(), Window::default());
    out.put(samples.times.len() as u64, 16);
    for (i, (at, value)) in samples.times.iter().zip(&samples.values).enumerate() {
        if i == 0 {
            out.varint(*at);
            out.put(value.to_bits(), 64);
            continue;
        }
        let step = at - samples.times[i - 1];
        if i == 1 {
            out.uvarint(step as u64);
        } else {
            let change = step - (samples.times[i - 1] - samples.times[i - 2]);
            let fits = |width: u32| -(1i64 << (width - 1)) < change && change <= 1i64 << (width - 1);
            match () {
                () if change == 0 => out.put(0, 1),
                () if fits(14) => (out.put(0b10, 2), out.put(change as u64, 14)).1,
                () if fits(17) => (out.put(0b110, 3), out.put(change as u64, 17)).1,
                () if fits(20) => (out.put(0b1110, 4), out.put(change as u64, 20)).1,
                () => (out.put(0b1111, 4), out.put(change as u64, 64)).1,
            }
        }
        window.xor(&mut out, samples.values[i - 1], *value);
    }
    out.finish()
}

/// Where start timestamps are told first: whether of the first sample, and from which later one on.
struct StartHeader {
    first: bool,
    from: usize,
}

impl StartHeader {
    fn of(starts: &[i64]) -> Self {
        let changes = starts.windows(2).position(|pair| pair[0] != pair[1]).map_or(0, |at| at + 1);
        // Behind sample 127 the header cannot say it: it begins there in any case.
        let from = if starts.len() > 127 && !(1..127).contains(&changes) { 127 } else { changes };
        StartHeader { first: starts[0] != 0, from }
    }

    fn byte(&self) -> u8 {
        u8::from(self.first) << 7 | self.from as u8
    }

    fn put(&self, out: &mut BitWriter, i: usize, times: &[i64], starts: &[i64]) {
        let distance = |i: usize| times[i - 1] - starts[i];
        match i {
            0 if self.first => out.varint(times[0] - starts[0]),
            _ if i == 0 || self.from == 0 || i < self.from => {}
            _ if i == self.from => out.varbit(distance(i)),
            _ => out.varbit(distance(i) - distance(i - 1)),
        }
    }
}

pub(super) fn xor2(samples: &Samples) -> Vec<u8> {
    let header = StartHeader::of(&samples.starts);
    let (mut out, mut window, mut base) = (BitWriter::default(), Window::default(), 0u64);
    out.put(samples.times.len() as u64, 16);
    out.put(u64::from(header.byte()), 8);
    for (i, (at, value)) in samples.times.iter().zip(&samples.values).enumerate() {
        let (bits, stale) = (value.to_bits(), value.to_bits() == STALE_NAN_BITS);
        let step = |i: usize| samples.times[i] - samples.times[i - 1];
        let change = if i < 2 { 0 } else { step(i) - step(i - 1) };
        let mut joint = false;
        match i {
            0 => {
                out.varint(*at);
                out.put(bits, 64);
            }
            1 => out.uvarint(step(1) as u64),
            _ if change == 0 => {
                joint = true;
                match bits ^ base {
                    _ if stale => out.put(0b11111, 5),
                    0 => out.put(0, 1),
                    difference => {
                        out.put(0b10, 2);
                        window.put(&mut out, difference, (0, 1), (1, 1));
                    }
                }
            }
            _ if (-4096..4096).contains(&change) => (out.put(0b110, 3), out.put(change as u64, 13)).1,
            _ if (-524_288..524_288).contains(&change) => (out.put(0b1110, 4), out.put(change as u64, 20)).1,
            _ => (out.put(0b11110, 5), out.put(change as u64, 64)).1,
        }
        if i > 0 && !joint {
            match bits ^ base {
                _ if stale => out.put(0b111, 3),
                0 => out.put(0, 1),
                difference => window.put(&mut out, difference, (0b10, 2), (0b110, 3)),
            }
        }
        if !stale {
            base = bits;
        }
        header.put(&mut out, i, &samples.times, &samples.starts);
    }
    out.finish()
}

/// Histograms of one layout: schema -53 without negative buckets.
fn histograms(samples: &Samples, whole: bool, with_starts: bool) -> Vec<u8> {
    let mut out = BitWriter::default();
    let times: Vec<i64> = samples.histograms.iter().map(|h| h.0).collect();
    let starts: Vec<i64> = samples.histograms.iter().map(|h| h.1).collect();
    let header = StartHeader::of(&starts);
    out.put(times.len() as u64, 16);
    out.put(if with_starts { u64::from(header.byte()) } else { 0 }, 8);
    let layout = &samples.histograms[0].2;
    out.put(0, 8);
    out.varbit(-53);
    out.varbit_unsigned(1);
    out.varbit_unsigned(layout.positive_buckets.len() as u64);
    out.varbit(0);
    out.varbit_unsigned(0);
    out.varbit_unsigned(layout.custom_values.len() as u64);
    for bound in &layout.custom_values {
        if *bound >= 0.0 && (bound * 1000.0).fract() == 0.0 {
            out.varbit_unsigned((bound * 1000.0) as u64 + 1);
        } else {
            out.put(0, 1);
            out.put(bound.to_bits(), 64);
        }
    }
    let mut state = State::default();
    for (i, (_, _, h)) in samples.histograms.iter().enumerate() {
        state.put(&mut out, i, times[i], h, whole);
        if with_starts {
            header.put(&mut out, i, &times, &starts);
        }
    }
    out.finish()
}

#[derive(Default)]
struct State {
    /// Of time, count, zero count and buckets: what was, and its step.
    before: Vec<(i64, i64)>,
    floats: Vec<(f64, Window)>,
}

impl State {
    fn put(&mut self, out: &mut BitWriter, i: usize, at: i64, h: &FloatHistogram, whole: bool) {
        let stale = h.is_stale();
        let mut integers = vec![at];
        let mut floats = vec![h.sum];
        if whole {
            integers.extend([h.count as i64, h.zero_count as i64]);
            let counts = h.positive_buckets.iter().map(|c| *c as i64);
            let before = std::iter::once(0).chain(counts.clone());
            integers.extend(counts.zip(before).map(|(now, before)| now - before));
        } else {
            floats = [h.count, h.zero_count, h.sum]
                .into_iter()
                .chain(h.positive_buckets.iter().copied())
                .collect();
        }
        self.before.resize(self.before.len().max(integers.len()), (0, 0));
        while self.floats.len() < floats.len() {
            self.floats.push((0.0, Window::default()));
        }
        for (place, now) in integers.iter().enumerate() {
            if whole && place == 3 {
                self.float(out, i, 0, floats[0]);
            }
            let (before, step) = self.before[place];
            match (i, place) {
                (0, 1 | 2) => out.varbit_unsigned(*now as u64),
                (0, _) => out.varbit(*now),
                _ => out.varbit(now - before - step),
            }
            self.before[place] = (*now, if i == 0 { 0 } else { now - before });
        }
        if whole && stale {
            self.float(out, i, 0, floats[0]);
        }
        if !whole {
            floats.iter().enumerate().for_each(|(place, now)| self.float(out, i, place, *now));
        }
    }

    fn float(&mut self, out: &mut BitWriter, i: usize, place: usize, now: f64) {
        let (before, window) = &mut self.floats[place];
        if i == 0 {
            out.put(now.to_bits(), 64)
        } else {
            window.xor(out, *before, now)
        }
        *before = now;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Xor,
    Histogram,
    FloatHistogram,
    Xor2,
    HistogramStarts,
    FloatHistogramStarts,
}

impl Encoding {
    fn encode(self, samples: &Samples) -> (u8, Vec<u8>) {
        match self {
            Encoding::Xor => (1, xor(samples)),
            Encoding::Histogram => (2, histograms(samples, true, false)),
            Encoding::FloatHistogram => (3, histograms(samples, false, false)),
            Encoding::Xor2 => (4, xor2(samples)),
            Encoding::HistogramStarts => (5, histograms(samples, true, true)),
            Encoding::FloatHistogramStarts => (6, histograms(samples, false, true)),
        }
    }
}

/// A series and its chunks.
pub(super) struct Written {
    pub(super) labels: Labels,
    pub(super) chunks: Vec<(Encoding, Samples)>,
}

fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = codec::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_be_bytes());
    bytes
}

/// Writes a block; `deleted` are number of a series, first and last time.
pub(super) fn write_block(dir: &Path, version: u8, all: &[Written], deleted: &[(usize, i64, i64)]) {
    let meta = r#"{"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":-1000000000,"maxTime":9000000000,"version":1,"stats":{}}"#;
    std::fs::write(dir.join("meta.json"), meta).unwrap();
    std::fs::create_dir(dir.join("chunks")).unwrap();
    let mut segment = vec![0x85, 0xBD, 0x40, 0xDD, 1, 0, 0, 0];
    let mut texts: BTreeMap<String, u64> = BTreeMap::new();
    texts.extend(
        all.iter().flat_map(|s| s.labels.iter()).flat_map(|(n, v)| [(n.to_owned(), 0), (v.to_owned(), 0)]),
    );
    let mut symbols = (texts.len() as u32).to_be_bytes().to_vec();
    for (number, (text, reference)) in texts.iter_mut().enumerate() {
        // The section's length stands before it, behind the head of the file.
        *reference = if version == 1 { 5 + 4 + symbols.len() as u64 } else { number as u64 };
        put_u64(&mut symbols, text.len() as u64);
        symbols.extend_from_slice(text.as_bytes());
    }
    let mut index = vec![0xBA, 0xAA, 0xD7, 0x00, version];
    index.extend_from_slice(&(symbols.len() as u32).to_be_bytes());
    index.extend_from_slice(&summed(symbols));
    let align = |index: &mut Vec<u8>| {
        if version > 1 {
            index.resize(index.len().next_multiple_of(16), 0);
        }
    };
    align(&mut index);
    let start = index.len() as u64;
    let mut references = Vec::new();
    for series in all {
        align(&mut index);
        references.push(if version == 1 { index.len() } else { index.len() / 16 } as u64);
        let mut body = Vec::new();
        put_u64(&mut body, series.labels.len() as u64);
        series.labels.iter().flat_map(|(n, v)| [n, v]).for_each(|text| put_u64(&mut body, texts[text]));
        put_u64(&mut body, series.chunks.len() as u64);
        let mut before = (0i64, 0i64);
        for (number, (encoding, samples)) in series.chunks.iter().enumerate() {
            let times: Vec<i64> =
                samples.times.iter().copied().chain(samples.histograms.iter().map(|h| h.0)).collect();
            let (first, last) = (times[0], times[times.len() - 1]);
            let place = segment.len() as i64;
            if number == 0 {
                put_i64(&mut body, first);
                put_u64(&mut body, (last - first) as u64);
                put_u64(&mut body, place as u64);
            } else {
                put_u64(&mut body, (first - before.0) as u64);
                put_u64(&mut body, (last - first) as u64);
                put_i64(&mut body, place - before.1);
            }
            before = (last, place);
            let (encoding, bytes) = encoding.encode(samples);
            put_u64(&mut segment, bytes.len() as u64);
            segment.extend_from_slice(&summed(std::iter::once(encoding).chain(bytes).collect()));
        }
        put_u64(&mut index, body.len() as u64);
        index.extend_from_slice(&summed(body));
    }
    let end = index.len() as u64;
    index.extend_from_slice(&[0; 12]);
    let contents =
        [5, start, end, 0, end + 4, 0].iter().flat_map(|place: &u64| place.to_be_bytes()).collect();
    index.extend_from_slice(&summed(contents));
    std::fs::write(dir.join("index"), index).unwrap();
    std::fs::write(dir.join("chunks/000001"), segment).unwrap();
    let mut stones = Vec::new();
    for (series, first, last) in deleted {
        put_u64(&mut stones, references[*series]);
        put_i64(&mut stones, *first);
        put_i64(&mut stones, *last);
    }
    let mut file = vec![0x01, 0x30, 0xBA, 0x30, 1];
    file.extend_from_slice(&summed(stones));
    std::fs::write(dir.join("tombstones"), file).unwrap();
}
