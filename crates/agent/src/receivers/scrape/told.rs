//! What a scrape tells the engine, and the numbers that the engine knows the target's series by.
//!
//! After `round.rs`, before [`Ingest`](contract::Ingest). A target shows the same series again and again, so their numbers are kept from scrape to scrape and
//! only those of new series are asked for. Invariant: numbers are of one epoch; an engine that began another one refuses them
//! ([`contract::IngestError::Forgotten`]), and every series is told by its labels once more.

use super::round::{Round, Shown};
use contract::KnownSeries;
use model::{KnownSample, LabelKey, MetricBatch, Millis, Sample};

/// The value of a series of the round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    /// The place of the series.
    pub series: u32,
    pub value: f64,
}

/// What one scrape stores.
#[derive(Debug)]
pub(super) struct Told {
    /// When it began.
    pub at: Millis,
    /// Series that are told by their labels in any case.
    pub batch: MetricBatch,
    /// Series that have a place in the round.
    pub values: Vec<Value>,
}

/// What an engine calls the series of a round.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    epoch: u64,
    /// By place; may end early.
    of: Vec<u64>,
}

impl Numbers {
    fn of(&self, place: u32) -> u64 {
        self.of.get(place as usize).copied().unwrap_or(KnownSeries::UNKNOWN)
    }

    /// The number of a place is not known: it gets another series.
    pub(super) fn forget_one(&mut self, place: u32) {
        if let Some(number) = self.of.get_mut(place as usize) {
            *number = KnownSeries::UNKNOWN;
        }
    }

    fn learn(&mut self, places: &[u32], known: &KnownSeries) {
        if self.epoch != known.epoch {
            *self = Numbers { epoch: known.epoch, of: Vec::new() };
        }
        for (place, number) in places.iter().zip(&known.numbers) {
            let place = *place as usize;
            if self.of.len() <= place {
                self.of.resize(place + 1, KnownSeries::UNKNOWN);
            }
            self.of[place] = *number;
        }
    }
}

impl Round {
    /// Asks for the numbers of series that have none, and in any case whether the epoch is still the one of the others: a batch that is
    /// refused for its numbers has counted against the tenant's rates, and is told twice.
    pub(super) fn ask(&mut self, told: &Told, known: impl FnOnce(&[LabelKey]) -> KnownSeries) {
        let unknown = told.values.iter().filter(|v| self.numbers.of(v.series) == KnownSeries::UNKNOWN);
        let asked = unknown.filter_map(|value| Some((value.series, self.shown(value.series)?.key)));
        let (places, keys): (Vec<u32>, Vec<LabelKey>) = asked.unzip();
        self.numbers.learn(&places, &known(&keys));
    }

    /// The engine's numbers do not hold any more.
    pub(super) fn forget_numbers(&mut self) {
        self.numbers = Numbers::default();
    }

    /// What is told, by numbers as far as there are any.
    pub(super) fn batch(&self, told: &Told) -> MetricBatch {
        let (mut batch, at) = (told.batch.clone(), told.at);
        batch.known.epoch = self.numbers.epoch;
        batch.known.samples.reserve_exact(told.values.len());
        let mut by_labels = false;
        for Value { series, value } in &told.values {
            match self.numbers.of(*series) {
                KnownSeries::UNKNOWN => {
                    let Some(shown) = self.shown(*series) else { continue };
                    batch.push_series(&shown.labels, &[Sample { at, value: *value }]);
                    batch.key_series(shown.key);
                    by_labels = true;
                }
                series => batch.known.samples.push(KnownSample { series, at, value: *value }),
            }
        }
        if by_labels && batch.metadata.is_empty() {
            // Series that are told anew are so in a head that knows nothing of their metrics either.
            batch.metadata = self.metadata.to_vec();
        }
        batch
    }

    fn shown(&self, place: u32) -> Option<&Shown> {
        self.series.get(place as usize)?.as_ref()
    }
}
