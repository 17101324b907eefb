//! What the process collects by itself, as the doors see it: scrape targets, and the configuration read again.
//!
//! The binary puts a [`Collector`] into [`crate::State`] once its agent runs; without one there are no targets, and
//! nothing can be read again.

use model::{Labels, Metadata, Millis};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stdx::BoxFuture;

/// What collects, and where from.
pub trait Collector: Send + Sync {
    /// Every scrape target, by labels.
    fn targets(&self) -> Vec<TargetStatus>;
    /// Targets that relabelling dropped, by job; a job that drops none may be left out.
    fn dropped_targets(&self) -> BTreeMap<String, DroppedTargets>;
    /// The scrape jobs by name, each as YAML.
    fn jobs(&self) -> Vec<(String, String)>;
    /// What each relabelling rule of a job makes of `labels`, up to the rule that drops them; `None` when there is no such
    /// job.
    fn relabel_steps(&self, job: &str, labels: &Labels) -> Option<Vec<RelabelStep>>;
    /// Reads the configuration again; the error says why the one before stays in force.
    fn reload(&self) -> BoxFuture<'_, Result<(), String>>;
    /// When the configuration was read last, and whether that went well.
    fn last_reload(&self) -> (Millis, bool);
}

/// The targets of a job that relabelling dropped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DroppedTargets {
    /// How many there are.
    pub count: usize,
    /// Labels before relabelling, of as many as the job keeps.
    pub kept: Vec<Labels>,
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
    /// Whether the last scrape went well; `None` before the first.
    pub up: Option<bool>,
    /// Why it did not, or "".
    pub last_error: String,
    /// When it began.
    pub last_scrape: Option<Millis>,
    /// How long it took.
    pub last_took: Duration,
    /// How often.
    pub interval: Duration,
    /// When it is given up.
    pub timeout: Duration,
    /// What its last good scrape said of its metrics.
    pub metadata: Arc<[Metadata]>,
}

/// One relabelling rule at work.
#[derive(Debug, Clone, PartialEq)]
pub struct RelabelStep {
    /// The rule.
    pub rule: RelabelText,
    /// The labels after it.
    pub output: Labels,
    /// Whether the target is kept.
    pub keep: bool,
}

/// A relabelling rule as its configuration says it, with the defaults of what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RelabelText {
    /// Labels whose values are joined.
    pub source_labels: Vec<String>,
    /// What joins them.
    pub separator: String,
    /// The pattern.
    pub regex: String,
    /// The modulus of `hashmod`, else 0.
    pub modulus: u64,
    /// The label that is set.
    pub target_label: String,
    /// What it is set to.
    pub replacement: String,
    /// What is done.
    pub action: String,
}
