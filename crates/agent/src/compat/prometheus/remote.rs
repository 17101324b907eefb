//! `remote_write` and `remote_read`: other systems that samples go to and come from.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#remote_write>

use super::client::{check_headers, with_client, yes};
use super::relabel::RelabelConfig;
use super::scrape::no_gaps;
use super::text::{Link, Span};
use crate::options::Credential;
use crate::relabel::{RelabelRule, relabel};
use serde::{Deserialize, Deserializer, Serialize};
use ship::outbox::{self, Outlet, OutletOptions};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Six hexadecimal digits, as the replaced system shows.
const NAME_DIGITS: u64 = 0xff_ffff;

/// Receivers of a configuration; relative paths begin at `folder`. One without a name goes by a hash of its URL.
pub fn outlets(
    folder: &Path,
    all: &[RemoteWrite],
    external_labels: &BTreeMap<String, String>,
) -> Result<Vec<Outlet>, String> {
    let mut outlets: Vec<Outlet> = Vec::new();
    for remote in all {
        let mut outlet = remote.outlet(folder, external_labels)?;
        let name = outlet.options.name.clone();
        let mut nth = 1;
        while outlets.iter().any(|known| known.options.name == outlet.options.name) {
            if !remote.name.is_empty() {
                return Err(format!("found multiple remote write configs with job name {name:?}"));
            }
            nth += 1;
            outlet.options.name = format!("{name}-{nth}");
        }
        outlets.push(outlet);
    }
    Ok(outlets)
}

impl RemoteWrite {
    fn outlet(&self, folder: &Path, external_labels: &BTreeMap<String, String>) -> Result<Outlet, String> {
        self.client().check()?;
        let name = match self.name.is_empty() {
            true => format!("{:06x}", xxhash_rust::xxh3::xxh3_64(self.url.0.as_bytes()) & NAME_DIGITS),
            false => self.name.clone(),
        };
        let defaults = OutletOptions::new(name, self.url.0.clone());
        let mut client = self.client().options(folder);
        let header = |(name, value): (&String, &String)| (name.clone(), Credential::Text(value.clone()));
        client.headers.extend(self.headers.iter().map(header));
        let span = |span: Option<Span>, default| span.map_or(default, |span| span.0);
        let size = |size: Option<u64>, default| {
            size.map_or(default, |size| usize::try_from(size).unwrap_or(usize::MAX))
        };
        let queue = self.queue_config.clone().map(|queue| queue.0).unwrap_or_default();
        let metadata = self.metadata_config.clone().unwrap_or_default();
        let rules: Vec<RelabelRule> =
            self.write_relabel_configs.iter().map(|config| config.rule.clone()).collect();
        let options = OutletOptions {
            client,
            timeout: span(self.remote_timeout, defaults.timeout),
            message: match self.protobuf_message {
                Message::V1 => outbox::Message::Plain,
                Message::V2 => outbox::Message::Interned,
            },
            send_exemplars: self.send_exemplars,
            send_native_histograms: self.send_native_histograms,
            send_metadata: metadata.send.unwrap_or(true),
            metadata_interval: span(metadata.send_interval, defaults.metadata_interval),
            max_metadata_per_send: size(metadata.max_samples_per_send, defaults.max_metadata_per_send),
            external_labels: external_labels.clone().into_iter().collect(),
            rules: serde_norway::to_string(&self.write_relabel_configs).map_err(|error| error.to_string())?,
            max_samples_per_send: size(queue.max_samples_per_send, defaults.max_samples_per_send),
            max_lanes: size(queue.max_shards, defaults.max_lanes),
            batch_deadline: span(queue.batch_send_deadline, defaults.batch_deadline),
            min_backoff: span(queue.min_backoff, defaults.min_backoff),
            max_backoff: span(queue.max_backoff, defaults.max_backoff),
            retry_when_limited: queue.retry_on_http_429.unwrap_or(true),
            sample_age_limit: queue.sample_age_limit.map(|span| span.0).filter(|limit| !limit.is_zero()),
            ..defaults
        };
        let rewrite = move |labels: &model::Labels| relabel(labels, &rules);
        let rewrite: Option<outbox::Rewrite> = match self.write_relabel_configs.is_empty() {
            true => None,
            false => Some(Arc::new(rewrite)),
        };
        Ok(Outlet { options, rewrite })
    }
}

