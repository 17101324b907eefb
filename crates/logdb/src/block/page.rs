//! A page: up to 16 Ki lines of neighbouring streams, sorted by stream and time.
//!
//! ```text
//! columns  zstd( runs: count { stream, less the one before | rows }
//!                times: integer column | lengths: integer column
//!                names: count { text } | sets: count { pairs: count { name | value: text } }
//!                set of each row: integer column, when there is a set besides the empty one )
//! text     encoding 1: zstd( the lines, one after the other )    encodings 2, 6 and 7: see `lifted.rs`
//! ```
//! Set 0 is the empty one and is not stored. Integer columns are `codec::ints`. The encoding of the text is a number in
//! the page's directory entry, so that pages of other encodings can stand beside these. Invariant: a page that decodes
//! has as many times, lengths and sets as rows, its lengths add up to its text, and every line is UTF-8.

use super::lifted::{Form, Unpacked};
use super::sections::PageInfo;
use crate::record::Metadata;
use bytes::Bytes;
use codec::{CodecError, Reader, ints, put_str, put_u64};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zstd::bulk::Compressor;

/// 2 MiB of text: beyond it the ratio hardly grows (measured: 16.3x at 1 MiB, 17.4x at 2, 18.3x at 8).
pub(crate) const PAGE_BYTES: usize = 2 << 20;
/// 16 Ki rows: bounds what a page of short lines takes when it is decoded.
pub(crate) const PAGE_ROWS: usize = 16 << 10;
/// The text of lines packed as they are.
pub(crate) const PLAIN: u8 = 1;
/// The text of lines without what varies, which is in columns (`lifted.rs`).
const LIFTED: u8 = 2;
/// The same with an end behind each line. Lines were without before.
pub(crate) const LIFTED_ENDED: u8 = 6;
/// The same with the hexadecimal digits in front. There are none in the rest that `lifted/stay.rs` would look for.
pub(crate) const APART: u8 = 7;
/// What zstd is asked for: level 3 is the knee of ratio over time.
const LEVEL: i32 = 3;
/// One line may be longer than a page should be: doors take no line near this.
const MAX_TEXT_BYTES: usize = 512 << 20;
/// Columns of 16 Ki rows with 64 KiB of metadata each, which is the most a door takes.
const MAX_COLUMNS_BYTES: usize = 1 << 30;

/// What is known of the rows of a page without their text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Columns {
    /// Stream and number of rows.
    pub(crate) runs: Vec<(u32, u32)>,
    pub(crate) times: Vec<i64>,
    pub(crate) lengths: Vec<u32>,
    /// Place in `sets`.
    pub(crate) set_of: Vec<u32>,
    pub(crate) sets: Vec<Metadata>,
}

impl Columns {
    pub(crate) fn clear(&mut self) {
        *self = Columns { sets: vec![Arc::from([])], ..Columns::default() };
    }

    pub(crate) fn rows(&self) -> usize {
        self.times.len()
    }

    /// Bytes on the heap, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        let pair = |(name, value): &(Arc<str>, Arc<str>)| name.len() + value.len() + 64;
        let sets: usize = self.sets.iter().map(|set| 32 + set.iter().map(pair).sum::<usize>()).sum();
        self.runs.len() * 8 + self.rows() * 16 + sets
    }
}

/// The text of a page as it is stored, in two parts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PackedText {
    /// Digits that stand apart; empty in encodings that have none.
    pub(crate) digits: Bytes,
    pub(crate) rest: Bytes,
}

/// Packs bytes.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 + 64);
    put_u64(&mut out, bytes.len() as u64);
    let free = idle_packers().pop();
    let mut packer = free.unwrap_or_else(|| Compressor::new(LEVEL).expect("the level is one of zstd's"));
    out.extend_from_slice(&packer.compress(bytes).expect("compressing into memory cannot fail"));
    let mut idle = idle_packers();
    if idle.len() < MAX_PACKERS {
        idle.push(packer);
    }
    out
}

/// A flush and a merge pack beside each other.
const MAX_PACKERS: usize = 2;

/// Kept for their memory, some mebibytes each, which would be cleared for every page. Not one a thread: pages are packed by whichever
/// thread of the blocking pool is free, and each would keep its own until it ends.
static PACKERS: Mutex<Vec<Compressor<'static>>> = Mutex::new(Vec::new());

