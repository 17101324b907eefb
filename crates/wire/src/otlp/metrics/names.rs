//! The name of a metric: words of its own name, then its unit, then `total` or `ratio`.

use super::Options;
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
pub(super) fn metric_name(name: &str, unit: &str, kind: MetricKind, options: &Options) -> String {
    match (options.escape, options.suffixes) {
        (true, true) => escaped_with_suffixes(name, unit, kind),
        (true, false) => {
            let foreign = |c: char| is_foreign(c) && c != '_';
            not_a_digit_first(name.split(foreign).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_"))
        }
        (false, true) => with_suffixes(name, unit, kind),
        (false, false) => name.to_owned(),
    }
}

fn not_a_digit_first(mut name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// The word that says the type.
fn type_word(unit: &str, kind: MetricKind) -> Option<&'static str> {
    match kind {
        MetricKind::Counter => Some("total"),
        MetricKind::Gauge if unit == "1" => Some("ratio"),
        _ => None,
    }
}

fn escaped_with_suffixes(name: &str, unit: &str, kind: MetricKind) -> String {
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
    if let Some(last) = type_word(unit, kind).filter(|_| !words.is_empty()) {
        words.retain(|w| w != last);
        words.push(last.to_owned());
    }
    not_a_digit_first(words.join("_"))
}

/// The name as it is, with what it lacks of unit and type.
fn with_suffixes(name: &str, unit: &str, kind: MetricKind) -> String {
    let mut out = name.to_owned();
    if out.is_empty() {
        return out;
    }
    let (main, per) = unit_words(unit);
    let type_word = type_word(unit, kind);
    if let Some(word) = type_word
        && let Some(rest) = out.strip_suffix(word).and_then(|rest| rest.strip_suffix(['_', '.']))
    {
        out.truncate(rest.len());
    }
    let per = if per.is_empty() { per } else { format!("per_{per}") };
    for word in [main.as_str(), per.as_str()].into_iter().chain(type_word) {
        if !word.is_empty() && !out.ends_with(word) {
            out.push('_');
            out.push_str(word);
        }
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

/// The label that an attribute becomes. Escaped, foreign characters are `_`, and a leading digit or single underscore gets
/// `key` before it.
pub(super) fn label_name(name: &str, options: &Options) -> String {
    if !options.escape {
        return name.to_owned();
    }
    let mut out = crate::names::to_label_name(name);
    if !options.keep_underscores {
        let mut last = ' ';
        out.retain(|c| std::mem::replace(&mut last, c) != '_' || c != '_');
    }
    let bare = out.starts_with('_') && !out.starts_with("__");
    let digit = name.starts_with(|c: char| c.is_ascii_digit());
    if bare && (options.key_before_underscore || digit) { format!("key{out}") } else { out }
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
            assert_eq!(metric_name(name, unit, kind, &Options::default()), want);
        }
        for (name, want) in [
            ("weird-label!", "weird_label_"),
            ("1st", "key_1st"),
            ("__reserved", "__reserved"),
            ("a..b", "a__b"),
            ("_x", "key_x"),
        ] {
            assert_eq!(label_name(name, &Options::default()), want);
        }
    }

    #[test]
    fn the_strategies_differ() {
        let of = |escape, suffixes| Options { escape, suffixes, ..Options::default() };
        for (name, unit, kind, want) in [
            (
                "http.requests",
                "s",
                MetricKind::Counter,
                ["http_requests", "http.requests_seconds_total", "http.requests"],
            ),
            ("a__b.c_total", "", MetricKind::Counter, ["a__b_c_total", "a__b.c_total", "a__b.c_total"]),
            ("speed", "m/s", MetricKind::Gauge, ["speed", "speed_meters_per_second", "speed"]),
            ("used", "1", MetricKind::Gauge, ["used", "used_ratio", "used"]),
            ("1st", "", MetricKind::Gauge, ["_1st", "1st", "1st"]),
        ] {
            let got = [of(true, false), of(false, true), of(false, false)]
                .map(|o| metric_name(name, unit, kind, &o));
            assert_eq!(got, want);
        }
        assert_eq!(label_name("k8s.pod", &of(false, false)), "k8s.pod");
        let plain = Options { key_before_underscore: false, keep_underscores: false, ..Options::default() };
        assert_eq!(label_name("_a..b", &plain), "_a_b");
    }
}
