//! Prints records and sections for `oriel inspect`.

use crate::block::{rollup, sections};
use crate::record;
use bytes::Bytes;
use codec::CodecError;
use std::fmt::Write;

/// Lines printed of a section's entries: enough to see what is there, short enough for a terminal.
const MAX_LINES: usize = 200;

/// A log record as text: its tenant, and its lines by stream.
pub fn inspect_record(bytes: &[u8]) -> String {
    match record::decode(&Bytes::copy_from_slice(bytes)) {
        Err(error) => format!("not a record of lines: {error}\n"),
        Ok((tenant, batch)) => {
            let mut out = format!("tenant {tenant}, {} lines\n", batch.len());
            for stream in batch.streams.iter().take(MAX_LINES) {
                let _ = writeln!(out, "{} {} lines", stream.labels, stream.entries.len());
                for entry in stream.entries.iter().take(MAX_LINES) {
                    let metadata: Vec<String> =
                        entry.metadata.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
                    let _ = writeln!(out, "  {} {:?} {}", entry.at.0, entry.text(), metadata.join(" "));
                }
            }
            out
        }
    }
}

/// A section of a log block as text.
pub fn inspect_section(kind: u16, bytes: &[u8]) -> String {
    print(kind, bytes).unwrap_or_else(|error| format!("section of kind {kind} does not decode: {error}\n"))
}

fn print(kind: u16, bytes: &[u8]) -> Result<String, CodecError> {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = writeln!(out, "{text}");
    };
    match kind {
        sections::STREAMS => {
            let streams = sections::decode_streams(bytes)?;
            line(format_args!("streams: {}", streams.len()));
            streams.iter().take(MAX_LINES).for_each(|stream| line(format_args!("  {}", stream.labels)));
        }
        sections::PAGES => {
            let pages = sections::decode_pages(bytes)?;
            line(format_args!("pages: {}", pages.len()));
            for (place, page) in pages.iter().enumerate().take(MAX_LINES) {
                line(format_args!(
                    "  {place}: {} rows, streams {}..={}, times {}..={}, columns {} bytes, text {} bytes of {} \
                     (encoding {}, digits apart {} bytes), filter {} bytes",
                    page.rows,
                    page.first_stream,
                    page.last_stream,
                    page.first,
                    page.last,
                    page.columns_len,
                    page.text_len,
                    page.text_bytes,
                    page.encoding,
                    page.digits_len,
                    page.filter_len,
                ));
            }
        }
        sections::DATA => {
            line(format_args!("pages: {} bytes; section {} says where each is", bytes.len(), sections::PAGES))
        }
        sections::FILTERS => line(format_args!("filters of tokens: {} bytes", bytes.len())),
        sections::ROLLUPS => {
            let pages = rollup::decode(bytes)?;
            line(format_args!("pages: {}", pages.len()));
            for (place, page) in pages.iter().enumerate().take(MAX_LINES) {
                let lines: u64 = page.counts.iter().map(|count| count.lines).sum();
                line(format_args!(
                    "  {place}: {lines} lines, {} counts, levels {:?}",
                    page.counts.len(),
                    page.levels
                ));
            }
        }
        _ => line(format_args!("section of unknown kind {kind}, {} bytes", bytes.len())),
    }
    Ok(out)
}
