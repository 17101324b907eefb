//! `-o csv=FILE`: a column a system tag, the other tags in `extra_tags`.

use super::{Lines, Output};
use crate::metrics::{Engine, Sample};
use stdx::BoxFuture;

/// Rows of text.
pub(super) struct CsvOutput {
    lines: Lines,
    /// System tags with a column, by name.
    columns: Vec<&'static str>,
}

impl CsvOutput {
    /// Writes the header and then rows to `lines`.
    pub(super) fn to(mut lines: Lines, system: &[&'static str]) -> Self {
        let mut columns: Vec<&'static str> =
            system.iter().copied().filter(|t| !matches!(*t, "vu" | "iter")).collect();
        columns.sort_unstable();
        lines.put(&format!("metric_name,timestamp,metric_value,{},extra_tags,metadata", columns.join(",")));
        CsvOutput { lines, columns }
    }
}

impl Output for CsvOutput {
    fn add(&mut self, batch: &[Sample], engine: &Engine) {
        for sample in batch {
            let Some(observed) = engine.declared(sample.metric) else { continue };
            let seconds = sample.at_nanos.div_euclid(1_000_000_000).to_string();
            let mut row = vec![quoted(&observed.def.name), seconds, format!("{:.6}", sample.value)];
            row.extend(self.columns.iter().map(|c| quoted(sample.tags.get(c).unwrap_or(""))));
            let extra = sample.tags.iter().filter(|(k, _)| !self.columns.contains(k));
            row.push(quoted(&pairs(extra)));
            row.push(quoted(&pairs(sample.tags.metadata())));
            self.lines.put(&row.join(","));
        }
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.lines.finish();
        Box::pin(std::future::ready(()))
    }
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    pairs.map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
