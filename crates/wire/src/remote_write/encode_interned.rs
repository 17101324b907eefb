//! Writes version 2: every string once. Histograms go out in their float form, what is known of a family with each of its
//! series.

use super::encode::number_of;
use super::histogram;
use crate::proto::Writer;
use model::{METRIC_NAME, Metadata, MetricBatch};
use std::collections::HashMap;

/// The strings of a request, by number; number 0 is "".
struct Symbols<'a> {
    numbers: HashMap<&'a str, u64>,
    out: Writer,
}

impl<'a> Symbols<'a> {
    fn number(&mut self, text: &'a str) -> u64 {
        let next = self.numbers.len() as u64;
        let out = &mut self.out;
        *self.numbers.entry(text).or_insert_with(|| {
            out.text(4, text);
            next
        })
    }
}

/// What series of a histogram, summary or counter have behind the name of their family.
const SUFFIXES: [&str; 6] = ["_bucket", "_count", "_sum", "_total", "_created", "_info"];

/// What is said of the family that the series of this name are of, of what is `known` by families' names.
pub fn family_of<'a>(name: &str, known: impl Fn(&str) -> Option<&'a Metadata>) -> Option<&'a Metadata> {
    let of_suffix = || SUFFIXES.iter().find_map(|suffix| known(name.strip_suffix(suffix)?));
    known(name).or_else(of_suffix)
}

/// The unpacked version 2 request that says what the series of `batch` say, each with its family's entry of `families`.
pub fn encode_interned(batch: &MetricBatch, families: &[Metadata]) -> Vec<u8> {
    let families: HashMap<&str, &Metadata> = families.iter().map(|m| (m.family.as_str(), m)).collect();
    let mut symbols = Symbols { numbers: HashMap::new(), out: Writer::new() };
    symbols.number("");
    let mut series_out = Writer::new();
    for series in batch.series() {
        let open = series_out.open(5);
        let mut references = Writer::new();
        for (name, value) in series.labels() {
            references.plain(symbols.number(name));
            references.plain(symbols.number(value));
        }
        series_out.bytes(1, &references.finish());
        for (i, sample) in series.samples().iter().enumerate() {
            series_out.message(2, |s| {
                s.double(1, sample.value);
                s.int(2, sample.at.0);
                s.uint_if_any(3, start(series.starts(), i));
            });
        }
        for (i, sample) in series.histograms().iter().enumerate() {
            series_out.message(3, |h| {
                histogram::encode(h, sample.at, &sample.histogram);
                h.uint_if_any(17, start(series.histogram_starts(), i));
            });
        }
        for exemplar in series.exemplars() {
            let mut references = Writer::new();
            for (name, value) in exemplar.labels.iter() {
                references.plain(symbols.number(name));
                references.plain(symbols.number(value));
            }
            series_out.message(4, |e| {
                e.bytes(1, &references.finish());
                e.double(2, exemplar.value);
                e.int(3, exemplar.at.0);
            });
        }
        if let Some(metadata) = family_of(series.value(METRIC_NAME), |name| families.get(name).copied()) {
            let (help, unit) = (symbols.number(&metadata.help), symbols.number(&metadata.unit));
            series_out.message(5, |m| {
                m.uint_if_any(1, number_of(metadata.kind));
                m.uint_if_any(3, help);
                m.uint_if_any(4, unit);
            });
        }
        series_out.close(open);
    }
    let mut out = symbols.out.finish();
    out.extend_from_slice(&series_out.finish());
    out
}

fn start(starts: &[i64], i: usize) -> u64 {
    starts.get(i).copied().unwrap_or(0) as u64
}
