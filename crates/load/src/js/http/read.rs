//! A script's arguments: address, body and params, read into a request.
//!
//! What cannot be sent is no exception: it becomes a failure that ends as a response with status 0.

use super::{Asked, Expected, Plan, jar};
use crate::js::api::text::{field_text, form};
use crate::js::api::{scalar, tag_pairs, throw};
use crate::js::host::Host;
use crate::options::duration;
use crate::protocol::http::coding;
use crate::protocol::http::error::Failure;
use crate::protocol::http::url::Url;
use crate::protocol::http::{Auth, Keep, Request};
use crate::run::shared::Settled;
use bytes::Bytes;
use rquickjs::{Array, Ctx, Object, Value};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// 60 s: how long a request may take when nothing is said.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads the arguments of one request.
pub(crate) fn plan<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    settled: &Settled,
    method: &str,
    url: &Value<'js>,
    body: &Value<'js>,
    params: &Value<'js>,
) -> rquickjs::Result<Plan> {
    let (written, template) = address(ctx, url)?;
    let http = &settled.settings.http;
    let mut request = Request {
        method: if method.is_empty() { "GET".to_owned() } else { method.to_owned() },
        url: Url::default(),
        headers: Vec::new(),
        body: None,
        auth: Auth::Basic,
        timeout: TIMEOUT,
        redirects: http.max_redirects,
        cookies: Vec::new(),
        jar: Rc::clone(&host.jar),
        keep: Keep::Text,
    };
    let mut asked = Asked {
        method: request.method.clone(),
        url: written.clone(),
        name: template,
        tags: Arc::clone(&host.tags.borrow()),
        expected: host.expected.borrow().clone(),
        body: String::new(),
        keep: if http.discard_bodies { Keep::Nothing } else { Keep::Text },
        throw: settled.settings.throw,
    };
    let (mut compression, mut fault) = (String::new(), Ok(()));
    if let Some(params) = params.as_object() {
        read_params(ctx, host, params, &mut request)?;
        fault = read_wishes(ctx, params, &mut asked)?;
        compression = params.get::<_, Option<String>>("compression")?.unwrap_or_default();
    }
    request.keep = asked.keep;
    let read = read_body(body, &mut request)?;
    asked.body = request.body.as_ref().map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default();
    let finished = fault.and(read).and_then(|()| compress(&mut request, &compression)).and_then(|()| {
        request.url = Url::parse(&written).map_err(Failure::bad_url)?;
        Ok(request)
    });
    if let Ok(request) = &finished
        && request.url.user.is_some()
    {
        asked.url = request.url.plain();
    }
    Ok((asked, finished))
}

/// What the params say about the answer and its samples. The inner error is of a kind that becomes a response.
fn read_wishes<'js>(
    ctx: &Ctx<'js>,
    params: &Object<'js>,
    asked: &mut Asked,
) -> rquickjs::Result<Result<(), Failure>> {
    let pairs = tag_pairs(ctx, &params.get("tags")?)?;
    if let Some((_, given)) = pairs.iter().find(|(n, _)| n == "name") {
        asked.name = Some(given.clone());
    }
    if !pairs.is_empty() {
        asked.tags = Arc::new(asked.tags.with(pairs));
    }
    asked.throw = params.get::<_, Option<bool>>("throw")?.unwrap_or(asked.throw);
    let callback: Value<'js> = params.get("responseCallback")?;
    if callback.is_null() {
        asked.expected = Expected::Unasked;
    } else if let Some(callback) = callback.as_object() {
        asked.expected = ranges(&callback.get("__expected")?);
    }
    match params.get::<_, Option<String>>("responseType")?.as_deref() {
        None => {}
        Some("text") => asked.keep = Keep::Text,
        Some("binary") => asked.keep = Keep::Binary,
        Some("none") => asked.keep = Keep::Nothing,
        Some(other) => return Ok(Err(Failure::of(1000, format!("{other} is not a valid ResponseType")))),
    }
    Ok(Ok(()))
}

/// The address as text, and what its template names it.
fn address<'js>(ctx: &Ctx<'js>, url: &Value<'js>) -> rquickjs::Result<(String, Option<String>)> {
    if let Some(template) = url.as_object().filter(|o| o.contains_key("__template").unwrap_or(false)) {
        return Ok((template.get("url")?, Some(template.get("name")?)));
    }
    match scalar(url) {
        Some(text) => Ok((text, None)),
        None if url.is_null() || url.is_undefined() => {
            Err(throw(ctx, "invalid URL: it is null or undefined"))
        }
        None => {
            let text: rquickjs::Function<'js> = ctx.globals().get("String")?;
            Ok((text.call((url.clone(),))?, None))
        }
    }
}

