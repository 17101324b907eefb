//! A run from its arguments to its exit code. Top to bottom: read what was asked, load the script with VU 0, settle the
//! options, make VUs, setup, scenarios, teardown, summary.

pub(crate) mod banner;
pub(crate) mod files;
mod hooks;
mod prepare;
pub(crate) mod shared;
mod watch;

use crate::cli::{self, Command};
use crate::executor::{self, Crew, Work};
use crate::js::Info;
use crate::metrics::{Engine, Inbox, TagSet};
use crate::output::Outputs;
use crate::summary::{Mode, Report};
use crate::{ExitCode, LoadArgs, LoadError, thresholds};
use hooks::{HookEnd, call};
pub(crate) use prepare::Prepared;
use shared::{AbortReason, ScenarioRun, Settled, Shared};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use stdx::{Cancel, task};
use watch::Watch;

/// Runs the command line; see [`crate::run`].
pub(crate) fn main(args: LoadArgs) -> ExitCode {
    if let Some(text) = cli::information(&args.args) {
        banner::write(&text, true);
        return ExitCode::Success;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(begin(args)),
        Err(e) => {
            eprintln!("no threads for the load runner: {e}");
            ExitCode::Usage
        }
    }
}

async fn begin(args: LoadArgs) -> ExitCode {
    let prepared = match prepare::read(args) {
        Ok(prepared) => prepared,
        Err((logger, error)) => {
            logger.error(&error.to_string());
            return error.exit_code();
        }
    };
    let shared = Arc::clone(&prepared.shared);
    match load_and_run(prepared).await {
        Ok(code) => code,
        Err(error) => {
            shared.logger.error(&error.to_string());
            error.exit_code()
        }
    }
}

async fn load_and_run(prepared: Prepared) -> Result<ExitCode, LoadError> {
    let shared = Arc::clone(&prepared.shared);
    let crew = Crew::start(Arc::clone(&shared))
        .map_err(|e| LoadError::System(format!("no threads for VUs: {e}")))?;
    let info = match crew.make_numbered(0).await {
        Ok((_, info)) => info,
        Err(failure) => {
            crew.end();
            return Err(match shared.abort.reason() {
                Some((AbortReason::Script, message)) => LoadError::Aborted(message),
                _ => LoadError::Script(failure.text()),
            });
        }
    };
    shared.files.freeze();
    let crew = Arc::new(crew);
    let result = run_loaded(&prepared, &crew, info).await;
    if let Ok(crew) = Arc::try_unwrap(crew) {
        crew.end();
    }
    result
}

async fn run_loaded(prepared: &Prepared, crew: &Arc<Crew>, info: Info) -> Result<ExitCode, LoadError> {
    let shared = &prepared.shared;
    let (settings, inspected) = prepared.settle(&info)?;
    if prepared.invocation.command == Command::Inspect {
        banner::write(&format!("{inspected:#}"), true);
        return Ok(ExitCode::Success);
    }
    prepare::check_exports(&settings, &info)?;
    let watched =
        if prepared.invocation.is_on("no-thresholds", false) { &[][..] } else { &settings.thresholds };
    let watched = thresholds::resolve(watched, &shared.registry).map_err(LoadError::Config)?;
    let outputs = Outputs::open(prepared, &settings).await?;
    let own = Inbox::default();
    let mut inboxes = crew.inboxes();
    inboxes.push(own.clone());
    let engine = Engine::watching(Arc::clone(&shared.registry), inboxes, watched);
    let run_tags = Arc::new(TagSet::from_pairs(settings.tags.clone()));
    let dialer = crate::protocol::http::dial::Dialer::with(settings.http.clone(), shared.clock.clone());
    let settled = Settled { settings, run_tags, dialer: Arc::new(dialer) };
    let _ = shared.settled.set(settled);
    let signals = watch_signals(shared);
    let watch = Watch::start(Arc::clone(shared), engine, outputs, own.clone());
    let end = scenarios(prepared, crew, &info, &own).await;
    let finished = watch.finish().await;
    let code = finish(prepared, crew, &info, end, finished).await;
    drop(signals);
    if prepared.invocation.is_on("linger", false) && shared.abort.reason().is_none() {
        let _ = tokio::signal::ctrl_c().await;
    }
    Ok(code)
}

/// What setup, scenarios and teardown came to.
#[derive(Default)]
struct End {
    /// The first thing that went wrong.
    code: Option<ExitCode>,
    /// How long the scenarios ran.
    elapsed: Duration,
}

