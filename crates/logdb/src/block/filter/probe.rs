//! What a filter is asked for a needle: hashes that every page with the needle has.
//!
//! Used by `read.rs` to skip pages. Invariant: asks only for what `Builder` puts into the filter of every page with the needle.

use super::{
    MIDDLE, MIDDLE_AT, PIECE, UUID, WITH_JOINTS, WITH_MIDDLES, is_hex, is_left_out, is_middle, joints,
    next_token, pair_hash, piece_hash, pieces,
};
use xxhash_rust::xxh3::xxh3_64;

/// Hashes asked of one needle: each skips nearly all pages that lack it, and each costs a part of the filters to read.
const MAX_CHECKS: usize = 4;
/// The same of pieces of words, which skip less.
const MAX_PIECES: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Check {
    hash: u64,
    /// The check counts in pages whose longest token is no longer; `u32::MAX`: in all.
    within: u32,
    /// The one version of filters that has it; `None`: all do that are read.
    only: Option<u16>,
}

impl Check {
    fn counts(&self, version: u16) -> bool {
        self.only.is_none_or(|only| only == version)
    }
}

/// Hashes that must be in the filter of a page that holds a needle, or a pair of metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Probe(Vec<Check>);

impl Probe {
    /// For a text that lines must hold.
    pub(crate) fn of_needle(needle: &[u8]) -> Probe {
        let mut checks: Vec<Check> = Vec::new();
        let dashes = || (0..needle.len()).filter(|at| needle[*at] == b'-');
        let only =
            |text: &[u8], version| Check { hash: xxh3_64(text), within: u32::MAX, only: Some(version) };
        let joints = dashes().flat_map(|dash| joints(needle, dash)).take(MAX_CHECKS);
        checks.extend(joints.map(|joint| only(joint, WITH_JOINTS)));
        let middles = dashes().filter(|at| is_middle(&needle[*at..])).take(MAX_CHECKS);
        checks.extend(middles.map(|at| only(&needle[at..at + MIDDLE], WITH_MIDDLES)));
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
            checks.push(Check { hash: xxh3_64(&needle[start..end]), within, only: None });
        }
        let mut found = Vec::new();
        pieces(needle, |piece| found.push(piece));
        found.sort_unstable();
        found.dedup();
        // Spread over the needle: neighbours tell nearly the same.
        let step = found.len().div_ceil(MAX_PIECES).max(1);
        let pieces = found.into_iter().step_by(step);
        checks.extend(pieces.map(|piece| Check { hash: piece_hash(piece), within: u32::MAX, only: None }));
        Probe(checks)
    }

    /// For metadata that lines must have.
    pub(crate) fn of_pair(name: &str, value: &str) -> Probe {
        Probe(vec![Check { hash: pair_hash(name, value), within: u32::MAX, only: None }])
    }

    /// What is asked of filters of a version.
    pub(crate) fn hashes(&self, version: u16) -> impl Iterator<Item = u64> {
        self.0.iter().filter(move |check| check.counts(version)).map(|check| check.hash)
    }

    /// Whether a page may hold it, whose longest token has `longest` bytes and whose filter, of a version, `holds` asks.
    pub(crate) fn passes(&self, version: u16, longest: u32, holds: impl Fn(u64) -> bool) -> bool {
        self.0.iter().all(|check| check.within < longest || !check.counts(version) || holds(check.hash))
    }
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
