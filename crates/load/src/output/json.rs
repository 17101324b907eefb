//! `-o json=FILE`: one JSON object a line; a `Metric` line before a metric's first `Point`.

use super::{Lines, Output};
use crate::metrics::{Engine, MetricId, Sample, json_number};
use crate::thresholds::Threshold;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use stdx::BoxFuture;

/// Lines of JSON.
pub(super) struct JsonOutput {
    lines: Lines,
    declared: HashSet<MetricId>,
}

impl JsonOutput {
    /// Writes to `lines`.
    pub(super) fn to(lines: Lines) -> Self {
        JsonOutput { lines, declared: HashSet::new() }
    }

    fn declare(&mut self, sample: &Sample, engine: &Engine) {
        let Some(observed) = engine.declared(sample.metric) else { return };
        if !self.declared.insert(sample.metric) {
            return;
        }
        let name = &observed.def.name;
        let sources = |t: &[Threshold]| t.iter().map(|t| t.written.source.clone()).collect::<Vec<_>>();
        let parts: Vec<Value> = observed
            .submetrics
            .iter()
            .map(|s| {
                let tags: Map<String, Value> =
                    s.tags.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
                json!({"name": format!("{name}{{{}}}", s.suffix), "suffix": s.suffix, "tags": tags})
            })
            .collect();
        let line = json!({
            "type": "Metric",
            "metric": name,
            "data": {
                "name": name,
                "type": observed.def.kind.as_str(),
                "contains": observed.def.contains.as_str(),
                "thresholds": sources(&observed.thresholds),
                "submetrics": if parts.is_empty() { Value::Null } else { parts.into() },
            },
        });
        self.lines.put(&line.to_string());
    }
}

impl Output for JsonOutput {
    fn add(&mut self, batch: &[Sample], engine: &Engine) {
        for sample in batch {
            self.declare(sample, engine);
            let Some(observed) = engine.declared(sample.metric) else { continue };
            let tags: Map<String, Value> =
                sample.tags.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
            let time = jiff::Timestamp::from_nanosecond(i128::from(sample.at_nanos)).map(|t| t.to_string());
            let mut data =
                json!({"time": time.unwrap_or_default(), "value": json_number(sample.value), "tags": tags});
            let metadata: Map<String, Value> =
                sample.tags.metadata().map(|(k, v)| (k.to_owned(), v.into())).collect();
            if !metadata.is_empty() {
                data["metadata"] = metadata.into();
            }
            let line = json!({"type": "Point", "metric": observed.def.name, "data": data});
            self.lines.put(&line.to_string());
        }
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.lines.finish();
        Box::pin(std::future::ready(()))
    }
}
