//! TraceQL: search and metrics over traces.
//!
//! A query goes through `syntax` (text -> tree), `check` (does it make sense), `plan` (what storage can do for it) and
//! `exec` (the tree on whole traces). [`search`] and [`metrics`] drive a [`contract::SpanSource`] with it; [`lenient`] reads
//! half-typed queries for autocomplete. The engine and the API are not known here.
//!
//! ```text
//! text -> lexer -> parser -> check -> plan -> source (newest first) -> exec -> search | metrics
//! ```
//! Invariant: answers follow the replaced system's semantics, `docs/deviations.md` lists where they differ on purpose.

mod check;
mod error;
mod exec;
#[cfg(test)]
mod fixture;
pub mod lenient;
pub mod metrics;
mod plan;
mod search;
mod syntax;
mod value;

pub use check::{MAX_METRICS_GROUPS, check};
pub use error::TraceqlError;
pub use plan::{Hints, hints, hints_of_field};
/// A text as a pattern that matches only itself.
pub use regex::escape as escape_pattern;
pub use search::{
    OneFilter, ROOT_NOT_RECEIVED, Search, SearchParams, SearchResult, SetMatch, SpanMatch, TraceMatch,
    is_compare, is_metrics, prepare, run, search, search_tags,
};
pub use syntax::{
    Aggregate, AggregateFunction, Body, Field, Form, MAX_DEPTH, MAX_METRICS_OPERATORS, MAX_OPERATORS,
    MAX_QUERY_BYTES, Metrics, MetricsFunction, MetricsQuery, Name, Op, Pipeline, Place, Query, Relation,
    SecondStage, Spanset, SpansetOp, Stage, Token, format_duration, intrinsic_name, lex, name_of_text, parse,
    parse_duration,
};
pub use value::{Type, Value};
