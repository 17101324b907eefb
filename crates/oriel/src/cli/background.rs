//! `start`, `stop`, `status`, `down`, `destroy`: the same process, in the background.
//!
//! `DATA/run/oriel.json` says which process holds the data folder and where it listens. It is written by the process
//! itself when it is ready and removed when it ends; a file that a crash left behind names a process that is gone.

use crate::config::Config;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::{Deserialize, Serialize};
use std::io::{IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// How long a start may take: replay of a full log takes seconds.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How long a stop may take: the heads are flushed.
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// How often a start or a stop is looked at.
const POLL: Duration = Duration::from_millis(20);

/// What a running process says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunFile {
    /// The process.
    pub pid: i32,
    /// Its version.
    pub version: String,
    /// Open doors: name and address.
    pub doors: Vec<(String, String)>,
}

impl RunFile {
    /// Its path in the data folder.
    pub(crate) fn path(data: &Path) -> PathBuf {
        data.join("run/oriel.json")
    }

    /// The process that holds the data folder, if it runs.
    fn of_running(data: &Path) -> Option<RunFile> {
        let run: RunFile = serde_json::from_slice(&std::fs::read(Self::path(data)).ok()?).ok()?;
        test_kill_process(Pid::from_raw(run.pid)?).is_ok().then_some(run)
    }
}

/// Starts `oriel up` with the same configuration, detached, and waits until it is ready.
pub(crate) fn start(config: &Config, arguments: &[String]) -> Result<ExitCode> {
    if let Some(run) = RunFile::of_running(&config.data) {
        println!("oriel runs already as process {}", run.pid);
        print_doors(&run);
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::create_dir_all(config.data.join("run"))
        .with_context(|| format!("cannot create the data folder {}", config.data.display()))?;
    let log_path = config.data.join("run/oriel.log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(&log_path)?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("up")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .context("cannot start the background process")?;
    let mut waited = Duration::ZERO;
    while waited < START_PATIENCE {
        if let Some(run) = RunFile::of_running(&config.data) {
            println!("oriel runs as process {}; it logs to {}", run.pid, log_path.display());
            print_doors(&run);
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(status) = child.try_wait()? {
            let log = std::fs::read_to_string(&log_path).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(5).collect();
            bail!("it ended with {status}: {}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        std::thread::sleep(POLL);
        waited += POLL;
    }
    bail!("it is not ready after {START_PATIENCE:?}; see {}", log_path.display())
}

/// Ends the process; `Ok(false)` when none runs.
fn end(config: &Config) -> Result<bool> {
    let Some(run) = RunFile::of_running(&config.data) else { return Ok(false) };
    let pid = Pid::from_raw(run.pid).context("the run file names no process")?;
    kill_process(pid, Signal::TERM).with_context(|| format!("cannot stop process {}", run.pid))?;
    let mut waited = Duration::ZERO;
    while test_kill_process(pid).is_ok() {
        if waited >= STOP_PATIENCE {
            bail!("process {} has not ended after {STOP_PATIENCE:?}; it may still be flushing", run.pid);
        }
        std::thread::sleep(POLL);
        waited += POLL;
    }
    Ok(true)
}

/// Stops the process and keeps everything.
pub(crate) fn stop(config: &Config) -> Result<ExitCode> {
    match end(config)? {
        true => println!("stopped; the data stays in {}", config.data.display()),
        false => println!("oriel does not run here ({})", config.data.display()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says whether it runs; exit status 3 when not, as service commands have it.
pub(crate) fn status(config: &Config) -> Result<ExitCode> {
    match RunFile::of_running(&config.data) {
        Some(run) => {
            println!("oriel {} runs as process {}", run.version, run.pid);
            print_doors(&run);
            Ok(ExitCode::SUCCESS)
        }
        None => {
            println!("oriel does not run here ({})", config.data.display());
            Ok(ExitCode::from(3))
        }
    }
}

/// Stops the process and removes its run files.
pub(crate) fn down(config: &Config) -> Result<ExitCode> {
    end(config)?;
    remove(&config.data.join("run"))?;
    println!("down; the data stays in {}", config.data.display());
    Ok(ExitCode::SUCCESS)
}

/// Stops the process and deletes what Oriel keeps in the data folder.
pub(crate) fn destroy(config: &Config, yes: bool) -> Result<ExitCode> {
    let shown = std::path::absolute(&config.data)?;
    if !yes {
        if !std::io::stdin().is_terminal() {
            bail!("destroy deletes all data in {}: add --yes to say that you mean it", shown.display());
        }
        print!("Delete all data in {}? Type yes: ", shown.display());
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if answer.trim() != "yes" {
            println!("nothing was deleted");
            return Ok(ExitCode::FAILURE);
        }
    }
    end(config)?;
    // Only what Oriel makes: a mistyped folder must not cost anything else.
    for name in ["run", "log", "catalog", "blocks", "documents", "cache", "agent", "tmp", "lock", "probe"] {
        remove(&config.data.join(name))?;
    }
    // A folder that holds something else stays.
    drop(std::fs::remove_dir(&config.data));
    println!("deleted all data in {}", shown.display());
    if !config.storage.url.is_empty() {
        println!("blocks in {} are not touched", config.storage.url);
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(path: &Path) -> Result<()> {
    let result = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// One line a door.
pub(crate) fn print_doors(run: &RunFile) {
    for (name, address) in &run.doors {
        println!("  {name:<12} {address}");
    }
}
