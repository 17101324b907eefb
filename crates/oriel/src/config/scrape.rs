//! `scrape_configs` in the shape that a Prometheus configuration has, as far as the scraper goes today. Keys that are
//! not supported yet are refused by name rather than ignored.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config>

use super::{ByteSize, Config, Span};
use agent::relabel::{RelabelAction, RelabelRule};
use agent::{ScrapeJob, StaticTargets};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScrapeConfig {
    job_name: String,
    #[serde(default = "fifteen_seconds")]
    scrape_interval: Span,
    #[serde(default)]
    scrape_timeout: Option<Span>,
    #[serde(default = "http")]
    scheme: String,
    #[serde(default = "metrics_path")]
    metrics_path: String,
    #[serde(default)]
    params: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    honor_labels: bool,
    #[serde(default = "yes")]
    honor_timestamps: bool,
    #[serde(default)]
    sample_limit: usize,
    #[serde(default)]
    body_size_limit: Option<ByteSize>,
    #[serde(default)]
    static_configs: Vec<StaticConfig>,
    #[serde(default)]
    file_sd_configs: Vec<FileDiscovery>,
    #[serde(default)]
    relabel_configs: Vec<RelabelConfig>,
    #[serde(default)]
    metric_relabel_configs: Vec<RelabelConfig>,
    #[serde(default, skip_serializing)]
    basic_auth: Option<BasicAuth>,
    #[serde(default, skip_serializing)]
    bearer_token: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StaticConfig {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDiscovery {
    files: Vec<String>,
    /// Lists are looked at before each scrape, which is never later than this.
    #[serde(default)]
    refresh_interval: Option<Span>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct BasicAuth {
    username: String,
    #[serde(default)]
    password: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RelabelConfig {
    #[serde(default)]
    source_labels: Vec<String>,
    separator: Option<String>,
    regex: Option<String>,
    #[serde(default)]
    modulus: u64,
    #[serde(default)]
    target_label: String,
    replacement: Option<String>,
    #[serde(default)]
    action: Option<String>,
}

fn fifteen_seconds() -> Span {
    Span::seconds(15)
}

fn http() -> String {
    "http".to_owned()
}

fn metrics_path() -> String {
    "/metrics".to_owned()
}

fn yes() -> bool {
    true
}

/// A body that is larger fails its scrape: a million samples of a hundred bytes.
const DEFAULT_BODY_LIMIT: usize = 100 << 20;

/// The jobs as the agent takes them.
pub(crate) fn scrape_jobs(config: &Config) -> Result<Vec<ScrapeJob>> {
    let mut names = std::collections::BTreeSet::new();
    config
        .scrape_configs
        .iter()
        .map(|scrape| {
            if scrape.job_name.is_empty() || !names.insert(&scrape.job_name) {
                bail!("scrape_configs: job_name {:?} is empty or used twice", scrape.job_name);
            }
            job(scrape).with_context(|| format!("scrape job {:?}", scrape.job_name))
        })
        .collect()
}

fn job(scrape: &ScrapeConfig) -> Result<ScrapeJob> {
    let interval = scrape.scrape_interval.duration();
    let timeout =
        scrape.scrape_timeout.map_or(interval.min(std::time::Duration::from_secs(10)), Span::duration);
    if interval.is_zero() || timeout > interval {
        bail!("scrape_timeout {timeout:?} is longer than scrape_interval {interval:?}");
    }
    if !["http", "https"].contains(&scrape.scheme.as_str()) {
        bail!("scheme {:?} is neither http nor https", scrape.scheme);
    }
    Ok(ScrapeJob {
        job_name: scrape.job_name.clone(),
        interval,
        timeout,
        scheme: scrape.scheme.clone(),
        metrics_path: scrape.metrics_path.clone(),
        params: scrape.params.clone(),
        honor_labels: scrape.honor_labels,
        honor_timestamps: scrape.honor_timestamps,
        sample_limit: scrape.sample_limit,
        body_size_limit: scrape
            .body_size_limit
            .map_or(DEFAULT_BODY_LIMIT, |b| usize::try_from(b.0).unwrap_or(usize::MAX)),
        static_targets: scrape
            .static_configs
            .iter()
            .map(|s| StaticTargets { targets: s.targets.clone(), labels: s.labels.clone() })
            .collect(),
        file_targets: scrape.file_sd_configs.iter().flat_map(|f| f.files.clone()).collect(),
        relabel: rules(&scrape.relabel_configs)?,
        metric_relabel: rules(&scrape.metric_relabel_configs)?,
        basic_auth: scrape.basic_auth.as_ref().map(|b| (b.username.clone(), b.password.clone())),
        bearer_token: scrape.bearer_token.clone(),
    })
}

fn rules(configs: &[RelabelConfig]) -> Result<Vec<RelabelRule>> {
    configs.iter().map(rule).collect()
}

fn rule(config: &RelabelConfig) -> Result<RelabelRule> {
    use RelabelAction::*;
    let name = config.action.as_deref().unwrap_or("replace").to_lowercase();
    let action = match name.as_str() {
        "replace" => Replace,
        "keep" => Keep,
        "drop" => Drop,
        "keepequal" => KeepEqual,
        "dropequal" => DropEqual,
        "hashmod" => HashMod,
        "labelmap" => LabelMap,
        "labeldrop" => LabelDrop,
        "labelkeep" => LabelKeep,
        "lowercase" => Lowercase,
        "uppercase" => Uppercase,
        _ => bail!("unknown relabel action {name:?}"),
    };
    if matches!(action, Replace | KeepEqual | DropEqual | HashMod | Lowercase | Uppercase)
        && config.target_label.is_empty()
    {
        bail!("relabel action {name} needs a target_label");
    }
    if action == HashMod && config.modulus == 0 {
        bail!("relabel action hashmod needs a modulus that is not 0");
    }
    let mut rule = RelabelRule::new(action, config.regex.as_deref())?;
    rule.source_labels.clone_from(&config.source_labels);
    rule.modulus = config.modulus;
    rule.target_label.clone_from(&config.target_label);
    if let Some(separator) = &config.separator {
        rule.separator.clone_from(separator);
    }
    if let Some(replacement) = &config.replacement {
        rule.replacement.clone_from(replacement);
    }
    Ok(rule)
}
