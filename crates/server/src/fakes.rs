//! Engines for tests: what is written is kept in memory and can be asked for.

use crate::state::{Engines, NoStatus, Options, State};
use contract::*;
use model::{
    Exemplar, FloatHistogram, Labels, LogBatch, Matcher, Metadata, MetricBatch, Millis, Nanos, SpanBatch,
    TimeRange, TraceId, Value,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use stdx::{BoxFuture, Budget, Clock};

/// 2026-11-25T12:00:00Z, when these tests happen.
pub(crate) const NOW_NANOS: i64 = 1_795_608_000_000_000_000;

/// Keeps every batch.
pub(crate) struct Store {
    /// What tails see.
    pub(crate) tails: tokio::sync::broadcast::Sender<Arc<Vec<LogRow>>>,
    pub(crate) metrics: Mutex<Vec<MetricBatch>>,
    pub(crate) logs: Mutex<Vec<LogBatch>>,
    pub(crate) spans: Mutex<Vec<SpanBatch>>,
    deletes: Mutex<Vec<DeleteRequest>>,
    /// Deletes of series that were asked for.
    pub(crate) series_deletes: Mutex<Vec<LabelSelect>>,
    /// What the next batch is answered with, instead of being taken whole.
    pub(crate) refuse: Mutex<Option<Result<Outcome, IngestError>>>,
}

impl Default for Store {
    fn default() -> Self {
        Store {
            tails: tokio::sync::broadcast::channel(4).0,
            metrics: Mutex::default(),
            logs: Mutex::default(),
            spans: Mutex::default(),
            deletes: Mutex::default(),
            series_deletes: Mutex::default(),
            refuse: Mutex::default(),
        }
    }
}

impl Store {
    fn answer(&self, accepted: u64) -> BoxFuture<'static, Result<Outcome, IngestError>> {
        let answer = self.refuse.lock().unwrap().take();
        let answer = answer.unwrap_or(Ok(Outcome { accepted, ..Outcome::default() }));
        Box::pin(async { answer })
    }

    /// Shown series, streams and span names, in the order taken.
    pub(crate) fn shown(&self) -> Vec<String> {
        let mut out = Vec::new();
        for batch in self.metrics.lock().unwrap().iter() {
            out.extend(batch.series().map(|s| format!("{} {}", s.to_labels(), s.samples().len())));
        }
        for batch in self.logs.lock().unwrap().iter() {
            out.extend(batch.streams.iter().map(|s| format!("{} {}", s.labels, s.entries.len())));
        }
        for batch in self.spans.lock().unwrap().iter() {
            let spans = batch.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
            out.extend(spans.map(|s| s.name.to_string()));
        }
        out
    }
}

impl Ingest for Store {
    fn metrics<'a>(
        &'a self,
        _: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        let rows = batch.sample_count() as u64;
        self.metrics.lock().unwrap().push(batch);
        self.answer(rows)
    }
    fn logs<'a>(&'a self, _: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        let rows = batch.len() as u64;
        self.logs.lock().unwrap().push(batch);
        self.answer(rows)
    }
    fn spans<'a>(&'a self, _: &'a Context, batch: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        let rows = batch.len() as u64;
        self.spans.lock().unwrap().push(batch);
        self.answer(rows)
    }
}

impl Store {
    /// Every series that matches any of the sets and has a sample in the range, with its samples merged.
    fn all_series(&self, sets: &[Vec<Matcher>], range: TimeRange<Millis>) -> Vec<Series> {
        type Histograms = BTreeMap<Millis, Arc<FloatHistogram>>;
        let mut all: BTreeMap<Labels, (BTreeMap<i64, f64>, Histograms)> = BTreeMap::new();
        for batch in self.metrics.lock().unwrap().iter() {
            for series in batch.series().filter(|s| matches(sets, &s.to_labels())) {
                let floats = series.samples().iter().filter(|s| range.contains(s.at));
                let histograms = series.histograms().iter().filter(|h| range.contains(h.at));
                let (all_floats, all_histograms) = all.entry(series.to_labels()).or_default();
                all_floats.extend(floats.map(|s| (s.at.0, s.value)));
                all_histograms.extend(histograms.map(|h| (h.at, Arc::new(h.histogram.clone()))));
            }
        }
        all.retain(|_, (floats, histograms)| !floats.is_empty() || !histograms.is_empty());
        all.into_iter()
            .map(|(labels, (floats, histograms))| Series {
                labels,
                timestamps: floats.keys().copied().collect(),
                values: floats.values().copied().collect(),
                histograms: histograms.into_iter().collect(),
                starts: None,
                histogram_starts: None,
            })
            .collect()
    }

