//! From labels to ids: which series (streams, traces) carry which label pairs, in memory and in blocks.
//!
//! On the write walk [`live::LiveIndex`] interns label pairs and hands out dense ids; on the read walk
//! [`matchers::select`] turns a query's matchers into a bitmap of ids, over anything that is a [`LabelIndex`]: the
//! live index of a head, or the [`packed`] labels of a block. Ids are `u32`, dense, and mean nothing outside of the
//! index that gave them; in a block their order is the order of label sets, so answers come out sorted.
//!
//! - [`pairs`]: every `(name, value)` once, as a [`PairId`]
//! - [`live`]: label sets to ids while data arrives
//! - [`postings`]: sets of ids, one of them cheap
//! - [`pattern`]: what a regular expression gives away without running it
//! - [`matchers`]: matchers in order of cost, intersected
//! - [`packed`]: sorted values, front-coded, each with its ids, as bytes in a block

mod error;
pub mod live;
pub mod matchers;
pub mod packed;
pub mod pairs;
pub mod pattern;
pub mod postings;

pub use error::IndexError;
pub use live::LiveIndex;
pub use matchers::{Selection, select};
pub use packed::{PackedDirectory, PackedLabel, PackedLabels, PackedWriter};
pub use pairs::{PairId, PairTable};
pub use postings::{Ids, IdsRef, LabelIndex};
pub use roaring::RoaringBitmap;
