//! `oriel inspect PATH`: prints any file that Oriel stores. The store prints its own part (headers, checksums, tables of
//! contents), each engine its records and sections.

use anyhow::{Context, Result};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use store::inspect::{self, Printers};
use store::{SectionInfo, Signal};

/// Prints one file; `full` also its records and sections.
pub(crate) fn run(path: &Path, full: bool) -> Result<ExitCode> {
    let printers = if full { Printers { section: &section, record: &record } } else { Printers::default() };
    let text =
        inspect::file(path, &printers).with_context(|| format!("cannot inspect {}", path.display()))?;
    match io::stdout().write_all(text.as_bytes()) {
        // `oriel inspect X | head` closes the pipe when it has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn section(signal: Signal, info: &SectionInfo, bytes: &[u8]) -> Option<String> {
    Some(match signal {
        Signal::Metrics => tsdb::inspect_section(info.kind, info.version, bytes),
        Signal::Logs => logdb::inspect_section(info.kind, bytes),
        Signal::Traces => tracedb::inspect_section(info.kind, bytes),
    })
}

fn record(log: &str, bytes: &[u8]) -> Option<String> {
    match log {
        "metrics" => Some(tsdb::inspect_record(bytes)),
        "logs" => Some(logdb::inspect_record(bytes)),
        "traces" => Some(tracedb::inspect_record(bytes)),
        _ => None,
    }
}
