//! The three engines as what the front hands good batches to.

use super::Append;
use contract::{Context, IngestError, KnownSeries, Outcome};
use logdb::LogDb;
use model::{LabelKey, LogBatch, MetricBatch, SpanBatch};
use stdx::BoxFuture;
use tracedb::TraceDb;
use tsdb::Tsdb;

impl Append<MetricBatch> for Tsdb {
    fn known(&self, cx: &Context, keys: &[LabelKey]) -> KnownSeries {
        Tsdb::known(self, cx, keys)
    }

    fn append<'a>(
        &'a self,
        cx: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move { Tsdb::append(self, cx, &batch).await })
    }
}

impl Append<LogBatch> for LogDb {
    fn append<'a>(&'a self, cx: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move { LogDb::append(self, cx, batch).await.map_err(IngestError::from) })
    }
}

impl Append<SpanBatch> for TraceDb {
    fn append<'a>(
        &'a self,
        cx: &'a Context,
        batch: SpanBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move { TraceDb::append(self, cx, batch).await.map_err(IngestError::from) })
    }
}
