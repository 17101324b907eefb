//! A connection's meter: counts bytes and stamps when the last byte was written and the first one read, which is what
//! "sending" and "waiting" are measured by.

use hyper::rt::{Read, ReadBufCursor, Write};
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use stdx::Clock;

/// Bytes of one VU since they were last taken.
#[derive(Debug, Default)]
pub(crate) struct Bytes {
    sent: Cell<u64>,
    received: Cell<u64>,
}

impl Bytes {
    /// Takes (sent, received), leaving zero.
    pub(crate) fn take(&self) -> (u64, u64) {
        (self.sent.take(), self.received.take())
    }

    /// Counts bytes that went out.
    pub(crate) fn add_sent(&self, count: u64) {
        self.sent.set(self.sent.get() + count);
    }

    /// Counts bytes that came in.
    pub(crate) fn add_received(&self, count: u64) {
        self.received.set(self.received.get() + count);
    }
}

/// Stamps of the exchange that is going on, on the clock's monotonic scale.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    /// When the last byte was handed to the operating system.
    pub(crate) wrote: Cell<Option<Duration>>,
    /// When the first byte came.
    pub(crate) first_byte: Cell<Option<Duration>>,
}

impl Stamps {
    /// Forgets the exchange before.
    pub(crate) fn restart(&self) {
        self.wrote.set(None);
        self.first_byte.set(None);
    }
}

/// A stream that counts and stamps.
pub(crate) struct Metered<S> {
    inner: S,
    clock: Clock,
    bytes: Rc<Bytes>,
    stamps: Rc<Stamps>,
}

impl<S> Metered<S> {
    /// Puts a meter on a stream.
    pub(crate) fn on(inner: S, clock: Clock, bytes: Rc<Bytes>, stamps: Rc<Stamps>) -> Self {
        Metered { inner, clock, bytes, stamps }
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(count)) = result {
            self.bytes.add_sent(*count as u64);
            self.stamps.wrote.set(Some(self.clock.monotonic()));
        }
    }
}

impl<S: Read + Unpin> Read for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // A safe scratch buffer: the cursor's own memory may not be initialised.
        let mut scratch = [0u8; SCRATCH_BYTES];
        let size = buf.remaining().min(SCRATCH_BYTES);
        let mut part = hyper::rt::ReadBuf::new(&mut scratch[..size]);
        match Pin::new(&mut self.inner).poll_read(cx, part.unfilled()) {
            Poll::Ready(Ok(())) => {
                let filled = part.filled();
                if !filled.is_empty() {
                    self.bytes.add_received(filled.len() as u64);
                    if self.stamps.first_byte.get().is_none() {
                        self.stamps.first_byte.set(Some(self.clock.monotonic()));
                    }
                    buf.put_slice(filled);
                }
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

/// 16 KiB: one TLS record, and what hyper asks for at most in one go for small answers.
const SCRATCH_BYTES: usize = 16 << 10;

impl<S: Write + Unpin> Write for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.wrote(&result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.wrote(&result);
        result
    }
}
