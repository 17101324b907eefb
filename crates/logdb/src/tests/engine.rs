//! What the engine promises, case by case: limits, order, tails, retention, budgets, deletes.

use super::*;

#[tokio::test]
async fn a_limit_reads_only_the_end_of_time() {
    let place = Place::new();
    let db = place.open().await;
    let cx = Context::for_tests();
    let line = "x".repeat(400);
    for part in 0..4i64 {
        let entries = (0..2000).map(|i| entry(part * 10_000 + i, &format!("{line}{i}"), &[])).collect();
        db.append(&cx, batch(&[("a", "b")], entries)).await.unwrap();
        db.flush().await.unwrap();
    }
    let mut cursor = db.select(&cx, everything(Direction::Backward)).await.unwrap();
    let rows = cursor.next_batch().await.unwrap();
    assert_eq!(rows[0].at, Nanos(31_999));
    let read = cx.stats.rows_read.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(read, 2000, "one page of four blocks");
}

#[tokio::test]
async fn groups_follow_each_other_in_time() {
    let place = Place::new();
    let options = place.options().await;
    let db = LogDb::open(options.clone()).await.unwrap();
    let cx = Context::for_tests();
    let (streams, rows) = (40i64, 150_000i64);
    for half in 0..2 {
        let mut all = LogBatch::default();
        for stream in 0..streams {
            let own = (0..rows / 2).map(|i| half * rows / 2 + i).filter(|at| at % streams == stream);
            let entries = own.map(|at| entry(at, &format!("line {at}"), &[])).collect();
            let labels = Labels::from_pairs([("stream", stream.to_string())]);
            all.streams.push(StreamEntries { labels, entries });
        }
        db.append(&cx, all).await.unwrap();
    }
    db.flush().await.unwrap();
    db.append(&cx, batch(&[("late", "yes")], vec![entry(5, "late", &[]), entry(rows, "last", &[])]))
        .await
        .unwrap();
    db.flush().await.unwrap();
    for merged in [false, true] {
        if merged {
            merge_all(&db, &options, &cx.tenant, Room::default()).await;
            assert_eq!(db.sizes().blocks, 1);
        }
        let forward = read(&db, &cx, everything(Direction::Forward)).await;
        assert_eq!(forward.len() as i64, rows + 2);
        assert!(forward.is_sorted_by_key(|row| row.at));
        let cx = Context::for_tests();
        let mut cursor = db.select(&cx, everything(Direction::Backward)).await.unwrap();
        let last: Vec<i64> = cursor.next_batch().await.unwrap().iter().map(|row| row.at.0).take(3).collect();
        assert_eq!(last[0], rows);
        let read = cx.stats.rows_read.load(std::sync::atomic::Ordering::Relaxed);
        assert!(read <= 25_000, "{read} rows were read for the last ones");
    }
}

#[tokio::test]
async fn tails_hear_what_was_acknowledged_and_matches() {
    let place = Place::new();
    let db = place.open().await;
    let cx = Context::for_tests();
    let mut tail = db.tail(&cx, vec![Matcher::equal("app", "web")]);
    db.append(&cx, batch(&[("app", "api")], vec![entry(1, "no", &[])])).await.unwrap();
    db.append(&context(&tenant(0)), batch(&[("app", "web")], vec![entry(1, "other", &[])])).await.unwrap();
    db.append(&cx, batch(&[("app", "web")], vec![entry(2, "yes", &[])])).await.unwrap();
    assert_eq!(tail.try_recv().unwrap()[0].text(), "yes");
    assert!(tail.try_recv().is_err());
}

#[tokio::test]
async fn old_blocks_and_old_lines_of_some_streams_go_away() {
    let place = Place::new();
    let mut options = place.options().await;
    let hour = Duration::from_secs(3600);
    let matchers = vec![Matcher::equal("app", "noisy")];
    options.retention = RetentionPolicy { max_age: Some(100 * hour), max_bytes: None };
    options.stream_retention =
        vec![crate::StreamRetention { tenant: None, matchers, priority: 0, max_age: hour }];
    options.compaction = CompactionPolicy { eager: 2, ..CompactionPolicy::default() };
    let db = LogDb::open(options).await.unwrap();
    let cx = Context::for_tests();
    let now = place.clock.now_nanos();
    for app in ["noisy", "quiet"] {
        db.append(&cx, batch(&[("app", app)], vec![entry(now, app, &[])])).await.unwrap();
        db.flush().await.unwrap();
    }
    place.clock.advance(2 * hour);
    db.maintain().await.unwrap();
    let rows = read(&db, &cx, everything(Direction::Forward)).await;
    assert_eq!(rows.iter().map(LogRow::text).collect::<Vec<_>>(), ["quiet"]);
    assert_eq!(db.sizes().blocks, 1);
    place.clock.advance(200 * hour);
    db.maintain().await.unwrap();
    assert_eq!((read(&db, &cx, everything(Direction::Forward)).await.len(), db.sizes().blocks), (0, 0));
}

