//! Rounds of a target, and a real HTTP target that appears, changes and fails.

use super::round::{Round, Took};
use super::target::{Target, Wanted};
use super::*;
use crate::options::{Authorization, Exec, StaticTargets};
use crate::relabel::{RelabelAction, RelabelRule};
use contract::{IngestError, Outcome};
use model::{LogBatch, MetricBatch, SpanBatch};
use std::sync::Mutex;
use stdx::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::exposition::{Format, parse};

fn job() -> ScrapeJob {
    let interval = Duration::from_millis(100);
    let mut job =
        ScrapeJob { job_name: "web".to_owned(), interval, timeout: interval, ..ScrapeJob::default() };
    job.limits.body_bytes = 1 << 20;
    job
}

fn rows(batch: &MetricBatch) -> Vec<String> {
    let row = |s: model::SeriesView<'_>| {
        let sample = s.samples()[0];
        let value = if model::is_stale(sample.value) { "stale".to_owned() } else { sample.value.to_string() };
        format!("{} {value} @{}", s.to_labels().without(&["instance", "job"]), sample.at.0)
    };
    let mut rows: Vec<String> = batch.series().map(row).filter(|r| !r.contains("scrape_")).collect();
    rows.sort();
    rows
}

/// What a round tells, all by labels.
fn of(round: &mut Round, tell: impl FnOnce(&mut Round) -> Told) -> MetricBatch {
    let told = tell(round);
    round.batch(&told)
}

