//! Text <-> tree: lexer, parser, tree, printer.

mod ast;
mod lexer;
mod names;
mod parser;
mod printer;
mod token;

#[cfg(test)]
mod tests;

pub use ast::{
    Aggregate, AggregateFunction, Body, Field, Form, Metrics, MetricsFunction, MetricsQuery, Name, Op,
    Pipeline, Query, Relation, SecondStage, Spanset, SpansetOp, Stage,
};
pub use lexer::{lex, parse_duration};
pub use names::{intrinsic_name, name_of_text};
pub use parser::{MAX_DEPTH, MAX_METRICS_OPERATORS, MAX_OPERATORS, MAX_QUERY_BYTES, parse};
pub use printer::format_duration;
pub use token::{Place, Token};
