//! Native functions of `k6/http`: from a script's arguments to a request, from hops to samples, from a response to an object.
//!
//! After `lib/http.js`; before `protocol/http/client.rs`.

pub(crate) mod jar;
mod read;
mod samples;

use super::api::throw;
use super::events::Payload;
use super::host::Host;
use crate::log::Level;
use crate::metrics::TagSet;
use crate::protocol::http::client::Client;
use crate::protocol::http::error::Failure;
use crate::protocol::http::{Keep, Request, Response};
use crate::run::shared::Settled;
use futures_util::future::join_all;
use rquickjs::{Array, Ctx, Function, Null, Object, Value};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Which statuses count as success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Expected {
    /// 200 to 399.
    #[default]
    Usual,
    /// Those within one of these ranges.
    Within(Vec<(i32, i32)>),
    /// Nobody asks.
    Unasked,
}

impl Expected {
    /// Whether a status is a success; `None` when nobody asks.
    pub(crate) fn holds(&self, status: u16) -> Option<bool> {
        let status = i32::from(status);
        match self {
            Expected::Usual => Some((200..400).contains(&status)),
            Expected::Within(ranges) => Some(ranges.iter().any(|(min, max)| (*min..=*max).contains(&status))),
            Expected::Unasked => None,
        }
    }
}

/// What a script asked for, as far as it is needed when the answer is there.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    method: String,
    /// As written, without credentials.
    url: String,
    /// What stands for the address in `name` and `url` tags, if the script or a template named it.
    name: Option<String>,
    /// The VU's tags and the request's own.
    tags: Arc<TagSet>,
    expected: Expected,
    body: String,
    keep: Keep,
    throw: bool,
}

/// A request to run, or what is wrong with it.
type Plan = (Asked, Result<Request, Failure>);

pub(crate) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    jar::install(ctx, host, native)?;
    let h = Rc::clone(host);
    native.set(
        "request",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, method: String, url: Value<'js>, body: Value<'js>, params: Value<'js>| {
                let settled = h.settled(&ctx, "Making http requests")?;
                let (asked, request) = read::plan(&ctx, &h, settled, &method, &url, &body, &params)?;
                let client = Rc::clone(h.client(settled));
                let response = h.wait(&ctx, run(client, request))?;
                to_js(&ctx, &h, response, &asked)
            },
        )?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "requestLater",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>,
                  id: u32,
                  method: String,
                  url: Value<'js>,
                  body: Value<'js>,
                  params: Value<'js>| {
                let settled = h.settled(&ctx, "Making http requests")?;
                let (asked, request) = read::plan(&ctx, &h, settled, &method, &url, &body, &params)?;
                let client = Rc::clone(h.client(settled));
                let host = Rc::clone(&h);
                h.events.spawn(async move {
                    let response = run(client, request).await;
                    host.events.post(id, Payload::Response(Box::new(response), Box::new(asked)));
                    host.events.end();
                });
                Ok::<_, rquickjs::Error>(())
            },
        )?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "batch",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, entries: Vec<Array<'js>>| batch(&ctx, &h, &entries))?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "setExpected",
        Function::new(ctx.clone(), move |ranges: Value<'js>| {
            *h.expected.borrow_mut() = read::ranges(&ranges);
        })?,
    )
}

async fn run(client: Rc<Client>, request: Result<Request, Failure>) -> Result<Response, Failure> {
    match request {
        Ok(request) => Ok(client.run(request).await),
        Err(failure) => Err(failure),
    }
}

/// Runs requests side by side: so many at once, so many of them to one host; answers in the order of the requests.
fn batch<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, entries: &[Array<'js>]) -> rquickjs::Result<Array<'js>> {
    let settled = host.settled(ctx, "Making http requests")?;
    let mut plans: Vec<Plan> = Vec::with_capacity(entries.len());
    for entry in entries {
        let (method, url): (String, Value<'js>) = (entry.get(0)?, entry.get(1)?);
        plans.push(read::plan(ctx, host, settled, &method, &url, &entry.get(2)?, &entry.get(3)?)?);
    }
    let (asked, requests): (Vec<Asked>, Vec<Result<Request, Failure>>) = plans.into_iter().unzip();
    let responses = host.wait(ctx, run_all(Rc::clone(host.client(settled)), requests, settled))?;
    let out = Array::new(ctx.clone())?;
    for (at, (response, asked)) in responses.into_iter().zip(&asked).enumerate() {
        out.set(at, to_js(ctx, host, response, asked)?)?;
    }
    Ok(out)
}

async fn run_all(
    client: Rc<Client>,
    requests: Vec<Result<Request, Failure>>,
    settled: &Settled,
) -> Vec<Result<Response, Failure>> {
    let http = &settled.settings.http;
    let limit = |n: usize| Arc::new(Semaphore::new(if n == 0 { Semaphore::MAX_PERMITS } else { n }));
    let all = limit(http.batch);
    let mut hosts: HashMap<String, Arc<Semaphore>> = HashMap::new();
    let running: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let name = request.as_ref().map(|r| r.url.authority()).unwrap_or_default();
            let one = Arc::clone(hosts.entry(name).or_insert_with(|| limit(http.batch_per_host)));
            let (all, client) = (Arc::clone(&all), Rc::clone(&client));
            async move {
                // The host's turn first: who waits for it must not hold a place that another host could use.
                let _one = one.acquire().await;
                let _all = all.acquire().await;
                run(client, request).await
            }
        })
        .collect();
    join_all(running).await
}

