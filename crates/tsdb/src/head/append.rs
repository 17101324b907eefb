//! One append: the batch split by shard, applied, and written down as one log record a shard.
//!
//! On the write walk between `tsdb.rs` (which holds the gate and waits for the log) and `series.rs`. Everything happens
//! under the shard's lock: look-ups, the record, its submission and the change itself, so the order of records is the
//! order of changes, and replay sees what happened.
//!
//! Invariant: refused and repeated samples are in no record; whether a sample is either is decided against this head, the
//! sealed ones and the last samples of flushed ones (`before.rs`).

use super::before::Earlier;
use super::group::Verdict;
use super::series::{Shard, Slot};
use super::{Head, SHARDS, duplicate, known};
use crate::histogram;
use crate::record::RecordWriter;
use crate::starts;
use contract::{Outcome, RefusalReason, RefusedSample};
use model::{KnownSample, Millis, SeriesView};

/// Bytes of a record beside its samples: version, tenant, shard, head.
const RECORD_BYTES: usize = 200;
/// A float in a record: 9 bytes of value, 2 of slot, its share of bitmap and row header when rows have one cell, and up to
/// 26 of its start timestamp.
const SAMPLE_BYTES: usize = 64;
/// A pair of a new series: its text comes on top.
const PAIR_BYTES: usize = 16;

/// The series of a batch that belong to one shard, with their group keys.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) shard: usize,
    series: Vec<(u32, u64)>,
    /// The record of this part is not longer.
    pub(crate) most_bytes: usize,
}

/// A part is closed at this size: a record then fits the log's queue many times over, whatever the size of the batch.
const PART_BYTES: usize = 4 << 20;

/// The group of a series: the hash of its job and instance.
pub(crate) fn group_key(series: SeriesView<'_>) -> u64 {
    let (mut job, mut instance) = ("", "");
    for (name, value) in series.labels() {
        match name {
            "job" => job = value,
            "instance" => instance = value,
            _ => {}
        }
    }
    let job = xxhash_rust::xxh3::xxh3_64(job.as_bytes());
    xxhash_rust::xxh3::xxh3_64_with_seed(instance.as_bytes(), job)
}

/// Splits a batch, keeping the order of series within a shard.
pub(crate) fn split(views: &[SeriesView<'_>]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut of_shard = [usize::MAX; SHARDS];
    for (at, series) in views.iter().copied().enumerate() {
        let key = group_key(series);
        let shard = (key >> 32) as usize % SHARDS;
        if parts.get(of_shard[shard]).is_none_or(|part| part.most_bytes >= PART_BYTES) {
            of_shard[shard] = parts.len();
            parts.push(Part { shard, series: Vec::new(), most_bytes: RECORD_BYTES });
        }
        let part = &mut parts[of_shard[shard]];
        part.series.push((at as u32, key));
        part.most_bytes += most_bytes(series);
    }
    parts
}

fn most_bytes(series: SeriesView<'_>) -> usize {
    let labels: usize = series.labels().map(|(n, v)| n.len() + v.len() + PAIR_BYTES).sum();
    let buckets = |h: &model::batch::HistogramSample| {
        let h = &h.histogram;
        let values = h.positive_buckets.len() + h.negative_buckets.len() + h.custom_values.len();
        160 + values * 12 + (h.positive_spans.len() + h.negative_spans.len()) * 10
    };
    let texts = |e: &model::Exemplar| 40 + e.labels.iter().map(|(n, v)| n.len() + v.len() + 8).sum::<usize>();
    labels
        + series.samples().len() * SAMPLE_BYTES
        + series.histograms().iter().map(buckets).sum::<usize>()
        + series.exemplars().iter().map(texts).sum::<usize>()
}

/// A float sample that waits for the others of its row.
#[derive(Debug, Clone, Copy)]
struct Cell {
    slot: Slot,
    at: i64,
    bits: u64,
    series: u32,
    /// The place of its series in the batch.
    source: u32,
}

/// Samples of known series that belong to one shard: series, time, bits.
#[derive(Debug, Default)]
pub(crate) struct KnownPart {
    pub(crate) shard: usize,
    samples: Vec<(u32, i64, u64)>,
}

impl KnownPart {
    /// The record of this part is not longer.
    pub(crate) fn most_bytes(&self) -> usize {
        RECORD_BYTES + self.samples.len() * SAMPLE_BYTES
    }
}

/// Splits samples of known series, keeping their order within a shard.
pub(crate) fn split_known(samples: &[KnownSample]) -> Vec<KnownPart> {
    let mut parts: Vec<KnownPart> = Vec::new();
    let mut of_shard = [usize::MAX; SHARDS];
    for sample in samples {
        let (shard, series) = known::place(sample.series);
        if parts.get(of_shard[shard]).is_none_or(|part| part.most_bytes() >= PART_BYTES) {
            of_shard[shard] = parts.len();
            parts.push(KnownPart { shard, samples: Vec::with_capacity(samples.len() / 2) });
        }
        parts[of_shard[shard]].samples.push((series, sample.at.0, sample.value.to_bits()));
    }
    parts
}

/// What a batch is applied to: one shard of a head, and what the heads before it hold.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) head: &'a Head,
    pub(crate) shard: &'a mut Shard,
    pub(crate) earlier: &'a Earlier,
    /// How many series the tenant may still add; counts down.
    pub(crate) room: &'a mut u64,
}

