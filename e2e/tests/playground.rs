//! The whole playground on real input: Debian's node exporter scraped, a real file tailed through a rotation, the
//! OpenTelemetry SDK over gRPC and HTTP, a load script with its metrics by remote write — each visible by the public
//! APIs, before and after a restart, and in the web UI in a real Chromium.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use e2e::{Http, Oriel, binary, eventually, python, root};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Debian's node exporter on a port of its own; ended on drop.
struct NodeExporter {
    child: Child,
    address: String,
}

impl NodeExporter {
    fn start() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new("prometheus-node-exporter")
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        Some(NodeExporter { child, address })
    }
}

impl Drop for NodeExporter {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn configuration(home: &Path, exporter: &str) -> String {
    format!(
        "scrape_configs:\n  - job_name: exporter\n    scrape_interval: 1s\n    static_configs:\n      - targets: ['{exporter}']\n\
         files:\n  - job: app\n    paths: ['{}/app/*.log']\n    labels: {{service_name: app}}\n\
         host: {{interval: 1s}}\ntelemetry: {{interval: 1s}}\n",
        home.display()
    )
}

/// The first value of an instant query, if there is a result.
async fn value(http: &Http, oriel: &Oriel, query: &str) -> Option<f64> {
    let answer = http.get(&format!("{}/api/v1/query", oriel.url("prometheus")), &[("query", query)]).await;
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

/// Lines of a selector in the last hour.
async fn lines(http: &Http, oriel: &Oriel, query: &str) -> Vec<String> {
    let url = format!("{}/loki/api/v1/query_range", oriel.url("loki"));
    let answer = http.get(&url, &[("query", query), ("limit", "1000")]).await;
    let streams = answer["data"]["result"].as_array().cloned().unwrap_or_default();
    let values = streams.iter().flat_map(|s| s["values"].as_array().cloned().unwrap_or_default());
    values.filter_map(|pair| pair[1].as_str().map(str::to_owned)).collect()
}

async fn traces(http: &Http, oriel: &Oriel, query: &str) -> Vec<Value> {
    let now = stdx::Clock::system().now_millis() / 1000;
    let (start, end) = ((now - 3600).to_string(), (now + 60).to_string());
    let url = format!("{}/api/search", oriel.url("tempo"));
    let answer = http.get(&url, &[("q", query), ("start", &start), ("end", &end)]).await;
    answer["traces"].as_array().cloned().unwrap_or_default()
}

fn append(path: &Path, text: &str) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_arrow_of_the_playground_is_visible() {
    let (Some(exporter), Some(python)) = (NodeExporter::start(), python()) else {
        println!("skipped: needs prometheus-node-exporter and ORIEL_PYTHON; `cargo xtask test` brings both");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    std::fs::create_dir(home.join("app")).unwrap();
    std::fs::write(home.join("oriel.yaml"), configuration(home, &exporter.address)).unwrap();
    let log = home.join("app/app.log");
    append(&log, "level=info msg=\"first line\"\n");
    let http = Http::default();
    let oriel = start(home);

    // Logs: a line that was there, one that comes later, one across a rotation.
    eventually("the first line", 10, async || {
        lines(&http, &oriel, r#"{service_name="app"}"#).await.first().cloned()
    })
    .await;
    append(&log, "level=error msg=\"second line\" order=42\n");
    std::fs::rename(&log, home.join("app/app.log.1")).unwrap();
    append(&log, "level=info msg=\"third line\"\n");
    let all = eventually("three lines", 10, async || {
        Some(lines(&http, &oriel, r#"{service_name="app"}"#).await).filter(|l| l.len() >= 3)
    })
    .await;
    assert_eq!(all.len(), 3, "{all:?}");
    let found = lines(&http, &oriel, r#"{job="app"} |= "second" | logfmt | order="42""#).await;
    assert_eq!(found.len(), 1, "{found:?}");

    // Traces, metrics and logs of the OpenTelemetry SDK over both protocols.
    let ids = sdk(&python, &oriel);
    check_sdk(&http, &oriel, &ids).await;

    // A load run, its metrics by remote write.
    load(home, &oriel);
    eventually("load metrics", 10, async || {
        value(&http, &oriel, "k6_http_reqs_total").await.filter(|v| *v > 5.0)
    })
    .await;

    // Scraped targets, this host, Oriel itself.
    eventually("the exporter", 10, async || {
        value(&http, &oriel, r#"up{job="exporter"}"#).await.filter(|v| *v == 1.0)
    })
    .await;
    for query in [
        r#"count(node_cpu_seconds_total{job="exporter"})"#,
        r#"count(node_cpu_seconds_total{job="node"})"#,
        r#"sum(rate(node_cpu_seconds_total{job="exporter",mode!="idle"}[10s]))"#,
        r#"count({__name__=~"oriel_.+"})"#,
    ] {
        eventually(query, 20, async || value(&http, &oriel, query).await.filter(|v| *v > 0.0)).await;
    }
    eventually("own logs", 10, async || {
        lines(&http, &oriel, r#"{service_name="oriel"}"#).await.first().cloned()
    })
    .await;
    eventually("own traces", 10, async || {
        traces(&http, &oriel, r#"{resource.service.name="oriel"}"#).await.first().cloned()
    })
    .await;

    // The same after a restart.
    oriel.stop();
    let oriel = start(home);
    check_sdk(&http, &oriel, &ids).await;
    assert_eq!(lines(&http, &oriel, r#"{service_name="app"}"#).await.len(), 3);

    browser(&oriel);
    oriel.stop();
}

fn start(home: &Path) -> Oriel {
    let config = home.join("oriel.yaml").display().to_string();
    // The file is found by its environment variable, which the driver cannot set; the sections are given as settings.
    let text = std::fs::read_to_string(config).unwrap();
    let document: Value = serde_norway::from_str(&text).unwrap();
    let settings: Vec<String> =
        document.as_object().unwrap().iter().map(|(key, value)| format!("{key}={value}")).collect();
    Oriel::start(home, &settings.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs the SDK client; the trace ids over gRPC and HTTP.
fn sdk(python: &Path, oriel: &Oriel) -> Vec<String> {
    let out = Command::new(python)
        .arg(root().join("e2e/clients/otel_client.py"))
        .args([oriel.url("otlp_grpc"), oriel.url("otlp_http"), "marker-1".to_owned()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "the SDK failed: {text}{}", String::from_utf8_lossy(&out.stderr));
    let ids: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(ids.len(), 2, "{text}");
    ids
}

async fn check_sdk(http: &Http, oriel: &Oriel, ids: &[String]) {
    for (id, protocol) in ids.iter().zip(["grpc", "http"]) {
        let service = format!("shop-{protocol}");
        let url = format!("{}/api/traces/{id}", oriel.url("tempo"));
        let trace = eventually("the trace", 10, async || {
            let (status, body) = http.try_get(&url, &[]).await.ok()?;
            (status == 200).then(|| serde_json::from_str::<Value>(&body).unwrap())
        })
        .await;
        assert!(
            trace.to_string().contains("charge card") && trace.to_string().contains("declined once"),
            "{trace}"
        );
        for query in [
            format!("{{resource.service.name=\"{service}\" && span.http.response.status_code=201}}"),
            format!("{{resource.service.name=\"{service}\" && status=error && name=\"charge card\"}}"),
        ] {
            let found = traces(http, oriel, &query).await;
            assert_eq!(found.len(), 1, "{query}: {found:?}");
        }
        let orders = format!("orders_total{{job=\"{service}\"}}");
        eventually(&orders, 10, async || value(http, oriel, &orders).await.filter(|v| *v == 7.0)).await;
        let query = format!("{{service_name=\"{service}\"}} |= \"declined once\"");
        let found = eventually(&query, 10, async || lines(http, oriel, &query).await.first().cloned()).await;
        assert_eq!(found, "order marker-1 was declined once");
    }
}

fn load(home: &Path, oriel: &Oriel) {
    let target = format!("TARGET={}/-/ready", oriel.url("prometheus"));
    let out = Command::new(binary())
        .args(["load", "run", "-o", "experimental-prometheus-rw", "-e", &target])
        .arg(root().join("e2e/clients/load.js"))
        .env("K6_PROMETHEUS_RW_SERVER_URL", format!("{}/api/v1/write", oriel.url("prometheus")))
        .env("K6_PROMETHEUS_RW_PUSH_INTERVAL", "1s")
        .current_dir(home)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "the load run ended with {}: {text}", out.status);
    assert!(text.contains("http_reqs"), "the summary is missing: {text}");
}

/// The UI's own journeys against this server.
fn browser(oriel: &Oriel) {
    if !root().join("ui/node_modules").is_dir() || !Path::new("/usr/bin/chromium").exists() {
        println!(
            "the UI journeys are skipped: they need chromium and ui/node_modules; `cargo xtask test` brings both"
        );
        return;
    }
    // One more, on which nobody may do anything before logging in.
    let home = oriel.home().join("closed");
    std::fs::create_dir_all(&home).unwrap();
    let ada = "auth.users=[{name: ada, password: correct horse, role: admin}]";
    let closed = Oriel::start(&home, &[ada, "auth.everybody=none", "docker.enabled=false"]);
    let (open_url, closed_url) = (oriel.url("ui"), closed.url("ui"));
    // Services, traces and lines that some journeys look for by name; a tenth of what `npm run seed` makes for measures.
    for script in ["seed", "e2e"] {
        let status = Command::new("npm")
            .args(["run", "--silent", script])
            .current_dir(root().join("ui"))
            .envs([
                ("BASE_URL", &*open_url),
                ("CLOSED_URL", &*closed_url),
                ("LINES", "12000"),
                ("TRACES", "200"),
            ])
            .status()
            .unwrap();
        assert!(status.success(), "npm run {script} failed");
    }
    closed.stop();
}
