//! The bucket path against a real S3-speaking server (moto), started here on a free port.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use bytes::Bytes;
use model::{Nanos, Tenant};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;
use stdx::Clock;
use store::*;
use testkit::Program;

/// moto imports a good part of an SDK before it listens.
const STARTING: Duration = Duration::from_secs(60);

/// The server and its port; `None`, said aloud, where moto is not installed.
fn server() -> Option<(Program, u16)> {
    let python = std::env::var_os("ORIEL_PYTHON").unwrap_or_else(|| "python3".into());
    let installed = Command::new(&python).args(["-c", "import moto.server, flask"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {python:?} has no moto; `pip install 'moto[server]'` or run `cargo xtask test`");
        return None;
    }
    let mut command = Command::new(python);
    command.args(["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
    let port = |line: &str| line.rsplit_once("http://127.0.0.1:")?.1.trim().parse::<u16>().ok();
    Some(Program::start(&mut command, STARTING, port).unwrap())
}

fn make_bucket(port: u16, bucket: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let host = format!("127.0.0.1:{port}");
    write!(
        stream,
        "PUT /{bucket} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn open(port: u16, bucket: &str) -> Objects {
    let options = [
        ("endpoint", format!("http://127.0.0.1:{port}")),
        ("region", "eu-west-1".to_owned()),
        ("access_key_id", "test".to_owned()),
        ("secret_access_key", "test".to_owned()),
        ("allow_http", "true".to_owned()),
    ];
    let options: Vec<(String, String)> =
        options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Objects::open(&format!("s3://{bucket}/some/prefix"), &options).unwrap()
}

fn block(n: u64) -> (BlockMeta, Bytes) {
    let mut writer = BlockWriter::new(BlockMeta {
        id: BlockId(n.into()),
        tenant: Tenant::parse("team!'(1)*").unwrap(),
        signal: Signal::Logs,
        level: 0,
        start: Nanos(n as i64 * 1_000),
        end: Nanos(n as i64 * 1_000 + 1_000),
        rows: n,
        bytes: 0,
        covered: None,
    });
    writer.section(1, 1, &n.to_le_bytes());
    writer.section(2, 1, &vec![n as u8; 40_000]);
    writer.finish()
}

#[test]
fn a_bucket_does_all_that_the_storage_floor_asks() {
    let Some((server, port)) = server() else { return };
    make_bucket(port, "oriel");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let objects = open(port, "oriel");
        create_races(&objects).await;
        let catalog = catalog_blocks_and_lists(&objects).await;
        retention_and_sweep(&objects, &catalog).await;
        documents(&objects).await;
        let error = open(port, "no-such-bucket").put("x", Bytes::from_static(b"x")).await.unwrap_err();
        assert!(!error.to_string().is_empty());
        assert!(matches!(objects.get("absent").await, Err(StoreError::NotFound { .. })));
    });
    drop(server);
}

async fn create_races(objects: &Objects) {
    for round in 0..4u128 {
        let path = format!("race/{round}");
        let racers: Vec<_> = (1..=8u128)
            .map(|id| {
                let (objects, path) = (objects.clone(), path.clone());
                let mut bytes = vec![0; 40];
                bytes[16..32].copy_from_slice(&id.to_le_bytes());
                stdx::task::spawn(async move { objects.create(&path, id, bytes.into()).await.unwrap() })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            winners += usize::from(racer.join().await.unwrap() == Created::New);
        }
        assert_eq!(winners, 1);
    }
}

async fn catalog_blocks_and_lists(objects: &Objects) -> Catalog {
    let open = || Catalog::open(objects.clone(), CatalogOptions::default());
    let catalogs = [open().await.unwrap(), open().await.unwrap()];
    let tasks: Vec<_> = (0..8u64)
        .map(|n| {
            let (objects, catalog) = (objects.clone(), catalogs[n as usize % 2].clone());
            stdx::task::spawn(async move {
                let (meta, bytes) = block(n);
                objects.put(&meta.path(), bytes).await.unwrap();
                catalog.commit(Delta { add: vec![meta], ..Delta::default() }).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.join().await.unwrap();
    }
    let catalog = open().await.unwrap();
    let snapshot = catalog.snapshot();
    assert_eq!(snapshot.version, 8);
    let cache = BlockCache::new(1 << 20);
    for n in 0..8u64 {
        let meta = snapshot.all_blocks().find(|meta| meta.id == BlockId(n.into())).unwrap();
        let reader = BlockReader::open(objects, &cache, meta.clone()).await.unwrap();
        assert_eq!(reader.section(1).await.unwrap().unwrap(), &n.to_le_bytes()[..]);
        assert_eq!(reader.section_range(2, 10_000..10_003).await.unwrap(), vec![n as u8; 3]);
        assert_eq!(reader.section_ranges(2, &[5..7, 0..1]).await.unwrap(), [vec![n as u8; 2], vec![n as u8]]);
        assert_eq!(reader.section(3).await.unwrap(), None);
    }
    let listed = objects.list("blocks", None).await.unwrap();
    let paths: Vec<String> = listed.iter().map(|object| object.path.clone()).collect();
    let expected: Vec<String> = (0..8).map(|n| block(n).0.path()).collect();
    assert_eq!(paths, expected);
    assert_eq!(objects.list("blocks", Some(&paths[5])).await.unwrap(), listed[6..]);
    catalog
}

async fn retention_and_sweep(objects: &Objects, catalog: &Catalog) {
    let snapshot = catalog.snapshot();
    let tenant = block(0).0.tenant;
    let policy = RetentionPolicy { max_age: Some(Duration::from_nanos(5_000)), max_bytes: None };
    let gone = expired(&snapshot, &tenant, Signal::Logs, &policy, Nanos(9_000));
    assert_eq!(gone, (0..4).map(BlockId).collect::<Vec<_>>());
    catalog.commit(Delta { remove: gone, ..Delta::default() }).await.unwrap();
    let clock = Clock::manual(Clock::system().now_nanos());
    clock.advance(Duration::from_secs(3 * 3600));
    let mut sweeper = Sweeper::new(objects.clone(), catalog.clone(), SweepOptions::default(), clock);
    assert_eq!(sweeper.sweep().await.unwrap().deleted, 4);
    assert_eq!(objects.list("blocks", None).await.unwrap().len(), 4);
}

async fn documents(objects: &Objects) {
    let documents = Documents::new(objects.clone(), Clock::system());
    let (tenant, collection) = (Tenant::anonymous(), "dashboards".to_owned());
    let key = DocumentKey { tenant: tenant.clone(), collection, name: "first/one".to_owned() };
    assert_eq!(documents.write(&key, Some(0), b"{}").await.unwrap(), 1);
    assert!(matches!(documents.write(&key, Some(0), b"[]").await, Err(StoreError::Conflict(_))));
    assert_eq!(documents.read(&key).await.unwrap().unwrap().bytes, "{}");
    assert_eq!(documents.list(&tenant, "dashboards").await.unwrap(), [("first/one".to_owned(), 1)]);
}