    fn texts<'a>(
        &self,
        select: LabelSelect,
        each: impl Fn(&Labels) -> Vec<String>,
    ) -> Answer<'a, Vec<String>> {
        let all = self.all_series(&select.matchers, select.range);
        let texts: std::collections::BTreeSet<String> =
            all.iter().flat_map(|series| each(&series.labels)).collect();
        let limit = if select.limit == 0 { usize::MAX } else { select.limit };
        Box::pin(async move { Ok(texts.into_iter().take(limit).collect()) })
    }
}

impl SeriesSource for Store {
    fn select<'a>(&'a self, _: &'a Context, select: SeriesSelect) -> Answer<'a, Vec<Series>> {
        assert!(select.matchers.iter().all(|m| m.value != "panic"), "a source that panics");
        let all = self.all_series(&[select.matchers], select.range);
        Box::pin(async { Ok(all) })
    }
    fn series<'a>(&'a self, _: &'a Context, select: LabelSelect) -> Answer<'a, Vec<Labels>> {
        let all = self.all_series(&select.matchers, select.range);
        let limit = if select.limit == 0 { usize::MAX } else { select.limit };
        Box::pin(async move { Ok(all.into_iter().take(limit).map(|series| series.labels).collect()) })
    }
    fn label_names<'a>(&'a self, _: &'a Context, select: LabelSelect) -> Answer<'a, Vec<String>> {
        self.texts(select, |labels| labels.iter().map(|(name, _)| name.to_owned()).collect())
    }
    fn label_values<'a>(
        &'a self,
        _: &'a Context,
        name: &'a str,
        select: LabelSelect,
    ) -> Answer<'a, Vec<String>> {
        self.texts(select, |labels| labels.get(name).map(str::to_owned).into_iter().collect())
    }
    fn exemplars<'a>(
        &'a self,
        _: &'a Context,
        select: LabelSelect,
    ) -> Answer<'a, Vec<(Labels, Vec<Exemplar>)>> {
        let mut out = Vec::new();
        for batch in self.metrics.lock().unwrap().iter() {
            let series = batch
                .series()
                .filter(|s| matches(&select.matchers, &s.to_labels()) && !s.exemplars().is_empty());
            out.extend(series.map(|s| (s.to_labels(), s.exemplars().to_vec())));
        }
        Box::pin(async { Ok(out) })
    }
    fn metadata<'a>(&'a self, _: &'a Context, family: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        let all = self.metrics.lock().unwrap();
        let all = all.iter().flat_map(|batch| batch.metadata.clone());
        let out = all.filter(|m| family.is_none_or(|family| m.family == family)).collect();
        Box::pin(async { Ok(out) })
    }
}

/// Whether labels satisfy any of the sets.
fn matches(sets: &[Vec<Matcher>], labels: &Labels) -> bool {
    sets.is_empty() || sets.iter().any(|set| set.iter().all(|m| m.matches(labels.value(&m.name))))
}

impl Store {
    fn rows(&self, sets: &[Vec<Matcher>], range: TimeRange<Nanos>) -> Vec<LogRow> {
        let logs = self.logs.lock().unwrap();
        let streams = logs.iter().flat_map(|batch| &batch.streams).filter(|s| matches(sets, &s.labels));
        let rows = streams.flat_map(|stream| {
            let hash = stream.labels.stable_hash();
            let shared = Arc::new(Stream { labels: stream.labels.clone(), hash });
            stream.entries.iter().map(move |e| LogRow {
                stream: shared.clone(),
                at: e.at,
                line: e.line.clone(),
                metadata: e.metadata.clone(),
            })
        });
        rows.filter(|row| range.contains(row.at)).collect()
    }
}

