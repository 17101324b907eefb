//! Evaluating a checked query on whole traces: synchronous, one trace at a time, linear in its spans.

mod columns;
mod expr;
mod pipeline;
mod structural;
mod tree;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use columns::{Answers, Column, Evaluator, UnitView, entry, needs_of};
pub(crate) use expr::Expr;
pub(crate) use pipeline::{Program, SpanSet, Step, absent, judged};
pub(crate) use view::{TraceView, Valued, is_of_children, one_value, value_of};

/// A trace or span id as `width` lower-case hex digits, zeros on the left.
pub(crate) fn padded_id(text: &str, width: usize) -> String {
    format!("{:0>width$}", text.to_ascii_lowercase())
}
