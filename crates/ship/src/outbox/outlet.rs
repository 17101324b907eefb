//! One receiver of what is put into the queue: how it wants it, and the task that brings it there.
//!
//! ```text
//! wait (enough for a request, or the deadline) -> read a window -> rewrite, cut, deal -> send all lanes -> move the cursor
//! ```

use super::queue::{End, Queue, Read};
use super::send::Receiver;
use super::tally::{Fate, Part, Tally};
use super::window::{self, Families, Parcel};
use crate::http;
use model::{Labels, Millis};
use std::sync::Arc;
use std::time::Duration;
use stdx::task;
use stdx::{Cancel, Clock};
use store::{Position, StoreError};
use tokio::sync::watch;

/// A queue that cannot be read is tried again after so long.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// The message that a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// Version 1: labels in every series.
    Plain,
    /// Version 2: every string once.
    Interned,
}

/// Rewrites the labels of a series; `None` drops it.
pub type Rewrite = Arc<dyn Fn(&Labels) -> Option<Labels> + Send + Sync>;

/// How a receiver wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutletOptions {
    /// Its name among the outlets: its place in the queue goes by it.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// How it is asked.
    pub client: http::Client,
    /// One try may take so long.
    pub timeout: Duration,
    /// What it takes.
    pub message: Message,
    /// Whether exemplars are sent.
    pub send_exemplars: bool,
    /// Whether native histograms are sent.
    pub send_native_histograms: bool,
    /// Whether families are described.
    pub send_metadata: bool,
    /// How often, by requests of their own (version 1).
    pub metadata_interval: Duration,
    /// Families of such a request.
    pub max_metadata_per_send: usize,
    /// Labels of series that lack them, before they are rewritten.
    pub external_labels: Vec<(String, String)>,
    /// The rules behind [`Outlet::rewrite`] as text: a change of them is a change of the outlet.
    pub rules: String,
    /// Samples of one request.
    pub max_samples_per_send: usize,
    /// Requests at once, at most.
    pub max_lanes: usize,
    /// How long samples wait for others to share a request with.
    pub batch_deadline: Duration,
    /// The first pause after a failure.
    pub min_backoff: Duration,
    /// The longest.
    pub max_backoff: Duration,
    /// Whether "too many requests" is tried again; else it is final.
    pub retry_when_limited: bool,
    /// Older samples are not sent any more.
    pub sample_age_limit: Option<Duration>,
}

impl OutletOptions {
    /// The defaults of the replaced system, but that a receiver that is busy is tried again.
    pub fn new(name: String, url: String) -> Self {
        OutletOptions {
            name,
            url,
            client: http::Client::default(),
            timeout: Duration::from_secs(30),
            message: Message::Plain,
            send_exemplars: false,
            send_native_histograms: false,
            send_metadata: true,
            metadata_interval: Duration::from_secs(60),
            max_metadata_per_send: 2000,
            external_labels: Vec::new(),
            rules: String::new(),
            max_samples_per_send: 2000,
            max_lanes: 50,
            batch_deadline: Duration::from_secs(5),
            min_backoff: Duration::from_millis(30),
            max_backoff: Duration::from_secs(5),
            retry_when_limited: true,
            sample_age_limit: None,
        }
    }
}

impl OutletOptions {
    /// The URL without credentials, for all to see.
    pub fn shown_url(&self) -> String {
        match http::Url::parse(&self.url) {
            Ok(mut url) => {
                // A URL that cannot have credentials has none.
                let _ = url.set_password(None).and_then(|()| url.set_username(""));
                url.to_string()
            }
            Err(_) => String::new(),
        }
    }
}

/// A receiver.
#[derive(Clone)]
pub struct Outlet {
    /// How it wants it.
    pub options: OutletOptions,
    /// Rewrites series on their way out.
    pub rewrite: Option<Rewrite>,
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.options.fmt(f)
    }
}

/// The task of an outlet.
pub(super) struct Work {
    pub(super) queue: Arc<Queue>,
    pub(super) tally: Arc<Tally>,
    pub(super) clock: Clock,
    pub(super) cancel: Cancel,
    pub(super) receiver: Arc<Receiver>,
    pub(super) outlet: Arc<Outlet>,
}

impl Work {
    /// Sends until canceled. What is under way then is sent again at the next start.
    pub(super) async fn run(self) {
        let mut end = self.queue.subscribe();
        let mut families = Families::default();
        let mut told = self.clock.monotonic();
        // Samples put since the start of the process that this outlet is done with.
        let mut done_rows = 0;
        while !self.cancel.is_canceled() {
            if self.tells_families(&families, told) {
                told = self.clock.monotonic();
                let parcels = families.tell(self.outlet.options.max_metadata_per_send);
                if !self.receiver.deliver_in_turn(&parcels, &self.tally, &self.cancel).await {
                    return;
                }
            }
            let Some((at, goal)) = self.something_to_send(&mut end, &mut done_rows, &families, told).await
            else {
                continue;
            };
            let lanes = self.lanes(goal.rows.saturating_sub(done_rows));
            match self.window((at, goal.position), lanes, families).await {
                Ok((window, read, kept)) => {
                    families = kept;
                    self.tally.add(Part::Samples, Fate::Lost, read.damaged);
                    if !self.send(window).await {
                        return;
                    }
                    done_rows = match read.next >= goal.position {
                        true => goal.rows,
                        // What lay in the queue at the start is in no count.
                        false => (done_rows + read.rows).min(goal.rows),
                    };
                    self.tally.set_pending(end.borrow().rows.saturating_sub(done_rows));
                    self.advance(read.next).await;
                }
                Err(error) => {
                    families = Families::default();
                    self.skip_damage(at, &error).await;
                }
            }
        }
    }

