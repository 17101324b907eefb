//! The checked file as the agent's options, and what of it nothing acts on yet.

use super::Loaded;
use super::check::{self, DEFAULT_INTERVAL, DEFAULT_TIMEOUT};
use super::file::{File, Global, Otlp, Translation};
use super::scrape::{HttpDiscovery, NameEscaping, Protocol, Scheme, ScrapeConfig, TargetGroup};
use super::text::Span;
use crate::options::{BodyFormat, HttpTargets, ScrapeJob, ScrapeLimits, StaticTargets};
use model::histogram::SCHEMAS;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::exposition::{DELIMITED_CONTENT_TYPE, Histograms};
use wire::otlp::metrics::{Delta, Options};

/// A body that is larger fails its scrape when the file sets no limit: a million samples of a hundred bytes.
const DEFAULT_BODY_BYTES: usize = 100 << 20;

/// The whole file; relative paths begin at `folder`.
pub(super) fn whole(folder: &Path, file: File, files: Vec<PathBuf>) -> Result<Loaded, String> {
    let scrape = file.scrape_configs.iter().map(|config| job(folder, config, &file.global));
    let scrape = scrape.collect::<Result<Vec<_>, String>>()?;
    let notices = notices(&file);
    let kept = file.storage.tsdb.as_ref().and_then(|tsdb| tsdb.retention.as_ref());
    let printed = serde_norway::to_string(&file).map_err(|error| error.to_string())?;
    Ok(Loaded {
        scrape,
        retention: kept.and_then(|kept| kept.time).map(|span| span.0),
        retention_bytes: kept.and_then(|kept| kept.size.as_ref()).map(|size| size.bytes),
        otlp: otlp(&file.otlp),
        outlets: super::remote::outlets(folder, &file.remote_write, &file.global.external_labels)?,
        query_log: file
            .global
            .query_log_file
            .as_ref()
            .filter(|file| !file.is_empty())
            .map(|file| folder.join(file)),
        external_labels: file.global.external_labels.clone().into_iter().collect(),
        notices,
        files,
        printed,
    })
}

fn otlp(otlp: &Otlp) -> Options {
    use Translation::*;
    let strategy = otlp.translation_strategy.unwrap_or(UnderscoreEscapingWithSuffixes);
    let trimmed = |names: &[String]| names.iter().map(|name| name.trim().to_owned()).collect();
    Options {
        escape: matches!(strategy, UnderscoreEscapingWithSuffixes | UnderscoreEscapingWithoutSuffixes),
        suffixes: matches!(strategy, UnderscoreEscapingWithSuffixes | NoUTF8EscapingWithSuffixes),
        key_before_underscore: otlp.label_name_underscore_sanitization.unwrap_or(true),
        keep_underscores: otlp.label_name_preserve_multiple_underscores.unwrap_or(true),
        promote_resource_attributes: trimmed(&otlp.promote_resource_attributes),
        promote_all: otlp.promote_all_resource_attributes,
        ignore_resource_attributes: trimmed(&otlp.ignore_resource_attributes),
        keep_identifying: otlp.keep_identifying_resource_attributes,
        promote_scope: otlp.promote_scope_metadata,
        custom_buckets: otlp.convert_histograms_to_nhcb,
        delta: match otlp.native_delta_ingestion {
            Some(true) => Delta::Kept,
            _ => Delta::Refused,
        },
    }
}

/// Sections and keys that are read and not acted on.
fn notices(file: &File) -> Vec<String> {
    let mut all = Vec::new();
    let mut note = |given: bool, key: &str, what: &str| {
        if given {
            all.push(format!("{key} is not supported yet: {what}"));
        }
    };
    note(!file.rule_files.is_empty(), "rule_files", "no rule is evaluated");
    note(file.alerting.is_some(), "alerting", "no alert is sent");
    note(
        file.remote_write.iter().any(|remote| remote.round_robin_dns),
        "round_robin_dns",
        "the addresses of a receiver are used as the system gives them",
    );
    note(!file.remote_read.is_empty(), "remote_read", "only what is stored here is read");
    note(file.tracing.is_some(), "tracing", "this server's own traces are stored here");
    let kept = file.storage.tsdb.as_ref().and_then(|tsdb| tsdb.retention.as_ref());
    note(
        kept.is_some_and(|kept| kept.percentage.is_some()),
        "storage.tsdb.retention.percentage",
        "the disk is not watched",
    );
    all
}

