//! Blocks without the container: what is pushed is read back, and hints drop nothing that matches.

use super::prune::BlockTests;
use super::rollup::read::Rollups;
use super::sections::{self, Granule};
use super::writer::Writer;
use super::{Index, Pages, granule, unit};
use crate::arbitrary;
use crate::assemble::{Row, canonical, rows_of};
use crate::predicate::Predicates;
use ::bytes::Bytes;
use contract::{
    Attribute, Condition, ConditionOp, Dictionary, Intrinsic, Nesting, Operand, RowsUnit, SpanColumn,
    SpanRow, SpanScope, SpanTree, SpanUnit, TraceRows, UnitNeeds,
};
use model::{Nanos, Span, SpanBatch, SpanId, TraceId, Value};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

mod copied;
mod durations;

/// Traces by start, each in canonical order: what a writer is given.
fn traces(batches: Vec<SpanBatch>) -> Vec<(TraceId, Vec<Row>)> {
    let mut by_id: BTreeMap<TraceId, Vec<Row>> = BTreeMap::new();
    for row in batches.into_iter().flat_map(rows_of) {
        by_id.entry(row.span.trace_id).or_default().push(row);
    }
    by_id.values_mut().for_each(canonical);
    let mut traces: Vec<_> = by_id.into_iter().collect();
    traces.sort_by_key(|(id, rows)| (rows.iter().map(|r| r.span.start).min(), *id));
    traces
}

struct Block {
    index: Index,
    pages: Bytes,
}

fn build(traces: &[(TraceId, Vec<Row>)]) -> Block {
    let mut writer = Writer::new();
    traces.iter().for_each(|(id, rows)| writer.push(*id, rows));
    let parts: HashMap<u16, Bytes> =
        writer.finish().parts.into_iter().map(|(kind, bytes)| (kind, Bytes::from(bytes))).collect();
    let index = Index::decode(|kind| parts.get(&kind).cloned()).unwrap();
    Block { index, pages: parts[&sections::PAGES].clone() }
}

impl Block {
    fn pages(&self, granule: &Granule) -> Pages {
        let mut pages = Pages::default();
        for page in &granule.pages {
            let at = page.offset as usize;
            pages.push(page, self.pages.slice(at..at + page.length as usize)).unwrap();
        }
        pages
    }

    fn rows(&self, ordinals: &[usize]) -> Vec<Vec<Row>> {
        let mut out = Vec::new();
        for granule in &self.index.granules {
            let here = granule.first_trace..granule.first_trace + granule.traces;
            let wanted: Vec<usize> = ordinals.iter().copied().filter(|o| here.contains(o)).collect();
            out.extend(
                granule::decode_rows(&self.index, granule, &self.pages(granule), &wanted, None).unwrap(),
            );
        }
        out
    }
}

/// What a column says, row by row.
fn spelled(column: &SpanColumn) -> Vec<String> {
    match column {
        SpanColumn::Numbers(numbers) => numbers.iter().map(|number| number.to_string()).collect(),
        SpanColumn::Codes(codes, dictionary) => {
            let of = |code: &u32| match (code.checked_sub(1), dictionary) {
                (None, _) => "absent".to_owned(),
                (Some(at), Dictionary::Texts(texts)) => {
                    format!("{:?}", Value::Str(texts[at as usize].clone()))
                }
                (Some(at), Dictionary::Values(values)) => format!("{:?}", values[at as usize]),
                (Some(at), Dictionary::Lists(lists)) => format!("{:?}", lists[at as usize]),
            };
            codes.iter().map(of).collect()
        }
    }
}

fn attribute() -> impl Strategy<Value = Attribute> {
    let scope = prop_oneof![
        3 => Just(Some(SpanScope::Span)),
        2 => Just(Some(SpanScope::Resource)),
        2 => Just(None),
        1 => Just(Some(SpanScope::Event)),
        1 => Just(Some(SpanScope::Link)),
        1 => Just(Some(SpanScope::Instrumentation)),
    ];
    let intrinsic = prop::sample::select(vec![
        Intrinsic::Name,
        Intrinsic::Duration,
        Intrinsic::Kind,
        Intrinsic::Status,
        Intrinsic::StatusMessage,
        Intrinsic::EventName,
        Intrinsic::TraceId,
        Intrinsic::SpanId,
        Intrinsic::InstrumentationName,
        Intrinsic::RootName,
        Intrinsic::RootServiceName,
        Intrinsic::TraceDuration,
        Intrinsic::ParentId,
        Intrinsic::EventTimeSinceStart,
        Intrinsic::LinkTraceId,
        Intrinsic::LinkSpanId,
    ]);
    prop_oneof![
        2 => (scope, "[k-m]{1,2}").prop_map(|(scope, key)| Attribute::Key(scope, Arc::from(key))),
        1 => intrinsic.prop_map(Attribute::Intrinsic),
    ]
}

