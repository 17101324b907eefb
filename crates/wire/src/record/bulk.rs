//! The bulk protocol of Elasticsearch: a line that says what to do, then the document to do it with.
//! ```text
//! {"create":{"_index":"logs","_id":"1"}}
//! {"@timestamp":"2026-11-25T10:00:00Z","message":"a line"}
//! ```
//! On the write walk after `server/api/elasticsearch.rs`; documents become lines by [`crate::record`].
//! Source: <https://www.elastic.co/guide/en/elasticsearch/reference/8.17/docs-bulk.html>

use crate::error::WireError;
use std::borrow::Cow;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Stores a document, in place of an earlier one if it has the same id.
    Index,
    /// Stores a document that is not there yet.
    Create,
    /// Changes a part of a document.
    Update,
    /// Removes a document.
    Delete,
}

impl Action {
    /// The word of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Index => "index",
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        }
    }
}

/// One operation of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation<'a> {
    /// What it does.
    pub action: Action,
    /// The index it names, "" for none.
    pub index: Cow<'a, str>,
    /// The id it gives the document.
    pub id: Option<String>,
    /// The document's text; "" for a removal.
    pub source: &'a str,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line<'a> {
    #[serde(borrow)]
    Index(Target<'a>),
    Create(Target<'a>),
    Update(Target<'a>),
    Delete(Target<'a>),
}

#[derive(serde::Deserialize)]
struct Target<'a> {
    #[serde(borrow, default, rename = "_index")]
    index: Option<Cow<'a, str>>,
    #[serde(default, rename = "_id")]
    id: Option<Id>,
}

/// An id: text, or a number that older clients write.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

impl Id {
    fn text(self) -> String {
        match self {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

/// Reads the operations of a body. One that cannot be told from its document fails all of them, since nothing after it
/// can be told apart either; documents are not looked at.
pub fn operations(body: &str) -> Result<Vec<Operation<'_>>, WireError> {
    let mut out = Vec::new();
    let mut lines = body.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let malformed = |reason: String| {
            WireError::Json(format!("Malformed action/metadata line [{}], {reason}", at + 1))
        };
        let read: Line<'_> = serde_json::from_str(line).map_err(|error| malformed(error.to_string()))?;
        let (action, target) = match read {
            Line::Index(target) => (Action::Index, target),
            Line::Create(target) => (Action::Create, target),
            Line::Update(target) => (Action::Update, target),
            Line::Delete(target) => (Action::Delete, target),
        };
        let source = match action {
            Action::Delete => "",
            _ => lines
                .next()
                .map(|(_, source)| source)
                .ok_or_else(|| malformed("no document follows".into()))?,
        };
        let (index, id) = (target.index.unwrap_or_default(), target.id.map(Id::text));
        out.push(Operation { action, index, id, source });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn operations_are_read_with_their_documents() {
        let body = "{\"create\":{}}\n{\"a\":1}\r\n\n{\"index\":{\"_index\":\"lo\\u0067s\",\"_id\":7,\"pipeline\":\"x\"}}\nnot read\n{\"delete\":{\"_index\":\"i\",\"_id\":\"1\"}}\n{\"update\":{\"_id\":\"2\"}}\n{\"doc\":{}}";
        let read: Vec<_> = operations(body).unwrap();
        let shown: Vec<String> = read
            .iter()
            .map(|o| format!("{} {:?} {:?} {}", o.action.as_str(), &*o.index, o.id.as_deref(), o.source))
            .collect();
        assert_eq!(
            shown,
            [
                "create \"\" None {\"a\":1}",
                "index \"logs\" Some(\"7\") not read",
                "delete \"i\" Some(\"1\") ",
                "update \"\" Some(\"2\") {\"doc\":{}}",
            ]
        );
        for (bad, begin) in [
            ("x\n{}", "Malformed action/metadata line [1], "),
            (
                "{\"create\":{}}\n{}\n{\"merge\":{}}\n{}",
                "Malformed action/metadata line [3], unknown variant `merge`",
            ),
            ("{\"index\":{}}", "Malformed action/metadata line [1], no document follows"),
        ] {
            let error = operations(bad).unwrap_err().to_string();
            assert!(error.starts_with(begin), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), like in "(\\{\"(index|delete)\":\\{\\}\\}\n|x\n|\n){0,6}") {
            let _ = (operations(&text), operations(&like));
        }
    }
}
