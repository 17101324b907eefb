//! Blocks of metrics: immutable, label-ordered, one object each.
//!
//! `writer.rs` takes series in label order, `reader.rs` fetches what a query needs of a block, `cursor.rs` decodes it page by
//! page (`page.rs`), `sections.rs` says what the bytes mean. A block's ids are ordinals: the position of a series in label order.

pub(crate) mod cursor;
pub(crate) mod decoded;
pub(crate) mod page;
pub(crate) mod reader;
pub(crate) mod scan;
pub(crate) mod sections;
pub(crate) mod times;
pub(crate) mod writer;
