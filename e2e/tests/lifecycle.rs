//! `start`, `status`, `stop`, `down`, `destroy`, and a second process on the same folder.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use e2e::{Http, Oriel, binary};
use std::path::Path;
use std::process::{Command, Output};

fn oriel(home: &Path, arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(home);
    for door in ["ui", "prometheus", "loki", "tempo", "tempo_grpc", "otlp_grpc", "otlp_http"] {
        command.args(["--set", &format!("doors.{door}=127.0.0.1:0")]);
    }
    let out = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out, text)
}

fn check(home: &Path, arguments: &[&str], code: i32, says: &str) {
    let (out, text) = oriel(home, arguments);
    assert_eq!(out.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(says), "{arguments:?}: {says:?} is not in {text}");
}

#[test]
fn the_background_commands_do_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    check(home, &["status"], 3, "does not run");
    check(home, &["start"], 0, "runs as process");
    check(home, &["start"], 0, "runs already");
    check(home, &["status"], 0, "prometheus");
    check(home, &["up"], 1, "another oriel holds the data folder");
    check(home, &["stop"], 0, "stopped");
    check(home, &["status"], 3, "does not run");
    check(home, &["start"], 0, "runs as process");
    check(home, &["down"], 0, "the data stays");
    assert!(home.join("data/catalog").is_dir() && !home.join("data/run").exists());
    check(home, &["destroy"], 1, "--yes");
    std::fs::write(home.join("data/mine.txt"), "keep").unwrap();
    check(home, &["destroy", "--yes"], 0, "deleted all data");
    assert!(home.join("data/mine.txt").exists() && !home.join("data/catalog").exists());
    check(home, &["config", "check", "--set", "doors.uii=x"], 1, "did you mean `ui`?");
}

#[tokio::test]
async fn every_health_endpoint_answers() {
    let folder = tempfile::tempdir().unwrap();
    let oriel = Oriel::start(folder.path(), &[]);
    let http = Http::default();
    for (door, path) in [
        ("prometheus", "/-/healthy"),
        ("prometheus", "/-/ready"),
        ("prometheus", "/prometheus/-/ready"),
        ("prometheus", "/metrics"),
        ("prometheus", "/api/v1/status/buildinfo"),
        ("loki", "/ready"),
        ("loki", "/loki/api/v1/status/buildinfo"),
        ("tempo", "/ready"),
        ("tempo", "/api/echo"),
        ("tempo", "/api/status/buildinfo"),
        ("ui", "/api/health"),
        ("ui", "/api/oriel/v1/status"),
    ] {
        let (status, body) = http.try_get(&format!("{}{path}", oriel.url(door)), &[]).await.unwrap();
        assert_eq!(status, 200, "{door} {path}: {body}");
    }
    oriel.stop();
}
