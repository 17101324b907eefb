//! Text <-> expression: [`parse`] and the printer. Nothing here knows how a query is answered.

pub mod ast;
pub(crate) mod lexer;
mod parser;
mod pretty;
mod printer;

pub use parser::{parse, parse_and_compile, parse_matchers};
pub use pretty::pretty;
