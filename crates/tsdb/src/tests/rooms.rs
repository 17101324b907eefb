//! Single promises: duplicates, tenants, histograms, exemplars, metadata, labels, limits, shared timestamps.

use super::*;
use crate::block::sections::{GROUPED_VERSION, HEADER};
use ::model::{Exemplar, FloatHistogram, Metadata, MetricKind, Tenant};
use contract::{LabelSelect, RefusalReason, SourceError};
use std::time::Duration;
use stdx::Budget;

fn everything() -> LabelSelect {
    LabelSelect { matchers: Vec::new(), range: TimeRange::new(Millis(i64::MIN), Millis(i64::MAX)), limit: 0 }
}

#[test]
fn equal_repeats_are_fine_and_other_values_are_refused() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let up = labels(&[("__name__", "up"), ("job", "j")]);
        let db = open(dir.path(), &clock).await;
        let nan = f64::from_bits(0x7ff8_0000_0000_0001);
        assert_eq!(append(&db, &[(&up, &[(10, 1.0), (20, nan), (20, nan)])]).await.accepted, 3);
        for _ in 0..2 {
            let outcome =
                append(&db, &[(&up, &[(10, 1.0), (20, f64::from_bits(0x7ff8_0000_0000_0002)), (10, 2.0)])])
                    .await;
            assert_eq!((outcome.accepted, outcome.refused_rows), (1, 2));
            assert!(
                outcome
                    .refused
                    .iter()
                    .all(|r| r.reason == RefusalReason::Duplicate && r.message.contains("up"))
            );
        }
        // Also against rows that are sealed.
        for at in 3..60 {
            append(&db, &[(&up, &[(at * 10, at as f64)])]).await;
        }
        assert_eq!(append(&db, &[(&up, &[(10, 1.0), (50, 5.0)])]).await.accepted, 2);
        assert_eq!(append(&db, &[(&up, &[(10, 1.5), (50, 5.5)])]).await.refused_rows, 2);
        // Late samples between sealed ones.
        assert_eq!(append(&db, &[(&up, &[(15, 7.0)])]).await.accepted, 1);
        assert_eq!(append(&db, &[(&up, &[(15, 8.0)])]).await.refused_rows, 1);
        let got = select(&db, any_name(), 10, 21).await;
        assert_eq!(got[0].timestamps.as_ref(), [10, 15, 20]);
        assert_eq!(got[0].values[2].to_bits(), nan.to_bits());
    });
}

#[test]
fn what_is_sent_again_after_a_flush_meets_what_was_stored() {
    run(async {
        let dir = room();
        let clock = Clock::manual(10_000 * 1_000_000);
        let up = labels(&[("__name__", "up"), ("job", "j")]);
        let db = open(dir.path(), &clock).await;
        append(&db, &[(&up, &[(1000, 1.0), (2000, 2.0)])]).await;
        for round in 0..3 {
            match round {
                // A flush that has not ended: every sample is still known.
                0 => drop(db.seal()),
                _ => db.flush().await.unwrap(),
            }
            assert_eq!(append(&db, &[(&up, &[(2000, 2.0)])]).await.accepted, 1);
            let refused = append(&db, &[(&up, &[(2000, 9.0)])]).await.refused;
            assert_eq!(
                refused[0].message,
                "duplicate sample for timestamp 2000; overrides not allowed: existing 2, new value 9 for series \
                 {__name__=\"up\", job=\"j\"}"
            );
            assert_eq!(append(&db, &[(&up, &[(1000, 9.0)])]).await.refused_rows, u64::from(round == 0));
            let got = select(&db, any_name(), 0, 3000).await;
            assert_eq!(got[0].timestamps.as_ref(), [1000, 2000]);
            assert_eq!(got[0].values.as_ref(), [if round == 0 { 1.0 } else { 9.0 }, 2.0]);
        }
        // A sample of long ago that is no longer remembered is stored again, and joined.
        clock.advance(Duration::from_secs(4 * 3600));
        let other = labels(&[("__name__", "other"), ("job", "j")]);
        append(&db, &[(&other, &[(3000, 0.0)])]).await;
        db.flush().await.unwrap();
        assert_eq!(append(&db, &[(&up, &[(2000, 9.0)])]).await.refused_rows, 0);
        for _ in 0..3 {
            let got = select(&db, vec![Matcher::equal("__name__", "up")], 0, 3000).await;
            assert_eq!(got[0].values.as_ref(), [9.0, 9.0]);
            clock.advance(Duration::from_secs(24 * 3600));
            db.flush().await.unwrap();
            db.maintain().await.unwrap();
        }
    });
}

