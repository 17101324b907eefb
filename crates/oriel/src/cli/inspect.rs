//! `oriel inspect PATH`: prints any file that Oriel stores.
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(_path: &Path, _full: bool) -> Result<ExitCode> {
    Ok(ExitCode::FAILURE)
}
