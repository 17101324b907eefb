//! The collector: receivers bring samples and lines in, discovery finds where from, and everything is handed to
//! [`contract::Ingest`] — the store of the same process, or `ship::Remote` when the agent runs alone.
//!
//! ```text
//! receivers/host.rs    /proc, /sys                -> samples every interval
//! receivers/scrape.rs  HTTP targets (discovery/)  -> samples every interval, staleness, report series
//! receivers/syslog.rs  UDP, TCP, TLS             -> lines as they come
//! receivers/files.rs   files and container logs   -> lines, positions that survive kill -9
//! ```
//! Delivery is at least once: a position moves only after the ack. Batches that are sent again after a crash carry the
//! same timestamps, so the store drops the repeats (see `receivers/files/positions.rs`).

mod agent;
pub mod compat;
pub mod discovery;
pub mod options;
pub mod receivers;
pub mod relabel;

pub use agent::Agent;
pub use options::{AgentOptions, FileJob, HostOptions, LineFormat, ScrapeJob, StaticTargets, SyslogListener};
pub use receivers::scrape::{Board, Dropped, Health, TargetState};
pub use receivers::syslog::SyslogCounts;
