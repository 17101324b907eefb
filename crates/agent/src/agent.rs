//! The running agent: one task a receiver, all stopped and awaited together.

use crate::discovery::Discovery;
use crate::options::{AgentOptions, ScrapeJob};
use crate::receivers::files::Follower;
use crate::receivers::host;
use crate::receivers::scrape::{self, Board, Scraper};
use crate::receivers::syslog::{Bound, SyslogCounts};
use contract::{Context, Ingest};
use ship::http::HttpClient;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::Cancel;
use stdx::task::{self, Task};

/// Running receivers. Dropping it aborts them; [`Agent::stop`] lets them finish what they are sending.
pub struct Agent {
    cancel: Cancel,
    tasks: Mutex<Vec<Task<()>>>,
    scrape: tokio::sync::Mutex<BTreeMap<String, Running>>,
    board: Arc<Board>,
    syslog: Vec<SocketAddr>,
    counts: Arc<SyslogCounts>,
    ingest: Arc<dyn Ingest>,
    cx: Context,
}

/// A job that is being scraped.
struct Running {
    job: ScrapeJob,
    cancel: Cancel,
    task: Task<()>,
}

/// A job that can be scraped: its certificates and URLs were read.
struct Ready {
    job: ScrapeJob,
    discovery: Discovery,
    client: HttpClient,
}

impl Agent {
    /// Starts every receiver of `options`, handing batches to `ingest` under `cx`.
    pub async fn start(options: AgentOptions, ingest: Arc<dyn Ingest>, cx: Context) -> std::io::Result<Self> {
        let cancel = Cancel::new();
        let mut tasks = Vec::new();
        if let Some(host) = options.host {
            tasks.push(task::spawn(host::run(host, ingest.clone(), cx.clone().patient(), cancel.clone())));
        }
        let (mut syslog, counts) = (Vec::new(), Arc::<SyslogCounts>::default());
        for listener in options.syslog {
            let bound = Bound::open(listener).await.map_err(std::io::Error::other)?;
            syslog.push(bound.address());
            let (ingest, cx) = (ingest.clone(), cx.clone());
            tasks.push(task::spawn(bound.run(ingest, cx, counts.clone(), cancel.clone())));
        }
        if !options.files.is_empty() {
            let follower = Follower::open(options.files, &options.state_dir)?;
            tasks.push(task::spawn(follower.run(ingest.clone(), cx.clone(), cancel.clone())));
        }
        let (scrape, board) = (tokio::sync::Mutex::default(), Arc::default());
        let tasks = Mutex::new(tasks);
        let agent = Agent { cancel, tasks, scrape, board, syslog, counts, ingest, cx };
        agent.scrape_these(options.scrape).await.map_err(std::io::Error::other)?;
        Ok(agent)
    }

    /// Scrapes these jobs from now on. Jobs that did not change go on as they were; the series of those that are gone
    /// end. An error names the job that cannot be scraped, and changes nothing.
    pub async fn scrape_these(&self, jobs: Vec<ScrapeJob>) -> Result<(), String> {
        let mut running = self.scrape.lock().await;
        let mut ready = Vec::new();
        let mut kept = BTreeSet::new();
        for job in jobs {
            if running.get(&job.job_name).is_some_and(|known| known.job == job) {
                kept.insert(job.job_name);
                continue;
            }
            let named = |error: String| format!("scrape job {:?}: {error}", job.job_name);
            let discovery = Discovery::new(&job).map_err(named)?;
            let client = HttpClient::new(&job.client).map_err(named)?;
            ready.push(Ready { job, discovery, client });
        }
        let gone: Vec<String> = running.keys().filter(|name| !kept.contains(*name)).cloned().collect();
        let gone: Vec<Running> = gone.iter().filter_map(|name| running.remove(name)).collect();
        gone.iter().for_each(|job| job.cancel.cancel());
        for job in gone {
            end(job.task).await;
        }
        for Ready { job, discovery, client } in ready {
            let scraper = Scraper {
                ingest: self.ingest.clone(),
                cx: self.cx.clone().patient(),
                client: Ok(client),
                board: self.board.clone(),
                over_limit: Arc::default(),
            };
            let cancel = Cancel::new();
            let task = task::spawn(scrape::run(job.clone(), discovery, scraper, cancel.clone()));
            running.insert(job.job_name.clone(), Running { job, cancel, task });
        }
        Ok(())
    }

    /// The state of scrape targets.
    pub fn targets(&self) -> Arc<Board> {
        self.board.clone()
    }

    /// Where syslog is listened for, in the order of the options.
    pub fn syslog(&self) -> &[SocketAddr] {
        &self.syslog
    }

    /// What became of messages of syslog.
    pub fn syslog_counts(&self) -> Arc<SyslogCounts> {
        self.counts.clone()
    }

    /// Stops reading, finishes what is being sent, saves positions.
    pub async fn stop(&self) {
        self.cancel.cancel();
        let jobs = std::mem::take(&mut *self.scrape.lock().await);
        jobs.values().for_each(|job| job.cancel.cancel());
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks.into_iter().chain(jobs.into_values().map(|job| job.task)) {
            end(task).await;
        }
    }
}

async fn end(task: Task<()>) {
    if let Err(error) = task.join().await {
        tracing::warn!(%error, "a receiver did not end well");
    }
}
