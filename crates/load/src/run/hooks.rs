//! `setup()`, `teardown()` and `handleSummary()`: each on a VU of its own with number 0, each with its own timeout.

use super::shared::Shared;
use crate::ExitCode;
use crate::executor::Crew;
use crate::js::{Call, Command, Failure, Hook};
use base64::Engine as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::Cancel;
use tokio::sync::oneshot;

/// How a hook failed.
pub(super) enum HookEnd {
    /// With an exception.
    Threw(Failure),
    /// By its timeout, or because the run stopped.
    CutOff,
}

/// Runs a hook and returns its result as JSON.
pub(super) async fn call(
    shared: &Arc<Shared>,
    crew: &Crew,
    hook: Hook,
    argument: Option<String>,
    timeout: Duration,
    stop: Cancel,
) -> Result<Option<String>, HookEnd> {
    let (vu, _) = crew.make_numbered(0).await.map_err(HookEnd::Threw)?;
    let (reply, mut result) = oneshot::channel();
    let sent = vu.commands.send(Command::Call(Call { hook, argument, stop: stop.clone(), reply })).await;
    if sent.is_err() {
        return Err(HookEnd::CutOff);
    }
    let stopped = async {
        // A stopped run cuts setup off, but teardown and handleSummary are what a stopped run still does.
        if hook == Hook::Setup { shared.abort.cancel.canceled().await } else { std::future::pending().await }
    };
    let answer = tokio::select! {
        answer = &mut result => answer,
        () = tokio::time::sleep(timeout) => {
            stop.cancel();
            result.await
        }
        () = stopped => {
            stop.cancel();
            result.await
        }
    };
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Some(failure))) => Err(HookEnd::Threw(failure)),
        Ok(Err(None)) | Err(_) => Err(HookEnd::CutOff),
    }
}

/// Runs `setup()` and keeps its result for all VUs; returns how the run ends if it failed.
pub(super) async fn setup(shared: &Arc<Shared>, crew: &Crew, timeout: Duration) -> Option<ExitCode> {
    match call(shared, crew, Hook::Setup, None, timeout, Cancel::new()).await {
        Ok(data) => {
            let _ = shared.setup_data.set(data);
            None
        }
        Err(end) => Some(failed(shared, "setup", timeout, end, ExitCode::SetupTimeout)),
    }
}

/// Runs `teardown()`.
pub(super) async fn teardown(shared: &Arc<Shared>, crew: &Crew, timeout: Duration) -> Option<ExitCode> {
    let data = shared.setup_data.get().cloned().flatten();
    let result = call(shared, crew, Hook::Teardown, data, timeout, Cancel::new()).await;
    result.err().map(|end| failed(shared, "teardown", timeout, end, ExitCode::TeardownTimeout))
}

fn failed(shared: &Shared, name: &str, timeout: Duration, end: HookEnd, on_timeout: ExitCode) -> ExitCode {
    if let Some((reason, _)) = shared.abort.reason() {
        // The reason is logged at the end.
        return match reason {
            super::shared::AbortReason::Script => ExitCode::ScriptAborted,
            super::shared::AbortReason::Threshold => ExitCode::ThresholdsCrossed,
            super::shared::AbortReason::Signal => ExitCode::Interrupted,
        };
    }
    match end {
        HookEnd::CutOff => {
            let limit = crate::options::settings::shown(timeout);
            shared.logger.error(&format!("{name}() execution timed out after {limit}"));
            on_timeout
        }
        HookEnd::Threw(failure) if failure.message.contains("error marshaling setup() data") => {
            shared.logger.error(&failure.message);
            ExitCode::Usage
        }
        HookEnd::Threw(failure) => {
            shared.logger.error(&failure.text());
            ExitCode::ScriptException
        }
    }
}

/// Writes what `handleSummary()` returned: a JSON object of base64 by destination.
pub(super) fn write_files(shared: &Shared, cwd: &Path, files: &str) {
    let Ok(files) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(files) else { return };
    for (name, content) in files {
        let decoded = content.as_str().and_then(|c| base64::engine::general_purpose::STANDARD.decode(c).ok());
        let Some(bytes) = decoded else { continue };
        let written = match name.as_str() {
            "stdout" => std::io::stdout().write_all(&bytes),
            "stderr" => std::io::stderr().write_all(&bytes),
            path => std::fs::write(cwd.join(path), &bytes),
        };
        if let Err(e) = written {
            shared
                .logger
                .error(&format!("failed to handle the end-of-test summary: could not write '{name}': {e}"));
        }
    }
}
