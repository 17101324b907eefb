//! The name of a metric: words of its own name, then its unit, then `total` or `ratio`.

use model::MetricKind;

/// Units whose words differ from their symbols.
const UNITS: [(&str, &str); 28] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("1", ""),
    ("%", "percent"),
    ("bit", "bits"),
    ("Bit", "bits"),
];

/// What stands behind the slash of a rate.
const PER: [(&str, &str); 7] = [
    ("s", "second"),
    ("m", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("w", "week"),
    ("mo", "month"),
    ("y", "year"),
];

fn is_foreign(c: char) -> bool {
    !c.is_ascii_alphanumeric() && c != ':'
}

/// A metric's name; empty when nothing of it is left.
pub(super) fn metric_name(name: &str, unit: &str, kind: MetricKind) -> String {
    let mut words: Vec<String> =
        name.split(is_foreign).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let (main, per) = unit_words(unit);
    let known = |words: &[String], word: &str| words.iter().any(|w| w == word);
    let main = if known(&words, &main) { String::new() } else { main };
    let per = if known(&words, &per) { String::new() } else { per };
    if !main.is_empty() {
        words.push(main);
    }
    if !per.is_empty() {
        words.push("per".to_owned());
        words.push(per);
    }
    let last = match kind {
        MetricKind::Counter => Some("total"),
        MetricKind::Gauge if unit == "1" => Some("ratio"),
        _ => None,
    };
    if let Some(last) = last.filter(|_| !words.is_empty()) {
        words.retain(|w| w != last);
        words.push(last.to_owned());
    }
    let mut out = words.join("_");
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    out
}

/// The words of a unit before and after its slash; empty for none. Annotations in braces are no units.
fn unit_words(unit: &str) -> (String, String) {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    (word_of(main.trim(), &UNITS), word_of(per.trim(), &PER))
}

fn word_of(symbol: &str, table: &[(&str, &str)]) -> String {
    if symbol.contains(['{', '}']) {
        return String::new();
    }
    let word = table.iter().find(|(s, _)| *s == symbol).map_or(symbol, |(_, word)| word);
    word.split(is_foreign).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_")
}

/// The label that an attribute becomes: foreign characters are `_`, and a leading digit or single underscore gets `key`
/// before it.
pub(super) fn label_name(name: &str) -> String {
    let out = crate::names::to_label_name(name);
    if out.starts_with('_') && !out.starts_with("__") { format!("key{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_named() {
        use MetricKind::{Counter, Gauge, Histogram};
        for (name, unit, kind, want) in [
            ("process.memory.usage", "By", Gauge, "process_memory_usage_bytes"),
            ("system.cpu.utilization", "1", Gauge, "system_cpu_utilization_ratio"),
            ("queue.length", "{job}", Gauge, "queue_length"),
            ("http.server.request.count", "{request}", Counter, "http_server_request_count_total"),
            ("request.rate", "m/s", Gauge, "request_rate_meters_per_second"),
            ("disk.size_total", "GiBy", Counter, "disk_size_gibibytes_total"),
            ("2nd.metric-name!", "", Gauge, "_2nd_metric_name"),
            ("übertragung.größe", "kBy", Gauge, "bertragung_gr_e_kBy"),
            ("http.server.request.duration", "s", Histogram, "http_server_request_duration_seconds"),
            ("already_seconds", "s", Gauge, "already_seconds"),
            ("wr.otlp.ok", "MHz", Gauge, "wr_otlp_ok_MHz"),
            ("", "", Gauge, ""),
            ("", "", Counter, ""),
        ] {
            assert_eq!(metric_name(name, unit, kind), want);
        }
        for (name, want) in [
            ("weird-label!", "weird_label_"),
            ("1st", "key_1st"),
            ("__reserved", "__reserved"),
            ("a..b", "a__b"),
            ("_x", "key_x"),
        ] {
            assert_eq!(label_name(name), want);
        }
    }
}
