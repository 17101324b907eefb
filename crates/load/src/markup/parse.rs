//! From text to tree: tags, attributes, references, and the recovery rules of [`super`].

use super::{Document, Kind, Node, NodeId, RAW, VOID};

/// 1 M nodes: a page that large is cut.
const MAX_NODES: usize = 1 << 20;

/// Elements that belong into the head of a page that has not begun its body.
const HEAD: [&str; 7] = ["title", "meta", "link", "base", "style", "script", "head"];

/// For each element, those that a start tag of it closes when they are open and nearer than the second list.
const CLOSES: &[(&str, &[&str], &[&str])] = &[
    ("li", &["li"], &["ul", "ol"]),
    ("dt", &["dt", "dd"], &["dl"]),
    ("dd", &["dt", "dd"], &["dl"]),
    ("option", &["option"], &["select"]),
    ("optgroup", &["option", "optgroup"], &["select"]),
    ("tr", &["tr", "td", "th"], &["table"]),
    ("td", &["td", "th"], &["tr", "table"]),
    ("th", &["td", "th"], &["tr", "table"]),
    ("tbody", &["tr", "td", "th", "thead", "tbody"], &["table"]),
    ("tfoot", &["tr", "td", "th", "thead", "tbody"], &["table"]),
];
/// Elements whose start tag ends an open paragraph.
const ENDS_PARAGRAPH: [&str; 24] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "div",
    "dl",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "table",
    "ul",
];

struct Builder<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
    /// Open elements, outermost first; the first is the document.
    open: Vec<NodeId>,
    body: Option<NodeId>,
    head: Option<NodeId>,
    html: Option<NodeId>,
}

pub(super) fn parse(text: &str) -> Document {
    let root = Node { kind: Kind::Document, parent: 0, children: Vec::new() };
    let mut builder =
        Builder { text, at: 0, nodes: vec![root], open: vec![0], body: None, head: None, html: None };
    while builder.at < text.len() && builder.nodes.len() < MAX_NODES {
        builder.step();
    }
    builder.body();
    Document { nodes: builder.nodes }
}

impl Builder<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        let second = rest.as_bytes().get(1).copied().unwrap_or(0);
        if !rest.starts_with('<') || !(second.is_ascii_alphabetic() || matches!(second, b'/' | b'!' | b'?')) {
            let end = rest[1.min(rest.len())..].char_indices().find(|(_, c)| *c == '<');
            let skip = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest[skip..].find('<').map_or(rest.len(), |e| e + skip).max(end.map_or(0, |_| skip));
            let text = unreferenced(&rest[..end]);
            self.at += end;
            self.add_text(text);
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            let end = comment.find("-->");
            let content = comment[..end.unwrap_or(comment.len())].to_owned();
            self.at += end.map_or(rest.len(), |e| e + 7);
            self.add(Kind::Comment(content));
        } else if matches!(second, b'!' | b'?') {
            let end = rest.find('>').unwrap_or(rest.len());
            let content = rest[2..end].trim().to_owned();
            self.at += (end + 1).min(rest.len());
            if content.get(..7).is_some_and(|c| c.eq_ignore_ascii_case("doctype")) {
                self.add(Kind::Doctype(content[7..].trim().to_owned()));
            }
        } else if second == b'/' {
            let end = rest.find('>').unwrap_or(rest.len());
            let name = rest[2..end].split_whitespace().next().unwrap_or("").to_ascii_lowercase();
            self.at += (end + 1).min(rest.len());
            self.end_tag(&name);
        } else {
            self.start_tag();
        }
    }

    fn add(&mut self, kind: Kind) -> NodeId {
        let parent = self.open.last().copied().unwrap_or(0);
        self.add_to(parent, kind)
    }

    fn add_to(&mut self, parent: NodeId, kind: Kind) -> NodeId {
        self.nodes.push(Node { kind, parent, children: Vec::new() });
        let id = self.nodes.len() - 1;
        self.nodes[parent].children.push(id);
        id
    }

    fn add_text(&mut self, text: String) {
        if self.body.is_none() && text.trim().is_empty() && !self.is_inside_raw() {
            return;
        }
        if !self.is_inside_raw() {
            self.body();
        }
        self.add(Kind::Text(text));
    }

    fn is_inside_raw(&self) -> bool {
        self.open.last().is_some_and(
            |id| matches!(&self.nodes[*id].kind, Kind::Element(n, _) if RAW.contains(&n.as_str())),
        )
    }

    fn html(&mut self) -> NodeId {
        if self.html.is_none() {
            let id = self.add_to(0, Kind::Element("html".to_owned(), Vec::new()));
            self.html = Some(id);
            self.open = vec![0, id];
        }
        self.html.unwrap_or(0)
    }

    fn head(&mut self) -> NodeId {
        let html = self.html();
        if self.head.is_none() {
            let id = self.add_to(html, Kind::Element("head".to_owned(), Vec::new()));
            self.head = Some(id);
            self.open = vec![0, html, id];
        }
        self.head.unwrap_or(0)
    }

    fn body(&mut self) -> NodeId {
        let html = self.html();
        self.head();
        if self.body.is_none() {
            let id = self.add_to(html, Kind::Element("body".to_owned(), Vec::new()));
            self.body = Some(id);
            self.open = vec![0, html, id];
        }
        self.body.unwrap_or(0)
    }

    fn start_tag(&mut self) {
        let (name, attributes, length, closed) = tag(self.rest());
        self.at += length;
        match name.as_str() {
            "html" | "head" | "body" => {
                let id = match name.as_str() {
                    "html" => self.html(),
                    "head" => self.head(),
                    _ => self.body(),
                };
                if let Kind::Element(_, own) = &mut self.nodes[id].kind {
                    let more: Vec<_> =
                        attributes.into_iter().filter(|(n, _)| !own.iter().any(|(o, _)| o == n)).collect();
                    own.extend(more);
                }
                return;
            }
            other if self.body.is_none() && HEAD.contains(&other) => drop(self.head()),
            _ => drop(self.body()),
        }
        self.imply_ends(&name);
        let id = self.add(Kind::Element(name.clone(), attributes));
        if VOID.contains(&name.as_str()) || closed {
            return;
        }
        if RAW.contains(&name.as_str()) {
            let rest = self.rest();
            let end = find_end(rest, &name).unwrap_or(rest.len());
            let raw = &rest[..end];
            let text =
                if matches!(name.as_str(), "script" | "style") { raw.to_owned() } else { unreferenced(raw) };
            self.at += end;
            if !text.is_empty() {
                self.add_to(id, Kind::Text(text));
            }
        }
        self.open.push(id);
    }

    /// Closes what a start tag closes without an end tag.
    fn imply_ends(&mut self, name: &str) {
        if ENDS_PARAGRAPH.contains(&name) {
            self.close_nearest(&["p"], &["table", "td", "th", "button"]);
        }
        if let Some((_, closes, stops)) = CLOSES.iter().find(|(n, ..)| *n == name) {
            while self.close_nearest(closes, stops) {}
        }
    }

    /// Closes the nearest open element of `names`, unless one of `stops` is nearer.
    fn close_nearest(&mut self, names: &[&str], stops: &[&str]) -> bool {
        for at in (1..self.open.len()).rev() {
            let Kind::Element(name, _) = &self.nodes[self.open[at]].kind else { continue };
            if names.contains(&name.as_str()) {
                self.open.truncate(at);
                return true;
            }
            if stops.contains(&name.as_str()) {
                return false;
            }
        }
        false
    }

    fn end_tag(&mut self, name: &str) {
        if matches!(name, "html" | "body") {
            return;
        }
        if name == "head" {
            self.body();
            return;
        }
        self.close_nearest(&[name], &["body", "html"]);
    }
}

