//! A query of lines: stages, limit, and lines by label set.

use super::{Params, ResultEntry, ResultStream};
use crate::error::LogqlError;
use crate::labels::LabelSet;
use crate::stage::Pipeline;
use crate::stage::labels::{Hints, LineLabels};
use crate::syntax::ast::{Expr, LogExpr};
use bytes::Bytes;
use contract::{Context, Direction, LineCondition, LogRow, LogSelect, LogSource};
use model::{Matcher, TimeRange};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::atomic::Ordering;

pub(super) async fn select(
    source: &dyn LogSource,
    cx: &Context,
    log: &LogExpr,
    params: &Params,
) -> Result<Vec<ResultStream>, LogqlError> {
    let mut pipeline = Pipeline::compile(&log.stages)?;
    let lines = pipeline.take_conditions();
    let range = TimeRange::new(params.start, params.end);
    let metadata = pipeline.metadata_conditions();
    let matchers = log.matchers.clone();
    let wanted = LogSelect { matchers, range, direction: params.direction, lines, metadata };
    let mut cursor = source.select(cx, wanted).await?;
    let mut collector = Collector::new(params);
    let mut held = cx.budget.reserve(0).map_err(contract::SourceError::from)?;
    while collector.left > 0 {
        cx.check()?;
        let rows = cursor.next_batch().await?;
        if rows.is_empty() {
            break;
        }
        let bytes = collector.take(&rows, &pipeline, cx.clock.now_nanos());
        held.grow(bytes).map_err(contract::SourceError::from)?;
    }
    cx.stats.rows_matched.fetch_add((params.limit - collector.left) as u64, Ordering::Relaxed);
    Ok(collector.finish())
}

/// The matchers and conditions of a query of nothing but a selector and line filters that a source can apply. `Err` says
/// why it is no such query.
pub fn line_conditions(query: &str) -> Result<(Vec<Matcher>, Vec<LineCondition>), LogqlError> {
    let unsupported = || LogqlError::Invalid("only a selector and line filters are supported".to_owned());
    let Expr::Log(log) = crate::syntax::parse(query)? else { return Err(unsupported()) };
    let mut pipeline = Pipeline::compile(&log.stages)?;
    let lines = pipeline.take_conditions();
    if pipeline.is_empty() { Ok((log.matchers, lines)) } else { Err(unsupported()) }
}

struct Collector<'p> {
    params: &'p Params,
    hints: Hints,
    left: usize,
    /// The last line that was kept, for thinning.
    last: Option<i64>,
    places: FxHashMap<LabelSet, usize>,
    streams: Vec<ResultStream>,
    /// The stored stream of each line, as its hash.
    origins: Vec<Vec<u64>>,
}

impl<'p> Collector<'p> {
    fn new(params: &'p Params) -> Self {
        Collector {
            params,
            hints: Hints::default(),
            left: params.limit,
            last: None,
            places: FxHashMap::default(),
            streams: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// Passes rows through the stages. Returns the bytes that were kept.
    fn take(&mut self, rows: &[LogRow], pipeline: &Pipeline, now: i64) -> u64 {
        let hints = std::mem::take(&mut self.hints);
        let mut labels = LineLabels::new(&hints, now);
        let mut bytes = 0;
        for row in rows {
            if self.left == 0 {
                break;
            }
            let Some(line) = pipeline.run(row, &mut labels) else { continue };
            if self.thinned_out(row.at.0) {
                continue;
            }
            let line = match line {
                Cow::Borrowed(text) if text.len() == row.line.len() => row.line.clone(),
                other => Bytes::from(other.into_owned()),
            };
            let (set, entry) = if self.params.categorise {
                let parts = labels.categorised();
                (
                    parts.stream,
                    ResultEntry { at: row.at, line, metadata: parts.metadata, parsed: parts.parsed },
                )
            } else {
                let (metadata, parsed) = Default::default();
                (labels.merged(), ResultEntry { at: row.at, line, metadata, parsed })
            };
            bytes += entry.metadata.bytes() + entry.parsed.bytes();
            let place = *self.places.entry(set.clone()).or_insert_with(|| {
                bytes += set.bytes() * 2;
                self.streams.push(ResultStream { labels: set, entries: Vec::new() });
                self.origins.push(Vec::new());
                self.streams.len() - 1
            });
            let entries = &mut self.streams[place].entries;
            let origins = &mut self.origins[place];
            // Lines of one stream that the stages made equal come once.
            let mut same_time =
                entries.iter().zip(origins.iter()).rev().take_while(|(kept, _)| kept.at == entry.at);
            if same_time.any(|(kept, origin)| *origin == row.stream.hash && *kept == entry) {
                continue;
            }
            bytes += entry.line.len() as u64 + 104;
            self.left -= 1;
            origins.push(row.stream.hash);
            entries.push(entry);
        }
        drop(labels);
        self.hints = hints;
        bytes
    }

    /// With an interval, lines closer than that to the last kept one are left out.
    fn thinned_out(&mut self, at: i64) -> bool {
        if self.params.interval == 0 {
            return false;
        }
        let near = self.last.is_some_and(|last| match self.params.direction {
            Direction::Forward => at < last.saturating_add(self.params.interval),
            Direction::Backward => at > last.saturating_sub(self.params.interval),
        });
        if !near {
            self.last = Some(at);
        }
        near
    }

    fn finish(mut self) -> Vec<ResultStream> {
        self.streams.sort_by_cached_key(|stream| stream.labels.to_string());
        self.streams
    }
}
