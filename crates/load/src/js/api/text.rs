//! Native functions for texts: UTF-8, base64, JSON of bodies, addresses, forms.

use super::throw;
use crate::js::bytes;
use crate::js::host::Host;
use crate::js::selector;
use crate::protocol::http::url::{Url, form_escape};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use rquickjs::{Ctx, Function, Object, Value};
use std::rc::Rc;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, _host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    native.set(
        "utf8Encode",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, text: Value<'js>| {
            bytes::buffer(&ctx, &bytes::of(&text).unwrap_or_default())
        })?,
    )?;
    native.set(
        "utf8Decode",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, input: Value<'js>, fatal: bool| {
            let bytes = need(&ctx, &input)?;
            match String::from_utf8(bytes) {
                Ok(text) => Ok(text),
                Err(_) if fatal => {
                    Err(rquickjs::Exception::throw_type(&ctx, "The encoded data is not valid utf-8"))
                }
                Err(e) => Ok(String::from_utf8_lossy(e.as_bytes()).into_owned()),
            }
        })?,
    )?;
    native.set(
        "base64Encode",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, input: Value<'js>, variant: String| {
            Ok::<_, rquickjs::Error>(alphabet(&variant).encode(need(&ctx, &input)?))
        })?,
    )?;
    native.set(
        "base64Decode",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, text: String, variant: String| {
            let decoded = alphabet(&variant).decode(text.as_bytes());
            let decoded = decoded.map_err(|e| throw(&ctx, &format!("illegal base64 data: {e}")))?;
            bytes::buffer(&ctx, &decoded)
        })?,
    )?;
    bodies(ctx, native)
}

fn bodies<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> rquickjs::Result<()> {
    native.set(
        "parseBody",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, body: Value<'js>| {
            let text = body_text(&ctx, &body)?;
            let parsed = ctx.json_parse(text);
            parsed.map_err(|e| {
                let failure = crate::js::failure::Failure::of(&ctx, e);
                throw(&ctx, &format!("cannot parse json due to an error: {}", failure.message))
            })
        })?,
    )?;
    native.set(
        "select",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, body: Value<'js>, path: String| {
            let text = body_text(&ctx, &body)?;
            let Ok(document) = serde_json::from_str(&text) else { return Ok(None) };
            Ok::<_, rquickjs::Error>(selector::select(&document, &path).map(|found| found.to_string()))
        })?,
    )?;
    native.set(
        "bodyText",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, body: Value<'js>| body_text(&ctx, &body))?,
    )?;
    native.set(
        "joinUrl",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, base: String, reference: String| {
            let joined = Url::parse(&base).and_then(|base| base.join(&reference));
            joined.map(|url| url.plain()).map_err(|e| throw(&ctx, &e))
        })?,
    )?;
    native.set("formEncode", Function::new(ctx.clone(), |fields: Object<'js>| form(&fields))?)
}

/// An object as `application/x-www-form-urlencoded`: keys sorted, lists repeat their key, null is empty.
pub(crate) fn form(fields: &Object<'_>) -> rquickjs::Result<String> {
    let mut pairs: Vec<(String, Value<'_>)> = fields.props().collect::<rquickjs::Result<_>>()?;
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let mut out = String::new();
    for (name, value) in pairs {
        let values = match value.as_array() {
            Some(list) => list.iter::<Value<'_>>().collect::<rquickjs::Result<Vec<_>>>()?,
            None => vec![value],
        };
        for value in values {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&form_escape(&name));
            out.push('=');
            out.push_str(&form_escape(&field_text(&value)?));
        }
    }
    Ok(out)
}

/// A form field's value as text: nested objects as JSON.
pub(crate) fn field_text(value: &Value<'_>) -> rquickjs::Result<String> {
    if value.is_null() || value.is_undefined() {
        return Ok(String::new());
    }
    if let Some(text) = super::scalar(value) {
        return Ok(text);
    }
    let json = value.ctx().json_stringify(value.clone())?;
    json.map_or(Ok(String::new()), |text| text.to_string())
}

fn body_text(ctx: &Ctx<'_>, body: &Value<'_>) -> rquickjs::Result<String> {
    if body.is_null() || body.is_undefined() {
        return Err(throw(
            ctx,
            "the body is null so we can't transform it to JSON - this likely was because of a request error getting the response",
        ));
    }
    Ok(String::from_utf8_lossy(&need(ctx, body)?).into_owned())
}

fn need(ctx: &Ctx<'_>, value: &Value<'_>) -> rquickjs::Result<Vec<u8>> {
    let wrong = || rquickjs::Exception::throw_type(ctx, "expected a string, an ArrayBuffer or a typed array");
    bytes::of(value).ok_or_else(wrong)
}

fn alphabet(variant: &str) -> GeneralPurpose {
    match variant {
        "rawstd" => STANDARD_NO_PAD,
        "url" => URL_SAFE,
        "rawurl" => URL_SAFE_NO_PAD,
        _ => STANDARD,
    }
}