pub(crate) fn condition() -> impl Strategy<Value = Condition> {
    let op = prop::sample::select(vec![
        ConditionOp::Equal,
        ConditionOp::NotEqual,
        ConditionOp::Less,
        ConditionOp::GreaterEqual,
        ConditionOp::Regex,
        ConditionOp::NotRegex,
        ConditionOp::Exists,
    ]);
    let operand = prop_oneof![
        3 => "[a-d]{0,2}".prop_map(|t| Value::from(t.as_str())),
        3 => (-3i64..6).prop_map(Value::Int),
        1 => Just(Value::Double(0.5)),
        1 => any::<bool>().prop_map(Value::Bool),
    ];
    (attribute(), op, operand).prop_map(|(attribute, op, operand)| {
        let operand = if op == ConditionOp::Exists { Operand::None } else { Operand::Value(operand) };
        Condition { attribute, op, operand }
    })
}

fn some_pages(block: &Block, granule: &Granule, wanted: &[u32]) -> Pages {
    let mut pages = Pages::default();
    for page in granule.pages.iter().filter(|page| wanted.contains(&page.id)) {
        let at = page.offset as usize;
        pages.push(page, block.pages.slice(at..at + page.length as usize)).unwrap();
    }
    pages
}

#[test]
fn texts_beyond_a_dictionary_are_ruled_out_by_their_page() {
    let user = |n: u32| Value::from(format!("user-{n}").as_str());
    let trace = |n: u32| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let span = Span {
            trace_id: TraceId(id),
            start: Nanos(i64::from(n)),
            attributes: vec![("user".into(), user(n))],
            ..Span::default()
        };
        (TraceId(id), vec![Row { origin: Arc::default(), span: Arc::new(span) }])
    };
    let block = build(&(0..6_000).map(trace).collect::<Vec<_>>());
    let ruled_out = |operand: Value, all: bool| -> Vec<bool> {
        let attribute = Attribute::Key(Some(SpanScope::Span), "user".into());
        let condition = Condition { attribute, op: ConditionOp::Equal, operand: Operand::Value(operand) };
        let predicates = Arc::new(Predicates::compile(&[condition], all));
        let tests = BlockTests::new(&block.index, &predicates);
        assert!(!tests.hopeless() && !tests.quick_pages().is_empty());
        let out = |granule| {
            tests.rules_out(&block.index, &some_pages(&block, granule, &tests.quick_pages())).unwrap()
        };
        block.index.granules.iter().map(out).collect()
    };
    for all in [true, false] {
        assert_eq!(ruled_out(user(4_095), all), [false, true]);
        assert_eq!(ruled_out(user(5_999), all), [true, false]);
        assert_eq!(ruled_out("nobody".into(), all), [true, true]);
    }
}

/// Spans, their least and greatest duration and the sum of all.
type Durations = (u32, i64, i64, u128);

fn join(known: &mut Durations, more: Durations) {
    *known = (known.0 + more.0, known.1.min(more.1), known.2.max(more.2), known.3 + more.3);
}

