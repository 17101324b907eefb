//! Which spans of one trace a single filter keeps.
//!
//! Walk: the door's trace handler has the whole trace -> here. Invariant: the same spans as a search by that filter matches.

use super::prepare;
use crate::error::TraceqlError;
use crate::exec::{Program, TraceView};
use crate::syntax::{Body, Pipeline, Spanset, Stage};
use contract::TraceSpans;

/// `{ ... }` and nothing else, compiled.
#[derive(Debug, Clone)]
pub struct OneFilter(Program);

impl OneFilter {
    /// Reads a filter. What is no single filter is refused by what it is instead.
    pub fn parse(text: &str) -> Result<Self, TraceqlError> {
        let refuse = |what: &str| {
            Err(TraceqlError::Check(format!("only a single TraceQL filter is supported: got a {what} query")))
        };
        let query = prepare(text)?;
        let Body::Spans(Pipeline { stages }) = &query.body else { return refuse("metrics") };
        match stages.as_slice() {
            [Stage::Spanset(Spanset::Filter(_))] => {
                Ok(OneFilter(Program::compile(&Pipeline { stages: stages.clone() })))
            }
            _ => refuse("structural or aggregate"),
        }
    }

    /// Whether it keeps each span, in the order in which the trace lists them.
    pub fn matches(&self, trace: &TraceSpans) -> Result<Vec<bool>, TraceqlError> {
        let view = TraceView::new(trace);
        let mut kept = vec![false; view.spans.len()];
        for set in self.0.run(&view)? {
            set.spans.iter().for_each(|index| kept[*index as usize] = true);
        }
        Ok(view.listed().iter().map(|index| kept[*index]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Nanos, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, TraceId};

    #[test]
    fn spans_are_told_in_the_order_of_the_trace() {
        let span = |id: u8, start: i64, name: &str| Span {
            span_id: SpanId([id; 8]),
            start: Nanos(start),
            name: name.into(),
            ..Span::default()
        };
        let group = |spans| ResourceSpans {
            scopes: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        };
        let resources = vec![group(vec![span(1, 30, "a"), span(2, 10, "b")]), group(vec![span(3, 20, "a")])];
        let trace = TraceSpans { trace_id: TraceId([1; 16]), spans: SpanBatch { resources } };
        let matches = |text: &str| OneFilter::parse(text).unwrap().matches(&trace).unwrap();
        assert_eq!(matches(r#"{ name = "a" }"#), [true, false, true]);
        assert_eq!(matches("{}"), [true; 3]);
        assert_eq!(matches("{ .x = 1 }"), [false; 3]);
    }

    #[test]
    fn what_is_no_single_filter_is_named() {
        let refused = |text: &str| OneFilter::parse(text).unwrap_err().to_string();
        let single = "only a single TraceQL filter is supported: got a ";
        assert_eq!(refused("{} | rate()"), format!("{single}metrics query"));
        for text in ["{} >> {}", "{} | count() > 1", "({} | {})"] {
            assert_eq!(refused(text), format!("{single}structural or aggregate query"), "{text}");
        }
        assert!(refused("{ name =").starts_with("parse error at line 1, col 9"));
    }
}
