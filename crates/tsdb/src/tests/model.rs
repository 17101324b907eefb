//! Random histories against a `BTreeMap`.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SERIES: usize = 14;
/// 2026-01-01T00:00:00Z.
const EPOCH: i64 = 1_767_225_600_000;

#[derive(Debug, Clone)]
enum Step {
    /// Samples: (series, step of time, value index).
    Append(Vec<(usize, i64, usize)>),
    /// A scrape of all series of a target.
    Scrape {
        target: usize,
        at: i64,
        salt: u32,
    },
    Flush,
    /// Time passes, so that windows close, then merges run.
    Maintain,
    Reopen,
}

fn values() -> [f64; 8] {
    [0.0, -0.0, 1.0, 12.5, f64::NAN, ::model::stale_marker(), f64::INFINITY, 0.1 + 0.2]
}

fn name(series: usize) -> Labels {
    let (metric, target) = (format!("m{}", series % 5), format!("t{}", series % 3));
    let zone = if series.is_multiple_of(2) { "a" } else { "" };
    Labels::from_pairs([
        ("__name__", metric.as_str()),
        ("instance", &target),
        ("job", "j"),
        ("zone", zone),
        ("i", &series.to_string()),
    ])
}

fn step() -> impl Strategy<Value = Step> {
    let time = prop_oneof![4 => 0i64..40, 2 => 0i64..2000, 1 => -3_000i64..3_000, 1 => Just(-5_000_000)];
    let sample = (0..SERIES, time, 0usize..8);
    prop_oneof![
        6 => proptest::collection::vec(sample, 1..30).prop_map(Step::Append),
        10 => (0usize..3, 0i64..600, any::<u32>()).prop_map(|(target, at, salt)| Step::Scrape { target, at, salt }),
        2 => Just(Step::Flush),
        1 => Just(Step::Maintain),
        1 => Just(Step::Reopen),
    ]
}

/// What the engine should answer.
#[derive(Default)]
struct Model {
    samples: BTreeMap<(Labels, i64), u64>,
    /// What is not flushed: other values for these are refused.
    in_head: BTreeSet<(Labels, i64)>,
    /// The last sample of each series that is flushed: refused too.
    last: BTreeMap<Labels, (i64, u64)>,
}

impl Model {
    /// Whether a sample is taken.
    fn append(&mut self, labels: &Labels, at: i64, value: f64) -> bool {
        let key = (labels.clone(), at);
        if self.in_head.contains(&key) {
            return self.samples[&key] == value.to_bits();
        }
        if let Some((last, bits)) = self.last.get(labels)
            && *last == at
        {
            return *bits == value.to_bits();
        }
        self.in_head.insert(key.clone());
        self.samples.insert(key, value.to_bits());
        true
    }

    fn flush(&mut self, now: i64) {
        if self.in_head.is_empty() {
            return;
        }
        self.last.retain(|_, (at, _)| *at >= now - 3 * 3_600_000);
        for key in std::mem::take(&mut self.in_head) {
            let last = self.last.entry(key.0.clone()).or_insert((i64::MIN, 0));
            if key.1 >= last.0 {
                *last = (key.1, self.samples[&key]);
            }
        }
    }

    fn select(
        &self,
        keep: impl Fn(&Labels) -> bool,
        start: i64,
        end: i64,
    ) -> BTreeMap<Labels, Vec<(i64, u64)>> {
        let mut out: BTreeMap<Labels, Vec<(i64, u64)>> = BTreeMap::new();
        for ((labels, at), bits) in &self.samples {
            if keep(labels) && (start..end).contains(at) {
                out.entry(labels.clone()).or_default().push((*at, *bits));
            }
        }
        out
    }
}

