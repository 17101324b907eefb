//! Credentials: Basic at once, Digest (MD5, qop=auth) after the server's challenge. Source: RFC 7616, RFC 7617.

use base64::Engine as _;
use md5::{Digest as _, Md5};
use std::fmt::Write as _;

/// The value of an `Authorization` header for Basic.
pub(crate) fn basic(user: &str, password: &str) -> String {
    let pair = format!("{user}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// A server's challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    qop: bool,
}

impl Challenge {
    /// Reads a `WWW-Authenticate` header. `None` when it is no Digest challenge we can answer.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut challenge = Challenge::default();
        for (name, value) in parameters(rest) {
            match name.as_str() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "qop" => challenge.qop = value.split(',').any(|q| q.trim() == "auth"),
                "algorithm" if !value.eq_ignore_ascii_case("md5") => return None,
                _ => {}
            }
        }
        Some(challenge).filter(|c| !c.nonce.is_empty())
    }

    /// The value of the `Authorization` header that answers it.
    pub(crate) fn answer(
        &self,
        user: &str,
        password: &str,
        method: &str,
        target: &str,
        cnonce: &str,
    ) -> String {
        let first = md5(&format!("{user}:{}:{password}", self.realm));
        let second = md5(&format!("{method}:{target}"));
        let (nonce, realm) = (&self.nonce, &self.realm);
        let response = if self.qop {
            md5(&format!("{first}:{nonce}:00000001:{cnonce}:auth:{second}"))
        } else {
            md5(&format!("{first}:{nonce}:{second}"))
        };
        let mut out = format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{target}\", response=\"{response}\", algorithm=MD5"
        );
        if let Some(opaque) = &self.opaque {
            let _ = write!(out, ", opaque=\"{opaque}\"");
        }
        if self.qop {
            let _ = write!(out, ", qop=auth, nc=00000001, cnonce=\"{cnonce}\"");
        }
        out
    }
}

/// The MD5 of a text in hexadecimal.
pub(crate) fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Splits `a="x, y", b=z`.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim().trim_start_matches(',').trim().to_ascii_lowercase();
        let (value, tail) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.push((name, value.trim().to_owned()));
        rest = tail.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of RFC 2617 section 3.5.
    #[test]
    fn the_example_of_the_standard() {
        let header = "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        let challenge = Challenge::parse(header).unwrap();
        let answer = challenge.answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b");
        assert!(answer.contains("response=\"6629fae49393a05397450978507c4ef1\""), "{answer}");
        assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
        assert_eq!(basic("ann", "s3cret"), "Basic YW5uOnMzY3JldA==");
    }

    proptest! {
        #[test]
        fn no_header_panics(text in "(Digest )?[ -~]{0,40}") {
            let _ = Challenge::parse(&text);
        }
    }
}
