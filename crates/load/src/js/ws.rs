//! Native functions of `k6/ws` and `k6/websockets`: a session is a task of the VU's thread that posts events to a callback.

use super::api::{scalar, tag_pairs, throw};
use super::bytes;
use super::events::Payload;
use super::host::Host;
use super::http::jar;
use crate::log::Level;
use crate::metrics::{Builtin, TagSet};
use crate::protocol::http::cookies::Jar;
use crate::protocol::http::url::Url;
use crate::protocol::ws::{self, Handshake, Message, Opcode, Opened};
use rquickjs::{Ctx, Function, Object, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use stdx::Rng;
use tokio::sync::mpsc;

/// Messages that wait to be sent; a script that is faster than the network is told.
const SEND_QUEUE: usize = 4096;
/// How long the server may take to answer a close.
const CLOSE_WAIT: Duration = Duration::from_secs(3);
/// 123 bytes: a control frame holds 125, and the code takes two.
const MAX_REASON: usize = 123;
/// The connection ended without a close frame (RFC 6455 section 7.1.5).
const ABNORMAL: u16 = 1006;

/// What a session tells the script.
pub(crate) enum Event {
    Open(Opened),
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong,
    Error(String, u16),
    Close(u16, String),
}

/// What the script tells a session.
pub(crate) enum Order {
    Send(Opcode, Vec<u8>),
    Close(u16, String),
}

/// The script's end of a session.
pub(crate) struct Handle {
    orders: mpsc::Sender<Order>,
    /// Tags of its samples, once it is open.
    tags: Option<Arc<TagSet>>,
    /// Whether the script has closed it: what still arrives is neither delivered nor counted.
    closing: bool,
}

/// What a session is begun with.
struct Plan {
    id: u32,
    url: Url,
    headers: Vec<(String, String)>,
    jar: Rc<RefCell<Jar>>,
    tags: Arc<TagSet>,
    /// Whether the close frame counts as a message, which the two modules see differently.
    counts_close: bool,
}

pub(crate) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "wsOpen",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, id: u32, url: String, params: Value<'js>, counts_close: bool| {
                open(&ctx, &h, id, &url, &params, counts_close)
            },
        )?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "wsSend",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, kind: String, content: Value<'js>| {
            let opcode = match kind.as_str() {
                "text" => Opcode::Text,
                "ping" => Opcode::Ping,
                _ => Opcode::Binary,
            };
            let wrong =
                || throw(&ctx, "unsupported send type: expected a string, an ArrayBuffer or a typed array");
            let content =
                if opcode == Opcode::Ping { Vec::new() } else { bytes::of(&content).ok_or_else(wrong)? };
            order(&ctx, &h, id, Order::Send(opcode, content))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "wsClose",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, code: u32, reason: String| {
            order(&ctx, &h, id, Order::Close(u16::try_from(code).unwrap_or(1000), reason))
        })?,
    )
}

fn order(ctx: &Ctx<'_>, host: &Host, id: u32, order: Order) -> rquickjs::Result<()> {
    let mut sockets = host.sockets.borrow_mut();
    // A socket that is closed already ignores what comes after.
    let Some(handle) = sockets.get_mut(&id).filter(|h| !h.closing) else { return Ok(()) };
    handle.closing = matches!(order, Order::Close(..));
    match handle.orders.try_send(order) {
        Err(mpsc::error::TrySendError::Full(_)) => {
            Err(throw(ctx, "too many WebSocket messages wait to be sent"))
        }
        _ => Ok(()),
    }
}

