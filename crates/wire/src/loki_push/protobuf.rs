//! The protobuf form, read and written.

use super::{Pairs, labels, push_pair};
use crate::error::WireError;
use crate::proto::{Reader, Writer};
use bytes::Bytes;
use model::{LogBatch, LogEntry, Nanos, StreamEntries};
use std::sync::Arc;

/// Structured metadata of a line.
type Metadata = Arc<[(Arc<str>, Arc<str>)]>;

/// Reads an unpacked `PushRequest`. Lines are slices of `body`.
pub fn decode(body: &Bytes) -> Result<LogBatch, WireError> {
    let mut batch = LogBatch::default();
    let mut request = Reader::new(body);
    while let Some(field) = request.field()? {
        if field.number == 1 {
            batch.streams.push(stream(body, field.message()?)?);
        }
    }
    Ok(batch)
}

fn stream(body: &Bytes, mut message: Reader<'_>) -> Result<StreamEntries, WireError> {
    let mut text = "";
    let mut entries = Vec::new();
    // Shared by the lines of the stream that have none.
    let none: Metadata = Arc::from([]);
    while let Some(field) = message.field()? {
        match field.number {
            1 => text = field.text()?,
            2 => entries.push(entry(body, field.message()?, &none)?),
            _ => {}
        }
    }
    let labels = labels::parse(text).map_err(|e| WireError::Value(format!("couldn't parse labels: {e}")))?;
    Ok(StreamEntries { labels, entries })
}

fn entry(body: &Bytes, mut message: Reader<'_>, none: &Metadata) -> Result<LogEntry, WireError> {
    let mut at = Nanos(0);
    let mut line = Bytes::new();
    let mut pairs = Pairs::new();
    while let Some(field) = message.field()? {
        match field.number {
            1 => at = timestamp(field.message()?)?,
            2 => {
                let raw = field.bytes()?;
                line = match std::str::from_utf8(raw) {
                    Ok(_) => body.slice_ref(raw),
                    Err(_) => Bytes::from(String::from_utf8_lossy(raw).into_owned()),
                };
            }
            3 => {
                let (name, value) = pair(field.message()?)?;
                push_pair(&mut pairs, &name, &value);
            }
            _ => {}
        }
    }
    let metadata = if pairs.is_empty() { none.clone() } else { Arc::from(pairs) };
    Ok(LogEntry { at, line, metadata })
}

fn timestamp(mut message: Reader<'_>) -> Result<Nanos, WireError> {
    let (mut seconds, mut nanos) = (0i64, 0i64);
    while let Some(field) = message.field()? {
        match field.number {
            1 => seconds = field.int()?,
            2 => nanos = field.int()?,
            _ => {}
        }
    }
    let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    i64::try_from(total)
        .map(Nanos)
        .map_err(|_| WireError::Value(format!("timestamp {seconds} s is out of range")))
}

type Text<'a> = std::borrow::Cow<'a, str>;

fn pair(mut message: Reader<'_>) -> Result<(Text<'_>, Text<'_>), WireError> {
    let mut out = (Text::default(), Text::default());
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.0 = String::from_utf8_lossy(field.bytes()?),
            2 => out.1 = String::from_utf8_lossy(field.bytes()?),
            _ => {}
        }
    }
    Ok(out)
}

/// The unpacked `PushRequest` that says what `batch` says.
pub fn encode(batch: &LogBatch) -> Vec<u8> {
    let mut w = Writer::new();
    for stream in &batch.streams {
        w.message(1, |s| {
            s.text(1, &stream.labels.to_string());
            for entry in &stream.entries {
                s.message(2, |e| {
                    e.message(1, |t| {
                        t.int(1, entry.at.0.div_euclid(1_000_000_000));
                        t.int(2, entry.at.0.rem_euclid(1_000_000_000));
                    });
                    e.bytes(2, &entry.line);
                    for (name, value) in entry.metadata.iter() {
                        e.message(3, |p| {
                            p.text(1, name);
                            p.text(2, value);
                        });
                    }
                });
            }
        });
    }
    w.finish()
}
