//! The JSON forms.
//! ```text
//! now      {"streams": [{"stream": {"app": "web"}, "values": [["<ns>", "line", {"meta": "data"}]]}]}
//! before   {"streams": [{"labels": "{app=\"web\"}", "entries": [{"ts": "<RFC 3339>", "line": "line"}]}]}
//! ```
//! Timestamps are text; label values may be numbers or bools (taken as their text), metadata values may not.

use super::{Pairs, labels, push_pair};
use crate::error::WireError;
use crate::names::is_label_name;
use crate::rfc3339;
use bytes::Bytes;
use model::{Labels, LogBatch, LogEntry, Nanos, StreamEntries};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Reads the present form. `null` and `{}` are a request without streams.
pub fn decode_json(body: &Bytes) -> Result<LogBatch, WireError> {
    let body = as_text(body);
    let request: Option<Request<'_>> = parse(&body)?;
    let mut batch = LogBatch::default();
    for stream in request.and_then(|r| r.streams).unwrap_or_default() {
        let entries = stream.values.unwrap_or_default();
        let entries = entries.into_iter().map(|entry| entry.build(&body)).collect();
        batch
            .streams
            .push(StreamEntries { labels: stream_labels(stream.stream.unwrap_or_default())?, entries });
    }
    Ok(batch)
}

/// Reads the older form.
pub fn decode_legacy_json(body: &Bytes) -> Result<LogBatch, WireError> {
    let body = as_text(body);
    let request: Option<LegacyRequest<'_>> = parse(&body)?;
    let mut batch = LogBatch::default();
    for stream in request.and_then(|r| r.streams).unwrap_or_default() {
        let labels = labels::parse(&stream.labels.0).map_err(cannot_parse)?;
        let mut entries = Vec::new();
        for entry in stream.entries.unwrap_or_default() {
            let at = rfc3339::parse(&entry.ts.0).ok_or_else(|| {
                WireError::Json(format!("parsing time {:?} as RFC 3339 failed", entry.ts.0))
            })?;
            entries.push(LogEntry { at, line: slice(&body, entry.line.0), metadata: Arc::from([]) });
        }
        batch.streams.push(StreamEntries { labels, entries });
    }
    Ok(batch)
}

/// The body, with bytes that are no UTF-8 replaced.
fn as_text(body: &Bytes) -> Bytes {
    match std::str::from_utf8(body) {
        Ok(_) => body.clone(),
        Err(_) => Bytes::from(String::from_utf8_lossy(body).into_owned()),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, WireError> {
    match body.trim_ascii_start().first() {
        None => return Err(WireError::Json("EOF".to_owned())),
        Some(b'{' | b'n') => {}
        Some(other) => {
            let found = char::from(*other);
            return Err(WireError::Json(format!("expected an object with streams, found {found:?}")));
        }
    }
    serde_json::from_slice(body).map_err(|e| WireError::Json(e.to_string()))
}

fn cannot_parse(error: WireError) -> WireError {
    WireError::Value(format!("couldn't parse labels: {error}"))
}

fn slice(body: &Bytes, text: Cow<'_, str>) -> Bytes {
    match text {
        Cow::Borrowed(text) => body.slice_ref(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    }
}

fn stream_labels(StreamLabels(mut pairs): StreamLabels<'_>) -> Result<Labels, WireError> {
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some((bad, _)) = pairs.iter().find(|(name, _)| !is_label_name(name)) {
        // The reference writes the labels as text and reads them back: its error names the place in that text.
        let text: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
        let error = labels::parse(&format!("{{{}}}", text.join(", "))).err();
        return Err(cannot_parse(
            error.unwrap_or_else(|| WireError::Value(format!("invalid label name {bad:?}"))),
        ));
    }
    Ok(Labels::from_pairs(pairs))
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    streams: Option<Vec<Stream<'a>>>,
}

#[derive(Deserialize)]
struct Stream<'a> {
    #[serde(borrow)]
    stream: Option<StreamLabels<'a>>,
    #[serde(borrow)]
    values: Option<Vec<Entry<'a>>>,
}

#[derive(Deserialize)]
struct LegacyRequest<'a> {
    #[serde(borrow)]
    streams: Option<Vec<LegacyStream<'a>>>,
}

#[derive(Deserialize)]
struct LegacyStream<'a> {
    #[serde(borrow, default)]
    labels: Text<'a>,
    #[serde(borrow)]
    entries: Option<Vec<LegacyEntry<'a>>>,
}

#[derive(Deserialize)]
struct LegacyEntry<'a> {
    #[serde(borrow, alias = "timestamp")]
    ts: Text<'a>,
    #[serde(borrow, default)]
    line: Text<'a>,
}

/// A string, borrowed from the body unless it holds escapes.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(V)
    }
}

/// Stream labels in the order sent.
#[derive(Default)]
struct StreamLabels<'a>(Vec<(Cow<'a, str>, String)>);

impl<'de: 'a, 'a> Deserialize<'de> for StreamLabels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = StreamLabels<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of stream labels")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Text(name), Scalar(value))) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(StreamLabels(pairs))
            }
        }
        deserializer.deserialize_map(V)
    }
}

/// A label value: a string, or the text of a number or bool.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Scalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a label value")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<Scalar, E> {
                Ok(Scalar(n.to_string()))
            }
            fn visit_i64<E: Error>(self, n: i64) -> Result<Scalar, E> {
                Ok(Scalar(n.to_string()))
            }
            fn visit_f64<E: Error>(self, n: f64) -> Result<Scalar, E> {
                Ok(Scalar(n.to_string()))
            }
            fn visit_bool<E: Error>(self, b: bool) -> Result<Scalar, E> {
                Ok(Scalar(b.to_string()))
            }
        }
        deserializer.deserialize_any(V)
    }
}

struct Entry<'a> {
    at: Nanos,
    line: Cow<'a, str>,
    pairs: Pairs,
}

impl Entry<'_> {
    fn build(self, body: &Bytes) -> LogEntry {
        LogEntry { at: self.at, line: slice(body, self.line), metadata: Arc::from(self.pairs) }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Entry<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of a timestamp in text, a line and optional metadata")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let Text(at) =
                    seq.next_element()?.ok_or_else(|| A::Error::custom("an entry without a timestamp"))?;
                let at = at.parse().map(Nanos).map_err(|_| {
                    A::Error::custom(format!("timestamp {at:?} is not a whole number of nanoseconds"))
                })?;
                let Text(line) = seq.next_element()?.unwrap_or_default();
                let Metadata(pairs) = seq.next_element()?.unwrap_or_default();
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Entry { at, line, pairs })
            }
        }
        deserializer.deserialize_seq(V)
    }
}

#[derive(Default)]
struct Metadata(Pairs);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Metadata;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of structured metadata with text values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut pairs = Pairs::new();
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    push_pair(&mut pairs, &name, &value);
                }
                Ok(Metadata(pairs))
            }
        }
        deserializer.deserialize_map(V)
    }
}
