//! The end-of-test summary in its four forms: the text, what `handleSummary()` is given, the flat export, and the
//! machine-readable document.

mod machine;
mod text;

use crate::metrics::{Engine, Group, Kind, Observed, Sink, TrendStat, json_number};
use crate::options::Settings;
use crate::protocol::http::auth::md5;
use crate::run::Prepared;
use crate::run::shared::Shared;
use crate::thresholds::Threshold;
use serde_json::{Map, Value, json};
use std::io::IsTerminal as _;
use std::time::Duration;

/// How much of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Compact,
    Full,
    Disabled,
}

/// Everything a summary is made of.
pub(crate) struct Report {
    pub(crate) mode: Mode,
    machine_readable: bool,
    shown: Vec<Observed>,
    root: Group,
    elapsed: Duration,
    stats: Vec<(String, TrendStat)>,
    time_unit: String,
    no_color: bool,
    setup_data: Option<Value>,
    script: String,
    generated_at: String,
}

impl Report {
    /// The summary of a run that ended.
    pub(crate) fn of(prepared: &Prepared, settings: &Settings, engine: &Engine, elapsed: Duration) -> Self {
        let mode = match prepared.invocation.value("summary-mode") {
            Some("full") => Mode::Full,
            Some("disabled") => Mode::Disabled,
            _ => Mode::Compact,
        };
        let shared: &Shared = &prepared.shared;
        let data = shared.setup_data.get().and_then(Option::as_deref);
        let now = jiff::Timestamp::from_millisecond(shared.clock.now_millis());
        Report {
            mode,
            machine_readable: prepared.invocation.is_on("new-machine-readable-summary", false),
            shown: engine.shown(),
            root: engine.tree().clone(),
            elapsed,
            stats: settings.trend_stats.clone(),
            time_unit: settings.time_unit.clone(),
            no_color: prepared.invocation.is_on("no-color", false),
            setup_data: data.and_then(|json| serde_json::from_str(json).ok()),
            script: prepared.invocation.script.clone(),
            generated_at: now.map(|t| t.to_string()).unwrap_or_default(),
        }
    }

    /// What `handleSummary()` is given.
    pub(crate) fn for_script(&self) -> Value {
        if self.machine_readable {
            return self.machine();
        }
        let mut metrics = Map::new();
        self.each(|name, observed, sink, thresholds| {
            let values: Map<String, Value> =
                sink.clone().values(&self.stats, self.elapsed.as_secs_f64()).into_iter().map(|(k, v)| (k, json_number(v))).collect();
            let mut entry = json!({
                "type": observed.def.kind.as_str(), "contains": observed.def.contains.as_str(), "values": values,
            });
            if !thresholds.is_empty() {
                let ok = |t: &Threshold| (t.written.source.clone(), json!({"ok": !t.crossed}));
                entry["thresholds"] = Value::Object(thresholds.iter().map(ok).collect());
            }
            metrics.insert(name, entry);
        });
        let mut out = json!({
            "root_group": group_list(&self.root),
            "options": {
                "summaryTrendStats": self.stats.iter().map(|(n, _)| n).collect::<Vec<_>>(),
                "summaryTimeUnit": self.time_unit,
                "noColor": self.no_color,
            },
            "state": {
                "isStdOutTTY": std::io::stdout().is_terminal(),
                "isStdErrTTY": std::io::stderr().is_terminal(),
                "testRunDurationMs": self.elapsed.as_secs_f64() * 1e3,
            },
            "metrics": metrics,
        });
        if let Some(data) = &self.setup_data {
            out["setup_data"] = data.clone();
        }
        out
    }

    /// The flat document of `--summary-export`. In it a threshold is true when it is crossed.
    pub(crate) fn export(&self) -> Value {
        if self.machine_readable {
            return self.machine();
        }
        let mut metrics = Map::new();
        self.each(|name, observed, sink, thresholds| {
            let values = sink.clone().values(&self.stats, self.elapsed.as_secs_f64());
            let rename = |key: String| {
                if observed.def.kind == Kind::Rate && key == "rate" { "value".to_owned() } else { key }
            };
            let mut entry: Map<String, Value> =
                values.into_iter().map(|(k, v)| (rename(k), json_number(v))).collect();
            if !thresholds.is_empty() {
                let crossed = |t: &Threshold| (t.written.source.clone(), t.crossed.into());
                entry
                    .insert("thresholds".to_owned(), Value::Object(thresholds.iter().map(crossed).collect()));
            }
            metrics.insert(name, entry.into());
        });
        json!({"metrics": metrics, "root_group": group_map(&self.root)})
    }

    /// Visits every metric and submetric by its full name.
    fn each(&self, mut visit: impl FnMut(String, &Observed, &Sink, &[Threshold])) {
        for observed in &self.shown {
            let name = &observed.def.name;
            visit(name.clone(), observed, &observed.sink, &observed.thresholds);
            for part in &observed.submetrics {
                visit(format!("{name}{{{}}}", part.suffix), observed, &part.sink, &part.thresholds);
            }
        }
    }
}

/// A group with its members as lists.
fn group_list(group: &Group) -> Value {
    let check = |c: &crate::metrics::Check| check(c);
    json!({
        "name": group.name, "path": group.path, "id": md5(&group.path),
        "groups": group.groups.iter().map(group_list).collect::<Vec<_>>(),
        "checks": group.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

/// A group with its members by name.
fn group_map(group: &Group) -> Value {
    let groups: Map<String, Value> = group.groups.iter().map(|g| (g.name.clone(), group_map(g))).collect();
    let checks: Map<String, Value> = group.checks.iter().map(|c| (c.name.clone(), check(c))).collect();
    json!({"name": group.name, "path": group.path, "id": md5(&group.path), "groups": groups, "checks": checks})
}

fn check(check: &crate::metrics::Check) -> Value {
    json!({
        "name": check.name, "path": check.path, "id": md5(&check.path), "passes": check.passes, "fails": check.fails,
    })
}
