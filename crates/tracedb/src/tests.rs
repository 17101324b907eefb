//! The engine against a model: a map of all spans that were acknowledged, through flush, merge and reopen.

use crate::assemble::{Row, assemble, rows_of};
use crate::predicate::Predicates;
use crate::{EngineOptions, TraceDb, arbitrary};
use contract::{
    Attribute, Context, Intrinsic, SpanScope, SpanSelect, SpanSource, TagSelect, TraceDeletes, TraceSpans,
    UnitNeeds,
};
use model::{Nanos, Span, SpanBatch, SpanId, Tenant, TimeRange, TraceId, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Budget, Clock};
use store::{BlockCache, BlockId, Catalog, CatalogOptions, MergeJob, Objects, Signal};

struct House {
    dir: tempfile::TempDir,
    clock: Clock,
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl House {
    fn new() -> Self {
        House { dir: tempfile::tempdir().unwrap(), clock: Clock::manual(1_000_000) }
    }

    /// An engine in a house of its own, and who asks.
    async fn with_engine() -> (Self, Context, Arc<TraceDb>) {
        let house = House::new();
        let db = house.open().await;
        (house, Context::for_tests(), db)
    }

    async fn open(&self) -> Arc<TraceDb> {
        self.open_with(|_| ()).await
    }

    async fn open_with(&self, change: impl FnOnce(&mut EngineOptions)) -> Arc<TraceDb> {
        let objects = Objects::open(self.dir.path().to_str().unwrap(), &[]).unwrap();
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
        let log = self.dir.path().join("log/traces");
        let (cache, budget) = (BlockCache::new(1 << 20), Budget::new("test", 1 << 30));
        let mut options = EngineOptions::new(log, objects, catalog, cache, self.clock.clone(), budget);
        change(&mut options);
        TraceDb::open(options).await.unwrap()
    }
}

const EVERYTHING: TimeRange<Nanos> = TimeRange { start: Nanos(i64::MIN), end: Nanos(i64::MAX) };

fn everything() -> SpanSelect {
    SpanSelect { range: EVERYTHING, all: true, conditions: Vec::new(), needed: None }
}

async fn select(db: &TraceDb, cx: &Context, select: SpanSelect) -> Vec<TraceSpans> {
    let mut cursor = db.select(cx, select).await.unwrap();
    let mut out = Vec::new();
    loop {
        let batch = cursor.next_batch().await.unwrap();
        if batch.is_empty() {
            return out;
        }
        out.extend(batch.into_iter().map(Arc::unwrap_or_clone));
    }
}

/// What the engine must answer.
#[derive(Default)]
struct Model(BTreeMap<TraceId, Vec<Row>>);

impl Model {
    fn append(&mut self, batch: SpanBatch) {
        for row in rows_of(batch) {
            self.0.entry(row.span.trace_id).or_default().push(row);
        }
    }

    /// Newest start first, then by id.
    fn traces(&self) -> Vec<TraceSpans> {
        let mut traces: Vec<_> = self.0.iter().filter_map(|(id, rows)| assemble(*id, rows.clone())).collect();
        traces.sort_by_key(|trace| (std::cmp::Reverse(start(trace)), trace.trace_id));
        traces
    }

    fn matching(&self, predicates: &Predicates) -> Vec<TraceId> {
        let might = |rows: &Vec<Row>| rows.iter().any(|row| predicates.might(row));
        self.0.iter().filter(|(_, rows)| might(rows)).map(|(id, _)| *id).collect()
    }
}

fn start(trace: &TraceSpans) -> Option<Nanos> {
    trace.spans.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans).map(|s| s.start).min()
}

#[derive(Debug, Clone)]
enum Step {
    Append(SpanBatch),
    Pack,
    Flush,
    Merge,
    Delete(prop::sample::Index),
    Rewrite,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => arbitrary::batch().prop_map(Step::Append),
        2 => Just(Step::Pack),
        2 => Just(Step::Flush),
        1 => Just(Step::Merge),
        2 => any::<prop::sample::Index>().prop_map(Step::Delete),
        1 => Just(Step::Rewrite),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..10)
}

/// Merges all blocks of the tenant into one.
async fn merge_all(db: &TraceDb, tenant: &Tenant) {
    let inputs: Vec<_> = db.cut_for_tests(tenant).blocks;
    if inputs.len() < 2 {
        return;
    }
    let ids: Vec<[u8; 16]> = inputs.iter().map(|meta| meta.id.0.to_be_bytes()).collect();
    let parts: Vec<&[u8]> = ids.iter().map(|id| &id[..]).collect();
    let start = inputs.iter().map(|m| m.start).min().unwrap();
    let end = inputs.iter().map(|m| m.end).max().unwrap();
    let job = MergeJob { inputs, level: 1, output: BlockId::derive(&parts), range: (start, end) };
    db.merge_for_tests(&job).await.unwrap();
}

