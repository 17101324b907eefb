//! Frames of a batch's answer.
//!
//! ```text
//! u32 bytes of the frame from here on | u32 bytes of the header | header: JSON, spaces to a multiple of 8 | body
//! body of grid and vector: for each series of the header a column of f64; of rows: JSON, spaces to a multiple of 8
//! ```
//! All numbers are little endian; from the frame's first byte on, columns stand at multiples of 8. A NaN in a column is a
//! gap unless the header's `nan` names it. Invariant: a frame's columns are at most [`MAX_COLUMN_BYTES`], or one series.

use super::ask::{Answered, Series};
use crate::api::grafana::Signal;
use crate::api::prometheus::histogram_pair;
use crate::error::Fault;
use crate::json::{self, push};
use bytes::Bytes;
use query::Grid;
use serde_json::json;

/// A frame's columns: large enough that headers do not matter, small enough that a page can draw while the rest comes.
const MAX_COLUMN_BYTES: usize = 1 << 20;
/// Answers of so many points are encoded beside the runtime's threads.
const MANY_POINTS: usize = 1 << 17;
/// Answers carry so many warnings at most.
const MAX_WARNINGS: usize = 20;

/// The frames of one answer, for all who asked for it.
pub(super) async fn of(ids: &[String], answered: Answered) -> Vec<Bytes> {
    let points = |series: &[Series]| series.iter().map(|one| one.points.len()).sum::<usize>();
    let is_large = match &answered {
        Answered::Grid { series, .. } | Answered::Vector { series, .. } => points(series) > MANY_POINTS,
        Answered::Rows(_) => false,
    };
    if !is_large {
        return encode(ids, answered);
    }
    let owned = ids.to_vec();
    let fail = |_| vec![error(ids, Signal::Metrics, &Fault::internal("the answer could not be encoded"))];
    stdx::task::blocking(move || encode(&owned, answered)).join().await.unwrap_or_else(fail)
}

fn encode(ids: &[String], answered: Answered) -> Vec<Bytes> {
    match answered {
        Answered::Grid { grid, series, warnings } => {
            let head = format!(
                r#""kind":"grid","start":{},"step":{},"points":{}"#,
                grid.start,
                grid.step,
                grid.len()
            );
            columns(ids, &head, &series, grid.len(), &warnings, &|one, out| on_grid(one, grid, out))
        }
        Answered::Vector { series, warnings } => {
            let at = series.first().and_then(|one| one.points.last()).map_or(0, |point| point.0);
            let head = format!(r#""kind":"vector","start":{at},"step":1,"points":1"#);
            columns(ids, &head, &series, 1, &warnings, &|one, out| last(one, out))
        }
        Answered::Rows(body) => {
            let mut header = start(ids);
            push(&mut header, format_args!(r#","kind":"rows","bytes":{}}}"#, body.len()));
            vec![frame(header, body.to_vec())]
        }
    }
}

/// A failure of one query.
pub(super) fn error(ids: &[String], signal: Signal, fault: &Fault) -> Bytes {
    let (word, status) = match signal {
        Signal::Metrics => fault.metrics_api(),
        _ => ("error", fault.status()),
    };
    let body = json!({ "ids": ids, "kind": "error", "status": status.as_u16(), "type": word, "message": fault.message() });
    frame(body.to_string(), Vec::new())
}

/// The last frame: all queries are answered.
pub(super) fn end(queries: usize) -> Bytes {
    frame(json!({ "kind": "end", "queries": queries }).to_string(), Vec::new())
}

fn start(ids: &[String]) -> String {
    let mut header = String::from(r#"{"ids":"#);
    json::strings(&mut header, ids);
    header
}

/// What writes a series' column, and answers which of its values are NaN and no gap.
type Column<'a> = &'a dyn Fn(&Series, &mut Vec<u8>) -> Vec<usize>;

fn columns(
    ids: &[String],
    head: &str,
    series: &[Series],
    points: usize,
    warnings: &[String],
    column: Column<'_>,
) -> Vec<Bytes> {
    let each = (MAX_COLUMN_BYTES / (points.max(1) * size_of::<f64>())).max(1);
    let count = series.len().div_ceil(each).max(1);
    let mut frames = Vec::with_capacity(count);
    for at in 0..count {
        let part = series.iter().skip(at * each).take(each);
        let mut body = Vec::with_capacity(part.len() * points * size_of::<f64>());
        let mut header = start(ids);
        push(&mut header, format_args!(r#",{head},"more":{},"series":"#, at + 1 < count));
        json::list(&mut header, part, |header, one| {
            header.push_str(r#"{"labels":"#);
            json::pairs(
                header,
                one.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())),
                false,
            );
            let nan = column(one, &mut body);
            if !nan.is_empty() {
                header.push_str(r#","nan":"#);
                json::list(header, nan, |header, index| push(header, format_args!("{index}")));
            }
            if !one.histograms.is_empty() {
                header.push_str(r#","histograms":"#);
                json::list(header, &one.histograms, |header, (at, histogram)| {
                    histogram_pair(header, *at, histogram)
                });
            }
            header.push('}');
        });
        if at == 0 && !warnings.is_empty() {
            header.push_str(r#","warnings":"#);
            json::strings(&mut header, &warnings[..warnings.len().min(MAX_WARNINGS)]);
        }
        header.push('}');
        frames.push(frame(header, body));
    }
    frames
}

/// Values at the times of the grid; a point between two times goes to the nearer one.
fn on_grid(series: &Series, grid: Grid, out: &mut Vec<u8>) -> Vec<usize> {
    let from = out.len();
    for _ in 0..grid.len() {
        out.extend(f64::NAN.to_le_bytes());
    }
    let mut nan = Vec::new();
    for (at, value) in &series.points {
        let steps = at.saturating_sub(grid.start).saturating_add(grid.step / 2).div_euclid(grid.step);
        let Some(index) = usize::try_from(steps).ok().filter(|index| *index < grid.len()) else { continue };
        let place = from + index * size_of::<f64>();
        out[place..place + size_of::<f64>()].copy_from_slice(&value.to_le_bytes());
        if value.is_nan() {
            nan.push(index);
        }
    }
    nan
}

/// The last value.
fn last(series: &Series, out: &mut Vec<u8>) -> Vec<usize> {
    let value = series.points.last().map(|point| point.1);
    out.extend(value.unwrap_or(f64::NAN).to_le_bytes());
    if value.is_some_and(f64::is_nan) { vec![0] } else { Vec::new() }
}

/// Lengths before header and body, spaces behind each.
fn frame(mut header: String, mut body: Vec<u8>) -> Bytes {
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    while !body.len().is_multiple_of(8) {
        body.push(b' ');
    }
    let length = |bytes: usize| u32::try_from(bytes).expect("a frame is far below 4 GiB").to_le_bytes();
    let mut out = Vec::with_capacity(8 + header.len() + body.len());
    out.extend(length(4 + header.len() + body.len()));
    out.extend(length(header.len()));
    out.extend(header.as_bytes());
    out.append(&mut body);
    out.into()
}