    /// Version 1 tells families by requests of their own, in intervals.
    fn tells_families(&self, families: &Families, told: Duration) -> bool {
        let options = &self.outlet.options;
        let due = self.clock.monotonic().saturating_sub(told) >= options.metadata_interval;
        options.send_metadata && options.message == Message::Plain && due && families.has_untold()
    }

    /// Waits for samples worth a request, and no longer than the deadline for more of them. `None`: look again.
    async fn something_to_send(
        &self,
        end: &mut watch::Receiver<End>,
        done_rows: &mut u64,
        families: &Families,
        told: Duration,
    ) -> Option<(Position, End)> {
        let options = &self.outlet.options;
        let goal = *end.borrow_and_update();
        let (at, lost) = self.queue.cursor(&options.name);
        if lost > 0 {
            self.tally.add(Part::Samples, Fate::Lost, lost);
            *done_rows = (*done_rows + lost).min(goal.rows);
        }
        if at >= goal.position {
            *done_rows = goal.rows;
            self.tally.set_pending(0);
            let since = self.clock.monotonic().saturating_sub(told);
            let until_told = match families.has_untold() && options.message == Message::Plain {
                true => options.metadata_interval.saturating_sub(since),
                false => options.metadata_interval,
            };
            tokio::select! {
                () = self.cancel.canceled() => {}
                _ = end.changed() => {}
                () = tokio::time::sleep(until_told) => {}
            }
            return None;
        }
        let enough = *done_rows + options.max_samples_per_send as u64;
        // The rest of an earlier life is in no count and does not wait.
        if goal.rows > *done_rows && goal.rows < enough {
            tokio::select! {
                () = self.cancel.canceled() => return None,
                _ = end.wait_for(|end| end.rows >= enough) => {}
                () = tokio::time::sleep(options.batch_deadline) => {}
            }
        }
        Some((at, *end.borrow_and_update()))
    }

    /// One lane for each request that waits.
    fn lanes(&self, rows: u64) -> usize {
        let options = &self.outlet.options;
        // Without a count, as after a start, there may be much.
        let requests =
            if rows == 0 { u64::MAX } else { rows.div_ceil(options.max_samples_per_send.max(1) as u64) };
        usize::try_from(requests).unwrap_or(usize::MAX).clamp(1, options.max_lanes.max(1))
    }

    async fn window(
        &self,
        (from, upto): (Position, Position),
        lanes: usize,
        mut families: Families,
    ) -> Result<(window::Window, Read, Families), StoreError> {
        let (queue, outlet, tally) = (self.queue.clone(), self.outlet.clone(), self.tally.clone());
        let now = Millis(self.clock.now_millis());
        let work = task::blocking(move || {
            let rows = outlet.options.max_samples_per_send.saturating_mul(lanes) as u64;
            let read = queue.read(from, upto, rows)?;
            let window = window::window(&read.entries, &outlet, &mut families, &tally, (lanes, now));
            Ok((window, Read { entries: Vec::new(), ..read }, families))
        });
        work.join().await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Sends the lanes side by side; `false` when canceled.
    async fn send(&self, window: window::Window) -> bool {
        self.tally.set_lanes(window.lanes.len());
        let send = |parcels: Vec<Parcel>| {
            let (receiver, tally, cancel) = (self.receiver.clone(), self.tally.clone(), self.cancel.clone());
            task::spawn(async move { receiver.deliver_in_turn(&parcels, &tally, &cancel).await })
        };
        let lanes: Vec<_> = window.lanes.into_iter().map(send).collect();
        let mut all = true;
        for lane in lanes {
            all &= match lane.join().await {
                Ok(sent) => sent,
                Err(error) => {
                    // A lane that panicked would do so again: its samples are left out.
                    tracing::error!(%error, outlet = self.outlet.options.name, "sending samples on failed");
                    true
                }
            };
        }
        all
    }

    async fn advance(&self, to: Position) {
        if let Err(error) = self.queue.advance(&self.outlet.options.name, to).await {
            tracing::warn!(%error, "the queue of remote write cannot note how far it was sent");
        }
    }

    /// Leaves out what cannot be read.
    async fn skip_damage(&self, at: Position, error: &StoreError) {
        let name = &self.outlet.options.name;
        let behind = match error {
            StoreError::Corrupt { .. } => self.queue.behind_damage(at),
            _ => None,
        };
        tracing::error!(%error, outlet = name, "the queue of remote write cannot be read");
        match behind {
            Some(next) => {
                self.tally.add(Part::Samples, Fate::Lost, 1);
                self.advance(next).await;
            }
            None => tokio::select! {
                () = self.cancel.canceled() => {}
                () = tokio::time::sleep(READ_AGAIN) => {}
            },
        }
    }
}
