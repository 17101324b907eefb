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
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use wire::exposition::{Exposition, Format, Glance, glance, plain_value};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// The series of a line that relabelling drops.
pub(super) const DROPPED: u32 = u32::MAX;

/// A line that was read once.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// The hash of its bytes before the value and of all comments before it.
    key: u128,
    /// The place of its series in the round, or [`DROPPED`].
    series: u32,
    /// Its bytes before the value, without the space between.
    bytes: u32,
}

impl Line {
    /// The value of a line like this at the start of `text`, and how long the line is; `None` when another line stands there, or one
    /// that has to be looked at.
    fn value(self, text: &[u8], comments: u64) -> Option<(f64, usize)> {
        let (series, rest) = text.split_at_checked(self.bytes as usize)?;
        let (b' ', rest) = rest.split_first()? else { return None };
        if xxh3_128_with_seed(series, comments) != self.key {
            return None;
        }
        let (value, length) = plain_value(rest)?;
        Some((value, series.len() + 1 + length))
    }
}

/// The lines of the last good scrape of a target.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// In the order of the text.
    order: Vec<Line>,
    /// The hash of all comments; `None` when no lines are known.
    comments: Option<u64>,
    /// Whether `order` has all lines of that scrape.
    whole: bool,
}

/// A line of this scrape that was in the last one too.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownLine {
    /// Where it stood.
    place: u32,
    /// The place of its series, or [`DROPPED`].
    pub series: u32,
    pub value: f64,
}

/// A line that was read.
#[derive(Debug, Clone, Copy)]
struct FreshLine {
    /// How many known lines stand before it.
    known: usize,
    /// Its key and its bytes before the value; `None` when it cannot be told without being read.
    key: Option<(u128, u32)>,
}

/// What a body shows.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The lines that were read; no metadata when the comments are those of the last scrape.
    pub exposition: Exposition,
    /// The others.
    pub known: Vec<KnownLine>,
    /// Where comments and lines to be read are in the body.
    rest: Vec<Range<usize>>,
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
        let mut reading = self.split(body, grammar);
        reading.same_comments = reading.comments == self.comments;
        if reading.fresh.is_empty() && reading.same_comments {
            return Ok(reading);
        }
        let mut rest = Vec::new();
        for line in std::mem::take(&mut reading.rest) {
            rest.extend_from_slice(&body[line]);
            rest.push(b'\n');
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

    /// The known lines of a body, and where the others are.
    fn split(&self, body: &[u8], grammar: Format) -> Reading {
        let known = Vec::with_capacity(self.order.len());
        let mut reading = Reading { known, in_order: true, ..Reading::default() };
        let (mut start, mut next, mut comments) = (0, 0, 0);
        // Made when a line does not stand where it stood, which is seldom.
        let places = OnceCell::new();
        while start < body.len() {
            let text = &body[start..];
            if let Some(line) = self.order.get(next)
                && let Some((value, length)) = line.value(text, comments)
            {
                reading.in_order &= next == reading.known.len();
                reading.known.push(KnownLine { place: next as u32, series: line.series, value });
                next += 1;
                start += length + 1;
                continue;
            }
            let end = memchr::memchr(b'\n', text).map_or(body.len(), |at| start + at);
            let (line, at) = (&body[start..end], start..end);
            start = end + 1;
            let key = match glance(line, grammar) {
                Glance::Blank => continue,
                Glance::Comment => {
                    comments = xxh3_64_with_seed(line, comments);
                    reading.rest.push(at);
                    continue;
                }
                Glance::Other => None,
                Glance::Sample { series, value } => {
                    let key = xxh3_128_with_seed(series, comments);
                    if let Some(place) = self.find(key, next, &places) {
                        reading.in_order &= place == reading.known.len();
                        next = place + 1;
                        let series = self.order[place].series;
                        reading.known.push(KnownLine { place: place as u32, series, value });
                        continue;
                    }
                    Some((key, series.len() as u32))
                }
            };
            reading.fresh.push(FreshLine { known: reading.known.len(), key });
            reading.rest.push(at);
        }
        reading.comments = Some(comments);
        reading
    }

    /// The place of a line, which is looked for at `next` first.
    fn find(&self, key: u128, next: usize, places: &OnceCell<HashMap<u128, u32>>) -> Option<usize> {
        if self.order.get(next).is_some_and(|line| line.key == key) {
            return Some(next);
        }
        let all = || self.order.iter().enumerate().map(|(at, line)| (line.key, at as u32)).collect();
        places.get_or_init(all).get(&key).map(|place| *place as usize)
    }

    /// Whether a body shows the lines of the last one in their order and nothing else.
    pub(super) fn are_all_of(&self, reading: &Reading) -> bool {
        self.whole
            && reading.fresh.is_empty()
            && reading.exposition.batch.is_empty()
            && reading.in_order
            && reading.known.len() == self.order.len()
            && self.comments == reading.comments
    }

    /// Remembers the lines of a good scrape; `series` has the place of the series of each line that was read, `None` when it must be
    /// read the next time too.
    pub(super) fn learn(&mut self, reading: &Reading, series: &[Option<u32>]) {
        self.comments = reading.comments;
        let mut order = Vec::with_capacity(reading.len());
        let line = |known: &KnownLine| self.order[known.place as usize];
        let mut done = 0;
        for (fresh, series) in reading.fresh.iter().zip(series) {
            order.extend(reading.known[done..fresh.known].iter().map(line));
            done = fresh.known;
            if let (Some((key, bytes)), Some(series)) = (fresh.key, series) {
                order.push(Line { key, series: *series, bytes });
            }
        }
        order.extend(reading.known[done..].iter().map(line));
        self.whole = order.len() == reading.len();
        self.order = order;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Lines::default();
    }
}

#[cfg(test)]
mod tests;
