//! Where samples and lines come from.

pub mod files;
pub mod host;
pub mod scrape;