async fn scenarios(prepared: &Prepared, crew: &Arc<Crew>, info: &Info, own: &Inbox) -> End {
    let shared = &prepared.shared;
    let mut end = End::default();
    let Some(settled) = shared.settled() else { return end };
    let settings = &settled.settings;
    let (at_once, most) = executor::needed(&settings.scenarios);
    banner::opening(prepared, settings, most);
    if let Err(failure) = crew.prepare(at_once).await {
        shared.logger.error(&failure.text());
        end.code = Some(ExitCode::ScriptException);
        return end;
    }
    let began = shared.clock.monotonic();
    if !settings.no_setup && info.functions.iter().any(|f| f == "setup") {
        end.code = hooks::setup(shared, crew, settings.setup_timeout).await;
    }
    if end.code.is_none() {
        let _ = shared.started.set(shared.clock.monotonic());
        let mut running = tokio::task::JoinSet::new();
        for (name, scenario) in &settings.scenarios {
            let mut tags: Vec<(String, String)> = scenario.tags.clone();
            if settings.system_tags.has("scenario") {
                tags.push(("scenario".to_owned(), name.clone()));
            }
            let scenario = Arc::new(ScenarioRun {
                name: name.clone(),
                scenario: scenario.clone(),
                tags: Arc::new(settled.run_tags.with(tags)),
                started: OnceLock::new(),
                iterations: AtomicU64::new(0),
            });
            let (shared, crew) = (Arc::clone(shared), Arc::clone(crew));
            running.spawn(executor::run(Work { shared, crew, scenario, inbox: own.clone() }));
        }
        while running.join_next().await.is_some() {}
        if !settings.no_teardown && info.functions.iter().any(|f| f == "teardown") {
            end.code = hooks::teardown(shared, crew, settings.teardown_timeout).await;
        }
    }
    end.elapsed = shared.clock.monotonic() - began;
    banner::closing(prepared, settings, end.elapsed);
    end
}

async fn finish(
    prepared: &Prepared,
    crew: &Arc<Crew>,
    info: &Info,
    end: End,
    watch: watch::Finished,
) -> ExitCode {
    let shared = &prepared.shared;
    let Some(settled) = shared.settled() else { return ExitCode::InvalidConfig };
    let mut engine = watch.engine;
    let elapsed = if end.elapsed.is_zero() { shared.elapsed() } else { end.elapsed };
    let verdict = engine.evaluate(elapsed, true);
    if engine.dropped() > 0 {
        shared
            .logger
            .warn(&format!("{} samples were dropped because outputs were too slow", engine.dropped()));
    }
    let report = Report::of(prepared, &settled.settings, &engine, elapsed);
    summarise(prepared, crew, info, &report).await;
    let abort = shared.abort.reason();
    if let Some((reason, message)) = &abort
        && *reason != AbortReason::Threshold
    {
        shared.logger.error(message);
    }
    if !verdict.crossed.is_empty() && abort.as_ref().is_none_or(|(r, _)| *r != AbortReason::Threshold) {
        let names: Vec<String> = verdict.crossed.iter().map(|n| format!("'{n}'")).collect();
        shared.logger.error(&format!("thresholds on metrics {} have been crossed", names.join(", ")));
    }
    if let Some(code) = end.code {
        return code;
    }
    match abort {
        Some((AbortReason::Script, _)) => ExitCode::ScriptAborted,
        Some((AbortReason::Threshold, _)) => ExitCode::ThresholdsCrossed,
        Some((AbortReason::Signal, _)) => ExitCode::Interrupted,
        None if !verdict.crossed.is_empty() => ExitCode::ThresholdsCrossed,
        None if shared.abort.marked_failed.load(Ordering::Relaxed) => ExitCode::MarkedFailed,
        None => ExitCode::Success,
    }
}

/// Writes the summary where it belongs: what `handleSummary()` returned, or the text; and the export.
async fn summarise(prepared: &Prepared, crew: &Arc<Crew>, info: &Info, report: &Report) {
    let shared = &prepared.shared;
    if report.mode == Mode::Disabled {
        return;
    }
    let mut text_wanted = true;
    let mut export_wanted = true;
    if info.functions.iter().any(|f| f == "handleSummary") {
        let timeout = shared.settled().map_or(Duration::from_secs(120), |s| s.settings.summary_timeout);
        let argument = Some(report.for_script().to_string());
        match call(shared, crew, crate::js::Hook::HandleSummary, argument, timeout, Cancel::new()).await {
            Ok(Some(files)) => {
                text_wanted = false;
                hooks::write_files(shared, &prepared.cwd, &files);
            }
            Ok(None) => {}
            Err(HookEnd::Threw(failure)) => {
                shared.logger.error(&failure.text());
                // A wrong result also costs the export; an exception only the texts.
                export_wanted = !failure.message.contains("handleSummary()");
            }
            Err(HookEnd::CutOff) => shared.logger.error("handleSummary() took too long"),
        }
    }
    if text_wanted {
        banner::write(&report.text(), false);
    }
    if let Some(path) = prepared.invocation.value("summary-export").filter(|_| export_wanted) {
        let path = prepared.cwd.join(path);
        if let Err(e) = std::fs::write(&path, format!("{:#}\n", report.export())) {
            shared.logger.error(&format!("cannot write the summary to {}: {e}", path.display()));
        }
    }
}

/// Stops the run at the first SIGINT or SIGTERM, and the process at the second.
fn watch_signals(shared: &Arc<Shared>) -> task::Task<()> {
    let shared = Arc::clone(shared);
    task::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        for turn in 0..2 {
            let name = tokio::select! {
                _ = interrupt.recv() => "interrupt",
                _ = terminate.recv() => "terminated",
            };
            if turn > 0 {
                std::process::exit(i32::from(ExitCode::Interrupted.code()));
            }
            let message = format!("test run was aborted because k6 received a '{name}' signal");
            shared.abort.raise(AbortReason::Signal, message);
        }
    })
}

/// Locks that only plain reads and writes are done under: a panic elsewhere leaves them usable.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
