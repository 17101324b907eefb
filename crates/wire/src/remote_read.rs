//! Remote read: samples of selected series for another server, whole or as a stream of chunks.
//!
//! ```text
//! request   snappy | ReadRequest: 1 queries (1 start  2 end  3 matchers (1 type  2 name  3 value))   2 response types
//! samples   snappy | ReadResponse: 1 results (1 series (1 labels  2 samples  4 histograms))
//! chunks    frame ...    frame = length (varint) | CRC32C (4 bytes, big-endian) | ChunkedReadResponse:
//!           1 series (1 labels  2 chunks (1 first time  2 last time  3 encoding  4 bytes))   2 number of the query
//! ```
//! Invariants: chunks of a series ascend and share no times; a frame is at most [`MAX_FRAME_BYTES`] and one chunk long; a chunk holds at most [`MAX_CHUNK_SAMPLES`].
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/remote_read_api/>

mod bits;
mod histogram;
mod xor;

use crate::error::WireError;
use crate::proto::{Reader, Writer};
use crate::remote_write::histogram as sample_histogram;
use model::{FloatHistogram, Labels, MatchOp, Matcher, Millis};
use std::ops::Range;
use std::sync::Arc;

/// The content type of requests and of whole answers.
pub const CONTENT_TYPE: &str = "application/x-protobuf";
/// The content type of streamed answers.
pub const STREAM_CONTENT_TYPE: &str = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
/// 1 MiB of chunks: what clients take by default is fifty times that.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
/// Samples of one chunk, as the replaced system cuts them: half an hour at 15 s.
pub const MAX_CHUNK_SAMPLES: usize = 120;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest {
    /// Which series and when.
    pub queries: Vec<ReadQuery>,
    /// Forms of the answer that the caller takes, as numbers of the schema, best first; none means samples.
    pub accepted: Vec<u64>,
}

/// One query.
#[derive(Debug, Clone)]
pub struct ReadQuery {
    /// First time.
    pub start: Millis,
    /// Last time, inside.
    pub end: Millis,
    /// All must match.
    pub matchers: Vec<Matcher>,
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadForm {
    /// All samples in one message.
    Samples,
    /// Chunks in frames.
    Chunks,
}

/// One series of an answer.
#[derive(Debug, Clone)]
pub struct ReadSeries {
    /// Who.
    pub labels: Labels,
    /// When, of the floats.
    pub timestamps: Arc<[i64]>,
    /// The floats.
    pub values: Arc<[f64]>,
    /// Histograms by time.
    pub histograms: Vec<(Millis, Arc<FloatHistogram>)>,
}

impl ReadRequest {
    /// The first form that the caller takes and this module writes; `None` when there is none.
    pub fn form(&self) -> Option<ReadForm> {
        if self.accepted.is_empty() {
            return Some(ReadForm::Samples);
        }
        self.accepted.iter().find_map(|number| match number {
            0 => Some(ReadForm::Samples),
            1 => Some(ReadForm::Chunks),
            _ => None,
        })
    }
}

/// Reads an unpacked request. [`WireError::Value`] when a matcher is none.
pub fn decode(bytes: &[u8]) -> Result<ReadRequest, WireError> {
    let mut request = ReadRequest::default();
    let mut message = Reader::new(bytes);
    while let Some(field) = message.field()? {
        match field.number {
            1 => request.queries.push(query(field.message()?)?),
            2 => field.each_varint(|number| request.accepted.push(number))?,
            _ => {}
        }
    }
    Ok(request)
}

fn query(mut message: Reader<'_>) -> Result<ReadQuery, WireError> {
    let mut query = ReadQuery { start: Millis(0), end: Millis(0), matchers: Vec::new() };
    while let Some(field) = message.field()? {
        match field.number {
            1 => query.start = Millis(field.int()?),
            2 => query.end = Millis(field.int()?),
            3 => query.matchers.push(matcher(field.message()?)?),
            _ => {}
        }
    }
    Ok(query)
}

fn matcher(mut message: Reader<'_>) -> Result<Matcher, WireError> {
    let (mut kind, mut name, mut value) = (0, "", "");
    while let Some(field) = message.field()? {
        match field.number {
            1 => kind = field.uint()?,
            2 => name = field.text()?,
            3 => value = field.text()?,
            _ => {}
        }
    }
    let op = match kind {
        0 => MatchOp::Equal,
        1 => MatchOp::NotEqual,
        2 => MatchOp::Regex,
        3 => MatchOp::NotRegex,
        _ => return Err(WireError::Value("invalid matcher type".to_owned())),
    };
    Matcher::new(name, op, value).map_err(|error| WireError::Value(error.to_string()))
}

/// The unpacked answer in samples, a result a query.
pub fn encode_samples(results: &[Vec<ReadSeries>]) -> Vec<u8> {
    let mut w = Writer::new();
    for result in results {
        w.message(1, |w| {
            for series in result {
                w.message(1, |w| {
                    put_labels(w, &series.labels);
                    for (at, value) in series.timestamps.iter().zip(series.values.iter()) {
                        w.message(2, |w| {
                            w.double(1, *value);
                            w.int(2, *at);
                        });
                    }
                    for (at, histogram) in &series.histograms {
                        w.message(4, |w| sample_histogram::encode(w, *at, histogram));
                    }
                });
            }
        });
    }
    w.finish()
}

fn put_labels(w: &mut Writer, labels: &Labels) {
    for (name, value) in labels.iter() {
        w.message(1, |w| {
            w.text(1, name);
            w.text(2, value);
        });
    }
}

/// An encoded chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chunk {
    first: i64,
    last: i64,
    /// 1 floats, 3 float histograms.
    encoding: u64,
    bytes: Vec<u8>,
}