async fn check(db: &TraceDb, cx: &Context, model: &Model, conditions: &[contract::Condition]) {
    let expected = model.traces();
    assert_eq!(select(db, cx, everything()).await, expected, "all traces, newest first");
    for trace in &expected {
        let found = db.trace(cx, trace.trace_id, None).await.unwrap();
        assert_eq!(found.as_ref(), Some(trace), "one trace by id");
    }
    assert_eq!(db.trace(cx, TraceId([0xee; 16]), None).await.unwrap(), None);
    for all in [true, false] {
        let hinted = SpanSelect { all, conditions: conditions.to_vec(), ..everything() };
        let found: Vec<TraceId> = select(db, cx, hinted).await.iter().map(|t| t.trace_id).collect();
        for id in model.matching(&Predicates::compile(conditions, all)) {
            assert!(found.contains(&id), "{id} was dropped");
        }
    }
    let range = TimeRange::new(Nanos(200), Nanos(400));
    let inside = |span: &Span| span.start < range.end && range.start.0 <= span.end.0.max(span.start.0);
    let expected: Vec<&TraceSpans> = expected
        .iter()
        .filter(|t| {
            let rows = &model.0[&t.trace_id];
            rows.iter().any(|row| inside(&row.span))
        })
        .collect();
    let found = select(db, cx, SpanSelect { range, ..everything() }).await;
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "traces of a range");
    check_needed(db, cx, model, conditions).await;
    check_scan(db, cx, model).await;
    answers::check(db, cx, model, EVERYTHING).await;
    answers::check(db, cx, model, range).await;
    check_tags(db, cx, model).await;
}

/// Columns hold every trace once, whole.
async fn check_scan(db: &TraceDb, cx: &Context, model: &Model) {
    let of = Attribute::Intrinsic(Intrinsic::Name);
    let needs = UnitNeeds { attributes: vec![of.clone()], starts: true, tree: true, ..UnitNeeds::default() };
    let mut cursor = db.scan(cx, everything(), needs).await.unwrap();
    let mut found: BTreeMap<TraceId, Vec<(i64, SpanId, SpanId, String)>> = BTreeMap::new();
    loop {
        let units = cursor.next_units().await.unwrap();
        if units.is_empty() {
            break;
        }
        for unit in units {
            let (starts, tree) = (unit.starts().unwrap(), unit.tree().unwrap());
            let contract::SpanColumn::Codes(codes, names) = unit.column(&of).unwrap() else { panic!() };
            let name = |row: usize| match (&names, codes[row] as usize - 1) {
                (contract::Dictionary::Texts(texts), at) => texts[at].to_string(),
                (contract::Dictionary::Values(values), at) => match &values[at] {
                    Value::Str(text) => text.to_string(),
                    other => panic!("{other:?}"),
                },
                _ => panic!("lists"),
            };
            for trace in unit.traces() {
                let row = |row| (starts[row], tree.ids[row], tree.parents[row], name(row));
                let mut rows: Vec<_> = trace.rows.clone().map(row).collect();
                rows.sort();
                assert!(found.insert(trace.trace_id, rows).is_none(), "{} twice", trace.trace_id);
            }
        }
    }
    let spans = |trace: TraceSpans| {
        let row = |row: Row| {
            (row.span.start.0, row.span.span_id, row.span.parent_span_id, row.span.name.to_string())
        };
        let mut rows: Vec<_> = rows_of(trace.spans).map(row).collect();
        rows.sort();
        rows
    };
    let expected = model.traces().into_iter().map(|trace| (trace.trace_id, spans(trace))).collect();
    assert_eq!(found, expected, "columns");
}

/// What a query says it looks at is there, whatever else is left out.
async fn check_needed(db: &TraceDb, cx: &Context, model: &Model, conditions: &[contract::Condition]) {
    let needed: Vec<Attribute> = conditions.iter().map(|condition| condition.attribute.clone()).collect();
    let cut = |trace: TraceSpans| {
        let mut spans: Vec<Span> = rows_of(trace.spans).map(|row| Arc::unwrap_or_clone(row.span)).collect();
        spans.iter_mut().for_each(|span| leave_out(span, &needed));
        spans
    };
    let answered = select(db, cx, SpanSelect { needed: Some(needed.clone()), ..everything() }).await;
    let answered: Vec<Vec<Span>> = answered.into_iter().map(cut).collect();
    let expected: Vec<Vec<Span>> = model.traces().into_iter().map(cut).collect();
    assert_eq!(answered, expected, "what is needed of all traces: {needed:?}");
}

