//! A VU's own connections: kept between requests, never shared with another VU.

use super::dial::Dialer;
use super::error::Failure;
use super::meter::{Bytes as ByteMeter, Stamps};
use super::url::Url;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::AbortHandle;

/// A connection and what is known of it.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    pub(crate) stamps: Rc<Stamps>,
    pub(crate) remote: SocketAddr,
    pub(crate) tls_version: &'static str,
    pub(crate) tls_cipher: String,
    /// Zero once it has been used.
    pub(crate) connecting: Duration,
    /// Zero once it has been used.
    pub(crate) handshaking: Duration,
    /// Whether it was idle before.
    pub(crate) reused: bool,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Idle connections by scheme, host and port.
#[derive(Default)]
pub(crate) struct Pool(RefCell<HashMap<(String, String, u16), Vec<Connection>>>);

/// As many as a batch opens to one host by default; more are closed after use.
const MAX_IDLE_PER_HOST: usize = 6;

fn key(url: &Url) -> (String, String, u16) {
    (url.scheme.clone(), url.host.clone(), url.effective_port())
}

impl Pool {
    /// An idle connection, or one that is made now.
    pub(crate) async fn take(
        &self,
        url: &Url,
        dialer: &Dialer,
        bytes: &Rc<ByteMeter>,
    ) -> Result<Connection, Failure> {
        while let Some(mut idle) = self.idle(url) {
            // Whoever closed it while it was idle has been noticed by the driver by the time this is ready.
            if !idle.sender.is_closed() && idle.sender.ready().await.is_ok() {
                return Ok(idle);
            }
        }
        let dialled = dialer.dial(url).await?;
        let stamps = Rc::new(Stamps::default());
        let io = dialer.metered(dialled.stream, Rc::clone(bytes), Rc::clone(&stamps));
        let built = http1::Builder::new().title_case_headers(true).handshake(io).await;
        let (sender, connection) = built.map_err(|e| Failure::talking(&e))?;
        // The driver ends with the connection; its errors reach the request that is under way.
        let driver = tokio::task::spawn_local(async move { drop(connection.await) }).abort_handle();
        Ok(Connection {
            sender,
            stamps,
            remote: dialled.remote,
            tls_version: dialled.tls_version,
            tls_cipher: dialled.tls_cipher,
            connecting: dialled.connecting,
            handshaking: dialled.handshaking,
            reused: false,
            driver,
        })
    }

    fn idle(&self, url: &Url) -> Option<Connection> {
        self.0.borrow_mut().get_mut(&key(url))?.pop()
    }

    /// Keeps a connection for the next request.
    pub(crate) fn put(&self, url: &Url, mut connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        connection.connecting = Duration::ZERO;
        connection.handshaking = Duration::ZERO;
        connection.reused = true;
        let mut pool = self.0.borrow_mut();
        let idle = pool.entry(key(url)).or_default();
        if idle.len() < MAX_IDLE_PER_HOST {
            idle.push(connection);
        }
    }

    /// Closes everything.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
