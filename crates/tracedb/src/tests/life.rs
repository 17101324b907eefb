//! What becomes of spans over time: pieces that meet, replay, waiting for room, tenants, cuts, maintenance.

use super::*;

#[test]
fn pieces_duplicates_and_late_spans_make_one_trace() {
    run(async {
        let (_house, cx, db) = House::with_engine().await;
        let pieces = [span(1, 2, 1, 110), span(1, 1, 0, 100), span(1, 2, 1, 110), span(2, 9, 0, 105)];
        for piece in pieces {
            db.append(&cx, piece).await.unwrap();
            db.flush().await.unwrap();
        }
        db.append(&cx, span(1, 3, 1, 90)).await.unwrap();
        let before = select(&db, &cx, everything()).await;
        let ids: Vec<u8> = before.iter().map(|t| t.trace_id.0[0]).collect();
        assert_eq!(ids, [2, 1], "the late span makes trace 1 the older one");
        assert_eq!(before[1].spans.len(), 3);
        assert_eq!(db.sizes().blocks, 4);
        db.flush().await.unwrap();
        merge_all(&db, &cx.tenant).await;
        assert_eq!((db.sizes().blocks, db.sizes().head_rows), (1, 0));
        assert_eq!(select(&db, &cx, everything()).await, before);
        let meta = db.cut_for_tests(&cx.tenant).blocks[0].clone();
        assert_eq!(
            (meta.rows, meta.signal, meta.start, meta.end),
            (4, Signal::Traces, Nanos(90), Nanos(121))
        );
    });
}

#[test]
fn a_log_is_replayed_in_parts_and_flushed_as_one_block() {
    run(async {
        let (house, cx, db) = House::with_engine().await;
        for n in 0..40 {
            db.append(&cx, span(n % 8 + 1, n + 1, 0, i64::from(n) * 10)).await.unwrap();
        }
        let before = select(&db, &cx, everything()).await;
        drop(db);
        // A head of four spans is packed.
        let db = house.open_with(|options| options.flush_bytes = 5_000).await;
        assert!(db.cut_for_tests(&cx.tenant).parts.len() > 4, "packed on the way");
        assert_eq!(db.sizes().head_rows, 40);
        assert_eq!(select(&db, &cx, everything()).await, before);
        let cut = db.select(&cx, everything()).await.unwrap();
        db.maintain().await.unwrap();
        assert_eq!((db.sizes().blocks, db.sizes().head_rows), (1, 0), "more than sixteen heads");
        assert_eq!(select(&db, &cx, everything()).await, before);
        drop(cut);
        drop(db);
        let db = house.open().await;
        assert_eq!((db.sizes().blocks, db.sizes().head_rows), (1, 0));
        assert_eq!(select(&db, &cx, everything()).await, before);
    });
}

#[test]
fn a_trace_too_large_to_be_joined_stays_in_pieces() {
    run(async {
        let (_house, cx, db) = House::with_engine().await;
        let mut sent = Vec::new();
        for n in 0..100 {
            let batch = span(1, n + 1, n / 2, i64::from(n));
            db.append(&cx, batch.clone()).await.unwrap();
            sent.push(batch);
            if n % 25 == 24 {
                // A copy, in another piece.
                db.append(&cx, span(1, 7, 3, 6)).await.unwrap();
                db.append(&cx, span(2, n, 0, i64::from(n))).await.unwrap();
                db.pack_for_tests().await.unwrap();
            }
        }
        let mut model = Model::default();
        sent.into_iter().for_each(|batch| model.append(batch));
        let whole = assemble(TraceId([1; 16]), model.0.remove(&TraceId([1; 16])).unwrap()).unwrap();
        let check = async |db: &TraceDb, blocks: usize| {
            assert_eq!(db.cut_for_tests(&cx.tenant).blocks.len(), blocks);
            assert_eq!(db.trace(&cx, TraceId([1; 16]), None).await.unwrap().unwrap(), whole);
            let found = select(db, &cx, everything()).await;
            assert_eq!((found[0].spans.len(), found[1].spans.len()), (4, 100));
            let mut parts = db.trace_parts(&cx, TraceId([1; 16])).await.unwrap();
            let (mut rows, mut count) = (Vec::new(), 0);
            while let Some(part) = parts.next_part().await.unwrap() {
                rows.extend(rows_of(part));
                count += 1;
            }
            assert!(count == 4 && rows.len() == 100, "{count} parts, {} spans", rows.len());
            assert_eq!(assemble(TraceId([1; 16]), rows).unwrap(), whole);
        };
        check(&db, 4).await;
        db.flush().await.unwrap();
        assert_eq!((db.sizes().blocks, db.sizes().head_rows), (4, 0), "a block a part");
        check(&db, 4).await;
        merge_all(&db, &cx.tenant).await;
        check(&db, 4).await;
        // What does not share it is merged.
        for n in 0..2 {
            db.append(&cx, span(3, n + 1, 0, i64::from(n))).await.unwrap();
            db.flush().await.unwrap();
        }
        merge_all(&db, &cx.tenant).await;
        check(&db, 5).await;
    });
}

