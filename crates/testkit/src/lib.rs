//! What tests of several crates share: disks and object stores that fail on purpose, seeds that replay, a ledger of what was
//! promised, and real processes that end with their test.
//!
//! - [`SimDisk`]: a disk in memory that forgets what was not synced, fills up, fails to sync, and loses power at any step
//! - [`FaultStore`]: an object store that errs before and after it did the work
//! - [`Ledger`]: what was sent and what was acknowledged, checked against what can be read
//! - [`seeds`]: runs a test with many seeds and names the one that failed
//! - [`Program`]: a child process with its output, killed when dropped

pub mod disk;
pub mod fault_store;
pub mod ledger;
pub mod program;
pub mod seeds;

pub use disk::SimDisk;
pub use fault_store::{FaultStore, Faults};
pub use ledger::Ledger;
pub use program::Program;
pub use seeds::seeds;