fn open<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    id: u32,
    address: &str,
    params: &Value<'js>,
    counts_close: bool,
) -> rquickjs::Result<()> {
    let settled = host.settled(ctx, "using websockets")?;
    let url = Url::parse(address).map_err(|e| throw(ctx, &format!("invalid WebSocket URL: {e}")))?;
    let mut tags = (**host.tags.borrow()).with::<&str, &str>([]);
    let (mut headers, mut own_jar) = (Vec::new(), Rc::clone(&host.jar));
    if host.has_tag("url") {
        tags = tags.with([("url", url.masked())]);
    }
    if let Some(params) = params.as_object() {
        if let Some(given) = params.get::<_, Value<'js>>("headers")?.as_object() {
            for entry in given.props::<String, Value<'js>>() {
                let (name, value) = entry?;
                headers.push((name, scalar(&value).unwrap_or_default()));
            }
        }
        tags = tags.with(tag_pairs(ctx, &params.get("tags")?)?);
        if let Some(given) = params.get::<_, Value<'js>>("jar")?.as_object() {
            own_jar = jar::find(host, given.get::<_, Option<f64>>("__jar")?.unwrap_or(-1.0));
        }
    }
    let (sender, orders) = mpsc::channel(SEND_QUEUE);
    host.sockets.borrow_mut().insert(id, Handle { orders: sender, tags: None, closing: false });
    let plan = Plan { id, url, headers, jar: own_jar, tags: Arc::new(tags), counts_close };
    let dialer = Arc::clone(&settled.dialer);
    let meter = Rc::clone(&host.client(settled).bytes);
    let rng = Rng::seeded(host.rng.borrow_mut().next_u64());
    let session_host = Rc::clone(host);
    host.events.spawn(async move {
        let jar = plan.jar.borrow().clone();
        let handshake = Handshake { url: &plan.url, headers: &plan.headers, jar: &jar };
        match ws::connect(&dialer, &meter, rng, handshake).await {
            Ok(socket) => session(&session_host, &plan, socket, orders).await,
            Err((opened, failure)) => {
                record(&session_host, &plan, &opened);
                let problem = failure.message.clone();
                let line = "Attempt to establish a WebSocket connection failed";
                session_host.shared.logger.log(Level::Warning, line, &[("error", &problem)]);
                post(&session_host, plan.id, Event::Error(failure.message, opened.status));
                post(&session_host, plan.id, Event::Close(ABNORMAL, String::new()));
            }
        }
        session_host.events.end();
    });
    Ok(())
}

fn post(host: &Host, id: u32, event: Event) {
    host.events.post(id, Payload::Socket(event));
}

/// Tags and the samples of a session's beginning; returns the tags of all its samples.
fn record(host: &Host, plan: &Plan, opened: &Opened) -> Arc<TagSet> {
    let mut pairs = Vec::new();
    if host.has_tag("status") {
        pairs.push(("status", opened.status.to_string()));
    }
    if host.has_tag("subproto") && !opened.subprotocol().is_empty() {
        pairs.push(("subproto", opened.subprotocol().to_owned()));
    }
    let tags = Arc::new(plan.tags.with(pairs));
    if let Some(handle) = host.sockets.borrow_mut().get_mut(&plan.id) {
        handle.tags = Some(Arc::clone(&tags));
    }
    let now = host.shared.clock.now_nanos();
    host.record_with(Builtin::WsSessions, 1.0, Arc::clone(&tags), now);
    host.record_with(Builtin::WsConnecting, opened.took.as_secs_f64() * 1e3, Arc::clone(&tags), now);
    tags
}

/// How a session ends.
type End = (u16, String);

/// A session while it is open.
struct Session<'a> {
    host: &'a Rc<Host>,
    plan: &'a Plan,
    tags: Arc<TagSet>,
    writer: ws::Writer,
    /// When the last ping went out.
    pinged: Option<Duration>,
    /// When the close frame went out, and its code.
    closing: Option<(Duration, u16)>,
}

async fn session(host: &Rc<Host>, plan: &Plan, socket: ws::Socket, mut orders: mpsc::Receiver<Order>) {
    let ws::Socket { reader, writer, opened } = socket;
    let tags = record(host, plan, &opened);
    let clock = &host.shared.clock;
    let began = clock.monotonic();
    post(host, plan.id, Event::Open(opened));
    let mut open = Session { host, plan, tags, writer, pinged: None, closing: None };
    // A read that has begun is kept: half a frame must not be lost when an order comes first.
    let read = |mut reader: ws::Reader| async move {
        let message = reader.next().await;
        (reader, message)
    };
    let mut reading = Box::pin(read(reader));
    let (code, reason) = loop {
        let sent = open.closing;
        let deadline =
            sent.map_or(Duration::MAX, |(at, _)| CLOSE_WAIT.saturating_sub(clock.monotonic() - at));
        let end = tokio::select! {
            (reader, message) = &mut reading => {
                reading = Box::pin(read(reader));
                open.take(message).await
            }
            order = orders.recv(), if sent.is_none() => open.obey(order).await,
            () = tokio::time::sleep(deadline), if sent.is_some() => Some(open.gone()),
        };
        if let Some(end) = end {
            break end;
        }
    };
    open.count(Builtin::WsSessionDuration, (clock.monotonic() - began).as_secs_f64() * 1e3);
    post(host, plan.id, Event::Close(code, reason));
}

