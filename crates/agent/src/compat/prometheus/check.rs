//! What is wrong only when the file is looked at as a whole.

use super::ConfigError;
use super::client::Keys;
use super::file::{File, Global, Translation};
use super::scrape::{NameEscaping, NameScheme, ScrapeConfig};
use super::text::is_legacy_name;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// The interval of jobs when nothing is said.
pub(super) const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
/// The timeout of jobs when nothing is said.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The line on which `key: value` stands, or the first with the value; 0 when there is none.
pub(super) fn line_of(text: &str, key: &str, value: &str) -> usize {
    let holds = |line: &str| line.contains(key) && line.contains(value);
    // The last one: of two, the second is the fault.
    text.lines().collect::<Vec<_>>().iter().rposition(|line| holds(line)).map_or(0, |at| at + 1)
}

/// The whole file.
pub(super) fn whole(path: &Path, text: &str, file: &File) -> Result<(), ConfigError> {
    let refused = |key: &str, value: &str, reason: String| ConfigError {
        file: path.to_owned(),
        line: line_of(text, key, value),
        reason,
    };
    global(&file.global).map_err(|(key, reason)| refused(key, "", reason))?;
    jobs(path, text, &file.scrape_configs, &file.global)?;
    let mut names = BTreeSet::new();
    for remote in &file.remote_write {
        remote.client().check().map_err(|reason| refused("url", &remote.url.0, reason))?;
        if !remote.name.is_empty() && !names.insert(&remote.name) {
            let reason = format!("found multiple remote write configs with job name {:?}", remote.name);
            return Err(refused("name", &remote.name, reason));
        }
    }
    names.clear();
    for remote in &file.remote_read {
        remote.client().check().map_err(|reason| refused("url", &remote.url.0, reason))?;
        if !remote.name.is_empty() && !names.insert(&remote.name) {
            let reason = format!("found multiple remote read configs with job name {:?}", remote.name);
            return Err(refused("name", &remote.name, reason));
        }
    }
    for receiver in file.alerting.iter().flat_map(|alerting| &alerting.alertmanagers) {
        receiver.client().check().map_err(|reason| refused("alertmanagers", "", reason))?;
    }
    otlp(file).map_err(|(key, reason)| refused(key, "", reason))
}

fn global(global: &Global) -> Result<(), (&'static str, String)> {
    for name in global.external_labels.keys() {
        if name.is_empty() || (is_legacy(global.metric_name_validation_scheme) && !is_legacy_name(name)) {
            return Err(("external_labels", format!("{name:?} is not a valid label name")));
        }
    }
    if let (Some(interval), Some(timeout)) = (global.scrape_interval, global.scrape_timeout)
        && timeout > interval
    {
        let reason = "global scrape timeout greater than scrape interval".to_owned();
        return Err(("scrape_timeout", reason));
    }
    names(global.metric_name_validation_scheme, global.metric_name_escaping_scheme)
        .map_err(|reason| ("metric_name_escaping_scheme", reason))?;
    let protocols = global.scrape_protocols.as_deref();
    twice(protocols).map_err(|reason| ("scrape_protocols", reason))
}

pub(super) fn is_legacy(scheme: Option<NameScheme>) -> bool {
    scheme == Some(NameScheme::Legacy)
}

fn names(scheme: Option<NameScheme>, escaping: Option<NameEscaping>) -> Result<(), String> {
    if is_legacy(scheme) && escaping == Some(NameEscaping::AllowUtf8) {
        return Err("metric_name_validation_scheme is set to legacy, but metric_name_escaping_scheme is set to allow-utf-8".to_owned());
    }
    Ok(())
}

fn twice<T: PartialEq + std::fmt::Debug>(protocols: Option<&[T]>) -> Result<(), String> {
    let Some(protocols) = protocols else { return Ok(()) };
    if protocols.is_empty() {
        return Err("scrape_protocols cannot be empty".to_owned());
    }
    for (at, protocol) in protocols.iter().enumerate() {
        if protocols[..at].contains(protocol) {
            return Err(format!("duplicated protocol in scrape_protocols, got {protocols:?}"));
        }
    }
    Ok(())
}