proptest! {
    // A case builds a whole block, with a zstd frame a page: 64 of them take a second or two.
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_is_pushed_is_read_back(batches in prop::collection::vec(arbitrary::batch(), 0..8)) {
        let traces = traces(batches);
        let block = build(&traces);
        let ordinals: Vec<usize> = (0..traces.len()).collect();
        for (ordinal, (id, _)) in traces.iter().enumerate() {
            prop_assert_eq!(block.index.find(id), Some(ordinal));
        }
        for (mut rows, (_, expected)) in block.rows(&ordinals).into_iter().zip(&traces) {
            canonical(&mut rows);
            prop_assert_eq!(&rows, expected);
        }
        // One trace alone: the rows before it are passed over.
        for ordinal in ordinals {
            let mut rows = block.rows(&[ordinal]).remove(0);
            canonical(&mut rows);
            prop_assert_eq!(&rows, &traces[ordinal].1);
        }
    }

    #[test]
    fn columns_say_what_spans_say(
        batches in prop::collection::vec(arbitrary::batch(), 1..6),
        attributes in prop::collection::vec(attribute(), 1..6),
    ) {
        let traces = traces(batches);
        let block = build(&traces);
        let needs =
            UnitNeeds { attributes, keys: true, starts: true, tree: true, nesting: true, ..UnitNeeds::default() };
        for granule in &block.index.granules {
            let ids = unit::pages_of(&block.index, &needs);
            let mut pages = Pages::default();
            for page in granule.pages.iter().filter(|page| ids.contains(&page.id)) {
                let at = page.offset as usize;
                pages.push(page, block.pages.slice(at..at + page.length as usize)).unwrap();
            }
            let columns = unit::Columns { index: &block.index, granule, pages: &pages };
            let here = unit::traces_of(&block.index, granule, |_| true);
            let mut expected = RowsUnit::default();
            let ordinals: Vec<usize> = (granule.first_trace..).take(granule.traces).collect();
            for (ordinal, rows) in ordinals.iter().zip(block.rows(&ordinals)) {
                let rows = rows.into_iter().map(|row| SpanRow {
                    resource: row.origin.resource.clone(),
                    scope: row.origin.scope.clone(),
                    span: row.span,
                });
                expected.push(block.index.traces.ids[*ordinal], rows);
            }
            prop_assert_eq!(&here[..], expected.traces());
            prop_assert_eq!(&columns.starts().unwrap()[..], &expected.starts().unwrap()[..]);
            for attribute in &needs.attributes {
                let column = columns.column(&here, attribute).unwrap();
                let of_spans = expected.column(attribute).unwrap();
                prop_assert_eq!(spelled(&column), spelled(&of_spans), "{:?}", attribute);
            }
            let keys = columns.keys();
            for key in expected.keys() {
                prop_assert!(keys.contains(&key), "{:?}", key);
                let column = columns.column(&here, &key).unwrap();
                prop_assert_eq!(spelled(&column), spelled(&expected.column(&key).unwrap()), "{:?}", key);
            }
            let (tree, of_spans) = (columns.tree().unwrap(), expected.tree().unwrap());
            prop_assert_eq!(
                (&tree.ids, &tree.parents, &tree.kinds),
                (&of_spans.ids, &of_spans.parents, &of_spans.kinds)
            );
            nests_as(&tree, &columns.nesting().unwrap(), &here);
            // Blocks of earlier builds do not say of which traces depths say all.
            pages.0.retain(|(id, _)| *id != super::writer::page::NESTED);
            let columns = unit::Columns { index: &block.index, granule, pages: &pages };
            prop_assert_eq!(columns.nesting().unwrap().unclear.len(), here.len());
        }
    }

    #[test]
    fn cells_say_what_rows_say(batches in prop::collection::vec(arbitrary::batch(), 1..6)) {
        let traces = traces(batches);
        let mut writer = Writer::new();
        traces.iter().for_each(|(id, rows)| writer.push(*id, rows));
        let parts = writer.finish().parts;
        if let Some((_, bytes)) = parts.iter().find(|(kind, _)| *kind == sections::ROLLUPS) {
            let rollups = Rollups::decode(bytes, Some((1, traces.len()))).unwrap();
            let mut expected: BTreeMap<(i64, String, String, u32, u32), Durations> = BTreeMap::new();
            let power = |nanos: i64| if nanos < 2 { 0 } else { 64 - (nanos - 1).leading_zeros() };
            for row in traces.iter().flat_map(|(_, rows)| rows) {
                let span = &row.span;
                let service = model::attr::find(&row.origin.resource.attributes, "service.name").cloned();
                let service = format!("{service:?}");
                let minute = (i128::from(span.start.0) + 59_999_999_999).div_euclid(60_000_000_000) as i64;
                let start = minute.saturating_mul(60_000_000_000);
                let kind_status = span.kind as u32 | (span.status as u32) << 3;
                let duration = span.duration_nanos();
                let key = (start, service, span.name.to_string(), kind_status, power(duration));
                let one = (1, duration, duration, duration as u128);
                expected.entry(key).and_modify(|known| join(known, one)).or_insert(one);
            }
            let mut found: BTreeMap<_, Durations> = BTreeMap::new();
            let cells = rollups.cells(0).unwrap();
            let (services, names) = (rollups.services(0).unwrap(), rollups.names(0).unwrap());
            let kinds = rollups.kinds_and_statuses(0).unwrap();
            let (least, sums) = cells.spread.unwrap();
            for cell in 0..cells.counts.len() {
                let service = services[cell].checked_sub(1).map(|at| rollups.services[at as usize].clone());
                let name = rollups.names[names[cell] as usize].to_string();
                let service = format!("{:?}", service.map(Value::Str));
                let greatest = cells.durations[cell];
                let key = (cells.starts[cell], service, name, kinds[cell], power(greatest));
                let one = (cells.counts[cell], least[cell], greatest, u128::from(sums[cell]));
                found.entry(key).and_modify(|known| join(known, one)).or_insert(one);
                let stands = |row: &Row| row.span.duration_nanos() == greatest;
                prop_assert!(traces[cells.traces[cell] as usize].1.iter().any(stands));
            }
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn any_bytes_are_cells_or_refused(bytes: Vec<u8>) {
        let mut section = Vec::new();
        super::values::squeeze(&mut section, &bytes);
        let _ = Rollups::decode(&section, None);
        let _ = Rollups::decode(&bytes, Some((1, 1)));
    }

    #[test]
    fn hints_never_drop_a_matching_trace(
        batches in prop::collection::vec(arbitrary::batch(), 1..6),
        conditions in prop::collection::vec(condition(), 1..4),
        all: bool,
    ) {
        let traces = traces(batches);
        let block = build(&traces);
        let predicates = Arc::new(Predicates::compile(&conditions, all));
        let tests = BlockTests::new(&block.index, &predicates);
        // The second look knows what the first one saw.
        for _ in 0..2 {
            let mut kept = Vec::new();
            if !tests.hopeless() {
                for granule in &block.index.granules {
                    let quick = some_pages(&block, granule, &tests.quick_pages());
                    if !tests.hopeless_in(granule) && !tests.rules_out(&block.index, &quick).unwrap() {
                        let pages = some_pages(&block, granule, &tests.pages());
                        kept.extend(tests.traces(&block.index, granule, &pages).unwrap());
                    }
                }
            }
            for (ordinal, (_, rows)) in traces.iter().enumerate() {
                if rows.iter().any(|row| predicates.might(row)) {
                    prop_assert!(kept.contains(&ordinal), "{:?} dropped by {:?}", rows, conditions);
                }
            }
        }
    }

    #[test]
    fn damaged_sections_do_not_panic(
        batches in prop::collection::vec(arbitrary::batch(), 1..4),
        flips in prop::collection::vec((0usize..8, any::<prop::sample::Index>(), 1u8..), 1..4),
        attributes in prop::collection::vec(attribute(), 1..4),
    ) {
        let traces = traces(batches);
        let mut writer = Writer::new();
        traces.iter().for_each(|(id, rows)| writer.push(*id, rows));
        let mut parts = writer.finish().parts;
        for (part, at, flip) in flips {
            let (_, bytes) = &mut parts[part];
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] ^= flip;
            }
        }
        let parts: HashMap<u16, Bytes> = parts.into_iter().map(|(k, b)| (k, Bytes::from(b))).collect();
        let Ok(index) = Index::decode(|kind| parts.get(&kind).cloned()) else { return Ok(()) };
        for granule in &index.granules {
            // As if the checksums had been right.
            let mut pages = Vec::new();
            for page in &granule.pages {
                let range = page.offset as usize..(page.offset + u64::from(page.length)) as usize;
                let bytes = parts[&sections::PAGES].get(range).map(Bytes::copy_from_slice).unwrap_or_default();
                pages.push((page.id, bytes));
            }
            let ordinals: Vec<usize> = (granule.first_trace..granule.first_trace + granule.traces).collect();
            let pages = Pages(pages);
            let _ = granule::decode_rows(&index, granule, &pages, &ordinals, None);
            let columns = unit::Columns { index: &index, granule, pages: &pages };
            let here = unit::traces_of(&index, granule, |_| true);
            let (_, _, _) = (columns.starts(), columns.tree(), columns.nesting());
            for attribute in &attributes {
                let _ = columns.column(&here, attribute);
            }
        }
    }
}