/// The frames of one series of the query of that number.
pub fn encode_frames(series: &ReadSeries, query: u64) -> Vec<Vec<u8>> {
    let chunks = chunks(series);
    let (mut frames, mut open, mut size) = (Vec::new(), Vec::new(), 0);
    for chunk in chunks {
        size += chunk.bytes.len();
        open.push(chunk);
        if size >= MAX_FRAME_BYTES {
            frames.push(frame(&series.labels, &open, query));
            (open, size) = (Vec::new(), 0);
        }
    }
    if !open.is_empty() {
        frames.push(frame(&series.labels, &open, query));
    }
    frames
}

/// The chunks of a series, ascending: no two share times, because readers take one after the other. Floats end where a
/// histogram stands between them, and histograms where a float does.
fn chunks(series: &ReadSeries) -> Vec<Chunk> {
    let (times, histograms) = (&series.timestamps, &series.histograms);
    let (mut float, mut histogram, mut out) = (0, 0, Vec::new());
    while float < times.len() || histogram < histograms.len() {
        let next = histograms.get(histogram).map(|(at, _)| at.0);
        let end = next.map_or(times.len(), |next| float + times[float..].partition_point(|at| *at < next));
        out.extend(chunk_ranges(float..end).map(|range| {
            let times = &times[range.clone()];
            let bytes = xor::encode(times, &series.values[range]);
            Chunk { first: times[0], last: times[times.len() - 1], encoding: 1, bytes }
        }));
        float = end;
        let rest = &histograms[histogram..];
        let next = times.get(float);
        let count = next.map_or(rest.len(), |next| rest.partition_point(|(at, _)| at.0 <= *next));
        out.extend(histogram::chunks(&rest[..count]));
        histogram += count;
    }
    out
}

fn chunk_ranges(samples: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = samples.end;
    samples.step_by(MAX_CHUNK_SAMPLES).map(move |at| at..(at + MAX_CHUNK_SAMPLES).min(end))
}

fn frame(labels: &Labels, chunks: &[Chunk], query: u64) -> Vec<u8> {
    let mut w = Writer::new();
    w.message(1, |w| {
        put_labels(w, labels);
        for chunk in chunks {
            w.message(2, |w| {
                w.int(1, chunk.first);
                w.int(2, chunk.last);
                w.uint(3, chunk.encoding);
                w.bytes(4, &chunk.bytes);
            });
        }
    });
    w.uint_if_any(2, query);
    let message = w.finish();
    let mut out = Vec::with_capacity(message.len() + 14);
    codec::put_u64(&mut out, message.len() as u64);
    out.extend_from_slice(&codec::crc32c(&message).to_be_bytes());
    out.extend_from_slice(&message);
    out
}

#[cfg(test)]
mod tests;
