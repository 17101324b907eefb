//! Series that come and go leave nothing behind in memory but what senders may repeat for a while.

use super::*;
use std::time::Duration;

#[test]
fn a_head_forgets_series_that_ended() {
    run(async {
        let (room, clock) = (room(), Clock::manual(1_000_000 * 1_000_000));
        let db = open(room.path(), &clock).await;
        let mut after = Vec::new();
        // An hour each: what is remembered of flushed series ends after three of them.
        for wave in 0..12i64 {
            let alive: Vec<Labels> = (0..200)
                .map(|n| labels(&[("__name__", "m"), ("pod", &format!("api-{}", wave * 200 + n))]))
                .collect();
            for sample in 0..3 {
                let at = clock.now_millis() + sample;
                let samples = [(at, 1.0)];
                append(&db, &alive.iter().map(|l| (l, &samples[..])).collect::<Vec<_>>()).await;
            }
            assert_eq!(db.telemetry().head_series, 200, "those of this wave alone");
            clock.advance(Duration::from_secs(3600));
            db.maintain().await.unwrap();
            assert_eq!(db.telemetry().head_series, 0, "flushed by age");
            after.push(db.telemetry().head_bytes);
        }
        let most = after[4..].iter().max().unwrap();
        assert!(after[4] > 0 && *most <= after[4] * 5 / 4, "{after:?}");
        // Four waves of a few dozen bytes a series are what senders may repeat.
        assert!(*most < 4 * 200 * 64, "{after:?}");
    });
}
