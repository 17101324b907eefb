//! Merges hold little of what they write, however much it is.

use super::*;
use crate::import::{ImportBlock, ImportPiece, publish};
use ::model::{FloatHistogram, Tenant};
use std::time::Duration;
use store::BlockId;

/// Six spools, two pages that are being closed, and one series.
const MOST_HELD: u64 = 2 << 20;

/// A block of random floats at times of their own, and of native histograms, in one stretch of time.
fn block(number: u64, series: u64, samples: u64) -> ImportBlock {
    let mut rng = stdx::Rng::seeded(number);
    let mut block = ImportBlock::default();
    for at in 0..series {
        let mut piece = ImportPiece::default();
        let mut time = number as i64;
        for _ in 0..samples {
            time += 2 * (1 + rng.below(5000) as i64);
            if at % 4 == 3 {
                let histogram =
                    FloatHistogram { count: rng.unit(), sum: rng.unit(), ..FloatHistogram::default() };
                piece.histograms.push((time, time - 1, histogram));
            } else {
                piece.times.push(time);
                piece.values.push(rng.unit());
            }
        }
        let name = format!("s{at:04}");
        block.push(&labels(&[("__name__", "m"), ("x", &name)]), vec![piece]).unwrap();
    }
    block
}

/// Merges two blocks, and answers the bytes of what came out and what was held.
async fn merge(series: u64, samples: u64) -> (u64, u64) {
    let (room, clock) = (room(), Clock::manual(40_000_000 * 1_000_000));
    let options = options(room.path(), &clock).await;
    let (objects, catalog) = (options.objects.clone(), options.catalog.clone());
    let db = Tsdb::open(options).await.unwrap();
    let tenant = Tenant::anonymous();
    for number in 0..2u64 {
        let id = BlockId::derive(&[b"test", &number.to_le_bytes()]);
        publish(&objects, &catalog, block(number, series, samples).finish(id, &tenant, 0)).await.unwrap();
    }
    let before = shown(&db).await;
    clock.advance(Duration::from_secs(48 * 3600));
    db.maintain().await.unwrap();
    let blocks: Vec<_> = catalog.snapshot().all_blocks().cloned().collect();
    assert_eq!(blocks.len(), 1, "merged");
    assert!(shown(&db).await == before, "and nothing is lost");
    let telemetry = db.telemetry();
    assert_eq!(telemetry.merges, 1);
    (blocks[0].bytes, telemetry.merge_held_bytes)
}

/// Every sample, as bits.
async fn shown(db: &Tsdb) -> Vec<(String, Vec<i64>, Vec<u64>, usize)> {
    let all = select(db, any_name(), 0, i64::MAX).await;
    let one = |s: &Series| {
        let values = s.values.iter().map(|v| v.to_bits());
        let histograms = s.histograms.iter().map(|(at, h)| at.0 as u64 ^ h.sum.to_bits() ^ h.count.to_bits());
        let starts = s.histogram_starts.as_ref().map_or(0, |starts| starts.len());
        (s.labels.to_string(), s.timestamps.to_vec(), values.chain(histograms).collect(), starts)
    };
    all.iter().map(one).collect()
}

#[test]
fn what_a_merge_holds_does_not_grow_with_its_block() {
    run(async {
        let (small, held_small) = merge(30, 800).await;
        let (large, held_large) = merge(60, 4000).await;
        assert!(large > 2 * MOST_HELD && large > 5 * small, "{small} and {large} bytes");
        assert!(held_small < MOST_HELD && held_large < MOST_HELD, "{held_small} and {held_large} bytes");
    });
}
