//! One Oriel feeds another by remote write; both are killed and started again in between: what the first one
//! acknowledged arrives at the second one, each sample once.

use e2e::writer::{Addresses, Base, Signal, Written, write_until_gone};
use e2e::{Http, Oriel, eventually, reader};
use std::path::Path;
use std::time::Duration;
use stdx::{Clock, Rng};

/// Kills of sender and receiver.
const CYCLES: u64 = 6;
/// Numbers set aside for each cycle: more than are written in the longest one.
const NUMBERS_A_CYCLE: u64 = 100_000;

const QUIET: [&str; 4] =
    ["telemetry.enabled=false", "host.enabled=false", "docker.enabled=false", "span_metrics.enabled=false"];

/// A receiver keeps its port over restarts, so that the sender finds it again.
fn receiver(home: &Path, port: u16) -> Oriel {
    let door = format!("doors.prometheus=127.0.0.1:{port}");
    let mut settings = QUIET.to_vec();
    settings.push(&door);
    Oriel::start(home, &settings)
}

fn sender(home: &Path) -> Oriel {
    let file = format!("prometheus_config={}", home.join("prometheus.yml").display());
    let mut settings = QUIET.to_vec();
    settings.push(&file);
    Oriel::start(home, &settings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_acknowledged_reaches_the_other() {
    let (from, to) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let seed = Clock::system().now_nanos().unsigned_abs();
    println!("seed {seed}");
    let mut rng = Rng::seeded(seed);
    let http = Http::default();
    let base = Base(Clock::system().now_millis() - (CYCLES * NUMBERS_A_CYCLE).cast_signed() - 60_000);
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    for version in ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"] {
        let config = format!(
            "remote_write:\n- url: http://127.0.0.1:{port}/api/v1/write\n  name: other\n  protobuf_message: {version}\n  \
             queue_config: {{batch_send_deadline: 100ms, max_samples_per_send: 500}}\n"
        );
        std::fs::write(from.path().join("prometheus.yml"), config).expect("a file");
        let mut written: Vec<(u64, Written)> = Vec::new();
        let mut second = Some(receiver(to.path(), port));
        let first_cycle = if version.ends_with("v2.Request") { CYCLES / 2 } else { 0 };
        for cycle in first_cycle..first_cycle + CYCLES / 2 {
            let first = sender(from.path());
            let (server, start) = (Addresses::of(&first), cycle * NUMBERS_A_CYCLE);
            let kill = async {
                tokio::time::sleep(Duration::from_millis(200 + rng.below(300))).await;
                // The receiver is away for the rest of the cycle.
                second.take().expect("it runs").kill();
                tokio::time::sleep(Duration::from_millis(200 + rng.below(300))).await;
                first.kill();
            };
            let (numbers, ()) = tokio::join!(write_until_gone(&server, Signal::Metrics, base, start), kill);
            written.push((start, numbers));
            second = Some(receiver(to.path(), port));
        }
        // Whatever is in the queue goes out once the sender runs again.
        let first = sender(from.path());
        let second = second.expect("it was started last");
        for (start, numbers) in &written {
            let end = numbers.acked.iter().chain(&numbers.unknown).max().map_or(*start, |last| last + 1);
            assert!(numbers.acked.len() > 100, "too little was written: {}", numbers.acked.len());
            let found = eventually("all samples at the second one", 60, async || {
                let found = reader::samples(&http, &second, base, *start..end).await;
                numbers.acked.iter().all(|n| found.contains_key(n)).then_some(found)
            })
            .await;
            assert!(found.values().all(|count| *count == 1), "a sample arrived twice");
        }
        let (_, shown) =
            http.try_get(&format!("{}/metrics", first.url("prometheus")), &[]).await.expect("it runs");
        let sent = r#"prometheus_remote_storage_samples_total{remote_name="other",url="#;
        assert!(shown.contains(sent), "{shown}");
        println!("{version}: {} samples", written.iter().map(|(_, w)| w.acked.len()).sum::<usize>());
        first.stop();
        second.stop();
    }
}
