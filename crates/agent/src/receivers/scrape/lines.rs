//! What the lines of a target meant the last time, so that they are read once.
//!
//! ```text
//! body -> glance at each line -> known: (series, value)                       nearly all, nearly always
//!                             -> others, behind all comments -> wire::exposition   new lines, lines with times or exemplars
//! ```
//! A line means what it meant when its bytes before the value and all comments before it are what they were (`wire::exposition::glance`),
//! so its key is the hash of both. Lines are looked for where they stood, then by their key. Invariant: whatever is known, the samples
//! that are stored are the same.

use super::fetch::read;
use super::target::Wanted;
use crate::options::BodyFormat;
use model::Millis;
use std::collections::HashMap;
use wire::exposition::{Exposition, Format, Glance, glance};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// The series of a line that relabelling drops.
pub(super) const DROPPED: u32 = u32::MAX;

/// A line that was read once: its key and the place of its series in the round.
#[derive(Debug, Clone, Copy)]
struct Line {
    key: u128,
    series: u32,
}

/// The lines of the last good scrape of a target.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// In the order of the text.
    order: Vec<Line>,
    places: HashMap<u128, u32>,
    /// The hash of all comments; `None` when no lines are known.
    comments: Option<u64>,
}

/// A line of this scrape that was in the last one too.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownLine {
    key: u128,
    /// The place of its series, or [`DROPPED`].
    pub series: u32,
    pub value: f64,
}

/// A line that was read.
#[derive(Debug, Clone, Copy)]
struct FreshLine {
    /// How many known lines stand before it.
    known: usize,
    /// `None` when it cannot be told without being read.
    key: Option<u128>,
}

/// What a body shows.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The lines that were read; no metadata when the comments are those of the last scrape.
    pub exposition: Exposition,
    /// The others.
    pub known: Vec<KnownLine>,
    /// One for each series of the exposition, or none when they cannot be told apart.
    fresh: Vec<FreshLine>,
    comments: Option<u64>,
    /// Whether metadata is as it was.
    pub same_comments: bool,
    /// Whether each known line stands where it stood.
    in_order: bool,
}

impl From<Exposition> for Reading {
    /// All of it was read.
    fn from(exposition: Exposition) -> Self {
        Reading { exposition, ..Reading::default() }
    }
}

impl Reading {
    /// How many samples there are.
    pub(super) fn len(&self) -> usize {
        self.known.len() + self.exposition.batch.len()
    }

    /// Whether the line of a series of the exposition may be known the next time.
    pub(super) fn learns(&self, series: usize) -> bool {
        self.fresh.get(series).is_some_and(|line| line.key.is_some())
    }
}

impl Lines {
    /// Reads a body; the error says what is wrong with it.
    pub(super) fn read(
        &self,
        body: &[u8],
        format: BodyFormat,
        wants: Wanted,
        at: Millis,
    ) -> Result<Reading, String> {
        let whole = || read(body, format, wants, at).map(Reading::from);
        let grammar = match format {
            BodyFormat::Text => Format::Text,
            BodyFormat::OpenMetrics => Format::OpenMetrics,
            BodyFormat::Protobuf => return whole(),
        };
        if wants.custom_buckets {
            // Several lines become one series.
            return whole();
        }
        let (mut reading, rest) = self.split(body, grammar);
        reading.same_comments = reading.comments == self.comments;
        if reading.fresh.is_empty() && reading.same_comments {
            return Ok(reading);
        }
        match read(&rest, format, wants, at) {
            Ok(exposition) => {
                if exposition.batch.len() != reading.fresh.len() {
                    // Not one series a line: nothing is learned.
                    reading.fresh.clear();
                }
                reading.exposition = exposition;
                Ok(reading)
            }
            // The error has to name a line of the body.
            Err(_) => whole(),
        }
    }

    /// The known lines of a body, and the text of its comments and other lines.
    fn split(&self, body: &[u8], grammar: Format) -> (Reading, Vec<u8>) {
        let known = Vec::with_capacity(self.order.len());
        let mut reading = Reading { known, in_order: true, ..Reading::default() };
        let (mut rest, mut next, mut comments) = (Vec::new(), 0, 0);
        let mut start = 0;
        let ends = memchr::memchr_iter(b'\n', body).chain((!body.ends_with(b"\n")).then_some(body.len()));
        for end in ends {
            let line = &body[start..end];
            start = end + 1;
            let known = reading.known.len();
            let key = match glance(line, grammar) {
                Glance::Blank => continue,
                Glance::Comment => {
                    comments = xxh3_64_with_seed(line, comments);
                    rest.extend_from_slice(line);
                    rest.push(b'\n');
                    continue;
                }
                Glance::Other => None,
                Glance::Sample { series, value } => {
                    let key = xxh3_128_with_seed(series, comments);
                    if let Some(place) = self.find(key, next) {
                        reading.in_order &= place == known;
                        next = place + 1;
                        reading.known.push(KnownLine { key, series: self.order[place].series, value });
                        continue;
                    }
                    Some(key)
                }
            };
            reading.fresh.push(FreshLine { known, key });
            rest.extend_from_slice(line);
            rest.push(b'\n');
        }
        reading.comments = Some(comments);
        (reading, rest)
    }

    /// The place of a line, which is looked for at `next` first.
    fn find(&self, key: u128, next: usize) -> Option<usize> {
        if self.order.get(next).is_some_and(|line| line.key == key) {
            return Some(next);
        }
        self.places.get(&key).map(|place| *place as usize)
    }

    /// Remembers the lines of a good scrape; `series` has the place of the series of each line that was read, `None` when it must be
    /// read the next time too.
    pub(super) fn learn(&mut self, reading: &Reading, series: &[Option<u32>]) {
        self.comments = reading.comments;
        if series.is_empty() && reading.in_order && reading.known.len() == self.order.len() {
            return;
        }
        let mut order = Vec::with_capacity(reading.len());
        let line = |known: &KnownLine| Line { key: known.key, series: known.series };
        let mut done = 0;
        for (fresh, series) in reading.fresh.iter().zip(series) {
            order.extend(reading.known[done..fresh.known].iter().map(line));
            done = fresh.known;
            if let (Some(key), Some(series)) = (fresh.key, series) {
                order.push(Line { key, series: *series });
            }
        }
        order.extend(reading.known[done..].iter().map(line));
        self.places = order.iter().enumerate().map(|(at, line)| (line.key, at as u32)).collect();
        self.order = order;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Lines::default();
    }
}

#[cfg(test)]
mod tests;
