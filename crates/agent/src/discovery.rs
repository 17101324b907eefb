//! Where targets are: given outright, listed in files that are read again when they change or behind URLs, or known to
//! registries that are asked by tasks of their own ([`feed`]).

mod consul;
mod dns;
mod docker;
mod feed;
pub mod files;
pub(crate) mod http;
mod kubernetes;
#[cfg(test)]
mod server;

use crate::options::{ScrapeJob, StaticTargets};
use model::{Labels, LabelsBuilder};
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use ship::http::{RequestBuilder, Response, words};
use std::collections::BTreeMap;
use stdx::Clock;

/// The address label of a target.
pub const ADDRESS: &str = "__address__";
/// A list longer than this is refused, in bytes: a hundred thousand targets of a hundred bytes each.
const MAX_LIST_BYTES: u64 = 10 << 20;

/// A group as lists have it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

impl From<Group> for StaticTargets {
    fn from(group: Group) -> Self {
        StaticTargets { targets: group.targets, labels: group.labels }
    }
}

/// Finds the targets of one job, again and again.
#[derive(Debug)]
pub(crate) struct Discovery {
    files: files::TargetFiles,
    urls: http::TargetUrls,
    feeds: feed::Feeds,
}

impl Discovery {
    /// The error names what cannot be used.
    pub(crate) fn new(job: &ScrapeJob) -> Result<Self, String> {
        Ok(Discovery {
            files: files::TargetFiles::default(),
            urls: http::TargetUrls::new(&job.http_targets)?,
            feeds: feed::Feeds::new(job)?,
        })
    }

    /// Label sets of the job's targets before relabelling, in a stable order.
    pub(crate) async fn find(&mut self, job: &ScrapeJob, clock: &Clock) -> Vec<Labels> {
        let given = job.static_targets.iter().map(|group| (None, group.clone()));
        let listed = self.files.read(&job.file_targets).into_iter();
        let listed = listed.map(|(path, group)| (Some(("__meta_filepath", path)), group));
        let fetched = self.urls.read(clock).await.into_iter();
        let fetched = fetched.map(|(url, group)| (Some(("__meta_url", url)), group));
        let mut found = Vec::new();
        for (origin, group) in given.chain(listed).chain(fetched) {
            for target in &group.targets {
                let mut builder = LabelsBuilder::default();
                builder.set_all(group.labels.iter()).set(ADDRESS, target);
                if let Some((name, value)) = &origin {
                    builder.set(name, value);
                }
                found.push(builder.build());
            }
        }
        found.extend(self.feeds.read(clock).await);
        found
    }
}

/// The longest answer of a registry: a hundred thousand containers or instances of a kilobyte each.
const MAX_ANSWER_BYTES: u64 = 100 << 20;

/// The body of an answer, up to `most` bytes.
async fn body_of(mut response: Response, most: u64) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| words(&error))? {
        if (body.len() + part.len()) as u64 > most {
            return Err(format!("the answer is larger than {most} bytes"));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// The JSON of a good answer, and its headers.
async fn get_json<T: DeserializeOwned>(request: RequestBuilder) -> Result<(T, HeaderMap), String> {
    let response = request.send().await.map_err(|error| words(&error))?;
    if !response.status().is_success() {
        return Err(format!("{} answered HTTP status {}", response.url().path(), response.status()));
    }
    let headers = response.headers().clone();
    let body = body_of(response, MAX_ANSWER_BYTES).await?;
    Ok((serde_json::from_slice(&body).map_err(|error| error.to_string())?, headers))
}

/// What stands in a label's name for a name of another alphabet.
fn sanitized(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// `host:port`, a host with colons in brackets.
fn join_host_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
