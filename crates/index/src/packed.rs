//! Labels of a block as bytes: for each name its sorted values, front-coded, each with its ids.
//!
//! A small directory says where each name's body lies, so a reader fetches the directory and then only the bodies of
//! the names that a query asks for.
//! ```text
//! directory  count, then a name: name, body offset, body length, crc32c of the body (fixed 4), number of values
//! body       present: ids | number of values | number of restarts | restart offsets (fixed u32 each, into entries)
//!            entries, a value: shared prefix length | suffix length, suffix | ids     (a restart every 16 shares nothing)
//! ids        count | byte length | count <= 8: gaps between ascending ids (the first from 0), as varints
//!                                | else 0 and an integer column (`codec::ints`), or a roaring bitmap in its portable format,
//!                                  which never begins with 0; version 1 knows bitmaps only
//! stored     version 1: the body; version 2: unpacked length, 0 when the body follows as it is | body, or its zstd frame
//! ```
//! The ids of one value of `instance` are those of the next one, a place further: as columns they differ in their first number
//! only, so a frame holds them about once.
//! Numbers are varints unless said otherwise. Invariants: values ascend by bytes and are unique; ids are below the
//! number of ids of the block (the reader checks).
//! Source: <https://github.com/RoaringBitmap/RoaringFormatSpec>

use crate::postings::IdsRef;
use crate::{IndexError, LabelIndex};
use bytes::Bytes;
use codec::ints::{decode_ints, encode_ints};
use codec::{Reader, put_len_bytes, put_str, put_u64};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// Values between two restarts: a look-up decodes 8 on average; the prefix is spelt out once in 16.
pub const RESTART_EVERY: usize = 16;
/// Up to this many ids a list of gaps is smaller than a column or a bitmap with its headers.
pub const MAX_LISTED_IDS: u32 = 8;
/// Up to this many ids a column may be smaller than a bitmap; it is unpacked in some microseconds.
const MAX_COLUMN_IDS: u64 = 1 << 16;
/// The first byte of a column of ids: portable bitmaps begin with 0x3a or 0x3b.
const COLUMN: u8 = 0;
/// The version of bodies that are written here.
pub const LABELS_VERSION: u16 = 2;
/// 1 MiB: larger bodies are stored as they are, so that a look-up of one value need not unpack millions of others.
const MAX_PACKED_BYTES: usize = 1 << 20;
/// Bodies are small beside the values: 100 MB/s are fast enough, and higher levels gain little.
const ZSTD_LEVEL: i32 = 6;

/// Collects the labels of a block.
#[derive(Debug, Default)]
pub struct PackedWriter {
    names: BTreeMap<String, BTreeMap<String, crate::Ids>>,
}

impl PackedWriter {
    /// Says that `id` has the pair. Ids may come in any order; ascending is cheapest.
    pub fn add(&mut self, name: &str, value: &str, id: u32) {
        let values = match self.names.get_mut(name) {
            Some(values) => values,
            None => self.names.entry(name.to_owned()).or_default(),
        };
        match values.get_mut(value) {
            Some(ids) => ids.insert(id),
            None => {
                values.insert(value.to_owned(), crate::Ids::One(id));
            }
        }
    }

    /// `(directory, bodies)`: the offsets of the directory count from the start of the bodies.
    pub fn finish(self) -> (Vec<u8>, Vec<u8>) {
        let (mut directory, mut bodies) = (Vec::new(), Vec::new());
        put_u64(&mut directory, self.names.len() as u64);
        for (name, values) in &self.names {
            let start = bodies.len();
            let mut body = Vec::new();
            put_body(&mut body, values);
            put_stored(&mut bodies, &body);
            put_str(&mut directory, name);
            put_u64(&mut directory, start as u64);
            put_u64(&mut directory, (bodies.len() - start) as u64);
            directory.extend_from_slice(&crc32c::crc32c(&bodies[start..]).to_le_bytes());
            put_u64(&mut directory, values.len() as u64);
        }
        (directory, bodies)
    }
}

