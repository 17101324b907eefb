//! One folder a replaced system, one file an endpoint: HTTP in, words of that system out.
//!
//! Handlers read and check parameters, ask a language or an engine, and write the answer. What they share (bodies,
//! parameters, running a query) is beside this folder; what an API looks like is only here.

pub mod admin;
pub mod agents;
pub mod batch;
pub mod elasticsearch;
pub mod grafana;
pub mod jaeger;
pub mod loki;
pub mod otlp;
pub mod prometheus;
pub mod tempo;
mod victorialogs;
mod whole;
pub mod zipkin;
