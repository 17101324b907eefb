//! What merges and long flushes make of columns: an entropy code, some told by what they have more than the one before. Every query still
//! finds the bits that were written, whichever series it asks for.

use super::*;
use contract::SeriesAdmin;
use std::time::Duration;

const BUCKETS: [&str; 20] = [
    "+Inf", "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "10", "100", "2.5",
    "20", "25", "40", "5", "50", "7.5",
];
const STEPS: i64 = 240;

/// The value of a bucket after some steps: each grows by a little more than the one before.
fn bucket(at: usize, step: i64) -> f64 {
    (0..=at as i64).map(|part| step * (part + 2) + (step * 7919 + part * 31) % 5).sum::<i64>() as f64
}

fn bucket_labels(le: &str) -> Labels {
    labels(&[("__name__", "h_bucket"), ("job", "api"), ("le", le)])
}

/// Labels, times and bits.
fn bits(all: &[Series]) -> Vec<(String, Vec<i64>, Vec<u64>)> {
    let one = |s: &Series| {
        (s.labels.to_string(), s.timestamps.to_vec(), s.values.iter().map(|v| v.to_bits()).collect())
    };
    all.iter().map(one).collect()
}

async fn write(db: &Tsdb, steps: std::ops::Range<i64>) {
    let gauge = labels(&[("__name__", "temperature"), ("job", "api")]);
    for step in steps {
        let all: Vec<(Labels, Vec<(i64, f64)>)> = BUCKETS
            .iter()
            .enumerate()
            .map(|(at, le)| (bucket_labels(le), vec![(step * 15_000, bucket(at, step))]))
            .collect();
        let mut all: Vec<(&Labels, &[(i64, f64)])> = all.iter().map(|(l, s)| (l, s.as_slice())).collect();
        let noise = [(step * 15_000, 20.0 + ((step * step * 7919) % 97) as f64 / 1000.0)];
        all.push((&gauge, &noise));
        append(db, &all).await;
    }
}

#[test]
fn merged_columns_come_back_alone_and_together() {
    run(async {
        let (room, clock) = (room(), Clock::manual(STEPS * 15_000 * 1_000_000));
        let db = open(room.path(), &clock).await;
        write(&db, 0..STEPS / 2).await;
        db.flush().await.unwrap();
        write(&db, STEPS / 2..STEPS).await;
        db.flush().await.unwrap();
        let before = bits(&select(&db, any_name(), 0, i64::MAX).await);
        let cx = Context::for_tests();
        let bytes = |blocks: Vec<contract::SeriesBlock>| blocks.iter().map(|b| b.bytes).sum::<u64>();
        let plain = bytes(db.blocks(&cx).await.unwrap());
        clock.advance(Duration::from_secs(3 * 3600));
        db.maintain().await.unwrap();
        assert_eq!(db.blocks(&cx).await.unwrap().len(), 1, "merged");
        let coded = bytes(db.blocks(&cx).await.unwrap());
        assert!(coded * 3 < plain * 2, "{coded} of {plain}");
        let early = vec![Matcher::new("le", MatchOp::Regex, "0.05|20").unwrap()];
        select(&db, early, 0, i64::MAX).await;
        // From the second look at a page on, columns are kept in another encoding; of some they were from the start.
        for look in 0..3 {
            assert_eq!(before, bits(&select(&db, any_name(), 0, i64::MAX).await), "look {look}");
        }
        for (at, le) in BUCKETS.iter().enumerate() {
            let one = select(&db, vec![Matcher::equal("le", *le)], 30_000, 600_000).await;
            let want: Vec<f64> = (2..40).map(|step| bucket(at, step)).collect();
            assert_eq!(one.len(), 1);
            assert_eq!(one[0].values[..38], want[..], "{le}");
        }
        let odd = vec![Matcher::new("le", MatchOp::Regex, "0.01|0.5|5|7.5|.Inf").unwrap()];
        let some = bits(&select(&db, odd, 0, i64::MAX).await);
        assert_eq!(some.len(), 5);
        assert!(some.iter().all(|series| before.contains(series)));
    });
}

#[test]
fn a_flush_of_long_columns_codes_them_at_once() {
    run(async {
        let (room, clock) = (room(), Clock::manual(STEPS * 15_000 * 1_000_000));
        let cx = Context::for_tests();
        let bytes = |blocks: Vec<contract::SeriesBlock>| blocks.iter().map(|b| b.bytes).sum::<u64>();
        let short = open(&room.path().join("short"), &clock).await;
        write(&short, 0..STEPS / 2).await;
        short.flush().await.unwrap();
        write(&short, STEPS / 2..STEPS).await;
        short.flush().await.unwrap();
        let long = open(&room.path().join("long"), &clock).await;
        write(&long, 0..STEPS).await;
        let before = bits(&select(&long, any_name(), 0, i64::MAX).await);
        long.flush().await.unwrap();
        assert_eq!(before, bits(&select(&long, any_name(), 0, i64::MAX).await));
        let (short, long) = (short.blocks(&cx).await.unwrap(), long.blocks(&cx).await.unwrap());
        assert_eq!((short.len(), long.len()), (2, 1));
        let (short, long) = (bytes(short), bytes(long));
        assert!(long * 3 < short * 2, "{long} of {short}");
    });
}

/// Buckets are coded by what they have more than the one before; what is kept of them in the plain encoding stays within what the page
/// says.
#[test]
fn plain_columns_take_no_more_memory_than_their_page_says() {
    run(async {
        let (room, clock) = (room(), Clock::manual(STEPS * 15_000 * 1_000_000));
        let db = open(room.path(), &clock).await;
        write(&db, 0..STEPS).await;
        let before = bits(&select(&db, any_name(), 0, i64::MAX).await);
        db.flush().await.unwrap();
        for look in 0..3 {
            assert_eq!(before, bits(&select(&db, any_name(), 0, i64::MAX).await), "look {look}");
        }
        let blocks = crate::tsdb::by_position(&db.options.catalog.snapshot(), &Context::for_tests().tenant);
        let block = db.block(&blocks[0]).await.unwrap();
        let pages: Vec<_> = (0..).map_while(|number| block.kept.page(number)).collect();
        assert!(pages.iter().any(|page| page.plain_bytes().0 > 0), "some columns are kept");
        for (held, counted) in pages.iter().map(|page| page.plain_bytes()) {
            assert!(held <= counted, "{held} bytes, counted as {counted}");
        }
    });
}
