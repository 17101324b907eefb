//! A virtual user: an engine on a fiber that loads the script once and then runs what it is told.
//!
//! ```text
//! Seat --> load the script --> ready --> Command::Loop(lane): iterations until the lane's feed ends
//!                                   \--> Command::Call(call): setup, teardown, handleSummary
//! ```
//! Invariant: an iteration that is cut off leaves no `iterations` and no `iteration_duration` sample.

use super::events::Payload;
use super::failure::Failure;
use super::fiber::{JS_STACK_BYTES, Park};
use super::host::Host;
use super::{http, modules, ws};
use crate::log::Level;
use crate::metrics::{Builtin, Inbox};
use crate::run::shared::{ScenarioRun, Shared};
use rquickjs::{Context, Ctx, Function, Object, Promise, Runtime, Value};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use stdx::Cancel;
use tokio::sync::{mpsc, oneshot};

/// What a VU starts with.
pub(crate) struct Seat {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u32,
    pub(crate) inbox: Inbox,
    pub(crate) commands: mpsc::Receiver<Command>,
    /// Told once the script is loaded.
    pub(crate) ready: oneshot::Sender<Result<Info, Failure>>,
}

/// What the script exports.
#[derive(Debug, Clone, Default)]
pub(crate) struct Info {
    /// Its `options`.
    pub(crate) options: Option<Json>,
    /// Names of exported functions.
    pub(crate) functions: Vec<String>,
}

/// The other end of a VU.
pub(crate) struct Vu {
    /// What to do next.
    pub(crate) commands: mpsc::Sender<Command>,
}

/// What a VU can be told.
pub(crate) enum Command {
    /// Run iterations.
    Loop(Lane),
    /// Run a hook.
    Call(Call),
}

/// Iterations to run.
pub(crate) struct Lane {
    pub(crate) scenario: Arc<ScenarioRun>,
    pub(crate) feed: Arc<dyn Feed>,
    /// Cuts the running iteration off.
    pub(crate) stop: Cancel,
    /// Dropped at the end.
    #[expect(dead_code, reason = "its drop is its use")]
    pub(crate) done: crate::executor::Done,
}

/// Says whether another iteration may begin.
pub(crate) trait Feed: Send + Sync {
    /// `done` iterations of this lane have been run.
    fn next(&self, done: u64) -> bool;
}

/// The functions beside the iterations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hook {
    Setup,
    Teardown,
    HandleSummary,
}

impl Hook {
    /// Its exported name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Hook::Setup => "setup",
            Hook::Teardown => "teardown",
            Hook::HandleSummary => "handleSummary",
        }
    }
}

/// A hook to run.
pub(crate) struct Call {
    pub(crate) hook: Hook,
    /// Its argument as JSON; `None` is undefined.
    pub(crate) argument: Option<String>,
    pub(crate) stop: Cancel,
    /// Its result as JSON; `None` is undefined. `Err` without a failure: cut off.
    pub(crate) reply: oneshot::Sender<Result<Option<String>, Option<Failure>>>,
}

/// The body of a VU's fiber.
pub(crate) fn run(park: Park, seat: Seat) {
    let host = Rc::new(Host::of(Arc::clone(&seat.shared), park, seat.id, seat.inbox.clone()));
    let (runtime, context) = match engine(&host) {
        Ok(engine) => engine,
        Err(e) => return drop(seat.ready.send(Err(Failure::plain(format!("no JavaScript engine: {e}"))))),
    };
    let rejections = Rc::new(RefCell::new(HashMap::new()));
    track_rejections(&runtime, &rejections);
    context.with(|ctx| live(&ctx, host, seat, rejections));
}

fn engine(host: &Rc<Host>) -> rquickjs::Result<(Runtime, Context)> {
    let runtime = Runtime::new()?;
    runtime.set_max_stack_size(JS_STACK_BYTES);
    let ticking = Rc::clone(host);
    runtime.set_interrupt_handler(Some(Box::new(move || ticking.tick())));
    runtime.set_loader(modules::Loader(Rc::clone(host)), modules::Loader(Rc::clone(host)));
    let context = Context::full(&runtime)?;
    Ok((runtime, context))
}

/// Rejected promises that nobody handles, by their address.
type Rejections = Rc<RefCell<HashMap<usize, Failure>>>;

fn track_rejections(runtime: &Runtime, rejections: &Rejections) {
    let rejections = Rc::clone(rejections);
    runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_ctx, promise, reason, handled| {
        let address = address_of(&promise);
        if handled {
            rejections.borrow_mut().remove(&address);
        } else {
            rejections.borrow_mut().insert(address, Failure::of_value(reason));
        }
    })));
}

