//! Native functions behind `k6`, `k6/metrics`, `k6/execution`, `k6/data` and the globals. They take and give plain values;
//! what callers see (argument forms, objects, classes) is in `lib/*.js`.

mod execution;
pub(crate) mod text;

use super::host::Host;
use crate::log::Level;
use crate::metrics::{Builtin, Contains, Kind, MetricId, TagSet};
use rquickjs::{Ctx, Exception, Function, Object, Value};
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The object that `lib/prelude.js` is given.
pub(crate) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> rquickjs::Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("vu", host.id)?;
    basics(ctx, host, &native)?;
    flow(ctx, host, &native)?;
    metrics(ctx, host, &native)?;
    shared_arrays(ctx, host, &native)?;
    execution::install(ctx, host, &native)?;
    text::install(ctx, host, &native)?;
    super::crypto::install(ctx, host, &native)?;
    super::http::install(ctx, host, &native)?;
    super::html::install(ctx, host, &native)?;
    super::ws::install(ctx, host, &native)?;
    Ok(native)
}

/// An Error with a message.
pub(crate) fn throw(ctx: &Ctx<'_>, message: &str) -> rquickjs::Error {
    Exception::throw_message(ctx, message)
}

/// The longest timer: about 24 days, where 32-bit milliseconds end.
const MAX_DELAY_MS: f64 = 2_147_483_647.0;

fn basics<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "env",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| {
            let env = Object::new(ctx)?;
            for (name, value) in &h.shared.env {
                env.set(name.as_str(), value.as_str())?;
            }
            Ok::<_, rquickjs::Error>(env)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "log",
        Function::new(ctx.clone(), move |level: String, message: String| {
            let level = match level.as_str() {
                "debug" => Level::Debug,
                "warning" => Level::Warning,
                "error" => Level::Error,
                _ => Level::Info,
            };
            h.shared.logger.log(level, &message, &[("source", "console")]);
        })?,
    )?;
    let h = Rc::clone(host);
    native.set("inInit", Function::new(ctx.clone(), move || h.in_init.get())?)?;
    let h = Rc::clone(host);
    native.set(
        "outsideInit",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, what: String| h.settled(&ctx, &what).map(drop))?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "timer",
        Function::new(ctx.clone(), move |ms: f64| {
            let delay = Duration::from_secs_f64(ms.clamp(0.0, MAX_DELAY_MS) / 1e3);
            h.events.timer(&h.shared.clock, delay)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set("clearTimer", Function::new(ctx.clone(), move |id: f64| h.events.clear(id as u32))?)?;
    let h = Rc::clone(host);
    native.set(
        "nextEvent",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| super::vu::next_event(&ctx, &h))?,
    )?;
    let h = Rc::clone(host);
    native.set("number", Function::new(ctx.clone(), move || h.events.number())?)?;
    let h = Rc::clone(host);
    // Nanoseconds as text: a number would lose the last digits.
    native.set("nanos", Function::new(ctx.clone(), move || h.shared.clock.now_nanos().to_string())?)
}

fn flow<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "sleep",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, seconds: f64| {
            let time =
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
            h.wait(&ctx, tokio::time::sleep(time))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set("now", Function::new(ctx.clone(), move || h.shared.clock.now_nanos().to_string())?)?;
    let h = Rc::clone(host);
    native
        .set("clock", Function::new(ctx.clone(), move || h.shared.clock.monotonic().as_secs_f64() * 1e3)?)?;
    let h = Rc::clone(host);
    native.set(
        "check",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, name: String, held: bool, tags: Value<'js>, at: String| {
                let mut set = extended(&ctx, &h, &tags)?;
                if h.has_tag("check") {
                    set = Arc::new(set.with([("check", name)]));
                }
                let at = at.parse().unwrap_or_else(|_| h.shared.clock.now_nanos());
                h.record_with(Builtin::Checks, f64::from(u8::from(held)), set, at);
                Ok::<_, rquickjs::Error>(())
            },
        )?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "enterGroup",
        Function::new(ctx.clone(), move |name: String| {
            let before = h.tags.borrow().get("group").unwrap_or("").to_owned();
            if h.has_tag("group") && !name.is_empty() {
                let path = format!("{before}::{name}");
                let tags = h.tags.borrow().with([("group", path)]);
                *h.tags.borrow_mut() = Arc::new(tags);
            }
            before
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "leaveGroup",
        Function::new(ctx.clone(), move |before: String, took: f64| {
            h.record(Builtin::GroupDuration, took);
            if h.has_tag("group") {
                let tags = h.tags.borrow().with([("group", before)]);
                *h.tags.borrow_mut() = Arc::new(tags);
            }
        })?,
    )
}

