//! `-o experimental-prometheus-rw`: the run's series by Prometheus remote write, and into this process's own store.
//!
//! What changed is sent every push interval. Values are cumulative, so a refused push is healed by the next; only the last
//! one is tried again by itself. Settings are the `K6_PROMETHEUS_RW_*` variables.
//! Source: <https://grafana.com/docs/k6/latest/results-output/real-time/prometheus-remote-write/>

mod settings;

use super::Output;
use super::series::SeriesSet;
use super::verdicts::Verdicts;
use crate::LoadError;
use crate::metrics::{Engine, Sample, TrendStat};
use crate::protocol::http::dial::Dialer;
use crate::protocol::http::url::Url;
use crate::run::shared::Shared;
use crate::run::{Prepared, locked};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use model::{MetricBatch, Millis, Tenant};
use settings::RwSettings;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stdx::{BoxFuture, Budget, Cancel, task};
use wire::remote_write;

/// A push may take 5 s, as in the replaced output.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often the last push is tried.
const LAST_TRIES: u32 = 3;
/// Between two tries of the last push.
const PAUSE: Duration = Duration::from_millis(250);
/// 64 KiB: what is read of an answer, for the log.
const MAX_ANSWER: usize = 64 << 10;
/// 64 MiB: what a push inside the process may hold.
const IN_PROCESS_BUDGET: u64 = 64 << 20;

/// The output.
pub(super) struct RemoteWrite {
    pusher: Arc<Pusher>,
    stop: Cancel,
    task: task::Task<()>,
}

struct Pusher {
    shared: Arc<Shared>,
    series: Mutex<SeriesSet>,
    verdicts: Mutex<Verdicts>,
    every: Duration,
    stale_markers: bool,
    target: Target,
}

enum Target {
    Network { url: Url, headers: Vec<(String, String)>, dialer: Box<Dialer> },
    Process(Arc<dyn contract::Ingest>),
}

impl RemoteWrite {
    /// Sends to the server that the environment names.
    pub(super) fn open(prepared: &Prepared) -> Result<Self, LoadError> {
        let settings = RwSettings::read(&prepared.env).map_err(LoadError::Config)?;
        let url = Url::parse(&settings.url).map_err(LoadError::Config)?;
        let mut http = settings.dialling();
        http.insecure = settings.insecure;
        let dialer = Box::new(Dialer::with(http, prepared.shared.clock.clone()));
        let target = Target::Network { url, headers: settings.headers.clone(), dialer };
        Ok(Self::start(prepared, settings, target))
    }

    /// Hands over inside this process, with the same settings.
    pub(super) fn in_house(
        prepared: &Prepared,
        ingest: Arc<dyn contract::Ingest>,
    ) -> Result<Self, LoadError> {
        let settings = RwSettings::read(&prepared.env).map_err(LoadError::Config)?;
        Ok(Self::start(prepared, settings, Target::Process(ingest)))
    }

    fn start(prepared: &Prepared, settings: RwSettings, target: Target) -> Self {
        let shared = Arc::clone(&prepared.shared);
        let stats = settings.stats.iter().filter_map(|s| Some((s.clone(), TrendStat::parse(s)?))).collect();
        let series = SeriesSet::of(Arc::clone(&shared.registry), stats, settings.native_histograms);
        let pusher = Pusher {
            shared,
            series: Mutex::new(series),
            verdicts: Mutex::default(),
            every: settings.push_interval,
            stale_markers: settings.stale_markers,
            target,
        };
        let (pusher, stop) = (Arc::new(pusher), Cancel::new());
        let task = task::spawn(push_regularly(Arc::clone(&pusher), stop.clone()));
        RemoteWrite { pusher, stop, task }
    }
}

impl Output for RemoteWrite {
    fn add(&mut self, batch: &[Sample], _engine: &Engine) {
        locked(&self.pusher.series).add(batch);
    }

    fn judge(&mut self, engine: &Engine) {
        locked(&self.pusher.verdicts).judge(engine);
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.stop.cancel();
            let _ = self.task.join().await;
            let pusher = self.pusher;
            let last = pusher.changes();
            pusher.push_last(&last).await;
            if pusher.stale_markers {
                let stale = pusher.ended();
                pusher.push_last(&stale).await;
            }
        })
    }
}