/// Appends a body as it is stored: packed when that saves anything.
fn put_stored(out: &mut Vec<u8>, body: &[u8]) {
    if body.len() <= MAX_PACKED_BYTES {
        let packed = zstd::bulk::compress(body, ZSTD_LEVEL).expect("memory takes every byte");
        if packed.len() + 2 < body.len() {
            put_u64(out, body.len() as u64);
            out.extend_from_slice(&packed);
            return;
        }
    }
    put_u64(out, 0);
    out.extend_from_slice(body);
}

fn put_body(out: &mut Vec<u8>, values: &BTreeMap<String, crate::Ids>) {
    let mut present = RoaringBitmap::new();
    for ids in values.values() {
        ids.as_ref().add_to(&mut present).expect("ids in memory are not damaged");
    }
    put_ids(out, &present);
    let (mut entries, mut restarts) = (Vec::new(), Vec::new());
    let mut previous: &str = "";
    for (at, (value, ids)) in values.iter().enumerate() {
        let mut shared = 0;
        if at % RESTART_EVERY == 0 {
            restarts.push(u32::try_from(entries.len()).expect("a block's labels stay under 4 GiB"));
        } else {
            shared = value.bytes().zip(previous.bytes()).take_while(|(a, b)| a == b).count();
        }
        put_u64(&mut entries, shared as u64);
        put_len_bytes(&mut entries, &value.as_bytes()[shared..]);
        put_ids(&mut entries, &ids.as_ref().to_bitmap().expect("ids in memory are not damaged"));
        previous = value;
    }
    put_u64(out, values.len() as u64);
    put_u64(out, restarts.len() as u64);
    restarts.iter().for_each(|restart| out.extend_from_slice(&restart.to_le_bytes()));
    out.extend_from_slice(&entries);
}

fn put_ids(out: &mut Vec<u8>, ids: &RoaringBitmap) {
    put_u64(out, ids.len());
    let mut bytes = Vec::new();
    if ids.len() <= u64::from(MAX_LISTED_IDS) {
        let mut previous = 0;
        for id in ids {
            put_u64(&mut bytes, u64::from(id - previous));
            previous = id;
        }
    } else {
        let mut ids = ids.clone();
        ids.optimize();
        ids.serialize_into(&mut bytes).expect("a vector takes every byte");
        if ids.len() <= MAX_COLUMN_IDS {
            let mut column = vec![COLUMN];
            encode_ints(&mut column, &ids.iter().map(i64::from).collect::<Vec<_>>());
            if column.len() <= bytes.len() {
                bytes = column;
            }
        }
    }
    put_len_bytes(out, &bytes);
}

fn read_ids<'a>(reader: &mut Reader<'a>) -> Result<IdsRef<'a>, IndexError> {
    let count = reader.u32()?;
    Ok(IdsRef::Packed { count, bytes: reader.len_bytes()? })
}

/// Adds packed ids to `out`.
pub(crate) fn unpack_ids(count: u32, bytes: &[u8], out: &mut RoaringBitmap) -> Result<(), IndexError> {
    if count <= MAX_LISTED_IDS {
        let mut reader = Reader::new(bytes);
        let mut id = 0u32;
        for _ in 0..count {
            id = id.checked_add(reader.u32()?).ok_or(IndexError::Corrupt("an id of more than 32 bits"))?;
            out.insert(id);
        }
        return Ok(());
    }
    if let Some((&COLUMN, column)) = bytes.split_first() {
        return unpack_column(count, column, out);
    }
    let ids = RoaringBitmap::deserialize_from(bytes).map_err(|_| IndexError::Corrupt("a damaged bitmap"))?;
    if ids.len() != u64::from(count) {
        return Err(IndexError::Corrupt("a bitmap of another length than said"));
    }
    *out |= ids;
    Ok(())
}

fn unpack_column(count: u32, column: &[u8], out: &mut RoaringBitmap) -> Result<(), IndexError> {
    if u64::from(count) > MAX_COLUMN_IDS {
        return Err(IndexError::Corrupt("a column of too many ids"));
    }
    let mut ids = Vec::new();
    decode_ints(&mut Reader::new(column), count as usize, &mut ids)?;
    let fits = ids[0] >= 0 && ids[ids.len() - 1] <= i64::from(u32::MAX);
    if !fits || !ids.is_sorted_by(|a, b| a < b) {
        return Err(IndexError::Corrupt("ids that do not ascend"));
    }
    let ids = RoaringBitmap::from_sorted_iter(ids.into_iter().map(|id| id as u32));
    *out |= ids.map_err(|_| IndexError::Corrupt("ids that do not ascend"))?;
    Ok(())
}