with_client! {
    /// Where samples are sent.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct RemoteWrite {
        /// Where.
        pub url: Link,
        /// Its name.
        #[serde(default)]
        pub name: String,
        /// When to give up.
        #[serde(default)]
        pub remote_timeout: Option<Span>,
        /// Headers of every request.
        #[serde(default, deserialize_with = "headers")]
        pub headers: BTreeMap<String, String>,
        /// Rewrites of series.
        #[serde(default, deserialize_with = "no_gaps")]
        pub write_relabel_configs: Vec<RelabelConfig>,
        /// The message.
        #[serde(default)]
        pub protobuf_message: Message,
        /// Whether exemplars go too.
        #[serde(default)]
        pub send_exemplars: bool,
        /// Whether native histograms go too.
        #[serde(default)]
        pub send_native_histograms: bool,
        /// Whether each request goes to the next address of the receiver's name.
        #[serde(default)]
        pub round_robin_dns: bool,
        /// The queue in front of it.
        #[serde(default)]
        pub queue_config: Option<Queue>,
        /// Metadata beside samples.
        #[serde(default)]
        pub metadata_config: Option<MetadataQueue>,
    }
}

/// Headers that a configuration may set.
pub(super) fn headers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let headers = BTreeMap::<String, String>::deserialize(deserializer)?;
    check_headers(headers.keys()).map_err(serde::de::Error::custom)?;
    Ok(headers)
}

/// The message of remote write.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum Message {
    /// Version 1.
    #[default]
    #[serde(rename = "prometheus.WriteRequest")]
    V1,
    /// Version 2.
    #[serde(rename = "io.prometheus.write.v2.Request")]
    V2,
}

/// The queue in front of a remote end.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "QueueWritten")]
pub struct Queue(QueueWritten);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QueueWritten {
    capacity: Option<u64>,
    max_shards: Option<u64>,
    min_shards: Option<u64>,
    max_samples_per_send: Option<u64>,
    batch_send_deadline: Option<Span>,
    min_backoff: Option<Span>,
    max_backoff: Option<Span>,
    retry_on_http_429: Option<bool>,
    sample_age_limit: Option<Span>,
}

impl TryFrom<QueueWritten> for Queue {
    type Error = String;

    fn try_from(queue: QueueWritten) -> Result<Self, String> {
        for (name, value) in [
            ("capacity", queue.capacity),
            ("max_shards", queue.max_shards),
            ("min_shards", queue.min_shards),
            ("max_samples_per_send", queue.max_samples_per_send),
        ] {
            if value == Some(0) {
                return Err(format!("remote write queue_config {name} must be greater than 0"));
            }
        }
        // The defaults of the format.
        let (least, most) = (queue.min_shards.unwrap_or(1), queue.max_shards.unwrap_or(50));
        if least > most {
            return Err(format!(
                "remote write queue_config min_shards {least} is more than max_shards {most}"
            ));
        }
        let millis = |span: Option<Span>, default| span.map_or(default, |span| span.0.as_millis());
        if millis(queue.min_backoff, 30) > millis(queue.max_backoff, 5000) {
            return Err("remote write queue_config min_backoff is more than max_backoff".to_owned());
        }
        Ok(Queue(queue))
    }
}

/// Metadata beside samples.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetadataQueue {
    send: Option<bool>,
    send_interval: Option<Span>,
    max_samples_per_send: Option<u64>,
}

with_client! {
    /// Where old samples are read.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RemoteRead {
        /// Where.
        pub url: Link,
        /// Its name.
        #[serde(default)]
        pub name: String,
        /// When to give up.
        #[serde(default)]
        pub remote_timeout: Option<Span>,
        /// Headers of every request.
        #[serde(default, deserialize_with = "headers")]
        pub headers: BTreeMap<String, String>,
        /// Whether it is asked for what is here too.
        #[serde(default)]
        pub read_recent: bool,
        /// Selectors without these are not asked there.
        #[serde(default)]
        pub required_matchers: BTreeMap<String, String>,
        /// Whether external labels are matchers.
        #[serde(default = "yes")]
        pub filter_external_labels: bool,
    }
}