fn address_of(value: &Value<'_>) -> usize {
    value.as_object().map_or(0, |o| std::ptr::from_ref(o.as_value()) as usize)
}

fn live(ctx: &Ctx<'_>, host: Rc<Host>, mut seat: Seat, rejections: Rejections) {
    let loaded = modules::load(ctx, &host);
    host.flush();
    let (glue, exports) = match loaded {
        Ok(loaded) => loaded,
        Err(e) => return drop(seat.ready.send(Err(Failure::of(ctx, e)))),
    };
    rejections.borrow_mut().clear();
    host.in_init.set(false);
    let info = match info(ctx, &exports) {
        Ok(info) => info,
        Err(e) => return drop(seat.ready.send(Err(Failure::of(ctx, e)))),
    };
    if seat.ready.send(Ok(info)).is_err() {
        return;
    }
    let script = Script { ctx: ctx.clone(), host, glue, exports, rejections, data: RefCell::new(None) };
    while let Some(command) = script.host.park.block_on(seat.commands.recv()) {
        match command {
            Command::Loop(lane) => script.run_lane(&lane),
            Command::Call(call) => script.run_call(call),
        }
    }
}

fn info<'js>(ctx: &Ctx<'js>, exports: &Object<'js>) -> rquickjs::Result<Info> {
    let mut info = Info::default();
    for key in exports.keys::<String>() {
        let key = key?;
        if exports.get::<_, Value<'_>>(key.as_str())?.is_function() {
            info.functions.push(key);
        }
    }
    let options: Value<'js> = exports.get("options")?;
    if !options.is_undefined()
        && !options.is_null()
        && let Some(text) = ctx.json_stringify(options)?
    {
        info.options = serde_json::from_str(&text.to_string()?).ok();
    }
    Ok(info)
}

/// A loaded script.
struct Script<'js> {
    ctx: Ctx<'js>,
    host: Rc<Host>,
    /// What `lib/prelude.js` returned.
    glue: Object<'js>,
    exports: Object<'js>,
    rejections: Rejections,
    /// The setup data, parsed once.
    data: RefCell<Option<Value<'js>>>,
}

impl<'js> Script<'js> {
    fn run_lane(&self, lane: &Lane) {
        let host = &self.host;
        let counts = &host.shared.counts;
        let same = host.lane.borrow().as_ref().is_some_and(|l| Arc::ptr_eq(l, &lane.scenario));
        if !same {
            *host.lane.borrow_mut() = Some(Arc::clone(&lane.scenario));
            let mut tags = (*lane.scenario.tags).with::<&str, &str>([]);
            if host.has_tag("group") {
                tags = tags.with([("group", "")]);
            }
            *host.tags.borrow_mut() = Arc::new(tags);
            self.set_env(&lane.scenario.scenario.env);
        }
        *host.stop.borrow_mut() = lane.stop.clone();
        counts.active.fetch_add(1, Ordering::Relaxed);
        let mut done = 0;
        while !lane.stop.is_canceled() && lane.feed.next(done) {
            self.iterate(lane);
            done += 1;
        }
        counts.active.fetch_sub(1, Ordering::Relaxed);
        *host.stop.borrow_mut() = Cancel::default();
    }

    fn set_env(&self, extra: &[(String, String)]) {
        let set = || {
            let env = Object::new(self.ctx.clone())?;
            for (name, value) in self.host.shared.env.iter().chain(extra) {
                env.set(name.as_str(), value.as_str())?;
            }
            self.ctx.globals().set("__ENV", env)
        };
        if let Err(e) = set() {
            self.host.shared.logger.error(&Failure::of(&self.ctx, e).text());
        }
    }

