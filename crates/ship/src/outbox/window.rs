//! A window of the queue as requests: rewritten, cut, and dealt to lanes that are sent side by side.
//!
//! Invariant: all samples of a series are in one lane, in the order of the queue; a window is sent whole before the next one
//! is read. So a receiver sees each series in order, whatever the number of lanes.

use super::cut::Cut;
use super::outlet::{Message, Outlet};
use super::record::Entry;
use super::tally::{Fate, Part, Parts, Tally};
use model::histogram::CUSTOM_BUCKETS_SCHEMA;
use model::{
    Exemplar, Labels, LabelsBuilder, METRIC_NAME, Metadata, MetricBatch, Millis, SeriesView, Tenant,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Families that are remembered: beyond this all are forgotten, and come back with the next scrape of each target.
const MAX_FAMILIES: usize = 100_000;

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) tenant: Tenant,
    /// Its series; `metadata` are their families, or families alone.
    pub(super) batch: MetricBatch,
}

impl Parcel {
    pub(super) fn parts(&self) -> Parts {
        let mut parts = Parts::default();
        for series in self.batch.series() {
            parts.add(Part::Samples, series.samples().len() as u64);
            parts.add(Part::Histograms, series.histograms().len() as u64);
            parts.add(Part::Exemplars, series.exemplars().len() as u64);
        }
        parts.add(Part::Metadata, self.batch.metadata.len() as u64);
        parts
    }

    /// The latest time of a sample.
    pub(super) fn latest(&self) -> i64 {
        self.batch.series().filter_map(latest).max().unwrap_or(i64::MIN)
    }

    /// The first and second half of its series; `None` of what cannot be cut.
    pub(super) fn halves(&self) -> Option<[Parcel; 2]> {
        let half = self.batch.len() / 2;
        if half == 0 {
            return None;
        }
        let part = |from: usize, upto: usize| {
            let mut cut = Cut::new(usize::MAX);
            self.batch.series().skip(from).take(upto - from).for_each(|series| cut.series(series));
            let batch = cut.finish().pop().unwrap_or_default();
            Parcel { tenant: self.tenant.clone(), batch }
        };
        Some([part(0, half), part(half, self.batch.len())])
    }
}

/// What is known of families, by tenant and name.
#[derive(Debug, Default)]
pub(super) struct Families {
    known: HashMap<Tenant, HashMap<String, Metadata>>,
    /// Named since they were told last.
    untold: HashMap<Tenant, HashSet<String>>,
    count: usize,
}

impl Families {
    fn note(&mut self, tenant: &Tenant, all: &[Metadata]) {
        if all.is_empty() {
            return;
        }
        if self.count > MAX_FAMILIES {
            *self = Families::default();
        }
        let known = self.known.entry(tenant.clone()).or_default();
        let untold = self.untold.entry(tenant.clone()).or_default();
        for metadata in all {
            if known.insert(metadata.family.clone(), metadata.clone()).is_none() {
                self.count += 1;
            }
            untold.insert(metadata.family.clone());
        }
    }

    /// Whether there is something to tell.
    pub(super) fn has_untold(&self) -> bool {
        self.untold.values().any(|names| !names.is_empty())
    }

    /// Requests that tell what was named since they were told last, with at most so many families each.
    pub(super) fn tell(&mut self, most: usize) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        for (tenant, names) in self.untold.drain() {
            let Some(known) = self.known.get(&tenant) else { continue };
            let mut all: Vec<Metadata> = names.iter().filter_map(|name| known.get(name).cloned()).collect();
            all.sort_by(|a, b| a.family.cmp(&b.family));
            for part in all.chunks(most.max(1)) {
                let mut batch = MetricBatch::default();
                batch.metadata.extend_from_slice(part);
                parcels.push(Parcel { tenant: tenant.clone(), batch });
            }
        }
        parcels
    }

    /// The families of the series of a batch.
    fn of(&self, tenant: &Tenant, batch: &MetricBatch) -> Vec<Metadata> {
        let Some(known) = self.known.get(tenant) else { return Vec::new() };
        let names: HashSet<&str> = batch.series().map(|series| series.value(METRIC_NAME)).collect();
        let found: BTreeMap<&str, &Metadata> = names
            .into_iter()
            .filter_map(|name| wire::remote_write::family_of(name, |family| known.get(family)))
            .map(|metadata| (metadata.family.as_str(), metadata))
            .collect();
        found.into_values().cloned().collect()
    }
}

/// Requests by lane.
#[derive(Debug, Default)]
pub(super) struct Window {
    pub(super) lanes: Vec<Vec<Parcel>>,
}

