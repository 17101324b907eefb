//! Lists of one kind of object, and their changes: `?watch` answers a line of JSON for each, until it is asked again.
//!
//! Invariant: what the world holds of a kind and namespace is the last list and every change since, in order. When the
//! server does not know any more what changed (410), the list is asked for anew.
//! Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>

use super::objects::Meta;
use super::{Kind, Shared};
use crate::discovery::get_json;
use crate::options::KubernetesSelector;
use serde::Deserialize;
use ship::http::{HttpClient, Response, Url, words};
use std::time::Duration;
use stdx::Rng;

/// Objects of one part of a list.
const PAGE: &str = "500";
/// How long a watch is kept before it is asked for again, in seconds.
const WATCH_SECONDS: u64 = 300;
/// When a watch is given up: a server that keeps to its time has ended it before.
const WATCH_TIMEOUT: Duration = Duration::from_secs(WATCH_SECONDS + 30);
/// When a list is given up.
const LIST_TIMEOUT: Duration = Duration::from_secs(60);
/// The pauses after failures.
const LEAST_PAUSE: Duration = Duration::from_millis(500);
const MOST_PAUSE: Duration = Duration::from_secs(30);
/// A longer line is no change: the store behind the API keeps objects of 1.5 MiB at most.
const MAX_EVENT_BYTES: usize = 16 << 20;

/// A cluster's API.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: HttpClient,
    base: Url,
}

#[derive(Debug, Deserialize)]
#[serde(bound = "K: Kind")]
struct List<K> {
    #[serde(default)]
    metadata: ListMeta,
    /// `null` when there is none.
    items: Option<Vec<K>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ListMeta {
    resource_version: String,
    #[serde(rename = "continue")]
    rest: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: serde_json::Value,
}

/// Why a watch ended.
enum Ended {
    /// In time: go on from here.
    At(String),
    /// The changes since then are not known any more.
    Forgotten,
    Failed(String),
}

impl Api {
    pub(super) fn new(client: HttpClient, base: Url) -> Self {
        Api { client, base }
    }

    /// Keeps the world's objects of one kind as they are in the cluster, until dropped.
    pub(super) async fn watch<K: Kind>(
        self,
        namespace: Option<String>,
        selector: Option<KubernetesSelector>,
        shared: Shared,
    ) {
        let mut url = self.base.clone();
        let scope = namespace.as_ref().map_or(String::new(), |name| format!("/namespaces/{name}"));
        let path = format!("{}{}{scope}/{}", url.path().trim_end_matches('/'), K::GROUP, K::NAME);
        url.set_path(&path);
        if let Some(selector) = &selector {
            for (name, value) in [("labelSelector", &selector.label), ("fieldSelector", &selector.field)] {
                if !value.is_empty() {
                    url.query_pairs_mut().append_pair(name, value);
                }
            }
        }
        let mut backoff = ship::Backoff::new(LEAST_PAUSE, MOST_PAUSE, Rng::from_entropy());
        let mut listed_before = false;
        loop {
            let listed = self.list::<K>(&url).await;
            let (objects, mut version) = match listed {
                Ok(listed) => listed,
                Err(reason) => {
                    tracing::warn!(
                        kind = K::NAME,
                        reason,
                        "the cluster cannot be asked; what is known of it stays"
                    );
                    tokio::time::sleep(backoff.pause()).await;
                    continue;
                }
            };
            backoff = ship::Backoff::new(LEAST_PAUSE, MOST_PAUSE, Rng::from_entropy());
            {
                let mut world = shared.world();
                let kept = K::kept(&mut world);
                kept.retain(|(own, _), _| namespace.as_ref().is_some_and(|name| name != own));
                kept.extend(objects.into_iter().map(|object| (object.meta().key(), object)));
                if !std::mem::replace(&mut listed_before, true) {
                    world.missing -= 1;
                }
            }
            shared.changed.notify_one();
            loop {
                match self.follow::<K>(&url, version.clone(), &shared).await {
                    Ended::At(next) => version = next,
                    Ended::Forgotten => break,
                    Ended::Failed(reason) => {
                        tracing::debug!(
                            kind = K::NAME,
                            reason,
                            "changes of the cluster cannot be followed; listing again"
                        );
                        tokio::time::sleep(backoff.pause()).await;
                        break;
                    }
                }
            }
        }
    }

