//! A query of lines: stages, limit, and lines by label set.

use super::{Params, ResultEntry, ResultStream};
use crate::error::LogqlError;
use crate::labels::LabelSet;
use crate::stage::Pipeline;
use crate::stage::labels::{Hints, LineLabels, Seen};
use crate::stage::quick::Quick;
use crate::syntax::ast::{Expr, LogExpr};
use bytes::Bytes;
use contract::{
    Context, Direction, LabelTexts, LineCondition, LineSieve, LogRow, LogSelect, LogSource, RowTest,
};
use model::{Matcher, TimeRange};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stdx::Reservation;

pub(super) async fn select(
    source: &dyn LogSource,
    cx: &Context,
    log: &LogExpr,
    params: &Params,
) -> Result<(Vec<ResultStream>, Reservation), LogqlError> {
    let mut pipeline = Pipeline::compile(&log.stages)?;
    let lines = pipeline.take_conditions();
    let range = TimeRange::new(params.start, params.end);
    let (metadata, texts) = (pipeline.metadata_conditions(), pipeline.texts());
    let matchers = log.matchers.clone();
    let quick = Quick::of(&pipeline).map(Arc::new);
    let sieve = quick.clone().map(|quick| quick as Arc<dyn LineSieve>);
    let wanted = LogSelect { matchers, range, direction: params.direction, lines, metadata, texts, sieve };
    let mut cursor = source.select(cx, wanted).await?;
    let mut collector = Collector::new(params);
    let mut held = cx.budget.reserve(0).map_err(contract::SourceError::from)?;
    while collector.left > 0 {
        cx.check()?;
        let rows = cursor.next_batch().await?;
        if rows.is_empty() {
            break;
        }
        let bytes = collector.take(&rows, (&pipeline, quick.as_deref()), cx.clock.now_nanos());
        held.grow(bytes).map_err(contract::SourceError::from)?;
    }
    cx.stats.rows_matched.fetch_add((params.limit - collector.left) as u64, Ordering::Relaxed);
    Ok((collector.finish(), held))
}

/// Which lines a query selects, for sources that act on them by themselves.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Conditions on stream labels.
    pub matchers: Vec<Matcher>,
    /// Conditions on lines.
    pub lines: Vec<LineCondition>,
    /// Metadata or labels that lines must have: part of what the stages say, for sources that skip by it.
    pub metadata: Vec<(String, String)>,
    /// What lines hold unless they have a label: as well part of what the stages say.
    pub texts: Vec<LabelTexts>,
    /// What the rest of the stages say; `None` when nothing is left.
    pub test: Option<Arc<dyn RowTest>>,
}

/// What a query of lines selects, as far as nothing is in doubt: a line that stages mark with an error is not selected. `Err`
/// says why it cannot be told a line at a time.
pub fn selected(query: &str) -> Result<Selected, LogqlError> {
    selects(query, false)
}

/// What a query of lines shows: lines that stages mark with an error are shown with it.
pub fn shown(query: &str) -> Result<Selected, LogqlError> {
    selects(query, true)
}

fn selects(query: &str, takes_errors: bool) -> Result<Selected, LogqlError> {
    let Expr::Log(log) = crate::syntax::parse(query)? else {
        return Err(LogqlError::Invalid("only queries of lines are supported".to_owned()));
    };
    let mut pipeline = Pipeline::compile(&log.stages)?;
    if pipeline.remembers() {
        return Err(LogqlError::Invalid("distinct lines depend on others".to_owned()));
    }
    let lines = pipeline.take_conditions();
    let (metadata, texts) = (pipeline.metadata_conditions(), pipeline.texts());
    let test =
        (!pipeline.is_empty()).then(|| Arc::new(StageTest { pipeline, takes_errors }) as Arc<dyn RowTest>);
    Ok(Selected { matchers: log.matchers, lines, metadata, texts, test })
}

/// Stages that decide over one line. A line that they mark with an error need not satisfy them: nothing is known of it.
#[derive(Debug)]
struct StageTest {
    pipeline: Pipeline,
    takes_errors: bool,
}

impl RowTest for StageTest {
    fn accepts(&self, row: &LogRow) -> bool {
        let hints = Hints::default();
        // Templates that ask for the time of the query are told that of the line: the answer must not change with time.
        let mut labels = LineLabels::new(&hints, row.at.0);
        self.pipeline.run(row, &mut labels).is_some() && (self.takes_errors || !labels.has_error())
    }
}

struct Collector<'p> {
    params: &'p Params,
    hints: Hints,
    seen: Seen,
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
            seen: Seen::default(),
            left: params.limit,
            last: None,
            places: FxHashMap::default(),
            streams: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// Passes rows through the stages. Returns the bytes that were kept.
    fn take(&mut self, rows: &[LogRow], stages: (&Pipeline, Option<&Quick>), now: i64) -> u64 {
        let (pipeline, quick) = stages;
        let mut quick = quick.map(|quick| (quick, quick.labels(now)));
        let hints = std::mem::take(&mut self.hints);
        let seen = std::mem::take(&mut self.seen);
        let mut bytes = 0;
        let before = seen.bytes();
        let mut labels = LineLabels::new(&hints, now).with_seen(seen);
        for row in rows {
            if self.left == 0 {
                break;
            }
            if let Some((quick, labels)) = &mut quick
                && !quick.passes(row, labels)
            {
                continue;
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
        self.seen = labels.into_seen();
        self.hints = hints;
        bytes + self.seen.bytes() - before
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

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stream;
    use model::{Labels, Nanos};

    #[test]
    fn what_is_selected_is_told_a_line_at_a_time() {
        let labels = Labels::from_pairs([("app", "web")]);
        let stream = Arc::new(Stream { hash: labels.stable_hash(), labels });
        let row = |line: &'static str| LogRow {
            stream: stream.clone(),
            at: Nanos(1),
            line: Bytes::from_static(line.as_bytes()),
            metadata: Arc::from([(Arc::from("user"), Arc::from("7"))]),
        };
        let line = r#"{"status": 500, "from": "10.0.0.9"}"#;
        for (stages, wanted) in [
            ("", None),
            (r#"|= "status""#, None),
            (r#"|= "500" | user="7""#, Some(true)),
            (r#"| user="8""#, Some(false)),
            (r#"| json | status >= 500 | from = ip("10.0.0.0/8")"#, Some(true)),
            (r#"| json | status < 500"#, Some(false)),
            (r#"|> "<_>500<_>""#, Some(true)),
            (r#"!> "<_>500<_>""#, Some(false)),
            (r#"|= ip("10.0.0.0/8")"#, Some(true)),
            // What cannot be read is not known to satisfy anything.
            (r#"| json | from > 5"#, Some(false)),
        ] {
            let selected = selected(&format!(r#"{{app="web"}} {stages}"#)).unwrap();
            assert_eq!(selected.test.map(|test| test.accepts(&row(line))), wanted, "{stages}");
        }
        for query in [r#"rate({app="web"}[1m])"#, r#"{app="web"} | distinct user"#, "{"] {
            assert!(selected(query).is_err(), "{query}");
        }
    }
}
