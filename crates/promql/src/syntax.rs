//! From text to tree and back: tokens, the tree with its byte spans, the parser, and the two printed forms.
//!
//! The walk: `lexer` cuts the text, `parser` builds `ast`, then [`crate::check`] finds its types. `printer` writes one
//! line, `pretty` breaks lines over 100 characters. Invariant: what the printer writes parses to the same tree.

pub mod ast;
pub mod lexer;
pub mod parser;
pub mod pretty;
pub mod printer;

mod primary;
mod selector;