#[test]
fn tenants_see_only_their_own() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let up = labels(&[("__name__", "up")]);
        let mut db = open(dir.path(), &clock).await;
        let of = |tenant: &str| Context { tenant: Tenant::parse(tenant).unwrap(), ..Context::for_tests() };
        for (tenant, value) in [("a", 1.0), ("b", 2.0)] {
            db.append(&of(tenant), &batch(&[(&up, &[(5, value)])])).await.unwrap();
        }
        for round in 0..3 {
            for (tenant, value) in [("a", Some(1.0)), ("b", Some(2.0)), ("c", None)] {
                let range = TimeRange::new(Millis(0), Millis(10));
                let select = SeriesSelect { matchers: any_name(), range, need: Need::Samples };
                let got = db.select(&of(tenant), select).await.unwrap();
                assert_eq!(got.first().map(|s| s.values[0]), value, "{tenant} in round {round}");
            }
            if round == 0 {
                db.flush().await.unwrap()
            } else {
                db = {
                    drop(db);
                    open(dir.path(), &clock).await
                }
            }
        }
        assert_eq!(db.telemetry().head_series, 0);
    });
}

#[test]
fn a_tenant_with_as_many_series_as_it_may_have_adds_none() {
    run(async {
        let dir = room();
        let db = open(dir.path(), &Clock::manual(0)).await;
        let cx = Context { max_series: 2, ..Context::for_tests() };
        let all = ["a", "b", "c"].map(|name| labels(&[("__name__", name)]));
        let [a, b, c] = &all;
        let outcome =
            db.append(&cx, &batch(&[(a, &[(1, 1.0)]), (b, &[(1, 1.0)]), (c, &[(1, 1.0)])])).await.unwrap();
        assert_eq!((outcome.accepted, outcome.refused_rows), (2, 1));
        assert_eq!(outcome.refused[0].reason, contract::RefusalReason::TooMany);
        let bits = Some(1f64.to_bits());
        assert_eq!(outcome.refused_samples, [contract::RefusedSample { series: 2, at: Millis(1), bits }]);
        let twice = db.append(&cx, &batch(&[(b, &[(5, 1.0)]), (a, &[(1, 7.0)])])).await.unwrap();
        let bits = Some(7f64.to_bits());
        assert_eq!(twice.refused_samples, [contract::RefusedSample { series: 1, at: Millis(1), bits }]);
        // Those that are there go on, here and for tenants without a limit.
        let outcome = db.append(&cx, &batch(&[(c, &[(2, 1.0)]), (a, &[(2, 1.0)])])).await.unwrap();
        assert_eq!((outcome.accepted, outcome.refused_rows), (1, 1));
        let other = Context { tenant: Tenant::parse("other").unwrap(), ..cx.clone() };
        assert_eq!(db.append(&other, &batch(&[(c, &[(2, 1.0)])])).await.unwrap().accepted, 1);
        assert_eq!(db.append(&Context::for_tests(), &batch(&[(c, &[(2, 1.0)])])).await.unwrap().accepted, 1);
        // A flush makes room.
        db.flush().await.unwrap();
        assert_eq!(db.append(&cx, &batch(&[(b, &[(3, 1.0)])])).await.unwrap().accepted, 1);
    });
}