/// Where each name's body lies.
#[derive(Debug, Clone, Default)]
pub struct PackedDirectory {
    names: BTreeMap<String, BodyAt>,
}

/// One name of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyAt {
    /// From the start of the bodies.
    pub offset: u64,
    /// In bytes.
    pub length: u64,
    /// CRC32C of the body.
    pub crc: u32,
    /// How many values.
    pub values: u64,
}

impl PackedDirectory {
    /// Reads a directory.
    pub fn parse(reader: &mut Reader<'_>) -> Result<Self, IndexError> {
        let mut names = BTreeMap::new();
        for _ in 0..reader.count()? {
            let name = reader.str()?.to_owned();
            let (offset, length) = (reader.u64()?, reader.u64()?);
            let at = BodyAt { offset, length, crc: reader.fixed_u32()?, values: reader.u64()? };
            names.insert(name, at);
        }
        Ok(PackedDirectory { names })
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = (&str, &BodyAt)> {
        self.names.iter().map(|(name, at)| (name.as_str(), at))
    }

    /// One name.
    pub fn get(&self, name: &str) -> Option<&BodyAt> {
        self.names.get(name)
    }
}

/// The body of a stored one of version 2, and whether it was packed.
fn unpack_body(stored: Bytes) -> Result<(Bytes, bool), IndexError> {
    let mut reader = Reader::new(&stored);
    let length = reader.u64()?;
    let start = reader.offset();
    if length == 0 {
        return Ok((stored.slice(start..), false));
    }
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_PACKED_BYTES);
    let length = length.ok_or(IndexError::Corrupt("a label's body unpacks to more than 1 MiB"))?;
    let body = zstd::bulk::decompress(&stored[start..], length);
    let body = body.map_err(|_| IndexError::Corrupt("a label's body does not unpack"))?;
    match body.len() == length {
        true => Ok((body.into(), true)),
        false => Err(IndexError::Corrupt("a label's body unpacks to another length than said")),
    }
}

/// The body of one name.
#[derive(Debug, Clone)]
pub struct PackedLabel {
    bytes: Bytes,
    /// Whether the bytes were unpacked, so are nothing's but this body's.
    unpacked: bool,
    present: (u32, std::ops::Range<usize>),
    values: u64,
    restarts: std::ops::Range<usize>,
    entries: usize,
}

impl PackedLabel {
    /// Opens a stored body of a version after checking it against the directory.
    pub fn open(stored: Bytes, at: &BodyAt, version: u16) -> Result<Self, IndexError> {
        if stored.len() as u64 != at.length || crc32c::crc32c(&stored) != at.crc {
            return Err(IndexError::Corrupt("a label's body fails its checksum"));
        }
        let (bytes, unpacked) = if version < LABELS_VERSION { (stored, false) } else { unpack_body(stored)? };
        let mut reader = Reader::new(&bytes);
        let count = reader.u32()?;
        let length = reader.count()?;
        let start = reader.offset();
        reader.take(length)?;
        let values = reader.u64()?;
        let restarts = reader.count()?;
        let first = reader.offset();
        reader.take(restarts.checked_mul(4).ok_or(IndexError::Corrupt("too many restarts"))?)?;
        let entries = reader.offset();
        Ok(PackedLabel {
            present: (count, start..start + length),
            values,
            restarts: first..entries,
            entries,
            bytes,
            unpacked,
        })
    }

    /// Bytes of the body.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the body lies in memory of its own; else it is a part of what was read.
    pub fn owns_bytes(&self) -> bool {
        self.unpacked
    }

