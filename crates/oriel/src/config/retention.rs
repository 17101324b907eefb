//! How long some series are kept: `metrics_retention`, a list of rules of which the first that fits a series counts. And lines
//! of some streams: `logs_retention`, of whose rules that fit a stream the one of the highest priority counts.

use super::{ByteSize, Config, Span};
use anyhow::{Context, Result};
use logdb::StreamRetention;
use model::Tenant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use tsdb::{RetentionRule, RetentionRules};

/// How long some series are kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keep {
    /// A selector such as `{job="debug"}`; empty: all series.
    #[serde(default)]
    pub series: String,
    /// Whose series; empty: everyone's.
    #[serde(default)]
    pub tenant: String,
    /// How long; 0: for ever.
    pub keep: Span,
}

/// How long lines of some streams are kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepLines {
    /// A selector such as `{namespace="dev"}`; empty: all streams.
    #[serde(default)]
    pub streams: String,
    /// Whose streams; empty: everyone's.
    #[serde(default)]
    pub tenant: String,
    /// Of several rules that fit a stream the highest counts.
    #[serde(default)]
    pub priority: i64,
    /// How long; 0: as long as all others.
    pub keep: Span,
}

/// How many bytes the lines of a tenant may take.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepBytes {
    /// Whose lines.
    pub tenant: String,
    /// So many bytes of blocks; 0: no bound.
    pub max_bytes: ByteSize,
}

impl Config {
    /// The bounds of tenants as the engine takes them.
    pub(crate) fn tenant_max_bytes(&self) -> Result<HashMap<Tenant, u64>> {
        let bound = |(number, rule): (usize, &KeepBytes)| {
            let named = || format!("logs_retention_size: rule {}: tenant {:?}", number + 1, rule.tenant);
            let bytes = if rule.max_bytes.0 == 0 { u64::MAX } else { rule.max_bytes.0 };
            Ok((Tenant::parse(&rule.tenant).with_context(named)?, bytes))
        };
        self.logs_retention_size.iter().enumerate().map(bound).collect()
    }

    /// The rules for streams as the engine takes them.
    pub(crate) fn stream_retention(&self) -> Result<Vec<StreamRetention>> {
        let rule = |(number, rule): (usize, &KeepLines)| {
            rule.as_typed().with_context(|| format!("logs_retention: rule {}", number + 1))
        };
        self.logs_retention.iter().enumerate().map(rule).collect()
    }

    /// The rules as the engine takes them.
    pub(crate) fn retention_rules(&self) -> Result<RetentionRules> {
        let rule = |(number, rule): (usize, &Keep)| {
            rule.as_typed().with_context(|| format!("metrics_retention: rule {}", number + 1))
        };
        let rules = self.metrics_retention.iter().enumerate().map(rule).collect::<Result<Vec<_>>>()?;
        RetentionRules::of(rules).context("metrics_retention")
    }
}

/// The tenant of a rule; `None` for everyone.
pub(super) fn tenant(name: &str) -> Result<Option<Tenant>> {
    if name.is_empty() {
        return Ok(None);
    }
    Ok(Some(Tenant::parse(name).with_context(|| format!("tenant {name:?}"))?))
}

impl KeepLines {
    fn as_typed(&self) -> Result<StreamRetention> {
        let matchers = match self.streams.as_str() {
            "" => Vec::new(),
            text => logql::parse_matchers(text).with_context(|| {
                format!("{text:?} is no selector; write one such as {{namespace=\"dev\"}}")
            })?,
        };
        let max_age = self.keep.nonzero().unwrap_or(Duration::MAX);
        Ok(StreamRetention { tenant: tenant(&self.tenant)?, matchers, priority: self.priority, max_age })
    }
}

impl Keep {
    fn as_typed(&self) -> Result<RetentionRule> {
        let tenant = tenant(&self.tenant)?;
        let matchers = match self.series.as_str() {
            "" => Vec::new(),
            text => {
                let parsed = promql::parse_selector(text);
                parsed.with_context(|| {
                    format!("{text:?} is no selector; write one such as {{job=\"debug\"}}")
                })?
            }
        };
        Ok(RetentionRule { tenant, matchers, keep: self.keep.nonzero() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<RetentionRules> {
        serde_norway::from_str::<Config>(text)?.retention_rules()
    }

    #[test]
    fn rules_are_read_or_refused_by_number() {
        let good = "metrics_retention:\n- {series: '{job=\"debug\"}', keep: 3d}\n- {tenant: a, keep: 0}\n";
        assert!(format!("{:?}", rules(good).unwrap()).contains("259200s"));
        let error = |text: &str| format!("{:#}", rules(text).unwrap_err());
        assert!(error("metrics_retention: [{keep: 1d}, {series: 'up{', keep: 1d}]").contains("rule 2"));
        assert!(error("metrics_retention: [{tenant: 'a/b', keep: 1d}]").contains("tenant \"a/b\""));
        assert!(error("metrics_retention: [{series: '{a=\"b\"}'}]").contains("keep"));
    }
    #[test]
    fn rules_for_streams_are_read_or_refused_by_number() {
        let rules = |text: &str| serde_norway::from_str::<Config>(text).unwrap().stream_retention();
        let good =
            "logs_retention:\n- {streams: '{env=\"dev\"}', priority: 2, keep: 1d}\n- {tenant: a, keep: 0}\n";
        let read = rules(good).unwrap();
        assert_eq!((read[0].priority, read[0].max_age), (2, Duration::from_secs(86_400)));
        assert_eq!((read[1].matchers.len(), read[1].max_age), (0, Duration::MAX));
        let error = rules("logs_retention: [{keep: 1d}, {streams: 'up{', keep: 1d}]").unwrap_err();
        assert!(format!("{error:#}").contains("rule 2"), "{error:#}");
    }

    #[test]
    fn bounds_of_tenants_are_read_or_refused_by_number() {
        let bounds = |text: &str| serde_norway::from_str::<Config>(text).unwrap().tenant_max_bytes();
        let read =
            bounds("logs_retention_size:\n- {tenant: a, max_bytes: 2GiB}\n- {tenant: b, max_bytes: 0}\n");
        let read = read.unwrap();
        assert_eq!(read[&Tenant::parse("a").unwrap()], 2 << 30);
        assert_eq!(read[&Tenant::parse("b").unwrap()], u64::MAX);
        let error = bounds("logs_retention_size: [{tenant: 'a/b', max_bytes: 1GiB}]").unwrap_err();
        assert!(format!("{error:#}").contains("rule 1: tenant \"a/b\""), "{error:#}");
    }
}
