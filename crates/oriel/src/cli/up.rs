//! `oriel up`: everything in this process until a signal asks it to stop.

use super::Configuration;
use super::background::{RunFile, print_doors};
use crate::config::Config;
use crate::run::Stack;
use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::process::ExitCode;

/// Runs until SIGINT or SIGTERM, or until the network asks where it may; a second signal ends at once.
pub(crate) fn run(configuration: Configuration) -> Result<ExitCode> {
    let config = configuration.load()?;
    std::fs::create_dir_all(config.data.join("run"))
        .with_context(|| format!("cannot create the data folder {}", config.data.display()))?;
    let _lock = lock(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, configuration))
}

async fn serve(config: Config, configuration: Configuration) -> Result<ExitCode> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let data = config.data.clone();
    let file = configuration.config.clone();
    let stack = Stack::start(config, file, Box::new(move || configuration.load())).await?;
    let run = RunFile {
        pid: i32::try_from(std::process::id()).unwrap_or(i32::MAX),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        doors: stack.doors(),
    };
    let path = RunFile::path(&data);
    std::fs::write(&path, serde_json::to_vec(&run)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("oriel {} is ready; its data is in {}", run.version, data.display());
    print_doors(&run);
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            () = stack.asked_to_quit() => break,
            // Also from a terminal that closes, which does not end a background process.
            _ = hangup.recv() => stack.reload().await,
        }
    }
    drop(std::fs::remove_file(&path));
    println!("stopping: flushing what is in memory");
    tokio::select! {
        result = stack.stop() => result?,
        _ = interrupt.recv() => bail!("stopped at once; the log is replayed at the next start"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds the data folder: two processes on one log would destroy it.
fn lock(config: &Config) -> Result<File> {
    let path = config.data.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("another oriel holds the data folder {} (see `oriel status`)", config.data.display());
    }
    Ok(file)
}
