//! HTML for `k6/html`: a forgiving parser, a tree in one array, and CSS selectors.
//!
//! Not a browser: no scripts, no layout, and of the standard's recovery rules those that pages in the wild need (optional
//! end tags, implied body, void elements, raw text). Invariant: every node but the root has a parent with a smaller number
//! than its own children; `next` chains end.

mod parse;
mod select;

pub(crate) use select::Selector;

/// Position of a node in its document.
pub(crate) type NodeId = usize;

/// A document. Node 0 is the document itself.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    nodes: Vec<Node>,
}

/// One node.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its parent; the document's is itself.
    pub(crate) parent: NodeId,
    /// Its children, in order.
    pub(crate) children: Vec<NodeId>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Document,
    Doctype(String),
    Text(String),
    Comment(String),
    /// Name in lower case; attributes in order, each name once.
    Element(String, Vec<(String, String)>),
}

/// Elements that have no content.
const VOID: [&str; 15] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "meta", "param", "source",
    "track", "wbr",
];
/// Elements whose content is text to the end tag.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

impl Document {
    /// Parses a page. Never fails: what cannot be understood is text.
    pub(crate) fn parse(text: &str) -> Self {
        parse::parse(text)
    }

    /// A node.
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The name of an element.
    pub(crate) fn name(&self, id: NodeId) -> Option<&str> {
        match &self.nodes.get(id)?.kind {
            Kind::Element(name, _) => Some(name),
            _ => None,
        }
    }

    /// An attribute of an element.
    pub(crate) fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        match &self.nodes.get(id)?.kind {
            Kind::Element(_, attributes) => {
                attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
            }
            _ => None,
        }
    }

    /// Whether it is an element.
    pub(crate) fn is_element(&self, id: NodeId) -> bool {
        self.name(id).is_some()
    }

    /// All nodes below `id`, in the order of the page.
    pub(crate) fn below(&self, id: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut open: Vec<NodeId> =
            self.nodes.get(id).map(|n| n.children.iter().rev().copied().collect()).unwrap_or_default();
        while let Some(at) = open.pop() {
            found.push(at);
            open.extend(self.nodes[at].children.iter().rev());
        }
        found
    }

    /// The text of a node and of everything below it.
    pub(crate) fn text(&self, id: NodeId) -> String {
        let own = std::iter::once(id).chain(self.below(id));
        own.filter_map(|at| match &self.nodes.get(at)?.kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
    }

    /// What is inside a node, written as HTML.
    pub(crate) fn inner_html(&self, id: NodeId) -> String {
        let mut out = String::new();
        if let Some(node) = self.nodes.get(id) {
            node.children.iter().for_each(|c| self.write(*c, &mut out, 0));
        }
        out
    }

    /// 512 levels: deeper trees are cut when written, so that no page overflows the stack.
    const MAX_DEPTH: usize = 512;

    fn write(&self, id: NodeId, out: &mut String, depth: usize) {
        if depth > Self::MAX_DEPTH {
            return;
        }
        let node = &self.nodes[id];
        match &node.kind {
            Kind::Document => node.children.iter().for_each(|c| self.write(*c, out, depth + 1)),
            Kind::Doctype(text) => out.push_str(&format!("<!DOCTYPE {text}>")),
            Kind::Comment(text) => out.push_str(&format!("<!--{text}-->")),
            Kind::Text(text) => {
                let raw = self.name(node.parent).is_some_and(|n| matches!(n, "script" | "style"));
                out.push_str(&if raw { text.clone() } else { escape(text, false) });
            }
            Kind::Element(name, attributes) => {
                out.push('<');
                out.push_str(name);
                for (key, value) in attributes {
                    out.push_str(&format!(" {key}=\"{}\"", escape(value, true)));
                }
                if VOID.contains(&name.as_str()) {
                    out.push_str("/>");
                    return;
                }
                out.push('>');
                node.children.iter().for_each(|c| self.write(*c, out, depth + 1));
                out.push_str(&format!("</{name}>"));
            }
        }
    }
}

fn escape(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(page: &str, selector: &str) -> Vec<String> {
        let document = Document::parse(page);
        let selector = Selector::parse(selector).unwrap();
        document
            .below(0)
            .into_iter()
            .filter(|n| selector.matches(&document, *n))
            .map(|n| document.text(n))
            .collect()
    }

    const PAGE: &str = "<!DOCTYPE html><title>T &amp; t</title><div id=d class='a b'><p>one <b>bold</b><p class=x>two</p></div>\
        <ul><li>1<li data-k='v w'>2<li>3</ul><script>if (a < b) {}</script><input name=q checked>tail<!-- c -->";

    #[test]
    fn selectors_find_what_they_say() {
        for (selector, wanted) in [
            ("title", &["T & t"][..]),
            ("#d > p", &["one bold", "two"]),
            ("div.a.b p.x, b", &["bold", "two"]),
            ("li:first-child", &["1"]),
            ("li:nth-child(2n+1)", &["1", "3"]),
            ("li:last-child", &["3"]),
            ("[data-k]", &["2"]),
            ("[data-k~=w]", &["2"]),
            ("li[data-k^='v']:not(.z)", &["2"]),
            ("p + p", &["two"]),
            ("p ~ .x", &["two"]),
            ("ul li:contains(3)", &["3"]),
            ("script", &["if (a < b) {}"]),
            ("p:has(b)", &["one bold"]),
        ] {
            assert_eq!(check(PAGE, selector), wanted, "{selector}");
        }
        for bad in ["", ">", "a[", "a:nope", "..", "a,", "li:nth-child(x)"] {
            assert!(Selector::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn written_again() {
        let document = Document::parse("<p>a &lt; <b x='1\"2'>b</b><br>c</p>");
        let body = document.below(0).into_iter().find(|n| document.name(*n) == Some("body")).unwrap();
        assert_eq!(document.inner_html(body), "<p>a &lt; <b x=\"1&#34;2\">b</b><br/>c</p>");
    }

    proptest! {
        #[test]
        fn no_page_and_no_selector_panic(page in "(<[a-z/!-]{0,6}[ a-z='\"]{0,8}>?|[a-z&;#<>]{0,6}){0,12}", selector in "[a-z.#>+~ :()\\[\\]='n0-9,*-]{0,14}") {
            let document = Document::parse(&page);
            let _ = document.inner_html(0);
            if let Ok(selector) = Selector::parse(&selector) {
                let _ = document.below(0).into_iter().filter(|n| selector.matches(&document, *n)).count();
            }
        }
    }
}
