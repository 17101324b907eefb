//! What administration asks of the metrics engine: deleting series, copies, and what is stored where.

use crate::{Answer, Context, LabelSelect};
use model::{Millis, TimeRange};

/// A published block of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesBlock {
    /// Its id, as its path shows it.
    pub id: String,
    /// The times of its samples.
    pub range: TimeRange<Millis>,
    /// How many samples.
    pub samples: u64,
    /// How many series.
    pub series: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How often it was merged: 0 for fresh ones.
    pub level: u8,
}

/// Administration of one tenant's series.
pub trait SeriesAdmin: Send + Sync {
    /// Deletes the samples of matching series in the range that were acknowledged before this call, and answers how many
    /// they were. They have left storage, and no query sees them, when it answers. An empty list of sets deletes nothing.
    fn delete<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, u64>;

    /// Copies all of the tenant's blocks to the folder `snapshots/<name>` of the object store, where a server can be
    /// started on the copy. `heads`: with what is still in memory, which is flushed first.
    fn snapshot<'a>(&'a self, cx: &'a Context, name: &'a str, heads: bool) -> Answer<'a, ()>;

    /// Writes what was acknowledged before this call, of all tenants, from memory into blocks.
    fn flush_heads<'a>(&'a self) -> Answer<'a, ()>;

    /// Published blocks by time.
    fn blocks<'a>(&'a self, cx: &'a Context) -> Answer<'a, Vec<SeriesBlock>>;

    /// The first and the last time of all samples.
    fn bounds<'a>(&'a self, cx: &'a Context) -> Answer<'a, Option<(Millis, Millis)>>;
}
