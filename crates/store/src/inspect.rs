//! Prints stored files for people: what `oriel inspect PATH` shows. Never panics, whatever the bytes are.

use crate::block::{SectionInfo, parse_block};
use crate::catalog::{Snapshot, format};
use crate::documents;
use crate::envelope::{self, Head};
use crate::error::StoreError;
use crate::log::segment::{FRAME_BYTES, Frame, HEADER_BYTES, Header};
use crate::meta::{BlockMeta, Signal, parse_block_path};
use std::fmt::Write;
use std::path::Path;

/// Records of a log that are printed one by one; further ones are counted.
pub const PRINTED_RECORDS: usize = 1000;

/// Prints the bytes of a section.
pub type SectionPrinter = dyn Fn(Signal, &SectionInfo, &[u8]) -> Option<String>;

/// What the engines add: `None` for what they do not know.
pub struct Printers<'a> {
    /// Prints a section of a block.
    pub section: &'a SectionPrinter,
    /// Prints a record of the log of this name (the directory of the segment).
    pub record: &'a dyn Fn(&str, &[u8]) -> Option<String>,
}

impl Default for Printers<'_> {
    /// Prints the store's own part only.
    fn default() -> Self {
        Printers { section: &|_, _, _| None, record: &|_, _| None }
    }
}

/// Prints a file of the data directory, by what it starts with.
pub fn file(path: &Path, printers: &Printers<'_>) -> Result<String, StoreError> {
    let held = std::fs::read(path).map_err(|error| StoreError::io(path, error))?;
    let log = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    bytes(&path.display().to_string(), &log.unwrap_or_default(), &held, printers)
}

/// Prints the bytes of a stored file; `log` names the log when they are a segment.
pub fn bytes(path: &str, log: &str, held: &[u8], printers: &Printers<'_>) -> Result<String, StoreError> {
    match held.get(..8) {
        Some(b"ORIELBLK") => block(path, held, printers),
        Some(b"ORIELLOG") => segment(path, log, held, printers),
        Some(magic) if magic == format::MAGIC => catalog(path, held),
        Some(magic) if magic == documents::MAGIC => document(path, held),
        _ => Err(StoreError::Invalid(format!("{path} is no file of a data directory that is known here"))),
    }
}

fn block(path: &str, held: &[u8], printers: &Printers<'_>) -> Result<String, StoreError> {
    let (meta, sections) = parse_block(path, held)?;
    let mut out = String::new();
    print_meta(&mut out, &meta);
    let named = path.find("blocks/").and_then(|at| parse_block_path(&path[at..]));
    if named.is_some_and(|(_, _, id)| id != meta.id) {
        out.push_str("warning: the id differs from the path's\n");
    }
    for section in &sections {
        let SectionInfo { kind, version, offset, len, crc } = *section;
        let body = &held[offset as usize..(offset + len) as usize];
        let state = if codec::crc32c(body) == crc { "ok" } else { "DAMAGED" };
        let _ = writeln!(out, "section {kind} v{version} at {offset} len {len} crc {crc:08x} {state}");
        if let Some(text) = (printers.section)(meta.signal, section, body) {
            indent(&mut out, &text);
        }
    }
    Ok(out)
}