/// Takes away what a source may leave out.
fn leave_out(span: &mut Span, needed: &[Attribute]) {
    let wants = |scope: SpanScope, key: &Arc<str>| {
        let is =
            |a: &Attribute| matches!(a, Attribute::Key(of, k) if k == key && of.is_none_or(|of| of == scope));
        needed.iter().any(is)
    };
    let any = |intrinsics: &[Intrinsic]| {
        needed.iter().any(|a| matches!(a, Attribute::Intrinsic(i) if intrinsics.contains(i)))
    };
    let events = any(&[Intrinsic::EventName, Intrinsic::EventTimeSinceStart]);
    let links = any(&[Intrinsic::LinkTraceId, Intrinsic::LinkSpanId]);
    span.attributes.retain(|(key, _)| wants(SpanScope::Span, key));
    span.events.iter_mut().for_each(|event| event.attributes.retain(|(key, _)| wants(SpanScope::Event, key)));
    span.links.iter_mut().for_each(|link| link.attributes.retain(|(key, _)| wants(SpanScope::Link, key)));
    span.events.retain(|event| events || !event.attributes.is_empty());
    span.links.retain(|link| links || !link.attributes.is_empty());
    if !any(&[Intrinsic::StatusMessage]) {
        span.status_message = "".into();
    }
    span.trace_state = "".into();
    (span.flags, span.dropped) = (0, [0; 3]);
    span.events.iter_mut().for_each(|event| event.dropped_attributes = 0);
    span.links.iter_mut().for_each(|link| {
        (link.dropped_attributes, link.flags, link.trace_state) = (0, 0, "".into());
    });
}

async fn check_tags(db: &TraceDb, cx: &Context, model: &Model) {
    let all = || TagSelect { range: EVERYTHING, scope: None, conditions: Vec::new(), limit: 0 };
    let traces = model.traces();
    let rows: Vec<Row> = traces.into_iter().flat_map(|trace| rows_of(trace.spans)).collect();
    let names = db.tags(cx, all()).await.unwrap();
    for row in &rows {
        for (key, _) in &row.span.attributes {
            assert!(names.contains(&(SpanScope::Span, key.clone())), "{key} is not listed");
        }
        for (key, _) in &row.origin.resource.attributes {
            assert!(names.contains(&(SpanScope::Resource, key.clone())), "{key} is not listed");
        }
    }
    let values = db.tag_values(cx, Attribute::Intrinsic(Intrinsic::Name), all()).await.unwrap();
    let mut expected: Vec<Value> = rows.iter().map(|row| Value::Str(row.span.name.clone())).collect();
    expected.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    expected.dedup();
    for value in &expected {
        assert!(values.contains(value), "{value:?} is not listed among {values:?}");
    }
    let key = Attribute::Key(Some(SpanScope::Span), Arc::from("k"));
    let values = db.tag_values(cx, key, all()).await.unwrap();
    for row in rows {
        let scalar =
            |v: &Value| matches!(v, Value::Str(_) | Value::Int(_) | Value::Bool(_) | Value::Double(_));
        // A repeated key keeps its last value in most senders; here the first one counts.
        if let Some(value) = model::attr::find(&row.span.attributes, "k").filter(|v| scalar(v)) {
            assert!(values.contains(value), "{value:?} is not listed");
        }
    }
}

mod answers;
mod deletes;
mod life;

proptest! {
    // Each case opens several engines and syncs every append: ten take a few seconds.
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]
    #[test]
    fn the_engine_answers_as_the_model(
        steps in steps(),
        conditions in prop::collection::vec(crate::block::tests::condition(), 1..3),
    ) {
        run(async {
            let house = House::new();
            let cx = Context::for_tests();
            let mut db = house.open().await;
            let mut model = Model::default();
            for step in steps {
                match step {
                    Step::Append(batch) => {
                        db.append(&cx, batch.clone()).await.unwrap();
                        model.append(batch);
                    }
                    Step::Pack => db.pack_for_tests().await.unwrap(),
                    Step::Flush => db.flush().await.unwrap(),
                    Step::Merge => merge_all(&db, &cx.tenant).await,
                    Step::Delete(which) => {
                        let ids: Vec<TraceId> = model.0.keys().copied().collect();
                        if !ids.is_empty() {
                            let id = *which.get(&ids);
                            assert!(db.delete(&cx, id).await.unwrap());
                            assert!(!db.delete(&cx, id).await.unwrap(), "nothing is left of it");
                            model.0.remove(&id);
                        }
                    }
                    Step::Rewrite => {
                        house.clock.advance(Duration::from_secs(60));
                        db.maintain().await.unwrap();
                    }
                    Step::Reopen => {
                        // As after a crash: nothing is flushed on the way out.
                        drop(db);
                        db = house.open().await;
                    }
                }
            }
            check(&db, &cx, &model, &conditions).await;
        });
    }
}

fn span(trace: u8, id: u8, parent: u8, start: i64) -> SpanBatch {
    let span = Span {
        trace_id: TraceId([trace; 16]),
        span_id: SpanId([id; 8]),
        parent_span_id: SpanId([parent; 8]),
        start: Nanos(start),
        end: Nanos(start + 10),
        ..Span::default()
    };
    let scopes = vec![model::ScopeSpans { spans: vec![span], ..Default::default() }];
    SpanBatch { resources: vec![model::ResourceSpans { scopes, ..Default::default() }] }
}
