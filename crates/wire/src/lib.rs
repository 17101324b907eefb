//! Bytes to model and back, for every protocol that Oriel speaks. No sockets, no clocks, no tasks: pure functions over
//! slices, each with a cap on size and depth, none of which can panic on any input.
//!
//! - [`remote_write`]: metrics as Prometheus pushes them.
//! - [`remote_read`]: metrics as other servers fetch them.
//! - [`loki_push`]: lines as Promtail pushes them.
//! - [`otlp`]: spans, records and data points as OpenTelemetry sends them.
//! - [`jaeger`], [`zipkin`]: spans as older clients send them; [`thrift`] is what some of them write in.
//! - [`influx`], [`graphite`], [`json_lines`], [`csv`]: metrics as users of other databases send and keep them.
//! - [`syslog`]: lines as system loggers send them.
//! - [`bulk`]: lines as senders to Elasticsearch write them; [`record`] is how documents become lines.
//! - [`exposition`]: what scrape targets show.
//! - [`prometheus_block`]: blocks on the disk of a Prometheus server, for migration.
//! - [`tempo_block`]: blocks of a Tempo, for migration.
//! - [`agent_report`]: what an agent says about itself.
//! - [`dns`]: names that scrape targets are found by.
//! - [`compress`], [`proto`]: what bodies are wrapped in and written with.
//! - [`names`], [`rfc3339`], [`go_layout`], [`encoding`]: small grammars that several protocols share.

pub mod agent_report;
pub mod compress;
pub mod dns;
pub mod encoding;
mod error;
pub mod exposition;
mod imports;
pub mod jaeger;
pub mod loki_push;
pub mod names;
pub mod otlp;
pub mod proto;
pub mod record;
pub mod remote_read;
pub mod remote_write;
pub mod rfc3339;
pub mod syslog;
pub mod thrift;
pub mod zipkin;

pub use error::{Skipped, WireError};
pub use imports::{csv, graphite, influx, json_lines, prometheus_block, tempo_block};
pub use record::{bulk, journald};
pub use rfc3339::go_layout;