fn idle_packers() -> MutexGuard<'static, Vec<Compressor<'static>>> {
    PACKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Unpacks bytes that are at most `limit` long.
pub(crate) fn unpack(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let mut reader = Reader::new(bytes);
    let length = usize::try_from(reader.u64()?).ok().filter(|length| *length <= limit);
    let length = length.ok_or_else(|| reader.invalid("an unpacked length beyond the limit"))?;
    let invalid = reader.invalid("packed bytes that do not unpack");
    let out = zstd::bulk::decompress(reader.rest(), length).map_err(|_| invalid)?;
    if out.len() == length { Ok(out) } else { Err(invalid) }
}

pub(crate) fn pack_columns(columns: &Columns) -> Vec<u8> {
    let mut out = Vec::new();
    put_u64(&mut out, columns.runs.len() as u64);
    let mut before = 0;
    for (stream, rows) in &columns.runs {
        put_u64(&mut out, u64::from(stream - before));
        put_u64(&mut out, u64::from(*rows));
        before = *stream;
    }
    ints::encode_ints(&mut out, &columns.times);
    let widen = |values: &[u32]| values.iter().map(|v| i64::from(*v)).collect::<Vec<i64>>();
    ints::encode_ints(&mut out, &widen(&columns.lengths));
    let mut ids: FxHashMap<&str, u64> = FxHashMap::default();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in columns.sets.iter().flat_map(|set| set.iter()) {
        ids.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() as u64 - 1
        });
    }
    put_u64(&mut out, names.len() as u64);
    names.iter().for_each(|name| put_str(&mut out, name));
    put_u64(&mut out, columns.sets.len() as u64 - 1);
    for set in &columns.sets[1..] {
        put_u64(&mut out, set.len() as u64);
        for (name, value) in set.iter() {
            put_u64(&mut out, ids[&**name]);
            put_str(&mut out, value);
        }
    }
    if columns.sets.len() > 1 {
        ints::encode_ints(&mut out, &widen(&columns.set_of));
    }
    pack(&out)
}

pub(crate) fn unpack_columns(info: &PageInfo, packed: &[u8]) -> Result<Columns, CodecError> {
    if codec::crc32c(packed) != info.columns_crc {
        return Err(CodecError::Invalid { offset: 0, what: "columns whose checksum differs" });
    }
    let bytes = unpack(packed, MAX_COLUMNS_BYTES)?;
    let mut reader = Reader::new(&bytes);
    let count = reader.count()?;
    let (mut runs, mut stream, mut total) = (Vec::with_capacity(count.min(PAGE_ROWS)), 0u32, 0u64);
    for _ in 0..count {
        stream = stream.checked_add(reader.u32()?).ok_or_else(|| reader.invalid("a stream id"))?;
        let rows = reader.u32()?;
        total += u64::from(rows);
        runs.push((stream, rows));
    }
    if total != u64::from(info.rows) || total > PAGE_ROWS as u64 {
        return Err(reader.invalid("a number of rows that differs from the directory"));
    }
    let rows = total as usize;
    let mut times = Vec::with_capacity(rows);
    ints::decode_ints(&mut reader, rows, &mut times)?;
    let narrow = |reader: &mut Reader<'_>| -> Result<Vec<u32>, CodecError> {
        let mut wide = Vec::with_capacity(rows);
        ints::decode_ints(reader, rows, &mut wide)?;
        let narrowed: Result<Vec<u32>, _> = wide.into_iter().map(u32::try_from).collect();
        narrowed.map_err(|_| reader.invalid("a number of more than 32 bits"))
    };
    let lengths = narrow(&mut reader)?;
    let count = reader.count()?;
    let mut names: Vec<Arc<str>> = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        names.push(Arc::from(reader.str()?));
    }
    let count = reader.count()?;
    let mut sets: Vec<Metadata> = Vec::with_capacity(count.min(PAGE_ROWS) + 1);
    sets.push(Arc::from([]));
    for _ in 0..count {
        let pairs = reader.count()?;
        let mut set: Vec<(Arc<str>, Arc<str>)> = Vec::with_capacity(pairs.min(64));
        for _ in 0..pairs {
            let name = usize::try_from(reader.u64()?).ok().and_then(|at| names.get(at));
            let name = name.ok_or_else(|| reader.invalid("a name that is not there"))?.clone();
            set.push((name, Arc::from(reader.str()?)));
        }
        sets.push(set.into());
    }
    let set_of = if sets.len() > 1 { narrow(&mut reader)? } else { vec![0; rows] };
    if set_of.iter().any(|set| *set as usize >= sets.len()) || !reader.is_empty() {
        return Err(reader.invalid("a set that is not there, or bytes after the columns"));
    }
    Ok(Columns { runs, times, lengths, set_of, sets })
}

