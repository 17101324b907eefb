//! Version 2: every string once in a table, labels as pairs of references into it.
//! ```text
//! Request     4 symbol*  5 TimeSeries*
//! TimeSeries  1 reference* (name, value, name, value ..)  2 Sample*  3 Histogram*  4 Exemplar*  5 Metadata  6 created ms
//! Sample      1 double 2 ms 3 start ms      Histogram  .. 17 start ms
//! Exemplar    1 reference* 2 double 3 ms      Metadata  1 type  3 help reference  4 unit reference
//! ```
//! The table stands before the series on every sender; a series before its symbols is refused like a wrong reference.

use super::decode::{LabelCheck, kind_of, sample};
use super::{Decoded, histogram};
use crate::error::{Skipped, WireError};
use crate::proto::Reader;
use model::{Exemplar, Labels, METRIC_NAME, Metadata, Millis};

/// Labels of a series that a refusal shows.
const MAX_SHOWN: usize = 64;

/// Reads an unpacked version 2 request. Fields of version 1 are unknown fields: skipped.
pub fn decode(bytes: &[u8]) -> Result<Decoded, WireError> {
    let table = Table::read(bytes)?;
    let mut out = Decoded::default();
    let mut request = Reader::new(bytes);
    while let Some(field) = request.field()? {
        if field.number == 5 {
            series(&mut out, &table, field.message()?)?;
        }
    }
    Ok(out)
}

/// The symbols of a request.
#[derive(Debug)]
pub(super) struct Table<'a> {
    symbols: Vec<&'a [u8]>,
}

impl<'a> Table<'a> {
    /// All symbols of an unpacked request.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut symbols: Vec<&[u8]> = Vec::new();
        let mut request = Reader::new(bytes);
        while let Some(field) = request.field()? {
            if field.number == 4 {
                symbols.push(field.bytes()?);
            }
        }
        Ok(Table { symbols })
    }

    pub(super) fn symbols(&self) -> &[&'a [u8]] {
        &self.symbols
    }

    /// The text behind a reference, `None` when the reference or the text is no good.
    fn text(&self, reference: u64) -> Option<&'a str> {
        let bytes = self.symbols.get(usize::try_from(reference).ok()?)?;
        std::str::from_utf8(bytes).ok()
    }

    fn pair(&self, references: &[u64]) -> Option<(&'a str, &'a str)> {
        match references {
            [name, value] => Some((self.text(*name)?, self.text(*value)?)),
            _ => None,
        }
    }

    /// Why references are no labels, if they are none.
    fn wrong(&self, references: &[u64]) -> Option<String> {
        let size = self.symbols.len();
        if !references.len().is_multiple_of(2) {
            return Some(format!("invalid labelRefs length {}", references.len()));
        }
        let pair = references.chunks(2).find(|pair| pair.iter().any(|r| *r >= size as u64))?;
        let (name, value) = (pair[0], pair[1]);
        Some(format!("labelRefs {name} (name) = {value} (value) outside of symbols table (size {size})"))
    }

    /// The labels as they were sent, also when they can be none: `{a="1", a="2"}`.
    fn shown(&self, references: &[u64]) -> String {
        let text = |reference: u64| {
            let bytes = usize::try_from(reference).ok().and_then(|at| self.symbols.get(at));
            bytes.map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let pairs = references.chunks_exact(2).take(MAX_SHOWN);
        let mut pairs: Vec<String> =
            pairs.map(|pair| format!("{}={:?}", text(pair[0]), text(pair[1]))).collect();
        pairs.sort();
        format!("{{{}}}", pairs.join(", "))
    }
}

pub(super) fn series(out: &mut Decoded, table: &Table<'_>, mut message: Reader<'_>) -> Result<(), WireError> {
    let before = out.batch.sample_count();
    let mut references = Vec::new();
    let mut described = None;
    let mut exemplars_skipped = 0u64;
    let created = start(message.clone(), 6, Millis(0))?;
    while let Some(field) = message.field()? {
        match field.number {
            1 => field.each_varint(|reference| references.push(reference))?,
            2 => {
                let (at, value) = sample(field.message()?)?;
                let start = start(field.message()?, 3, created)?;
                out.batch.push_started_sample(at, value, start);
            }
            3 => {
                let (at, histogram) = histogram::decode(field.message()?)?;
                let start = start(field.message()?, 17, created)?;
                out.batch.push_started_histogram(at, histogram, start);
            }
            4 => match exemplar(table, field.message()?)? {
                Some(exemplar) => out.batch.push_exemplar(exemplar),
                None => exemplars_skipped += 1,
            },
            5 => described = Some(metadata(table, field.message()?)?),
            _ => {}
        }
    }
    if exemplars_skipped > 0 {
        let message = format!("{exemplars_skipped} exemplars have invalid label references");
        out.skipped.push(Skipped { message, rows: 0 });
    }
    if let Some(why) = table.wrong(&references) {
        let rows = (out.batch.sample_count() - before) as u64;
        out.batch.abandon_series();
        let shown: Vec<String> = references.iter().take(MAX_SHOWN).map(u64::to_string).collect();
        let message = format!("parsing labels for series [{}]: {why}", shown.join(" "));
        out.skipped.push(Skipped { message, rows });
        return Ok(());
    }
    let mut check = LabelCheck::default();
    let mut family = "";
    for pair in references.chunks(2) {
        match table.pair(pair) {
            Some((name, value)) => {
                if name == METRIC_NAME {
                    family = value;
                }
                check.label(&mut out.batch, name, value);
            }
            None => check.not_utf8 = true,
        }
    }
    if out.batch.sample_count() == before {
        let labels = table.shown(&references);
        let message = format!("TimeSeries must contain at least one sample or histogram for series {labels}");
        out.skipped.push(Skipped { message, rows: 0 });
    }
    check.finish(out, before, || table.shown(&references));
    if let Some(described) = described
        && described != Metadata::default()
        && out.batch.metadata.last().is_none_or(|m| m.family != family)
    {
        out.batch.metadata.push(Metadata { family: family.to_owned(), ..described });
    }
    Ok(())
}

/// The field of this number as a start timestamp, else what holds for the series: 0 when neither is told.
fn start(mut message: Reader<'_>, number: u32, created: Millis) -> Result<Millis, WireError> {
    let mut start = 0;
    while let Some(field) = message.field()? {
        if field.number == number {
            start = field.int()?;
        }
    }
    Ok(if start == 0 { created } else { Millis(start) })
}

fn exemplar(table: &Table<'_>, mut message: Reader<'_>) -> Result<Option<Exemplar>, WireError> {
    let mut references = Vec::new();
    let (mut at, mut value) = (0, 0.0);
    while let Some(field) = message.field()? {
        match field.number {
            1 => field.each_varint(|reference| references.push(reference))?,
            2 => value = field.double()?,
            3 => at = field.int()?,
            _ => {}
        }
    }
    let pairs: Option<Vec<_>> = references.chunks(2).map(|pair| table.pair(pair)).collect();
    Ok(pairs.map(|pairs| Exemplar { labels: Labels::from_pairs(pairs), value, at: Millis(at) }))
}

fn metadata(table: &Table<'_>, mut message: Reader<'_>) -> Result<Metadata, WireError> {
    let mut out = Metadata::default();
    let text = |reference| table.text(reference).unwrap_or("").to_owned();
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.kind = kind_of(field.uint()?),
            3 => out.help = text(field.uint()?),
            4 => out.unit = text(field.uint()?),
            _ => {}
        }
    }
    Ok(out)
}
