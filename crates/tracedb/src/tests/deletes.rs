//! Deleted traces: out of sight at once and for ever, out of storage later, and new when they come again.

use super::*;
use crate::tracedb::deleted::Deletes;
use contract::{Rolled, UnitNeeds};

/// One trace with a service, a name and an attribute of its own.
fn telling(trace: u8, start: i64) -> SpanBatch {
    let mut batch = span(trace, 1, 0, start);
    let resource = &mut batch.resources[0];
    let service = Value::from(format!("service-{trace}").as_str());
    let named = model::Resource { attributes: vec![("service.name".into(), service)], ..Default::default() };
    resource.resource = Arc::new(named);
    let span = &mut resource.scopes[0].spans[0];
    span.name = format!("name-{trace}").as_str().into();
    span.attributes = vec![(Arc::from(format!("key-{trace}")), Value::from("x"))];
    batch
}

async fn counted(db: &TraceDb, cx: &Context) -> u64 {
    let name = Attribute::Intrinsic(Intrinsic::Name);
    let needs = UnitNeeds { attributes: vec![name], rolled: true, ..UnitNeeds::default() };
    let mut cursor = db.scan(cx, everything(), needs).await.unwrap();
    let mut counted = 0;
    loop {
        let units = cursor.next_units().await.unwrap();
        if units.is_empty() {
            return counted;
        }
        for unit in units {
            counted += match unit.rolled() {
                Some(Rolled { counts, .. }) => counts.iter().map(|n| u64::from(*n)).sum::<u64>(),
                None => unit.traces().iter().map(|trace| trace.rows.len() as u64).sum(),
            };
        }
    }
}

/// Every sort of query knows of these traces and no others.
async fn check_known(db: &TraceDb, cx: &Context, known: &[u8]) {
    let all = || TagSelect { range: EVERYTHING, scope: None, conditions: Vec::new(), limit: 0 };
    let mut ids: Vec<u8> = select(db, cx, everything()).await.iter().map(|t| t.trace_id.0[0]).collect();
    ids.sort_unstable();
    assert_eq!(ids, known, "search");
    let names = db.tag_values(cx, Attribute::Intrinsic(Intrinsic::Name), all()).await.unwrap();
    let expected: Vec<Value> = known.iter().map(|n| Value::from(format!("name-{n}").as_str())).collect();
    assert_eq!(names, expected, "values");
    let service = Attribute::Key(Some(SpanScope::Resource), "service.name".into());
    assert_eq!(db.tag_values(cx, service, all()).await.unwrap().len(), known.len(), "services");
    let keys = db.tags(cx, TagSelect { scope: Some(SpanScope::Span), ..all() }).await.unwrap();
    let expected: Vec<String> = known.iter().map(|n| format!("key-{n}")).collect();
    assert_eq!(keys.iter().map(|(_, key)| key.to_string()).collect::<Vec<_>>(), expected, "keys");
    assert_eq!(counted(db, cx).await, known.len() as u64, "roll-ups");
    for n in 1..=9 {
        let found = db.trace(cx, TraceId([n; 16]), None).await.unwrap().is_some();
        assert_eq!(found, known.contains(&n), "trace {n} by id");
        let mut parts = db.trace_parts(cx, TraceId([n; 16])).await.unwrap();
        assert_eq!(parts.next_part().await.unwrap().is_some(), known.contains(&n), "parts of trace {n}");
    }
}

#[test]
fn a_deleted_trace_is_out_of_sight_at_once_and_out_of_storage_later() {
    run(async {
        let house = House::new();
        let cx = Context::for_tests();
        let id = |n: u8| TraceId([n; 16]);
        let db = house.open().await;
        for n in 1..=3 {
            db.append(&cx, telling(n, 100)).await.unwrap();
        }
        db.flush().await.unwrap();
        db.append(&cx, telling(4, 100)).await.unwrap();
        check_known(&db, &cx, &[1, 2, 3, 4]).await;

        assert!(db.delete(&cx, id(2)).await.unwrap(), "in a block");
        check_known(&db, &cx, &[1, 3, 4]).await;
        assert!(db.delete(&cx, id(4)).await.unwrap(), "in memory");
        check_known(&db, &cx, &[1, 3]).await;
        assert!(!db.delete(&cx, id(9)).await.unwrap(), "there is none");
        let mut other = Context::for_tests();
        other.tenant = Tenant::parse("other").unwrap();
        assert!(!db.delete(&other, id(1)).await.unwrap(), "of another tenant");

        // As after a crash: nothing is flushed on the way out.
        drop(db);
        let reopened = house.open().await;
        check_known(&reopened, &cx, &[1, 3]).await;

        reopened.append(&cx, telling(2, 500)).await.unwrap();
        check_known(&reopened, &cx, &[1, 2, 3]).await;
        assert_eq!(start(&reopened.trace(&cx, id(2), None).await.unwrap().unwrap()), Some(Nanos(500)));
        reopened.flush().await.unwrap();
        check_known(&reopened, &cx, &[1, 2, 3]).await;

        let objects = Objects::open(house.dir.path().to_str().unwrap(), &[]).unwrap();
        let deletes = Deletes::new(objects, house.clock.clone());
        assert_eq!(deletes.read(&cx.tenant).await.unwrap().0.blocks().count(), 2);
        let rows = |db: &TraceDb| db.cut_for_tests(&cx.tenant).blocks.iter().map(|m| m.rows).sum::<u64>();
        assert_eq!(rows(&reopened), 5);
        house.clock.advance(Duration::from_secs(61));
        reopened.maintain().await.unwrap();
        assert_eq!(rows(&reopened), 3, "they are gone");
        assert!(deletes.read(&cx.tenant).await.unwrap().0.is_empty(), "and forgotten");
        check_known(&reopened, &cx, &[1, 2, 3]).await;
        drop(reopened);
        check_known(&*house.open().await, &cx, &[1, 2, 3]).await;
    });
}

