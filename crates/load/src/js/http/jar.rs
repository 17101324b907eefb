//! Native functions of `http.CookieJar`, and cookies as objects.

use crate::js::api::throw;
use crate::js::host::Host;
use crate::protocol::http::cookies::{Jar, SetCookie, read_date};
use crate::protocol::http::url::Url;
use rquickjs::{Array, Ctx, Function, Object, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// 10 000 jars a VU: a script that makes one an iteration is told before memory is gone.
const MAX_JARS: usize = 10_000;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "makeJar",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| {
            let mut jars = h.jars.borrow_mut();
            if jars.len() >= MAX_JARS {
                return Err(throw(
                    &ctx,
                    &format!(
                        "more than {MAX_JARS} cookie jars in one VU: make them outside of the iteration"
                    ),
                ));
            }
            jars.push(Rc::default());
            Ok((jars.len() - 1) as f64)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "jarSet",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, at: f64, url: String, name: String, value: String, options: Object<'js>| {
                let url = Url::parse(&url).map_err(|e| throw(&ctx, &e))?;
                let mut cookie = SetCookie { name, value, ..SetCookie::default() };
                cookie.path = options.get::<_, Option<String>>("path")?.unwrap_or_default();
                cookie.domain = options.get::<_, Option<String>>("domain")?.unwrap_or_default();
                cookie.secure = options.get::<_, Option<bool>>("secure")?.unwrap_or(false);
                cookie.http_only = options.get::<_, Option<bool>>("http_only")?.unwrap_or(false);
                cookie.max_age = options.get::<_, Option<f64>>("max_age")?.unwrap_or(0.0) as i64;
                if let Some(expires) = options.get::<_, Option<String>>("expires")?.filter(|e| !e.is_empty())
                {
                    let read = read_date(&expires);
                    cookie.expires = read.ok_or_else(|| {
                        throw(&ctx, &format!("unable to parse \"expires\" date string \"{expires}\""))
                    })?;
                }
                find(&h, at).borrow_mut().store(&url, cookie, &h.shared.clock);
                Ok::<_, rquickjs::Error>(true)
            },
        )?,
    )?;
    reading(ctx, host, native)
}

/// What is asked of jars, and taken out of them.
fn reading<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "jarCookies",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, at: f64, url: String| {
            let url = Url::parse(&url).map_err(|e| throw(&ctx, &e))?;
            let out = Object::new(ctx.clone())?;
            for (name, value) in find(&h, at).borrow().cookies_for(&url, &h.shared.clock) {
                append(&ctx, &out, &name, rquickjs::String::from_str(ctx.clone(), &value)?.into_value())?;
            }
            Ok::<_, rquickjs::Error>(out)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "jarClear",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, at: f64, url: String| {
            let url = Url::parse(&url).map_err(|e| throw(&ctx, &e))?;
            find(&h, at).borrow_mut().clear(&url);
            Ok::<_, rquickjs::Error>(())
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "jarDelete",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, at: f64, url: String, name: String| {
            let url = Url::parse(&url).map_err(|e| throw(&ctx, &e))?;
            find(&h, at).borrow_mut().delete(&url, &name);
            Ok::<_, rquickjs::Error>(())
        })?,
    )
}

/// The jar with a number; any other number is the VU's own jar.
pub(crate) fn find(host: &Host, at: f64) -> Rc<RefCell<Jar>> {
    let made = (at >= 0.0).then(|| host.jars.borrow().get(at as usize).cloned()).flatten();
    made.unwrap_or_else(|| Rc::clone(&host.jar))
}

/// Appends to the list that is member `name`.
pub(crate) fn append<'js>(
    ctx: &Ctx<'js>,
    object: &Object<'js>,
    name: &str,
    value: Value<'js>,
) -> rquickjs::Result<()> {
    let list = match object.get::<_, Option<Array<'js>>>(name)? {
        Some(list) => list,
        None => {
            let list = Array::new(ctx.clone())?;
            object.set(name, list.clone())?;
            list
        }
    };
    list.set(list.len(), value)
}

/// A cookie of a response.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, cookie: &SetCookie) -> rquickjs::Result<Object<'js>> {
    let out = Object::new(ctx.clone())?;
    out.set("name", cookie.name.as_str())?;
    out.set("value", cookie.value.as_str())?;
    out.set("domain", cookie.domain.as_str())?;
    out.set("path", cookie.path.as_str())?;
    out.set("http_only", cookie.http_only)?;
    out.set("secure", cookie.secure)?;
    out.set("max_age", cookie.max_age as f64)?;
    out.set("expires", cookie.expires as f64)?;
    Ok(out)
}