#[test]
fn numbers_of_series_hold_until_the_flush() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let db = open(dir.path(), &clock).await;
        let cx = Context::for_tests();
        let up = labels(&[("__name__", "up")]);
        let keys = [LabelKey::of(b"up"), LabelKey::of(b"never")];
        assert!(db.known(&cx, &keys).numbers.is_empty());
        let mut first = batch(&[(&up, &[(10, 1.0)])]);
        first.key_series(keys[0]);
        db.append(&cx, &first).await.unwrap();
        let known = db.known(&cx, &keys);
        assert_eq!(known.numbers[1], KnownSeries::UNKNOWN);
        let mut second = MetricBatch::default();
        second.known.epoch = known.epoch;
        let sample = |at: i64, value: f64| KnownSample { series: known.numbers[0], at: Millis(at), value };
        second.known.samples = vec![sample(20, 2.0), sample(10, 1.0), sample(10, 3.0)];
        let outcome = db.append(&cx, &second).await.unwrap();
        assert_eq!((outcome.accepted, outcome.refused_rows), (2, 1));
        assert!(outcome.refused[0].message.contains("series {__name__=\"up\"}"), "{:?}", outcome.refused);
        let values = |got: &[Series]| got[0].values.to_vec();
        assert_eq!(values(&select(&db, any_name(), 0, 100).await), [1.0, 2.0]);
        // Other tenants and later heads have numbers of their own.
        let other = Context { tenant: Tenant::parse("other").unwrap(), ..Context::for_tests() };
        assert!(db.known(&other, &keys).numbers.is_empty());
        db.flush().await.unwrap();
        assert!(matches!(db.append(&cx, &second).await, Err(contract::IngestError::Forgotten)));
        assert!(db.known(&cx, &keys).numbers.is_empty());
        assert_eq!(values(&select(&db, any_name(), 0, 100).await), [1.0, 2.0]);
    });
}

#[test]
fn start_timestamps_survive_everything() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let mut db = open(dir.path(), &clock).await;
        let cx = Context::for_tests();
        // Floats with and without starts, one late, one repeated with another start; then a histogram.
        for (at, start) in [(10, 5), (20, 5), (30, 0), (40, 35), (15, 7), (20, 9), (50, 35)] {
            let mut batch = MetricBatch::default();
            batch.push_label("__name__", "a");
            batch.push_started_sample(Millis(at), at as f64, Millis(start));
            batch.finish_series().unwrap();
            assert_eq!(db.append(&cx, &batch).await.unwrap().accepted, 1);
        }
        let mut last = MetricBatch::default();
        last.push_label("__name__", "a");
        last.push_started_histogram(Millis(60), histogram(3.0), Millis(55));
        last.finish_series().unwrap();
        db.append(&cx, &last).await.unwrap();
        append(&db, &[(&labels(&[("__name__", "b")]), &[(10, 1.0)])]).await;
        for round in 0..5 {
            let got = select(&db, any_name(), 0, 100).await;
            assert_eq!(got[0].timestamps.as_ref(), [10, 15, 20, 30, 40, 50], "round {round}");
            assert_eq!(got[0].starts.as_deref(), Some(&[5, 7, 5, 0, 35, 35][..]), "round {round}");
            assert_eq!(got[0].histogram_starts.as_deref(), Some(&[55][..]), "round {round}");
            assert!(got[1].starts.is_none());
            let part = select(&db, any_name(), 12, 31).await;
            assert_eq!(part[0].starts.as_deref(), Some(&[7, 5, 0][..]), "round {round}");
            match round {
                0 => {
                    drop(db);
                    db = open(dir.path(), &clock).await;
                }
                1 => db.flush().await.unwrap(),
                2 => {
                    append(&db, &[(&labels(&[("__name__", "c")]), &[(10, 1.0)])]).await;
                    db.flush().await.unwrap();
                }
                _ => {
                    clock.advance(Duration::from_secs(48 * 3600));
                    db.maintain().await.unwrap();
                }
            }
        }
    });
}

