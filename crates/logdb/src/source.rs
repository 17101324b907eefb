//! The engine as languages and doors see it: the contract's traits, answered from a cut.
//!
//! The read walk: `logql` asks [`LogSource`] -> a cut (`logdb.rs`) -> `read.rs`. Invariant: one question, one cut.

use crate::logdb::LogDb;
use crate::read::{LogReader, Show, count_cells, count_streams, labels_of_streams, scan};
use contract::{
    Answer, Context, CountRow, CountSelect, DeleteRequest, DeleteSelect, GroupVisitor, LineGrouping,
    LogCursor, LogDeletes, LogRow, LogSelect, LogSource, RowVisitor, TakenBack,
};
use model::{Labels, Matcher, Nanos, TimeRange};
use std::sync::Arc;
use tokio::sync::broadcast;

impl LogSource for LogDb {
    fn select<'a>(&'a self, cx: &'a Context, select: LogSelect) -> Answer<'a, Box<dyn LogCursor + 'a>> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant, &select.range).await?;
            let reader = LogReader::open(cx, &self.blocks, cut, select).await?;
            Ok(Box::new(reader) as Box<dyn LogCursor + 'a>)
        })
    }

    fn scan<'a>(&'a self, cx: &'a Context, select: LogSelect, visit: RowVisitor) -> Answer<'a, ()> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant, &select.range).await?;
            Ok(scan(cx, &self.blocks, cut, select, Show::Rows(visit)).await?)
        })
    }

    fn groups<'a>(
        &'a self,
        cx: &'a Context,
        select: LogSelect,
        grouping: LineGrouping,
        visit: GroupVisitor,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant, &select.range).await?;
            let show = Show::Groups(Arc::new(grouping), visit);
            Ok(scan(cx, &self.blocks, cut, select, show).await?)
        })
    }

    fn count<'a>(&'a self, cx: &'a Context, select: CountSelect) -> Answer<'a, Option<Vec<CountRow>>> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant, &select.range).await?;
            Ok(count_cells(cx, &self.blocks, cut, &select).await?)
        })
    }

    fn streams<'a>(
        &'a self,
        cx: &'a Context,
        matchers: Vec<Vec<Matcher>>,
        range: TimeRange<Nanos>,
    ) -> Answer<'a, Vec<(Labels, u64, u64)>> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant, &range).await?;
            Ok(count_streams(cx, &self.blocks, cut, &matchers, range).await?)
        })
    }

    fn stream_labels<'a>(
        &'a self,
        cx: &'a Context,
        matchers: Vec<Vec<Matcher>>,
        range: TimeRange<Nanos>,
    ) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant, &range).await?;
            Ok(labels_of_streams(cx, &self.blocks, cut, &matchers, range).await?)
        })
    }

    fn tail(&self, cx: &Context, matchers: Vec<Matcher>) -> broadcast::Receiver<Arc<Vec<LogRow>>> {
        self.tails.listen(cx.tenant.clone(), matchers)
    }
}

impl LogDeletes for LogDb {
    fn request<'a>(&'a self, cx: &'a Context, select: DeleteSelect) -> Answer<'a, String> {
        Box::pin(async move { Ok(self.deletes.add(&cx.tenant, select).await?) })
    }

    fn requests<'a>(&'a self, cx: &'a Context) -> Answer<'a, Vec<DeleteRequest>> {
        Box::pin(async move { Ok(self.deletes.requests(&cx.tenant).await?) })
    }

    fn take_back<'a>(&'a self, cx: &'a Context, id: &'a str) -> Answer<'a, TakenBack> {
        Box::pin(async move { Ok(self.deletes.take_back(&cx.tenant, id).await?) })
    }
}