async fn push_regularly(pusher: Arc<Pusher>, stop: Cancel) {
    let mut timer = tokio::time::interval(pusher.every);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    timer.tick().await;
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            () = stop.canceled() => return,
        }
        let batch = pusher.changes();
        if !batch.is_empty()
            && let Err(problem) = pusher.push(&batch).await
        {
            pusher.complain(&problem);
        }
    }
}

impl Pusher {
    fn changes(&self) -> MetricBatch {
        let mut series = locked(&self.series);
        let refused = series.take_refused();
        if refused > 0 {
            self.shared.logger.warn(&format!(
                "{refused} samples were left out of the output: the run has too many series; give requests a name tag"
            ));
        }
        let now = Millis(self.shared.clock.now_millis());
        let mut batch = series.changes(now);
        if let Some(settled) = self.shared.settled() {
            locked(&self.verdicts).write(&mut batch, &settled.run_tags, series.last());
        }
        batch
    }

    /// Stale markers for every series.
    fn ended(&self) -> MetricBatch {
        let mut series = locked(&self.series);
        let mut batch = series.stale();
        if let Some(settled) = self.shared.settled() {
            locked(&self.verdicts).end(&mut batch, &settled.run_tags, series.last());
        }
        batch
    }

    async fn push_last(&self, batch: &MetricBatch) {
        if batch.is_empty() {
            return;
        }
        for turn in 1..=LAST_TRIES {
            match self.push(batch).await {
                Ok(()) => return,
                Err(problem) => self.complain(&problem),
            }
            if turn < LAST_TRIES {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn complain(&self, problem: &str) {
        let message = "Failed to send the time series data to the endpoint";
        self.shared.logger.log(
            crate::log::Level::Error,
            message,
            &[("error", problem), ("output", "Prometheus remote write")],
        );
    }

    async fn push(&self, batch: &MetricBatch) -> Result<(), String> {
        match &self.target {
            Target::Process(ingest) => {
                let budget = Budget::new("load", IN_PROCESS_BUDGET);
                let cx = contract::Context::internal(Tenant::anonymous(), self.shared.clock.clone(), budget);
                let outcome = ingest.metrics(&cx, batch.clone()).await.map_err(|e| e.to_string())?;
                match outcome.refused.first() {
                    Some(refusal) => {
                        Err(format!("{} samples were refused: {}", outcome.refused_rows, refusal.message))
                    }
                    None => Ok(()),
                }
            }
            Target::Network { url, headers, dialer } => {
                let body = remote_write::encode_body(batch).map_err(|e| e.to_string())?;
                let sending = post(dialer, url, headers, body);
                let sent = tokio::time::timeout(TIMEOUT, sending)
                    .await
                    .map_err(|_| "the push took more than 5s".to_owned())?;
                let (status, text) = sent?;
                if (200..300).contains(&status) {
                    return Ok(());
                }
                Err(format!(
                    "got status code: {status} instead expected a 2xx successful status code {}",
                    text.trim()
                ))
            }
        }
    }
}

/// One request on a connection of its own: pushes are seconds apart.
async fn post(
    dialer: &Dialer,
    url: &Url,
    headers: &[(String, String)],
    body: Vec<u8>,
) -> Result<(u16, String), String> {
    let dialled = dialer.dial(url).await.map_err(|f| f.message)?;
    let mut request = hyper::Request::post(url.target()).header("host", url.authority());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|e| e.to_string())?;
    let shaken = hyper::client::conn::http1::handshake(TokioIo::new(dialled.stream)).await;
    let (mut sender, connection) = shaken.map_err(|e| e.to_string())?;
    let exchange = async move {
        let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
        let status = answer.status().as_u16();
        let text = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let text = text.map(|t| String::from_utf8_lossy(&t.to_bytes()).into_owned()).unwrap_or_default();
        Ok((status, text))
    };
    let (result, _) = futures_util::future::join(exchange, connection).await;
    result
}