/// Where depths say who is whose parent they say what the tree says, and they do so unless ids come twice, a parent at the top
/// is a span of the trace, or a span is deeper than a byte counts.
fn nests_as(tree: &SpanTree, nesting: &Nesting, traces: &[TraceRows]) {
    for trace in traces {
        let rows = trace.rows.clone();
        let mut by_id: HashMap<SpanId, usize> = HashMap::new();
        let twice = rows.clone().any(|row| by_id.insert(tree.ids[row], row).is_some());
        let lost = |row: &usize| nesting.lost.contains(&(*row as u32));
        let cycle = rows.clone().filter(lost).any(|row| by_id.contains_key(&tree.parents[row]));
        let unclear = nesting.unclear.contains(&(rows.start as u32));
        assert!(unclear || !twice && !cycle);
        let mut path: Vec<usize> = Vec::new();
        for row in rows.filter(|_| !unclear) {
            path.truncate(usize::from(nesting.depths[row]));
            let above = path.last().map_or(SpanId::default(), |above| tree.ids[*above]);
            let named = tree.parents[row];
            assert_eq!(if lost(&row) { SpanId::default() } else { named }, above);
            assert!(!lost(&row) || path.is_empty() && !named.is_zero());
            path.push(row);
        }
    }
}

#[test]
fn a_trace_deeper_than_a_byte_counts_is_told_by_its_tree() {
    for (deepest, unclear) in [(255u64, vec![]), (256, vec![0])] {
        let span = |n: u64| Span {
            trace_id: TraceId([7; 16]),
            span_id: SpanId((n + 1).to_be_bytes()),
            parent_span_id: SpanId(n.to_be_bytes()),
            start: model::Nanos(n as i64),
            ..Span::default()
        };
        let spans: Vec<Span> = (0..=deepest).map(span).collect();
        let scopes = vec![model::ScopeSpans { spans, ..model::ScopeSpans::default() }];
        let resources = vec![model::ResourceSpans { scopes, ..model::ResourceSpans::default() }];
        let block = build(&traces(vec![model::SpanBatch { resources }]));
        let granule = &block.index.granules[0];
        let pages = block.pages(granule);
        let columns = unit::Columns { index: &block.index, granule, pages: &pages };
        let here = unit::traces_of(&block.index, granule, |_| true);
        let nesting = columns.nesting().unwrap();
        assert_eq!(nesting.unclear, unclear);
        nests_as(&columns.tree().unwrap(), &nesting, &here);
    }
}

