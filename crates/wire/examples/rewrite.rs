//! Stands between a sender of remote write 1 and a server, and speaks another protocol to the server: so a load that only knows version 1
//! measures what a server needs for the others. `cargo xtask bench metrics` starts it.
//!
//! `cargo run --release -p wire --example rewrite -- HOST:PORT interned|zstd` prints the address where it listens; what is posted there goes
//! to the same path of HOST:PORT as version 2 (`interned`), or as version 1 in zstd, which VictoriaMetrics' own agent sends (`zstd`).
//! A connection of a sender is one to the server; the server's status goes back.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use wire::compress;
use wire::remote_write::{self, CONTENT_TYPE, CONTENT_TYPE_INTERNED, MAX_DECODED_BYTES};

/// What the server is told.
#[derive(Debug, Clone, Copy)]
enum Form {
    Interned,
    Zstd,
}

/// A request or an answer.
struct Message {
    /// Its first line, without the end.
    line: String,
    body: Vec<u8>,
}

/// The next message of a connection; `None` at its end.
fn read(from: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let (mut length, mut header) = (0, String::new());
    loop {
        header.clear();
        from.read_line(&mut header)?;
        match header.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(Message { line: line.trim_end().to_owned(), body }))
}

/// A body as it goes to the server, and the headers that say so.
fn rewritten(body: &[u8], form: Form) -> io::Result<(Vec<u8>, String)> {
    let plain = compress::snappy(body, MAX_DECODED_BYTES).map_err(io::Error::other)?;
    Ok(match form {
        Form::Interned => {
            let read = remote_write::decode(&plain).map_err(io::Error::other)?;
            let body = remote_write::encode_interned_body(&read.batch).map_err(io::Error::other)?;
            let headers = format!(
                "content-type: {CONTENT_TYPE_INTERNED}\r\ncontent-encoding: snappy\r\nx-prometheus-remote-write-version: 2.0.0"
            );
            (body, headers)
        }
        Form::Zstd => {
            let headers = format!(
                "content-type: {CONTENT_TYPE}\r\ncontent-encoding: zstd\r\nx-victoriametrics-remote-write-version: 1"
            );
            (zstd::encode_all(&plain[..], zstd::DEFAULT_COMPRESSION_LEVEL)?, headers)
        }
    })
}

/// Hands on every request of one sender.
fn serve(sender: &TcpStream, server: &str, form: Form) -> io::Result<()> {
    let mut from_sender = BufReader::new(sender);
    let to_server = TcpStream::connect(server)?;
    to_server.set_nodelay(true)?;
    let mut from_server = BufReader::new(&to_server);
    while let Some(request) = read(&mut from_sender)? {
        let (body, headers) = rewritten(&request.body, form)?;
        let head = format!(
            "{}\r\nhost: {server}\r\n{headers}\r\ncontent-length: {}\r\n\r\n",
            request.line,
            body.len()
        );
        (&to_server).write_all(&[head.as_bytes(), &body].concat())?;
        let Some(answer) = read(&mut from_server)? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        // 204 has no body and may name no length.
        let length = if answer.line.contains(" 204 ") {
            String::new()
        } else {
            format!("content-length: {}\r\n", answer.body.len())
        };
        let head = format!("{}\r\n{length}\r\n", answer.line);
        (&*sender).write_all(&[head.as_bytes(), &answer.body].concat())?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (server, form) = match &arguments[..] {
        [server, form] if form == "interned" => (server.clone(), Form::Interned),
        [server, form] if form == "zstd" => (server.clone(), Form::Zstd),
        _ => return Err(io::Error::other("expected HOST:PORT and interned or zstd")),
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for sender in listener.incoming() {
        let (sender, server) = (sender?, server.clone());
        drop(stdx::task::thread("rewrite", move || {
            if let Err(error) = serve(&sender, &server, form) {
                eprintln!("{server}: {error}");
            }
        })?);
    }
    Ok(())
}
