//! One query of a batch: read, checked, asked; its answer in one of three shapes.

use crate::api::grafana::{Signal, rows};
use crate::api::{loki, prometheus, tempo};
use crate::error::Fault;
use crate::limits::Limits;
use crate::state::State;
use bytes::Bytes;
use http::HeaderMap;
use model::{FloatHistogram, Labels, Millis, Nanos, TimeRange};
use query::{Grid, Point, Value};
use serde::Deserialize;
use std::sync::Arc;

/// What a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// Numbers at every step.
    Range,
    /// Numbers at the end.
    Instant,
    /// Lines, or traces.
    Rows,
}

/// A query as it is sent. Times are milliseconds since 1970, both ends inside.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The caller's name for it.
    pub(super) id: String,
    pub(super) signal: Signal,
    pub(super) mode: Mode,
    pub(super) query: String,
    pub(super) start: i64,
    pub(super) end: i64,
    /// Between points; ranges need it.
    #[serde(default)]
    pub(super) step: i64,
    /// Lines or traces at most.
    #[serde(default)]
    pub(super) limit: Option<u64>,
}

/// A series of an answer.
pub(super) struct Series {
    pub(super) labels: Vec<(String, String)>,
    /// Milliseconds since 1970, ascending.
    pub(super) points: Vec<(i64, f64)>,
    /// Native histograms, whose counts are among the points.
    pub(super) histograms: Vec<(Millis, Arc<FloatHistogram>)>,
}

/// What frames are made of.
pub(super) enum Answered {
    /// Series on the grid that was asked for.
    Grid { grid: Grid, series: Vec<Series>, warnings: Vec<String> },
    /// One number a series.
    Vector { series: Vec<Series>, warnings: Vec<String> },
    /// The body of the signal's own API.
    Rows(Bytes),
}

pub(super) async fn answer(
    state: &Arc<State>,
    headers: &HeaderMap,
    asked: &Asked,
) -> Result<Answered, Fault> {
    if asked.end < asked.start {
        return Err(Fault::invalid("the end is before the start"));
    }
    if asked.mode == Mode::Rows {
        return Ok(Answered::Rows(asked.rows(state, headers).await?));
    }
    let grid = asked.grid(state)?;
    let (series, warnings) = match asked.signal {
        Signal::Metrics => asked.metrics(state, headers, grid).await?,
        Signal::Logs => asked.logs(state, headers, grid).await?,
        Signal::Traces => asked.traces(state, headers, grid).await?,
    };
    Ok(match asked.mode {
        Mode::Range => Answered::Grid { grid, series, warnings },
        _ => Answered::Vector { series, warnings },
    })
}

type Found = (Vec<Series>, Vec<String>);

impl Asked {
    fn grid(&self, state: &State) -> Result<Grid, Fault> {
        if self.mode == Mode::Instant {
            return Ok(Grid::instant(self.end));
        }
        if self.step <= 0 {
            return Err(Fault::invalid("expected a step above 0"));
        }
        let grid = Grid::new(self.start, self.end, self.step);
        let most = state.limits().max_query_points;
        if grid.len() as u64 > most.saturating_add(1) {
            let points = grid.len();
            return Err(Fault::invalid(format!(
                "{points} points a series: at most {most} (max_query_points); ask for a longer step"
            )));
        }
        Ok(grid)
    }

    async fn metrics(&self, state: &Arc<State>, headers: &HeaderMap, grid: Grid) -> Result<Found, Fault> {
        let when = match self.mode {
            Mode::Range => prometheus::When::Over(grid),
            _ => prometheus::When::At(Millis(self.end)),
        };
        let how = prometheus::How { options: prometheus::usual_options(state), timeout: None, anew: false };
        let result = prometheus::evaluate(state, headers, self.query.clone(), when, how).await?;
        let warnings = result.warnings.into_iter().chain(result.infos).collect();
        let one = |at: Millis, value: f64| Series {
            labels: Vec::new(),
            points: vec![(at.0, value)],
            histograms: Vec::new(),
        };
        let series = match result.value {
            Value::Scalar { at, value } => vec![one(at, value)],
            Value::Text { .. } => {
                return Err(Fault::invalid("a text is no number: expected a query of numbers"));
            }
            Value::Vector(samples) => samples.into_iter().map(of_sample).collect(),
            Value::Matrix(all) => all.into_iter().map(of_matrix).collect(),
        };
        Ok((series, warnings))
    }

