//! Prints records and sections for `oriel inspect`.

use crate::block::filter::{Filter, Fingerprints};
use crate::block::rollup::read::Rollups;
use crate::block::sections::{self, OWN_COLUMNS};
use crate::error::DecodeError;
use crate::record;
use std::fmt::Write;

/// Lines printed of a section's entries: enough to see what is there, short enough for a terminal.
const MAX_LINES: usize = 200;

/// A log record as text: its tenant, and one line a span.
pub fn inspect_record(bytes: &[u8]) -> String {
    match record::decode(bytes) {
        Err(error) => format!("not a record of spans: {error}\n"),
        Ok((tenant, batch)) => {
            let mut out = format!("tenant {tenant}, {} spans\n", batch.len());
            for resource in &batch.resources {
                let service = resource.resource.service_name();
                for span in resource.scopes.iter().flat_map(|scope| &scope.spans).take(MAX_LINES) {
                    let (trace, id, name) = (span.trace_id, span.span_id, &span.name);
                    let _ = writeln!(out, "{trace} {id} start {} {service} {name:?}", span.start.0);
                }
            }
            out
        }
    }
}

/// A section of a trace block as text.
pub fn inspect_section(kind: u16, bytes: &[u8]) -> String {
    print(kind, bytes).unwrap_or_else(|error| format!("section of kind {kind} does not decode: {error}\n"))
}

fn print(kind: u16, bytes: &[u8]) -> Result<String, DecodeError> {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = writeln!(out, "{text}");
    };
    match kind {
        sections::ORIGINS => {
            let origins = sections::decode_origins(bytes)?;
            line(format_args!("origins: {}", origins.len()));
            for origin in origins.iter().take(MAX_LINES) {
                let (service, scope) = (origin.resource.service_name(), &origin.scope.name);
                let keys = origin.resource.attributes.len();
                line(format_args!("  service {service:?} ({keys} attributes), scope {scope:?}"));
            }
        }
        sections::COLUMNS => {
            let columns = sections::decode_columns(bytes)?;
            line(format_args!("columns: {} ({} own)", columns.len(), OWN_COLUMNS.len()));
            for (number, column) in columns.iter().enumerate().take(MAX_LINES) {
                let (place, key, kind) = (column.place, &column.key, column.kind);
                let texts = column.dictionary.len();
                let rest = if column.complete { "" } else { ", and plain pages" };
                line(format_args!("  {number} {place:?} {key:?} {kind:?}, {texts} distinct texts{rest}"));
            }
        }
        sections::SHAPES => {
            let shapes = sections::decode_shapes(bytes, usize::MAX)?;
            line(format_args!("shapes: {}", shapes.len()));
            shapes
                .iter()
                .take(MAX_LINES)
                .enumerate()
                .for_each(|(n, s)| line(format_args!("  {n} columns {s:?}")));
        }
        sections::TRACES => {
            let traces = sections::decode_traces(bytes)?;
            line(format_args!("traces: {}", traces.ids.len()));
            for (ordinal, id) in traces.ids.iter().enumerate().take(MAX_LINES) {
                let (start, end, spans) =
                    (traces.starts[ordinal], traces.ends[ordinal], traces.spans[ordinal]);
                line(format_args!("  {id} start {start} end {end} spans {spans}"));
            }
        }
        sections::GRANULES => {
            let granules = sections::decode_granules(bytes, None)?;
            line(format_args!("granules: {}", granules.len()));
            for granule in granules.iter().take(MAX_LINES) {
                let (traces, rows, pages) = (granule.traces, granule.rows, granule.pages.len());
                let bytes: u64 = granule.pages.iter().map(|page| u64::from(page.length)).sum();
                line(format_args!("  {traces} traces, {rows} spans, {pages} pages, {bytes} bytes"));
            }
        }
        sections::FINGERPRINTS => {
            let table = Fingerprints::decode(bytes, usize::MAX)?;
            line(format_args!("fingerprints: {}", table.len()));
        }
        sections::FILTER => line(format_args!("filter: {} bytes", Filter::decode(bytes)?.bytes())),
        sections::ROLLUPS => out.push_str(&print_rollups(bytes)?),
        sections::PAGES => line(format_args!("pages: {} bytes", bytes.len())),
        _ => line(format_args!("unknown section kind {kind}, {} bytes", bytes.len())),
    }
    Ok(out)
}

fn print_rollups(bytes: &[u8]) -> Result<String, DecodeError> {
    let rollups = Rollups::decode(bytes, None)?;
    let mut out = format!("roll-ups: {} services, {} names\n", rollups.services.len(), rollups.names.len());
    for stretch in rollups.stretches.iter().take(MAX_LINES) {
        let cells =
            stretch.cells.as_ref().map_or("rows are read".to_owned(), |cells| cells.count.to_string());
        let _ = writeln!(out, "  {} granules, cells: {cells}", stretch.granules);
    }
    Ok(out)
}
