//! Prints stored files for people: what `oriel inspect PATH` shows. Never panics, whatever the bytes are.

use crate::block::{SectionInfo, parse_block};
use crate::error::StoreError;
use crate::meta::{BlockMeta, Signal, parse_block_path};
use std::fmt::Write;

/// What an engine prints of a section's bytes; `None` for kinds that it does not know.
pub type SectionPrinter<'a> = dyn Fn(Signal, &SectionInfo, &[u8]) -> Option<String> + 'a;

/// A block: metadata, section table, and what `printer` makes of each section.
pub fn block(path: &str, bytes: &[u8], printer: &SectionPrinter<'_>) -> Result<String, StoreError> {
    let (meta, sections) = parse_block(path, bytes)?;
    let mut out = String::new();
    print_meta(&mut out, &meta);
    if let Some((_, _, id)) = parse_block_path(path)
        && id != meta.id
    {
        out.push_str("warning: the id differs from the path's\n");
    }
    for section in &sections {
        let SectionInfo { kind, version, offset, len, crc } = *section;
        let held = &bytes[offset as usize..(offset + len) as usize];
        let checked = if codec::crc32c(held) == crc { "ok" } else { "DAMAGED" };
        let _ = writeln!(out, "section {kind} v{version} at {offset} len {len} crc {crc:08x} {checked}");
        if let Some(text) = printer(meta.signal, section, held) {
            text.lines().for_each(|line| out.extend(["    ", line, "\n"]));
        }
    }
    Ok(out)
}

fn print_meta(out: &mut String, meta: &BlockMeta) {
    let BlockMeta { id, tenant, signal, level, start, end, rows, bytes, covered } = meta;
    let _ = writeln!(out, "block {id} {signal} of {tenant}, level {level}");
    let _ = writeln!(out, "  time {}..{} ns, {rows} rows, {bytes} bytes", start.0, end.0);
    if let Some((from, to)) = covered {
        let _ = writeln!(out, "  log {:x}:{}..{:x}:{}", from.segment, from.offset, to.segment, to.offset);
    }
}
