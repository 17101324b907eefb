//! The script language of the recorded tests: its notation, an in-memory source, and the runner with its re-runs.

pub(crate) mod compare;
pub(crate) mod memory;
pub(crate) mod notation;
pub(crate) mod parse;
pub(crate) mod run;
