//! One Oriel process: started, killed or stopped, and restarted on the same folder.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Doors as the configuration names them.
const DOORS: [&str; 7] = ["ui", "prometheus", "loki", "tempo", "tempo_grpc", "otlp_grpc", "otlp_http"];

/// A running process and where it listens.
pub struct Oriel {
    child: Child,
    home: PathBuf,
    doors: BTreeMap<String, String>,
    /// From spawn to ready.
    pub started_in: Duration,
}

impl Oriel {
    /// Starts it in `home` with every door on a port of its own and waits until it is ready.
    #[expect(clippy::disallowed_methods, reason = "the time to readiness is a result")]
    pub fn start(home: &Path, settings: &[&str]) -> Self {
        let run_file = home.join("data/run/oriel.json");
        // A run file that a kill left behind names the last process.
        drop(std::fs::remove_file(&run_file));
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(home.join("oriel.log"))
            .expect("a log file");
        let mut command = Command::new(crate::binary());
        command.arg("up").current_dir(home).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a handle")).stderr(log);
        for door in DOORS {
            command.args(["--set", &format!("doors.{door}=127.0.0.1:0")]);
        }
        for setting in settings {
            command.args(["--set", setting]);
        }
        let begin = Instant::now();
        let mut child =
            command.spawn().unwrap_or_else(|e| panic!("cannot start {}: {e}", crate::binary().display()));
        loop {
            if let Ok(bytes) = std::fs::read(&run_file)
                && let Ok(run) = serde_json::from_slice::<serde_json::Value>(&bytes)
            {
                let started_in = begin.elapsed();
                let pairs = run["doors"].as_array().expect("doors");
                let text = |v: &serde_json::Value| v.as_str().expect("text").to_owned();
                let doors = pairs.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
                return Oriel { child, home: home.to_owned(), doors, started_in };
            }
            let log = || last_lines(&home.join("oriel.log"));
            if let Some(status) = child.try_wait().expect("a child") {
                panic!("oriel ended with {status}:\n{}", log());
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "oriel is not ready after 60 s:\n{}", log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The base URL of a door.
    pub fn url(&self, door: &str) -> String {
        format!("http://{}", self.address(door))
    }

    /// `host:port` of a door.
    pub fn address(&self, door: &str) -> &str {
        self.doors.get(door).unwrap_or_else(|| panic!("no door is called {door}: {:?}", self.doors))
    }

    /// The process's folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no chance to write anything.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM, and waits for a clean end.
    pub fn stop(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")).expect("a pid");
        kill_process(pid, Signal::TERM).expect("it runs");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "oriel ended with {status}:\n{}", last_lines(&self.home.join("oriel.log")));
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = text.lines().find(|l| l.starts_with("VmRSS:")).expect("VmRSS");
        line.split_ascii_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") * 1024
    }

    /// Processor seconds used so far.
    pub fn cpu_seconds(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let after = text.rsplit_once(") ").expect("a stat line").1;
        let field =
            |n: usize| after.split(' ').nth(n - 3).and_then(|t| t.parse::<f64>().ok()).expect("a number");
        (field(14) + field(15)) / 100.0
    }
}

/// The end of a process's output: what it said last.
fn last_lines(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

impl Drop for Oriel {
    fn drop(&mut self) {
        // Already gone after kill and stop.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