    fn iterate(&self, lane: &Lane) {
        let host = &self.host;
        let shared = &host.shared;
        let Some(settled) = shared.settled() else { return };
        host.number_in_scenario.set(lane.scenario.iterations.fetch_add(1, Ordering::Relaxed));
        let _ = self.ctx.globals().set("__ITER", host.iteration.get());
        self.set_metadata();
        if !settled.settings.no_cookies_reset {
            host.jar.borrow_mut().reset();
        }
        let began = shared.clock.monotonic();
        let outcome = self.exported(&lane.scenario.scenario.exec).and_then(|function| {
            let data = self.setup_data()?;
            self.call(&function, Some(data))
        });
        let took = shared.clock.monotonic() - began;
        let interrupted = lane.stop.is_canceled() && !host.aborting.get();
        if interrupted {
            shared.counts.interrupted.fetch_add(1, Ordering::Relaxed);
        } else {
            shared.counts.completed.fetch_add(1, Ordering::Relaxed);
            host.record(Builtin::IterationDuration, took.as_secs_f64() * 1e3);
            host.record(Builtin::Iterations, 1.0);
        }
        host.record_bytes();
        if let (Err(failure), false, false) = (outcome, interrupted, host.aborting.get()) {
            self.log_failure(&failure, &lane.scenario);
        }
        if settled.settings.http.no_vu_connection_reuse {
            host.close_idle();
        }
        host.iteration.set(host.iteration.get() + 1);
        *host.by_scenario.borrow_mut().entry(lane.scenario.name.clone()).or_default() += 1;
        host.flush();
        let pad = settled.settings.min_iteration.saturating_sub(took);
        if !interrupted && !pad.is_zero() {
            host.wait_or_stop(tokio::time::sleep(pad));
        }
    }

    /// VU and iteration numbers, where they are asked for: as metadata, since as tags they would make a series each.
    fn set_metadata(&self) {
        let host = &self.host;
        if !(host.has_tag("vu") || host.has_tag("iter")) || host.shared.settled().is_none() {
            return;
        }
        let mut metadata = Vec::new();
        if host.has_tag("iter") {
            metadata.push(("iter".into(), host.iteration.get().to_string().into()));
        }
        if host.has_tag("vu") {
            metadata.push(("vu".into(), host.id.to_string().into()));
        }
        let tags = host.tags.borrow().with_metadata(metadata);
        *host.tags.borrow_mut() = Arc::new(tags);
    }

    fn log_failure(&self, failure: &Failure, scenario: &ScenarioRun) {
        let fields = [
            ("executor", scenario.scenario.executor.name()),
            ("scenario", scenario.name.as_str()),
            ("source", "stacktrace"),
        ];
        self.host.shared.logger.log(Level::Error, &failure.text(), &fields);
    }

    fn run_call(&self, call: Call) {
        let host = &self.host;
        *host.stop.borrow_mut() = call.stop.clone();
        let base = host.shared.settled().map(|s| Arc::clone(&s.run_tags)).unwrap_or_default();
        if call.hook != Hook::HandleSummary && host.has_tag("group") {
            let path = format!("::{}", call.hook.name());
            *host.tags.borrow_mut() = Arc::new(base.with([("group", path)]));
        }
        let result = self.exported(call.hook.name()).and_then(|function| {
            let argument = call.argument.as_deref().map(|json| self.parse(json)).transpose()?;
            let value = self.call(&function, argument)?;
            self.result(call.hook, value)
        });
        if call.hook != Hook::HandleSummary {
            host.record_bytes();
        }
        host.flush();
        let cut_off = call.stop.is_canceled() && !host.aborting.get();
        let _ = call.reply.send(if cut_off { Err(None) } else { result.map_err(Some) });
    }

    /// A hook's result as JSON, made by the prelude: each hook has its own rules.
    fn result(&self, hook: Hook, value: Value<'js>) -> Result<Option<String>, Failure> {
        let name = match hook {
            Hook::Setup => "setupResult",
            Hook::HandleSummary => "summaryResult",
            Hook::Teardown => return Ok(None),
        };
        let make: Function<'js> = self.glue.get(name).map_err(|e| Failure::of(&self.ctx, e))?;
        make.call((value,)).map_err(|e| Failure::of(&self.ctx, e))
    }