/// One job; relative paths begin at `folder`. The error names what is wrong or not supported yet.
pub fn job(folder: &Path, config: &ScrapeConfig, global: &Global) -> Result<ScrapeJob, String> {
    check::job(config, global)?;
    let span = |span: Option<Span>| span.map(|span| span.0);
    let interval = span(config.scrape_interval).or(span(global.scrape_interval)).unwrap_or(DEFAULT_INTERVAL);
    let timeout =
        span(config.scrape_timeout).or(span(global.scrape_timeout)).unwrap_or(DEFAULT_TIMEOUT).min(interval);
    let legacy =
        check::is_legacy(config.metric_name_validation_scheme.or(global.metric_name_validation_scheme));
    let escaping = config.metric_name_escaping_scheme.or(global.metric_name_escaping_scheme);
    let native = config.scrape_native_histograms.or(global.scrape_native_histograms).unwrap_or(false);
    let classic_too = config.always_scrape_classic_histograms.or(global.always_scrape_classic_histograms);
    let classic_too = classic_too.unwrap_or(false);
    Ok(ScrapeJob {
        job_name: config.job_name.clone(),
        interval,
        timeout,
        scheme: match config.scheme {
            Scheme::Http => "http".to_owned(),
            Scheme::Https => "https".to_owned(),
        },
        metrics_path: config.metrics_path.clone(),
        params: config.params.clone(),
        honor_labels: config.honor_labels,
        honor_timestamps: config.honor_timestamps,
        stale_timed: config.track_timestamps_staleness,
        limits: limits(config, global),
        legacy_names: legacy,
        accept: accept(
            &protocols(config.scrape_protocols.as_ref().or(global.scrape_protocols.as_ref()), native),
            legacy,
            escaping,
        ),
        histograms: match native {
            false => Histograms::Classic,
            true if classic_too => Histograms::Both,
            true => Histograms::Native,
        },
        finest_schema: config.native_histogram_min_bucket_factor.and_then(finest_schema),
        failure_log: failure_log(folder, config, global),
        custom_buckets: config
            .convert_classic_histograms_to_nhcb
            .or(global.convert_classic_histograms_to_nhcb)
            .unwrap_or(false),
        keep_classic: classic_too,
        fallback_format: config.fallback_scrape_protocol.map(body_format),
        compression: config.enable_compression,
        extra_series: config.extra_scrape_metrics.or(global.extra_scrape_metrics).unwrap_or(false),
        static_targets: config.static_configs.iter().map(targets).collect(),
        file_targets: config
            .file_sd_configs
            .iter()
            .flat_map(|lists| &lists.files)
            .map(|pattern| folder.join(pattern).display().to_string())
            .collect(),
        http_targets: config.http_sd_configs.iter().map(|list| http_targets(list, folder)).collect(),
        dns_targets: config.dns_sd_configs.iter().map(|names| names.targets()).collect(),
        docker_targets: config.docker_sd_configs.iter().map(|host| host.targets(folder)).collect(),
        consul_targets: config.consul_sd_configs.iter().map(|catalog| catalog.targets(folder)).collect(),
        kubernetes_targets: config
            .kubernetes_sd_configs
            .iter()
            .map(|cluster| cluster.targets(folder))
            .collect(),
        relabel: config.relabel_configs.iter().map(|config| config.rule.clone()).collect(),
        metric_relabel: config.metric_relabel_configs.iter().map(|config| config.rule.clone()).collect(),
        client: config.client().options(folder),
    })
}

fn failure_log(folder: &Path, config: &ScrapeConfig, global: &Global) -> Option<PathBuf> {
    let file = config.scrape_failure_log_file.as_ref().or(global.scrape_failure_log_file.as_ref())?;
    (!file.is_empty()).then(|| folder.join(file))
}

fn http_targets(list: &HttpDiscovery, folder: &Path) -> HttpTargets {
    HttpTargets {
        url: list.url.0.clone(),
        interval: list.refresh_interval.0.max(Duration::from_secs(1)),
        client: list.client().options(folder),
    }
}

