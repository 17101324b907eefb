//! What the three query languages share: where a thing stands in a query's text, how numbers and durations are read and
//! written, the grid of steps, results, grouping, and matching of label sets. No plan and no executor: each language has its own.
//!
//! - [`Span`], [`Diagnostic`]: byte spans and messages with `line:column`.
//! - [`number`], [`duration`], [`quote`]: text of numbers, durations and strings, as Go's standard library writes it.
//! - [`Grid`]: start, end and step of an evaluation.
//! - [`Value`] and its parts: what a metric query answers.
//! - [`Grouping`], [`VectorMatching`]: `by`/`without` and `on`/`ignoring`.

pub mod diagnostic;
pub mod duration;
pub mod grouping;
pub mod matching;
pub mod number;
pub mod quote;
pub mod result;
pub mod step;

pub use diagnostic::{Diagnostic, Span, line_column};
pub use grouping::{Grouping, Groups};
pub use matching::{Cardinality, VectorMatching};
pub use result::{InstantSample, MatrixSeries, Point, Value};
pub use step::Grid;
