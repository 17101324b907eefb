//! The generator: read, add, collect, run. One set of totals a tenant, behind one lock that is held for a batch.

use crate::graph::Graph;
use crate::host::Hosts;
use crate::names::Names;
use crate::observe::Observed;
use crate::options::{Options, SpanNameSanitization};
use crate::series::Series;
use crate::span::Operations;
use crate::target::Targets;
use contract::{Context, Ingest};
use model::{MetricBatch, Millis, SpanBatch, Tenant};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use stdx::{Budget, Cancel, Clock};

/// Tenants with totals; spans of further ones are passed over and counted. A tenant's totals take at most 20 MB.
const MAX_TENANTS: usize = 1_000;

/// How often it is looked whose interval has passed: samples closer together are more than any dashboard asks for.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// Services of one tenant whose bytes are told apart.
const MAX_USED_SERVICES: usize = 10_000;
/// Stands for all services beyond.
const OTHER_SERVICES: &str = "__overflow__";

/// Bytes of spans that came since start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Whose.
    pub tenant: Tenant,
    /// The service that sent them; "" when it has no name.
    pub service: Arc<str>,
    /// In protobuf.
    pub bytes: u64,
}

/// What was not counted, since start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Spans that ended too long ago or too far ahead.
    pub untimely: u64,
    /// Spans counted under an operation that stands for all that do not fit.
    pub overflowed: u64,
    /// Calls between services that found no room, and spans of tenants beyond the limit.
    pub dropped: u64,
    /// Calls whose other side never came and is not named.
    pub unpaired: u64,
    /// Spans that policies leave out.
    pub filtered: u64,
    /// Spans whose name is told without ids, or would be ([`SpanNameSanitization`]).
    pub renamed: u64,
}

#[derive(Debug)]
struct Totals {
    options: Arc<Options>,
    names: Names,
    operations: Operations,
    targets: Targets,
    graph: Graph,
    hosts: Hosts,
    /// When they are written next, on the monotonic clock in nanoseconds.
    due: i64,
}

/// Counts spans and writes what it counted as metrics.
#[derive(Debug)]
pub struct Generator {
    options: Arc<Options>,
    /// Tenants that chose for themselves.
    chosen: RwLock<FxHashMap<Tenant, Arc<Options>>>,
    clock: Clock,
    tenants: Mutex<FxHashMap<Tenant, Totals>>,
    usage: Mutex<FxHashMap<Tenant, FxHashMap<Arc<str>, u64>>>,
    untimely: AtomicU64,
    overflowed: AtomicU64,
    refused: AtomicU64,
    filtered: AtomicU64,
    renamed: AtomicU64,
}

impl Generator {
    /// A generator that has counted nothing.
    pub fn new(options: Options, clock: Clock) -> Self {
        Generator {
            options: Arc::new(options),
            chosen: RwLock::default(),
            clock,
            tenants: Mutex::default(),
            usage: Mutex::default(),
            untimely: AtomicU64::new(0),
            overflowed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            filtered: AtomicU64::new(0),
            renamed: AtomicU64::new(0),
        }
    }

    /// The choices of tenants that made none.
    pub fn defaults(&self) -> &Options {
        &self.options
    }

    /// The choices that hold for a tenant.
    pub fn options_of(&self, tenant: &Tenant) -> Arc<Options> {
        let chosen = self.chosen.read().unwrap_or_else(PoisonError::into_inner);
        chosen.get(tenant).unwrap_or(&self.options).clone()
    }

