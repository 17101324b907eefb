//! Parameters of a request: the query string, and the form of a POST, decoded as Go's `net/url` does it.
//!
//! A single value is looked up in the form first; a repeated name lists the form's values before the URL's. A pair with
//! broken percent-encoding is dropped from a URL and fails a form.

use crate::body;
use crate::error::Fault;
use axum::body::Body;
use http::Request;
use http::request::Parts;
use std::borrow::Cow;

/// Decoded parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Of a request's URL, and of its form when it is a POST with one.
    pub(crate) async fn read(request: Request<Body>, max_form_bytes: u64) -> Result<(Parts, Self), Fault> {
        let (parts, body) = request.into_parts();
        let is_form = parts.method == http::Method::POST
            && body::content_type(&parts.headers).starts_with("application/x-www-form-urlencoded");
        let mut params = Params::default();
        if is_form {
            let form = body::read(body, max_form_bytes).await?;
            params.push(&String::from_utf8_lossy(&form), true)?;
        }
        params.push(parts.uri.query().unwrap_or(""), false)?;
        Ok((parts, params))
    }

    /// Of a URL alone, for requests whose body is something else.
    pub(crate) fn of_url(url: &http::Uri) -> Result<Self, Fault> {
        let mut params = Params::default();
        params.push(url.query().unwrap_or(""), false)?;
        Ok(params)
    }

    /// Parameters that did not come as text.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Params { pairs }
    }

    /// Parameters that stand undecoded in a text, for tests.
    #[cfg(test)]
    pub(crate) fn of_pairs(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Params { pairs: pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect() }
    }

    fn push(&mut self, text: &str, strict: bool) -> Result<(), Fault> {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Ok(name), Ok(value)) => self.pairs.push((name, value)),
                (Err(bad), _) | (_, Err(bad)) if strict => {
                    return Err(Fault::invalid(format!(
                        "error parsing form values: invalid URL escape {bad:?}"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first value of `name`, "" when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The first value of `name` unless it is missing or empty.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// All values of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A boolean as Go's `strconv.ParseBool` reads it.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Percent-decodes a name or value; `Err` is the escape that is none.
pub(crate) fn decode(text: &str) -> Result<String, String> {
    if !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' => {
                let digit = |i: usize| bytes.get(at + i).and_then(|b| char::from(*b).to_digit(16));
                let (Some(high), Some(low)) = (digit(1), digit(2)) else {
                    let end = (at + 3).min(bytes.len());
                    return Err(String::from_utf8_lossy(&bytes[at..end]).into_owned());
                };
                out.push((high << 4 | low) as u8);
                at += 2;
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    Ok(match String::from_utf8_lossy(&out) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn forms_come_before_the_url() {
        let request = Request::post("/q?query=url&match[]=c&bad=%zz")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("query=a+%2B%C3%BC&match%5B%5D=a&match[]=b"))
            .unwrap();
        let (_, params) = Params::read(request, 1000).await.unwrap();
        assert_eq!(params.get("query"), "a +ü");
        assert_eq!(params.all("match[]").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((params.get("bad"), params.some("none")), ("", None));
        let request = Request::post("/q")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("match[]=%zz"))
            .unwrap();
        let error = Params::read(request, 1000).await.unwrap_err();
        assert_eq!(error.message(), "error parsing form values: invalid URL escape \"%zz\"");
    }
}
