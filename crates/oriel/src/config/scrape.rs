//! What is scraped and sent on: `scrape_configs` and `remote_write` of the configuration, and a `prometheus.yml` beside it.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>

use super::Config;
use agent::ScrapeJob;
use agent::compat::prometheus::{self, Global, Loaded};
use anyhow::{Context, Result, bail};
use ship::outbox::Outlet;
use std::path::Path;

/// The jobs as the agent takes them, and the `prometheus.yml` they came from, if there is one.
pub(crate) fn scrape_jobs(config: &Config) -> Result<(Vec<ScrapeJob>, Option<Loaded>)> {
    // What a job does not say: our own file is denser than the other's minute.
    let global = Global { scrape_interval: Some(super::fifteen_seconds()), ..Global::default() };
    let mut jobs = Vec::new();
    for scrape in &config.scrape_configs {
        let job = prometheus::job(Path::new("."), scrape, &global).map_err(anyhow::Error::msg);
        jobs.push(job.with_context(|| format!("scrape job {:?}", scrape.job_name))?);
    }
    let loaded = match config.prometheus_config.as_os_str().is_empty() {
        true => None,
        false => Some(prometheus::load(&config.prometheus_config)?),
    };
    jobs.extend(loaded.iter().flat_map(|loaded| loaded.scrape.clone()));
    let mut names = std::collections::BTreeSet::new();
    for job in &jobs {
        if job.job_name.is_empty() || !names.insert(&job.job_name) {
            bail!("scrape_configs: job_name {:?} is empty or used twice", job.job_name);
        }
    }
    Ok((jobs, loaded))
}

/// Where samples are sent on to, by both files.
pub(crate) fn outlets(config: &Config, loaded: Option<&Loaded>) -> Result<Vec<Outlet>> {
    let own = prometheus::outlets(Path::new("."), &config.remote_write, &config.external_labels);
    let mut all = own.map_err(anyhow::Error::msg).context("remote_write")?;
    all.extend(loaded.iter().flat_map(|loaded| loaded.outlets.clone()));
    let mut names = std::collections::BTreeSet::new();
    for outlet in &all {
        let name = &outlet.options.name;
        if !names.insert(name) {
            bail!("remote_write: {name:?} is in both configurations: give one of them another name");
        }
    }
    Ok(all)
}
