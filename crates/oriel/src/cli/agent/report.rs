//! The agent tells the server it sends to how it is: who it is, what it scrapes, how its deliveries go.
//!
//! A receiver that is no Oriel answers that it knows no such path; it is asked again seldom, and nothing else changes.

use crate::config::{Config, shown};
use agent::{Board, Health};
use anyhow::{Context as _, Result};
use model::Tenant;
use ship::http::Url;
use ship::{Remote, ReportError};
use std::hash::Hasher;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Cancel, Clock};
use wire::agent_report::{AgentReport, FailingTarget, MAX_FAILING, TargetCounts};

/// How often: a server that started anew knows all agents within a quarter of a minute.
const EVERY: Duration = Duration::from_secs(15);
/// How often where nobody listens.
const SELDOM: Duration = Duration::from_secs(600);
/// Where reports go on an Oriel's doors.
const PATH: &str = "/api/oriel/v1/agents";
/// `send.agents` that sends none.
const OFF: &str = "off";

/// What a report is made of.
pub(super) struct Reporter {
    url: String,
    tenant: Tenant,
    remote: Arc<Remote>,
    board: Arc<Board>,
    /// What does not change while the process runs.
    base: AgentReport,
}

impl Reporter {
    /// `None` when reports are off, or nothing is sent anywhere.
    pub(super) fn new(
        config: &Config,
        (remote, board): (Arc<Remote>, Arc<Board>),
        (tenant, clock): (Tenant, &Clock),
        instance: &str,
    ) -> Result<Option<Self>> {
        let Some(url) = url(config)? else { return Ok(None) };
        let yaml = shown::shown(config)?;
        let base = AgentReport {
            id: format!("{instance}-{}", hash(config.data.display().to_string().as_bytes())),
            name: instance.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: clock.now_millis(),
            config_hash: hash(yaml.as_bytes()),
            config: yaml,
            ..AgentReport::default()
        };
        Ok(Some(Reporter { url, tenant, remote, board, base }))
    }

    /// Reports until canceled.
    pub(super) async fn run(self, cancel: Cancel) {
        loop {
            let outcome = self.remote.report(&self.url, &self.tenant, &self.report()).await;
            let pause = match &outcome {
                Err(ReportError::Refused(status @ 400..500)) => {
                    tracing::debug!(url = self.url, status, "reports of this agent are not taken there");
                    SELDOM
                }
                _ => EVERY,
            };
            tokio::select! {
                () = cancel.canceled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn report(&self) -> AgentReport {
        let targets = self.board.list();
        let count = |health| targets.iter().filter(|target| target.health == health).count() as u64;
        let failing = targets.iter().filter(|target| target.health == Health::Down).take(MAX_FAILING);
        AgentReport {
            targets: TargetCounts {
                up: count(Health::Up),
                down: count(Health::Down),
                unknown: count(Health::Unknown),
            },
            failing: failing
                .map(|target| FailingTarget {
                    job: target.job.clone(),
                    url: target.url.clone(),
                    error: target.last_error.clone(),
                })
                .collect(),
            deliveries: self.remote.deliveries(),
            memory_bytes: crate::run::resident_bytes(),
            ..self.base.clone()
        }
    }
}

/// Beside where metrics go, unless the configuration says more.
fn url(config: &Config) -> Result<Option<String>> {
    let send = &config.send;
    if send.agents == OFF {
        return Ok(None);
    }
    if !send.agents.is_empty() {
        return Ok(Some(send.agents.clone()));
    }
    let Some(beside) = [&send.metrics, &send.logs, &send.traces].into_iter().find(|url| !url.is_empty())
    else {
        return Ok(None);
    };
    let mut url: Url = beside.parse().with_context(|| format!("send: {beside:?} is no URL"))?;
    url.set_path(PATH);
    url.set_query(None);
    Ok(Some(url.to_string()))
}

fn hash(bytes: &[u8]) -> String {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metrics: &str, logs: &str, agents: &str, expected: Option<&str>) {
        let mut config = Config::default();
        config.send.metrics = metrics.to_owned();
        config.send.logs = logs.to_owned();
        config.send.traces = String::new();
        config.send.agents = agents.to_owned();
        assert_eq!(url(&config).unwrap().as_deref(), expected);
    }

    #[test]
    fn reports_go_beside_what_is_sent() {
        check("http://a:1/api/v1/write?x=1", "http://b/push", "", Some("http://a:1/api/oriel/v1/agents"));
        check("", "http://b/push", "", Some("http://b/api/oriel/v1/agents"));
        check("http://a:1/w", "", "http://c/x", Some("http://c/x"));
        check("http://a:1/w", "", "off", None);
        check("", "", "", None);
        assert!(
            url(&Config {
                send: crate::config::Send { metrics: "x".into(), ..Default::default() },
                ..Config::default()
            })
            .is_err()
        );
    }
}
