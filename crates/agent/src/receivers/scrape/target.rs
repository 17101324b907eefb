//! A target: what to ask, and the labels of what it answers.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>

use crate::discovery::ADDRESS;
use crate::options::ScrapeJob;
use crate::relabel::relabel;
use model::{Labels, LabelsBuilder};
use reqwest::Url;
use std::path::PathBuf;
use std::time::Duration;
use wire::exposition::Histograms;

/// What relabelling makes of discovered labels.
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// A target.
    Target(Target),
    /// None; these were the labels before.
    Dropped(Labels),
}

/// One target.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// What to ask.
    pub url: Url,
    /// The Unix socket that is connected to instead of the host of `url`.
    pub socket: Option<PathBuf>,
    /// Labels of its series.
    pub labels: Labels,
    /// Labels before relabelling.
    pub discovered: Labels,
    /// How often; relabelling may change the job's.
    pub interval: Duration,
    /// When to give up; likewise.
    pub timeout: Duration,
    /// What becomes of its histograms; likewise.
    pub wants: Wanted,
}

/// What becomes of a target's histograms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Of those with native buckets.
    pub histograms: Histograms,
    /// Whether classic ones become native ones with custom buckets.
    pub custom_buckets: bool,
    /// Whether classic ones stay beside what they become.
    pub keep_classic: bool,
}

const NATIVE: &str = "__scrape_native_histograms__";
const CUSTOM: &str = "__convert_classic_histograms_to_nhcb__";
const SOCKET: &str = "__unix_socket__";
const CLASSIC_TOO: &str = "__always_scrape_classic_histograms__";

impl Target {
    /// The target of discovered labels, unless relabelling drops it.
    pub(super) fn from_discovered(discovered: &Labels, job: &ScrapeJob) -> Result<Found, String> {
        let mut builder = LabelsBuilder::default();
        builder
            .set("job", &job.job_name)
            .set("__scheme__", &job.scheme)
            .set("__metrics_path__", &job.metrics_path);
        for (name, values) in &job.params {
            builder.set(&format!("__param_{name}"), values.first().map_or("", String::as_str));
        }
        let text =
            |span: Duration| query::duration::format(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        builder.set("__scrape_interval__", &text(job.interval)).set("__scrape_timeout__", &text(job.timeout));
        // Relabelling may look at these and change them.
        for (name, holds) in [
            (NATIVE, job.histograms != Histograms::Classic),
            (CUSTOM, job.custom_buckets),
            (CLASSIC_TOO, job.keep_classic),
        ] {
            builder.set(name, if holds { "true" } else { "false" });
        }
        builder.set_all(discovered.iter());
        let before = builder.build();
        let Some(after) = relabel(&before, &job.relabel) else { return Ok(Found::Dropped(before)) };
        let address = after.value(ADDRESS);
        if address.is_empty() {
            return Err("no address".to_owned());
        }
        let mut url = Url::parse(&format!("{}://{address}", after.value("__scheme__")))
            .map_err(|e| format!("{address:?}: {e}"))?;
        url.set_path(after.value("__metrics_path__"));
        for (name, values) in &job.params {
            // Relabelling may have changed the first value of a parameter.
            let first = after.value(&format!("__param_{name}"));
            let rest = values.iter().skip(1).map(String::as_str);
            for value in std::iter::once(first).chain(rest) {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        let wants = Wanted {
            histograms: match (after.value(NATIVE) == "true", after.value(CLASSIC_TOO) == "true") {
                (false, _) => Histograms::Classic,
                (true, true) => Histograms::Both,
                (true, false) => Histograms::Native,
            },
            custom_buckets: after.value(CUSTOM) == "true",
            keep_classic: after.value(CLASSIC_TOO) == "true",
        };
        let (interval, timeout) = (span(&after, "__scrape_interval__")?, span(&after, "__scrape_timeout__")?);
        if timeout > interval {
            return Err(format!("the timeout {timeout:?} is longer than the interval {interval:?}"));
        }
        let mut labels = LabelsBuilder::from(&after.filtered(|name| !name.starts_with("__")));
        if labels.value("instance").is_empty() {
            labels.set("instance", address);
        }
        Ok(Found::Target(Target {
            url,
            socket: Some(after.value(SOCKET)).filter(|path| !path.is_empty()).map(PathBuf::from),
            labels: labels.build(),
            discovered: before,
            interval,
            timeout,
            wants,
        }))
    }

    /// Spreads targets of equal labels over the interval.
    pub(super) fn url_hash(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(self.url.as_str().as_bytes())
    }
}

fn span(labels: &Labels, name: &str) -> Result<Duration, String> {
    let text = labels.value(name);
    let millis = query::duration::parse(text).map_err(|error| format!("{name} {text:?}: {error}"))?;
    u64::try_from(millis)
        .ok()
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
        .ok_or_else(|| format!("{name} is 0"))
}
