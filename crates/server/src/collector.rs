//! What the process collects by itself, as the doors see it: scrape targets, and the configuration read again.
//!
//! The binary puts a [`Collector`] into [`crate::State`] once its agent runs; without one there are no targets, and
//! nothing can be read again.

use model::{Labels, Millis};
use std::time::Duration;
use stdx::BoxFuture;

/// What collects, and where from.
pub trait Collector: Send + Sync {
    /// Every scrape target, by labels.
    fn targets(&self) -> Vec<TargetStatus>;
    /// Reads the configuration again; the error says why the one before stays in force.
    fn reload(&self) -> BoxFuture<'_, Result<(), String>>;
    /// When the configuration was read last, and whether that went well.
    fn last_reload(&self) -> (Millis, bool);
}

/// One scrape target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetStatus {
    /// The job's name in the configuration.
    pub job: String,
    /// What is asked.
    pub url: String,
    /// Labels of its series.
    pub labels: Labels,
    /// Labels before relabelling.
    pub discovered: Labels,
    /// Whether the last scrape went well.
    pub up: bool,
    /// Why it did not, or "".
    pub last_error: String,
    /// When it began.
    pub last_scrape: Millis,
    /// How long it took.
    pub last_took: Duration,
    /// How often.
    pub interval: Duration,
    /// When it is given up.
    pub timeout: Duration,
}