/// Rewrites the series of `entries` and deals them to at most `lanes` lanes; what is left out is counted.
pub(super) fn window(
    entries: &[Entry],
    outlet: &Outlet,
    families: &mut Families,
    tally: &Tally,
    (lanes, now): (usize, Millis),
) -> Window {
    let most = outlet.options.max_samples_per_send;
    let oldest = outlet
        .options
        .sample_age_limit
        .map(|limit| Millis(now.0.saturating_sub(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX))));
    let mut cuts: Vec<BTreeMap<Tenant, Cut>> = Vec::new();
    cuts.resize_with(lanes.max(1), BTreeMap::new);
    let mut apart = exemplars_apart(entries, outlet);
    for entry in entries {
        families.note(&entry.tenant, &entry.batch.metadata);
        for series in entry.batch.series() {
            tally.saw(latest(series).unwrap_or(i64::MIN));
            let labels = match rewrite(series, outlet) {
                Rewritten::Own => None,
                Rewritten::Other(labels) => Some(labels),
                Rewritten::Dropped => {
                    tally.add(Part::Samples, Fate::Relabelled, series.samples().len() as u64);
                    tally.add(Part::Histograms, Fate::Relabelled, series.histograms().len() as u64);
                    continue;
                }
            };
            let labels = labels.as_ref();
            let lane = lane(labels, series, cuts.len());
            let cut = cuts[lane].entry(entry.tenant.clone()).or_insert_with(|| Cut::new(most));
            let left_out = push(cut, (labels, series), outlet, oldest, &mut apart);
            left_out.into_iter().for_each(|(part, fate, many)| tally.add(part, fate, many));
        }
    }
    let parcels = |(tenant, cut): (Tenant, Cut)| {
        let batches = cut.finish().into_iter();
        batches.map(|batch| Parcel { tenant: tenant.clone(), batch }).collect::<Vec<_>>()
    };
    let left: usize = apart.values().map(Vec::len).sum();
    tally.add(Part::Exemplars, Fate::Unsendable, left as u64);
    let mut window = Window::default();
    for cut in cuts {
        let mut parcels: Vec<Parcel> = cut.into_iter().flat_map(parcels).collect();
        if outlet.options.message == Message::Interned && outlet.options.send_metadata {
            for parcel in &mut parcels {
                parcel.batch.metadata = families.of(&parcel.tenant, &parcel.batch);
            }
        }
        if !parcels.is_empty() {
            window.lanes.push(parcels);
        }
    }
    window
}

/// The latest time of a sample of a series.
pub(super) fn latest(series: SeriesView<'_>) -> Option<i64> {
    let samples = series.samples().iter().map(|sample| sample.at.0);
    samples.chain(series.histograms().iter().map(|histogram| histogram.at.0)).max()
}

/// What a series is sent as.
enum Rewritten {
    /// As it is.
    Own,
    Other(Labels),
    Dropped,
}

fn rewrite(series: SeriesView<'_>, outlet: &Outlet) -> Rewritten {
    let external = &outlet.options.external_labels;
    if external.is_empty() && outlet.rewrite.is_none() {
        return Rewritten::Own;
    }
    let mut labels = series.to_labels();
    if external.iter().any(|(name, _)| labels.value(name).is_empty()) {
        let mut builder = LabelsBuilder::from(&labels);
        for (name, value) in external.iter().filter(|(name, _)| labels.value(name).is_empty()) {
            builder.set(name, value);
        }
        labels = builder.build();
    }
    let Some(rewrite) = &outlet.rewrite else { return Rewritten::Other(labels) };
    match rewrite(&labels) {
        Some(labels) if !labels.is_empty() => Rewritten::Other(labels),
        _ => Rewritten::Dropped,
    }
}

fn lane(labels: Option<&Labels>, series: SeriesView<'_>, lanes: usize) -> usize {
    if lanes == 1 {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    match labels {
        Some(labels) => labels.iter().for_each(|pair| pair.hash(&mut hasher)),
        None => series.labels().for_each(|pair| pair.hash(&mut hasher)),
    }
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or(0)
}

/// Exemplars of series that stand without samples, as version 1 sends them, by the labels they came with. Version 2 wants
/// them with a sample.
fn exemplars_apart(entries: &[Entry], outlet: &Outlet) -> HashMap<Labels, Vec<Exemplar>> {
    let mut apart: HashMap<Labels, Vec<Exemplar>> = HashMap::new();
    if !outlet.options.send_exemplars || outlet.options.message == Message::Plain {
        return apart;
    }
    let all = entries.iter().flat_map(|entry| entry.batch.series());
    let bare = |series: &SeriesView<'_>| series.samples().is_empty() && series.histograms().is_empty();
    for series in all.filter(bare) {
        apart.entry(series.to_labels()).or_default().extend_from_slice(series.exemplars());
    }
    apart
}

/// Adds what is to be sent of a series; answers what is not.
fn push(
    cut: &mut Cut,
    (labels, series): (Option<&Labels>, SeriesView<'_>),
    outlet: &Outlet,
    oldest: Option<Millis>,
    apart: &mut HashMap<Labels, Vec<Exemplar>>,
) -> [(Part, Fate, u64); 4] {
    let options = &outlet.options;
    let young = |at: Millis| oldest.is_none_or(|oldest| at >= oldest);
    let (mut old_samples, mut old_histograms, mut unsendable, mut exemplars_left) = (0, 0, 0, 0);
    let mut writing = cut.begin(labels, series);
    for (i, sample) in series.samples().iter().enumerate() {
        if young(sample.at) {
            writing.sample(i);
        } else {
            old_samples += 1;
        }
    }
    for (i, sample) in series.histograms().iter().enumerate() {
        let custom = sample.histogram.schema == CUSTOM_BUCKETS_SCHEMA;
        if !options.send_native_histograms || (custom && options.message == Message::Plain) {
            unsendable += 1;
        } else if young(sample.at) {
            writing.histogram(i);
        } else {
            old_histograms += 1;
        }
    }
    let moved = match apart.is_empty() || !writing.is_begun() {
        true => None,
        false => apart.remove(&series.to_labels()),
    };
    let own = series.exemplars().iter().chain(moved.iter().flatten());
    if options.send_exemplars && (writing.is_begun() || options.message == Message::Plain) {
        own.for_each(|exemplar| writing.exemplar(exemplar.clone()));
    } else if !options.send_exemplars {
        exemplars_left = series.exemplars().len() as u64;
    }
    writing.end();
    [
        (Part::Samples, Fate::TooOld, old_samples),
        (Part::Histograms, Fate::TooOld, old_histograms),
        (Part::Histograms, Fate::Unsendable, unsendable),
        (Part::Exemplars, Fate::Unsendable, exemplars_left),
    ]
}
