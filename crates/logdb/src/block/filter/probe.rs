//! What a filter is asked for a needle: entries that every page with the needle has.
//!
//! Used by `read.rs` to skip pages. Invariant: asks only for what `Builder` puts into the filter of every page with the needle.

use super::grams;
use super::{
    Entry, MIDDLE, MIDDLE_AT, PIECE, UUID, WITH_GRAMS, WITH_JOINTS, WITH_MIDDLES, folded_hash, is_hex,
    is_left_out, is_middle, joints, next_token, pair_hash, pieces,
};
use crate::block::lifted::remaining_parts;
use std::ops::RangeInclusive;
use xxhash_rust::xxh3::xxh3_64;

/// Hashes asked of one needle: each skips nearly all pages that lack it, and each costs a part of the filters to read.
const MAX_CHECKS: usize = 4;
/// The same of pieces of words and of grams, which skip less.
const MAX_PIECES: usize = 8;
/// Grams of a length that are asked where those first ones let many pages through: all segments of a filter at most, a tenth of what
/// a page takes.
const MAX_GRAMS: usize = 32;
/// Which filters have what is asked for in all versions.
const ALL: RangeInclusive<u16> = 0..=u16::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Check {
    entry: Entry,
    /// The check counts in pages whose longest token is no longer; `u32::MAX`: in all.
    within: u32,
    /// Versions of filters that have it.
    since: u16,
    until: u16,
    /// An entry with which a filter tells nothing of it.
    unless: Option<Entry>,
    /// Whether it is asked only where the others let many pages through.
    late: bool,
}

impl Check {
    /// A check that counts in all pages.
    fn of(hash: u64, versions: RangeInclusive<u16>) -> Check {
        let (since, until) = versions.into_inner();
        Check { entry: Entry::full(hash), within: u32::MAX, since, until, unless: None, late: false }
    }

    fn counts(&self, version: u16) -> bool {
        self.since <= version && version <= self.until
    }
}

/// Entries that must be in the filter of a page that holds a needle, or a pair of metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Probe(Vec<Check>);

impl Probe {
    /// For a text that lines must hold.
    pub(crate) fn of_needle(needle: &[u8]) -> Probe {
        let mut checks: Vec<Check> = Vec::new();
        let dashes = || (0..needle.len()).filter(|at| needle[*at] == b'-');
        let joints = dashes().flat_map(|dash| joints(needle, dash)).take(MAX_CHECKS);
        checks.extend(joints.map(|joint| Check::of(xxh3_64(joint), WITH_JOINTS..=u16::MAX)));
        let middles = dashes().filter(|at| is_middle(&needle[*at..])).take(MAX_CHECKS);
        let middle = |at: usize| xxh3_64(&needle[at..at + MIDDLE]);
        checks.extend(middles.map(|at| Check::of(middle(at), WITH_MIDDLES..=WITH_MIDDLES)));
        let mut tokens: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while let Some((start, end)) = next_token(needle, at) {
            at = end;
            if !is_left_out(&needle[start..end]) && !may_be_of_uuid(needle, (start, end)) {
                tokens.push((start, end));
            }
        }
        // The longest tells most.
        tokens.sort_by_key(|(start, end)| std::cmp::Reverse(end - start));
        for (start, end) in tokens.into_iter().take(MAX_CHECKS) {
            let inside = start > 0 && end < needle.len();
            let within = if inside { u32::MAX } else { u32::try_from(end - start).unwrap_or(u32::MAX) };
            checks.push(Check { within, ..Check::of(xxh3_64(&needle[start..end]), ALL) });
        }
        checks.extend(pieces_of(needle));
        checks.extend(grams_of(needle));
        Probe(checks)
    }

    /// For metadata that lines must have.
    pub(crate) fn of_pair(name: &str, value: &str) -> Probe {
        Probe(vec![Check::of(pair_hash(name, value), ALL)])
    }

    /// What is asked of filters of a version: at first, or where that lets many pages through.
    pub(crate) fn entries(&self, version: u16, late: bool) -> impl Iterator<Item = Entry> {
        let asked = self.0.iter().filter(move |check| check.counts(version) && check.late == late);
        asked.flat_map(|check| [Some(check.entry), check.unless].into_iter().flatten())
    }

    /// Whether a page may hold it, whose longest token has `longest` bytes and whose filter, of a version, `holds` asks.
    pub(crate) fn passes(&self, version: u16, longest: u32, holds: impl Fn(Entry) -> bool) -> bool {
        let tells = |check: &Check| {
            check.within >= longest && check.counts(version) && !check.unless.is_some_and(&holds)
        };
        self.0.iter().all(|check| !tells(check) || holds(check.entry))
    }
}

/// What filters are asked that have pieces of words.
fn pieces_of(needle: &[u8]) -> impl Iterator<Item = Check> {
    let mut found = Vec::new();
    pieces(needle, |piece| found.push(piece));
    found.sort_unstable();
    found.dedup();
    // Spread over the needle: neighbours tell nearly the same.
    let step = found.len().div_ceil(MAX_PIECES).max(1);
    found.into_iter().step_by(step).map(|piece| Check::of(folded_hash(1, piece), WITH_MIDDLES..=WITH_JOINTS))
}

/// What filters are asked that have grams.
fn grams_of(needle: &[u8]) -> impl Iterator<Item = Check> {
    let (mut long, mut short): (Vec<grams::Asked>, Vec<grams::Asked>) = Default::default();
    for gram in remaining_parts(needle).flat_map(grams::grams_of) {
        let found = if gram.is_long() { &mut long } else { &mut short };
        if !found.contains(&gram) && found.len() < MAX_GRAMS {
            found.push(gram);
        }
    }
    // Long ones tell more, but of short texts there are none.
    let (first, rest) = if long.is_empty() { (short, long) } else { (long, short) };
    // Spread over the needle with both of its ends, where it differs from a text that is there more often than inside.
    let last = first.len().saturating_sub(1);
    let step = last.div_ceil(MAX_PIECES - 1).max(1);
    let first = first.into_iter().enumerate().map(move |(at, gram)| (gram, at % step != 0 && at != last));
    first.chain(rest.into_iter().map(|gram| (gram, true))).map(|(gram, late)| Check {
        entry: gram.gram,
        unless: Some(gram.missing),
        late,
        ..Check::of(0, WITH_GRAMS..=u16::MAX)
    })
}

/// Whether a token may be a group of a UUID, as far as the needle shows: those are not in the filter.
fn may_be_of_uuid(needle: &[u8], (start, end): (usize, usize)) -> bool {
    let token = &needle[start..end];
    let before = start.checked_sub(1).map(|at| needle[at]);
    let after = needle.get(end).copied();
    is_hex(token)
        && match token.len() {
            MIDDLE_AT => after.is_none_or(|byte| byte == b'-'),
            PIECE => before.is_none_or(|byte| byte == b'-') && after.is_none_or(|byte| byte == b'-'),
            length if length == UUID - MIDDLE_AT - MIDDLE => before.is_none_or(|byte| byte == b'-'),
            _ => false,
        }
}
