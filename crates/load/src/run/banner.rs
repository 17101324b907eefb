//! The lines on standard output around a run: what will run, and how it went.

use super::prepare::Prepared;
use super::shared::Counts;
use crate::options::Settings;
use crate::options::scenario::{Executor, Scenario};
use crate::options::settings::shown;
use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Prints a line. A reader that went away (`| head`) is no reason to stop a load test.
macro_rules! say {
    ($($text:tt)*) => { $crate::run::banner::write(&format!($($text)*), true) };
}

/// Writes text to standard output, with or without the end of a line.
pub(crate) fn write(text: &str, line: bool) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| if line { out.write_all(b"\n") } else { Ok(()) });
    let _ = out.flush();
}

/// Before the run.
pub(super) fn opening(prepared: &Prepared, settings: &Settings, most_vus: u32) {
    if prepared.invocation.is_on("quiet", false) {
        return;
    }
    let outputs = &prepared.invocation.outputs;
    let output = if outputs.is_empty() { "-".to_owned() } else { outputs.join(", ") };
    say!("     execution: local\n        script: {}\n        output: {output}\n", prepared.invocation.script);
    let longest =
        settings.scenarios.iter().map(|(_, s)| s.start_time + s.executor.duration() + s.graceful_stop).max();
    let count = settings.scenarios.len();
    say!(
        "     scenarios: (100.00%) {count} scenario{}, {most_vus} max VUs, {} max duration (incl. graceful stop):",
        if count == 1 { "" } else { "s" },
        shown(longest.unwrap_or_default()),
    );
    for (name, scenario) in &settings.scenarios {
        say!("              * {name}: {}", described(scenario));
    }
    say!("");
}

/// A scenario in words.
fn described(scenario: &Scenario) -> String {
    let mut notes = Vec::new();
    let what = match &scenario.executor {
        Executor::SharedIterations { vus, iterations, max_duration } => {
            notes.push(format!("maxDuration: {}", shown(*max_duration)));
            format!("{iterations} iterations shared among {vus} VUs")
        }
        Executor::PerVuIterations { vus, iterations, max_duration } => {
            notes.push(format!("maxDuration: {}", shown(*max_duration)));
            format!("{iterations} iterations for each of {vus} VUs")
        }
        Executor::ConstantVus { vus, duration } => format!("{vus} looping VUs for {}", shown(*duration)),
        Executor::RampingVus { stages, graceful_ramp_down, .. } => {
            notes.push(format!("gracefulRampDown: {}", shown(*graceful_ramp_down)));
            let time = shown(scenario.executor.duration());
            format!("Up to {} looping VUs for {time} over {} stages", scenario.executor.vus().1, stages.len())
        }
        Executor::ConstantArrival { rate, unit, duration, vus, max_vus } => {
            notes.push(vu_range(*vus, *max_vus));
            format!(
                "{:.2} iterations/s for {}",
                f64::from(*rate) / unit.as_secs_f64().max(1e-9),
                shown(*duration)
            )
        }
        Executor::RampingArrival { unit, stages, vus, max_vus, start } => {
            notes.push(vu_range(*vus, *max_vus));
            let most = stages.iter().map(|s| s.target).max().unwrap_or(0).max(*start);
            let rate = f64::from(most) / unit.as_secs_f64().max(1e-9);
            let time = shown(scenario.executor.duration());
            format!("Up to {rate:.2} iterations/s for {time} over {} stages", stages.len())
        }
    };
    if scenario.exec != "default" {
        notes.push(format!("exec: {}", scenario.exec));
    }
    if !scenario.start_time.is_zero() {
        notes.push(format!("startTime: {}", shown(scenario.start_time)));
    }
    notes.push(format!("gracefulStop: {}", shown(scenario.graceful_stop)));
    format!("{what} ({})", notes.join(", "))
}

fn vu_range(vus: u32, max_vus: u32) -> String {
    if max_vus > vus { format!("maxVUs: {vus}-{max_vus}") } else { format!("maxVUs: {vus}") }
}

/// After the run.
pub(super) fn closing(prepared: &Prepared, settings: &Settings, elapsed: Duration) {
    if prepared.invocation.is_on("quiet", false) {
        return;
    }
    let counts = &prepared.shared.counts;
    let seconds = elapsed.as_secs_f64();
    say!(
        "running ({:02}m{:04.1}s), {}/{} VUs, {} complete and {} interrupted iterations",
        elapsed.as_secs() / 60,
        seconds % 60.0,
        counts.active.load(Ordering::Relaxed),
        counts.initialised.load(Ordering::Relaxed),
        Counts::of(&counts.completed),
        Counts::of(&counts.interrupted),
    );
    let mark = if prepared.shared.abort.reason().is_some() { "✗" } else { "✓" };
    for (name, _) in &settings.scenarios {
        say!("{name} {mark} [ 100% ]");
    }
}
