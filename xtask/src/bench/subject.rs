//! A server that is measured: started in a folder of its own, watched through `/proc`, stopped by SIGTERM so that what it
//! does while it stops counts too.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ticks of `/proc/*/stat` in a second.
const TICKS: f64 = 100.0;
/// A server that does not answer after this long is broken.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What is measured: a name, and how to start it.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) program: String,
    /// Its best protocol, as the program of [`Between`] calls it.
    pub(crate) form: &'static str,
    /// Where it answers.
    pub(crate) port: u16,
    /// Arguments, given the folder that it may use.
    pub(crate) arguments: fn(&Path, u16) -> Vec<String>,
    /// Folders below `data` that hold no stored data: space of logs that is used again, caches.
    pub(crate) passing: &'static [&'static str],
}

/// A process between the load and a server, which speaks the server's best protocol.
#[derive(Debug)]
pub(crate) struct Between {
    child: Child,
    pub(crate) url: String,
}

impl Between {
    /// Starts `program` before a server that runs.
    pub(crate) fn start(program: &Path, kind: &Kind) -> Result<Between> {
        let mut command = Command::new(program);
        command.args([&format!("127.0.0.1:{}", kind.port), kind.form]);
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("cannot start {}", program.display()))?;
        let out = child.stdout.take().context("it is piped")?;
        let mut between = Between { child, url: String::new() };
        let mut address = String::new();
        BufReader::new(out).read_line(&mut address)?;
        if address.is_empty() {
            bail!("{} ended before it said where it listens", program.display());
        }
        between.url = format!("http://{}", address.trim());
        Ok(between)
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Subject {
    child: Child,
    pub(crate) kind: Kind,
    pub(crate) home: PathBuf,
    /// From the start to the first answer.
    pub(crate) ready: Duration,
}

/// CPU seconds and peak memory of a server that was stopped.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) cpu: f64,
    pub(crate) peak_mib: f64,
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}

impl Kind {
    /// Starts it in `home` and waits for its first answer.
    pub(crate) fn start(&self, home: &Path) -> Result<Subject> {
        std::fs::create_dir_all(home)?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(home.join("log.txt"))?;
        let mut command = Command::new(&self.program);
        command.args((self.arguments)(home, self.port)).current_dir(home).stdin(Stdio::null());
        // The bench's own settings are none of the server's, which refuses what it does not know.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ORIEL_BENCH_") {
                command.env_remove(&name);
            }
        }
        let began = now();
        let child = command.stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.with_context(|| format!("cannot start {}", self.program))?;
        let mut subject =
            Subject { child, kind: self.clone(), home: home.to_owned(), ready: Duration::default() };
        while !answers(self.port) {
            if let Some(status) = subject.child.try_wait()? {
                bail!(
                    "{} ended with {status}: {}",
                    self.name,
                    std::fs::read_to_string(home.join("log.txt"))?
                );
            }
            if now() - began > START_LIMIT {
                bail!("{} does not answer on port {}", self.name, self.port);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        subject.ready = now() - began;
        Ok(subject)
    }
}

/// Whether a server answers a request on a port with 200.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = [0; 12];
    let request = b"GET /api/v1/labels HTTP/1.0\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b"200")
}

impl Subject {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.kind.port)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// User and system time so far, in seconds; also of a process that ended and was not waited for.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Most resident memory so far, in MiB; 0 once the process ended.
    pub(crate) fn peak_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("");
        line.split_whitespace().nth(1).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }

    /// Waits until it computes no more: a second with less than a hundredth of it spent, four times in a row.
    pub(crate) fn settle(&self) {
        let (mut before, mut quiet) = (self.cpu(), 0);
        for _ in 0..120 {
            std::thread::sleep(Duration::from_secs(1));
            let cpu = self.cpu();
            quiet = if cpu - before <= 0.011 { quiet + 1 } else { 0 };
            before = cpu;
            if quiet == 4 {
                return;
            }
        }
    }

    /// Stops it and answers what it cost, the stopping included.
    pub(crate) fn stop(mut self) -> Result<Spent> {
        let pid = self.pid().to_string();
        let mut peak_mib = self.peak_mib();
        Command::new("kill").args(["-TERM", &pid]).status().context("cannot run kill")?;
        let ended = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with(['Z', 'X']))
        };
        while !ended() {
            peak_mib = peak_mib.max(self.peak_mib());
            std::thread::sleep(Duration::from_millis(5));
        }
        let spent = Spent { cpu: self.cpu(), peak_mib };
        self.child.wait()?;
        Ok(spent)
    }

    /// Bytes of files below `data`, without what is passing.
    pub(crate) fn stored(&self) -> Result<u64> {
        let mut sum = 0;
        for entry in std::fs::read_dir(self.data())? {
            let entry = entry?;
            if !self.kind.passing.iter().any(|name| entry.file_name() == *name) {
                sum += bytes_below(&entry.path())?;
            }
        }
        Ok(sum)
    }
}

fn bytes_below(path: &Path) -> Result<u64> {
    let about = std::fs::symlink_metadata(path)?;
    if !about.is_dir() {
        return Ok(about.len());
    }
    std::fs::read_dir(path)?.map(|entry| bytes_below(&entry?.path())).sum()
}

impl Drop for Subject {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
