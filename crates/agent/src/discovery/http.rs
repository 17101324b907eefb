//! HTTP discovery: URLs that list `[{"targets": [...], "labels": {...}}]`.
//!
//! A list that cannot be fetched or read keeps its last good state.
//! Source: <https://prometheus.io/docs/prometheus/latest/http_sd/>

use super::{Group, MAX_LIST_BYTES};
use crate::options::{HttpTargets, StaticTargets};
use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use ship::http::{HttpClient, words};
use std::time::Duration;
use stdx::Clock;

/// When a list that does not come is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The lists of one job.
#[derive(Debug)]
pub(crate) struct TargetUrls(Vec<List>);

#[derive(Debug)]
struct List {
    options: HttpTargets,
    client: HttpClient,
    url: Url,
    due: Duration,
    groups: Vec<StaticTargets>,
}

impl TargetUrls {
    /// Makes the clients; the error names what cannot be used.
    pub(crate) fn new(lists: &[HttpTargets]) -> Result<Self, String> {
        let list = |options: &HttpTargets| {
            Ok(List {
                client: HttpClient::new(&options.client)?,
                url: Url::parse(&options.url).map_err(|error| format!("{}: {error}", options.url))?,
                options: options.clone(),
                due: Duration::ZERO,
                groups: Vec::new(),
            })
        };
        lists.iter().map(list).collect::<Result<_, String>>().map(TargetUrls)
    }

    /// The groups of all lists, each with its URL; lists that are due are fetched first.
    pub(crate) async fn read(&mut self, clock: &Clock) -> Vec<(String, StaticTargets)> {
        for list in &mut self.0 {
            if clock.monotonic() < list.due {
                continue;
            }
            list.due = clock.monotonic() + list.options.interval;
            match list.fetch().await {
                Ok(groups) => list.groups = groups,
                Err(reason) => {
                    tracing::warn!(url = %list.url, reason, "the target list cannot be fetched; its last good state stays");
                }
            }
        }
        let named = |list: &List| {
            let url = list.options.url.clone();
            list.groups.iter().map(move |group| (url.clone(), group.clone())).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(named).collect()
    }
}

impl List {
    async fn fetch(&self) -> Result<Vec<StaticTargets>, String> {
        let seconds = self.options.interval.as_secs_f64().to_string();
        let request =
            self.client.get(self.url.clone()).await?.timeout(TIMEOUT).header(ACCEPT, "application/json");
        let request = request.header("X-Prometheus-Refresh-Interval-Seconds", seconds);
        let response = request.send().await.map_err(|error| words(&error))?;
        if response.status() != 200 {
            return Err(format!("server returned HTTP status {}", response.status()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !kind.to_ascii_lowercase().starts_with("application/json") {
            return Err(format!("unsupported content type {kind:?}"));
        }
        let body = super::body_of(response, MAX_LIST_BYTES).await?;
        let groups: Vec<Group> = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        Ok(groups.into_iter().map(StaticTargets::from).collect())
    }
}
