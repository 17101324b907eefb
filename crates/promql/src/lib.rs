//! PromQL: the life of a query, in the order of the files.
//!
//! 1. [`syntax`] cuts the text into tokens and builds a tree that knows its bytes; [`check`] finds its types. All errors
//!    carry the texts and places that users of the language know.
//! 2. [`plan`] numbers the selectors, resolves durations and `@`, folds constants, and marks what does not depend on the
//!    step. It prints as EXPLAIN.
//! 3. [`eval`] fetches all selectors from a [`contract::SeriesSource`], then has the plan executed.
//! 4. `exec` is synchronous and vectorised over the steps: series flow from selectors through functions into
//!    aggregations. [`functions`] and [`histogram`] are the mathematics.
//!
//! Around all of it, answers to range queries are kept for the next refresh (`results.rs`).
//!
//! No engine and no protocol is named here.

mod annotations;
pub mod check;
pub mod error;
pub mod eval;
mod exec;
pub mod functions;
pub mod histogram;
pub mod options;
pub mod plan;
mod results;
pub mod syntax;

pub use error::QueryError;
pub use eval::{QueryResult, explain, instant, range, range_kept};
pub use exec::SampleCounts;
pub use options::{Options, ParseOptions};
pub use results::ResultCache;
pub use syntax::ast::{Expr, ValueType};
pub use syntax::parser::{ParseErrors, parse, parse_selector};
pub use syntax::pretty::pretty;