#[test]
fn high_cardinality_texts_leave_the_dictionary() {
    let span = |n: u64| model::Span {
        trace_id: TraceId((u128::from(n) + 1).to_be_bytes()),
        span_id: model::SpanId(n.to_be_bytes()),
        name: "op".into(),
        start: model::Nanos(n as i64),
        end: model::Nanos(n as i64 + 5),
        attributes: vec![
            ("url".into(), Value::from(format!("/item/{n}").as_str())),
            ("method".into(), Value::from(["GET", "PUT"][n as usize % 2])),
        ],
        ..model::Span::default()
    };
    let rows = |n| vec![Row { origin: Arc::default(), span: Arc::new(span(n)) }];
    let traces: Vec<_> = (0..10_000).map(|n| (span(n).trace_id, rows(n))).collect();
    let block = build(&traces);
    assert_eq!(block.index.granules.len(), 3);
    let column = |key: &str| block.index.columns.iter().find(|c| &*c.key == key).unwrap();
    assert!(!column("url").complete && column("method").complete);
    assert_eq!(column("method").dictionary.len(), 2);
    let back = block.rows(&[0, 5_000, 9_999]);
    assert_eq!(
        back.iter().map(|rows| (*rows[0].span).clone()).collect::<Vec<_>>(),
        [span(0), span(5_000), span(9_999)]
    );
    let bytes = block.pages.len() as f64 / 10_000.0;
    assert!(bytes < 40.0, "{bytes} bytes a span");
}

#[test]
fn a_long_chain_of_spans_is_one_trace() {
    let span = |n: u64| model::Span {
        span_id: model::SpanId((n + 1).to_be_bytes()),
        parent_span_id: model::SpanId(n.to_be_bytes()),
        start: model::Nanos(n as i64),
        ..model::Span::default()
    };
    let rows: Vec<Row> =
        (0..20_000).map(|n| Row { origin: Arc::default(), span: Arc::new(span(n)) }).collect();
    let block = build(&[(TraceId::default(), rows.clone())]);
    assert_eq!(block.index.granules.len(), 1, "a trace is never split");
    let mut back = block.rows(&[0]).remove(0);
    canonical(&mut back);
    assert_eq!(back, rows);
}
