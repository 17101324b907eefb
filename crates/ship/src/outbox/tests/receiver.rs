//! A receiver of remote write that answers as it is told.

use model::MetricBatch;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use stdx::task::{self, Task};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::{compress, remote_write};

/// Chooses the answer to a request: status line and headers.
pub(super) type Choose = Box<dyn Fn(&Seen) -> String + Send + Sync>;

/// One request.
#[derive(Clone)]
pub(super) struct Seen {
    /// Request line and headers, in lower case.
    pub(super) head: String,
    pub(super) batch: MetricBatch,
}

impl Seen {
    /// Each sample as a line.
    pub(super) fn rows(&self) -> Vec<String> {
        let row = |s: model::SeriesView<'_>| -> Vec<String> {
            s.samples()
                .iter()
                .map(|sample| format!("{} {} @{}", s.to_labels(), sample.value, sample.at.0))
                .collect()
        };
        self.batch.series().flat_map(row).collect()
    }
}

pub(super) struct Receiver {
    pub(super) url: String,
    shared: Arc<Shared>,
    _task: Task<()>,
}

struct Shared {
    taken: Mutex<Vec<Seen>>,
    /// Answers of the next requests; then all are taken.
    answers: Mutex<VecDeque<Choose>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/v1/write", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { taken: Mutex::default(), answers: Mutex::default() });
        let state = shared.clone();
        let task = task::spawn(async move {
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                let state = state.clone();
                open.push(task::spawn(async move { connection(socket, &state).await }));
            }
        });
        Receiver { url, shared, _task: task }
    }

    /// Answers the next request by `choose`; what is answered with 2xx is taken.
    pub(super) fn next(&self, choose: impl Fn(&Seen) -> String + Send + Sync + 'static) {
        self.shared.answers.lock().unwrap().push_back(Box::new(choose));
    }

    pub(super) fn next_is(&self, answer: &'static str) {
        self.next(move |_| answer.to_owned());
    }

    /// Takes everything from now on.
    pub(super) fn forget_answers(&self) {
        self.shared.answers.lock().unwrap().clear();
    }

    /// What was taken so far.
    pub(super) fn taken(&self) -> Vec<Seen> {
        self.shared.taken.lock().unwrap().clone()
    }

    pub(super) fn rows(&self) -> Vec<String> {
        self.taken().iter().flat_map(Seen::rows).collect()
    }
}

async fn connection(mut socket: TcpStream, shared: &Shared) {
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
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        while bytes.len() < end + length {
            if socket.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let message = compress::snappy(&bytes[end..end + length], 1 << 26).unwrap();
        bytes.drain(..end + length);
        let interned = head.contains("write.v2");
        let decoded = match interned {
            true => remote_write::decode_interned(&message),
            false => remote_write::decode(&message),
        };
        let seen = Seen { head, batch: decoded.unwrap().batch };
        let choose = shared.answers.lock().unwrap().pop_front();
        let answer = choose.map_or_else(|| good(&seen), |choose| choose(&seen));
        if answer.starts_with('2') {
            shared.taken.lock().unwrap().push(seen);
        }
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        if socket.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Everything is taken, as the version of the request wants to be told.
fn good(seen: &Seen) -> String {
    let samples = seen.batch.sample_count();
    match seen.head.contains("write.v2") {
        true => format!(
            "204 No Content\r\nx-prometheus-remote-write-samples-written: {samples}\r\n\
             x-prometheus-remote-write-exemplars-written: 1"
        ),
        false => "204 No Content".to_owned(),
    }
}
