//! The web app's files, and which answer stands for a path of the app itself.
//!
//! Files are baked into the binary by `oriel` and handed over as [`Assets`]. Hashed file names never change their content
//! and are cached for a year; `index.html` is asked for again each time. A path that is no file is the app's own route
//! when the browser asks for HTML, else 404: neither a missing script nor an unknown API path may answer with a page.

use crate::body::header_text;
use crate::respond;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Path under the root, without a leading slash.
    pub path: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// The content packed with brotli, when that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// Its type.
    pub content_type: &'static str,
    /// A hash of the content in double quotes.
    pub etag: &'static str,
    /// Whether the path holds a hash of the content.
    pub immutable: bool,
}

/// The files of the app.
pub trait Assets: Send + Sync {
    /// The file at a path, without a leading slash.
    fn get(&self, path: &str) -> Option<&Asset>;
}

/// No files: a build without the app.
#[derive(Debug, Default)]
pub struct NoAssets;

impl Assets for NoAssets {
    fn get(&self, _: &str) -> Option<&Asset> {
        None
    }
}

/// What a page may load: its own files and answers, inline styles (charts set widths), images from data URLs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self' blob:; \
    object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'";

/// The answer to a GET of `path`.
pub fn serve(assets: &dyn Assets, path: &str, headers: &HeaderMap) -> Response {
    let path = path.trim_start_matches('/');
    let is_api = ["api/", "apis/", "loki/", "tempo/"].iter().any(|prefix| path.starts_with(prefix));
    let wants_page = !is_api && header_text(headers, header::ACCEPT).contains("text/html");
    let page = || wants_page.then(|| assets.get("index.html")).flatten();
    match assets.get(path).or_else(page) {
        Some(asset) => answer(asset, headers),
        None if wants_page && path.is_empty() => respond::text(
            StatusCode::NOT_FOUND,
            "This build of Oriel has no web UI. The APIs answer on their own ports.\n",
        ),
        // Clients of dashboards read the words of a refusal out of JSON.
        None if path.starts_with("api/") || path.starts_with("apis/") => unknown_path(),
        None => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
    }
}

/// The answer for a path of an API that there is not.
pub(crate) fn unknown_path() -> Response {
    respond::with_type(StatusCode::NOT_FOUND, respond::JSON, r#"{"message":"Not found"}"#)
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    let known = header_text(headers, header::IF_NONE_MATCH).split(',').any(|tag| tag.trim() == asset.etag);
    let packed = asset.brotli.filter(|_| {
        header_text(headers, header::ACCEPT_ENCODING)
            .split(',')
            .any(|e| e.split(';').next().is_some_and(|e| e.trim() == "br"))
    });
    let body =
        if known { Body::empty() } else { Body::from(Bytes::from_static(packed.unwrap_or(asset.bytes))) };
    let mut response = Response::new(body);
    *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let out = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, asset.content_type),
        (header::ETAG, asset.etag),
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        out.insert(name, HeaderValue::from_static(value));
    }
    if packed.is_some() && !known {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two(Asset, Asset);

    impl Assets for Two {
        fn get(&self, path: &str) -> Option<&Asset> {
            [&self.0, &self.1].into_iter().find(|a| a.path == path)
        }
    }

    fn assets() -> Two {
        let page = Asset {
            path: "index.html",
            bytes: b"<html>",
            brotli: None,
            content_type: "text/html; charset=utf-8",
            etag: "\"1\"",
            immutable: false,
        };
        let script = Asset {
            path: "assets/a-1f.js",
            brotli: Some(b"br"),
            content_type: "text/javascript",
            etag: "\"2\"",
            immutable: true,
            ..page.clone()
        };
        Two(page, script)
    }

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.clone(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn files_are_served_and_routes_are_pages() {
        let html = headers(&[(header::ACCEPT, "text/html,*/*")]);
        let page = serve(&assets(), "/explore/logs", &html);
        assert_eq!(
            (page.status(), &page.headers()[header::CACHE_CONTROL]),
            (StatusCode::OK, &HeaderValue::from_static("no-cache"))
        );
        assert!(page.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let script =
            serve(&assets(), "/assets/a-1f.js", &headers(&[(header::ACCEPT_ENCODING, "gzip, br;q=1")]));
        assert_eq!(script.headers()[header::CONTENT_ENCODING], "br");
        assert!(script.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let again = serve(&assets(), "/assets/a-1f.js", &headers(&[(header::IF_NONE_MATCH, "\"x\", \"2\"")]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(serve(&assets(), "/assets/gone.js", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
        assert_eq!(serve(&assets(), "/api/unheard", &html).status(), StatusCode::NOT_FOUND);
        assert_eq!(serve(&NoAssets, "/", &html).status(), StatusCode::NOT_FOUND);
    }
}
