//! Takes request lines that were not percent-encoded as the replaced systems take them: `curl -g 'HOST/api/v1/series?match[]={a="b"}'`
//! has `"` in its query, which the parser of URLs refuses. Stands between a connection and HTTP.
//!
//! ```text
//! Line ──end of line──> Fields ──empty line──> Line      a request without a body: another may follow
//!                              └─────────────> Through   a request with one, HTTP/2, anything else: nothing is touched any more
//! ```
//! Invariant: only `"`, `<` and `>` of request lines are replaced, by `%22`, `%3C` and `%3E`; all else passes as it came.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Connections whose request lines are read leniently.
pub(super) struct Lenient(pub(super) TcpListener);

impl axum::serve::Listener for Lenient {
    type Io = Connection<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        // Answers are small writes; waiting to fill a packet only adds delay.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        (Connection { stream, place: Place::default(), rest: Vec::new() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection, and where in its requests reading is.
pub(super) struct Connection<S> {
    stream: S,
    place: Place,
    /// What was read and had no room any more, since it got longer.
    rest: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// In a request line of which so many bytes were seen.
    Line(usize),
    /// In the fields after it; holds the start of the field that is being read.
    Fields {
        start: Vec<u8>,
        has_body: bool,
    },
    Through,
}

impl Default for Place {
    fn default() -> Self {
        Place::Line(0)
    }
}

/// Fields after which more comes than the next request line.
const OF_BODIES: [&[u8]; 4] = [b"content-length", b"transfer-encoding", b"upgrade", b"expect"];
/// Enough of a field to tell it by.
const MOST_START: usize = 18;
/// Methods whose requests may have no body.
const METHODS: [u8; 4] = [b'G', b'P', b'D', b'H'];

impl Place {
    /// Goes on by `bytes`; what they become, when that is something else.
    fn read(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut changed: Option<Vec<u8>> = None;
        for (at, byte) in bytes.iter().copied().enumerate() {
            let escaped: Option<&[u8]> = match (&*self, byte) {
                (Place::Through, _) if changed.is_none() => return None,
                (Place::Line(_), b'"') => Some(b"%22"),
                (Place::Line(_), b'<') => Some(b"%3C"),
                (Place::Line(_), b'>') => Some(b"%3E"),
                _ => None,
            };
            if let Some(escaped) = escaped {
                changed.get_or_insert_with(|| bytes[..at].to_vec()).extend_from_slice(escaped);
            } else if let Some(changed) = &mut changed {
                changed.push(byte);
            }
            self.step(byte);
        }
        changed
    }

    fn step(&mut self, byte: u8) {
        match self {
            Place::Through => {}
            // The first letter of HTTP/2's preface is that of POST, the second is not that of PUT and POST.
            Place::Line(0) if !METHODS.contains(&byte) => *self = Place::Through,
            Place::Line(1) if byte == b'R' => *self = Place::Through,
            Place::Line(_) if byte == b'\n' => *self = Place::Fields { start: Vec::new(), has_body: false },
            Place::Line(seen) => *seen += 1,
            Place::Fields { start, has_body } if byte == b'\n' => {
                if start.is_empty() {
                    *self = if *has_body { Place::Through } else { Place::Line(0) };
                    return;
                }
                *has_body |= OF_BODIES.iter().any(|name| start.starts_with(name));
                start.clear();
            }
            Place::Fields { start, .. } => {
                if start.len() < MOST_START && byte != b'\r' {
                    start.push(byte.to_ascii_lowercase());
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.rest.is_empty() {
            let fits = this.rest.len().min(buf.remaining());
            buf.put_slice(&this.rest[..fits]);
            this.rest.drain(..fits);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        if let Some(changed) = this.place.read(&buf.filled()[before..]) {
            buf.set_filled(before);
            let fits = changed.len().min(buf.remaining());
            buf.put_slice(&changed[..fits]);
            this.rest.extend_from_slice(&changed[fits..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use tokio::io::AsyncReadExt;

    /// Gives one piece a read.
    struct Pieces(VecDeque<Vec<u8>>);

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            buf.put_slice(&self.0.pop_front().unwrap_or_default());
            Poll::Ready(Ok(()))
        }
    }

    /// What HTTP gets to read of `sent` in chunks of `chunk` bytes, into buffers of `room`.
    async fn passed(sent: &[u8], chunk: usize, room: usize) -> Vec<u8> {
        let stream = Pieces(sent.chunks(chunk).map(<[u8]>::to_vec).collect());
        let mut connection = Connection { stream, place: Place::default(), rest: Vec::new() };
        let (mut out, mut buffer) = (Vec::new(), vec![0; room]);
        loop {
            match connection.read(&mut buffer).await.unwrap() {
                0 => return out,
                read => out.extend_from_slice(&buffer[..read]),
            }
        }
    }

    fn check(sent: &str, expected: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (chunk, room) in [(1, 64), (3, 64), (1000, 1000), (1000, 7)] {
            let got = runtime.block_on(passed(sent.as_bytes(), chunk.min(room), room));
            assert_eq!(String::from_utf8(got).unwrap(), expected, "chunks of {chunk} in {room}");
        }
    }

    #[test]
    fn quotes_of_request_lines_are_encoded() {
        check(
            "GET /s?m={a=\"b\"} HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /q?x<2 HTTP/1.1\r\n\r\n",
            "GET /s?m={a=%22b%22} HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /q?x%3C2 HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn bodies_and_what_follows_them_pass_as_they_are() {
        check(
            "POST /s?a>b HTTP/1.1\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}GET /\"\r\n",
            "POST /s?a%3Eb HTTP/1.1\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}GET /\"\r\n",
        );
        check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\"<>", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\"<>");
    }

    proptest! {
        #[test]
        fn what_was_encoded_passes_in_any_pieces(lines in "(GET /[a-z%{}=?&]{0,9} HTTP/1[.]1\r\n([a-z]{1,20}: \"?[a-z]{0,9}\r\n){0,3}\r\n){0,3}", chunk in 1usize..40) {
            prop_assume!(!OF_BODIES.iter().any(|name| lines.as_bytes().windows(name.len()).any(|w| w == *name)));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            prop_assert_eq!(runtime.block_on(passed(lines.as_bytes(), chunk, 64)), lines.as_bytes());
        }
    }
}