#[test]
fn what_vanishes_gets_a_stale_marker() {
    let mut round = Round::new(Labels::from_pairs([("job", "web"), ("instance", "a:1")]));
    let mut scrape = |text: &str, at| {
        let exposition = parse(text, Format::Text, Millis(at)).unwrap();
        let (told, _) = round.good(exposition.into(), &job(), Took::at(at));
        rows(&round.batch(&told))
    };
    assert_eq!(
        scrape("a 1\nb 2\nold 3 5\n", 10),
        [
            r#"{__name__="a"} 1 @10"#,
            r#"{__name__="b"} 2 @10"#,
            r#"{__name__="old"} 3 @5"#,
            r#"{__name__="up"} 1 @10"#,
        ]
    );
    assert_eq!(
        scrape("a 1\n", 20),
        [r#"{__name__="a"} 1 @20"#, r#"{__name__="b"} stale @20"#, r#"{__name__="up"} 1 @20"#]
    );
    assert_eq!(
        rows(&of(&mut round, |round| round.bad(&job(), Took::at(30)))),
        [r#"{__name__="a"} stale @30"#, r#"{__name__="up"} 0 @30"#]
    );
    let ended = of(&mut round, |round| round.ended(&job(), Millis(40)));
    assert_eq!(rows(&ended), [r#"{__name__="up"} stale @40"#]);
}

#[test]
fn relabelling_says_which_histograms_a_target_shows() {
    let mut job = ScrapeJob { custom_buckets: true, ..job() };
    let wants = |job: &ScrapeJob| {
        let labels = Labels::from_pairs([("__address__", "a:1")]);
        match Target::from_discovered(&labels, job).unwrap() {
            Found::Target(target) => target.wants,
            Found::Dropped(_) => panic!("it is kept"),
        }
    };
    let text = b"# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum 3\na_count 2\n";
    let series = |job: &ScrapeJob| {
        let read = fetch::read(text, crate::options::BodyFormat::Text, wants(job), Millis(9)).unwrap();
        (read.batch.len(), read.batch.series().filter(|series| !series.histograms().is_empty()).count())
    };
    assert_eq!(series(&job), (1, 1));
    job.keep_classic = true;
    assert_eq!(series(&job), (5, 1));
    let mut rule = RelabelRule::new(RelabelAction::Replace, None).unwrap();
    rule.target_label = "__convert_classic_histograms_to_nhcb__".to_owned();
    rule.replacement = "false".to_owned();
    job.relabel.push(rule);
    assert_eq!(series(&job), (4, 0));
}

#[test]
fn native_histograms_and_starts_are_kept() {
    // A family `w` of type histogram: count 3, sum 1.5, schema 0, one positive span with one bucket, created at 2 s.
    let histogram = b"\x08\x03\x11\0\0\0\0\0\0\xf8\x3f\x28\0\x62\x04\x08\0\x10\x01\x68\x06\x7a\x02\x08\x02";
    let mut metric = vec![0x3a, histogram.len() as u8];
    metric.extend(histogram);
    let mut family = vec![0x0a, 1, b'w', 0x18, 4, 0x22, metric.len() as u8];
    family.extend(metric);
    family.insert(0, family.len() as u8);
    let job = job();
    let mut wants = Wanted {
        histograms: wire::exposition::Histograms::Native,
        custom_buckets: false,
        keep_classic: false,
    };
    let read = fetch::read(&family, crate::options::BodyFormat::Protobuf, wants, Millis(9000)).unwrap();
    let mut round = Round::new(Labels::from_pairs([("job", "web")]));
    let (told, fault) = round.good(read.into(), &job, Took::at(9000));
    let batch = round.batch(&told);
    let series = batch.series().next().unwrap();
    let value = &series.histograms()[0];
    assert_eq!((fault, series.to_labels().to_string().as_str()), (None, r#"{__name__="w", job="web"}"#));
    assert_eq!(
        (value.at.0, value.histogram.count, &value.histogram.positive_buckets[..]),
        (9000, 3.0, &[3.0][..])
    );
    assert_eq!(series.histogram_starts(), [2000]);
    wants.histograms = wire::exposition::Histograms::Classic;
    let read = fetch::read(&family, crate::options::BodyFormat::Protobuf, wants, Millis(19_000)).unwrap();
    let batch = of(&mut round, |round| round.good(read.into(), &job, Took::at(19_000)).0);
    let ended: Vec<_> =
        batch.series().filter(|s| s.samples().iter().any(|s| model::is_stale(s.value))).collect();
    assert_eq!((ended.len(), ended[0].value("__name__")), (1, "w"));
}

#[test]
fn clashing_labels_and_limits_follow_the_job() {
    let target = Labels::from_pairs([("job", "web"), ("instance", "a:1")]);
    let exposition = parse("a{job=\"own\"} 1\nb 1\n", Format::Text, Millis(1)).unwrap();
    let labels = |job: &ScrapeJob| {
        let mut round = Round::new(target.clone());
        let (told, fault) = round.good(exposition.clone().into(), job, Took::at(1));
        let batch = round.batch(&told);
        (batch.series().next().unwrap().to_labels().to_string(), fault)
    };
    let mut job = job();
    assert_eq!(labels(&job).0, r#"{__name__="a", exported_job="own", instance="a:1", job="web"}"#);
    job.honor_labels = true;
    assert_eq!(labels(&job).0, r#"{__name__="a", instance="a:1", job="own"}"#);
    job.limits.samples = 1;
    let (first, fault) = labels(&job);
    assert_eq!((first.contains("\"up\""), fault.as_deref()), (true, Some("sample limit exceeded")));
}

#[test]
fn relabelling_makes_or_drops_a_target() {
    let mut job = job();
    let labels = Labels::from_pairs([("__address__", "a:1"), ("zone", "x")]);
    let Ok(Found::Target(target)) = Target::from_discovered(&labels, &job) else { panic!("a target") };
    assert_eq!(target.url.as_str(), "http://a:1/metrics");
    assert_eq!(target.labels.to_string(), r#"{instance="a:1", job="web", zone="x"}"#);
    let mut drop = RelabelRule::new(RelabelAction::Drop, Some("x")).unwrap();
    drop.source_labels = vec!["zone".to_owned()];
    job.relabel = vec![drop];
    let Ok(Found::Dropped(before)) = Target::from_discovered(&labels, &job) else { panic!("none") };
    assert_eq!((before.value("__address__"), before.value("__scrape_native_histograms__")), ("a:1", "false"));
    job.relabel.clear();
    assert!(Target::from_discovered(&Labels::empty(), &job).is_err());
}

#[tokio::test]
async fn dropped_targets_are_all_counted_and_kept_up_to_the_limit() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut job = job();
    let targets = ["a:1", "b:1", "c:1"].map(str::to_owned).to_vec();
    job.static_targets = vec![StaticTargets { targets, labels: BTreeMap::new() }];
    job.relabel = vec![RelabelRule::new(RelabelAction::Drop, None).unwrap()];
    for (limit, kept) in [(0, 3), (1, 1), (2, 2), (9, 3)] {
        job.limits.dropped_targets = limit;
        let board = Arc::new(Board::default());
        let scraper = scraper(&job, Arc::default(), &board);
        let cancel = Cancel::new();
        let discovery = Discovery::new(&job).unwrap();
        let running = task::spawn(run(job.clone(), discovery, scraper, cancel.clone()));
        for _ in 0..200 {
            if !board.dropped().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let dropped = board.dropped().remove("web").unwrap_or_default();
        assert_eq!((dropped.count, dropped.kept.len()), (3, kept), "limit {limit}");
        cancel.cancel();
        running.join().await.unwrap();
        assert!(board.dropped().is_empty(), "a job that ends drops nothing more");
    }
}

#[test]
fn a_target_that_is_found_twice_is_scraped_once() {
    let job = job();
    let found = |ways: &[(&str, &str, &str)]| -> BTreeMap<Labels, Target> {
        let one = |(address, way, zone): &(&str, &str, &str)| {
            let labels = [("__address__", *address), ("__meta_way", *way), ("zone", *zone)];
            let labels = Labels::from_pairs(labels);
            let Ok(Found::Target(target)) = Target::from_discovered(&labels, &job) else {
                panic!("a target")
            };
            (labels, target)
        };
        ways.iter().map(one).collect()
    };
    let ways = |wanted: &BTreeMap<Labels, Target>| -> Vec<String> {
        wanted.keys().map(|l| format!("{} {}", l.value("__address__"), l.value("__meta_way"))).collect()
    };
    let all = [("a:1", "1", "x"), ("a:1", "2", "x"), ("a:1", "3", "y"), ("b:1", "1", "x")];
    let mut wanted = found(&all);
    keep_one_of_each(&mut wanted, |_| false);
    assert_eq!(ways(&wanted), ["a:1 1", "a:1 3", "b:1 1"], "the zone and the address tell targets apart");
    let mut wanted = found(&all);
    keep_one_of_each(&mut wanted, |labels| labels.value("__meta_way") == "2");
    assert_eq!(ways(&wanted), ["a:1 2", "a:1 3", "b:1 1"], "what is scraped already goes on");
}

#[tokio::test]
async fn too_many_targets_fail_all_of_a_job_with_both_numbers() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut job = job();
    let targets = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"].map(str::to_owned).to_vec();
    job.static_targets = vec![StaticTargets { targets, labels: BTreeMap::new() }];
    for (limit, over) in [(2, true), (3, false), (0, false)] {
        job.limits.targets = limit;
        let board = Arc::new(Board::default());
        let scraper = scraper(&job, Arc::default(), &board);
        let cancel = Cancel::new();
        let discovery = Discovery::new(&job).unwrap();
        let running = task::spawn(run(job.clone(), discovery, scraper, cancel.clone()));
        let tried = || board.list().into_iter().map(|state| state.last_error).filter(|e| !e.is_empty());
        for _ in 0..200 {
            if tried().count() == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let told: Vec<String> = tried().collect();
        assert_eq!(told.len(), 3, "limit {limit}: {told:?}");
        let reason = "target_limit exceeded (number of targets: 3, limit: 2)";
        assert!(told.iter().all(|error| (error == reason) == over), "limit {limit}: {told:?}");
        cancel.cancel();
        running.join().await.unwrap();
    }
}

fn scraper(job: &ScrapeJob, ingest: Arc<Memory>, board: &Arc<Board>) -> Scraper {
    let client = HttpClient::new(&job.client);
    Scraper { ingest, cx: Context::for_tests(), client, board: board.clone(), over_limit: Arc::default() }
}

#[derive(Default)]
struct Memory(Mutex<Vec<String>>);

impl Ingest for Memory {
    fn metrics<'a>(
        &'a self,
        _: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let rows = rows(&batch).into_iter().map(|r| r.split(" @").next().unwrap_or("").to_owned());
            self.0.lock().unwrap().extend(rows);
            Ok(Outcome::default())
        })
    }

    fn logs<'a>(&'a self, _: &'a Context, _: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }

    fn spans<'a>(&'a self, _: &'a Context, _: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }
}

/// Answers `answers` in turn, then nothing more.
async fn serve(listener: tokio::net::TcpListener, answers: Vec<&'static str>) {
    for answer in answers {
        let Ok((mut socket, _)) = listener.accept().await else { return };
        let mut request = [0; 4096];
        drop(socket.read(&mut request).await);
        drop(socket.write_all(answer.as_bytes()).await);
    }
}

#[tokio::test]
async fn a_real_target_is_scraped_until_it_fails() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let good = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\na 7\n";
    let bad = "HTTP/1.1 500 No\r\nconnection: close\r\n\r\n";
    let server = task::spawn(serve(listener, vec![good, bad]));
    let mut job = job();
    job.static_targets = vec![StaticTargets { targets: vec![address], labels: BTreeMap::new() }];
    let store = Arc::new(Memory::default());
    let board = Arc::new(Board::default());
    let discovery = Discovery::new(&job).unwrap();
    let scraper = scraper(&job, store.clone(), &board);
    let cancel = Cancel::new();
    let running = task::spawn(run(job, discovery, scraper, cancel.clone()));
    let wanted =
        [r#"{__name__="a"} 7"#, r#"{__name__="up"} 1"#, r#"{__name__="a"} stale"#, r#"{__name__="up"} 0"#];
    for _ in 0..200 {
        if wanted.iter().all(|w| store.0.lock().unwrap().iter().any(|row| row == w)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let state = board.list().remove(0);
    assert_eq!(state.health, Health::Down);
    cancel.cancel();
    running.join().await.unwrap();
    drop(server);
    let rows = store.0.lock().unwrap().clone();
    wanted.iter().for_each(|w| assert!(rows.iter().any(|row| row == w), "{w} is not in {rows:?}"));
    assert!(board.list().is_empty());
}

/// Answers every connection over a socket with one sample, and says what was asked.
fn serve_socket(path: &Path, sample: &'static str) -> (task::Task<()>, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::UnixListener::bind(path).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    let work = async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = socket.read(&mut request).await.unwrap_or(0);
            log.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).to_lowercase());
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n";
            drop(socket.write_all(format!("{head}{sample}\n").as_bytes()).await);
        }
    };
    (task::spawn(work), asked)
}

#[tokio::test]
async fn sockets_of_one_address_are_targets_of_their_own() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (_one, asked) = serve_socket(Path::new(&path("one")), "a 1");
    let (_two, _) = serve_socket(Path::new(&path("two")), "b 2");
    let mut job = job();
    job.interval = Duration::from_secs(5);
    job.timeout = Duration::from_secs(5);
    let token = r#"{"apiVersion":"v1","status":{"token":"T1"}}"#;
    job.client.authorization = Some(Authorization::Exec(Box::new(Exec {
        command: "echo".to_owned(),
        args: vec![token.to_owned()],
        env: Vec::new(),
        api_version: "v1".to_owned(),
    })));
    let group = |socket: &str| StaticTargets {
        targets: vec!["localhost:1".to_owned()],
        labels: BTreeMap::from([("__unix_socket__".to_owned(), path(socket))]),
    };
    job.static_targets = ["one", "two", "none"].map(group).to_vec();
    let (store, board) = (Arc::new(Memory::default()), Arc::new(Board::default()));
    let discovery = Discovery::new(&job).unwrap();
    let scraper = scraper(&job, store.clone(), &board);
    let cancel = Cancel::new();
    let running = task::spawn(run(job, discovery, scraper, cancel.clone()));
    let done = || board.list().iter().filter(|state| state.health != Health::Unknown).count() == 3;
    for _ in 0..200 {
        if done() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let states = board.list();
    let down: Vec<&str> =
        states.iter().filter(|s| s.health == Health::Down).map(|s| s.last_error.as_str()).collect();
    assert_eq!((states.len(), down.len()), (3, 1), "{states:?}");
    assert!(down[0].starts_with(&format!("the socket {}: ", path("none"))), "{down:?}");
    assert!(states.iter().all(|s| s.url == "http://localhost:1/metrics"));
    assert!(states.iter().all(|s| s.labels.to_string() == r#"{instance="localhost:1", job="web"}"#));
    let rows = store.0.lock().unwrap().clone();
    for wanted in [r#"{__name__="a"} 1"#, r#"{__name__="b"} 2"#] {
        assert!(rows.iter().any(|row| row == wanted), "{wanted} is not in {rows:?}");
    }
    let request = asked.lock().unwrap()[0].clone();
    assert!(request.contains("\r\nhost: localhost:1\r\n"), "{request}");
    assert!(request.contains("\r\nauthorization: bearer t1\r\n"), "{request}");
    cancel.cancel();
    running.join().await.unwrap();
    assert!(board.list().is_empty());
}

#[test]
fn histograms_are_as_fine_as_the_job_takes_them() {
    let mut batch = MetricBatch::default();
    batch.push_label("__name__", "h");
    let spans = vec![model::histogram::BucketSpan { offset: 0, length: 8 }];
    let histogram = model::FloatHistogram {
        schema: 3,
        count: 8.0,
        positive_spans: spans,
        positive_buckets: vec![1.0; 8],
        ..model::FloatHistogram::default()
    };
    batch.push_histogram(Millis(1), histogram);
    batch.finish_series().unwrap();
    let exposition = wire::exposition::Exposition { batch, timed: vec![false] };
    let scrape = |finest_schema: Option<i32>, histogram_buckets: usize| {
        let mut job = ScrapeJob { finest_schema, ..job() };
        job.limits.histogram_buckets = histogram_buckets;
        let mut round = Round::new(Labels::from_pairs([("job", "web")]));
        let (told, fault) = round.good(exposition.clone().into(), &job, Took::at(1));
        let batch = round.batch(&told);
        let stored = batch.series().find_map(|s| Some(s.histograms().first()?.histogram.clone()));
        (stored.map(|h| (h.schema, h.positive_buckets.len())), fault)
    };
    assert_eq!(scrape(None, 0), (Some((3, 8)), None));
    assert_eq!(scrape(Some(2), 0), (Some((2, 5)), None));
    assert_eq!(scrape(None, 3), (Some((1, 3)), None));
    assert_eq!(scrape(None, 1), (None, Some("histogram bucket limit exceeded".to_owned())));
}

#[tokio::test]
async fn failed_scrapes_are_noted_in_the_log_of_their_job() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failures.log");
    let labels = Labels::from_pairs([("__address__", "a:1")]);
    let Found::Target(target) = Target::from_discovered(&labels, &job()).unwrap() else {
        panic!("it is kept")
    };
    for reason in ["refused", "too \"slow\""] {
        note_failure(&path, &target, &job(), reason, Nanos(0)).await;
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["msg"], &lines[1]["job_name"]), (&"too \"slow\"".into(), &"web".into()));
    assert_eq!(lines[0]["target"], "http://a:1/metrics");
}