/// Records the hops and makes the script's response object; throws instead when the script asked for that.
pub(crate) fn to_js<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    response: Result<Response, Failure>,
    asked: &Asked,
) -> rquickjs::Result<Object<'js>> {
    let out = Object::new(ctx.clone())?;
    out.set("request", request_object(ctx, asked, response.as_ref().ok())?)?;
    let failure = match &response {
        Ok(response) => {
            for line in &response.transcript {
                host.shared.logger.log(Level::Info, line, &[]);
            }
            samples::record(host, response, asked);
            response.last().and_then(|hop| hop.failure.clone())
        }
        Err(failure) => Some(failure.clone()),
    };
    if let Some(failure) = &failure {
        let text = format!("{} \"{}\": {}", sentence(&asked.method), asked.url, failure.message);
        if asked.throw {
            return Err(throw(ctx, &text));
        }
        host.shared.logger.log(Level::Warning, "Request Failed", &[("error", &text)]);
    }
    fill(ctx, &out, response.ok(), failure, asked)?;
    Ok(out)
}

/// `GET` as Go writes it in its errors: `Get`.
fn sentence(method: &str) -> String {
    let mut letters = method.chars();
    letters
        .next()
        .map(|first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str().to_ascii_lowercase()))
        .unwrap_or_default()
}

fn fill<'js>(
    ctx: &Ctx<'js>,
    out: &Object<'js>,
    response: Option<Response>,
    failure: Option<Failure>,
    asked: &Asked,
) -> rquickjs::Result<()> {
    let last = response.as_ref().and_then(Response::last).cloned();
    let status = last.as_ref().map_or(0, |hop| hop.status);
    let code = match &failure {
        Some(failure) => failure.code,
        None if status >= 400 => 1000 + u32::from(status),
        None => 0,
    };
    out.set("status", status)?;
    out.set("error", failure.map(|f| f.message).unwrap_or_default())?;
    out.set("error_code", code)?;
    out.set("proto", last.as_ref().map_or("", |hop| hop.proto))?;
    out.set("tls_version", last.as_ref().map_or("", |hop| hop.tls_version))?;
    let answered = last.as_ref().filter(|hop| hop.status != 0);
    out.set("url", answered.map_or_else(|| asked.url.clone(), |hop| hop.url.plain()))?;
    out.set("timings", timings(ctx, last.as_ref().map(|hop| hop.timings).unwrap_or_default())?)?;
    let ocsp = Object::new(ctx.clone())?;
    for field in ["produced_at", "this_update", "next_update", "revoked_at"] {
        ocsp.set(field, 0)?;
    }
    ocsp.set("revocation_reason", "")?;
    ocsp.set("status", "")?;
    out.set("ocsp", ocsp)?;
    let (headers, cookies) = (Object::new(ctx.clone())?, Object::new(ctx.clone())?);
    let Some(response) = response else {
        out.set("headers", headers)?;
        out.set("cookies", cookies)?;
        for text in ["status_text", "tls_cipher_suite", "remote_ip"] {
            out.set(text, "")?;
        }
        out.set("remote_port", 0)?;
        return out.set("body", Null);
    };
    for (name, value) in &response.headers {
        headers.set(name.as_str(), value.as_str())?;
    }
    out.set("headers", headers)?;
    for cookie in &response.cookies {
        jar::append(ctx, &cookies, &cookie.name, jar::object(ctx, cookie)?.into_value())?;
    }
    out.set("cookies", cookies)?;
    out.set("status_text", response.status_text)?;
    out.set("tls_cipher_suite", response.tls_cipher)?;
    out.set("remote_ip", response.remote.map(|r| r.ip().to_string()).unwrap_or_default())?;
    out.set("remote_port", response.remote.map_or(0, |r| r.port()))?;
    match (response.body.filter(|_| status != 0), asked.keep) {
        (None, _) | (_, Keep::Nothing) => out.set("body", Null),
        (Some(body), Keep::Binary) => out.set("body", super::bytes::buffer(ctx, &body)?),
        (Some(body), Keep::Text) => out.set("body", String::from_utf8_lossy(&body).as_ref()),
    }
}

fn timings<'js>(ctx: &Ctx<'js>, timings: crate::protocol::http::Timings) -> rquickjs::Result<Object<'js>> {
    let out = Object::new(ctx.clone())?;
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    out.set("duration", millis(timings.duration()))?;
    out.set("blocked", millis(timings.blocked))?;
    out.set("looking_up", 0)?;
    out.set("connecting", millis(timings.connecting))?;
    out.set("tls_handshaking", millis(timings.tls))?;
    out.set("sending", millis(timings.sending))?;
    out.set("waiting", millis(timings.waiting))?;
    out.set("receiving", millis(timings.receiving))?;
    Ok(out)
}

fn request_object<'js>(
    ctx: &Ctx<'js>,
    asked: &Asked,
    response: Option<&Response>,
) -> rquickjs::Result<Object<'js>> {
    let out = Object::new(ctx.clone())?;
    out.set("method", asked.method.as_str())?;
    out.set("url", asked.url.as_str())?;
    out.set("body", asked.body.as_str())?;
    let (headers, cookies) = (Object::new(ctx.clone())?, Object::new(ctx.clone())?);
    for (name, value) in response.iter().flat_map(|r| &r.sent_headers) {
        jar::append(ctx, &headers, name, rquickjs::String::from_str(ctx.clone(), value)?.into_value())?;
    }
    for (name, value, replace) in response.iter().flat_map(|r| &r.sent_cookies) {
        let cookie = Object::new(ctx.clone())?;
        cookie.set("name", name.as_str())?;
        cookie.set("value", value.as_str())?;
        cookie.set("replace", *replace)?;
        jar::append(ctx, &cookies, name, cookie.into_value())?;
    }
    out.set("headers", headers)?;
    out.set("cookies", cookies)?;
    Ok(out)
}
