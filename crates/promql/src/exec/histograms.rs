//! `histogram_quantile`, `histogram_quantiles` and `histogram_fraction`, of classic and native histograms.
//!
//! Classic histograms are put together from their bucket series, step by step. Where a step has a classic and a native
//! histogram of the same labels, it is not known which one is meant, and there is no result.

use super::call::text_of;
use super::{Done, Exec, Points, Series, Sink, merge_same};
use crate::annotations::{ForcedMonotonic, Note};
use crate::functions::quantiles::{
    About, ClassicBucket, classic_fraction, classic_quantile, native_fraction, native_quantile,
};
use crate::functions::sums::Compensated;
use crate::histogram::bounds::all_buckets;
use crate::histogram::is_custom;
use crate::plan::Node;
use model::{FloatHistogram, Labels};
use query::{Grid, Span, number};
use rustc_hash::FxHashMap;

/// The label of a classic bucket's upper bound.
const BUCKET_LABEL: &str = "le";

/// Variance of the observations, each taken to lie in the middle of its bucket.
pub(super) fn variance(h: &FloatHistogram) -> f64 {
    let mean = h.sum / h.count;
    let mut total = Compensated::default();
    for bucket in all_buckets(h).into_iter().filter(|b| b.count != 0.0) {
        let middle = if is_custom(h) {
            (bucket.upper + bucket.lower) / 2.0
        } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
            0.0
        } else {
            let geometric = (bucket.upper * bucket.lower).sqrt();
            if bucket.upper < 0.0 { -geometric } else { geometric }
        };
        let delta = middle - mean;
        total.add(bucket.count * delta * delta);
    }
    (total.sum + total.compensation) / h.count
}

/// The bucket series of one classic histogram.
struct Classic {
    /// Labels without the bound.
    labels: Labels,
    drop_name: bool,
    /// Upper bound and number of the series.
    buckets: Vec<(f64, usize)>,
}

/// The histograms of a vector.
struct Histograms {
    series: Vec<Series>,
    classic: Vec<Classic>,
    /// Series with native histograms, and the classic histogram of the same labels.
    native: Vec<(usize, Option<usize>)>,
}

/// What is asked of each histogram.
enum Wanted<'a> {
    /// One quantile a step.
    Quantile(&'a [f64]),
    /// The part between two bounds a step.
    Fraction(&'a [f64], &'a [f64]),
}

