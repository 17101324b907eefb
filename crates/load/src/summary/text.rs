//! The summary as text: thresholds, checks, then the metrics in sections, names and values joined by dots.

use super::{Mode, Report};
use crate::metrics::{Check, Contains, Group, Observed, Sink};
use crate::thresholds::Threshold;
use std::fmt::Write as _;

/// Sections by the metrics in them; what is in none is custom.
const SECTIONS: [(&str, &[&str]); 4] = [
    ("HTTP", &["http_"]),
    ("EXECUTION", &["dropped_iterations", "iteration_duration", "iterations", "vus", "vus_max"]),
    ("NETWORK", &["data_received", "data_sent"]),
    ("WEBSOCKET", &["ws_"]),
];
/// Phases that the compact form leaves out.
const DETAILS: [&str; 6] = [
    "http_req_blocked",
    "http_req_connecting",
    "http_req_receiving",
    "http_req_sending",
    "http_req_tls_handshaking",
    "http_req_waiting",
];

impl Report {
    /// The whole text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::from("\n");
        self.thresholds(&mut out);
        let _ = writeln!(out, "\n  █ TOTAL RESULTS \n");
        self.checks(&mut out);
        self.metrics(&mut out);
        if self.mode == Mode::Full {
            self.root.groups.iter().for_each(|g| group(&mut out, g, 0));
        }
        out.push('\n');
        out
    }

    fn thresholds(&self, out: &mut String) {
        let named =
            |o: &&Observed| !o.thresholds.is_empty() || o.submetrics.iter().any(|s| !s.thresholds.is_empty());
        let mut first = true;
        for observed in self.shown.iter().filter(named) {
            if first {
                let _ = writeln!(out, "\n  █ THRESHOLDS ");
                first = false;
            }
            let _ = writeln!(out, "\n    {}", observed.def.name);
            self.threshold_lines(out, observed, &observed.thresholds, "    ");
            for part in observed.submetrics.iter().filter(|s| !s.thresholds.is_empty()) {
                let _ = writeln!(out, "\n      {{{}}}", part.suffix);
                self.threshold_lines(out, observed, &part.thresholds, "      ");
            }
        }
        if !first {
            out.push('\n');
        }
    }

    fn threshold_lines(&self, out: &mut String, observed: &Observed, thresholds: &[Threshold], indent: &str) {
        for t in thresholds {
            let mark = if t.crossed { "✗" } else { "✓" };
            let aggregation = t.aggregation();
            let value = match (&observed.sink, aggregation) {
                (Sink::Rate { .. }, _) => percent(t.measured),
                (Sink::Counter { .. }, "rate") => format!("{}/s", number(t.measured)),
                _ => self.value(t.measured, observed.def.contains),
            };
            let _ = writeln!(out, "{indent}{mark} '{}' {aggregation}={value}", t.written.source);
        }
    }

    fn checks(&self, out: &mut String) {
        let (mut passes, mut fails, mut lines) = (0u64, 0u64, String::new());
        self.root.each_check(&mut |c| {
            passes += c.passes;
            fails += c.fails;
            check(&mut lines, c, "    ");
        });
        let total = passes + fails;
        if total == 0 {
            return;
        }
        let seconds = self.elapsed.as_secs_f64().max(1e-9);
        let share = |n: u64| format!("{} {n} out of {total}", percent(Sink::rate(n, total)));
        let _ = writeln!(out, "    checks_total.......: {total:<7} {}/s", number(total as f64 / seconds));
        let _ = writeln!(out, "    checks_succeeded...: {}", share(passes));
        let _ = writeln!(out, "    checks_failed......: {}\n", share(fails));
        let _ = writeln!(out, "{lines}");
    }

    fn metrics(&self, out: &mut String) {
        let compact = self.mode == Mode::Compact;
        let visible = |o: &&Observed| {
            let hidden = compact && DETAILS.contains(&o.def.name.as_str()) && o.thresholds.is_empty();
            o.def.name != "checks" && !(compact && o.def.name == "group_duration") && !hidden
        };
        let shown: Vec<&Observed> = self.shown.iter().filter(visible).collect();
        let width = shown
            .iter()
            .flat_map(|o| {
                let parts = o.submetrics.iter().map(|s| s.suffix.chars().count() + 6);
                parts.chain([o.def.name.chars().count()])
            })
            .max()
            .unwrap_or(0)
            + 3;
        let section_of =
            |o: &Observed| SECTIONS.iter().find(|(_, names)| names.iter().any(|n| belongs(&o.def.name, n)));
        let custom = shown.iter().filter(|o| section_of(o).is_none());
        self.section(out, "CUSTOM", custom, width);
        for section in &SECTIONS {
            let members = shown.iter().filter(|o| section_of(o).is_some_and(|s| s.0 == section.0));
            self.section(out, section.0, members, width);
        }
    }

    fn section<'a>(
        &self,
        out: &mut String,
        title: &str,
        members: impl Iterator<Item = &'a &'a Observed>,
        width: usize,
    ) {
        let mut first = true;
        for observed in members {
            if first {
                let _ = writeln!(out, "    {title}");
                first = false;
            }
            let dots = |used: usize| ".".repeat(width.saturating_sub(used));
            let name = &observed.def.name;
            let line = self.values(observed, &observed.sink);
            let _ = writeln!(out, "    {name}{}: {line}", dots(name.chars().count()));
            for part in &observed.submetrics {
                let used = part.suffix.chars().count() + 6;
                let line = self.values(observed, &part.sink);
                let _ = writeln!(out, "      {{ {} }}{}: {line}", part.suffix, dots(used));
            }
        }
        if !first {
            out.push('\n');
        }
    }

    fn values(&self, observed: &Observed, sink: &Sink) -> String {
        let contains = observed.def.contains;
        match sink {
            Sink::Counter { sum, .. } => {
                let rate = sum / self.elapsed.as_secs_f64().max(1e-9);
                format!("{:<7} {}/s", self.value(*sum, contains), self.value(rate, contains))
            }
            Sink::Gauge { value, min, max, .. } => format!(
                "{:<7} min={} max={}",
                self.value(*value, contains),
                self.value(*min, contains),
                self.value(*max, contains)
            ),
            Sink::Rate { trues, total } => {
                format!("{:<7} {trues} out of {total}", percent(Sink::rate(*trues, *total)))
            }
            Sink::Trend(_) => {
                let values = sink.clone().values(&self.stats, 0.0);
                let column = |(name, value): &(String, f64)| {
                    let shown = if name == "count" { number(*value) } else { self.value(*value, contains) };
                    format!("{name}={shown:<8}")
                };
                values.iter().map(column).collect::<Vec<_>>().join(" ").trim_end().to_owned()
            }
        }
    }

    fn value(&self, value: f64, contains: Contains) -> String {
        match contains {
            Contains::Default => number(value),
            Contains::Data => data(value),
            Contains::Time => time(value, &self.time_unit),
        }
    }
}