    /// Holds for a tenant from now on; `None`: the defaults. Totals that were kept under other choices begin anew, so that
    /// a series never mixes both.
    pub fn choose(&self, tenant: &Tenant, options: Option<Options>) {
        if options.as_ref().unwrap_or(&self.options) == &*self.options_of(tenant) {
            return;
        }
        let mut chosen = self.chosen.write().unwrap_or_else(PoisonError::into_inner);
        match options {
            Some(options) => drop(chosen.insert(tenant.clone(), Arc::new(options))),
            None => drop(chosen.remove(tenant)),
        }
        drop(chosen);
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).remove(tenant);
    }

    /// The facts of a tenant's batch that is about to be stored.
    pub fn read(&self, tenant: &Tenant, batch: &SpanBatch) -> Observed {
        Observed::read(batch, &self.options_of(tenant), self.clock.now_nanos())
    }

    /// Counts a batch that was stored.
    pub fn add(&self, tenant: &Tenant, observed: &Observed) {
        self.use_up(tenant, observed);
        self.untimely.fetch_add(observed.untimely, Ordering::Relaxed);
        self.filtered.fetch_add(observed.filtered, Ordering::Relaxed);
        if observed.spans.is_empty() {
            return;
        }
        let now = self.now();
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let options = self.options_of(tenant);
        // What was read under choices that changed meanwhile has other dimensions.
        let stale = observed.options.as_ref().is_none_or(|read| !Arc::ptr_eq(read, &options));
        if stale || tenants.len() >= MAX_TENANTS && !tenants.contains_key(tenant) {
            self.refused.fetch_add(observed.spans.len() as u64, Ordering::Relaxed);
            return;
        }
        let totals = tenants.entry(tenant.clone()).or_insert_with(|| Totals {
            options,
            names: Names::default(),
            operations: Operations::default(),
            targets: Targets::default(),
            graph: Graph::default(),
            hosts: Hosts::default(),
            due: now,
        });
        let options = totals.options.clone();
        totals.graph.expire(&options, now);
        let (mut overflowed, mut renamed) = (0, 0);
        for facts in &observed.spans {
            if let Some(of) = &facts.operation {
                let mut name = &facts.name;
                let became;
                if options.operations.names != SpanNameSanitization::Disabled {
                    became = totals.names.of(&facts.service, name);
                    renamed += u64::from(became != *name);
                    if options.operations.names == SpanNameSanitization::Enabled {
                        name = &became;
                    }
                }
                overflowed += u64::from(!totals.operations.add((facts, name), of, &options, now));
                if let Some(target) = &of.target {
                    overflowed += u64::from(!totals.targets.add(target, now));
                }
            }
            totals.graph.add(facts, &options, now);
        }
        overflowed += observed.hosts.iter().filter(|host| !totals.hosts.add(host, now)).count() as u64;
        self.overflowed.fetch_add(overflowed, Ordering::Relaxed);
        self.renamed.fetch_add(renamed, Ordering::Relaxed);
    }

    fn use_up(&self, tenant: &Tenant, observed: &Observed) {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        if usage.len() >= MAX_TENANTS && !usage.contains_key(tenant) {
            return;
        }
        let services = usage.entry(tenant.clone()).or_default();
        for (service, bytes) in &observed.received {
            let fits = services.len() < MAX_USED_SERVICES || services.contains_key(service);
            let service = if fits { service.clone() } else { Arc::from(OTHER_SERVICES) };
            *services.entry(service).or_default() += bytes;
        }
    }

    /// Bytes of spans that came since start, by tenant and service, in that order.
    pub fn usage(&self) -> Vec<Used> {
        let usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |tenant: &Tenant, (service, bytes): (&Arc<str>, &u64)| Used {
            tenant: tenant.clone(),
            service: service.clone(),
            bytes: *bytes,
        };
        let all =
            usage.iter().flat_map(|(tenant, services)| services.iter().map(move |used| one(tenant, used)));
        let mut all: Vec<Used> = all.collect();
        all.sort_by(|a, b| (&a.tenant, &a.service).cmp(&(&b.tenant, &b.service)));
        all
    }

    /// Nanoseconds on the monotonic clock.
    fn now(&self) -> i64 {
        i64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(i64::MAX)
    }

    /// All series of all tenants, as they stand now.
    pub fn collect(&self) -> Vec<(Tenant, MetricBatch)> {
        self.collect_of(|_| true)
    }

    /// All series of the tenants whose interval has passed.
    pub(crate) fn collect_due(&self) -> Vec<(Tenant, MetricBatch)> {
        let now = self.now();
        self.collect_of(|totals| {
            let due = totals.due <= now;
            if due {
                let interval = i64::try_from(totals.options.interval.as_nanos()).unwrap_or(i64::MAX);
                // In step with the times before, but for those that were missed.
                let next = totals.due.saturating_add(interval);
                totals.due = if next > now { next } else { now.saturating_add(interval) };
            }
            due
        })
    }

    fn collect_of(&self, mut wanted: impl FnMut(&mut Totals) -> bool) -> Vec<(Tenant, MetricBatch)> {
        let now = self.now();
        let at = Millis(self.clock.now_millis());
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let mut collected = Vec::new();
        for (tenant, totals) in tenants.iter_mut() {
            if !totals.options.write || !wanted(totals) {
                continue;
            }
            let options = totals.options.clone();
            let mut batch = MetricBatch::default();
            let mut out = Series { batch: &mut batch, now: at, exemplar_label: &options.exemplar_label };
            totals.graph.expire(&options, now);
            totals.operations.collect(&mut out, &options, now);
            totals.targets.collect(&mut out, &options, now);
            totals.graph.collect(&mut out, &options, now);
            totals.hosts.collect(&mut out, &options, now);
            if !batch.is_empty() {
                collected.push((tenant.clone(), batch));
            }
        }
        collected
    }

    /// What was not counted.
    pub fn losses(&self) -> Losses {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let calls: u64 = tenants.values().map(|totals| totals.graph.dropped).sum();
        Losses {
            untimely: self.untimely.load(Ordering::Relaxed),
            overflowed: self.overflowed.load(Ordering::Relaxed),
            dropped: calls + self.refused.load(Ordering::Relaxed),
            unpaired: tenants.values().map(|totals| totals.graph.unpaired).sum(),
            filtered: self.filtered.load(Ordering::Relaxed),
            renamed: self.renamed.load(Ordering::Relaxed),
        }
    }

    /// Writes the series of each tenant every interval of its own until canceled. A failure is logged; the next interval has the
    /// same totals.
    pub async fn run(self: Arc<Self>, ingest: Arc<dyn Ingest>, budget: Budget, cancel: Cancel) {
        let mut ticks = tokio::time::interval(MIN_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.canceled() => return,
                _ = ticks.tick() => {}
            }
            for (tenant, batch) in self.collect_due() {
                let cx = Context::internal(tenant, self.clock.clone(), budget.clone());
                match ingest.metrics(&cx, batch).await {
                    Ok(outcome) if outcome.refused_rows == 0 => {}
                    Ok(outcome) => {
                        let reason = outcome.refused.first().map_or("", |refusal| &refusal.message);
                        tracing::warn!(rows = outcome.refused_rows, reason, "metrics of spans were refused");
                    }
                    Err(error) => tracing::warn!(%error, "metrics of spans were not stored"),
                }
            }
        }
    }
}