    async fn logs(&self, state: &Arc<State>, headers: &HeaderMap, grid: Grid) -> Result<Found, Fault> {
        let nanos = |millis: i64| Nanos(millis.saturating_mul(1_000_000));
        let expr = logql::parse(&self.query).map_err(|error| Fault::invalid(error.to_string()))?;
        if matches!(expr, logql::Expr::Log(_)) {
            return Err(Fault::invalid("expected a query of numbers, not of lines"));
        }
        let at_once = self.mode == Mode::Instant;
        let (start, end) = (nanos(if at_once { self.end } else { grid.start }), nanos(self.end));
        loki::check_length(TimeRange::new(start, end), &state.limits_for(headers))?;
        let step = grid.step.saturating_mul(1_000_000);
        let asked = logql::Params { start, end, step, ..loki::shared_params(state, headers) };
        let (result, _) = loki::evaluate(state, headers, expr, asked, at_once).await?;
        let labels = |all: &logql::LabelSet| {
            all.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let one = |labels, points| Series { labels, points, histograms: Vec::new() };
        let series = match result.data {
            logql::LogqlData::Streams(_) => {
                return Err(Fault::invalid("expected a query of numbers, not of lines"));
            }
            logql::LogqlData::Matrix(all) => {
                all.into_iter().map(|series| one(labels(&series.labels), series.points)).collect()
            }
            logql::LogqlData::Vector(all) => all
                .into_iter()
                .map(|sample| one(labels(&sample.labels), vec![(sample.at, sample.value)]))
                .collect(),
            logql::LogqlData::Scalar { at, value } => vec![one(Vec::new(), vec![(at, value)])],
        };
        Ok((series, result.warnings))
    }

    async fn traces(&self, state: &Arc<State>, headers: &HeaderMap, grid: Grid) -> Result<Found, Fault> {
        let tenant = state.options.tenancy.of(headers)?;
        let nanos = |millis: i64| millis.saturating_mul(1_000_000);
        let is_range = self.mode == Mode::Range;
        let step = is_range.then(|| nanos(grid.step));
        let asked =
            tempo::MetricsAsked::plain(self.query.clone(), (nanos(self.start), nanos(self.end)), step);
        let result = match is_range {
            true => tempo::metrics_range(state, tenant, &asked).await?,
            false => tempo::metrics_instant(state, tenant, &asked).await?,
        };
        let one = |series: traceql::metrics::MetricSeries| Series {
            labels: series
                .labels
                .iter()
                .map(|(name, value)| (name.clone(), tempo::label_text(value)))
                .collect(),
            points: series.samples,
            histograms: Vec::new(),
        };
        let notes = result.truncated.then(|| "more series were found than are shown".to_owned());
        Ok((result.series.into_iter().map(one).collect(), notes.into_iter().collect()))
    }

    /// Lines or traces, as the signal's own API answers them.
    async fn rows(&self, state: &Arc<State>, headers: &HeaderMap) -> Result<Bytes, Fault> {
        let mut form = Vec::new();
        if let Some(limit) = self.limit {
            form.push(("limit", limit.to_string()));
        }
        let path = match self.signal {
            Signal::Metrics => {
                return Err(Fault::invalid("metrics have no rows: expected mode range or instant"));
            }
            Signal::Logs => {
                let most = state.limits().max_query_lines;
                if self.limit.is_some_and(|limit| limit > most) {
                    return Err(Fault::invalid(format!(
                        "{} lines: at most {most} (max_query_lines)",
                        Limits::size(self.limit.unwrap_or(0))
                    )));
                }
                form.push(("query", self.query.clone()));
                form.push(("start", format!("{}000000", self.start)));
                form.push(("end", format!("{}000000", self.end)));
                "loki/api/v1/query_range"
            }
            Signal::Traces => {
                form.push(("q", self.query.clone()));
                form.push(("start", self.start.div_euclid(1_000).to_string()));
                form.push(("end", self.end.div_euclid(1_000).saturating_add(1).to_string()));
                form.push(("spss", "3".to_owned()));
                "api/search"
            }
        };
        rows(state, headers, self.signal, path, &form).await
    }
}

fn texts(labels: &Labels) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn of_sample(sample: query::InstantSample) -> Series {
    let (value, histograms) = match sample.point {
        Point::Float(value) => (value, Vec::new()),
        Point::Histogram(histogram) => (histogram.count, vec![(sample.at, histogram)]),
    };
    Series { labels: texts(&sample.labels), points: vec![(sample.at.0, value)], histograms }
}

fn of_matrix(series: query::MatrixSeries) -> Series {
    let mut points: Vec<(i64, f64)> = series.floats.iter().map(|(at, value)| (at.0, *value)).collect();
    if !series.histograms.is_empty() {
        points.extend(series.histograms.iter().map(|(at, one)| (at.0, one.count)));
        points.sort_by_key(|point| point.0);
    }
    Series { labels: texts(&series.labels), points, histograms: series.histograms }
}
