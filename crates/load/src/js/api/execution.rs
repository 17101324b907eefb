//! Native functions of `k6/execution`: positions, tags, and ending the run.

use super::throw;
use crate::js::host::Host;
use crate::run::shared::{AbortReason, Counts};
use rquickjs::{Ctx, Function, Object, Value};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native
        .set("info", Function::new(ctx.clone(), move |ctx: Ctx<'js>, what: String| info(&ctx, &h, &what))?)?;
    let h = Rc::clone(host);
    native.set(
        "options",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| {
            let settled = h.settled(&ctx, "getting test options")?;
            Ok::<_, rquickjs::Error>(settled.settings.json.to_string())
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "abort",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, reason: String| {
            let message =
                if reason.is_empty() { "test aborted".to_owned() } else { format!("test aborted: {reason}") };
            h.aborting.set(true);
            h.shared.abort.raise(AbortReason::Script, message.clone());
            Err::<(), _>(throw(&ctx, &message))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "fail",
        Function::new(ctx.clone(), move |reason: String| {
            h.shared.abort.marked_failed.store(true, Ordering::Relaxed);
            h.shared.logger.error(&format!("test marked as failed: {reason}"));
        })?,
    )?;
    tags(ctx, host, native)
}

fn info<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, what: &str) -> rquickjs::Result<Value<'js>> {
    use rquickjs::IntoJs;
    let counts = &host.shared.counts;
    let number = |n: u64| (n as f64).into_js(ctx);
    if let Some(field) = what.strip_prefix("scenario.") {
        let lane = host.lane.borrow();
        let lane = lane.as_ref().ok_or_else(|| {
            throw(ctx, "getting scenario information outside of the VU context is not supported")
        })?;
        let started = lane.started.get().copied().unwrap_or_default();
        return match field {
            "name" => lane.name.as_str().into_js(ctx),
            "executor" => lane.scenario.executor.name().into_js(ctx),
            "startTime" => (started.1 as f64).into_js(ctx),
            "progress" => {
                let total = lane.scenario.executor.duration().as_secs_f64();
                let gone = host.shared.clock.monotonic().saturating_sub(started.0).as_secs_f64();
                let part = match lane.scenario.executor {
                    crate::options::scenario::Executor::SharedIterations { iterations, .. } => {
                        host.number_in_scenario.get() as f64 / iterations as f64
                    }
                    crate::options::scenario::Executor::PerVuIterations { iterations, .. } => {
                        let mine = host.by_scenario.borrow().get(&lane.name).copied().unwrap_or(0);
                        mine as f64 / iterations as f64
                    }
                    _ if total > 0.0 => gone / total,
                    _ => 0.0,
                };
                part.clamp(0.0, 1.0).into_js(ctx)
            }
            _ => number(host.number_in_scenario.get()),
        };
    }
    match what {
        "instance.iterationsInterrupted" => number(Counts::of(&counts.interrupted)),
        "instance.iterationsCompleted" => number(Counts::of(&counts.completed)),
        "instance.vusActive" => number(counts.active.load(Ordering::Relaxed).into()),
        "instance.vusInitialized" => number(counts.initialised.load(Ordering::Relaxed).into()),
        "instance.currentTestRunDuration" => (host.shared.elapsed().as_secs_f64() * 1e3).into_js(ctx),
        "vu.iterationInInstance" => number(host.iteration.get()),
        "vu.iterationInScenario" => {
            let lane = host.lane.borrow();
            let name = lane.as_ref().map(|l| l.name.as_str()).unwrap_or_default();
            number(host.by_scenario.borrow().get(name).copied().unwrap_or(0))
        }
        _ => number(host.id.into()),
    }
}

fn tags<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "tagGet",
        Function::new(ctx.clone(), move |which: String, name: String| {
            let tags = h.tags.borrow();
            if which == "metadata" {
                return tags.metadata().find(|(n, _)| *n == name).map(|(_, v)| v.to_owned());
            }
            tags.get(&name).map(str::to_owned)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "tagSet",
        Function::new(ctx.clone(), move |which: String, name: String, value: String| {
            let tags = Arc::clone(&h.tags.borrow());
            let changed = if which == "metadata" {
                tags.with_metadata(metadata_without(&tags, &name, Some(value)))
            } else {
                tags.with([(name, value)])
            };
            *h.tags.borrow_mut() = Arc::new(changed);
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "tagDelete",
        Function::new(ctx.clone(), move |which: String, name: String| {
            let tags = Arc::clone(&h.tags.borrow());
            let changed = if which == "metadata" {
                tags.with_metadata(metadata_without(&tags, &name, None))
            } else {
                tags.without(&name)
            };
            *h.tags.borrow_mut() = Arc::new(changed);
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "tagKeys",
        Function::new(ctx.clone(), move |which: String| {
            let tags = h.tags.borrow();
            let keys: Vec<String> = if which == "metadata" {
                tags.metadata().map(|(n, _)| n.to_owned()).collect()
            } else {
                tags.iter().map(|(n, _)| n.to_owned()).collect()
            };
            keys
        })?,
    )
}

fn metadata_without(
    tags: &crate::metrics::TagSet,
    name: &str,
    value: Option<String>,
) -> Vec<(Arc<str>, Arc<str>)> {
    let others = tags.metadata().filter(|(n, _)| *n != name).map(|(n, v)| (n.into(), v.into()));
    others.chain(value.map(|v| (name.into(), v.into()))).collect()
}
