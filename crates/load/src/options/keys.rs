//! The table of options: for each its name in JSON, in the environment and as a flag, and the kind of its value.

use super::duration;
use crate::metrics::{SystemTags, TrendStat};
use serde_json::{Map, Value, json};

/// One option.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in a script or config file.
    pub(crate) json: &'static str,
    /// Its environment variable; empty when there is none.
    pub(crate) env: &'static str,
    /// Its long flag; empty when there is none.
    pub(crate) flag: &'static str,
    /// Its short flag.
    pub(crate) short: Option<char>,
    /// What its value looks like.
    pub(crate) kind: Kind,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Duration,
    Text,
    Texts,
    TrendStats,
    SystemTags,
    TimeUnit,
    Stages,
    Tags,
    Thresholds,
    /// An object; looked into by its reader.
    Object,
    /// Anything: kept, shown, not acted upon.
    Any,
}

const fn key(
    json: &'static str,
    env: &'static str,
    flag: &'static str,
    short: Option<char>,
    kind: Kind,
) -> Key {
    Key { json, env, flag, short, kind }
}

/// Every option.
pub(crate) const KEYS: &[Key] = &[
    key("paused", "K6_PAUSED", "paused", Some('p'), Kind::Bool),
    key("vus", "K6_VUS", "vus", Some('u'), Kind::Int),
    key("duration", "K6_DURATION", "duration", Some('d'), Kind::Duration),
    key("iterations", "K6_ITERATIONS", "iterations", Some('i'), Kind::Int),
    key("stages", "K6_STAGES", "stage", Some('s'), Kind::Stages),
    key("scenarios", "", "", None, Kind::Object),
    key("executionSegment", "K6_EXECUTION_SEGMENT", "execution-segment", None, Kind::Any),
    key(
        "executionSegmentSequence",
        "K6_EXECUTION_SEGMENT_SEQUENCE",
        "execution-segment-sequence",
        None,
        Kind::Any,
    ),
    key("noSetup", "K6_NO_SETUP", "no-setup", None, Kind::Bool),
    key("setupTimeout", "K6_SETUP_TIMEOUT", "", None, Kind::Duration),
    key("noTeardown", "K6_NO_TEARDOWN", "no-teardown", None, Kind::Bool),
    key("teardownTimeout", "K6_TEARDOWN_TIMEOUT", "", None, Kind::Duration),
    key("handleSummaryTimeout", "K6_HANDLE_SUMMARY_TIMEOUT", "", None, Kind::Duration),
    key("rps", "K6_RPS", "rps", None, Kind::Int),
    key("dns", "K6_DNS", "dns", None, Kind::Any),
    key("maxRedirects", "K6_MAX_REDIRECTS", "max-redirects", None, Kind::Int),
    key("userAgent", "K6_USER_AGENT", "user-agent", None, Kind::Text),
    key("batch", "K6_BATCH", "batch", None, Kind::Int),
    key("batchPerHost", "K6_BATCH_PER_HOST", "batch-per-host", None, Kind::Int),
    key("httpDebug", "K6_HTTP_DEBUG", "http-debug", None, Kind::Text),
    key("insecureSkipTLSVerify", "K6_INSECURE_SKIP_TLS_VERIFY", "insecure-skip-tls-verify", None, Kind::Bool),
    key("tlsCipherSuites", "", "", None, Kind::Any),
    key("tlsVersion", "", "", None, Kind::Any),
    key("tlsAuth", "", "", None, Kind::Any),
    key("throw", "K6_THROW", "throw", Some('w'), Kind::Bool),
    key("thresholds", "", "", None, Kind::Thresholds),
    key("blacklistIPs", "K6_BLACKLIST_IPS", "blacklist-ip", None, Kind::Texts),
    key("blockHostnames", "K6_BLOCK_HOSTNAMES", "block-hostnames", None, Kind::Texts),
    key("hosts", "", "", None, Kind::Object),
    key("noConnectionReuse", "K6_NO_CONNECTION_REUSE", "no-connection-reuse", None, Kind::Bool),
    key("noVUConnectionReuse", "K6_NO_VU_CONNECTION_REUSE", "no-vu-connection-reuse", None, Kind::Bool),
    key("minIterationDuration", "K6_MIN_ITERATION_DURATION", "min-iteration-duration", None, Kind::Duration),
    key("cloud", "", "", None, Kind::Any),
    key("ext", "", "", None, Kind::Any),
    key("summaryTrendStats", "K6_SUMMARY_TREND_STATS", "summary-trend-stats", None, Kind::TrendStats),
    key("summaryTimeUnit", "K6_SUMMARY_TIME_UNIT", "summary-time-unit", None, Kind::TimeUnit),
    key("systemTags", "K6_SYSTEM_TAGS", "system-tags", None, Kind::SystemTags),
    key("tags", "K6_TAGS", "tag", None, Kind::Tags),
    key("metricSamplesBufferSize", "K6_METRIC_SAMPLES_BUFFER_SIZE", "", None, Kind::Int),
    key("noCookiesReset", "K6_NO_COOKIES_RESET", "", None, Kind::Bool),
    key("discardResponseBodies", "K6_DISCARD_RESPONSE_BODIES", "discard-response-bodies", None, Kind::Bool),
    key("localIPs", "K6_LOCAL_IPS", "local-ips", None, Kind::Any),
];

/// Whole numbers up to 2^53, which JSON carries without loss.
const MAX_INT: f64 = 9_007_199_254_740_992.0;

