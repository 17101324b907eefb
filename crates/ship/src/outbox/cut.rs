//! Cuts series into batches of so many samples at most; a series that is too long goes on in the next batch.

use model::{Exemplar, Labels, MetricBatch, Millis, SeriesView};

#[derive(Debug)]
pub(super) struct Cut {
    most: usize,
    done: Vec<MetricBatch>,
    open: MetricBatch,
}

impl Cut {
    pub(super) fn new(most: usize) -> Self {
        Cut { most: most.max(1), done: Vec::new(), open: MetricBatch::default() }
    }

    /// Adds a series as it is.
    pub(super) fn series(&mut self, series: SeriesView<'_>) {
        let mut writing = self.begin(None, series);
        (0..series.samples().len()).for_each(|i| writing.sample(i));
        (0..series.histograms().len()).for_each(|i| writing.histogram(i));
        series.exemplars().iter().for_each(|exemplar| writing.exemplar(exemplar.clone()));
        writing.end();
    }

    /// Takes parts of a series, under `labels` or under its own.
    pub(super) fn begin<'a>(&'a mut self, labels: Option<&'a Labels>, series: SeriesView<'a>) -> Writing<'a> {
        Writing { cut: self, labels, series, begun: false }
    }

    pub(super) fn finish(mut self) -> Vec<MetricBatch> {
        if !self.open.is_empty() {
            self.done.push(self.open);
        }
        self.done
    }
}

/// A series that is being added.
pub(super) struct Writing<'a> {
    cut: &'a mut Cut,
    labels: Option<&'a Labels>,
    series: SeriesView<'a>,
    begun: bool,
}

impl Writing<'_> {
    /// Whether something of it is in the batch.
    pub(super) fn is_begun(&self) -> bool {
        self.begun
    }

    /// Adds its sample number `i`.
    pub(super) fn sample(&mut self, i: usize) {
        self.make_room();
        let sample = self.series.samples()[i];
        self.cut.open.push_started_sample(sample.at, sample.value, start(self.series.starts(), i));
    }

    /// Adds its histogram number `i`.
    pub(super) fn histogram(&mut self, i: usize) {
        self.make_room();
        let sample = &self.series.histograms()[i];
        let start = start(self.series.histogram_starts(), i);
        self.cut.open.push_started_histogram(sample.at, sample.histogram.clone(), start);
    }

    pub(super) fn exemplar(&mut self, exemplar: Exemplar) {
        if !self.begun {
            self.make_room();
        }
        self.cut.open.push_exemplar(exemplar);
    }

    pub(super) fn end(mut self) {
        self.finish();
    }

    fn make_room(&mut self) {
        if self.cut.open.sample_count() >= self.cut.most {
            self.finish();
            self.cut.done.push(std::mem::take(&mut self.cut.open));
        }
        if !self.begun {
            let open = &mut self.cut.open;
            match self.labels {
                Some(labels) => labels.iter().for_each(|(name, value)| open.push_label(name, value)),
                None => self.series.labels().for_each(|(name, value)| open.push_label(name, value)),
            }
            self.begun = true;
        }
    }

    fn finish(&mut self) {
        if std::mem::take(&mut self.begun) {
            self.cut.open.finish_series().expect("a label set holds each name once");
        }
    }
}

fn start(starts: &[i64], i: usize) -> Millis {
    Millis(starts.get(i).copied().unwrap_or(0))
}
