//! Delivering batches outward: to another Oriel, or to anything that speaks the same protocols.
//!
//! [`Remote`] implements [`contract::Ingest`], so whoever collects does not know whether the store is in this process
//! or behind a network: metrics go by remote write, lines by push, spans by OTLP over HTTP.
//! [`Backoff`] is the pause between tries that every sender of the house keeps to.

mod backoff;
pub mod http;
mod remote;

pub use backoff::Backoff;
pub use remote::{Endpoints, Remote};
