//! Development commands of the house, the same on a laptop and in CI.
//!
//! ```text
//! cargo xtask tidy                          layers, file headers, sizes, banned names
//! cargo xtask test [STEP ...]               everything: format, lints, tidy, unit tests, UI, real processes, conformance
//! cargo xtask conform SUITE [--cases DIR]   a fresh release server against a recorded suite
//! cargo xtask bench [SIGNAL]                ingest cost, bytes, memory, latency; ratios where a peer is installed
//! ```

mod bench;
mod conform;
mod needs;
mod server;
mod shell;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => tidy::check(&root(), false),
        ["tidy", "--bless"] => tidy::check(&root(), true),
        ["test", steps @ ..] => test::run(&root(), steps),
        ["conform", rest @ ..] => conform::run(&root(), rest),
        ["bench", rest @ ..] => bench::run(&root(), rest),
        _ => bail!(
            "usage: cargo xtask tidy [--bless] | test [STEP ...] | conform SUITE [--cases DIR] | bench [SIGNAL]"
        ),
    }
}

/// The checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the checkout").to_owned()
}

/// The shared folder beside the checkout, when it is there.
fn shared(root: &Path) -> Option<PathBuf> {
    let shared = root.parent()?.join("shared");
    shared.is_dir().then_some(shared)
}
