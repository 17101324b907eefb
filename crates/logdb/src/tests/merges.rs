//! Merges: which pages come along as they are, how windows divide, and what goes on beside them.

use super::*;
use crate::block::OpenBlock;
use crate::block::page::PackedText;

/// Windows of 64 rows; pages from 32 rows on come along.
const SMALL: Room = Room { rows: 64, text: 1 << 20, keep_rows: 32, keep_text: usize::MAX };

/// Packed texts of the pages of all blocks of the default tenant, with their rows.
async fn pages(db: &LogDb) -> Vec<(PackedText, u32)> {
    let range = TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX));
    let cut = db.cut(&Tenant::anonymous(), &range).await.unwrap();
    let mut all = Vec::new();
    for meta in &cut.blocks {
        let open: Arc<OpenBlock> = db.blocks.open(meta).await.unwrap();
        for (page, info) in open.pages.iter().enumerate() {
            all.push((open.packed_text(page).await.unwrap(), info.rows));
        }
    }
    all
}

async fn put(db: &LogDb, app: &str, entries: Vec<LogEntry>) {
    db.append(&Context::for_tests(), batch(&[("app", app)], entries)).await.unwrap();
    db.flush().await.unwrap();
}

fn rows(from: i64, count: i64, word: &str) -> Vec<LogEntry> {
    (from..from + count).map(|at| entry(at, &format!("{word} {at}"), &[])).collect()
}

#[tokio::test]
async fn full_pages_come_along_and_others_are_written_anew() {
    let place = Place::new();
    let options = place.options().await;
    let db = LogDb::open(options.clone()).await.unwrap();
    let cx = Context::for_tests();
    put(&db, "a", rows(0, 50, "full")).await;
    put(&db, "b", rows(10, 5, "small")).await;
    put(&db, "c", rows(100, 40, "full")).await;
    // Sent again: both copies are in full pages, and neither can be kept.
    put(&db, "d", rows(200, 40, "again")).await;
    put(&db, "d", rows(200, 40, "again")).await;
    let before = pages(&db).await;
    let lines = shown(&read(&db, &cx, everything(Direction::Forward)).await);
    assert_eq!(lines.len(), 50 + 5 + 40 + 40);
    merge_all(&db, &options, &cx.tenant, SMALL).await;
    assert_eq!(db.sizes().blocks, 1);
    let after = pages(&db).await;
    let kept = |page: &&(PackedText, u32)| before.contains(page);
    assert_eq!(after.iter().filter(kept).map(|page| page.1).collect::<Vec<_>>(), [50, 40], "{after:?}");
    assert_eq!(after.iter().map(|page| page.1).sum::<u32>(), 135);
    assert_eq!(shown(&read(&db, &cx, everything(Direction::Forward)).await), lines);
    // What was copied is found by its filter, counted by its roll-up, and known by its time.
    let lines = vec![LineCondition::ContainsAny(vec!["full 120".to_owned()])];
    let found = read(&db, &cx, LogSelect { lines, ..everything(Direction::Backward) }).await;
    assert_eq!(shown(&found), [r#"120 {app="c"} full 120 []"#]);
    let range = TimeRange::new(Nanos(0), Nanos(1000));
    let counts = db.streams(&cx, vec![], range).await.unwrap();
    assert_eq!(counts.iter().map(|(_, lines, _)| *lines).collect::<Vec<_>>(), [50, 5, 40, 40]);
}

#[tokio::test]
async fn windows_that_hold_more_than_was_estimated_are_halved() {
    let place = Place::new();
    let options = place.options().await;
    let db = LogDb::open(options.clone()).await.unwrap();
    let cx = Context::for_tests();
    // Nearly all rows at one time, in many streams and in one: no estimate by time can know.
    for part in 0..3i64 {
        let mut all = LogBatch::default();
        for stream in 0..20i64 {
            let labels = Labels::from_pairs([("stream", format!("{stream:02}"))]);
            let mut entries: Vec<LogEntry> =
                (0..20).map(|i| entry(500, &format!("{part} {stream} {i}"), &[])).collect();
            entries.push(entry(part * 1000, "edge", &[]));
            all.streams.push(StreamEntries { labels, entries });
        }
        db.append(&cx, all).await.unwrap();
        db.flush().await.unwrap();
    }
    let lines = shown(&read(&db, &cx, everything(Direction::Forward)).await);
    let room = Room { keep_rows: usize::MAX, ..SMALL };
    merge_all(&db, &options, &cx.tenant, room).await;
    assert_eq!(shown(&read(&db, &cx, everything(Direction::Forward)).await), lines);
    let sizes: Vec<u32> = pages(&db).await.into_iter().map(|page| page.1).collect();
    assert_eq!(sizes.iter().sum::<u32>(), 3 * 20 * 21);
    assert!(sizes.len() > 8 && sizes.iter().all(|rows| *rows as usize <= 2 * room.rows), "{sizes:?}");
}

#[tokio::test]
async fn appends_and_flushes_go_on_while_a_merge_takes_long() {
    let place = Place::new();
    let mut options = place.options().await;
    options.flush_bytes = 4096;
    options.compaction = CompactionPolicy { eager: 2, ..CompactionPolicy::default() };
    let db = LogDb::open(options).await.unwrap();
    put(&db, "a", rows(0, 20, "before")).await;
    // A merge that is not done yet holds this and nothing else.
    let merging = db.merging.lock().await;
    let beside = tokio::time::timeout(Duration::from_secs(20), async {
        let cancel = stdx::Cancel::new();
        let running = stdx::task::spawn(db.clone().run(cancel.clone()));
        for part in 1..60i64 {
            let all = batch(&[("app", "a")], rows(part * 100, 20, "beside"));
            db.append(&Context::for_tests(), all).await.unwrap();
        }
        db.flush().await.unwrap();
        cancel.cancel();
        running
    });
    let running = beside.await.expect("nothing waits for the merge");
    assert_eq!(db.sizes().head_rows, 0);
    assert!(db.sizes().blocks >= 2);
    drop(merging);
    running.join().await.unwrap();
    db.maintain().await.unwrap();
    assert_eq!(read(&db, &Context::for_tests(), everything(Direction::Forward)).await.len(), 60 * 20);
}

#[tokio::test]
async fn a_merge_meets_what_is_written_meanwhile_and_leaves_no_object_behind() {
    let place = Place::new();
    let options = place.options().await;
    let db = LogDb::open(options.clone()).await.unwrap();
    let cx = Context::for_tests();
    for part in 0..6 {
        put(&db, "a", rows(part * 100, 50, "first")).await;
    }
    let cursor = db.cut(&cx.tenant, &TimeRange::new(Nanos(0), Nanos(1))).await.unwrap();
    let merging = merge_all(&db, &options, &cx.tenant, SMALL);
    let writing = async {
        for part in 6..9 {
            put(&db, "a", rows(part * 100, 50, "second")).await;
        }
    };
    tokio::join!(merging, writing);
    assert_eq!(read(&db, &cx, everything(Direction::Forward)).await.len(), 9 * 50);
    let stored = async || {
        options
            .objects
            .list("blocks", None)
            .await
            .unwrap()
            .iter()
            .filter(|o| o.path.contains("/logs/"))
            .count()
    };
    db.maintain().await.unwrap();
    assert_eq!(stored().await, 6 + 1 + 3, "a reader holds what was merged");
    drop(cursor);
    db.maintain().await.unwrap();
    assert_eq!(stored().await as u64, db.sizes().blocks);
}
