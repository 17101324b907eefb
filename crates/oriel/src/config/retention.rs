//! How long some series are kept: `metrics_retention`, a list of rules of which the first that fits a series counts.

use super::{Config, Span};
use anyhow::{Context, Result};
use model::Tenant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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

impl Config {
    /// The rules as the engine takes them.
    pub(crate) fn retention_rules(&self) -> Result<RetentionRules> {
        let rule = |(number, rule): (usize, &Keep)| {
            rule.as_typed().with_context(|| format!("metrics_retention: rule {}", number + 1))
        };
        let rules = self.metrics_retention.iter().enumerate().map(rule).collect::<Result<Vec<_>>>()?;
        RetentionRules::of(rules).context("metrics_retention")
    }
}

impl Keep {
    fn as_typed(&self) -> Result<RetentionRule> {
        let tenant = match self.tenant.as_str() {
            "" => None,
            name => Some(Tenant::parse(name).with_context(|| format!("tenant {name:?}"))?),
        };
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
}