#[test]
fn a_sender_waits_for_room() {
    run(async {
        let house = House::new();
        let db = house.open_with(|options| options.flush_bytes = 1_000).await;
        let (cx, cancel) = (Context::for_tests(), stdx::Cancel::new());
        let keeping = stdx::task::spawn(db.clone().run(cancel.clone()));
        for n in 0..100 {
            db.append(&cx, span(1, n, 0, 5)).await.unwrap();
        }
        cancel.cancel();
        keeping.join().await.unwrap();
        assert_eq!(select(&db, &cx, everything()).await[0].spans.len(), 100);
    });
}

#[test]
fn tenants_do_not_see_each_other() {
    run(async {
        let house = House::new();
        let db = house.open().await;
        let of = |name: &str| Context { tenant: Tenant::parse(name).unwrap(), ..Context::for_tests() };
        let (a, b) = (of("a"), of("b"));
        db.append(&a, span(1, 1, 0, 100)).await.unwrap();
        db.append(&b, span(1, 2, 0, 200)).await.unwrap();
        for _ in 0..2 {
            for (cx, id) in [(&a, 1), (&b, 2)] {
                let trace = db.trace(cx, TraceId([1; 16]), None).await.unwrap().unwrap();
                assert_eq!(trace.spans.resources[0].scopes[0].spans[0].span_id, SpanId([id; 8]));
            }
            assert_eq!(db.trace(&of("c"), TraceId([1; 16]), None).await.unwrap(), None);
            db.flush().await.unwrap();
        }
    });
}

#[test]
fn a_cursor_keeps_its_cut() {
    run(async {
        let (_house, cx, db) = House::with_engine().await;
        for trace in 1..=80 {
            db.append(&cx, span(trace, 1, 0, i64::from(trace) * 100)).await.unwrap();
        }
        let mut cursor = db.select(&cx, everything()).await.unwrap();
        let first = cursor.next_batch().await.unwrap();
        db.append(&cx, span(99, 1, 0, 50)).await.unwrap();
        db.append(&cx, span(1, 2, 1, 101)).await.unwrap();
        db.flush().await.unwrap();
        let mut rest = Vec::new();
        loop {
            let batch = cursor.next_batch().await.unwrap();
            if batch.is_empty() {
                break;
            }
            rest.extend(batch);
        }
        assert_eq!(first.len() + rest.len(), 80);
        assert_eq!(rest.last().unwrap().spans.len(), 1, "the late span came after the cut");
    });
}

#[test]
fn maintenance_flushes_merges_and_expires() {
    run(async {
        let house = House::new();
        let hour = Duration::from_secs(3600);
        let db = house.open_with(|options| options.retention.max_age = Some(hour * 24)).await;
        let cx = Context::for_tests();
        let now = house.clock.now_nanos();
        for trace in 1..=8 {
            db.append(&cx, span(trace, 1, 0, now)).await.unwrap();
            db.maintain().await.unwrap();
            assert_eq!(db.sizes().head_rows, 1, "not due yet");
            house.clock.advance(crate::DEFAULT_FLUSH_AGE);
            db.maintain().await.unwrap();
            assert_eq!(db.sizes().head_rows, 0, "flushed by age");
        }
        assert_eq!(db.sizes().blocks, 1, "eight small blocks are merged");
        assert_eq!(select(&db, &cx, everything()).await.len(), 8);
        house.clock.advance(hour * 26);
        db.maintain().await.unwrap();
        assert_eq!(db.sizes().blocks, 0, "past their retention");
        assert_eq!(select(&db, &cx, everything()).await.len(), 0);
        db.close().await.unwrap();
        assert!(db.append(&cx, span(1, 1, 0, now)).await.is_err(), "closed");
    });
}

#[test]
fn a_full_head_refuses_spans_until_it_is_flushed() {
    run(async {
        let house = House::new();
        let db = house
            .open_with(|options| {
                options.flush_bytes = 1_000;
                options.room_wait = Duration::ZERO;
            })
            .await;
        let cx = Context::for_tests();
        let mut refused = None;
        for n in 0..100 {
            refused = db.append(&cx, span(1, n, 0, 5)).await.err();
            if refused.is_some() {
                break;
            }
        }
        assert_eq!(refused.unwrap().kind(), stdx::ErrorKind::Unavailable);
        db.maintain().await.unwrap();
        db.append(&cx, span(2, 1, 0, 5)).await.unwrap();
    });
}
