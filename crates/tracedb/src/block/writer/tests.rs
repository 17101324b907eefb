//! What a writer holds on to.

use super::*;
use model::SpanId;

#[test]
fn the_memory_of_a_giant_trace_goes_with_its_granule() {
    let span = |n: u64| Span {
        span_id: SpanId((n + 1).to_be_bytes()),
        parent_span_id: SpanId(n.to_be_bytes()),
        attributes: vec![("text".into(), Value::from("a")), ("number".into(), Value::Int(1))],
        ..Span::default()
    };
    let rows: Vec<Row> =
        (0..2 * KEPT_ROWS as u64).map(|n| Row { origin: Arc::default(), span: Arc::new(span(n)) }).collect();
    let mut writer = Writer::new();
    writer.push(TraceId([1; 16]), &rows);
    assert_eq!(writer.open.rows, 0, "its granule is sealed");
    let numbers = writer.open.numbers.iter().map(Vec::capacity);
    let columns = writer.columns.iter().map(|column| column.texts.capacity().max(column.values.capacity()));
    let bytes = [writer.open.span_ids.capacity(), writer.open.link_ids.capacity()];
    let most = numbers.chain(columns).max();
    assert!(most.is_some_and(|most| most <= KEPT_ROWS), "{most:?}");
    assert!(bytes.iter().all(|bytes| *bytes <= 8 * KEPT_ROWS), "{bytes:?}");
    // The next trace is placed with an empty map.
    assert_eq!(format!("{:?}", writer.planter), format!("{:?}", Planter::default()));
}
