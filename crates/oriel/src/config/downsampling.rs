//! Which old blocks of metrics get companions for long windows: `metrics_downsampling`, a list of rules all of which count.

use super::retention::tenant;
use super::{Config, Span};
use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tsdb::{DownsamplingRule, DownsamplingRules};

/// Which blocks of metrics are downsampled.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Downsample {
    /// At what age.
    pub after: Span,
    /// The length of windows that are answered from one value each, from 1m to 1d.
    pub resolution: Span,
    /// What becomes of the samples.
    #[serde(default)]
    pub raw: Raw,
    /// Whose series; empty: everyone's.
    #[serde(default)]
    pub tenant: String,
}

/// What becomes of samples that were downsampled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Raw {
    /// They stay, for every query that downsampled values do not answer exactly.
    #[default]
    Keep,
    /// They go.
    Drop,
}

impl Config {
    /// The rules as the engine takes them.
    pub(crate) fn downsampling(&self) -> Result<DownsamplingRules> {
        let rule = |(number, rule): (usize, &Downsample)| {
            let tenant =
                tenant(&rule.tenant).with_context(|| format!("metrics_downsampling: rule {}", number + 1))?;
            let (after, resolution) = (rule.after.duration(), rule.resolution.duration());
            Ok(DownsamplingRule { tenant, after, resolution, keep_raw: rule.raw == Raw::Keep })
        };
        let rules = self.metrics_downsampling.iter().enumerate().map(rule).collect::<Result<Vec<_>>>()?;
        DownsamplingRules::of(rules).context("metrics_downsampling")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<DownsamplingRules> {
        serde_norway::from_str::<Config>(&format!("metrics_downsampling: {text}"))?.downsampling()
    }

    #[test]
    fn rules_are_read_or_refused() {
        let good = "[{after: 7d, resolution: 5m}, {after: 30d, resolution: 1h, raw: drop, tenant: a}]";
        let shown = format!("{:?}", rules(good).unwrap());
        assert!(shown.contains("604800s") && shown.contains("keep_raw: false"), "{shown}");
        let error = |text: &str| format!("{:#}", rules(text).unwrap_err());
        assert!(error("[{after: 7d, resolution: 5s}]").contains("from a minute to a day"));
        assert!(error("[{after: 7d, resolution: 5m, tenant: 'a/b'}]").contains("rule 1"));
        assert!(error("[{after: 7d, resolution: 5m, raw: burn}]").contains("burn"));
        let dropped = "[{after: 7d, resolution: 5m, raw: drop}, {after: 30d, resolution: 1h}]";
        assert!(error(dropped).contains("only a tenant's last may drop them"));
    }
}
