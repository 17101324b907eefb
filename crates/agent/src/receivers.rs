//! Where samples and lines come from.

pub mod files;
pub mod host;
mod lines;
pub mod scrape;
pub mod syslog;
