//! What is sent on by remote write, in the numbers by which dashboards and alerts know it.
//!
//! Each number of an outlet has the labels `remote_name` and `url`.
//! Source: <https://prometheus.io/docs/practices/remote_write/>

use crate::telemetry::Registry;
use ship::outbox::{DURATION_BOUNDS, Fate, Outbox, Outlet, Part, Tally};
use std::fmt::Write;
use std::sync::Arc;
use wire::exposition::write_sample_name;

/// The parts of what is sent, as the numbers name them.
const PARTS: [(Part, &str); 4] = [
    (Part::Samples, "samples"),
    (Part::Histograms, "histograms"),
    (Part::Exemplars, "exemplars"),
    (Part::Metadata, "metadata"),
];

/// Puts the numbers of `outbox` among those of the process.
pub fn register(registry: &Registry, outbox: Arc<Outbox>) {
    registry.also(move |out| write(out, &outbox));
}

/// One outlet.
struct Shown {
    name: String,
    url: String,
    tally: Arc<Tally>,
    pending_bytes: u64,
    max_lanes: usize,
    max_samples: usize,
}

fn write(out: &mut String, outbox: &Outbox) {
    let shown = |(outlet, tally): (Outlet, Arc<Tally>)| Shown {
        pending_bytes: outbox.pending_bytes(&outlet.options.name),
        max_lanes: outlet.options.max_lanes,
        max_samples: outlet.options.max_samples_per_send,
        url: outlet.options.shown_url(),
        name: outlet.options.name,
        tally,
    };
    let all: Vec<Shown> = outbox.outlets().into_iter().map(shown).collect();
    if all.is_empty() {
        return;
    }
    let (rows, latest) = outbox.taken();
    let mut numbers = Numbers { out, all: &all };
    numbers.alone("samples_in_total", "counter", "Samples put into the queue.", rows as f64);
    numbers.alone(
        "highest_timestamp_in_seconds",
        "gauge",
        "The latest time of a sample put into the queue.",
        latest as f64 / 1000.0,
    );
    for (part, word) in PARTS {
        for (fate, suffix, says) in [
            (Fate::Sent, "", "were sent"),
            (Fate::Failed, "_failed", "the receiver refused"),
            (Fate::Retried, "_retried", "were sent again"),
        ] {
            numbers.each(
                &format!("{word}{suffix}_total"),
                "counter",
                &format!("How many {word} {says}."),
                |shown| shown.tally.count(part, fate) as f64,
            );
        }
        if part != Part::Metadata {
            numbers.dropped(part, word);
        }
    }
    numbers.each("samples_pending", "gauge", "Samples that wait in the queue.", |shown| {
        shown.tally.pending() as f64
    });
    numbers
        .each("pending_bytes", "gauge", "Bytes of the queue that wait.", |shown| shown.pending_bytes as f64);
    numbers.each("bytes_total", "counter", "Bytes sent, packed.", |shown| shown.tally.bytes() as f64);
    let seconds = |millis: i64| millis as f64 / 1000.0;
    numbers.each(
        "queue_highest_sent_timestamp_seconds",
        "gauge",
        "The latest time of a sample sent.",
        |shown| seconds(shown.tally.latest_millis()),
    );
    numbers.each(
        "queue_highest_timestamp_seconds",
        "gauge",
        "The latest time of a sample taken from the queue.",
        |shown| seconds(shown.tally.seen_millis()),
    );
    numbers
        .each("shards", "gauge", "Requests that were under way at once.", |shown| shown.tally.lanes() as f64);
    numbers.each("shards_desired", "gauge", "Requests that were wanted at once.", |shown| {
        shown.tally.lanes() as f64
    });
    numbers.each("shards_min", "gauge", "Requests at once, at least.", |_| 1.0);
    numbers.each("shards_max", "gauge", "Requests at once, at most.", |shown| shown.max_lanes as f64);
    numbers.each("max_samples_per_send", "gauge", "Samples of one request, at most.", |shown| {
        shown.max_samples as f64
    });
    numbers.durations();
}

/// Writes numbers, one family after the other.
struct Numbers<'a> {
    out: &'a mut String,
    all: &'a [Shown],
}

impl Numbers<'_> {
    fn family(&mut self, name: &str, kind: &str, help: &str) -> String {
        let name = format!("prometheus_remote_storage_{name}");
        // Writing to a string does not fail.
        let _ = write!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        name
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        write_sample_name(self.out, name, labels.iter().copied());
        let _ = writeln!(self.out, " {}", query::number::format_general(value));
    }

    fn alone(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        let name = self.family(name, kind, help);
        self.line(&name, &[], value);
    }

    fn each(&mut self, name: &str, kind: &str, help: &str, value: impl Fn(&Shown) -> f64) {
        let name = self.family(name, kind, help);
        for shown in self.all {
            self.line(&name, &[("remote_name", &shown.name), ("url", &shown.url)], value(shown));
        }
    }

    fn dropped(&mut self, part: Part, word: &str) {
        let name = self.family(
            &format!("{word}_dropped_total"),
            "counter",
            &format!("How many {word} were not sent."),
        );
        for shown in self.all {
            for (fate, reason) in [
                (Fate::Relabelled, "dropped_series"),
                (Fate::TooOld, "too_old"),
                (Fate::Unsendable, "not_supported"),
                (Fate::Lost, "queue_full"),
            ] {
                let labels = [("remote_name", shown.name.as_str()), ("url", &shown.url), ("reason", reason)];
                self.line(&name, &labels, shown.tally.count(part, fate) as f64);
            }
        }
    }

    fn durations(&mut self) {
        let name = self.family("sent_batch_duration_seconds", "histogram", "How long requests took.");
        for shown in self.all {
            let labels = [("remote_name", shown.name.as_str()), ("url", &shown.url)];
            let (counts, seconds) = shown.tally.durations();
            let mut total = 0;
            for (i, count) in counts.iter().enumerate() {
                total += count;
                let le = DURATION_BOUNDS.get(i).map_or("+Inf".to_owned(), f64::to_string);
                let [name_of, url] = labels;
                self.line(&format!("{name}_bucket"), &[name_of, url, ("le", &le)], total as f64);
            }
            self.line(&format!("{name}_sum"), &labels, seconds);
            self.line(&format!("{name}_count"), &labels, total as f64);
        }
    }
}