/// Applies samples of known series. Answers the record like [`apply`]; `None` also when a number is of no series.
pub(crate) fn apply_known(place: Place<'_>, part: &KnownPart, outcome: &mut Outcome) -> Option<Vec<u8>> {
    let mut cells: Vec<Cell> = Vec::with_capacity(part.samples.len());
    for (series, at, bits) in &part.samples {
        let slot = *place.shard.slots.get(*series as usize)?;
        cells.push(Cell { slot, at: *at, bits: *bits, series: *series, source: u32::MAX });
    }
    let mut writing = Writing::new(place, part.shard, outcome);
    if writing.shard.has_starts() {
        // These come without start timestamps; their series may have had some before.
        for cell in &cells {
            if writing.float_verdict(cell) == Verdict::Fresh {
                writing.note_start(cell.series, cell.at, 0);
            }
        }
    }
    writing.finish(cells)
}

/// Applies a part to its shard. Answers the record, unless everything was refused. When samples were only repeated the
/// record is empty of operations: waiting for it is waiting for the record that holds them.
pub(crate) fn apply(
    place: Place<'_>,
    part: &Part,
    views: &[SeriesView<'_>],
    outcome: &mut Outcome,
) -> Option<Vec<u8>> {
    let mut cells: Vec<Cell> = Vec::with_capacity(part.series.len());
    let mut keys = Vec::new();
    let head = place.head;
    let mut writing = Writing::new(place, part.shard, outcome);
    for (source, key) in &part.series {
        let view = views[*source as usize];
        let rows = (view.samples().len() + view.histograms().len()) as u64;
        let series = match writing.find_or_add(view, *key) {
            Ok(series) => series,
            Err(Full::Tenant) => {
                let text =
                    || format!("{}: the limit of series in memory (max_series) is reached", view.to_labels());
                writing.outcome.refuse(RefusalReason::TooMany, rows, text);
                writing.refuse_all(*source, view);
                continue;
            }
            Err(Full::Index(full)) => {
                let text = || format!("{}: {full}", view.to_labels());
                writing.outcome.refuse(RefusalReason::TooMany, rows, text);
                writing.refuse_all(*source, view);
                continue;
            }
        };
        writing.note_starts(series, view);
        keys.extend(view.key().map(|key| (key, known::number(part.shard, series))));
        let slot = writing.shard.slots[series as usize];
        for sample in view.samples() {
            let bits = sample.value.to_bits();
            cells.push(Cell { slot, at: sample.at.0, bits, series, source: *source });
        }
        if !view.histograms().is_empty() || !view.exemplars().is_empty() {
            writing.rest(series, *source, view);
        }
    }
    head.learn_keys(&keys, writing.shard.slots.len());
    writing.finish(cells)
}

/// Why a series is not added.
enum Full {
    /// The tenant has as many as it may.
    Tenant,
    /// The index holds no more.
    Index(index::IndexError),
}

/// One part on its way into a shard and a record.
struct Writing<'a> {
    shard: &'a mut Shard,
    earlier: &'a Earlier,
    room: &'a mut u64,
    record: RecordWriter,
    outcome: &'a mut Outcome,
    /// What was accepted before this part.
    accepted: u64,
}