fn histogram(count: f64) -> FloatHistogram {
    let spans = vec![::model::histogram::BucketSpan { offset: 1, length: 2 }];
    FloatHistogram {
        schema: 3,
        count,
        sum: count * 2.5,
        positive_spans: spans,
        positive_buckets: vec![count - 1.0, 1.0],
        ..Default::default()
    }
}

#[test]
fn histograms_exemplars_and_metadata_are_kept_everywhere() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let mut db = open(dir.path(), &clock).await;
        let cx = Context::for_tests();
        let names = [("__name__", "latency"), ("job", "j")];
        let example = |at| Exemplar { labels: labels(&[("trace_id", "abc")]), value: 0.5, at: Millis(at) };
        let push = |batch: &mut MetricBatch, at: i64| {
            names.iter().for_each(|(n, v)| batch.push_label(n, v));
            batch.push_histogram(Millis(at), histogram(at as f64));
            batch.push_sample(Millis(at + 1), at as f64);
            batch.push_exemplar(example(at));
            batch.finish_series().unwrap();
        };
        for at in [100, 200] {
            let mut batch = MetricBatch::default();
            push(&mut batch, at);
            let help = format!("how long, since {at}");
            batch.metadata.push(Metadata {
                family: "latency".into(),
                kind: MetricKind::Histogram,
                help,
                unit: "s".into(),
            });
            for _ in 0..2 {
                let outcome = db.append(&cx, &batch).await.unwrap();
                assert_eq!(
                    (outcome.accepted, outcome.histograms, outcome.exemplars, outcome.refused_rows),
                    (2, 1, 1, 0)
                );
            }
            if at == 100 {
                db.flush().await.unwrap();
            }
        }
        // A float where a histogram is, a histogram where a float is, another histogram.
        let mut wrong = batch(&[(&labels(&names), &[(200, 1.0)])]);
        for (at, count) in [(201, 201.0), (200, 9.0)] {
            names.iter().for_each(|(n, v)| wrong.push_label(n, v));
            wrong.push_histogram(Millis(at), histogram(count));
            wrong.finish_series().unwrap();
        }
        assert_eq!(db.append(&cx, &wrong).await.unwrap().refused_rows, 3);
        for round in 0..4 {
            let got = select(&db, any_name(), 0, 1000).await;
            assert_eq!(got.len(), 1);
            assert_eq!(got[0].timestamps.as_ref(), [101, 201], "round {round}");
            let histograms: Vec<(i64, FloatHistogram)> =
                got[0].histograms.iter().map(|(at, h)| (at.0, h.as_ref().clone())).collect();
            assert_eq!(histograms, [(100, histogram(100.0)), (200, histogram(200.0))]);
            let exemplars = db.exemplars(&cx, everything()).await.unwrap();
            assert_eq!(exemplars, [(labels(&names), vec![example(100), example(200)])]);
            let metadata = db.metadata(&cx, Some("latency")).await.unwrap();
            assert_eq!((metadata.len(), metadata[0].help.as_str()), (1, "how long, since 200"));
            assert!(db.metadata(&cx, Some("other")).await.unwrap().is_empty());
            match round {
                0 => {
                    db = {
                        drop(db);
                        open(dir.path(), &clock).await
                    }
                }
                1 => db.flush().await.unwrap(),
                _ => {
                    clock.advance(Duration::from_secs(48 * 3600));
                    db.maintain().await.unwrap();
                }
            }
        }
        let snapshot = db.options.catalog.snapshot();
        assert_eq!(snapshot.all_blocks().count(), 1, "both flushes were merged");
        db.close().await.unwrap();
        assert!(db.append(&cx, &MetricBatch::default()).await.is_ok(), "nothing to store needs no log");
        assert!(db.append(&cx, &wrong).await.is_err());
    });
}

