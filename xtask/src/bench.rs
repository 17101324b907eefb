//! `cargo xtask bench`: what ingest, storage and queries cost, against a peer where one is installed.
use anyhow::Result;
use std::path::Path;

pub(crate) fn run(_root: &Path, _args: &[&str]) -> Result<()> {
    Ok(())
}