fn segment(path: &str, log: &str, held: &[u8], printers: &Printers<'_>) -> Result<String, StoreError> {
    let head = &held[..held.len().min(HEADER_BYTES as usize)];
    let header = Header::decode(head).map_err(|what| StoreError::corrupt(path, 0, what))?;
    let Header { segment, previous } = header;
    let mut out = format!("log segment {segment:016x} after {previous:016x}, {} bytes\n", held.len());
    let (mut at, mut count) = (HEADER_BYTES, 0);
    let ending = loop {
        let Some(bytes) =
            held.get(at as usize..).and_then(|rest| rest.first_chunk::<{ FRAME_BYTES as usize }>())
        else {
            break "the end of the file";
        };
        if *bytes == [0; FRAME_BYTES as usize] {
            break "nothing written from here on";
        }
        let Some(frame) = Frame::decode(bytes, segment, at) else { break "DAMAGED: no record starts here" };
        if frame.is_seal() {
            break "sealed: the next segment follows";
        }
        let start = (at + FRAME_BYTES) as usize;
        let Some(record) = held.get(start..start + frame.payload() as usize) else {
            break "DAMAGED: the record ends behind the file";
        };
        if codec::crc32c(record) != frame.crc {
            break "DAMAGED: the checksum of the record does not match";
        }
        if count < PRINTED_RECORDS {
            let _ = writeln!(out, "record at {at} len {} unsynced {}", record.len(), frame.unsynced);
            if let Some(text) = (printers.record)(log, record) {
                indent(&mut out, &text);
            }
        }
        count += 1;
        at += frame.total();
    };
    if count > PRINTED_RECORDS {
        let _ = writeln!(out, "... {} more records", count - PRINTED_RECORDS);
    }
    let _ = writeln!(out, "{count} records; at {at}: {ending}");
    Ok(out)
}

fn catalog(path: &str, held: &[u8]) -> Result<String, StoreError> {
    let (head, _) = envelope::open(path, format::MAGIC, held)?;
    let Head { kind, put_id, number, at } = head;
    if kind == format::Kind::Checkpoint as u8 {
        let snapshot = format::decode_checkpoint(path, number, held)?;
        let mut out = format!("catalog checkpoint {number} at {} ns\n", at.0);
        print_snapshot(&mut out, &snapshot);
        return Ok(out);
    }
    let (delta, _) = format::decode_delta(path, number, held)?;
    let mut out = format!("catalog delta {number} at {} ns, put id {put_id:032x}\n", at.0);
    for meta in &delta.add {
        out.push_str("add ");
        print_meta(&mut out, meta);
    }
    for id in &delta.remove {
        let _ = writeln!(out, "remove block {id}");
    }
    for (log, position) in &delta.flushed {
        let _ = writeln!(out, "flushed {log} up to {:x}:{}", position.segment, position.offset);
    }
    Ok(out)
}

fn document(path: &str, held: &[u8]) -> Result<String, StoreError> {
    let (head, payload) = envelope::open(path, documents::MAGIC, held)?;
    let mut out = format!("document version {} at {} ns, {} bytes\n", head.number, head.at.0, payload.len());
    match std::str::from_utf8(payload) {
        Ok("") => out.push_str("deleted\n"),
        Ok(text) => indent(&mut out, text),
        Err(_) => out.push_str("(not text)\n"),
    }
    Ok(out)
}

fn print_snapshot(out: &mut String, snapshot: &Snapshot) {
    snapshot.all_blocks().for_each(|meta| print_meta(out, meta));
    for (id, tombstone) in snapshot.tombstones() {
        let _ = writeln!(
            out,
            "removed block {id} {} of {} at {} ns",
            tombstone.signal, tombstone.tenant, tombstone.at.0
        );
    }
    for (log, position) in snapshot.logs() {
        let _ = writeln!(out, "flushed {log} up to {:x}:{}", position.segment, position.offset);
    }
}

fn print_meta(out: &mut String, meta: &BlockMeta) {
    let BlockMeta { id, tenant, signal, level, start, end, rows, bytes, covered } = meta;
    let _ = writeln!(out, "block {id} {signal} of {tenant}, level {level}");
    let _ = writeln!(out, "    time {}..{} ns, {rows} rows, {bytes} bytes", start.0, end.0);
    if let Some((from, to)) = covered {
        let _ = writeln!(out, "    log {:x}:{}..{:x}:{}", from.segment, from.offset, to.segment, to.offset);
    }
}

fn indent(out: &mut String, text: &str) {
    text.lines().for_each(|line| out.extend(["    ", line, "\n"]));
}
