//! LogQL: queries over log lines.
//!
//! The walk of a query: [`parse`] (`syntax/lexer.rs`, `syntax/parser.rs`, then `check.rs`) makes an [`Expr`];
//! [`range`] and [`instant`] (`exec.rs`) ask a [`contract::LogSource`] for the lines, pass each through the compiled
//! stages (`stage.rs`: line filters, parsers, label filters, formatting with `template.rs`), and gather them as streams
//! (`exec/streams.rs`) or as series over steps (`exec/samples.rs`, `exec/vector.rs`, `exec/binary.rs`).
//!
//! Nothing here knows how lines are stored or how answers are encoded.

mod check;
mod error;
mod exec;
mod fields;
mod labels;
mod patterns;
mod regexp;
mod stage;
pub mod syntax;
mod template;
mod units;

pub use error::{LogqlError, ParseError};
pub use exec::{
    Held, LogqlData, LogqlResult, MAX_POINTS, Params, ResultEntry, ResultSample, ResultSeries, ResultStream,
    Selected, instant, range, selected, shown,
};
pub use fields::{DetectedField, detect_fields, detect_values};
pub use labels::LabelSet;
pub use patterns::{MinedPattern, PatternMiner};
pub use syntax::ast::Expr;
pub use syntax::{parse, parse_and_compile, parse_matchers, pretty};
pub use units::format_float;
