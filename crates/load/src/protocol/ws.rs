//! WebSocket as a client: the handshake on a dialled stream, frames out and in. Source: RFC 6455.
//!
//! ```text
//!  0               1               2 ...
//! |F|RSV| opcode  |M| length (7)  | length (16 or 64, when 126 or 127) | mask (4, client only) | payload
//! ```
//! Invariant: a message is whole when it is handed on; control frames come between fragments; sizes are capped.

use crate::protocol::http::cookies::Jar;
use crate::protocol::http::dial::{Dialer, Stream};
use crate::protocol::http::error::Failure;
use crate::protocol::http::meter::Bytes as ByteMeter;
use crate::protocol::http::url::Url;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;
use stdx::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

/// 64 MiB: the largest message that is taken.
const MAX_MESSAGE: u64 = 64 << 20;
/// 64 KiB: the largest answer to a handshake.
const MAX_HANDSHAKE: usize = 64 << 10;
/// What RFC 6455 section 1.3 appends to the key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// One whole message, or a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) opcode: Opcode,
    pub(crate) payload: Vec<u8>,
}

/// What the handshake is to say.
pub(crate) struct Handshake<'a> {
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) jar: &'a Jar,
}

/// An open connection.
pub(crate) struct Socket {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) opened: Opened,
}

/// What the server answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opened {
    pub(crate) status: u16,
    /// Names as the server wrote them.
    pub(crate) headers: Vec<(String, String)>,
    /// How long it took until the connection was open.
    pub(crate) took: Duration,
}

impl Opened {
    /// The protocol that the server chose; empty when none.
    pub(crate) fn subprotocol(&self) -> &str {
        let header = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("sec-websocket-protocol"));
        header.map_or("", |(_, v)| v)
    }
}

/// The incoming half.
pub(crate) struct Reader {
    stream: ReadHalf<Box<dyn Stream + Send>>,
    bytes: Rc<ByteMeter>,
    /// A message whose last fragment has not come yet.
    partial: Option<Message>,
}

/// The outgoing half.
pub(crate) struct Writer {
    stream: WriteHalf<Box<dyn Stream + Send>>,
    bytes: Rc<ByteMeter>,
    rng: Rng,
}

/// Opens a connection. An answer other than 101 is a failure that carries its status.
pub(crate) async fn connect(
    dialer: &Dialer,
    bytes: &Rc<ByteMeter>,
    mut rng: Rng,
    handshake: Handshake<'_>,
) -> Result<Socket, (Opened, Failure)> {
    let started = dialer.clock.monotonic();
    let fail = |failure: Failure| {
        (Opened { took: dialer.clock.monotonic() - started, ..Opened::default() }, failure)
    };
    if !matches!(handshake.url.scheme.as_str(), "ws" | "wss") {
        let message = format!("malformed ws or wss URL: scheme \"{}\"", handshake.url.scheme);
        return Err(fail(Failure::of(1000, message)));
    }
    let dialled = dialer.dial(handshake.url).await.map_err(fail)?;
    let (mut input, mut output) = tokio::io::split(dialled.stream);
    let mut key = [0; 16];
    rng.fill(&mut key);
    let key = STANDARD.encode(key);
    let request = request(dialer, &handshake, &key);
    let talk = async {
        output.write_all(request.as_bytes()).await?;
        output.flush().await?;
        bytes.add_sent(request.len() as u64);
        read_answer(&mut input, bytes).await
    };
    let (status, headers) = talk.await.map_err(|e| fail(Failure::talking(&e)))?;
    let opened = Opened { status, headers, took: dialer.clock.monotonic() - started };
    let accepted = opened.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("sec-websocket-accept"));
    if status != 101 || accepted.is_none_or(|(_, v)| *v != accept_of(&key)) {
        let failure = Failure::of(1000 + u32::from(status), "websocket: bad handshake");
        return Err((opened, failure));
    }
    let reader = Reader { stream: input, bytes: Rc::clone(bytes), partial: None };
    let writer = Writer { stream: output, bytes: Rc::clone(bytes), rng };
    Ok(Socket { reader, writer, opened })
}

/// The value that proves that the server read the key.
fn accept_of(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}{GUID}")))
}

fn request(dialer: &Dialer, handshake: &Handshake<'_>, key: &str) -> String {
    let url = handshake.url;
    let mut out = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
        url.target(),
        url.authority()
    );
    let has = |name: &str| handshake.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    if !has("user-agent") {
        let _ = write!(out, "User-Agent: {}\r\n", dialer.settings.user_agent);
    }
    let cookies = handshake.jar.cookies_for(url, &dialer.clock);
    if !cookies.is_empty() && !has("cookie") {
        let pairs: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let _ = write!(out, "Cookie: {}\r\n", pairs.join("; "));
    }
    for (name, value) in handshake.headers.iter().filter(|(n, _)| !n.eq_ignore_ascii_case("host")) {
        let clean = |text: &str| text.replace(['\r', '\n'], " ");
        let _ = write!(out, "{}: {}\r\n", clean(name), clean(value));
    }
    out.push_str("\r\n");
    out
}