async fn compare(db: &Tsdb, model: &Model) {
    let zone = Matcher::new("zone", MatchOp::NotEqual, "a").unwrap();
    let metric = Matcher::new("__name__", MatchOp::Regex, "m[0-2]").unwrap();
    type Keep = fn(&Labels) -> bool;
    let questions: [(Vec<Matcher>, Keep, i64, i64); 3] = [
        (any_name(), |_| true, i64::MIN, i64::MAX),
        (
            vec![metric, zone],
            |l| l.value("zone") != "a" && l.metric_name() < "m3",
            EPOCH,
            EPOCH + 400 * 15_000,
        ),
        (
            vec![Matcher::equal("instance", "t1")],
            |l| l.value("instance") == "t1",
            EPOCH + 10_000,
            EPOCH + 10_001,
        ),
    ];
    for (matchers, keep, start, end) in questions {
        let got = select(db, matchers, start, end).await;
        let expected = model.select(keep, start, end);
        let names: Vec<&Labels> = got.iter().map(|s| &s.labels).collect();
        assert_eq!(names, expected.keys().collect::<Vec<_>>());
        for series in &got {
            let samples: Vec<(i64, u64)> =
                series.timestamps.iter().copied().zip(series.values.iter().map(|v| v.to_bits())).collect();
            assert_eq!(samples, expected[&series.labels], "{}", series.labels);
        }
    }
}

async fn history(steps: Vec<Step>) {
    let dir = room();
    let clock = Clock::manual(EPOCH * 1_000_000);
    let mut db = open(dir.path(), &clock).await;
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append(samples) => {
                let mut batch = MetricBatch::default();
                let (mut accepted, mut refused) = (0, 0);
                let sets: Vec<(Labels, Sample)> = samples
                    .iter()
                    .map(|(series, at, value)| {
                        (name(*series), Sample { at: Millis(EPOCH + at * 15_000), value: values()[*value] })
                    })
                    .collect();
                for (labels, sample) in &sets {
                    batch.push_series(labels, &[*sample]);
                    let taken = model.append(labels, sample.at.0, sample.value);
                    *(if taken { &mut accepted } else { &mut refused }) += 1;
                }
                let outcome = db.append(&Context::for_tests(), &batch).await.unwrap();
                assert_eq!((outcome.accepted, outcome.refused_rows), (accepted, refused));
            }
            Step::Scrape { target, at, salt } => {
                let mut sets: Vec<(Labels, [(i64, f64); 1])> = Vec::new();
                for series in (0..SERIES).filter(|s| s % 3 == target && (salt >> s) & 7 != 0) {
                    let value = values()[(salt.wrapping_mul(series as u32 + 1) >> 7) as usize % 8];
                    let at = EPOCH + at * 15_000 + target as i64;
                    sets.push((name(series), [(at, value)]));
                    model.append(&name(series), at, value);
                }
                let sets: Vec<(&Labels, &[(i64, f64)])> =
                    sets.iter().map(|(labels, samples)| (labels, samples.as_slice())).collect();
                append(&db, &sets).await;
            }
            Step::Flush => {
                db.flush().await.unwrap();
                model.flush(clock.now_millis());
            }
            Step::Maintain => {
                clock.advance(Duration::from_secs(3 * 3600));
                db.maintain().await.unwrap();
                model.flush(clock.now_millis());
            }
            Step::Reopen => {
                // What was flushed before a start is not looked at any more.
                model.last.clear();
                drop(db);
                db = open(dir.path(), &clock).await;
            }
        }
        compare(&db, &model).await;
    }
    clock.advance(Duration::from_secs(48 * 3600));
    db.maintain().await.unwrap();
    db.maintain().await.unwrap();
    compare(&db, &model).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_history_gives_the_answers_of_a_map(steps in proptest::collection::vec(step(), 1..30)) {
        run(history(steps));
    }
}

#[test]
fn a_long_history_with_many_seals_flushes_and_merges() {
    let mut steps = Vec::new();
    for at in 0..80 {
        for target in 0..3 {
            steps.push(Step::Scrape { target, at, salt: (at as u32).wrapping_mul(2_654_435_761) });
        }
        match at % 40 {
            13 => steps.push(Step::Flush),
            25 => steps.push(Step::Reopen),
            39 => steps.push(Step::Maintain),
            _ => {}
        }
    }
    run(history(steps));
}