/// The text of a page whose columns say how it is cut.
pub(crate) fn unpack_text(
    info: &PageInfo,
    packed: &PackedText,
    columns: &Columns,
) -> Result<Bytes, CodecError> {
    let text = match open_text(info, packed, columns)? {
        Text::Plain(text) => text,
        Text::Lifted(unpacked) => {
            super::lifted::decode(&unpacked, &columns.lengths, &columns.times, |_, _| true)?
        }
    };
    let mut start = 0;
    for length in &columns.lengths {
        let end = start + *length as usize;
        std::str::from_utf8(&text[start..end]).map_err(|_| NOT_UTF8)?;
        start = end;
    }
    Ok(Bytes::from(text))
}

/// The text of a page, unpacked as far as lines can be looked for in it.
#[derive(Debug)]
pub(crate) enum Text {
    /// The lines, one after the other.
    Plain(Vec<u8>),
    Lifted(Unpacked),
}

impl Text {
    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Text::Plain(text) => text.len(),
            Text::Lifted(unpacked) => unpacked.heap_bytes(),
        }
    }
}

/// A line is text: what a page holds that is none is damage.
pub(crate) const NOT_UTF8: CodecError = CodecError::Invalid { offset: 0, what: "text that is not UTF-8" };

/// Unpacks the text of a page, and does not put lifted lines together.
pub(crate) fn open_text(info: &PageInfo, packed: &PackedText, columns: &Columns) -> Result<Text, CodecError> {
    let fail = |what| Err(CodecError::Invalid { offset: 0, what });
    let PackedText { digits, rest: packed } = packed;
    if codec::crc32c(packed) != info.text_crc {
        return fail("text whose checksum differs");
    }
    check_digits(info, digits)?;
    let total: u64 = columns.lengths.iter().map(|length| u64::from(*length)).sum();
    let length = usize::try_from(total).ok().filter(|length| *length <= MAX_TEXT_BYTES);
    let Some(length) = length else { return fail("lines longer than a page may be") };
    if total != u64::from(info.text_bytes) {
        return fail("lines that do not add up to the text");
    }
    match info.encoding {
        PLAIN => {
            let text = unpack(packed, MAX_TEXT_BYTES)?;
            if text.len() == length {
                Ok(Text::Plain(text))
            } else {
                fail("lines that do not add up to the text")
            }
        }
        LIFTED | LIFTED_ENDED | APART => {
            let form = match info.encoding {
                APART => Form::Apart(digits),
                LIFTED_ENDED => Form::Ended,
                _ => Form::Endless,
            };
            Ok(Text::Lifted(Unpacked::open(packed, form, length)?))
        }
        _ => fail("an encoding of text that is not known to this build"),
    }
}

/// Whether digits that stand apart are what was written.
pub(crate) fn check_digits(info: &PageInfo, digits: &[u8]) -> Result<(), CodecError> {
    if info.encoding == APART && codec::crc32c(digits) != info.digits_crc {
        return Err(CodecError::Invalid { offset: 0, what: "digits whose checksum differs" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_what_packs() {
        let pages: Vec<Vec<u8>> = (0..16u8).map(|n| vec![n; 4096]).collect();
        let packed: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let packing: Vec<_> = pages.iter().map(|page| scope.spawn(|| pack(page))).collect();
            packing.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (page, packed) in pages.iter().zip(&packed) {
            assert_eq!(unpack(packed, 4096).as_ref(), Ok(page));
        }
        let kept = idle_packers().len();
        assert!(kept <= MAX_PACKERS, "{kept} are kept");
    }
}