/// The finest schema whose buckets grow by at least `factor`; `None`: any. Of schema `s` a bucket is `2^(2^-s)` times the one
/// before.
fn finest_schema(factor: f64) -> Option<i32> {
    if factor <= 0.0 {
        return None;
    }
    let (coarsest, finest) = (*SCHEMAS.start(), *SCHEMAS.end());
    // A factor of 1 or less is smaller than that of any schema.
    let exact = if factor <= 1.0 { f64::INFINITY } else { -factor.log2().log2() };
    Some(exact.floor().clamp(f64::from(coarsest), f64::from(finest)) as i32)
}

/// A job's own limits, else those of all jobs; 0 is no limit of its own, so it takes that of all jobs too.
fn limits(config: &ScrapeConfig, global: &Global) -> ScrapeLimits {
    let body = config.body_size_limit.as_ref().filter(|size| size.bytes > 0);
    let body = body.or(global.body_size_limit.as_ref());
    let limit =
        |own: Option<usize>, global: Option<usize>| own.filter(|own| *own > 0).or(global).unwrap_or(0);
    ScrapeLimits {
        samples: limit(config.sample_limit, global.sample_limit),
        targets: limit(config.target_limit, global.target_limit),
        dropped_targets: limit(config.keep_dropped_targets, global.keep_dropped_targets),
        labels: limit(config.label_limit, global.label_limit),
        label_name_bytes: limit(config.label_name_length_limit, global.label_name_length_limit),
        histogram_buckets: config
            .native_histogram_bucket_limit
            .map_or(0, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        label_value_bytes: limit(config.label_value_length_limit, global.label_value_length_limit),
        body_bytes: body
            .map(|size| usize::try_from(size.bytes).unwrap_or(usize::MAX))
            .filter(|bytes| *bytes > 0)
            .unwrap_or(DEFAULT_BODY_BYTES),
    }
}

fn targets(group: &TargetGroup) -> StaticTargets {
    let targets = group.targets.iter().map(|address| address.0.clone()).collect();
    StaticTargets { targets, labels: group.labels.clone() }
}

fn body_format(protocol: Protocol) -> BodyFormat {
    match protocol {
        Protocol::Text004 | Protocol::Text100 => BodyFormat::Text,
        Protocol::OpenMetrics001 | Protocol::OpenMetrics100 => BodyFormat::OpenMetrics,
        Protocol::PrometheusProto => BodyFormat::Protobuf,
    }
}

/// The formats that are asked for, in their order. Only protobuf carries native histograms, so it comes first when they
/// are wanted and nothing else was said.
fn protocols(given: Option<&Vec<Protocol>>, native: bool) -> Vec<Protocol> {
    if let Some(given) = given {
        return given.clone();
    }
    let texts = [Protocol::OpenMetrics100, Protocol::OpenMetrics001, Protocol::Text100, Protocol::Text004];
    native.then_some(Protocol::PrometheusProto).into_iter().chain(texts).collect()
}

/// The `Accept` header: the formats in their order, each with less weight than the one before.
fn accept(wanted: &[Protocol], legacy: bool, escaping: Option<NameEscaping>) -> String {
    let escaping = match escaping {
        Some(NameEscaping::Underscores) => "underscores",
        Some(NameEscaping::Dots) => "dots",
        Some(NameEscaping::Values) => "values",
        Some(NameEscaping::AllowUtf8) => "allow-utf-8",
        None if legacy => "underscores",
        None => "allow-utf-8",
    };
    let mut weight = wanted.len() + 1;
    let mut header = String::new();
    for protocol in wanted {
        let kind = match protocol {
            Protocol::Text004 => "text/plain;version=0.0.4".to_owned(),
            Protocol::Text100 => format!("text/plain;version=1.0.0;escaping={escaping}"),
            Protocol::OpenMetrics001 => "application/openmetrics-text;version=0.0.1".to_owned(),
            Protocol::OpenMetrics100 => {
                format!("application/openmetrics-text;version=1.0.0;escaping={escaping}")
            }
            Protocol::PrometheusProto => format!("{DELIMITED_CONTENT_TYPE};escaping={escaping}"),
        };
        header.push_str(&format!("{kind};q=0.{weight},"));
        weight -= 1;
    }
    header + "*/*;q=0.1"
}
