//! A fresh release server in a folder of its own, with its doors on free ports; stopped and removed on drop.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Doors as the configuration names them.
const DOORS: [&str; 7] = ["ui", "prometheus", "loki", "tempo", "tempo_grpc", "otlp_grpc", "otlp_http"];

/// A running server.
pub(crate) struct Server {
    child: Child,
    home: PathBuf,
    run_file: String,
}

impl Server {
    /// Starts it and waits until it is ready. Its own telemetry is off unless `settings` say otherwise.
    pub(crate) fn start(binary: &Path, settings: &[&str]) -> Result<Server> {
        let home = std::env::temp_dir().join(format!("oriel-xtask-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&home));
        std::fs::create_dir_all(&home)?;
        let mut command = Command::new(binary);
        command.arg("up").current_dir(&home);
        let quiet = ["telemetry.enabled=false", "host.enabled=false", "docker.enabled=false"];
        let doors: Vec<String> = DOORS.iter().map(|door| format!("doors.{door}=127.0.0.1:0")).collect();
        for setting in
            quiet.iter().copied().chain(doors.iter().map(String::as_str)).chain(settings.iter().copied())
        {
            command.args(["--set", setting]);
        }
        let log = std::fs::File::create(home.join("oriel.log"))?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut server = Server { child, home, run_file: String::new() };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        for _ in 0..1000 {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the server ended with {status}: {}",
                    std::fs::read_to_string(self.home.join("oriel.log"))?
                );
            }
            // Written in one go when the server is ready; a half-read file has no closing brace.
            self.run_file =
                std::fs::read_to_string(self.home.join("data/run/oriel.json")).unwrap_or_default();
            if self.run_file.ends_with('}') {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("the server is not ready after 10 s: {}", std::fs::read_to_string(self.home.join("oriel.log"))?)
    }

    /// `host:port` of a door, from `["name","address"]` of the run file.
    pub(crate) fn address(&self, door: &str) -> Result<&str> {
        let start = format!("[\"{door}\",\"");
        let at =
            self.run_file.find(&start).with_context(|| format!("no door {door} in {}", self.run_file))?
                + start.len();
        self.run_file[at..].split('"').next().context("an address")
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> String {
        self.home.join("data").display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing useful can be done when the server is gone already or its folder cannot be removed.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.home));
    }
}