impl LogSource for Store {
    fn select<'a>(&'a self, _: &'a Context, select: LogSelect) -> Answer<'a, Box<dyn LogCursor + 'a>> {
        let mut rows = self.rows(&[select.matchers], select.range);
        rows.retain(|row| select.lines.iter().all(|condition| condition.accepts(row.text())));
        rows.sort_by_key(|row| if select.direction == Direction::Forward { row.at.0 } else { -row.at.0 });
        Box::pin(async { Ok(Box::new(Rows(rows)) as Box<dyn LogCursor>) })
    }
    fn streams<'a>(
        &'a self,
        _: &'a Context,
        matchers: Vec<Vec<Matcher>>,
        range: TimeRange<Nanos>,
    ) -> Answer<'a, Vec<(Labels, u64, u64)>> {
        let mut streams = std::collections::BTreeMap::new();
        for row in self.rows(&matchers, range) {
            let (lines, bytes) = streams.entry(row.stream.labels.clone()).or_insert((0u64, 0u64));
            *lines += 1;
            *bytes += row.line.len() as u64;
        }
        Box::pin(async {
            Ok(streams.into_iter().map(|(labels, (lines, bytes))| (labels, lines, bytes)).collect())
        })
    }
    fn tail(&self, _: &Context, _: Vec<Matcher>) -> tokio::sync::broadcast::Receiver<Arc<Vec<LogRow>>> {
        self.tails.subscribe()
    }
}

impl LogDeletes for Store {
    fn request<'a>(&'a self, _: &'a Context, select: DeleteSelect) -> Answer<'a, String> {
        let mut deletes = self.deletes.lock().unwrap();
        let id = format!("{:08x}", deletes.len());
        let created = Nanos(NOW_NANOS);
        let (query, range) = (select.query, select.range);
        deletes.push(DeleteRequest { id: id.clone(), query, range, created, processed: false });
        Box::pin(async { Ok(id) })
    }
    fn requests<'a>(&'a self, _: &'a Context) -> Answer<'a, Vec<DeleteRequest>> {
        let all = self.deletes.lock().unwrap().clone();
        Box::pin(async { Ok(all) })
    }
    fn take_back<'a>(&'a self, _: &'a Context, id: &'a str) -> Answer<'a, TakenBack> {
        let mut deletes = self.deletes.lock().unwrap();
        let before = deletes.len();
        deletes.retain(|request| request.id != id);
        let done = deletes.len() < before;
        Box::pin(async move { Ok(if done { TakenBack::Done } else { TakenBack::Unknown }) })
    }
}

impl SeriesAdmin for Store {
    fn delete<'a>(&'a self, _: &'a Context, select: LabelSelect) -> Answer<'a, u64> {
        self.series_deletes.lock().unwrap().push(select);
        Box::pin(async { Ok(1) })
    }
    fn snapshot<'a>(&'a self, _: &'a Context, _: &'a str, _: bool) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
    fn flush_heads<'a>(&'a self) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
    fn blocks<'a>(&'a self, _: &'a Context) -> Answer<'a, Vec<SeriesBlock>> {
        let range = TimeRange::new(Millis(0), Millis(60_001));
        let block = SeriesBlock { id: "0a".into(), range, samples: 15, series: 3, bytes: 99, level: 1 };
        Box::pin(async { Ok(vec![block]) })
    }
    fn bounds<'a>(&'a self, _: &'a Context) -> Answer<'a, Option<(Millis, Millis)>> {
        let all = self.all_series(&[], TimeRange::new(Millis(i64::MIN), Millis(i64::MAX)));
        let times = all.iter().flat_map(|series| series.timestamps.iter().copied());
        let bounds = times.map(|at| (at, at)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        Box::pin(async move { Ok(bounds.map(|(first, last)| (Millis(first), Millis(last)))) })
    }
}

struct Rows(Vec<LogRow>);

impl LogCursor for Rows {
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<LogRow>> {
        let rows = std::mem::take(&mut self.0);
        Box::pin(async { Ok(rows) })
    }
}