#[tokio::test]
async fn lines_of_a_body_that_was_kept_as_it_came_are_replayed() {
    let place = Place::new();
    let entries = (0..200)
        .map(|i| {
            let metadata: &[(&str, &str)] = if i % 3 == 0 { &[("k", "v")] } else { &[] };
            entry(i, &format!("request {i} took {i} ms and was well"), metadata)
        })
        .collect();
    let sent = wire::loki_push::encode_body(&batch(&[("app", "a")], entries)).unwrap();
    let decoded = wire::loki_push::decode_body(&sent.into(), 1 << 20).unwrap();
    assert!(decoded.body.is_some());
    let db = place.open().await;
    db.append(&Context::for_tests(), decoded).await.unwrap();
    let before = shown(&read(&db, &Context::for_tests(), everything(Direction::Forward)).await);
    assert_eq!(before.len(), 200);
    drop(db);
    let db = place.open().await;
    assert_eq!(shown(&read(&db, &Context::for_tests(), everything(Direction::Forward)).await), before);
}

#[tokio::test]
async fn tenants_have_bounds_of_their_own_and_the_oldest_lines_go() {
    let place = Place::new();
    let mut options = place.options().await;
    // Random text of 100 kB a flush, which no block takes less for.
    options.retention = RetentionPolicy { max_age: None, max_bytes: Some(1 << 20) };
    options.tenant_max_bytes.insert(tenant(1), 250_000);
    options.compaction = CompactionPolicy { eager: 2, ..CompactionPolicy::default() };
    let db = LogDb::open(options).await.unwrap();
    let start = place.clock.now_nanos();
    let mut state = 1u64;
    let mut letter = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        char::from(b' ' + (state >> 57) as u8 % 90)
    };
    for round in 0..6 {
        for owner in 0..2 {
            let text: String = (0..100_000).map(|_| letter()).collect();
            let line = entry(start + round, &format!("{round}{text}"), &[]);
            db.append(&context(&tenant(owner)), batch(&[("app", "a")], vec![line])).await.unwrap();
            db.flush().await.unwrap();
        }
        db.maintain().await.unwrap();
    }
    let rounds = async |owner: usize| -> String {
        let rows = read(&db, &context(&tenant(owner)), everything(Direction::Forward)).await;
        rows.iter().map(|row| row.text()[..1].to_owned()).collect()
    };
    assert_eq!((rounds(0).await.as_str(), rounds(1).await.as_str()), ("012345", "45"));
}

#[tokio::test]
async fn streams_have_lives_of_their_own_by_priority_and_tenant() {
    let place = Place::new();
    let mut options = place.options().await;
    let hour = Duration::from_secs(3600);
    let rule = |tenant: Option<Tenant>, value: &str, priority: i64, hours: u32| crate::StreamRetention {
        tenant,
        matchers: vec![Matcher::new("app", MatchOp::Regex, value).unwrap()],
        priority,
        max_age: hour * hours,
    };
    options.stream_retention = vec![
        rule(None, ".*", 0, 10),
        rule(None, "a|b", 1, 2),
        rule(None, "b", 1, 1),
        rule(Some(tenant(1)), "c", 2, 1),
    ];
    let db = LogDb::open(options).await.unwrap();
    let now = place.clock.now_nanos();
    for owner in 0..2 {
        let mut all = LogBatch::default();
        for app in ["a", "b", "c"] {
            let labels = Labels::from_pairs([("app", app)]);
            let entries = (0..3).map(|i| entry(now + i, app, &[])).collect();
            all.streams.push(StreamEntries { labels, entries });
        }
        db.append(&context(&tenant(owner)), all).await.unwrap();
    }
    db.flush().await.unwrap();
    let texts = async |owner: usize| {
        let rows = read(&db, &context(&tenant(owner)), everything(Direction::Forward)).await;
        let mut texts: Vec<String> = rows.iter().map(|row| row.text().to_owned()).collect();
        texts.dedup();
        texts.sort();
        texts.dedup();
        texts.concat()
    };
    for (hours, one, two) in [(0, "abc", "abc"), (1, "ac", "a"), (2, "c", ""), (9, "c", ""), (10, "", "")] {
        let since = u64::try_from(place.clock.now_nanos() - now).unwrap();
        place.clock.advance(hour * hours + Duration::from_nanos(3) - Duration::from_nanos(since));
        for _ in 0..2 {
            db.maintain().await.unwrap();
            assert_eq!((texts(0).await.as_str(), texts(1).await.as_str()), (one, two), "after {hours} hours");
        }
    }
    assert_eq!(db.sizes().blocks, 0);
}

