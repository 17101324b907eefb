//! Imported blocks: older than whatever was appended, merged like others, the same when they come again.

use super::*;
use crate::import::{ImportBlock, ImportPiece, publish};
use ::model::{FloatHistogram, ResetHint, Tenant};
use store::BlockId;

fn floats(samples: &[(i64, f64)]) -> ImportPiece {
    let (times, values) = samples.iter().copied().unzip();
    ImportPiece { times, values, ..ImportPiece::default() }
}

async fn import(db: &Tsdb, id: u128, labels: &Labels, pieces: Vec<ImportPiece>) {
    let mut block = ImportBlock::default();
    block.push(labels, pieces).unwrap();
    let block = block.finish(BlockId(id), &Tenant::anonymous(), 1);
    publish(&db.options.objects, &db.options.catalog, block).await.unwrap();
}

async fn shown(db: &Tsdb) -> Vec<(i64, f64)> {
    let all = select(db, any_name(), i64::MIN, i64::MAX).await;
    all[0].timestamps.iter().copied().zip(all[0].values.iter().copied()).collect()
}

#[test]
fn what_was_appended_stays_and_the_later_piece_does() {
    run(async {
        let (room, clock) = (room(), Clock::manual(10_000 * 1_000_000));
        let up = labels(&[("__name__", "up"), ("job", "j")]);
        let db = open(room.path(), &clock).await;
        append(&db, &[(&up, &[(2000, 2.0), (4000, 4.0)])]).await;
        db.flush().await.unwrap();
        append(&db, &[(&up, &[(5000, 5.0)])]).await;
        let pieces = vec![
            floats(&[(1000, 10.0), (2000, 20.0), (3000, 30.0)]),
            floats(&[(3000, 31.0), (5000, 50.0), (6000, 60.0)]),
        ];
        let want = [(1000, 10.0), (2000, 2.0), (3000, 31.0), (4000, 4.0), (5000, 5.0), (6000, 60.0)];
        for _ in 0..2 {
            import(&db, 7, &up, pieces.clone()).await;
            assert_eq!(shown(&db).await, want);
        }
        db.flush().await.unwrap();
        assert_eq!(shown(&db).await, want);
        clock.advance(std::time::Duration::from_secs(48 * 3600));
        db.maintain().await.unwrap();
        assert_eq!(db.options.catalog.snapshot().all_blocks().count(), 1);
        assert_eq!(shown(&db).await, want);
    });
}

#[test]
fn hints_of_histograms_are_kept_unless_pieces_overlap() {
    run(async {
        let (room, clock) = (room(), Clock::manual(0));
        let db = open(room.path(), &clock).await;
        let piece = |times: &[i64], reset_hint| {
            let histogram = FloatHistogram { count: 1.0, reset_hint, ..FloatHistogram::default() };
            let histograms = times.iter().map(|at| (*at, 0, histogram.clone())).collect();
            ImportPiece { histograms, ..ImportPiece::default() }
        };
        let hints = |series: &Series| series.histograms.iter().map(|(_, h)| h.reset_hint).collect::<Vec<_>>();
        let (apart, overlapping) = (labels(&[("__name__", "a")]), labels(&[("__name__", "b")]));
        import(&db, 1, &apart, vec![piece(&[1, 2], ResetHint::NotReset), piece(&[3], ResetHint::Gauge)])
            .await;
        import(
            &db,
            2,
            &overlapping,
            vec![piece(&[1, 3], ResetHint::NotReset), piece(&[2], ResetHint::Gauge)],
        )
        .await;
        let all = select(&db, any_name(), 0, 10).await;
        assert_eq!(hints(&all[0]), [ResetHint::NotReset, ResetHint::NotReset, ResetHint::Gauge]);
        assert_eq!(hints(&all[1]), [ResetHint::Unknown, ResetHint::Gauge, ResetHint::Unknown]);
    });
}

#[test]
fn disorder_is_refused() {
    let (a, b) = (labels(&[("__name__", "a")]), labels(&[("__name__", "b")]));
    let mut block = ImportBlock::default();
    block.push(&b, vec![floats(&[(1, 1.0)])]).unwrap();
    assert!(block.push(&a, vec![floats(&[(1, 1.0)])]).unwrap_err().to_string().contains("label order"));
    let mut block = ImportBlock::default();
    assert!(block.push(&a, vec![floats(&[(2, 1.0), (1, 1.0)])]).unwrap_err().to_string().contains("ascend"));
    block.push(&a, vec![ImportPiece::default()]).unwrap();
    assert!(block.is_empty());
}

#[test]
fn what_another_process_imports_is_seen_without_a_flush() {
    run(async {
        let (room, clock) = (room(), Clock::manual(10_000 * 1_000_000));
        let (a, b) = (labels(&[("__name__", "a")]), labels(&[("__name__", "b")]));
        let db = open(room.path(), &clock).await;
        append(&db, &[(&a, &[(1000, 1.0)])]).await;
        let other = options(room.path(), &clock).await;
        let mut block = ImportBlock::default();
        block.push(&b, vec![floats(&[(500, 5.0)])]).unwrap();
        let block = block.finish(BlockId(9), &Tenant::anonymous(), 1);
        publish(&other.objects, &other.catalog, block).await.unwrap();
        let settled = db.settled(&Context::for_tests());
        let seen = async || select(&db, any_name(), 0, 10_000).await.len();
        clock.advance(std::time::Duration::from_secs(4));
        db.maintain().await.unwrap();
        assert_eq!(seen().await, 1, "not looked yet");
        clock.advance(std::time::Duration::from_secs(1));
        db.maintain().await.unwrap();
        assert_eq!(seen().await, 2);
        assert_eq!(db.telemetry().flushes, 0);
        assert_ne!(db.settled(&Context::for_tests()), settled, "kept answers are not taken for it");
    });
}