impl Session<'_> {
    fn count(&self, metric: Builtin, value: f64) {
        self.host.record_with(metric, value, Arc::clone(&self.tags), self.host.shared.clock.now_nanos());
    }

    fn post(&self, event: Event) {
        post(self.host, self.plan.id, event);
    }

    /// The connection is over without the server's close frame.
    fn gone(&self) -> End {
        (self.closing.map_or(ABNORMAL, |(_, code)| code), String::new())
    }

    /// Takes what came in.
    async fn take(&mut self, message: std::io::Result<Message>) -> Option<End> {
        let message = match message {
            Ok(message) => message,
            Err(_) if self.closing.is_some() => return Some(self.gone()),
            Err(e) => {
                self.post(Event::Error(format!("websocket: close {ABNORMAL} (abnormal closure): {e}"), 0));
                return Some(self.gone());
            }
        };
        let clock = &self.host.shared.clock;
        match message.opcode {
            Opcode::Close => {
                if self.closing.is_none() {
                    let _ = self.writer.send(Opcode::Close, message.payload.get(..2).unwrap_or(&[])).await;
                }
                return Some(closed(&message));
            }
            Opcode::Ping => {
                let _ = self.writer.send(Opcode::Pong, &message.payload).await;
                self.post(Event::Ping);
            }
            Opcode::Pong => {
                if let Some(sent) = self.pinged.take() {
                    self.count(Builtin::WsPing, (clock.monotonic() - sent).as_secs_f64() * 1e3);
                }
                self.post(Event::Pong);
            }
            Opcode::Text => self.post(Event::Text(String::from_utf8_lossy(&message.payload).into_owned())),
            Opcode::Binary | Opcode::Continuation => self.post(Event::Binary(message.payload)),
        }
        None
    }

    /// Does what the script wants; without a script the session ends.
    async fn obey(&mut self, order: Option<Order>) -> Option<End> {
        let now = self.host.shared.clock.monotonic();
        match order {
            None => return Some(self.gone()),
            Some(Order::Send(opcode, content)) => {
                if opcode == Opcode::Ping {
                    self.pinged = Some(now);
                } else {
                    self.count(Builtin::WsMsgsSent, 1.0);
                }
                if let Err(e) = self.writer.send(opcode, &content).await {
                    self.post(Event::Error(e.to_string(), 0));
                    return Some(self.gone());
                }
            }
            Some(Order::Close(code, reason)) => {
                let mut payload = code.to_be_bytes().to_vec();
                let fits =
                    reason.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|e| *e <= MAX_REASON);
                payload.extend_from_slice(&reason.as_bytes()[..fits.last().unwrap_or(0)]);
                let _ = self.writer.send(Opcode::Close, &payload).await;
                if self.plan.counts_close {
                    self.count(Builtin::WsMsgsSent, 1.0);
                }
                self.closing = Some((now, code));
            }
        }
        None
    }
}

/// Code and reason of a close frame.
fn closed(message: &Message) -> (u16, String) {
    match message.payload.as_slice() {
        [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), String::from_utf8_lossy(reason).into_owned()),
        _ => (1005, String::new()),
    }
}

/// An event for the script. Messages are counted here, where the script gets them; `None` when it has closed the socket.
pub(crate) fn deliver<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    id: u32,
    event: Event,
) -> rquickjs::Result<Option<Object<'js>>> {
    match &event {
        Event::Text(_) | Event::Binary(_) => {
            let sockets = host.sockets.borrow();
            let Some(tags) = sockets.get(&id).filter(|h| !h.closing).and_then(|h| h.tags.clone()) else {
                return Ok(None);
            };
            host.record_with(Builtin::WsMsgsReceived, 1.0, tags, host.shared.clock.now_nanos());
        }
        Event::Close(..) => drop(host.sockets.borrow_mut().remove(&id)),
        _ => {}
    }
    to_js(ctx, event).map(Some)
}

/// An event as an object: `kind` and what belongs to it.
fn to_js<'js>(ctx: &Ctx<'js>, event: Event) -> rquickjs::Result<Object<'js>> {
    let out = Object::new(ctx.clone())?;
    match event {
        Event::Open(opened) => {
            out.set("kind", "open")?;
            out.set("status", opened.status)?;
            out.set("protocol", opened.subprotocol())?;
            let headers = Object::new(ctx.clone())?;
            for (name, value) in &opened.headers {
                headers.set(crate::protocol::http::canonical_name(name), value.as_str())?;
            }
            out.set("headers", headers)?;
        }
        Event::Text(text) => {
            out.set("kind", "text")?;
            out.set("data", text)?;
        }
        Event::Binary(content) => {
            out.set("kind", "binary")?;
            out.set("data", bytes::buffer(ctx, &content)?)?;
        }
        Event::Ping => out.set("kind", "ping")?,
        Event::Pong => out.set("kind", "pong")?,
        Event::Error(message, status) => {
            out.set("kind", "error")?;
            out.set("message", message)?;
            out.set("status", status)?;
        }
        Event::Close(code, reason) => {
            out.set("kind", "close")?;
            out.set("code", code)?;
            out.set("reason", reason)?;
        }
    }
    Ok(out)
}
