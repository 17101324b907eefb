//! Addresses as Go's net/url reads them: taken apart without being rewritten, so that what is sent and what is shown is
//! what the script wrote.

use std::fmt::Write as _;

/// An address, taken apart. Text is as written, except that bytes no request line may hold are escaped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Url {
    /// Lower case.
    pub(crate) scheme: String,
    /// User and password, still escaped.
    pub(crate) user: Option<(String, String)>,
    /// Without port; IPv6 without brackets.
    pub(crate) host: String,
    /// When one is written.
    pub(crate) port: Option<u16>,
    /// Begins with `/` or is empty.
    pub(crate) path: String,
    /// Without `?`.
    pub(crate) query: Option<String>,
    /// Without `#`.
    pub(crate) fragment: Option<String>,
}

impl Url {
    /// Takes an address apart. `Err` says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("parse \"{text}\": {why}");
        if text.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err(wrong("invalid control character in URL"));
        }
        let (rest, fragment) = text.split_once('#').map_or((text, None), |(r, f)| (r, Some(f.to_owned())));
        let mut url = Url { fragment, ..Url::default() };
        let rest = match rest.find(':') {
            Some(0) => return Err(wrong("missing protocol scheme")),
            Some(at) if is_scheme(&rest[..at]) => {
                url.scheme = rest[..at].to_ascii_lowercase();
                &rest[at + 1..]
            }
            Some(at) if !rest[..at].contains(['/', '?']) => {
                return Err(wrong("first path segment in URL cannot contain colon"));
            }
            _ => rest,
        };
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(r, q)| (r, Some(escape(q))));
        url.query = query;
        let Some(rest) = rest.strip_prefix("//") else {
            url.path = escape(rest);
            return Ok(url);
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        url.path = escape(path);
        let host = match authority.rsplit_once('@') {
            Some((user, host)) => {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                url.user = Some((name.to_owned(), password.to_owned()));
                host
            }
            None => authority,
        };
        url.set_host(host).map_err(|e| wrong(&e))?;
        Ok(url)
    }

    fn set_host(&mut self, text: &str) -> Result<(), String> {
        let (host, port) = match text.strip_prefix('[').and_then(|t| t.split_once(']')) {
            Some((host, port)) => (host, port),
            None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
        };
        if host.chars().any(|c| c.is_whitespace() || "<>\"`{}|\\^".contains(c)) {
            return Err("invalid character in host name".to_owned());
        }
        if let Some(digits) = port.strip_prefix(':')
            && !digits.is_empty()
        {
            let port = digits.parse().map_err(|_| format!("invalid port \"{port}\" after host"))?;
            self.port = Some(port);
        } else if !port.is_empty() && port != ":" {
            return Err(format!("invalid port \"{port}\" after host"));
        }
        self.host = host.to_owned();
        Ok(())
    }

    /// The port that is connected to.
    pub(crate) fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if matches!(self.scheme.as_str(), "https" | "wss") { 443 } else { 80 })
    }

    /// `host` or `host:port`, as the Host header carries it.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// Path and query, as the request line carries them.
    pub(crate) fn target(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        match &self.query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }

    /// Written out with `user` in the place of the credentials.
    fn write(&self, user: &str) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            let _ = write!(out, "{}://", self.scheme);
        }
        let _ = write!(out, "{user}{}{}", self.authority(), self.path);
        if let Some(query) = &self.query {
            let _ = write!(out, "?{query}");
        }
        if let Some(fragment) = &self.fragment {
            let _ = write!(out, "#{fragment}");
        }
        out
    }

    /// For tags: the credentials hidden.
    pub(crate) fn masked(&self) -> String {
        self.write(if self.user.is_some() { "****:****@" } else { "" })
    }

    /// Without credentials.
    pub(crate) fn plain(&self) -> String {
        self.write("")
    }

    /// What `reference` means on a page at this address.
    pub(crate) fn join(&self, reference: &str) -> Result<Url, String> {
        let mut other = Url::parse(reference)?;
        if !other.scheme.is_empty() {
            return Ok(other);
        }
        other.scheme.clone_from(&self.scheme);
        if !other.host.is_empty() {
            return Ok(other);
        }
        other.host.clone_from(&self.host);
        other.port = self.port;
        other.user.clone_from(&self.user);
        if other.path.is_empty() {
            other.path.clone_from(&self.path);
            if other.query.is_none() {
                other.query.clone_from(&self.query);
            }
        } else if !other.path.starts_with('/') {
            let folder = self.path.rfind('/').map_or("/", |at| &self.path[..=at]);
            other.path = format!("{folder}{}", other.path);
        }
        other.path = without_dots(&other.path);
        Ok(other)
    }

    /// User and password, unescaped.
    pub(crate) fn credentials(&self) -> Option<(String, String)> {
        let (user, password) = self.user.as_ref()?;
        Some((unescape(user), unescape(password)))
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Escapes what a request line cannot carry, and nothing else.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b <= b' ' || b >= 0x7f || b"\"<>`{}|\\^".contains(&b) {
            let _ = write!(out, "%{b:02X}");
        } else {
            out.push(char::from(b));
        }
    }
    out
}

/// Turns `%41` into `A`; what is no escape stays.
pub(crate) fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.filter(|_| bytes[at] == b'%').and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `application/x-www-form-urlencoded`: letters, digits and `-_.~` as they are, blanks as `+`.
pub(crate) fn form_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b' ' => out.push('+'),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => out.push(char::from(b)),
            b => {
                let _ = write!(out, "%{b:02X}");
            }
        }
    }
    out
}

fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or("");
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let slash = if matches!(last, "." | "..") && !parts.is_empty() { "/" } else { "" };
    format!("/{}{slash}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn taken_apart_and_written_as_it_was() {
        let url = Url::parse("http://ann:s%20t@127.0.0.1:80/a b?q=${x}#frag").unwrap();
        assert_eq!(url.credentials(), Some(("ann".into(), "s t".into())));
        assert_eq!((url.authority().as_str(), url.target().as_str()), ("127.0.0.1:80", "/a%20b?q=$%7Bx%7D"));
        assert!(url.masked().starts_with("http://****:****@127.0.0.1:80/"));
        assert_eq!(Url::parse("https://[::1]/").unwrap().effective_port(), 443);
        for bad in ["http://h:port/", "http://a b/", "http://h\n/", ":x"] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = Url::parse("http://h:1/a/b?x=1").unwrap();
        for (reference, wanted) in [
            ("/c", "http://h:1/c"),
            ("c?d=1", "http://h:1/a/c?d=1"),
            ("../c", "http://h:1/c"),
            ("//o/c", "http://o/c"),
            ("?y=2", "http://h:1/a/b?y=2"),
            ("https://z/", "https://z/"),
        ] {
            assert_eq!(base.join(reference).unwrap().plain(), wanted, "{reference}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}", reference in "[a-z/.:?#%]{0,12}") {
            if let Ok(url) = Url::parse(&text) {
                let _ = (url.join(&reference), url.masked(), url.target(), url.credentials());
            }
        }
    }
}
