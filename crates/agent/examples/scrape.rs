//! What a scraped sample costs: targets on this machine are scraped every second into an engine with a log on disk, and the CPU of
//! the process without that of the targets is divided by the samples stored, from the third scrape of all on.
//!
//! `cargo run --release -p agent --example scrape -- [targets] [seconds]`, by default 20 targets of 1,000 series for 20 s. A target
//! shows what a host exporter does, with help and type of each family; two values in five change from scrape to scrape.

use agent::{Agent, AgentOptions, ScrapeJob, StaticTargets};
use contract::{Context, Ingest, IngestError, KnownSeries, Outcome};
use model::{LabelKey, LogBatch, MetricBatch, SpanBatch};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stdx::BoxFuture;
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tsdb::{EngineOptions, Tsdb};

/// What the binary uses.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// An engine that counts what it stored.
struct Counting {
    engine: Arc<Tsdb>,
    samples: AtomicU64,
}

impl Ingest for Counting {
    fn known(&self, cx: &Context, keys: &[LabelKey]) -> KnownSeries {
        self.engine.known(cx, keys)
    }

    fn metrics<'a>(
        &'a self,
        cx: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let outcome = self.engine.append(cx, &batch).await?;
            self.samples.fetch_add(outcome.accepted, Ordering::Relaxed);
            Ok(outcome)
        })
    }

    fn logs<'a>(&'a self, _: &'a Context, _: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }

    fn spans<'a>(&'a self, _: &'a Context, _: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }
}

/// One target's text at a scrape: 100 families of ten series.
fn exposition(scrape: u64) -> String {
    let mut text = String::new();
    for family in 0..100u64 {
        let name = format!("node_family_{family}_seconds_total");
        let _ = writeln!(
            text,
            "# HELP {name} What the family number {family} counts, in seconds.\n# TYPE {name} counter"
        );
        for series in 0..10u64 {
            let changes = if (family + series) % 5 < 2 { scrape } else { 0 };
            let value = (family * 1000 + series * 37) as f64 + changes as f64 * 0.25;
            let _ =
                writeln!(text, "{name}{{cpu=\"{series}\",device=\"nvme{family}n1\",mode=\"idle\"}} {value}");
        }
    }
    text
}

/// Answers every request; a connection a thread, kept open.
fn serve(listener: &TcpListener) {
    for socket in listener.incoming() {
        let Ok(mut socket) = socket else { return };
        let answering = stdx::task::thread("target", move || {
            let mut request = [0; 4096];
            let mut scrape = 0;
            while let Ok(1..) = socket.read(&mut request) {
                scrape += 1;
                let body = exposition(scrape);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                if socket.write_all((head + &body).as_bytes()).is_err() {
                    return;
                }
            }
        });
        drop(answering.expect("a thread can be started"));
    }
}

/// CPU seconds of a process, in ticks of 10 ms.
fn cpu(pid: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("--serve") {
        // The targets are a process of their own, so that their CPU is not counted.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        println!("{}", listener.local_addr().expect("it listens"));
        serve(&listener);
        return;
    }
    let targets: usize = first.and_then(|n| n.parse().ok()).unwrap_or(20);
    let seconds: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(20);
    let program = std::env::current_exe().expect("it runs");
    let mut child = std::process::Command::new(program)
        .arg("--serve")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it can be started");
    let mut address = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().expect("it is piped"));
    std::io::BufRead::read_line(&mut out, &mut address).expect("it tells its address");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(targets, seconds, address.trim()));
    drop(child.kill());
    drop(child.wait());
}

async fn measure(targets: usize, seconds: u64, address: &str) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let dir = tempfile::tempdir().expect("a directory");
    let objects =
        Objects::open(&dir.path().join("store").display().to_string(), &[]).expect("it can be made");
    let catalog =
        Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("the catalog is new");
    let options = EngineOptions::new(dir.path().join("log"), objects, catalog, BlockCache::new(64 << 20));
    let engine = Tsdb::open(options).await.expect("the log is new");
    let counting = Arc::new(Counting { engine, samples: AtomicU64::new(0) });
    let second = Duration::from_secs(1);
    let static_targets = (0..targets)
        .map(|number| {
            let labels = BTreeMap::from([("instance".to_owned(), format!("10.0.0.{number}:9100"))]);
            StaticTargets { targets: vec![address.to_owned()], labels }
        })
        .collect();
    let job = ScrapeJob {
        job_name: "node".to_owned(),
        interval: second,
        timeout: second,
        static_targets,
        compression: false,
        ..ScrapeJob::default()
    };
    let options = AgentOptions {
        state_dir: dir.path().to_owned(),
        host: None,
        scrape: vec![job],
        files: Vec::new(),
        syslog: Vec::new(),
    };
    let cx = Context::for_tests();
    let agent = Agent::start(options, counting.clone(), cx).await.expect("the job is good");
    // Labels are told once; what is measured comes after.
    while counting.samples.load(Ordering::Relaxed) < 3 * 1000 * targets as u64 {
        tokio::time::sleep(second / 10).await;
    }
    tokio::time::sleep(second).await;
    let (samples, before) = (counting.samples.load(Ordering::Relaxed), cpu("self"));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let samples = counting.samples.load(Ordering::Relaxed) - samples;
    let spent = cpu("self") - before;
    println!(
        "{samples} samples, {spent:.2} s of CPU, {:.0} ns a sample",
        spent * 1e9 / samples.max(1) as f64
    );
    agent.stop().await;
}