impl<'a> Writing<'a> {
    fn new(place: Place<'a>, shard: usize, outcome: &'a mut Outcome) -> Self {
        let record = RecordWriter::new(&place.head.tenant, shard as u8, place.head.number);
        let accepted = outcome.accepted + outcome.exemplars;
        Writing { shard: place.shard, earlier: place.earlier, room: place.room, record, outcome, accepted }
    }

    fn float_verdict(&self, cell: &Cell) -> Verdict {
        self.shard.float_verdict(self.earlier, cell.series, cell.slot, cell.at, cell.bits)
    }

    /// Applies the floats of a part, row by row, and ends its record.
    fn finish(mut self, mut cells: Vec<Cell>) -> Option<Vec<u8>> {
        // Already in this order when the sender keeps the order of a scrape.
        let order = |cell: &Cell| (cell.slot.group, cell.at, cell.slot.slot);
        if !cells.is_sorted_by_key(order) {
            cells.sort_by_key(order);
        }
        let mut fresh = Vec::with_capacity(cells.len());
        for row in cells.chunk_by(|a, b| (a.slot.group, a.at) == (b.slot.group, b.at)) {
            fresh.clear();
            self.apply_row(row, &mut fresh);
        }
        let repeated = self.outcome.accepted + self.outcome.exemplars > self.accepted;
        (repeated || !self.record.is_empty()).then(|| self.record.finish())
    }

    /// Notes the start timestamps of the samples of a view that will be fresh, in order of time.
    fn note_starts(&mut self, series: u32, view: SeriesView<'_>) {
        let none = view.starts().is_empty() && view.histogram_starts().is_empty();
        if none && self.shard.starts(series).is_empty() {
            return;
        }
        let slot = self.shard.slots[series as usize];
        let start = |starts: &[i64], at: usize| starts.get(at).copied().unwrap_or(0);
        let mut fresh: Vec<(i64, i64)> = Vec::new();
        for (at, sample) in view.samples().iter().enumerate() {
            let bits = sample.value.to_bits();
            let cell = Cell { slot, at: sample.at.0, bits, series, source: u32::MAX };
            if self.float_verdict(&cell) == Verdict::Fresh {
                fresh.push((sample.at.0, start(view.starts(), at)));
            }
        }
        for (at, sample) in view.histograms().iter().enumerate() {
            let good = histogram::check(&sample.histogram).is_ok();
            let (earlier, histogram) = (self.earlier, &sample.histogram);
            if good && self.shard.histogram_verdict(earlier, series, sample.at.0, histogram) == Verdict::Fresh
            {
                fresh.push((sample.at.0, start(view.histogram_starts(), at)));
            }
        }
        // Of several samples at one time the first is the one that is stored.
        fresh.sort_by_key(|(at, _)| *at);
        fresh.dedup_by_key(|(at, _)| *at);
        for (at, start) in fresh {
            self.note_start(series, at, start);
        }
    }

    fn note_start(&mut self, series: u32, at: i64, start: i64) {
        if starts::start_of(self.shard.starts(series), at) != start {
            self.record.start(series, at, start);
            self.shard.apply_start(series, at, start);
        }
    }

    fn find_or_add(&mut self, view: SeriesView<'_>, key: u64) -> Result<u32, Full> {
        let shard = &mut *self.shard;
        if *self.room == 0 {
            return shard.index.find(view.labels()).ok_or(Full::Tenant);
        }
        let (pairs, names) = (shard.index.pairs().len(), shard.index.pairs().name_count());
        let added = shard.index.find_or_add(view.labels());
        // Pairs stay interned when the set itself did not fit, so they are written down in any case.
        let table = shard.index.pairs();
        let mut known = names;
        for id in pairs..table.len() {
            let id = index::PairId(id as u32);
            let name = table.name_of(id).0 as usize;
            let (text, value) = table.pair(id);
            self.record.pair((name < known).then_some(name as u32), text, value);
            known = known.max(name + 1);
        }
        let (series, is_new) = added.map_err(Full::Index)?;
        if is_new {
            *self.room -= 1;
            self.record.series(key, shard.index.pair_ids(series).iter().map(|pair| pair.0));
            shard.place(series, key);
        }
        Ok(series)
    }

