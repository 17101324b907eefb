//! The agent as the doors see it, and the configuration read again: by signal, by request, or when its files change.
//!
//! Invariant: a configuration that is refused changes nothing. Scrape jobs, receivers of remote write and limits change at once;
//! other keys are named and wait for the next start.

use crate::config::{Config, outlets, scrape_jobs};
use agent::compat::prometheus::Loaded;
use agent::relabel::{RelabelRule, relabel_steps};
use agent::{Agent, Health, ScrapeJob};
use anyhow::{Result, anyhow};
use model::{Labels, Millis};
use server::{Collector, DroppedTargets, RelabelStep, RelabelText, TargetStatus, TenantLimits};
use ship::outbox::Outbox;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use stdx::{BoxFuture, Cancel, Clock};

/// How often the files of the configuration are looked at.
const WATCH_EVERY: Duration = Duration::from_secs(5);

/// Reads the configuration as it was read at the start.
pub(crate) type Reread = Box<dyn Fn() -> Result<Config> + Send + Sync>;

/// What is collected, and the configuration that says so.
pub(crate) struct Collecting {
    pub(super) agent: Agent,
    pub(super) outbox: Arc<Outbox>,
    limits: TenantLimits,
    reread: Reread,
    clock: Clock,
    state: Mutex<State>,
    /// One reload at a time.
    reloading: tokio::sync::Mutex<()>,
}

struct State {
    config: Config,
    jobs: Vec<Job>,
    files: Vec<PathBuf>,
    read: Millis,
    well: bool,
}

/// A scrape job for those who ask.
struct Job {
    name: String,
    yaml: String,
    relabel: Vec<RelabelRule>,
}

impl Collecting {
    pub(super) fn new(
        (agent, outbox, limits): (Agent, Arc<Outbox>, TenantLimits),
        config: Config,
        (jobs, loaded): (&[ScrapeJob], Option<Loaded>),
        reread: Reread,
        clock: Clock,
    ) -> Self {
        let jobs = shown(jobs, &config, loaded.as_ref());
        let files = loaded.map(|loaded| loaded.files).unwrap_or_default();
        let state = State { config, jobs, files, read: Millis(clock.now_millis()), well: true };
        Collecting {
            agent,
            outbox,
            limits,
            reread,
            clock,
            state: Mutex::new(state),
            reloading: tokio::sync::Mutex::default(),
        }
    }