/// The jobs of one file.
pub(super) fn jobs(
    path: &Path,
    text: &str,
    jobs: &[ScrapeConfig],
    global: &Global,
) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    for config in jobs {
        let refused = |reason: String| ConfigError {
            file: path.to_owned(),
            line: line_of(text, "job_name", &config.job_name),
            reason: format!("scrape config {:?}: {reason}", config.job_name),
        };
        if config.job_name.is_empty() {
            return Err(refused("job_name is empty".to_owned()));
        }
        if !names.insert(&config.job_name) {
            let reason = format!("found multiple scrape configs with job name {:?}", config.job_name);
            return Err(refused(reason));
        }
        job(config, global).map_err(refused)?;
    }
    Ok(())
}

/// One job.
pub(super) fn job(config: &ScrapeConfig, global: &Global) -> Result<(), String> {
    let interval = config.scrape_interval.or(global.scrape_interval).map_or(DEFAULT_INTERVAL, |span| span.0);
    if interval.is_zero() {
        return Err("scrape_interval must not be 0".to_owned());
    }
    if config.scrape_timeout.is_some_and(|timeout| timeout.0 > interval) {
        return Err("scrape timeout greater than scrape interval".to_owned());
    }
    let scheme = config.metric_name_validation_scheme.or(global.metric_name_validation_scheme);
    names(scheme, config.metric_name_escaping_scheme.or(global.metric_name_escaping_scheme))?;
    twice(config.scrape_protocols.as_deref())?;
    let rules = config.relabel_configs.iter().chain(&config.metric_relabel_configs);
    if is_legacy(scheme) && rules.clone().any(|rule| !rule.is_legacy()) {
        return Err("a relabel target_label is no name of the legacy alphabet".to_owned());
    }
    for labels in config.static_configs.iter().map(|group| &group.labels) {
        if let Some(name) = labels.keys().find(|name| name.is_empty()) {
            return Err(format!("{name:?} is not a valid label name"));
        }
    }
    client(config.client())?;
    config.http_sd_configs.iter().try_for_each(|http| client(http.client()))?;
    config.docker_sd_configs.iter().try_for_each(|docker| client(docker.client()))?;
    config.consul_sd_configs.iter().try_for_each(|consul| client(consul.client()))?;
    config.kubernetes_sd_configs.iter().try_for_each(|cluster| {
        cluster.check()?;
        client(cluster.client())
    })
}

fn client(keys: Keys<'_>) -> Result<(), String> {
    keys.check()
}

fn otlp(file: &File) -> Result<(), (&'static str, String)> {
    let otlp = &file.otlp;
    for (key, names) in [
        ("promote_resource_attributes", &otlp.promote_resource_attributes),
        ("ignore_resource_attributes", &otlp.ignore_resource_attributes),
    ] {
        let mut seen = BTreeSet::new();
        for name in names {
            if name.trim().is_empty() {
                return Err((key, format!("empty resource attribute in {key}")));
            }
            if !seen.insert(name.trim()) {
                return Err((key, format!("duplicated resource attribute {:?} in {key}", name.trim())));
            }
        }
    }
    if otlp.promote_all_resource_attributes && !otlp.promote_resource_attributes.is_empty() {
        let reason = "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously";
        return Err(("promote_all_resource_attributes", reason.to_owned()));
    }
    if !otlp.promote_all_resource_attributes && !otlp.ignore_resource_attributes.is_empty() {
        let reason =
            "'ignore_resource_attributes' can only be configured with 'promote_all_resource_attributes'";
        return Err(("ignore_resource_attributes", reason.to_owned()));
    }
    let utf8 = [Translation::NoUTF8EscapingWithSuffixes, Translation::AsTheyAre];
    if is_legacy(file.global.metric_name_validation_scheme)
        && otlp.translation_strategy.is_some_and(|strategy| utf8.contains(&strategy))
    {
        let reason = "OTLP translation strategy is not allowed when the validation scheme is legacy";
        return Err(("translation_strategy", reason.to_owned()));
    }
    Ok(())
}