    /// Applies the samples of one group at one time. `fresh` is empty, and is used.
    fn apply_row(&mut self, row: &[Cell], fresh: &mut Vec<(u32, u64, u64)>) {
        let (group, at) = (row[0].slot.group, row[0].at);
        for cell in row {
            // The same series may occur twice in a batch, then next to each other here.
            let verdict = match fresh.last() {
                Some((slot, _, bits)) if *slot == cell.slot.slot => match *bits == cell.bits {
                    true => Verdict::Same,
                    false => Verdict::Duplicate { there: Some(*bits) },
                },
                _ => self.float_verdict(cell),
            };
            match verdict {
                Verdict::Duplicate { there } => {
                    let labels = || self.shard.index.labels(cell.series);
                    duplicate::refuse(self.outcome, at, there, Some(cell.bits), labels);
                    self.refuse_sample(cell.source, at, Some(cell.bits));
                }
                Verdict::Same => self.outcome.accepted += 1,
                Verdict::Fresh => {
                    self.outcome.accepted += 1;
                    let before = self.shard.groups[group as usize].last_bits(cell.slot.slot);
                    fresh.push((cell.slot.slot, before, cell.bits));
                }
            }
        }
        if !fresh.is_empty() {
            self.record.row(group, at, fresh);
            self.shard.apply_row(group, at, fresh);
        }
    }

    fn refuse_sample(&mut self, source: u32, at: i64, bits: Option<u64>) {
        self.outcome.refused_samples.push(RefusedSample { series: source, at: Millis(at), bits });
    }

    /// All samples of a series are refused.
    fn refuse_all(&mut self, source: u32, view: SeriesView<'_>) {
        view.samples().iter().for_each(|s| self.refuse_sample(source, s.at.0, Some(s.value.to_bits())));
        view.histograms().iter().for_each(|s| self.refuse_sample(source, s.at.0, None));
    }

    /// Histograms and exemplars.
    fn rest(&mut self, series: u32, source: u32, view: SeriesView<'_>) {
        for sample in view.histograms() {
            if let Err(why) = histogram::check(&sample.histogram) {
                let text = || format!("histogram of {}: {why}", view.to_labels());
                self.outcome.refuse(RefusalReason::Invalid, 1, text);
                self.refuse_sample(source, sample.at.0, None);
                continue;
            }
            let at = sample.at.0;
            let in_batch = view.samples().iter().find(|float| float.at == sample.at);
            let verdict = match self.shard.histogram_verdict(self.earlier, series, at, &sample.histogram) {
                Verdict::Fresh if in_batch.is_some() => {
                    Verdict::Duplicate { there: in_batch.map(|float| float.value.to_bits()) }
                }
                verdict => verdict,
            };
            match verdict {
                Verdict::Duplicate { there } => {
                    duplicate::refuse(self.outcome, at, there, None, || view.to_labels());
                    self.refuse_sample(source, at, None);
                }
                Verdict::Same => {
                    self.outcome.accepted += 1;
                    self.outcome.histograms += 1;
                }
                Verdict::Fresh => {
                    self.record.histogram(series, at, &sample.histogram);
                    self.shard.apply_histogram(series, at, sample.histogram.clone());
                    self.outcome.accepted += 1;
                    self.outcome.histograms += 1;
                }
            }
        }
        for exemplar in view.exemplars() {
            self.outcome.exemplars += 1;
            if !self.shard.has_exemplar(series, exemplar) {
                self.record.exemplar(series, exemplar);
                self.shard.apply_exemplar(series, exemplar.clone());
            }
        }
    }
}
