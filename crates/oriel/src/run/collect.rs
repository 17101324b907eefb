//! The agent as the doors see it, and the configuration read again: by signal, by request, or when its files change.
//!
//! Invariant: a configuration that is refused changes nothing. Scrape jobs change at once; other keys are named and wait
//! for the next start.

use crate::config::{Config, scrape_jobs};
use agent::{Agent, Health};
use anyhow::{Result, anyhow};
use model::Millis;
use server::{Collector, TargetStatus};
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
    reread: Reread,
    clock: Clock,
    state: Mutex<State>,
    /// One reload at a time.
    reloading: tokio::sync::Mutex<()>,
}

struct State {
    config: Config,
    files: Vec<PathBuf>,
    read: Millis,
    well: bool,
}

impl Collecting {
    pub(super) fn new(
        agent: Agent,
        config: Config,
        files: Vec<PathBuf>,
        reread: Reread,
        clock: Clock,
    ) -> Self {
        let state = State { config, files, read: Millis(clock.now_millis()), well: true };
        Collecting {
            agent,
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
        self.agent.scrape_these(jobs).await.map_err(|error| anyhow!(error))?;
        let mut state = self.state();
        if settled(&state.config)? != settled(&config)? {
            tracing::warn!("keys beside scrape_configs changed; they take effect at the next start");
        }
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

/// The keys that only a start applies.
fn settled(config: &Config) -> Result<String> {
    let settled = Config { scrape_configs: Vec::new(), ..config.clone() };
    Ok(serde_norway::to_string(&settled)?)
}

impl Collector for Collecting {
    fn targets(&self) -> Vec<TargetStatus> {
        let status = |target: agent::TargetState| TargetStatus {
            job: target.job,
            url: target.url,
            labels: target.labels,
            discovered: target.discovered,
            up: target.health == Health::Up,
            last_error: target.last_error,
            last_scrape: target.last_scrape,
            last_took: target.last_took,
            interval: target.interval,
            timeout: target.timeout,
        };
        self.agent.targets().list().into_iter().map(status).collect()
    }

    fn reload(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.read_again().await.map_err(|error| format!("{error:#}")) })
    }

    fn last_reload(&self) -> (Millis, bool) {
        let state = self.state();
        (state.read, state.well)
    }
}