    fn present(&self) -> IdsRef<'_> {
        IdsRef::Packed { count: self.present.0, bytes: &self.bytes[self.present.1.clone()] }
    }

    fn restart_count(&self) -> usize {
        self.restarts.len() / 4
    }

    /// A reader at the entry of a restart.
    fn at_restart(&self, index: usize) -> Result<Reader<'_>, IndexError> {
        let at = self.restarts.start + index * 4;
        let bytes = self.bytes[at..at + 4].try_into().expect("four bytes");
        let start = self.entries + u32::from_le_bytes(bytes) as usize;
        let tail = self.bytes.get(start..).ok_or(IndexError::Corrupt("a restart outside of the body"))?;
        Ok(Reader::new(tail))
    }

    /// The last restart whose value is at most `value`; 0 when there is none.
    fn seek(&self, value: &[u8]) -> Result<usize, IndexError> {
        let (mut low, mut high) = (0, self.restart_count());
        while low + 1 < high {
            let middle = (low + high) / 2;
            let mut reader = self.at_restart(middle)?;
            reader.u64()?;
            if reader.len_bytes()? <= value { low = middle } else { high = middle }
        }
        Ok(low)
    }

    /// Walks values from the restart before `from` on, until `visit` answers `false`.
    pub fn walk(
        &self,
        from: &str,
        visit: &mut dyn FnMut(&str, IdsRef<'_>) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        if self.restart_count() == 0 {
            return Ok(());
        }
        let first = self.seek(from.as_bytes())?;
        let mut reader = self.at_restart(first)?;
        let mut left = self.values.saturating_sub((first * RESTART_EVERY) as u64);
        let mut value: Vec<u8> = Vec::new();
        while left > 0 {
            left -= 1;
            let shared = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
            if shared > value.len() {
                return Err(IndexError::Corrupt("a value shares more than there is"));
            }
            value.truncate(shared);
            value.extend_from_slice(reader.len_bytes()?);
            let ids = read_ids(&mut reader)?;
            if value.as_slice() < from.as_bytes() {
                continue;
            }
            let text =
                std::str::from_utf8(&value).map_err(|_| IndexError::Corrupt("a value is not UTF-8"))?;
            if !visit(text, ids)? {
                break;
            }
        }
        Ok(())
    }

    fn lookup(&self, wanted: &str) -> Result<IdsRef<'_>, IndexError> {
        // The ids borrow from the bytes, which outlive the walk; so keep their place instead of the borrow.
        let base = self.bytes.as_ptr() as usize;
        let mut found: Option<(u32, usize, usize)> = None;
        self.walk(wanted, &mut |value, ids| {
            if value == wanted
                && let IdsRef::Packed { count, bytes } = ids
            {
                found = Some((count, bytes.as_ptr() as usize - base, bytes.len()));
            }
            Ok(false)
        })?;
        Ok(found.map_or(IdsRef::None, |(count, start, length)| IdsRef::Packed {
            count,
            bytes: &self.bytes[start..start + length],
        }))
    }
}

/// The labels of a block as far as they were fetched: ask only for names that were loaded or are not in the directory.
#[derive(Debug, Clone, Default)]
pub struct PackedLabels {
    /// How many ids; ids are `0..count`.
    pub count: u32,
    /// By name.
    pub labels: BTreeMap<String, PackedLabel>,
}

impl LabelIndex for PackedLabels {
    fn all(&self) -> Result<RoaringBitmap, IndexError> {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.count);
        Ok(all)
    }

    fn present(&self, name: &str) -> Result<IdsRef<'_>, IndexError> {
        Ok(self.labels.get(name).map_or(IdsRef::None, PackedLabel::present))
    }

    fn postings(&self, name: &str, value: &str) -> Result<IdsRef<'_>, IndexError> {
        self.labels.get(name).map_or(Ok(IdsRef::None), |label| label.lookup(value))
    }

    fn each_value(
        &self,
        name: &str,
        prefix: &str,
        visit: &mut dyn FnMut(&str, IdsRef<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let Some(label) = self.labels.get(name) else { return Ok(()) };
        label.walk(prefix, &mut |value, ids| {
            let inside = value.starts_with(prefix);
            if inside {
                visit(value, ids)?;
            }
            Ok(inside)
        })
    }

    fn value_count(&self, name: &str) -> u64 {
        self.labels.get(name).map_or(0, |label| label.values)
    }

    fn value_of(&self, _id: u32, _name: &str, _visit: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests;
