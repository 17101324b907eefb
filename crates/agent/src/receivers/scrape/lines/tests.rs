//! Targets that change in any way: a round that knows lines stores what one that reads everything stores.

use super::super::round::{Round, Took};
use super::super::target::Wanted;
use super::*;
use crate::options::ScrapeJob;
use crate::relabel::{RelabelAction, RelabelRule};
use contract::KnownSeries;
use model::{LabelKey, Labels, MetricBatch, SeriesView};
use std::collections::HashMap;
use stdx::Rng;
use wire::exposition::Histograms;

const WANTS: Wanted = Wanted { histograms: Histograms::Classic, custom_buckets: false, keep_classic: false };

/// `V` stands for a value.
const TEXT: [&str; 18] = [
    "# TYPE h histogram",
    "# HELP a Of something.",
    "# TYPE a counter",
    "# free text",
    "a{x=\"1 V\"} V",
    "a{x=\"}\"} V",
    "a V",
    "a  V",
    "h_bucket{le=\"1\"} V",
    "h_bucket{le=\"1.0\"} V",
    "h_bucket{le=\"+Inf\"} V",
    "b V 123",
    "b V",
    "",
    "\td V\r",
    "dropped{z=\"1\"} V",
    "e{instance=\"own\"} V",
    "\"f.g\" V",
];
const OPEN_METRICS: [&str; 7] = [
    "# TYPE h histogram",
    "# UNIT a seconds",
    "a V",
    "h_bucket{le=\"1\"} V",
    "h_bucket{le=\"1\"} V # {trace=\"x\"} V",
    "b V 12.5",
    "dropped V",
];
const WRONG: [&str; 4] = ["a", "a{ 1", "# TYPE a nothing", "a 1 2 3"];

/// A text that is much like the one before.
fn change(lines: &mut Vec<&'static str>, all: &[&'static str], rng: &mut Rng) {
    let pick = |rng: &mut Rng, count: usize| rng.below(count as u64) as usize;
    for _ in 0..rng.below(4) {
        match rng.below(3) {
            0 if !lines.is_empty() => drop(lines.remove(pick(rng, lines.len()))),
            1 if lines.len() > 1 => {
                let (a, b) = (pick(rng, lines.len()), pick(rng, lines.len()));
                lines.swap(a, b);
            }
            _ => lines.insert(pick(rng, lines.len() + 1), all[pick(rng, all.len())]),
        }
    }
}

fn text(lines: &[&str], format: BodyFormat, rng: &mut Rng) -> String {
    let mut text = String::new();
    for line in lines {
        let value = ["0", "17", "1.5e3", "NaN", "+Inf", "-3"][rng.below(6) as usize];
        text += &line.replace('V', value);
        text.push('\n');
    }
    if format == BodyFormat::OpenMetrics && rng.below(20) > 0 {
        text += "# EOF\n";
    } else if rng.below(4) == 0 {
        text.pop();
    }
    text
}

fn row(labels: &str, at: i64, value: f64, exemplars: usize) -> String {
    format!("{labels} @{at} {:x} {exemplars}", value.to_bits())
}

fn rows(batch: &MetricBatch) -> Vec<String> {
    let one = |s: SeriesView<'_>| {
        let sample = s.samples()[0];
        row(&s.to_labels().to_string(), sample.at.0, sample.value, s.exemplars().len())
    };
    batch.series().map(one).collect()
}

/// An engine that knows some series by number, for a while.
#[derive(Default)]
struct Engine {
    epoch: u64,
    numbers: HashMap<LabelKey, u64>,
    labels: Vec<String>,
}

impl Engine {
    fn known(&self, keys: &[LabelKey], rng: &mut Rng) -> KnownSeries {
        let number = |key| self.numbers.get(key).copied().filter(|_| rng.below(3) > 0);
        KnownSeries {
            epoch: self.epoch,
            numbers: keys.iter().map(number).map(|n| n.unwrap_or(KnownSeries::UNKNOWN)).collect(),
        }
    }

    /// Begins another epoch.
    fn renew(&mut self) {
        self.epoch += 1;
        self.numbers.clear();
    }

    /// What the batch stores, a sample a row.
    fn rows(&mut self, batch: &MetricBatch) -> Vec<String> {
        for series in batch.series() {
            if let Some(key) = series.key() {
                let labels = series.to_labels().to_string();
                let number = *self.numbers.entry(key).or_insert(self.labels.len() as u64);
                if number == self.labels.len() as u64 {
                    self.labels.push(labels.clone());
                }
                assert_eq!(self.labels[number as usize], labels, "a key is of one series");
            }
        }
        let known = &batch.known.samples;
        let known = known.iter().map(|s| row(&self.labels[s.series as usize], s.at.0, s.value, 0));
        let mut rows: Vec<String> = known.chain(rows(batch)).collect();
        rows.sort();
        rows
    }
}

