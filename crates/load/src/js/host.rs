//! The host: what the native functions of one VU see. Holds no JavaScript values, so that it may outlive any of them.

use super::events::Events;
use super::fiber::Park;
use super::http::Expected;
use crate::metrics::{Builtin, Inbox, MetricId, Sample, TagSet};
use crate::protocol::http::client::Client;
use crate::protocol::http::cookies::Jar;
use crate::run::shared::{ScenarioRun, Settled, Shared};
use rquickjs::{Ctx, Exception};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Cancel, Rng};

/// 4 ms: how long a VU may compute before the others of its thread get their turn.
const SLICE: Duration = Duration::from_millis(4);
/// Samples a VU keeps to itself before it hands them over in the middle of an iteration.
const MAX_BUFFERED: usize = 4096;

/// One VU's side of everything native.
pub(crate) struct Host {
    pub(crate) shared: Arc<Shared>,
    pub(crate) park: Park,
    /// 0 for the VUs that run setup, teardown and handleSummary.
    pub(crate) id: u32,
    /// Whether the script is being loaded.
    pub(crate) in_init: Cell<bool>,
    /// Tags of samples recorded now.
    pub(crate) tags: RefCell<Arc<TagSet>>,
    /// Cuts off what the VU is doing.
    pub(crate) stop: RefCell<Cancel>,
    /// The scenario whose lane it runs.
    pub(crate) lane: RefCell<Option<Arc<ScenarioRun>>>,
    /// Iterations of this VU, of this VU in each scenario, and the running iteration's number in the scenario.
    pub(crate) iteration: Cell<u64>,
    pub(crate) by_scenario: RefCell<HashMap<String, u64>>,
    pub(crate) number_in_scenario: Cell<u64>,
    pub(crate) jar: Rc<RefCell<Jar>>,
    /// Jars that the script made, by position.
    pub(crate) jars: RefCell<Vec<Rc<RefCell<Jar>>>>,
    pub(crate) expected: RefCell<Expected>,
    pub(crate) events: Events,
    /// HTML documents that the script holds, by number.
    pub(crate) documents: RefCell<HashMap<u32, Rc<crate::markup::Document>>>,
    /// Open WebSockets, by callback.
    pub(crate) sockets: RefCell<HashMap<u32, super::ws::Handle>>,
    /// Whether this VU itself called `exec.test.abort()`.
    pub(crate) aborting: Cell<bool>,
    pub(crate) rng: RefCell<Rng>,
    client: OnceCell<Rc<Client>>,
    samples: RefCell<Vec<Sample>>,
    inbox: Inbox,
    slice_began: Cell<Duration>,
}

impl Host {
    /// A host for VU `id`.
    pub(crate) fn of(shared: Arc<Shared>, park: Park, id: u32, inbox: Inbox) -> Self {
        let tags = shared.settled().map(|s| Arc::clone(&s.run_tags)).unwrap_or_default();
        Host {
            park,
            id,
            in_init: Cell::new(true),
            tags: RefCell::new(tags),
            stop: RefCell::default(),
            lane: RefCell::default(),
            iteration: Cell::new(0),
            by_scenario: RefCell::default(),
            number_in_scenario: Cell::new(0),
            jar: Rc::default(),
            jars: RefCell::default(),
            expected: RefCell::default(),
            events: Events::default(),
            documents: RefCell::default(),
            sockets: RefCell::default(),
            aborting: Cell::new(false),
            rng: RefCell::new(Rng::from_entropy()),
            client: OnceCell::new(),
            samples: RefCell::default(),
            inbox,
            slice_began: Cell::new(shared.clock.monotonic()),
            shared,
        }
    }

    /// Waits for `future`, letting other VUs run; a VU that is cut off throws instead.
    pub(crate) fn wait<F: Future>(&self, ctx: &Ctx<'_>, future: F) -> rquickjs::Result<F::Output> {
        let output = self.wait_or_stop(future);
        output.ok_or_else(|| Exception::throw_message(ctx, "the iteration was interrupted"))
    }

    /// Waits for `future`; `None` when the VU is cut off first.
    pub(crate) fn wait_or_stop<F: Future>(&self, future: F) -> Option<F::Output> {
        self.flush();
        let stop = self.stop.borrow().clone();
        let output = self.park.block_on(async {
            tokio::select! {
                biased;
                () = stop.canceled() => None,
                output = future => Some(output),
            }
        });
        self.slice_began.set(self.shared.clock.monotonic());
        output
    }

    /// Asked by the engine every ten thousand steps or so: whether to stop computing. Gives others their turn.
    pub(crate) fn tick(&self) -> bool {
        if self.shared.clock.monotonic().saturating_sub(self.slice_began.get()) > SLICE {
            self.park.breathe();
            self.slice_began.set(self.shared.clock.monotonic());
        }
        self.stop.borrow().is_canceled()
    }

    /// The settled options; a script that is still being loaded has none.
    pub(crate) fn settled(&self, ctx: &Ctx<'_>, what: &str) -> rquickjs::Result<&Settled> {
        match self.shared.settled() {
            Some(settled) if !self.in_init.get() => Ok(settled),
            _ => Err(Exception::throw_message(ctx, &format!("{what} in the init context is not supported"))),
        }
    }

    /// The VU's HTTP client.
    pub(crate) fn client(&self, settled: &Settled) -> &Rc<Client> {
        self.client.get_or_init(|| {
            let rng = Rng::seeded(self.rng.borrow_mut().next_u64());
            Rc::new(Client::with(Arc::clone(&settled.dialer), rng))
        })
    }

    /// Records a sample with the current tags.
    pub(crate) fn record(&self, metric: impl Into<MetricId>, value: f64) {
        let tags = Arc::clone(&self.tags.borrow());
        self.record_with(metric, value, tags, self.shared.clock.now_nanos());
    }

    /// Records a sample.
    pub(crate) fn record_with(
        &self,
        metric: impl Into<MetricId>,
        value: f64,
        tags: Arc<TagSet>,
        at_nanos: i64,
    ) {
        let mut samples = self.samples.borrow_mut();
        samples.push(Sample { metric: metric.into(), tags, at_nanos, value });
        if samples.len() >= MAX_BUFFERED {
            self.inbox.put(&mut samples);
        }
    }

    /// Hands all samples over.
    pub(crate) fn flush(&self) {
        self.inbox.put(&mut self.samples.borrow_mut());
    }

    /// Whether a system tag is on.
    pub(crate) fn has_tag(&self, name: &str) -> bool {
        self.shared.settled().is_none_or(|s| s.settings.system_tags.has(name))
    }

    /// Records what went over the wire since the last time.
    pub(crate) fn record_bytes(&self) {
        let (sent, received) = self.client.get().map_or((0, 0), |c| c.bytes.take());
        self.record(Builtin::DataSent, sent as f64);
        self.record(Builtin::DataReceived, received as f64);
    }

    /// Closes the VU's idle connections.
    pub(crate) fn close_idle(&self) {
        if let Some(client) = self.client.get() {
            client.close_idle();
        }
    }
}