impl SpanSource for Store {
    fn trace<'a>(
        &'a self,
        _: &'a Context,
        trace_id: TraceId,
        _: Option<TimeRange<Nanos>>,
    ) -> Answer<'a, Option<TraceSpans>> {
        let all = self.spans.lock().unwrap();
        let found = all.iter().find(|batch| {
            let spans = batch.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
            spans.into_iter().any(|span| span.trace_id == trace_id)
        });
        let found = found.map(|batch| TraceSpans { trace_id, spans: batch.clone() });
        Box::pin(async { Ok(found) })
    }
    fn select<'a>(&'a self, _: &'a Context, _: SpanSelect) -> Answer<'a, Box<dyn SpanCursor + 'a>> {
        // One trace a batch is all that these tests send.
        let all = self.spans.lock().unwrap();
        let traces = all.iter().filter_map(|batch| {
            let trace_id = batch.resources.first()?.scopes.first()?.spans.first()?.trace_id;
            Some(Arc::new(TraceSpans { trace_id, spans: batch.clone() }))
        });
        let traces = traces.collect();
        Box::pin(async { Ok(Box::new(Traces(traces)) as Box<dyn SpanCursor>) })
    }
    fn tags<'a>(&'a self, _: &'a Context, select: TagSelect) -> Answer<'a, Vec<(SpanScope, Arc<str>)>> {
        let all = [(SpanScope::Span, "http.method"), (SpanScope::Resource, "service.name")];
        let wanted = all.into_iter().filter(|(scope, _)| select.scope.is_none_or(|s| s == *scope));
        let tags = wanted.map(|(scope, name)| (scope, Arc::from(name))).collect();
        Box::pin(async { Ok(tags) })
    }
    fn tag_values<'a>(
        &'a self,
        _: &'a Context,
        attribute: Attribute,
        _: TagSelect,
    ) -> Answer<'a, Vec<Value>> {
        let values = match attribute {
            Attribute::Intrinsic(_) => vec![Value::Int(1_500_000_000)],
            Attribute::Key(..) => vec![Value::Int(7), Value::from("x"), Value::from("")],
        };
        Box::pin(async { Ok(values) })
    }
}

impl TraceDeletes for Store {
    fn delete<'a>(&'a self, _: &'a Context, trace_id: TraceId) -> Answer<'a, bool> {
        let mut all = self.spans.lock().unwrap();
        let before = all.len();
        all.retain(|batch| {
            let spans = batch.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
            !spans.into_iter().any(|span| span.trace_id == trace_id)
        });
        let any = all.len() < before;
        Box::pin(async move { Ok(any) })
    }
}

struct Traces(Vec<Arc<TraceSpans>>);

impl SpanCursor for Traces {
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<Arc<TraceSpans>>> {
        let traces = std::mem::take(&mut self.0);
        Box::pin(async { Ok(traces) })
    }
}

/// State over a fresh store.
pub(crate) fn state(options: Options) -> (Arc<State>, Arc<Store>) {
    let store = Arc::new(Store::default());
    let engines = Engines {
        ingest: store.clone(),
        series: store.clone(),
        series_admin: store.clone(),
        logs: store.clone(),
        log_deletes: store.clone(),
        spans: store.clone(),
        trace_deletes: store.clone(),
    };
    let clock = Clock::manual(NOW_NANOS);
    let state = State::new(engines, options, clock, Budget::new("process", 1 << 30), Arc::new(NoStatus));
    (state, store)
}

/// Calls a gRPC method; its messages, and its status with its words.
pub(crate) async fn call(router: axum::Router, path: &str, message: &[u8]) -> (Vec<bytes::Bytes>, String) {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let mut body = vec![0];
    body.extend((message.len() as u32).to_be_bytes());
    body.extend(message);
    let request = http::Request::post(path).header("content-type", "application/grpc");
    let request = request.body(axum::body::Body::from(body)).unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap();
    let mut headers = parts.headers;
    headers.extend(body.trailers().cloned().unwrap_or_default());
    let text = |name: &str| headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let (mut rest, mut messages) = (body.to_bytes(), Vec::new());
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[1..5].try_into().unwrap()) as usize;
        messages.push(rest.slice(5..5 + length));
        rest = rest.slice(5 + length..);
    }
    let words = crate::params::decode(&text("grpc-message")).unwrap();
    (messages, format!("{} {words}", text("grpc-status")))
}
