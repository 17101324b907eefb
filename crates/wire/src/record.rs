//! Log records made of named fields, as JSON documents, syslog and the journal have them, and how each becomes a line.
//!
//! On the write walk between a decoder of such a protocol and `server/ingest.rs`. A [`Mapping`] says which fields hold the
//! time, the line and the stream's labels; what is left becomes structured metadata:
//! ```text
//! {"@timestamp": "..", "message": "GET /", "host": {"name": "a"}, "code": 200}
//!   time                line                stream label host_name    metadata code
//! ```
//! Invariant: names come out in the alphabet of labels, a record has at most [`MAX_FIELDS`] fields, and no name is longer
//! than [`MAX_NAME_BYTES`], so that nested objects cannot grow a body beyond what it costs to send.

pub mod bulk;
mod colors;
pub mod journald;
mod json;
pub mod times;

use crate::error::WireError;
use crate::names;
use bytes::Bytes;
use model::{Labels, LogBatch, LogEntry, Nanos, StreamEntries};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Fields of one record: what the replaced search engine allows an index to have.
pub const MAX_FIELDS: usize = 1000;

/// Bytes of one dotted name: what a label's name may have.
pub const MAX_NAME_BYTES: usize = 1024;

/// The fields of a record by their dotted names, in the order sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    /// Reads a JSON object. Names of nested objects are joined by dots, arrays stay text, `null` is a field that is not
    /// there.
    pub fn from_json(text: &'a str) -> Result<Self, WireError> {
        json::object(text)
    }

    /// Adds a field. An empty value is a field that is not there.
    pub fn push(
        &mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Result<(), WireError> {
        let (name, value) = (name.into(), value.into());
        if value.is_empty() {
            return Ok(());
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(WireError::TooLarge { what: "the name of a field", limit: MAX_NAME_BYTES });
        }
        if self.0.len() >= MAX_FIELDS {
            return Err(WireError::Value(format!("a record has more than {MAX_FIELDS} fields")));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// Names and values in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// A JSON object of texts: the line of a record whose protocol is no text.
    pub fn to_json(&self) -> String {
        let mut out = serde_json::Map::new();
        self.iter().for_each(|(name, value)| drop(out.insert(name.to_owned(), value.into())));
        serde_json::Value::Object(out).to_string()
    }

    /// How many fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which fields of a record become what. A list of names is tried in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Fields that may hold the time; a record without any of them happens now.
    pub time: Vec<String>,
    /// Fields that may hold the line; a record without any of them is its own line.
    pub message: Vec<String>,
    /// Fields that become labels of the stream.
    pub stream: Vec<String>,
    /// Fields that are left out; one that ends in `*` leaves out all that begin so.
    pub ignored: Vec<String>,
    /// Fields that every record gets; they win over its own.
    pub extra: Vec<(String, String)>,
    /// Fields whose values lose the sequences by which terminals colour text; one that ends in `*` means all that begin so.
    pub decolorized: Vec<String>,
}

/// A line and its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Labels of its stream.
    pub labels: Labels,
    /// The line with its metadata.
    pub entry: LogEntry,
}

impl Mapping {
    /// The line that `fields` stand for. `body` is what they were read from, and `whole` the part of it that becomes the
    /// line when no field holds one.
    pub fn record(
        &self,
        fields: Fields<'_>,
        body: &Bytes,
        whole: &str,
        now: Nanos,
    ) -> Result<Record, WireError> {
        let at = self.time_of(&fields)?.unwrap_or(now);
        let message = self.message.iter().find_map(|name| fields.0.iter().position(|(n, _)| n == name));
        let mut labels: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        let mut metadata: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        let mut line = None;
        let extra = self.extra.iter().map(|(name, value)| (Cow::from(name), Cow::from(value)));
        for (position, (name, mut value)) in fields.0.into_iter().enumerate() {
            if value.contains(colors::ESCAPE) && is_among(&self.decolorized, &name) {
                value = Cow::Owned(colors::without(&value));
            }
            if message == Some(position) {
                line = Some(value);
            } else if self.keeps(&name) {
                self.place(&name, &value, &mut labels, &mut metadata);
            }
        }
        for (name, value) in extra {
            self.place(&name, &value, &mut labels, &mut metadata);
        }
        let line = match line {
            Some(Cow::Owned(text)) => Bytes::from(text),
            Some(Cow::Borrowed(text)) => slice(body, text),
            None => slice(body, whole),
        };
        let entry = LogEntry { at, line, metadata: Arc::from(metadata) };
        Ok(Record { labels: Labels::from_pairs(labels), entry })
    }

    fn time_of(&self, fields: &Fields<'_>) -> Result<Option<Nanos>, WireError> {
        let found = self.time.iter().find_map(|name| Some((name, fields.get(name)?)));
        let Some((name, text)) = found.filter(|(_, text)| *text != "0") else { return Ok(None) };
        let at = times::parse(text);
        at.map(Some).ok_or_else(|| WireError::Value(format!("the field {name:?} holds no time: {text:?}")))
    }

    /// Whether a field of the record goes on: not those that were read already, that are left out, or that are replaced.
    fn keeps(&self, name: &str) -> bool {
        !self.time.iter().any(|time| time == name)
            && !is_among(&self.ignored, name)
            && !self.extra.iter().any(|(extra, _)| extra == name)
    }

    fn place<'f>(
        &self,
        name: &str,
        value: &str,
        labels: &mut Vec<(Cow<'f, str>, Cow<'f, str>)>,
        metadata: &mut Vec<(Arc<str>, Arc<str>)>,
    ) {
        let is_label = self.stream.iter().any(|stream| stream == name);
        let bent =
            if names::is_label_name(name) { Cow::from(name) } else { Cow::from(names::to_label_name(name)) };
        if is_label {
            labels.push((Cow::from(bent.into_owned()), Cow::from(value.to_owned())));
        } else if !bent.is_empty() {
            metadata.push((Arc::from(&*bent), Arc::from(value)));
        }
    }
}

/// Whether a list of names has this one; a name that ends in `*` stands for all that begin so.
fn is_among(names: &[String], name: &str) -> bool {
    names.iter().any(|listed| match listed.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => listed == name,
    })
}

/// A part of `body` without copying it; text from elsewhere is copied.
fn slice(body: &Bytes, text: &str) -> Bytes {
    let (body_at, text_at) = (body.as_ptr().addr(), text.as_ptr().addr());
    match text_at.checked_sub(body_at) {
        Some(from) if from + text.len() <= body.len() => body.slice(from..from + text.len()),
        _ => Bytes::copy_from_slice(text.as_bytes()),
    }
}

/// Collects records into a batch, each stream once.
#[derive(Debug, Default)]
pub struct Streams {
    batch: LogBatch,
    known: HashMap<Labels, usize>,
}

impl Streams {
    /// Adds a record.
    pub fn push(&mut self, record: Record) {
        let next = self.batch.streams.len();
        let at = *self.known.entry(record.labels).or_insert_with_key(|labels| {
            self.batch.streams.push(StreamEntries { labels: labels.clone(), entries: Vec::new() });
            next
        });
        self.batch.streams[at].entries.push(record.entry);
    }

    /// The batch.
    pub fn finish(self) -> LogBatch {
        self.batch
    }
}

#[cfg(test)]
mod tests;