fn read_params<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    params: &Object<'js>,
    request: &mut Request,
) -> rquickjs::Result<()> {
    if let Some(headers) = params.get::<_, Value<'js>>("headers")?.as_object() {
        for entry in headers.props::<String, Value<'js>>() {
            let (name, value) = entry?;
            request.headers.push((name, field_text(&value)?));
        }
    }
    if let Some(cookies) = params.get::<_, Value<'js>>("cookies")?.as_object() {
        for entry in cookies.props::<String, Value<'js>>() {
            let (name, value) = entry?;
            let (value, replace) = match value.as_object().filter(|_| scalar(&value).is_none()) {
                Some(o) => {
                    (field_text(&o.get("value")?)?, o.get::<_, Option<bool>>("replace")?.unwrap_or(false))
                }
                None => (field_text(&value)?, false),
            };
            request.cookies.push((name, value, replace));
        }
    }
    if let Some(jar) = params.get::<_, Value<'js>>("jar")?.as_object() {
        request.jar = jar::find(host, jar.get::<_, Option<f64>>("__jar")?.unwrap_or(-1.0));
    }
    let timeout: Value<'js> = params.get("timeout")?;
    if !timeout.is_null() && !timeout.is_undefined() {
        let text = scalar(&timeout).unwrap_or_default();
        request.timeout =
            duration::parse(&text).ok_or_else(|| throw(ctx, &format!("invalid timeout value: '{text}'")))?;
    }
    let redirects: Value<'js> = params.get("redirects")?;
    if let Some(count) = redirects.as_number() {
        request.redirects = count.clamp(0.0, f64::from(u32::MAX)) as u32;
    }
    match params.get::<_, Option<String>>("auth")?.as_deref() {
        Some("digest") => request.auth = Auth::Digest,
        Some("ntlm") => return Err(throw(ctx, "auth: \"ntlm\" is not supported; use basic or digest")),
        _ => {}
    }
    Ok(())
}

/// Reads the body; the inner error is of a kind that becomes a response.
fn read_body<'js>(body: &Value<'js>, request: &mut Request) -> rquickjs::Result<Result<(), Failure>> {
    if body.is_null() || body.is_undefined() {
        return Ok(Ok(()));
    }
    if let Some(bytes) = crate::js::bytes::of(body) {
        request.body = Some(Bytes::from(bytes));
        return Ok(Ok(()));
    }
    let is_date = |o: &Object<'js>| o.contains_key("getTime").unwrap_or(false);
    let object = body.as_object().filter(|o| !body.is_array() && !body.is_function() && !is_date(o));
    let Some(object) = object else {
        let kind = body.type_name();
        return Ok(Err(Failure::of(1000, format!("unknown request body type {kind}"))));
    };
    let mut has_file = false;
    for entry in object.props::<String, Value<'js>>() {
        has_file |= as_file(&entry?.1).is_some();
    }
    let has_type = request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-type"));
    if has_file {
        let boundary = format!(
            "{:016x}{:016x}",
            stdx::Rng::from_entropy().next_u64(),
            stdx::Rng::from_entropy().next_u64()
        );
        request.body = Some(multipart(object, &boundary)?);
        request.headers.retain(|(n, _)| !n.eq_ignore_ascii_case("content-type"));
        request
            .headers
            .push(("Content-Type".to_owned(), format!("multipart/form-data; boundary={boundary}")));
        return Ok(Ok(()));
    }
    request.body = Some(Bytes::from(form(object)?));
    if !has_type {
        request.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    Ok(Ok(()))
}

/// What `http.file()` made.
fn as_file<'js>(value: &Value<'js>) -> Option<Object<'js>> {
    let object = value.as_object()?;
    let is =
        ["data", "filename", "content_type"].iter().all(|key| object.contains_key(*key).unwrap_or(false));
    is.then(|| object.clone())
}

fn multipart(object: &Object<'_>, boundary: &str) -> rquickjs::Result<Bytes> {
    let mut out = Vec::new();
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\r', '\n'], " ");
    for entry in object.props::<String, Value<'_>>() {
        let (name, value) = entry?;
        out.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&name)).as_bytes(),
        );
        if let Some(file) = as_file(&value) {
            let (filename, kind): (String, String) = (file.get("filename")?, file.get("content_type")?);
            let head =
                format!("; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n", quoted(&filename), quoted(&kind));
            out.extend_from_slice(head.as_bytes());
            let content: Value<'_> = file.get("data")?;
            out.extend_from_slice(&crate::js::bytes::of(&content).unwrap_or_default());
        } else {
            out.extend_from_slice(b"\r\n\r\n");
            out.extend_from_slice(field_text(&value)?.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Bytes::from(out))
}

fn compress(request: &mut Request, names: &str) -> Result<(), Failure> {
    let Some(body) = request.body.as_ref().filter(|_| !names.is_empty()) else { return Ok(()) };
    request.body = Some(coding::encode(body, names).map_err(|e| Failure::of(1000, e))?);
    if !request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-encoding")) {
        request.headers.push(("Content-Encoding".to_owned(), names.to_owned()));
    }
    Ok(())
}

/// The ranges of `http.expectedStatuses()`; null asks for none.
pub(crate) fn ranges(value: &Value<'_>) -> Expected {
    let Some(list) = value.as_array() else { return Expected::Unasked };
    let pair = |pair: Array<'_>| Some((pair.get(0).ok()?, pair.get(1).ok()?));
    Expected::Within(list.iter::<Array<'_>>().filter_map(|p| pair(p.ok()?)).collect())
}
