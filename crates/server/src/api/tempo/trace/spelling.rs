//! How a trace is spelled: at the first or the second path, in JSON or protobuf, whole or a part at a time.
//!
//! Invariant: head, parts and tail together are what the trace in one part would be, but for resources that come again.

use crate::api::tempo::encode;
use bytes::Bytes;
use model::SpanBatch;
use wire::otlp::traces::write_batch;
use wire::proto::Writer;

/// `application/protobuf`, as this API spells it.
pub(super) const PROTOBUF: &str = "application/protobuf";

/// The number of a partial answer: what was found is not all there is.
const PARTIAL: u64 = 1;

/// A path and a content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) second: bool,
    pub(super) protobuf: bool,
}

impl Spelling {
    pub(super) fn content_type(self) -> &'static str {
        if self.protobuf { PROTOBUF } else { "application/json" }
    }

    /// What comes before the first part.
    pub(super) fn head(self) -> Bytes {
        Bytes::from_static(match (self.protobuf, self.second) {
            (true, _) => b"",
            (false, false) => br#"{"batches":["#,
            (false, true) => br#"{"trace":{"resourceSpans":["#,
        })
    }

    /// A part; `again` for all but the first. A field of protobuf that comes again adds to what it held.
    pub(super) fn part(self, spans: &SpanBatch, again: bool) -> Bytes {
        if self.protobuf {
            let mut w = Writer::new();
            match self.second {
                true => w.message(1, |w| write_batch(w, spans)),
                false => write_batch(&mut w, spans),
            }
            return Bytes::from(w.finish());
        }
        let mut out = String::new();
        encode::resource_spans(&mut out, spans);
        let list = out.trim_start_matches('[').trim_end_matches(']');
        let comma = if again && !list.is_empty() { "," } else { "" };
        // Brackets of the list: whatever stands in it is an object.
        Bytes::from(format!("{comma}{list}"))
    }

    /// What comes after the last part.
    pub(super) fn tail(self) -> Bytes {
        match (self.protobuf, self.second) {
            (true, false) => Bytes::new(),
            (true, true) => {
                let mut w = Writer::new();
                w.message(2, |_| ());
                Bytes::from(w.finish())
            }
            (false, false) => Bytes::from_static(b"]}"),
            (false, true) => Bytes::from_static(br#"]},"metrics":{}}"#),
        }
    }

    /// A trace in one part; at the second path also one that is not there.
    pub(super) fn whole(self, spans: Option<&SpanBatch>) -> Bytes {
        self.whole_but(spans, "")
    }

    /// A trace at the second path of which something was left out, and what is said of that; "" when nothing was.
    pub(super) fn whole_but(self, spans: Option<&SpanBatch>, said: &str) -> Bytes {
        let pieces = match (spans, self.protobuf) {
            (Some(spans), _) if said.is_empty() => vec![self.head(), self.part(spans, false), self.tail()],
            (Some(spans), true) => {
                let mut w = Writer::new();
                w.message(2, |_| ());
                w.uint(3, PARTIAL);
                w.text(4, said);
                vec![self.part(spans, false), Bytes::from(w.finish())]
            }
            (Some(spans), false) => {
                let said = serde_json::Value::from(said);
                let tail = format!(r#"]}},"metrics":{{}},"status":"PARTIAL","message":{said}}}"#);
                vec![self.head(), self.part(spans, false), Bytes::from(tail)]
            }
            (None, false) => vec![Bytes::from_static(br#"{"trace":{},"metrics":{}}"#)],
            (None, true) => vec![self.part(&SpanBatch::default(), false), self.tail()],
        };
        Bytes::from(pieces.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ResourceSpans, ScopeSpans, Span};

    fn batch(name: &str) -> SpanBatch {
        let spans = vec![Span { name: name.into(), ..Span::default() }];
        let scopes = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        SpanBatch { resources: vec![ResourceSpans { scopes, ..ResourceSpans::default() }] }
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let (a, b) = (batch("a"), batch("[b]"));
        let both = SpanBatch { resources: [&a.resources[..], &b.resources[..]].concat() };
        for (second, protobuf) in [(false, false), (true, false), (false, true), (true, true)] {
            let spelling = Spelling { second, protobuf };
            let parts = [spelling.head(), spelling.part(&a, false), spelling.part(&b, true), spelling.tail()];
            let (parts, whole) = (parts.concat(), spelling.whole(Some(&both)));
            if !protobuf {
                assert_eq!(parts, whole);
                serde_json::from_slice::<serde_json::Value>(&parts).unwrap();
            } else if !second {
                assert_eq!(parts, whole);
            } else {
                assert_eq!(parts.len(), whole.len() + 2, "field 1 comes twice");
            }
        }
    }
}
