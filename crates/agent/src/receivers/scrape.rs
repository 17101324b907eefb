//! Scraping: asks HTTP targets for their samples every interval.
//!
//! ```text
//! discovery -> relabel -> target.rs (URL, labels) -> one task a target, at its own offset in the interval
//!     -> fetch.rs (HTTP, limits) -> lines.rs (known lines; wire::exposition) -> round.rs (labels, stale markers, report series) -> Ingest
//! ```
//! Invariant: every scrape, good or bad, stores `up`; a series that a target showed last time and does not show now
//! gets a stale marker, and so does every series of a target that fails or goes away.

mod board;
mod fetch;
mod lines;
mod round;
mod target;
mod told;

pub use board::{Board, Dropped, Health, TargetState};

use crate::discovery::Discovery;
use crate::options::ScrapeJob;
use contract::{Context, Ingest, IngestError, Outcome};
use fetch::Fetched;
use model::{Labels, Millis, Nanos};
use round::{Round, Took};
use ship::http::HttpClient;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use stdx::Cancel;
use stdx::task::{self, Task};
use target::{Found, Target};
use told::Told;
use wire::rfc3339::Utc;

/// How often targets are discovered anew.
const DISCOVER_EVERY: Duration = Duration::from_secs(5);
/// Targets of one job: more than this are left out and said so.
const MAX_TARGETS: usize = 10_000;

/// Targets with a longer interval are not asked at the start: an hour, after which a target is one of slow things.
const SELDOM_MS: i64 = 3_600_000;

/// What all targets share.
#[derive(Clone)]
pub(crate) struct Scraper {
    pub ingest: Arc<dyn Ingest>,
    pub cx: Context,
    /// What asks; or why nothing can.
    pub client: Result<HttpClient, String>,
    pub board: Arc<Board>,
    /// How many targets the job has, when those are more than it may have; 0 otherwise.
    pub over_limit: Arc<AtomicUsize>,
}

impl Scraper {
    /// The same for a target behind a socket. Each socket has a client of its own: connections are kept by what a URL names, and
    /// many sockets may bear one name. A client that cannot be made fails the scrapes: nothing else than the socket is asked.
    fn over(self, socket: Option<&PathBuf>) -> Self {
        let Some(path) = socket else { return self };
        let client = self.client.and_then(|client| client.over_socket(path.clone()));
        Scraper { client, ..self }
    }
}

/// Scrapes the targets of one job until canceled.
pub(crate) async fn run(job: ScrapeJob, mut discovery: Discovery, scraper: Scraper, cancel: Cancel) {
    let job = Arc::new(job);
    let mut running: BTreeMap<Labels, (Cancel, Task<()>)> = BTreeMap::new();
    while !cancel.is_canceled() {
        let found = tokio::select! {
            () = cancel.canceled() => break,
            found = discovery.find(&job, &scraper.cx.clock) => found,
        };
        if found.len() > MAX_TARGETS {
            tracing::warn!(
                job = job.job_name,
                found = found.len(),
                MAX_TARGETS,
                "too many targets; the rest is left out"
            );
        }
        let (mut wanted, mut dropped) = (BTreeMap::new(), Dropped::default());
        for labels in found.iter().take(MAX_TARGETS) {
            match Target::from_discovered(labels, &job) {
                Ok(Found::Target(target)) => drop(wanted.insert(labels.clone(), target)),
                Ok(Found::Dropped(before)) => dropped.add(before, job.limits.dropped_targets),
                Err(reason) => {
                    tracing::warn!(job = job.job_name, %labels, reason, "a target cannot be scraped");
                }
            }
        }
        keep_one_of_each(&mut wanted, |found| running.contains_key(found));
        scraper.board.put_dropped(&job.job_name, dropped);
        let limit = job.limits.targets;
        let over = if limit > 0 && wanted.len() > limit { wanted.len() } else { 0 };
        scraper.over_limit.store(over, Ordering::Relaxed);
        end(running.extract_if(.., |key, _| !wanted.contains_key(key)).map(|(_, target)| target)).await;
        for (key, target) in wanted {
            running.entry(key).or_insert_with(|| {
                let cancel = Cancel::new();
                let work = follow(target, job.clone(), scraper.clone(), cancel.clone());
                (cancel, task::spawn(work))
            });
        }
        tokio::select! {
            () = cancel.canceled() => {}
            () = tokio::time::sleep(DISCOVER_EVERY) => {}
        }
    }
    end(running.into_values()).await;
    scraper.board.put_dropped(&job.job_name, Dropped::default());
}

/// Leaves out targets that would be asked and labelled like another one: of these, one that is scraped already stays, else the first
/// by the labels it was found with.
fn keep_one_of_each(wanted: &mut BTreeMap<Labels, Target>, is_scraped: impl Fn(&Labels) -> bool) {
    let mut kept = HashMap::<_, &Labels>::new();
    for (found, target) in &*wanted {
        let like = (&target.labels, target.url.as_str(), &target.socket, target.interval, target.timeout);
        let one = kept.entry(like).or_insert(found);
        if is_scraped(found) && !is_scraped(one) {
            *one = found;
        }
    }
    let kept: BTreeSet<Labels> = kept.into_values().cloned().collect();
    wanted.retain(|found, _| kept.contains(found));
}

/// Ends targets together: each stores its last samples, and waits for them.
async fn end(targets: impl Iterator<Item = (Cancel, Task<()>)>) {
    let ending = targets.map(|(cancel, task)| {
        cancel.cancel();
        task
    });
    for task in ending.collect::<Vec<_>>() {
        if let Err(error) = task.join().await {
            tracing::warn!(%error, "a scrape loop did not end well");
        }
    }
}