impl Exec<'_> {
    pub(super) fn histogram_call(&self, name: &str, args: &[Node], grid: &Grid, sink: Sink<'_>) -> Done {
        let scalars =
            |args: &[Node]| args.iter().map(|arg| self.scalar(arg, grid)).collect::<Result<Vec<_>, _>>();
        let (vector, others) = match name {
            "histogram_quantile" => (&args[1], scalars(&args[..1])?),
            "histogram_fraction" => (&args[2], scalars(&args[..2])?),
            _ => (&args[0], scalars(&args[2..])?),
        };
        let quantiles = match name {
            "histogram_quantile" => &args[..1],
            "histogram_quantiles" => &args[2..],
            _ => &[],
        };
        for (arg, values) in quantiles.iter().zip(&others) {
            for q in values.iter().filter(|q| !(0.0..=1.0).contains(*q)) {
                self.notes.borrow_mut().invalid_quantile(arg.span, *q);
            }
        }
        let (series, _held) = self.collect(vector, grid)?;
        let histograms = self.split(series, vector.span);
        let mut out = Vec::new();
        match name {
            "histogram_quantile" => {
                self.ask(&histograms, &Wanted::Quantile(&others[0]), vector.span, grid, &mut out)
            }
            "histogram_fraction" => {
                self.ask(&histograms, &Wanted::Fraction(&others[0], &others[1]), vector.span, grid, &mut out);
            }
            _ => {
                let label = args.get(1).and_then(text_of).unwrap_or("");
                for values in &others {
                    let mut part = Vec::new();
                    self.ask(&histograms, &Wanted::Quantile(values), vector.span, grid, &mut part);
                    out.extend(part.into_iter().flat_map(|series| labelled(series, label, values)));
                }
            }
        }
        out.retain(|s| !s.points.is_empty());
        merge_same(out)?.into_iter().try_for_each(sink)
    }

    /// Sorts the series of a vector into classic and native histograms.
    fn split(&self, series: Vec<Series>, span: Span) -> Histograms {
        let mut classic: Vec<Classic> = Vec::new();
        let mut places: FxHashMap<Labels, usize> = FxHashMap::default();
        for (number, one) in series.iter().enumerate() {
            if !(0..one.points.len()).any(|step| one.points.float(step).is_some()) {
                continue;
            }
            let le = one.labels.value(BUCKET_LABEL);
            let Some(upper) = number::parse_float(le) else {
                let metric = if self.options.delayed_name_removal { one.labels.metric_name() } else { "" };
                self.notes.borrow_mut().bad_bucket_label(span, metric, le);
                continue;
            };
            let labels = one.labels.without(&[BUCKET_LABEL]);
            let at = *places.entry(labels.clone()).or_insert_with(|| {
                classic.push(Classic { labels, drop_name: one.drop_name, buckets: Vec::new() });
                classic.len() - 1
            });
            classic[at].buckets.push((upper, number));
        }
        let native = series.iter().enumerate();
        let native =
            native.filter(|(_, one)| (0..one.points.len()).any(|step| one.points.histogram(step).is_some()));
        let native = native.map(|(number, one)| (number, places.get(&one.labels).copied())).collect();
        Histograms { series, classic, native }
    }

    fn ask(
        &self,
        histograms: &Histograms,
        wanted: &Wanted<'_>,
        span: Span,
        grid: &Grid,
        out: &mut Vec<Series>,
    ) {
        let conflicts = self.ask_native(histograms, wanted, span, grid.len(), out);
        self.ask_classic(histograms, &conflicts, wanted, span, grid, out);
    }

    /// Asks native histograms. Returned are the steps at which a classic histogram has a native twin: neither is asked.
    fn ask_native(
        &self,
        histograms: &Histograms,
        wanted: &Wanted<'_>,
        span: Span,
        steps: usize,
        out: &mut Vec<Series>,
    ) -> FxHashMap<usize, Vec<bool>> {
        let mut conflicts: FxHashMap<usize, Vec<bool>> = FxHashMap::default();
        let mut notes = self.notes.borrow_mut();
        let delayed = self.options.delayed_name_removal;
        for (number, twin) in &histograms.native {
            let one = &histograms.series[*number];
            let named = if delayed { one.labels.metric_name() } else { "" };
            let mut points = Points::absent(steps);
            for step in 0..steps {
                let Some(h) = one.points.histogram(step) else { continue };
                let has_float =
                    |(_, bucket): &(f64, usize)| histograms.series[*bucket].points.float(step).is_some();
                if let Some(classic) = twin.filter(|c| histograms.classic[*c].buckets.iter().any(has_float)) {
                    notes.mixed_classic_native(span, named);
                    conflicts.entry(classic).or_insert_with(|| vec![false; steps])[step] = true;
                    continue;
                }
                let mut about = About { annotations: &mut notes, span, metric: named };
                points.set_float(
                    step,
                    match wanted {
                        Wanted::Quantile(q) => native_quantile(q[step], h, &mut about),
                        Wanted::Fraction(lower, upper) => {
                            native_fraction(lower[step], upper[step], h, &mut about)
                        }
                    },
                );
            }
            let mut series = Series { labels: one.labels.clone(), drop_name: one.drop_name, points };
            self.drop_name(&mut series);
            out.push(series);
        }
        conflicts
    }

    fn ask_classic(
        &self,
        histograms: &Histograms,
        conflicts: &FxHashMap<usize, Vec<bool>>,
        wanted: &Wanted<'_>,
        span: Span,
        grid: &Grid,
        out: &mut Vec<Series>,
    ) {
        let steps = grid.len();
        let mut notes = self.notes.borrow_mut();
        let delayed = self.options.delayed_name_removal;
        for (number, classic) in histograms.classic.iter().enumerate() {
            let named = if delayed { classic.labels.metric_name() } else { "" };
            let mut points = Points::absent(steps);
            let mut buckets: Vec<ClassicBucket> = Vec::new();
            for (step, at) in grid.times().enumerate() {
                if conflicts.get(&number).is_some_and(|c| c[step]) {
                    continue;
                }
                buckets.clear();
                buckets.extend(classic.buckets.iter().filter_map(|(upper, bucket)| {
                    let count = histograms.series[*bucket].points.float(step)?;
                    Some(ClassicBucket { upper: *upper, count })
                }));
                if buckets.is_empty() {
                    continue;
                }
                let value = match wanted {
                    Wanted::Fraction(lower, upper) => {
                        classic_fraction(lower[step], upper[step], &mut buckets)
                    }
                    Wanted::Quantile(q) => {
                        let (value, repaired) = classic_quantile(q[step], &mut buckets);
                        if let Some((low, high, max_diff)) = repaired {
                            let metric = named.to_owned();
                            let repaired = ForcedMonotonic {
                                metric,
                                buckets: (low, high),
                                max_diff,
                                times: (at, at),
                                more: 0,
                            };
                            notes.add(Note::ForcedMonotonic(repaired), span);
                        }
                        value
                    }
                };
                points.set_float(step, value);
            }
            let mut series = Series { labels: classic.labels.clone(), drop_name: classic.drop_name, points };
            self.drop_name(&mut series);
            out.push(series);
        }
    }
}

/// One series for each distinct quantile, which becomes a label.
fn labelled(series: Series, label: &str, quantiles: &[f64]) -> Vec<Series> {
    let mut out: Vec<(u64, Series)> = Vec::new();
    for step in 0..series.points.len() {
        let (Some(point), Some(q)) = (series.points.get(step), quantiles.get(step)) else { continue };
        let at = out.iter().position(|(bits, _)| *bits == q.to_bits()).unwrap_or_else(|| {
            let labels = series.labels.with(label, &number::format_open_metrics(*q));
            let points = Points::absent(series.points.len());
            out.push((q.to_bits(), Series { labels, drop_name: series.drop_name, points }));
            out.len() - 1
        });
        out[at].1.points.set(step, point);
    }
    out.into_iter().map(|(_, series)| series).collect()
}