#[test]
fn labels_come_from_heads_and_blocks() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let db = open(dir.path(), &clock).await;
        let cx = Context::for_tests();
        let a = labels(&[("__name__", "up"), ("job", "a"), ("zone", "x")]);
        let b = labels(&[("__name__", "up"), ("job", "b")]);
        let c = labels(&[("__name__", "down"), ("job", "c"), ("rack", "r")]);
        append(&db, &[(&a, &[(10, 1.0)]), (&c, &[(10, 1.0)])]).await;
        for round in 0..2 {
            append(&db, &[(&b, &[(20 + round, 1.0)])]).await;
            let matched =
                LabelSelect { matchers: vec![vec![Matcher::equal("__name__", "up")]], ..everything() };
            assert_eq!(db.label_names(&cx, everything()).await.unwrap(), ["__name__", "job", "rack", "zone"]);
            assert_eq!(db.label_names(&cx, matched.clone()).await.unwrap(), ["__name__", "job", "zone"]);
            assert_eq!(db.label_values(&cx, "job", everything()).await.unwrap(), ["a", "b", "c"]);
            assert_eq!(db.label_values(&cx, "job", matched.clone()).await.unwrap(), ["a", "b"]);
            assert_eq!(db.label_values(&cx, "none", everything()).await.unwrap(), [""; 0]);
            assert_eq!(db.series(&cx, matched.clone()).await.unwrap(), [a.clone(), b.clone()]);
            assert_eq!(
                db.series(&cx, LabelSelect { limit: 1, ..everything() }).await.unwrap(),
                std::slice::from_ref(&c)
            );
            let late = LabelSelect { range: TimeRange::new(Millis(15), Millis(30)), ..everything() };
            if round == 0 {
                assert_eq!(db.series(&cx, late).await.unwrap(), std::slice::from_ref(&b));
            }
            db.flush().await.unwrap();
        }
    });
}

#[test]
fn timestamps_of_a_target_are_one_slice() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let db = open(dir.path(), &clock).await;
        let names: Vec<Labels> =
            (0..50).map(|i| labels(&[("__name__", &format!("m{i:02}")), ("instance", "i")])).collect();
        for at in 0..100i64 {
            let samples = [(at * 15_000 + at % 3, at as f64)];
            let rows: Vec<(&Labels, &[(i64, f64)])> = names.iter().map(|n| (n, &samples[..])).collect();
            append(&db, &rows).await;
            if at == 40 || at == 80 {
                db.flush().await.unwrap();
            }
        }
        let got = select(&db, any_name(), 15_000, 99 * 15_000).await;
        assert_eq!((got.len(), got[0].timestamps.len()), (50, 98));
        assert!(got.iter().all(|s| Arc::ptr_eq(&s.timestamps, &got[0].timestamps)));
    });
}

#[test]
fn limits_answer_and_do_not_break() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let up = labels(&[("__name__", "up")]);
        let mut small = options(dir.path(), &clock).await;
        small.budget = Budget::new("metrics head", 4_000);
        small.flush_bytes = u64::MAX;
        small.flush_age = Duration::from_secs(3600);
        let db = Tsdb::open(small).await.unwrap();
        let samples: Vec<(i64, f64)> = (0..5000).map(|i| (i * i % 77_777, (i * i % 77_777) as f64)).collect();
        append(&db, &[(&up, &samples)]).await;
        db.account();
        let refused = db.append(&Context::for_tests(), &batch(&[(&up, &[(1, 1.0)])])).await.unwrap_err();
        assert!(refused.to_string().contains("4000 bytes"), "{refused}");
        let starved = Context { budget: Budget::new("query", 1000), ..Context::for_tests() };
        let range = TimeRange::new(Millis(0), Millis(i64::MAX));
        for flushed in [false, true] {
            let select = SeriesSelect { matchers: any_name(), range, need: Need::Samples };
            assert!(
                matches!(db.select(&starved, select).await, Err(SourceError::Budget(_))),
                "flushed: {flushed}"
            );
            assert_eq!(starved.budget.used(), 0);
            db.maintain().await.unwrap();
        }
        assert_eq!(append(&db, &[(&up, &[(-1, 1.0)])]).await.accepted, 1, "a flush made room");
        // Extreme times are times too.
        let ends = [(i64::MIN + 1, 1.0), (i64::MAX - 1, 2.0), (0, 0.0)];
        append(&db, &[(&labels(&[("__name__", "far")]), &ends)]).await;
        for _ in 0..2 {
            let far = select(&db, vec![Matcher::equal("__name__", "far")], i64::MIN, i64::MAX).await;
            assert_eq!(far[0].timestamps.as_ref(), [i64::MIN + 1, 0, i64::MAX - 1]);
            db.flush().await.unwrap();
        }
    });
}

