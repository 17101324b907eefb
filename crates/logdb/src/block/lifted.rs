//! Text without its numbers: what varies from line to line is lifted out into columns, the rest packs as text.
//!
//! Numbers, hexadecimal ids, UUIDs and times of day leave a mark in the text; their values go to columns. Which column
//! is told by the bytes before the mark, so `size=383` and `size=2777` share one wherever they stand, and no template has
//! to be found: lines of any shape lift what they can. A time of day is kept as its distance from the line's own time,
//! which is nothing at all for most logs.
//! ```text
//! text  [nibbles] | columns: count | values: count of each
//!       packed: length, zstd( remainder of the lines | indexes of the dictionaries )
//!       remainder length | count of nibbles | [nibbles: length, bytes] | columns
//! column  0: integer column          1: count of words | words: integer column; the indexes are packed with the text
//! remainder  bytes as they are, but
//!       01 decimal without leading zero    02 width: zero-padded decimal    03 length: hexadecimal digits, in `nibbles`
//!       04 UUID, in `nibbles`              05 shape: time of day            06 byte: that byte
//!       07 the end of a line
//! ```
//! What stands behind a mark is from 0x80 on, so that no text of a line is found there. Before (encoding 2) it was any byte, and lines had no ends.
//! Nibbles stand in front, where they are searched without the rest, when no others of their kind are in the remainder (encoding 7);
//! else they stand in their place (encoding 6). Numbers are varints. Invariant: what is lifted is written back byte by byte, whatever the line is.

mod columns;
mod digits;
mod kinds;
mod lift;
mod reading;
mod settle;
mod stay;
mod walk;

#[cfg(test)]
pub(crate) use lift::encode_always;
pub(crate) use lift::{Lifted, Lifting};
pub(crate) use settle::{Form, Unpacked, decode};
pub(crate) use stay::{Stay, is_never_lifted, remaining_parts};
pub(crate) use walk::pieces::{Sample, has_marks};
pub(crate) use walk::{Piece, Walk};

/// Marks in the remainder.
const NUMBER: u8 = 1;
const PADDED: u8 = 2;
const HEX: u8 = 3;
pub(crate) const UUID: u8 = 4;
const TIME: u8 = 5;
const ESCAPE: u8 = 6;
/// Behind each line.
const END: u8 = 7;

/// What the byte behind a mark has added.
const OPERAND: u8 = 0x80;

/// Columns of a page; what has no place among them stays in the text.
const MAX_COLUMNS: usize = 2048;
/// Digits of a number that surely fits in 63 bits.
const MAX_DIGITS: usize = 18;
/// Shorter hexadecimal words are mostly words.
const MIN_HEX: usize = 8;
/// Longer ones are not lifted: their length has six bits.
const LONGEST_HEX: usize = MIN_HEX + 63;
/// What a byte could tell of the length before.
const MAX_HEX: usize = 255;
const UUID_BYTES: usize = 36;
const UUID_DIGITS: usize = UUID_BYTES - 4;
/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// Which column a mark's value is in: the eight bytes up to and with the mark, and the byte behind it.
type Place = u64;

/// The place of a mark that ends the remainder of a line so far; `from` is where the line begins.
fn place(remainder: &[u8], from: usize) -> Place {
    if let Some((line, last)) = remainder.split_last_chunk()
        && line.len() >= from
    {
        return u64::from_le_bytes(*last);
    }
    let start = remainder.len().saturating_sub(8).max(from);
    let mut bytes = [0; 8];
    let tail = &remainder[start..];
    bytes[..tail.len()].copy_from_slice(tail);
    u64::from_le_bytes(bytes)
}

/// What stands in a remainder between marks and what belongs to them.
pub(crate) fn plain_runs(remainder: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = remainder;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let length = rest.iter().position(|byte| (NUMBER..=END).contains(byte)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        let marked = match after.first() {
            Some(&(NUMBER | UUID | END)) => 1,
            _ => 2,
        };
        rest = after.get(marked..).unwrap_or_default();
        Some(run)
    })
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Nanoseconds of the unit of a fraction of so many digits.
fn unit(digits: usize) -> i64 {
    10i64.pow(9 - digits.min(9) as u32)
}

#[cfg(test)]
mod tests;