    /// Reads the configuration again.
    pub(crate) async fn read_again(&self) -> Result<()> {
        let _one_at_a_time = self.reloading.lock().await;
        let outcome = self.apply().await;
        let mut state = self.state();
        (state.read, state.well) = (Millis(self.clock.now_millis()), outcome.is_ok());
        match &outcome {
            Ok(()) => tracing::info!("the configuration was read again"),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the configuration was refused; the one before stays"
            ),
        }
        outcome
    }

    async fn apply(&self) -> Result<()> {
        let config = (self.reread)()?;
        let (jobs, loaded) = scrape_jobs(&config)?;
        let outlets = outlets(&config, loaded.as_ref())?;
        let shown = shown(&jobs, &config, loaded.as_ref());
        let (all, own) = config.tenant_limits()?;
        self.outbox.check(&outlets).map_err(|error| anyhow!(error))?;
        self.agent.scrape_these(jobs).await.map_err(|error| anyhow!(error))?;
        self.outbox.deliver_these(outlets).await.map_err(|error| anyhow!(error))?;
        self.limits.replace(all, own);
        let mut state = self.state();
        if settled(&state.config)? != settled(&config)? {
            tracing::warn!(
                "keys beside scrape_configs, remote_write, limits and overrides changed; they take effect at the next start"
            );
        }
        state.jobs = shown;
        state.files = loaded.map(|loaded| loaded.files).unwrap_or_default();
        state.config = config;
        Ok(())
    }

    /// Reads the configuration again whenever one of its files changes, until canceled.
    pub(super) async fn watch(self: Arc<Self>, file: Option<PathBuf>, cancel: Cancel) {
        let mut before = self.stamps(file.as_ref());
        loop {
            tokio::select! {
                () = cancel.canceled() => return,
                () = tokio::time::sleep(WATCH_EVERY) => {}
            }
            let now = self.stamps(file.as_ref());
            if now != before {
                // Its outcome was logged; a file that stays wrong is not tried again until it changes.
                drop(self.read_again().await);
                before = self.stamps(file.as_ref());
            }
        }
    }

    /// When each file changed last, and its size.
    fn stamps(&self, file: Option<&PathBuf>) -> Vec<(PathBuf, Option<(SystemTime, u64)>)> {
        let files = self.state().files.clone();
        let stamp = |path: PathBuf| {
            let meta = std::fs::metadata(&path).ok();
            let stamp = meta.and_then(|meta| Some((meta.modified().ok()?, meta.len())));
            (path, stamp)
        };
        file.cloned().into_iter().chain(files).map(stamp).collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The jobs with their text: of our own configuration as it was read, else as the other file was.
fn shown(jobs: &[ScrapeJob], config: &Config, loaded: Option<&Loaded>) -> Vec<Job> {
    let other: serde_norway::Value =
        loaded.and_then(|loaded| serde_norway::from_str(&loaded.printed).ok()).unwrap_or_default();
    let others = other.get("scrape_configs").and_then(|all| all.as_sequence()).cloned().unwrap_or_default();
    let text = |name: &str| {
        let own = config.scrape_configs.iter().find(|own| own.job_name == name);
        let other = || {
            others.iter().find(|job| job.get("job_name").and_then(serde_norway::Value::as_str) == Some(name))
        };
        match own {
            Some(own) => serde_norway::to_string(own),
            None => serde_norway::to_string(&other()),
        }
    };
    let job = |job: &ScrapeJob| Job {
        name: job.job_name.clone(),
        yaml: text(&job.job_name).unwrap_or_default(),
        relabel: job.relabel.clone(),
    };
    jobs.iter().map(job).collect()
}

fn rule_text(rule: &RelabelRule) -> RelabelText {
    RelabelText {
        source_labels: rule.source_labels.clone(),
        separator: rule.separator.clone(),
        regex: rule.pattern.clone(),
        modulus: rule.modulus,
        target_label: rule.target_label.clone(),
        replacement: rule.replacement.clone(),
        action: rule.action.as_str().to_owned(),
    }
}

/// The keys that only a start applies.
fn settled(config: &Config) -> Result<String> {
    let settled = Config {
        scrape_configs: Vec::new(),
        remote_write: Vec::new(),
        limits: BTreeMap::new(),
        overrides: BTreeMap::new(),
        ..config.clone()
    };
    Ok(serde_norway::to_string(&settled)?)
}

impl Collector for Collecting {
    fn targets(&self) -> Vec<TargetStatus> {
        let status = |target: agent::TargetState| TargetStatus {
            job: target.job,
            url: target.url,
            labels: target.labels,
            discovered: target.discovered,
            up: match target.health {
                Health::Unknown => None,
                Health::Up => Some(true),
                Health::Down => Some(false),
            },
            last_error: target.last_error,
            last_scrape: target.last_scrape,
            last_took: target.last_took,
            interval: target.interval,
            timeout: target.timeout,
            metadata: target.metadata,
        };
        self.agent.targets().list().into_iter().map(status).collect()
    }

    fn dropped_targets(&self) -> BTreeMap<String, DroppedTargets> {
        let of_job = |dropped: agent::Dropped| DroppedTargets { count: dropped.count, kept: dropped.kept };
        self.agent.targets().dropped().into_iter().map(|(job, dropped)| (job, of_job(dropped))).collect()
    }

    fn jobs(&self) -> Vec<(String, String)> {
        self.state().jobs.iter().map(|job| (job.name.clone(), job.yaml.clone())).collect()
    }

    fn relabel_steps(&self, job: &str, labels: &Labels) -> Option<Vec<RelabelStep>> {
        let state = self.state();
        let job = state.jobs.iter().find(|known| known.name == job)?;
        let steps = job.relabel.iter().zip(relabel_steps(labels, &job.relabel));
        let step =
            |(rule, (output, keep)): (&RelabelRule, _)| RelabelStep { rule: rule_text(rule), output, keep };
        Some(steps.map(step).collect())
    }

    fn reload(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.read_again().await.map_err(|error| format!("{error:#}")) })
    }

    fn last_reload(&self) -> (Millis, bool) {
        let state = self.state();
        (state.read, state.well)
    }
}
