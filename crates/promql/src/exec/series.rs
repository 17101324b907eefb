//! A series while it is computed: labels, and one place a step that may hold a float or a histogram.
//! ```text
//! kinds   float  absent  histogram        floats  1.5  0  0        histograms  -  -  h
//! ```

use model::{FloatHistogram, Labels, METRIC_NAME};
use query::Point;
use std::sync::Arc;

/// What a place holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Absent,
    Float,
    Histogram,
}

/// One place a step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Points {
    kinds: Vec<Place>,
    /// As long as `kinds`; 0 where there is no float.
    floats: Vec<f64>,
    /// As long as `kinds`, or empty while there is no histogram.
    histograms: Vec<Option<Arc<FloatHistogram>>>,
}

/// A series being computed.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) labels: Labels,
    /// The name is to be dropped from the result.
    pub(crate) drop_name: bool,
    pub(crate) points: Points,
}

/// Whether the label says what a metric is rather than where it comes from.
pub(crate) fn is_metadata(name: &str) -> bool {
    name == METRIC_NAME || name == "__type__" || name == "__unit__"
}

impl Series {
    /// What it takes beside its labels, which are shared.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.points.heap_bytes() + size_of::<Series>()
    }
}

/// The labels without name, type and unit.
pub(crate) fn without_metadata(labels: &Labels) -> Labels {
    labels.filtered(|name| !is_metadata(name))
}

impl Points {
    /// Nothing at any step.
    pub(crate) fn absent(steps: usize) -> Self {
        Points { kinds: vec![Place::Absent; steps], floats: vec![0.0; steps], histograms: Vec::new() }
    }

    /// A float at every step.
    pub(crate) fn floats(floats: Vec<f64>) -> Self {
        Points { kinds: vec![Place::Float; floats.len()], floats, histograms: Vec::new() }
    }

