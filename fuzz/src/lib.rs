//! Hostile bytes for every decoder and parser: none may panic, hang, or allocate out of proportion.
//!
//! A [`Target`] has seeds (valid input) and a run; `mutate.rs` breaks seeds in the ways in which real bytes break.
//! `tests/smoke.rs` runs some thousand mutants of each target with every test run; `cargo run --release -p fuzz -- TARGET
//! SECONDS` goes on for longer, and leaves the input behind that made a target panic.
//!
//! - `columns.rs`: columns of samples in an entropy code, read from hostile bytes and written from any values.
//! - `languages.rs`: texts of the three query languages; what parses must print, and parse again to the same text.
//! - `protocols.rs`: bodies that clients send.
//! - `stored.rs`: records, sections and files as the engines wrote them.

mod columns;
mod languages;
mod mutate;
mod protocols;
mod stored;

pub use mutate::Mutator;

/// Something that reads bytes it cannot trust.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What the command line calls it.
    pub name: &'static str,
    /// Valid inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads `bytes`; panics only when something is wrong with the reader.
    pub run: fn(&[u8]),
}

/// All targets.
pub fn targets() -> Vec<Target> {
    [columns::TARGETS, languages::TARGETS, protocols::TARGETS, stored::TARGETS].concat()
}