type Tag = (String, Vec<(String, String)>, usize, bool);

/// Reads a start tag: name, attributes, length in bytes, and whether it ends in `/>`.
fn tag(text: &str) -> Tag {
    let bytes = text.as_bytes();
    let stop = |from: usize, is: fn(u8) -> bool| {
        bytes[from..].iter().position(|b| is(*b)).map_or(bytes.len(), |p| p + from)
    };
    let mut at = stop(1, |b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    let name = text[1..at].to_ascii_lowercase();
    let (mut attributes, mut closed): (Vec<(String, String)>, bool) = (Vec::new(), false);
    while at < bytes.len() {
        match bytes[at] {
            b'>' => return (name, attributes, at + 1, closed),
            b'/' => {
                closed = bytes.get(at + 1) == Some(&b'>');
                at += 1;
            }
            b if b.is_ascii_whitespace() => at += 1,
            _ => {
                let end = stop(at + 1, |b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'='));
                let key = text[at..end].to_ascii_lowercase();
                at = stop(end, |b| !b.is_ascii_whitespace());
                let mut value = String::new();
                if bytes.get(at) == Some(&b'=') {
                    at = stop((at + 1).min(bytes.len()), |b| !b.is_ascii_whitespace());
                    (value, at) = attribute_value(text, at);
                }
                if !attributes.iter().any(|(k, _)| *k == key) {
                    attributes.push((key, value));
                }
            }
        }
    }
    (name, attributes, bytes.len(), closed)
}

/// Reads an attribute's value at `at`; returns it and where it ends.
fn attribute_value(text: &str, at: usize) -> (String, usize) {
    let rest = &text[at..];
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = rest[1..].find(quote).map_or(rest.len(), |e| e + 1);
        return (unreferenced(&rest[1..end]), (at + end + 1).min(text.len()));
    }
    let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(rest.len());
    (unreferenced(&rest[..end]), at + end)
}

/// Where the end tag of a raw element begins.
fn find_end(text: &str, name: &str) -> Option<usize> {
    text.match_indices("</").map(|(at, _)| at).find(|at| {
        text.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

/// Replaces character references.
fn unreferenced(text: &str) -> String {
    const NAMED: [(&str, &str); 14] = [
        ("amp", "&"),
        ("lt", "<"),
        ("gt", ">"),
        ("quot", "\""),
        ("apos", "'"),
        ("nbsp", "\u{a0}"),
        ("copy", "©"),
        ("reg", "®"),
        ("hellip", "…"),
        ("mdash", "—"),
        ("ndash", "–"),
        ("laquo", "«"),
        ("raquo", "»"),
        ("euro", "€"),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.char_indices().take(32).find(|(_, c)| *c == ';').map(|(e, _)| e);
        let found = end.and_then(|end| {
            let name = &rest[1..end];
            let code = match name.strip_prefix('#') {
                Some(hex) if hex.starts_with(['x', 'X']) => u32::from_str_radix(&hex[1..], 16).ok(),
                Some(decimal) => decimal.parse().ok(),
                None => None,
            };
            let by_name = NAMED.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            code.and_then(char::from_u32).map(String::from).or(by_name)
        });
        match (found, end) {
            (Some(value), Some(end)) => {
                out.push_str(&value);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}