    fn exported(&self, name: &str) -> Result<Function<'js>, Failure> {
        self.exports.get(name).map_err(|_| Failure::plain(format!("function '{name}' not found in exports")))
    }

    fn parse(&self, json: &str) -> Result<Value<'js>, Failure> {
        self.ctx.json_parse(json).map_err(|e| Failure::of(&self.ctx, e))
    }

    fn parse_setup_data(&self, json: &str) -> Result<Value<'js>, Failure> {
        let parse = self.glue.get("setupData").and_then(|f: Function<'js>| f.call((json,)));
        parse.map_err(|e| Failure::of(&self.ctx, e))
    }

    fn setup_data(&self) -> Result<Value<'js>, Failure> {
        if let Some(data) = &*self.data.borrow() {
            return Ok(data.clone());
        }
        let data = match self.host.shared.setup_data.get().and_then(Option::as_deref) {
            Some(json) => self.parse_setup_data(json)?,
            None => Value::new_undefined(self.ctx.clone()),
        };
        *self.data.borrow_mut() = Some(data.clone());
        Ok(data)
    }

    /// Calls a function and waits for everything it set going.
    fn call(&self, function: &Function<'js>, argument: Option<Value<'js>>) -> Result<Value<'js>, Failure> {
        let argument = argument.unwrap_or_else(|| Value::new_undefined(self.ctx.clone()));
        let outcome = function.call((argument,)).map_err(|e| Failure::of(&self.ctx, e));
        let drained = self.drain();
        let outcome = outcome.and_then(|value: Value<'js>| self.settle(value));
        self.host.events.reset();
        self.host.sockets.borrow_mut().clear();
        let left: Vec<Failure> = self.rejections.borrow_mut().drain().map(|(_, f)| f).collect();
        let value = outcome?;
        drained?;
        match left.into_iter().next() {
            Some(failure) => Err(failure),
            None => Ok(value),
        }
    }

    /// What a promise came to; any other value as it is.
    fn settle(&self, value: Value<'js>) -> Result<Value<'js>, Failure> {
        let Some(promise) = value.clone().into_promise() else { return Ok(value) };
        match promise.result::<Value<'js>>() {
            Some(Ok(value)) => Ok(value),
            Some(Err(e)) => {
                self.rejections.borrow_mut().clear();
                Err(Failure::of(&self.ctx, e))
            }
            None => Ok(Value::new_undefined(self.ctx.clone())),
        }
    }

    /// Runs the event loop until nothing is left in it.
    fn drain(&self) -> Result<(), Failure> {
        let host = &self.host;
        loop {
            while self.ctx.execute_pending_job() {}
            if host.stop.borrow().is_canceled() || host.events.is_idle() {
                return Ok(());
            }
            let Some(Some((id, payload))) = host.wait_or_stop(host.events.next(&host.shared.clock)) else {
                return Ok(());
            };
            fire(&self.ctx, host, &self.glue, id, payload).map_err(|e| Failure::of(&self.ctx, e))?;
        }
    }
}

/// Calls back into JavaScript.
fn fire<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    glue: &Object<'js>,
    id: u32,
    payload: Payload,
) -> rquickjs::Result<()> {
    let Some(value) = value_of(ctx, host, id, payload)? else { return Ok(()) };
    let fire: Function<'js> = glue.get("fire")?;
    fire.call((id, value))
}

/// What a callback is given; `None` when it is not to be called.
fn value_of<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    id: u32,
    payload: Payload,
) -> rquickjs::Result<Option<Value<'js>>> {
    Ok(match payload {
        Payload::Timer => Some(Value::new_undefined(ctx.clone())),
        Payload::Response(response, asked) => match http::to_js(ctx, host, *response, &asked) {
            Ok(response) => Some(response.into_value()),
            // A request that throws rejects its own promise; it is no exception of the event loop.
            Err(rquickjs::Error::Exception) => {
                let rejection = Object::new(ctx.clone())?;
                rejection.set("__rejected", ctx.catch())?;
                Some(rejection.into_value())
            }
            Err(e) => return Err(e),
        },
        Payload::Socket(event) => ws::deliver(ctx, host, id, event)?.map(Object::into_value),
    })
}

/// For calls that block while events go on: the next event as `[id, value]`, or undefined when there will be none.
pub(crate) fn next_event<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> rquickjs::Result<Option<Vec<Value<'js>>>> {
    loop {
        while ctx.execute_pending_job() {}
        let Some((id, payload)) = host.wait(ctx, host.events.next(&host.shared.clock))? else {
            return Ok(None);
        };
        if let Some(value) = value_of(ctx, host, id, payload)? {
            return Ok(Some(vec![Value::new_float(ctx.clone(), f64::from(id)), value]));
        }
    }
}

/// Waits for a promise while the script is loaded: its top-level awaits may need timers.
pub(crate) fn settle_module<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    glue: &Object<'js>,
    promise: &Promise<'js>,
) -> rquickjs::Result<()> {
    loop {
        while ctx.execute_pending_job() {}
        match promise.result::<Value<'js>>() {
            Some(result) => return result.map(drop),
            None if host.events.is_idle() => return Ok(()),
            None => {}
        }
        if let Some(Some((id, payload))) = host.wait_or_stop(host.events.next(&host.shared.clock)) {
            fire(ctx, host, glue, id, payload)?;
        }
    }
}

/// How long a VU may take to load a script: 60 s, after which the run gives up on it.
pub(crate) const LOAD_TIMEOUT: Duration = Duration::from_secs(60);