type Answer = (u16, Vec<(String, String)>);

/// Reads a status line and headers, byte by byte so that no frame behind them is swallowed.
async fn read_answer(
    input: &mut ReadHalf<Box<dyn Stream + Send>>,
    bytes: &ByteMeter,
) -> std::io::Result<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HANDSHAKE {
            return Err(std::io::Error::other("the answer to the handshake is over 64 KiB"));
        }
        head.push(input.read_u8().await?);
    }
    bytes.add_received(head.len() as u64);
    let text = String::from_utf8_lossy(&head);
    let mut lines = text.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or(0);
    let header = |line: &str| line.split_once(':').map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned()));
    Ok((status, lines.filter_map(header).collect()))
}

impl Reader {
    /// The next message or control frame.
    pub(crate) async fn next(&mut self) -> std::io::Result<Message> {
        loop {
            let (last, frame) = self.frame().await?;
            match (frame.opcode, self.partial.take()) {
                (Opcode::Close | Opcode::Ping | Opcode::Pong, partial) => {
                    self.partial = partial;
                    return Ok(frame);
                }
                (Opcode::Continuation, Some(mut partial)) => {
                    if (partial.payload.len() + frame.payload.len()) as u64 > MAX_MESSAGE {
                        return Err(std::io::Error::other("a message is over 64 MiB"));
                    }
                    partial.payload.extend_from_slice(&frame.payload);
                    if last {
                        return Ok(partial);
                    }
                    self.partial = Some(partial);
                }
                (Opcode::Continuation, None) => {
                    return Err(std::io::Error::other("a continuation of nothing"));
                }
                (_, _) if last => return Ok(frame),
                (_, _) => self.partial = Some(frame),
            }
        }
    }

    async fn frame(&mut self) -> std::io::Result<(bool, Message)> {
        let (first, second) = (self.stream.read_u8().await?, self.stream.read_u8().await?);
        let opcode = match first & 15 {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            other => return Err(std::io::Error::other(format!("a frame of unknown sort {other}"))),
        };
        let length = match second & 127 {
            126 => u64::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await?,
            short => u64::from(short),
        };
        if length > MAX_MESSAGE {
            return Err(std::io::Error::other("a frame is over 64 MiB"));
        }
        let mut mask = [0; 4];
        if second & 128 != 0 {
            self.stream.read_exact(&mut mask).await?;
        }
        let mut payload = Vec::new();
        (&mut self.stream).take(length).read_to_end(&mut payload).await?;
        if (payload.len() as u64) < length {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        payload.iter_mut().enumerate().for_each(|(i, b)| *b ^= mask[i % 4]);
        self.bytes.add_received(length + 2);
        Ok((first & 128 != 0, Message { opcode, payload }))
    }
}

impl Writer {
    /// Sends a message in one frame.
    pub(crate) async fn send(&mut self, opcode: Opcode, payload: &[u8]) -> std::io::Result<()> {
        let mut mask = [0; 4];
        self.rng.fill(&mut mask);
        let frame = encode(opcode, payload, mask);
        self.stream.write_all(&frame).await?;
        self.stream.flush().await?;
        self.bytes.add_sent(frame.len() as u64);
        Ok(())
    }
}

fn encode(opcode: Opcode, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![128 | opcode as u8];
    match payload.len() {
        short @ 0..126 => frame.push(128 | short as u8),
        medium @ 126..65_536 => {
            frame.push(128 | 126);
            frame.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            frame.push(128 | 127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().enumerate().map(|(i, b)| b ^ mask[i % 4]));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reader(bytes: Vec<u8>) -> Reader {
        let stream: Box<dyn Stream + Send> =
            Box::new(tokio::io::join(std::io::Cursor::new(bytes), tokio::io::sink()));
        Reader { stream: tokio::io::split(stream).0, bytes: Rc::default(), partial: None }
    }

    fn read(bytes: Vec<u8>) -> std::io::Result<Message> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(reader(bytes).next())
    }

    /// The example of RFC 6455 section 1.3.
    #[test]
    fn the_key_of_the_standard() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn fragments_are_joined_around_control_frames() {
        let bytes = vec![0x01, 1, b'a', 0x89, 0, 0x80, 1, b'b'];
        let mut reader = reader(bytes);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (first, second) =
            runtime.block_on(async { (reader.next().await.unwrap(), reader.next().await.unwrap()) });
        assert_eq!(first.opcode, Opcode::Ping);
        assert_eq!(second, Message { opcode: Opcode::Text, payload: b"ab".to_vec() });
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(payload in prop::collection::vec(any::<u8>(), 0..300), mask: [u8; 4]) {
            let message = read(encode(Opcode::Binary, &payload, mask)).unwrap();
            prop_assert_eq!(message, Message { opcode: Opcode::Binary, payload });
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(bytes);
        }
    }
}
