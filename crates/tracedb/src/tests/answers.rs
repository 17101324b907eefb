//! Filters that answer on columns: the same traces in the same order as built spans, whatever lies where.

use super::*;
use contract::{FoundTrace, SourceError, SpanColumn, SpanUnit, TraceAnswer, TraceFilter};

/// Answers the ids and starts of a trace's spans.
struct Tells(UnitNeeds);

type Told = Vec<(SpanId, i64)>;

impl TraceFilter for Tells {
    fn needs(&self) -> &UnitNeeds {
        &self.0
    }

    fn may_match(&self, unit: &dyn SpanUnit) -> Result<Vec<bool>, SourceError> {
        Ok(vec![true; unit.traces().len()])
    }

    fn needs_to_answer(&self) -> Option<&UnitNeeds> {
        Some(&self.0)
    }

    fn answer(&self, unit: &dyn SpanUnit) -> Result<Vec<Option<TraceAnswer>>, SourceError> {
        let (starts, tree) = (unit.starts()?, unit.tree()?);
        let SpanColumn::Numbers(durations) = unit.column(&self.0.attributes[0])? else { panic!("codes") };
        assert_eq!(durations.len(), starts.len());
        let told = |trace: &contract::TraceRows| {
            let mut told: Told = trace.rows.clone().map(|row| (tree.ids[row], starts[row])).collect();
            told.sort();
            Some(Box::new((trace.trace_id, told)) as TraceAnswer)
        };
        Ok(unit.traces().iter().map(told).collect())
    }
}

/// What the cursor finds in a range is what the model has there, newest first.
pub(super) async fn check(db: &TraceDb, cx: &Context, model: &Model, range: TimeRange<Nanos>) {
    let attributes = vec![Attribute::Intrinsic(Intrinsic::Duration)];
    let needs = UnitNeeds { attributes, starts: true, tree: true, ..UnitNeeds::default() };
    let of = |trace: &TraceSpans| -> Told {
        let rows = rows_of(trace.spans.clone());
        let mut told: Told = rows.map(|row| (row.span.span_id, row.span.start.0)).collect();
        told.sort();
        told
    };
    let select = SpanSelect { range, ..everything() };
    let mut cursor = db.select_filtered(cx, select, Arc::new(Tells(needs))).await.unwrap();
    let mut found: Vec<(TraceId, Told)> = Vec::new();
    loop {
        let batch = cursor.next_found().await.unwrap();
        if batch.is_empty() {
            break;
        }
        found.extend(batch.into_iter().map(|one| match one {
            FoundTrace::Spans(trace) => (trace.trace_id, of(&trace)),
            FoundTrace::Answer(answer) => *answer.unwrap().downcast().unwrap(),
        }));
    }
    let inside = |span: &Span| span.start < range.end && range.start.0 <= span.end.0.max(span.start.0);
    let expected = model.traces().into_iter();
    let expected = expected.filter(|t| model.0[&t.trace_id].iter().any(|row| inside(&row.span)));
    let expected: Vec<(TraceId, Told)> = expected.map(|trace| (trace.trace_id, of(&trace))).collect();
    assert_eq!(found, expected, "answers of {range:?}");
}