impl Kind {
    /// Turns the text of a flag or variable into the JSON that a script would have.
    pub(crate) fn read_text(self, text: &str) -> Result<Value, String> {
        Ok(match self {
            Kind::Bool => match text {
                "true" | "1" | "t" | "T" | "TRUE" | "True" => Value::Bool(true),
                "false" | "0" | "f" | "F" | "FALSE" | "False" => Value::Bool(false),
                _ => return Err(format!("'{text}' is neither true nor false")),
            },
            Kind::Texts | Kind::TrendStats | Kind::SystemTags => {
                text.split(',').map(str::trim).filter(|t| !t.is_empty()).collect()
            }
            Kind::Stages => {
                let stage = |part: &str| {
                    let (time, target) = part.trim().rsplit_once(':').unwrap_or((part, ""));
                    let target: i64 =
                        target.parse().map_err(|_| format!("stage '{part}' is not duration:target"))?;
                    Ok::<Value, String>(json!({"duration": time, "target": target}))
                };
                Value::Array(text.split(',').map(stage).collect::<Result<_, _>>()?)
            }
            Kind::Tags => {
                let (name, value) =
                    text.split_once('=').ok_or_else(|| format!("tag '{text}' is not name=value"))?;
                json!({ name: value })
            }
            _ => Value::from(text),
        })
    }

    /// Checks a value and brings it into the one form that the rest of the house knows.
    pub(crate) fn normalise(self, value: &Value) -> Result<Value, String> {
        let wrong = |wanted: &str| format!("{value} is not {wanted}");
        match self {
            Kind::Bool => value.as_bool().map(Value::Bool).ok_or_else(|| wrong("true or false")),
            Kind::Int => whole_number(value).map(Value::from).ok_or_else(|| wrong("a whole number")),
            Kind::Duration => read_duration(value)
                .map(|d| Value::from(duration::format(d)))
                .ok_or_else(|| wrong("a duration such as \"1m30s\" or a number of milliseconds")),
            Kind::Text => match value {
                Value::String(_) => Ok(value.clone()),
                Value::Bool(_) | Value::Number(_) => Ok(Value::from(value.to_string())),
                _ => Err(wrong("a text")),
            },
            Kind::Texts => texts(value).map(Value::from).ok_or_else(|| wrong("a list of texts")),
            Kind::TrendStats => {
                let list = texts(value).ok_or_else(|| wrong("a list of texts"))?;
                match list.iter().find(|s| TrendStat::parse(s).is_none_or(|t| t == TrendStat::Sum)) {
                    Some(bad) => Err(format!(
                        "'{bad}' is no trend statistic; they are avg, min, med, max, count and p(N)"
                    )),
                    None => Ok(list.into()),
                }
            }
            Kind::SystemTags => {
                let list = texts(value).ok_or_else(|| wrong("a list of texts"))?;
                let known = SystemTags::from_names(list.iter().map(String::as_str));
                known.map(|tags| tags.names().into()).map_err(|bad| format!("'{bad}' is no system tag"))
            }
            Kind::TimeUnit => match value.as_str() {
                Some("" | "s" | "ms" | "us") => Ok(value.clone()),
                _ => Err(wrong("a time unit: s, ms or us")),
            },
            Kind::Stages => stages(value).ok_or_else(|| wrong("a list of {duration, target}")),
            Kind::Tags => tags(value).ok_or_else(|| wrong("an object of texts")),
            Kind::Thresholds => thresholds(value),
            Kind::Object if value.is_object() => Ok(value.clone()),
            Kind::Object => Err(wrong("an object")),
            Kind::Any => Ok(value.clone()),
        }
    }
}

/// A whole number, also as a text.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| {
            let x = n.as_f64()?;
            (x.fract() == 0.0 && x.abs() <= MAX_INT).then_some(x as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A duration as text or as a number of milliseconds.
pub(crate) fn read_duration(value: &Value) -> Option<std::time::Duration> {
    match value {
        Value::Number(n) => duration::from_millis(n.as_f64()?),
        Value::String(text) => duration::parse(text),
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect()
}

fn stages(value: &Value) -> Option<Value> {
    let stage = |stage: &Value| {
        let object = stage.as_object()?;
        let time = object.get("duration").and_then(read_duration)?;
        let target = whole_number(object.get("target")?)?;
        Some(json!({"duration": duration::format(time), "target": target}))
    };
    value.as_array()?.iter().map(stage).collect::<Option<Vec<_>>>().map(Value::Array)
}

/// Tag values may be numbers and booleans; they become texts.
pub(crate) fn tags(value: &Value) -> Option<Value> {
    let text = |(name, value): (&String, &Value)| match value {
        Value::String(_) => Some((name.clone(), value.clone())),
        Value::Number(_) | Value::Bool(_) => Some((name.clone(), Value::from(value.to_string()))),
        _ => None,
    };
    value.as_object()?.iter().map(text).collect::<Option<Map<_, _>>>().map(Value::Object)
}

fn thresholds(value: &Value) -> Result<Value, String> {
    let object = value.as_object().ok_or("thresholds must be an object of lists")?;
    for (metric, list) in object {
        let list = list.as_array().ok_or_else(|| format!("the thresholds of {metric} must be a list"))?;
        for threshold in list {
            let source = threshold.as_str().or_else(|| threshold.get("threshold")?.as_str());
            source.ok_or_else(|| {
                format!("a threshold of {metric} is neither a text nor an object with a threshold")
            })?;
        }
    }
    Ok(value.clone())
}
