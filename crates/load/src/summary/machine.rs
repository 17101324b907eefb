//! The machine-readable summary: stable names, nothing flattened.

use super::Report;
use crate::metrics::{Kind, Observed, Sink, json_number};
use crate::thresholds::Threshold;
use serde_json::{Value, json};

impl Report {
    /// The document of `--new-machine-readable-summary`.
    pub(super) fn machine(&self) -> Value {
        let seconds = self.elapsed.as_secs_f64();
        let values = |sink: &Sink| -> Value {
            sink.clone()
                .values(&self.stats, seconds)
                .into_iter()
                .map(|(k, v)| (k, json_number(v)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let mut metrics = Vec::new();
        let mut thresholds = Vec::new();
        self.each(|name, observed: &Observed, sink, of: &[Threshold]| {
            metrics.push(json!({
                "name": name, "type": observed.def.kind.as_str(), "contains": observed.def.contains.as_str(), "values": values(sink),
            }));
            thresholds.extend(of.iter().map(|t| json!({"metric": name, "source": t.written.source, "ok": !t.crossed})));
        });
        json!({
            "version": "1.0.0",
            "config": {"execution": "local", "script": self.script, "duration": seconds},
            "metadata": {"generatedAt": self.generated_at, "version": env!("CARGO_PKG_VERSION")},
            "results": {"checks": self.machine_checks(), "thresholds": thresholds, "metrics": metrics},
        })
    }

    fn machine_checks(&self) -> Value {
        let (mut passes, mut fails, mut results) = (0u64, 0u64, Vec::new());
        self.root.each_check(&mut |c| {
            passes += c.passes;
            fails += c.fails;
            results.push(super::check(c));
        });
        let total = passes + fails;
        let seconds = self.elapsed.as_secs_f64();
        let rate = if seconds > 0.0 { total as f64 / seconds } else { 0.0 };
        let share = |n: u64| Sink::rate(n, total);
        let kind = Kind::Rate.as_str();
        json!({
            "metrics": [
                {"name": "checks_total", "type": "counter", "contains": "default", "values": {"count": total, "rate": rate}},
                {"name": "checks_succeeded", "type": kind, "contains": "default", "values": {"rate": share(passes), "matches": passes, "total": total}},
                {"name": "checks_failed", "type": kind, "contains": "default", "values": {"rate": share(fails), "matches": fails, "total": total}},
            ],
            "results": results,
        })
    }
}