    /// All objects, and the version of the list.
    async fn list<K: Kind>(&self, url: &Url) -> Result<(Vec<K>, String), String> {
        let mut objects = Vec::new();
        let mut rest = String::new();
        loop {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("limit", PAGE);
            if !rest.is_empty() {
                url.query_pairs_mut().append_pair("continue", &rest);
            }
            let request = self.client.get(url).await?.timeout(LIST_TIMEOUT);
            let (page, _): (List<K>, _) = get_json(request).await?;
            objects.extend(page.items.unwrap_or_default());
            match page.metadata.rest.filter(|rest| !rest.is_empty()) {
                Some(next) => rest = next,
                None => return Ok((objects, page.metadata.resource_version)),
            }
        }
    }

    /// Applies changes since `version` until the server ends the watch.
    async fn follow<K: Kind>(&self, url: &Url, version: String, shared: &Shared) -> Ended {
        let mut url = url.clone();
        url.query_pairs_mut()
            .append_pair("watch", "true")
            .append_pair("resourceVersion", &version)
            .append_pair("allowWatchBookmarks", "true")
            .append_pair("timeoutSeconds", &WATCH_SECONDS.to_string());
        let response = match self.client.get(url).await {
            Ok(request) => request.timeout(WATCH_TIMEOUT).send().await.map_err(|error| words(&error)),
            Err(reason) => Err(reason),
        };
        match response {
            Ok(response) if response.status().is_success() => apply_all::<K>(response, version, shared).await,
            Ok(response) if response.status() == 410 => Ended::Forgotten,
            Ok(response) => Ended::Failed(format!("HTTP status {}", response.status())),
            Err(reason) => Ended::Failed(reason),
        }
    }
}

async fn apply_all<K: Kind>(mut response: Response, mut version: String, shared: &Shared) -> Ended {
    let mut buffer: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(part)) => buffer.extend_from_slice(&part),
            Ok(None) => return Ended::At(version),
            Err(error) => return Ended::Failed(words(&error)),
        }
        let Some(end) = buffer.iter().rposition(|byte| *byte == b'\n') else {
            if buffer.len() > MAX_EVENT_BYTES {
                return Ended::Failed(format!("a change is larger than {MAX_EVENT_BYTES} bytes"));
            }
            continue;
        };
        let lines: Vec<u8> = buffer.drain(..=end).collect();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match apply::<K>(line, shared) {
                Ok(next) => version = next,
                Err(ended) => return ended,
            }
        }
        shared.changed.notify_one();
    }
}

/// Applies one change; answers the version after it.
fn apply<K: Kind>(line: &[u8], shared: &Shared) -> Result<String, Ended> {
    let event: Event = serde_json::from_slice(line).map_err(|error| Ended::Failed(error.to_string()))?;
    if event.kind == "ERROR" {
        return Err(match event.object["code"].as_u64() {
            Some(410) => Ended::Forgotten,
            _ => {
                Ended::Failed(event.object["message"].as_str().unwrap_or("an error without words").to_owned())
            }
        });
    }
    let wrong = |error: serde_json::Error| Ended::Failed(error.to_string());
    if event.kind == "BOOKMARK" {
        let meta: Meta = serde_json::from_value(event.object["metadata"].clone()).map_err(wrong)?;
        return Ok(meta.resource_version);
    }
    let object: K = serde_json::from_value(event.object).map_err(wrong)?;
    let (key, version) = (object.meta().key(), object.meta().resource_version.clone());
    let mut world = shared.world();
    let kept = K::kept(&mut world);
    match event.kind.as_str() {
        "DELETED" => drop(kept.remove(&key)),
        _ => drop(kept.insert(key, object)),
    }
    Ok(version)
}