fn check(seed: u64, format: BodyFormat) -> [usize; 2] {
    let mut rng = Rng::seeded(seed);
    let mut job =
        ScrapeJob { job_name: "web".to_owned(), stale_timed: seed.is_multiple_of(3), ..ScrapeJob::default() };
    job.limits.samples = if seed.is_multiple_of(5) { 6 } else { 0 };
    let mut rule = RelabelRule::new(RelabelAction::Drop, Some("dropped")).unwrap();
    rule.source_labels = vec!["__name__".to_owned()];
    job.metric_relabel = vec![rule];
    let target = Labels::from_pairs([("job", "web"), ("instance", "a:1")]);
    let (mut knowing, mut plain) = (Round::new(target.clone()), Round::new(target));
    let all: &[&str] = if format == BodyFormat::Text { &TEXT } else { &OPEN_METRICS };
    let (mut lines, mut engine, mut hits) = (Vec::new(), Engine::default(), 0);
    let mut refusals = 0;
    for scrape in 1..40 {
        change(&mut lines, all, &mut rng);
        let mut shown = lines.clone();
        if rng.below(12) == 0 {
            shown.insert(rng.below(shown.len() as u64 + 1) as usize, WRONG[rng.below(4) as usize]);
        }
        let body = text(&shown, format, &mut rng);
        let at = Millis(scrape * 1000);
        let whole = read(body.as_bytes(), format, WANTS, at).map(Reading::from);
        let reading = knowing.lines.read(body.as_bytes(), format, WANTS, at);
        let (reading, whole) = match (reading, whole) {
            (Ok(reading), Ok(whole)) => (reading, whole),
            (reading, whole) => {
                assert_eq!(reading.err(), whole.err(), "of {body:?}");
                let took = Took::at(at.0);
                let (left, right) = (knowing.bad(&job, took), plain.bad(&job, took));
                let mut right = rows(&plain.batch(&right));
                right.sort();
                knowing.forget_numbers();
                assert_eq!(engine.rows(&knowing.batch(&left)), right);
                continue;
            }
        };
        hits += reading.known.len();
        let (told, fault) = knowing.good(reading, &job, Took::at(at.0));
        // The engine may begin another epoch before it is asked, which is seen, or behind that.
        let renewed = rng.below(10);
        if renewed == 0 {
            engine.renew();
        }
        knowing.ask(&told, |keys| engine.known(keys, &mut rng));
        if renewed == 1 {
            engine.renew();
        }
        let mut batch = knowing.batch(&told);
        if !batch.known.samples.is_empty() && batch.known.epoch != engine.epoch {
            assert_eq!(renewed, 1, "scrape {scrape} of seed {seed}: numbers of an epoch that is over");
            knowing.forget_numbers();
            batch = knowing.batch(&told);
            refusals += 1;
        }
        let (expected, plain_fault) = plain.good(whole, &job, Took::at(at.0));
        assert_eq!(fault, plain_fault, "of {body:?}");
        let expected = plain.batch(&expected);
        let mut expected = rows(&expected);
        expected.sort();
        assert_eq!(engine.rows(&batch), expected, "scrape {scrape} of seed {seed}: {body:?}");
    }
    [hits, refusals]
}

#[test]
fn what_is_known_changes_nothing_that_is_stored() {
    let mut all = [0; 2];
    for seed in 0..300 {
        for format in [BodyFormat::Text, BodyFormat::OpenMetrics] {
            let [hits, refusals] = check(seed, format);
            all = [all[0] + hits, all[1] + refusals];
        }
    }
    assert!(all[0] > 10_000 && all[1] > 500, "{all:?} lines known, batches refused");
}

#[test]
fn a_line_that_stands_where_it_stood_is_not_read() {
    let body: String = (0..1000).map(|i| format!("m{{i=\"{i}\"}} {i}\n")).collect();
    let mut round = Round::new(Labels::from_pairs([("job", "web")]));
    for at in 1..4 {
        let reading = round.lines.read(body.as_bytes(), BodyFormat::Text, WANTS, Millis(at)).unwrap();
        assert_eq!(reading.known.len(), if at == 1 { 0 } else { 1000 });
        assert_eq!((reading.len(), reading.exposition.batch.len() + reading.known.len()), (1000, 1000));
        drop(round.good(reading, &ScrapeJob::default(), Took::at(at)));
    }
}