#[tokio::test]
async fn a_closed_engine_has_flushed_and_takes_no_more() {
    let place = Place::new();
    let db = place.open().await;
    let cx = Context::for_tests();
    db.append(&cx, batch(&[("a", "b")], vec![entry(1, "kept", &[])])).await.unwrap();
    db.close().await.unwrap();
    assert!(db.append(&cx, batch(&[("a", "b")], vec![entry(2, "late", &[])])).await.is_err());
    drop(db);
    let db = place.open().await;
    assert_eq!(db.sizes().head_rows, 0);
    assert_eq!(read(&db, &cx, everything(Direction::Forward)).await.len(), 1);
}

#[tokio::test]
async fn a_query_stays_in_its_budget() {
    let place = Place::new();
    let db = place.open().await;
    let entries = (0..1000).map(|i| entry(i, &"x".repeat(1000), &[])).collect();
    db.append(&Context::for_tests(), batch(&[("a", "b")], entries)).await.unwrap();
    let mut cx = Context::for_tests();
    cx.budget = Budget::new("query", 100_000);
    let mut cursor = db.select(&cx, everything(Direction::Forward)).await.unwrap();
    let error = cursor.next_batch().await.unwrap_err();
    assert!(matches!(error, contract::SourceError::Budget(_)), "{error}");
    assert!(matches!(LogError::from(Budget::new("x", 0).reserve(1).unwrap_err()), LogError::Budget(_)));
}

/// What a query language would make of `| user="7"`.
#[derive(Debug)]
struct HasUser(String);

impl contract::RowTest for HasUser {
    fn accepts(&self, row: &LogRow) -> bool {
        row.metadata.iter().any(|(name, value)| &**name == "user" && **value == *self.0)
    }
}

fn make_test(query: &str) -> Option<Arc<dyn contract::RowTest>> {
    Some(Arc::new(HasUser(query.strip_prefix("user ")?.to_owned())))
}

#[tokio::test]
async fn lines_are_deleted_by_all_that_is_known_of_them() {
    let place = Place::new();
    let options = async || EngineOptions { make_row_test: make_test, ..place.options().await };
    let db = LogDb::open(options().await).await.unwrap();
    let cx = Context::for_tests();
    let lines =
        |from: i64| (from..from + 4).map(|i| entry(i, "x", &[("user", &(i % 2).to_string())])).collect();
    db.append(&cx, batch(&[("app", "web")], lines(0))).await.unwrap();
    db.flush().await.unwrap();
    db.append(&cx, batch(&[("app", "web")], lines(4))).await.unwrap();
    let select = contract::DeleteSelect {
        query: "user 1".to_owned(),
        matchers: vec![Matcher::equal("app", "web")],
        lines: vec![LineCondition::ContainsAny(vec!["x".to_owned()])],
        test: make_test("user 1"),
        range: TimeRange::new(Nanos(0), Nanos(7)),
    };
    LogDeletes::request(&*db, &cx, select).await.unwrap();
    let times = async |db: &LogDb| {
        let rows = read(db, &cx, everything(Direction::Forward)).await;
        rows.iter().map(|row| row.at.0).collect::<Vec<_>>()
    };
    let kept = [0, 2, 4, 6, 7];
    assert_eq!(times(&db).await, kept);
    drop(db);
    // A build that does not understand the query must not show the lines.
    let db = place.open().await;
    assert!(db.select(&cx, everything(Direction::Forward)).await.is_err());
    drop(db);
    let db = LogDb::open(options().await).await.unwrap();
    assert_eq!(times(&db).await, kept);
    place.clock.advance(crate::DEFAULT_DELETE_GRACE);
    db.maintain().await.unwrap();
    assert!(LogDeletes::requests(&*db, &cx).await.unwrap()[0].processed);
    assert_eq!(times(&db).await, kept);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Digits decide which pages and lines are looked at: whatever part of an id is looked for, the same lines are found.
    #[test]
    fn parts_of_ids_are_found(
        lines in prop::collection::vec(
            "([0-9a-f]{8,20}|[ab][0-9][0-9a-f]{7}x?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,12}|[ =:.-]|ok){0,6}",
            1..40,
        ),
        asked in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 6usize..40), 1..3),
        dense: bool,
    ) {
        let needles: Vec<String> = asked
            .iter()
            .map(|(line, from, length)| {
                let line = &lines[line.index(lines.len())];
                let from = from.index(line.len() + 1);
                line[from..(from + length).min(line.len())].to_owned()
            })
            .collect();
        // Ids that share digits with their neighbours.
        let lines: Vec<String> = if dense { lines.iter().flat_map(|l| [l.clone(), format!("{l} {l}")]).collect() } else { lines };
        let expected = lines.iter().filter(|line| needles.iter().any(|needle| line.contains(needle))).count();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async {
            let place = Place::new();
            let db = place.open().await;
            let entries = lines.iter().zip(0..).map(|(line, at)| entry(at, line, &[])).collect();
            db.append(&Context::for_tests(), batch(&[("app", "a")], entries)).await.unwrap();
            db.flush().await.unwrap();
            let select = LogSelect { lines: vec![LineCondition::ContainsAny(needles)], ..everything(Direction::Forward) };
            read(&db, &Context::for_tests(), select).await.len()
        });
        prop_assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn pages_in_which_no_word_of_a_needle_remains_are_not_put_together() {
    let place = Place::new();
    let db = place.open().await;
    let cx = Context::for_tests();
    let entries = (0..500).map(|i| entry(i, &format!("took={i}ms id={:016x} done", i * 7919), &[])).collect();
    db.append(&cx, batch(&[("app", "web")], entries)).await.unwrap();
    db.flush().await.unwrap();
    let found = async |needle: &str| {
        let cx = Context::for_tests();
        let lines = vec![LineCondition::ContainsAny(vec![needle.to_owned()])];
        let rows = read(&db, &cx, LogSelect { lines, ..everything(Direction::Forward) }).await;
        (rows.len(), cx.stats.bytes_read.load(std::sync::atomic::Ordering::Relaxed) > 0)
    };
    assert_eq!(found("ooked").await, (0, false));
    assert_eq!(found("oo").await, (500, true));
    assert_eq!(found("took=499ms").await, (1, true));
    assert_eq!(found("ook=12").await, (11, true));
    // In a number, or in an identifier: only the lines themselves tell.
    assert_eq!(found("499").await, (1, true));
    assert_eq!(found("1eef").await, (3, true));
}

