//! A small HTTP server for tests: answers each request by its path and query, over TCP or a Unix socket.

use std::path::Path;
use std::sync::{Arc, Mutex};
use stdx::BoxFuture;
use stdx::task::{self, Task};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};

/// Status and headers, then the body. Parts of a body are sent one by one.
pub(super) struct Answer {
    pub(super) head: String,
    pub(super) body: String,
    /// What follows as a stream; the connection stays open until it ends.
    pub(super) stream: Option<tokio::sync::mpsc::Receiver<String>>,
}

impl Answer {
    pub(super) fn json(body: impl Into<String>) -> Self {
        Answer {
            head: "200 OK\r\ncontent-type: application/json".to_owned(),
            body: body.into(),
            stream: None,
        }
    }

    pub(super) fn with(mut self, header: &str) -> Self {
        self.head.push_str("\r\n");
        self.head.push_str(header);
        self
    }

    pub(super) fn status(status: &str) -> Self {
        Answer { head: status.to_owned(), body: String::new(), stream: None }
    }
}

/// Answers the request line and headers of a request.
pub(super) type Respond = Arc<dyn Fn(String) -> BoxFuture<'static, Answer> + Send + Sync>;

pub(super) struct Server {
    pub(super) url: String,
    /// Paths that were asked for.
    pub(super) seen: Arc<Mutex<Vec<String>>>,
    _task: Task<()>,
}

/// Answers that need no waiting.
pub(super) fn at_once(respond: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Respond {
    Arc::new(move |head: String| {
        let answer = respond(&head);
        Box::pin(async move { answer })
    })
}

impl Server {
    pub(super) async fn start(respond: Respond) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let task = task::spawn(async move {
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                open.push(task::spawn(connection(socket, respond.clone(), log.clone())));
            }
        });
        Server { url, seen, _task: task }
    }

    pub(super) fn over_socket(path: &Path, respond: Respond) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let task = task::spawn(async move {
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                open.push(task::spawn(connection(socket, respond.clone(), log.clone())));
            }
        });
        Server { url: format!("unix://{}", path.display()), seen, _task: task }
    }
}

async fn connection(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    respond: Respond,
    seen: Arc<Mutex<Vec<String>>>,
) {
    let mut bytes = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if socket.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        bytes.drain(..end);
        let path = head.split(' ').nth(1).unwrap_or("").to_owned();
        seen.lock().unwrap().push(path);
        let answer = respond(head).await;
        let Some(mut stream) = answer.stream else {
            let text = format!(
                "HTTP/1.1 {}\r\ncontent-length: {}\r\n\r\n{}",
                answer.head,
                answer.body.len(),
                answer.body
            );
            if socket.write_all(text.as_bytes()).await.is_err() {
                return;
            }
            continue;
        };
        // Until the end of the connection.
        let text = format!("HTTP/1.1 {}\r\nconnection: close\r\n\r\n{}", answer.head, answer.body);
        let mut next = Some(text);
        while let Some(part) = next {
            if socket.write_all(part.as_bytes()).await.is_err() {
                return;
            }
            next = stream.recv().await;
        }
        return;
    }
}