fn metrics<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "metric",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, name: String, kind: String, is_time: bool| {
            let kind = match kind.as_str() {
                "counter" => Kind::Counter,
                "gauge" => Kind::Gauge,
                "rate" => Kind::Rate,
                _ => Kind::Trend,
            };
            let contains = if is_time { Contains::Time } else { Contains::Default };
            h.shared.registry.declare(&name, kind, contains).map(|id| id.0).map_err(|e| throw(&ctx, &e))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "addMetric",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, value: f64, tags: Value<'js>| {
            let set = extended(&ctx, &h, &tags)?;
            if !value.is_finite() {
                return Ok(false);
            }
            h.record_with(MetricId(id), value, set, h.shared.clock.now_nanos());
            Ok::<_, rquickjs::Error>(true)
        })?,
    )
}

/// The VU's tags with those of a script's object on top. Values must be texts, numbers or booleans.
pub(crate) fn extended(ctx: &Ctx<'_>, host: &Host, tags: &Value<'_>) -> rquickjs::Result<Arc<TagSet>> {
    let base = Arc::clone(&host.tags.borrow());
    let pairs = tag_pairs(ctx, tags)?;
    Ok(if pairs.is_empty() { base } else { Arc::new(base.with(pairs)) })
}

/// The pairs of a script's tag object.
pub(crate) fn tag_pairs(ctx: &Ctx<'_>, tags: &Value<'_>) -> rquickjs::Result<Vec<(String, String)>> {
    let Some(object) = tags.as_object() else { return Ok(Vec::new()) };
    let mut pairs = Vec::new();
    for entry in object.props::<String, Value<'_>>() {
        let (name, value) = entry?;
        let text = scalar(&value).ok_or_else(|| {
            throw(ctx, &format!("invalid value for metric tag '{name}': only String, Boolean and Number types are accepted as a metric tag values"))
        })?;
        pairs.push((name, text));
    }
    Ok(pairs)
}

/// A text, number or boolean as text. `None` for anything else.
pub(crate) fn scalar(value: &Value<'_>) -> Option<String> {
    if let Some(text) = value.as_string() {
        return Some(super::bytes::text_of(text));
    }
    if let Some(flag) = value.as_bool() {
        return Some(flag.to_string());
    }
    if let Some(int) = value.as_int() {
        return Some(int.to_string());
    }
    value.as_float().map(|number| number.to_string())
}

fn shared_arrays<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "sharedLength",
        Function::new(ctx.clone(), move |name: String| {
            let arrays = h.shared.arrays.lock().unwrap_or_else(PoisonError::into_inner);
            arrays.get(&name).map_or(-1.0, |a| a.len() as f64)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "sharedPut",
        Function::new(ctx.clone(), move |name: String, items: Vec<String>| {
            let mut arrays = h.shared.arrays.lock().unwrap_or_else(PoisonError::into_inner);
            // Another VU may have been first; its array stays, so that all see the same.
            arrays.entry(name).or_insert_with(|| Arc::new(items)).len() as f64
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "sharedGet",
        Function::new(ctx.clone(), move |name: String, at: f64| {
            let array = h.shared.arrays.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
            array.and_then(|a| a.get(at as usize).cloned()).unwrap_or_else(|| "null".to_owned())
        })?,
    )
}