#[tokio::test]
async fn deleted_lines_are_hidden_at_once_and_leave_storage_later() {
    let place = Place::new();
    let db = place.open().await;
    let cx = Context::for_tests();
    let lines = |from: i64| {
        (from..from + 4).map(|i| entry(i, if i % 2 == 0 { "even" } else { "odd" }, &[])).collect()
    };
    db.append(&cx, batch(&[("app", "web")], lines(0))).await.unwrap();
    db.append(&cx, batch(&[("app", "api")], lines(0))).await.unwrap();
    db.flush().await.unwrap();
    db.append(&cx, batch(&[("app", "web")], lines(4))).await.unwrap();
    let select = || contract::DeleteSelect {
        query: "{app=\"web\"} |= \"even\"".to_owned(),
        matchers: vec![Matcher::equal("app", "web")],
        lines: vec![LineCondition::ContainsAny(vec!["even".to_owned()])],
        test: None,
        range: TimeRange::new(Nanos(1), Nanos(7)),
    };
    let texts =
        |rows: &[LogRow]| rows.iter().map(|row| format!("{}{}", row.at.0, row.text())).collect::<Vec<_>>();
    let web = || LogSelect { matchers: vec![Matcher::equal("app", "web")], ..everything(Direction::Forward) };
    let all = ["0even", "1odd", "2even", "3odd", "4even", "5odd", "6even", "7odd"];
    let kept = ["0even", "1odd", "3odd", "5odd", "7odd"];
    let id = LogDeletes::request(&*db, &cx, select()).await.unwrap();
    assert_eq!(texts(&read(&db, &cx, web()).await), kept);
    assert_eq!(LogDeletes::take_back(&*db, &cx, &id).await.unwrap(), contract::TakenBack::Done);
    assert_eq!(texts(&read(&db, &cx, web()).await), all);

    let id = LogDeletes::request(&*db, &cx, select()).await.unwrap();
    drop(db);
    let db = place.open().await;
    assert_eq!(texts(&read(&db, &cx, web()).await), kept, "a restart does not bring them back");
    let streams = db.streams(&cx, vec![], TimeRange::new(Nanos(0), Nanos(100))).await.unwrap();
    let counts: Vec<u64> = streams.iter().map(|(_, lines, _)| *lines).collect();
    assert_eq!(counts, [4, 5]);
    place.clock.advance(crate::DEFAULT_DELETE_GRACE);
    db.maintain().await.unwrap();
    assert_eq!(LogDeletes::take_back(&*db, &cx, &id).await.unwrap(), contract::TakenBack::Processed);
    assert!(LogDeletes::requests(&*db, &cx).await.unwrap()[0].processed);
    assert_eq!(texts(&read(&db, &cx, web()).await), kept);
    db.append(&cx, batch(&[("app", "web")], vec![entry(2, "even", &[])])).await.unwrap();
    assert_eq!(read(&db, &cx, web()).await.len(), kept.len() + 1, "what comes later stays");
    assert_eq!(read(&db, &cx, everything(Direction::Forward)).await.len(), kept.len() + 5);
}