#[test]
fn retention_drops_blocks() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let mut options = options(dir.path(), &clock).await;
        options.retention.max_age = Some(Duration::from_secs(3600));
        let db = Tsdb::open(options).await.unwrap();
        append(&db, &[(&labels(&[("__name__", "up")]), &[(1000, 1.0)])]).await;
        db.flush().await.unwrap();
        db.maintain().await.unwrap();
        assert_eq!(select(&db, any_name(), 0, 5000).await.len(), 1);
        clock.advance(Duration::from_secs(4000));
        db.maintain().await.unwrap();
        assert!(select(&db, any_name(), 0, 5000).await.is_empty());
    });
}

#[test]
fn stored_bytes_can_be_printed() {
    run(async {
        let dir = room();
        let clock = Clock::manual(0);
        let db = open(dir.path(), &clock).await;
        append(&db, &[(&labels(&[("__name__", "up"), ("job", "j")]), &[(1000, 1.5), (2000, 3.0)])]).await;
        let mut printed = String::new();
        db.log
            .replay(Default::default(), &mut |_, record| {
                printed += &crate::inspect_record(record);
                Ok(())
            })
            .unwrap();
        assert!(
            printed.contains("tenant anonymous") && printed.contains("row of group 0 at 2000: 1 cells"),
            "{printed}"
        );
        db.flush().await.unwrap();
        let meta = db.options.catalog.snapshot().all_blocks().next().unwrap().clone();
        let reader = store::BlockReader::open(&db.options.objects, &db.options.cache, meta).await.unwrap();
        let header = reader.section(HEADER).await.unwrap().unwrap();
        let printed = crate::inspect_section(HEADER, GROUPED_VERSION, &header);
        assert!(printed.starts_with("1 series, 2 samples, 1000 to 2000 ms, 1 pages, 2 labels"), "{printed}");
    });
}

#[test]
fn what_is_settled_has_another_mark_once_it_changes() {
    run(async {
        let (room, clock) = (room(), Clock::manual(10_000 * 1_000_000_000));
        let up = labels(&[("__name__", "up"), ("job", "j")]);
        let db = open(room.path(), &clock).await;
        let cx = Context::for_tests();
        let settled = || db.settled(&cx).unwrap();
        assert_eq!(settled().until, Millis(10_000_000 - 600_000));
        let first = settled().mark;
        append(&db, &[(&up, &[(9_400_000, 1.0), (9_999_999, 1.0)])]).await;
        db.flush().await.unwrap();
        assert_eq!(settled().mark, first, "new samples are not late, and a flush changes none");
        let mut marks = vec![first];
        append(&db, &[(&up, &[(9_399_999, 1.0)])]).await;
        marks.push(settled().mark);
        append(&db, &[(&up, &[(9_399_998, 2.0)])]).await;
        marks.push(settled().mark);
        let up = vec![vec![Matcher::equal("job", "j")]];
        let range = TimeRange::new(Millis(0), Millis(9_400_001));
        contract::SeriesAdmin::delete(&*db, &cx, LabelSelect { matchers: up, range, limit: 0 })
            .await
            .unwrap();
        marks.push(settled().mark);
        marks.sort_unstable();
        marks.dedup();
        assert_eq!(marks.len(), 4);
        let mut other = cx.clone();
        other.tenant = Tenant::parse("other").unwrap();
        assert_eq!(db.settled(&other).unwrap().mark, first);
    });
}