/// Scrapes one target at its offset of every interval.
async fn follow(target: Target, job: Arc<ScrapeJob>, scraper: Scraper, cancel: Cancel) {
    let mut round = Round::new(target.labels.clone());
    let scraper = scraper.over(target.socket.as_ref());
    let interval = i64::try_from(target.interval.as_millis()).unwrap_or(i64::MAX).max(1);
    let offset = (target.labels.stable_hash() ^ target.url_hash()).cast_signed().rem_euclid(interval);
    // The next instant of the form k * interval + offset.
    let after = |now: i64| now - (now - offset).rem_euclid(interval) + interval;
    // The first scrape comes at once, so that a new target is seen, unless it is asked so seldom that a restart must not ask
    // it once more; the later ones keep to its offset.
    let now = scraper.cx.clock.now_millis();
    let mut at = if interval > SELDOM_MS { after(now) } else { now };
    scraper.board.put(state(&target, &job, Health::Unknown));
    loop {
        let pause = u64::try_from(at - scraper.cx.clock.now_millis()).unwrap_or(0);
        tokio::select! {
            () = cancel.canceled() => break,
            () = tokio::time::sleep(Duration::from_millis(pause)) => {}
        }
        scrape(&target, &job, &scraper, &mut round, Millis(at)).await;
        at = after(scraper.cx.clock.now_millis());
    }
    let told = round.ended(&job, Millis(scraper.cx.clock.now_millis()));
    report(&target, store(&scraper, &mut round, &told).await);
    scraper.board.remove(&target, &job.job_name);
}

async fn scrape(target: &Target, job: &ScrapeJob, scraper: &Scraper, round: &mut Round, at: Millis) {
    let begin = scraper.cx.clock.monotonic();
    let fetched = match scraper.over_limit.load(Ordering::Relaxed) {
        0 => match &scraper.client {
            Ok(client) => fetch::fetch(client, target, job).await,
            Err(reason) => Err(reason.clone()),
        },
        targets => {
            let limit = job.limits.targets;
            Err(format!("target_limit exceeded (number of targets: {targets}, limit: {limit})"))
        }
    };
    let read = fetched.and_then(|Fetched { body, format }| {
        Ok((round.lines.read(&body, format, target.wants, at)?, body.len()))
    });
    let time = scraper.cx.clock.monotonic().saturating_sub(begin);
    let took = |bytes| Took { at, time, bytes };
    let (told, fault) = match read {
        Ok((reading, bytes)) => {
            let metadata = &reading.exposition.batch.metadata;
            if !reading.same_comments && *round.metadata != **metadata {
                round.metadata = scraper.board.share(metadata);
            }
            round.good(reading, job, took(bytes))
        }
        Err(reason) => (round.bad(job, took(0)), Some(reason)),
    };
    if let Some(reason) = &fault {
        tracing::debug!(url = %target.url, reason, "a scrape failed");
        if let Some(path) = &job.failure_log {
            note_failure(path, target, job, reason, Nanos(scraper.cx.clock.now_nanos())).await;
        }
    }
    let health = if fault.is_some() { Health::Down } else { Health::Up };
    scraper.board.put(TargetState {
        last_error: fault.unwrap_or_default(),
        last_scrape: Some(at),
        last_took: time,
        metadata: round.metadata.clone(),
        ..state(target, job, health)
    });
    report(target, store(scraper, round, &told).await);
}

/// Adds a line of JSON to the job's log of failed scrapes. The file is opened each time, so it may be moved away.
async fn note_failure(path: &Path, target: &Target, job: &ScrapeJob, reason: &str, at: Nanos) {
    let line = serde_json::json!({
        "time": Utc(at).to_string(), "level": "ERROR", "msg": reason,
        "job_name": job.job_name, "target": target.url.to_string(),
    });
    let (file, line) = (path.to_owned(), format!("{line}\n"));
    let written = task::blocking(move || {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
        file.write_all(line.as_bytes())
    });
    if let Ok(Err(error)) = written.join().await {
        tracing::warn!(file = %path.display(), %error, "a failed scrape cannot be noted");
    }
}

/// A target before its first scrape.
fn state(target: &Target, job: &ScrapeJob, health: Health) -> TargetState {
    TargetState {
        job: job.job_name.clone(),
        url: target.url.to_string(),
        labels: target.labels.clone(),
        discovered: target.discovered.clone(),
        health,
        last_error: String::new(),
        last_scrape: None,
        last_took: Duration::ZERO,
        interval: target.interval,
        timeout: target.timeout,
        metadata: Arc::default(),
    }
}

/// Stores what a scrape tells, by the numbers of its series where the engine has some.
async fn store(scraper: &Scraper, round: &mut Round, told: &Told) -> Result<Outcome, IngestError> {
    let (ingest, cx) = (&scraper.ingest, &scraper.cx);
    round.ask(told, |keys| ingest.known(cx, keys));
    match ingest.metrics(cx, round.batch(told)).await {
        Err(IngestError::Forgotten) => {
            round.forget_numbers();
            ingest.metrics(cx, round.batch(told)).await
        }
        outcome => outcome,
    }
}

fn report(target: &Target, outcome: Result<Outcome, IngestError>) {
    match outcome {
        Ok(outcome) => {
            if let Some(refusal) = outcome.refused.first() {
                tracing::debug!(url = %target.url, samples = outcome.refused_rows, reason = refusal.message, "samples were refused");
            }
        }
        Err(error) => tracing::warn!(url = %target.url, %error, "scraped samples were not stored"),
    }
}

#[cfg(test)]
mod tests;
