//! Numbers about Oriel itself: counters, gauges, histograms, and the text of `/metrics`.
//!
//! A handle is an atomic: taking one costs a lock and a lookup, using one does not. Names follow the house
//! (`oriel_<part>_<what>_<unit>`). Values that others keep (bytes on disk, blocks) are read when asked, by callbacks.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wire::exposition::{escape_help, write_sample_name};

/// The numbers of one process. Cloning shares them.
#[derive(Clone, Default)]
pub struct Registry(Arc<Kept>);

#[derive(Default)]
struct Kept {
    families: Mutex<Families>,
    texts: Mutex<Vec<Text>>,
}

/// Writes families of its own behind the others.
type Text = Box<dyn Fn(&mut String) + Send>;

type Families = BTreeMap<&'static str, Family>;
type LabelSet = Vec<(String, String)>;

struct Family {
    help: &'static str,
    kind: &'static str,
    series: BTreeMap<LabelSet, Series>,
}

enum Series {
    Counter(Counter),
    Gauge(Gauge),
    Callback(Box<dyn Fn() -> f64 + Send>),
    Histogram(Histogram),
}

/// A number that only grows.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Grows by `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// What it has grown to.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// Sets the number.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// The number.
    pub fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// Upper bounds of latency buckets, in seconds: 1 ms to 2 minutes, each about three times the one before.
pub const LATENCY_BOUNDS: [f64; 11] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 120.0];

/// Counts of latencies by bucket.
#[derive(Clone, Debug, Default)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    counts: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    sum_nanos: AtomicU64,
}

impl Histogram {
    /// Counts one latency.
    pub fn observe(&self, took: std::time::Duration) {
        let seconds = took.as_secs_f64();
        let bucket = LATENCY_BOUNDS.partition_point(|bound| *bound < seconds);
        self.0.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.0.sum_nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Families> {
        // A panic while holding the lock leaves the map as it was: entries are added whole.
        self.0.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The series of a family with these labels, made by `make` when it is new. `None`: the family is of another kind.
    fn series<T>(
        &self,
        (name, help, kind): (&'static str, &'static str, &'static str),
        labels: &[(&str, &str)],
        make: impl FnOnce() -> Series,
        take: impl FnOnce(&Series) -> Option<T>,
    ) -> Option<T> {
        let labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut families = self.lock();
        let family = families.entry(name).or_insert_with(|| Family { help, kind, series: BTreeMap::new() });
        take(family.series.entry(labels).or_insert_with(make))
    }

    /// A counter.
    pub fn counter(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Counter {
        let take = |series: &Series| if let Series::Counter(c) = series { Some(c.clone()) } else { None };
        self.series((name, help, "counter"), labels, || Series::Counter(Counter::default()), take)
            .unwrap_or_default()
    }

    /// A gauge.
    pub fn gauge(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Gauge {
        let take = |series: &Series| if let Series::Gauge(g) = series { Some(g.clone()) } else { None };
        self.series((name, help, "gauge"), labels, || Series::Gauge(Gauge::default()), take)
            .unwrap_or_default()
    }

    /// A latency histogram.
    pub fn histogram(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Histogram {
        let take = |series: &Series| if let Series::Histogram(h) = series { Some(h.clone()) } else { None };
        self.series((name, help, "histogram"), labels, || Series::Histogram(Histogram::default()), take)
            .unwrap_or_default()
    }

    /// A number that is read when asked. `kind` is `gauge` or `counter`. A second callback of the same series is ignored.
    pub fn callback(
        &self,
        (name, help, kind): (&'static str, &'static str, &'static str),
        labels: &[(&str, &str)],
        read: impl Fn() -> f64 + Send + 'static,
    ) {
        self.series((name, help, kind), labels, || Series::Callback(Box::new(read)), |_| Some(()));
    }

    /// Families whose series come and go: written whole whenever the text is, behind all others.
    pub fn also(&self, write: impl Fn(&mut String) + Send + 'static) {
        self.0.texts.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(write));
    }

    /// The text of `/metrics`, format 0.0.4.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (name, family) in self.lock().iter() {
            write!(out, "# HELP {name} {}\n# TYPE {name} {}\n", escape_help(family.help), family.kind)
                .expect("writing to a string does not fail");
            for (labels, series) in &family.series {
                match series {
                    Series::Counter(counter) => sample(&mut out, name, labels, None, counter.value() as f64),
                    Series::Gauge(gauge) => sample(&mut out, name, labels, None, gauge.value()),
                    Series::Callback(read) => sample(&mut out, name, labels, None, read()),
                    Series::Histogram(histogram) => buckets(&mut out, name, labels, &histogram.0),
                }
            }
        }
        let texts = self.0.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.iter().for_each(|write| write(&mut out));
        out
    }
}

fn sample(out: &mut String, name: &str, labels: &LabelSet, le: Option<&str>, value: f64) {
    let pairs = labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(le.map(|le| ("le", le)));
    write_sample_name(out, name, pairs);
    out.push(' ');
    out.push_str(&query::number::format_general(value));
    out.push('\n');
}

fn buckets(out: &mut String, name: &str, labels: &LabelSet, buckets: &Buckets) {
    let bucket = format!("{name}_bucket");
    let mut total = 0;
    for (i, count) in buckets.counts.iter().enumerate() {
        total += count.load(Ordering::Relaxed);
        let le = LATENCY_BOUNDS.get(i).map_or("+Inf".to_owned(), f64::to_string);
        sample(out, &bucket, labels, Some(&le), total as f64);
    }
    let seconds = buckets.sum_nanos.load(Ordering::Relaxed) as f64 / 1e9;
    sample(out, &format!("{name}_sum"), labels, None, seconds);
    sample(out, &format!("{name}_count"), labels, None, total as f64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_text_is_a_valid_exposition() {
        let registry = Registry::default();
        registry.counter("oriel_a_total", "Counts.", &[("door", "x\"y")]).add(2);
        registry.counter("oriel_a_total", "Counts.", &[("door", "x\"y")]).add(1);
        registry.gauge("oriel_b", "Level.", &[]).set(0.5);
        registry.callback(("oriel_c", "Asked.", "gauge"), &[], || 7.0);
        registry.histogram("oriel_d_seconds", "Took.", &[]).observe(Duration::from_millis(20));
        registry.also(|out| out.push_str("# TYPE oriel_e gauge\noriel_e 8\n"));
        let text = registry.text();
        let read = wire::exposition::parse(&text, wire::exposition::Format::Text, model::Millis(0)).unwrap();
        let shown: Vec<_> =
            read.batch.series().map(|s| format!("{} {}", s.to_labels(), s.samples()[0].value)).collect();
        assert_eq!(shown[0], r#"{__name__="oriel_a_total", door="x\"y"} 3"#);
        assert_eq!(shown[1..3], [r#"{__name__="oriel_b"} 0.5"#, r#"{__name__="oriel_c"} 7"#]);
        assert!(shown.contains(&r#"{__name__="oriel_d_seconds_bucket", le="0.03"} 1"#.to_owned()), "{text}");
        assert!(shown.contains(&r#"{__name__="oriel_d_seconds_count"} 1"#.to_owned()));
        assert_eq!(shown.last().unwrap(), r#"{__name__="oriel_e"} 8"#);
    }
}