#[test]
fn another_engine_on_the_same_store_sees_a_delete() {
    run(async {
        let house = House::new();
        let cx = Context::for_tests();
        let (db, apart) = (house.open().await, house.dir.path().join("log/apart"));
        for n in 1..=2 {
            db.append(&cx, telling(n, 100)).await.unwrap();
            db.flush().await.unwrap();
        }
        let other = house.open_with(|options| options.log_dir = apart).await;
        check_known(&other, &cx, &[1, 2]).await;
        db.delete(&cx, TraceId([1; 16])).await.unwrap();
        house.clock.advance(Duration::from_secs(61));
        other.maintain().await.unwrap();
        check_known(&other, &cx, &[2]).await;
        // What the one has rewritten, the other sees as deleted until it knows the new block.
        db.maintain().await.unwrap();
        check_known(&db, &cx, &[2]).await;
        check_known(&other, &cx, &[2]).await;
        db.append(&cx, telling(3, 100)).await.unwrap();
        db.flush().await.unwrap();
        house.clock.advance(Duration::from_secs(61));
        other.maintain().await.unwrap();
        other.maintain().await.unwrap();
        check_known(&other, &cx, &[2, 3]).await;
    });
}

#[test]
fn deletes_that_wait_are_limited() {
    run(async {
        let (house, cx, db) = House::with_engine().await;
        for n in 1..=65 {
            db.append(&cx, span(n, 1, 0, 100)).await.unwrap();
        }
        db.flush().await.unwrap();
        for n in 1..=64 {
            assert!(db.delete(&cx, TraceId([n; 16])).await.unwrap());
        }
        assert!(db.delete(&cx, TraceId([65; 16])).await.is_err(), "not written down, not answered");
        assert!(db.trace(&cx, TraceId([65; 16]), None).await.unwrap().is_some());
        house.clock.advance(Duration::from_secs(61));
        db.maintain().await.unwrap();
        assert!(db.delete(&cx, TraceId([65; 16])).await.unwrap(), "there is room again");
    });
}

/// What a future answers when it is let on `steps` times; then it is dropped where it stands, as by a kill.
async fn killed_after<F: Future>(steps: usize, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = steps;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Spans of trace 2 that are in sight; of the others all must be.
async fn spans_of_two(db: &TraceDb, cx: &Context) -> usize {
    let traces = select(db, cx, everything()).await;
    let spans = |n: u8| {
        let of = traces.iter().filter(|trace| trace.trace_id == TraceId([n; 16]));
        of.flat_map(|trace| &trace.spans.resources)
            .flat_map(|r| &r.scopes)
            .map(|s| s.spans.len())
            .sum::<usize>()
    };
    assert_eq!((spans(1), spans(3)), (1, 1), "others stay");
    let by_id = db.trace(cx, TraceId([2; 16]), None).await.unwrap();
    assert_eq!(by_id.is_some(), spans(2) > 0, "by id and by search alike");
    assert_eq!(counted(db, cx).await, 2 + spans(2) as u64, "by columns too");
    spans(2)
}

/// A trace in two blocks and in memory, killed at every step of its deletion and of what follows: after a start it is there
/// whole or gone, what is asked again is done, and nothing else goes with it.
#[test]
fn a_delete_that_is_killed_is_whole_or_done_again() {
    let mut finished = [false; 2];
    for rewriting in [false, true] {
        for steps in (0..400).step_by(2) {
            let done = run(async {
                let (house, cx, db) = House::with_engine().await;
                for (trace, id) in [(1, 1), (2, 1), (2, 2), (3, 1)] {
                    db.append(&cx, span(trace, id, 0, 100)).await.unwrap();
                    if id == 1 {
                        db.flush().await.unwrap();
                    }
                }
                db.append(&cx, span(2, 3, 0, 100)).await.unwrap();
                let id = TraceId([2; 16]);
                let done = match rewriting {
                    false => killed_after(steps, db.delete(&cx, id)).await.is_some(),
                    true => {
                        assert!(db.delete(&cx, id).await.unwrap());
                        house.clock.advance(Duration::from_secs(61));
                        killed_after(steps, db.maintain()).await.is_some()
                    }
                };
                drop(db);
                let again = house.open().await;
                let left = spans_of_two(&again, &cx).await;
                let deleted = done || rewriting;
                assert!(left == 0 || left == 3 && !deleted, "{left} spans are left after {steps} steps");
                assert_eq!(again.delete(&cx, id).await.unwrap(), left > 0);
                house.clock.advance(Duration::from_secs(61));
                again.maintain().await.unwrap();
                assert_eq!(spans_of_two(&again, &cx).await, 0);
                done
            });
            if done {
                finished[usize::from(rewriting)] = true;
                break;
            }
        }
    }
    assert_eq!(finished, [true; 2], "so many steps are enough");
}
