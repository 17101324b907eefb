//! Delivering batches outward: to another Oriel, or to anything that speaks the same protocols.
//!
//! [`Remote`] implements [`contract::Ingest`], so whoever collects does not know whether the store is in this process
//! or behind a network: metrics go by remote write, lines by push, spans by OTLP over HTTP.
//! [`outbox`] sends on what was stored, by remote write, from a queue of its own on disk.
//! [`Backoff`] is the pause between tries that every sender of the house keeps to.

mod backoff;
pub mod http;
pub mod outbox;
mod remote;

pub use backoff::Backoff;
pub use remote::{Endpoints, Remote, ReportError};
