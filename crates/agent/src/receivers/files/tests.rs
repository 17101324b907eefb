//! Following real files through rotation, truncation, crashes and fragments, against a store in memory that drops
//! repeats as the real one does.

use super::*;
use crate::options::LineFormat;
use contract::{IngestError, Outcome};
use model::{MetricBatch, SpanBatch};
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use stdx::BoxFuture;

/// Lines as (labels, time, text), without repeats.
#[derive(Default)]
struct Memory {
    lines: Mutex<BTreeSet<(Labels, i64, String)>>,
    deaf: std::sync::atomic::AtomicBool,
}

impl Memory {
    fn texts(&self) -> Vec<String> {
        let mut lines: Vec<_> =
            self.lines.lock().unwrap().iter().map(|(_, at, text)| (*at, text.clone())).collect();
        lines.sort();
        lines.into_iter().map(|(_, text)| text).collect()
    }
}

impl Ingest for Memory {
    fn metrics<'a>(&'a self, _: &'a Context, _: MetricBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }

    fn logs<'a>(&'a self, _: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let mut lines = self.lines.lock().unwrap();
            for stream in batch.streams {
                for entry in stream.entries {
                    lines.insert((stream.labels.clone(), entry.at.0, entry.text().to_owned()));
                }
            }
            match self.deaf.load(std::sync::atomic::Ordering::SeqCst) {
                true => Err(IngestError::Invalid("the answer is lost".to_owned())),
                false => Ok(Outcome::default()),
            }
        })
    }

    fn spans<'a>(&'a self, _: &'a Context, _: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }
}

struct Scene {
    folder: tempfile::TempDir,
    store: Arc<Memory>,
    follower: Option<Follower>,
    format: LineFormat,
    now: i64,
}

impl Scene {
    fn new(format: LineFormat) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Scene { folder, store: Arc::default(), follower: None, format, now: 1_000_000_000 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn open(&mut self) {
        let job = FileJob {
            job: "test".to_owned(),
            paths: vec![self.path("*.log").display().to_string()],
            exclude: Vec::new(),
            labels: BTreeMap::new(),
            format: self.format,
            from_beginning: true,
        };
        self.follower = Some(Follower::open(vec![job], &self.path("state")).unwrap());
    }

    /// As many rounds as it takes to read everything.
    fn turn(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        if self.follower.is_none() {
            self.open();
        }
        let follower = self.follower.as_mut().unwrap();
        for _ in 0..8 {
            follower.scan();
            self.now += 1_000_000;
            let (batch, parts) = follower.collect(Nanos(self.now));
            if !parts.is_empty() {
                let cx = Context::for_tests();
                assert!(runtime.block_on(follower.deliver(batch, parts, &*self.store, &cx, &Cancel::new())));
            }
        }
    }

    /// kill -9 in the middle of a push: the store has it, the agent does not know, nothing is saved at the end.
    fn crash_while_sending(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut follower = self.follower.take().unwrap();
        follower.scan();
        self.now += 1_000_000;
        let (batch, parts) = follower.collect(Nanos(self.now));
        follower.positions.intend(parts.iter().map(|p| (p.path.clone(), p.intent.clone()))).unwrap();
        runtime.block_on(self.store.logs(&Context::for_tests(), batch)).unwrap();
        std::mem::forget(follower);
    }

    fn check(&self, expected: &[&str]) {
        assert_eq!(self.store.texts(), expected);
    }
}

#[test]
fn lines_arrive_once_and_only_when_they_are_whole() {
    let mut scene = Scene::new(LineFormat::Plain);
    scene.append("a.log", "one\ntwo\nthr");
    scene.turn();
    scene.check(&["one", "two"]);
    scene.append("a.log", "ee\r\n");
    scene.turn();
    scene.check(&["one", "two", "three"]);
}

#[test]
fn a_crash_in_the_middle_of_a_push_neither_loses_nor_doubles() {
    let mut scene = Scene::new(LineFormat::Plain);
    scene.append("a.log", "one\n");
    scene.turn();
    scene.append("a.log", "two\nthree\n");
    scene.crash_while_sending();
    scene.append("a.log", "four\n");
    scene.turn();
    scene.check(&["one", "two", "three", "four"]);
}

#[test]
fn rotation_by_rename_reads_the_rest_of_the_old_file() {
    let mut scene = Scene::new(LineFormat::Plain);
    scene.append("a.log", "one\n");
    scene.turn();
    scene.append("a.log", "two\n");
    std::fs::rename(scene.path("a.log"), scene.path("a.log.1")).unwrap();
    scene.append("a.log", "three\n");
    scene.turn();
    scene.check(&["one", "two", "three"]);
}

#[test]
fn rotation_while_the_agent_is_down_does_not_read_the_same_file_twice() {
    let mut scene = Scene::new(LineFormat::Plain);
    scene.append("a.log", "one\n");
    scene.turn();
    scene.follower = None;
    std::fs::rename(scene.path("a.log"), scene.path("b.log")).unwrap();
    scene.append("a.log", "two\n");
    scene.append("b.log", "late\n");
    scene.turn();
    let mut texts = scene.store.texts();
    texts.sort();
    assert_eq!(texts, ["late", "one", "two"]);
}

#[test]
fn a_file_that_was_emptied_in_place_is_read_from_its_start() {
    let mut scene = Scene::new(LineFormat::Plain);
    scene.append("a.log", "a long first line\n");
    scene.turn();
    std::fs::write(scene.path("a.log"), "short\n").unwrap();
    scene.turn();
    std::fs::write(scene.path("a.log"), "now longer than ever before, in one go\n").unwrap();
    scene.turn();
    scene.check(&["a long first line", "short", "now longer than ever before, in one go"]);
}

#[test]
fn fragments_of_container_lines_are_joined_by_stream() {
    let mut scene = Scene::new(LineFormat::DockerJson);
    scene.append(
        "a.log",
        concat!(
            r#"{"log":"hel","stream":"stdout","time":"2026-11-20T10:00:00.000000001Z"}"#,
            "\n",
            r#"{"log":"err\n","stream":"stderr","time":"2026-11-20T10:00:00.000000002Z"}"#,
            "\n",
            r#"{"log":"lo\n","stream":"stdout","time":"2026-11-20T10:00:00.000000003Z"}"#,
            "\n",
        ),
    );
    scene.turn();
    scene.check(&["hello", "err"]);
    let mut scene = Scene::new(LineFormat::Cri);
    scene.append(
        "a.log",
        "2026-11-20T10:00:00.1Z stdout P a \n2026-11-20T10:00:00.2Z stdout F b\nnot of the format\n",
    );
    scene.turn();
    scene.check(&["not of the format", "a b"]);
}

#[test]
fn a_refused_batch_does_not_stop_the_file() {
    let mut scene = Scene::new(LineFormat::Plain);
    scene.store.deaf.store(true, std::sync::atomic::Ordering::SeqCst);
    scene.append("a.log", "one\n");
    scene.turn();
    scene.append("a.log", "two\n");
    scene.turn();
    scene.check(&["one", "two"]);
}