    /// What comes of each step: a float or nothing.
    pub(crate) fn of_floats(steps: impl Iterator<Item = Option<f64>>) -> Self {
        let place = |float: Option<f64>| match float {
            Some(float) => (Place::Float, float),
            None => (Place::Absent, 0.0),
        };
        let (kinds, floats) = steps.map(place).unzip();
        Points { kinds, floats, histograms: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn kind(&self, step: usize) -> Place {
        self.kinds.get(step).copied().unwrap_or(Place::Absent)
    }

    pub(crate) fn is_present(&self, step: usize) -> bool {
        self.kind(step) != Place::Absent
    }

    pub(crate) fn float(&self, step: usize) -> Option<f64> {
        (self.kind(step) == Place::Float).then(|| self.floats[step])
    }

    pub(crate) fn histogram(&self, step: usize) -> Option<&Arc<FloatHistogram>> {
        self.histograms.get(step).and_then(Option::as_ref)
    }

    pub(crate) fn get(&self, step: usize) -> Option<Point> {
        match self.kind(step) {
            Place::Absent => None,
            Place::Float => Some(Point::Float(self.floats[step])),
            Place::Histogram => self.histogram(step).cloned().map(Point::Histogram),
        }
    }

    pub(crate) fn set_float(&mut self, step: usize, value: f64) {
        self.kinds[step] = Place::Float;
        self.floats[step] = value;
        if let Some(slot) = self.histograms.get_mut(step) {
            *slot = None;
        }
    }

    pub(crate) fn set_histogram(&mut self, step: usize, histogram: Arc<FloatHistogram>) {
        if self.histograms.is_empty() {
            self.histograms = vec![None; self.kinds.len()];
        }
        self.kinds[step] = Place::Histogram;
        self.histograms[step] = Some(histogram);
    }

    pub(crate) fn set(&mut self, step: usize, point: Point) {
        match point {
            Point::Float(value) => self.set_float(step, value),
            Point::Histogram(histogram) => self.set_histogram(step, histogram),
        }
    }

    pub(crate) fn clear(&mut self, step: usize) {
        self.kinds[step] = Place::Absent;
        if let Some(slot) = self.histograms.get_mut(step) {
            *slot = None;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kinds.iter().all(|k| *k == Place::Absent)
    }

    /// How many points, histograms by their size in floats.
    pub(crate) fn count(&self) -> u64 {
        let present = self.kinds.iter().filter(|k| **k == Place::Float).count();
        let histograms: usize = self.histograms.iter().flatten().map(|h| histogram_size(h)).sum();
        (present + histograms) as u64
    }

    /// Whether there is no histogram among the points.
    pub(crate) fn only_floats(&self) -> bool {
        self.histograms.is_empty()
    }

    /// The steps that hold a float, and it.
    pub(crate) fn each_float(&self) -> impl Iterator<Item = (usize, f64)> {
        let all = self.kinds.iter().zip(&self.floats).enumerate();
        all.filter(|(_, (kind, _))| **kind == Place::Float).map(|(step, (_, value))| (step, *value))
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.kinds.len() * 9 + self.histograms.len() * 8
    }

    /// Changes each float; histograms are dropped.
    pub(crate) fn map_floats(&mut self, apply: impl Fn(f64) -> f64) {
        for (kind, value) in self.kinds.iter_mut().zip(&mut self.floats) {
            match kind {
                Place::Float => *value = apply(*value),
                Place::Histogram => *kind = Place::Absent,
                Place::Absent => {}
            }
        }
        self.histograms.clear();
    }

    /// Makes of each float another, or nothing. There are no histograms.
    pub(crate) fn change_floats(&mut self, apply: impl Fn(usize, f64) -> Option<f64>) {
        for (step, (kind, value)) in self.kinds.iter_mut().zip(&mut self.floats).enumerate() {
            if *kind == Place::Float {
                match apply(step, *value) {
                    Some(changed) => *value = changed,
                    None => *kind = Place::Absent,
                }
            }
        }
    }

    /// Makes a float of each histogram; floats are dropped.
    pub(crate) fn map_histograms(&mut self, apply: impl Fn(&FloatHistogram) -> f64) {
        for (step, (kind, value)) in self.kinds.iter_mut().zip(&mut self.floats).enumerate() {
            let histogram = self.histograms.get(step).and_then(Option::as_ref);
            match histogram {
                Some(h) => (*kind, *value) = (Place::Float, apply(h)),
                None => *kind = Place::Absent,
            }
        }
        self.histograms.clear();
    }

    pub(crate) fn negate(&mut self) {
        self.floats.iter_mut().for_each(|v| *v = -*v);
        for h in self.histograms.iter_mut().flatten() {
            crate::histogram::scale(Arc::make_mut(h), -1.0);
        }
    }

    /// The first place at every one of `steps` steps.
    pub(crate) fn repeated(&self, steps: usize) -> Points {
        match self.get(0) {
            None => Points::absent(steps),
            Some(Point::Float(value)) => Points::floats(vec![value; steps]),
            Some(Point::Histogram(h)) => Points {
                kinds: vec![Place::Histogram; steps],
                floats: vec![0.0; steps],
                histograms: vec![Some(h); steps],
            },
        }
    }

    /// Whether both have a point at the same step.
    pub(crate) fn overlaps(&self, other: &Points) -> bool {
        (0..other.len()).any(|step| self.is_present(step) && other.is_present(step))
    }

    /// Takes in the points of `other`, which does not overlap.
    pub(crate) fn absorb(&mut self, other: Points) {
        for step in 0..other.len() {
            if let Some(point) = other.get(step) {
                self.set(step, point);
            }
        }
    }
}

/// Bytes of a histogram by the bytes of a float sample: what it counts as among samples.
pub(crate) fn histogram_size(h: &FloatHistogram) -> usize {
    let spans = h.positive_spans.len() + h.negative_spans.len();
    let numbers = h.positive_buckets.len() + h.negative_buckets.len() + h.custom_values.len();
    (168 + 8 * (spans + numbers) + 8) / 16
}
