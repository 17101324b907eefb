//! A small HTTP server on a free port: threads, one a connection, kept alive; it remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// The running server. It lives as long as the test process.
pub(crate) struct Target {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Target {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        stdx::task::thread("target", move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let log = Arc::clone(&log);
                stdx::task::thread("target-connection", move || drop(serve(stream, &log))).unwrap();
            }
        })
        .unwrap();
        Target { base, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut parts = line.split_whitespace().map(str::to_owned);
        let (method, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let length = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, v)| v.parse().unwrap())];
        reader.read_exact(&mut body)?;
        if path == "/ws" {
            return echo_frames(&mut reader, &mut writer, &headers);
        }
        let answer = answer(&method, &path, &headers, &body);
        log.lock().unwrap().push(Asked { method: method.clone(), path, headers, body });
        writer.write_all(answer.as_bytes())?;
    }
}

fn answer(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> String {
    let reply = |status: u16, more: &str, body: &str| {
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{more}\r\n{body}", body.len())
    };
    let cookie = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("cookie")).map_or("", |(_, v)| v);
    match path.split('/').nth(1).unwrap_or_default() {
        "status" => reply(path.rsplit('/').next().unwrap().parse().unwrap(), "", "status"),
        "redirect" => reply(302, "Location: /echo\r\nSet-Cookie: seen=yes; Path=/\r\n", ""),
        "write" => reply(204, "", ""),
        "page" => reply(
            200,
            "",
            "<form action='/echo' method=post><input name=a value=1><input type=submit name=go value=Go></form>",
        ),
        _ => {
            let text = String::from_utf8_lossy(body).into_owned();
            let json = serde_json::json!({"method": method, "path": path, "body": text, "cookie": cookie});
            reply(200, "Content-Type: application/json\r\n", &json.to_string())
        }
    }
}

/// Answers a WebSocket handshake and sends every frame back, a close frame last (RFC 6455).
fn echo_frames(
    reader: &mut impl Read,
    writer: &mut impl Write,
    headers: &[(String, String)],
) -> std::io::Result<()> {
    use base64::Engine as _;
    use sha1::Digest as _;
    let key =
        headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("sec-websocket-key")).map_or("", |(_, v)| v);
    let proof = sha1::Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = base64::engine::general_purpose::STANDARD.encode(proof);
    write!(
        writer,
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    loop {
        let mut head = [0; 6];
        reader.read_exact(&mut head)?;
        assert!(head[1] >= 128 && head[1] < 128 + 126, "small masked frames only");
        let mut payload = vec![0; usize::from(head[1] - 128)];
        reader.read_exact(&mut payload)?;
        payload.iter_mut().enumerate().for_each(|(i, b)| *b ^= head[2 + i % 4]);
        writer.write_all(&[head[0], head[1] - 128])?;
        writer.write_all(&payload)?;
        if head[0] & 15 == 8 {
            return Ok(());
        }
    }
}
