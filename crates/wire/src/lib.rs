//! Bytes to model and back, for every protocol that Oriel speaks. No sockets, no clocks, no tasks: pure functions over
//! slices, each with a cap on size and depth, none of which can panic on any input.
//!
//! - [`remote_write`]: metrics as Prometheus pushes them.
//! - [`compress`], [`proto`]: what bodies are wrapped in and written with.

pub mod compress;
mod error;
pub mod proto;
pub mod remote_write;

pub use error::{Skipped, WireError};
