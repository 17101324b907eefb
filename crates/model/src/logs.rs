//! Log lines, grouped by stream as they arrive.

use crate::labels::Labels;
use crate::time::Nanos;
use bytes::Bytes;
use std::sync::Arc;

/// One line. The text is a slice of the request's body where that is possible.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: Nanos,
    /// The line, valid UTF-8 (doors replace what is not).
    pub line: Bytes,
    /// Structured metadata in the order sent, names already sanitised.
    pub metadata: Arc<[(Arc<str>, Arc<str>)]>,
}

impl LogEntry {
    /// The line as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.line).unwrap_or("")
    }
}

/// Lines of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEntries {
    /// The stream's labels.
    pub labels: Labels,
    /// Its lines, in the order sent.
    pub entries: Vec<LogEntry>,
}

/// The body of a request as it was sent, and unpacked: lines that are slices of it need not be packed anew to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedBody {
    /// As it was sent: a Snappy block.
    pub packed: Bytes,
    /// What is in it.
    pub unpacked: Bytes,
}

impl PackedBody {
    /// Where in the unpacked body a line stands; `None` when it is no slice of it.
    pub fn place_of(&self, line: &Bytes) -> Option<usize> {
        let start = (line.as_ptr() as usize).checked_sub(self.unpacked.as_ptr() as usize)?;
        (start.checked_add(line.len())? <= self.unpacked.len()).then_some(start)
    }
}

/// Lines of one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogBatch {
    /// By stream.
    pub streams: Vec<StreamEntries>,
    /// What they are slices of, as far as a door knows.
    pub body: Option<PackedBody>,
}

impl LogBatch {
    /// How many lines.
    pub fn len(&self) -> usize {
        self.streams.iter().map(|s| s.entries.len()).sum()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.streams.iter().all(|s| s.entries.is_empty())
    }
}