/// `http_` stands for every name that begins so; other names for themselves.
fn belongs(name: &str, pattern: &str) -> bool {
    name == pattern || (pattern.ends_with('_') && name.starts_with(pattern))
}

fn group(out: &mut String, of: &Group, depth: usize) {
    let indent = "  ".repeat(depth + 1);
    let _ = writeln!(out, "{indent}█ GROUP: {}\n", of.name);
    let inner = format!("{indent}  ");
    of.checks.iter().for_each(|c| check(out, c, &inner));
    out.push('\n');
    of.groups.iter().for_each(|g| group(out, g, depth + 1));
}

fn check(out: &mut String, check: &Check, indent: &str) {
    let total = check.passes + check.fails;
    if check.fails == 0 {
        let _ = writeln!(out, "{indent}✓ {}", check.name);
        return;
    }
    let percent = check.passes * 100 / total.max(1);
    let _ = writeln!(out, "{indent}✗ {}", check.name);
    let _ = writeln!(out, "{indent}  ↳  {percent}% — ✓ {} / ✗ {}", check.passes, check.fails);
}

/// Six digits at most, no zeros at the end.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Cut, not rounded, at two digits: 99.999 % is not 100 %.
fn percent(share: f64) -> String {
    format!("{:.2}%", (share * 10_000.0 + 1e-9).floor() / 100.0)
}

fn data(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes;
    let mut unit = 0;
    while value.abs() >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 || value.abs() >= 10.0 {
        return format!("{value:.0} {}", UNITS[unit]);
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Milliseconds in a unit, or in the one that reads best.
fn time(millis: f64, unit: &str) -> String {
    let short = |value: f64| {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match unit {
        "s" => format!("{:.2}s", millis / 1e3),
        "ms" => format!("{millis:.2}ms"),
        "us" => format!("{:.2}µs", millis * 1e3),
        _ if millis == 0.0 => "0s".to_owned(),
        _ if millis.abs() < 1e-3 => format!("{}ns", short(millis * 1e6)),
        _ if millis.abs() < 1.0 => format!("{}µs", short(millis * 1e3)),
        _ if millis.abs() < 1000.0 => format!("{}ms", short(millis)),
        _ if millis.abs() < 60_000.0 => format!("{}s", short(millis / 1e3)),
        _ => format!("{}m{:02.0}s", (millis / 60_000.0).floor(), (millis % 60_000.0 / 1e3).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!((number(4.0).as_str(), number(9.87654321).as_str()), ("4", "9.876543"));
        assert_eq!((percent(0.999999).as_str(), percent(0.5).as_str()), ("99.99%", "50.00%"));
        assert_eq!(
            (data(512.0).as_str(), data(1234.0).as_str(), data(56_789.0).as_str()),
            ("512 B", "1.2 kB", "57 kB")
        );
        for (millis, wanted) in
            [(10.0, "10ms"), (12.5, "12.5ms"), (0.25, "250µs"), (1500.0, "1.5s"), (90_000.0, "1m30s")]
        {
            assert_eq!(time(millis, ""), wanted);
        }
        assert_eq!(time(12.5, "s"), "0.01s");
    }
}
