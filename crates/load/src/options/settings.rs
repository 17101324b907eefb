//! The settled options as the run reads them: typed, with defaults filled in.

use super::Layer;
use super::duration;
use super::keys::read_duration;
use super::scenario::{self, Scenario};
use crate::metrics::{SystemTags, TrendStat};
use crate::thresholds::Written;
use serde_json::Value;
use std::net::IpAddr;
use std::time::Duration;

/// Everything a run is told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// What runs, by name.
    pub(crate) scenarios: Vec<(String, Scenario)>,
    pub(crate) no_setup: bool,
    pub(crate) no_teardown: bool,
    pub(crate) setup_timeout: Duration,
    pub(crate) teardown_timeout: Duration,
    pub(crate) summary_timeout: Duration,
    pub(crate) min_iteration: Duration,
    pub(crate) throw: bool,
    pub(crate) thresholds: Vec<(String, Vec<Written>)>,
    pub(crate) trend_stats: Vec<(String, TrendStat)>,
    pub(crate) time_unit: String,
    pub(crate) system_tags: SystemTags,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) no_cookies_reset: bool,
    pub(crate) http: HttpSettings,
    /// All options as JSON, for `exec.test.options` and `handleSummary`.
    pub(crate) json: Value,
}

/// What requests are told.
#[derive(Debug, Clone)]
pub(crate) struct HttpSettings {
    pub(crate) max_redirects: u32,
    pub(crate) user_agent: String,
    pub(crate) batch: usize,
    pub(crate) batch_per_host: usize,
    pub(crate) rps: u32,
    /// `None`, headers only, or with bodies.
    pub(crate) debug: Option<bool>,
    pub(crate) insecure: bool,
    pub(crate) discard_bodies: bool,
    pub(crate) no_connection_reuse: bool,
    pub(crate) no_vu_connection_reuse: bool,
    /// Networks that may not be connected to.
    pub(crate) blacklist: Vec<(IpAddr, u32)>,
    /// Names that may not be connected to; a leading `*` stands for any prefix.
    pub(crate) blocked: Vec<String>,
    /// Names (with `*` and port) and the addresses they stand for.
    pub(crate) hosts: Vec<(String, String)>,
}

/// The user agent of requests that name none.
const USER_AGENT: &str = concat!("oriel-load/", env!("CARGO_PKG_VERSION"));
/// The columns of trends when nothing is said.
const TREND_STATS: [&str; 6] = ["avg", "min", "med", "max", "p(90)", "p(95)"];

impl Settings {
    /// Settles a merged layer. `Err` is the message for exit code 104.
    pub(crate) fn settle(mut layer: Layer) -> Result<Self, String> {
        let scenarios = scenario::derive(&layer)?;
        layer.settle(scenario::to_json(&scenarios));
        let flag = |key: &str| layer.get(key).and_then(Value::as_bool).unwrap_or(false);
        let time = |key: &str, default: u64| {
            layer.get(key).and_then(read_duration).unwrap_or(Duration::from_secs(default))
        };
        let text = |key: &str| layer.get(key).and_then(Value::as_str).map(str::to_owned);
        let stats = match layer.get("summaryTrendStats") {
            Some(value) => list(value),
            None => TREND_STATS.map(str::to_owned).to_vec(),
        };
        let system_tags = match layer.get("systemTags") {
            Some(value) => SystemTags::from_names(list(value).iter().map(String::as_str))?,
            None => SystemTags::default(),
        };
        let named = |s: String| TrendStat::parse(&s).map(|stat| (s.clone(), stat)).ok_or(s);
        Ok(Settings {
            no_setup: flag("noSetup"),
            no_teardown: flag("noTeardown"),
            setup_timeout: time("setupTimeout", 60),
            teardown_timeout: time("teardownTimeout", 60),
            summary_timeout: time("handleSummaryTimeout", 120),
            min_iteration: time("minIterationDuration", 0),
            throw: flag("throw"),
            thresholds: thresholds(layer.get("thresholds"))?,
            trend_stats: stats.into_iter().map(named).collect::<Result<_, _>>()?,
            time_unit: text("summaryTimeUnit").unwrap_or_default(),
            system_tags,
            tags: layer.get("tags").map(pairs).unwrap_or_default(),
            no_cookies_reset: flag("noCookiesReset"),
            http: HttpSettings::of(&layer)?,
            json: layer.to_json(),
            scenarios,
        })
    }
}

impl HttpSettings {
    pub(crate) fn of(layer: &Layer) -> Result<Self, String> {
        let flag = |key: &str| layer.get(key).and_then(Value::as_bool).unwrap_or(false);
        let number = |key: &str, default: u32| {
            let given = layer.get(key).and_then(Value::as_i64);
            given.map_or(default, |n| u32::try_from(n.max(0)).unwrap_or(u32::MAX))
        };
        let debug = layer.get("httpDebug").and_then(Value::as_str);
        let blacklist = layer.get("blacklistIPs").map(list).unwrap_or_default();
        Ok(HttpSettings {
            max_redirects: number("maxRedirects", 10),
            user_agent: layer.get("userAgent").and_then(Value::as_str).unwrap_or(USER_AGENT).to_owned(),
            batch: number("batch", 20) as usize,
            batch_per_host: number("batchPerHost", 6) as usize,
            rps: number("rps", 0),
            debug: debug.filter(|d| !d.is_empty() && *d != "false").map(|d| d == "full"),
            insecure: flag("insecureSkipTLSVerify"),
            discard_bodies: flag("discardResponseBodies"),
            no_connection_reuse: flag("noConnectionReuse"),
            no_vu_connection_reuse: flag("noVUConnectionReuse"),
            blacklist: blacklist.iter().map(|n| network(n)).collect::<Result<_, _>>()?,
            blocked: layer.get("blockHostnames").map(list).unwrap_or_default(),
            hosts: layer.get("hosts").map(pairs).unwrap_or_default(),
        })
    }
}

/// Reads `10.0.0.0/8` or a single address.
fn network(text: &str) -> Result<(IpAddr, u32), String> {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().map_err(|_| format!("'{text}' is no IP address or network"))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() { Ok(most) } else { bits.parse() };
    match bits {
        Ok(bits) if bits <= most => Ok((address, bits)),
        _ => Err(format!("'{text}' is no IP address or network")),
    }
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    value.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), text(v))).collect()
}

fn thresholds(value: Option<&Value>) -> Result<Vec<(String, Vec<Written>)>, String> {
    let one = |t: &Value| {
        let source = t.as_str().or_else(|| t.get("threshold")?.as_str()).unwrap_or_default().to_owned();
        let abort_on_fail = t.get("abortOnFail").and_then(Value::as_bool).unwrap_or(false);
        let delay = t.get("delayAbortEval").filter(|d| !d.is_null());
        let delay_abort = match delay {
            None => Duration::ZERO,
            Some(value) => {
                read_duration(value).ok_or_else(|| format!("delayAbortEval: {value} is no duration"))?
            }
        };
        Ok::<_, String>(Written { source, abort_on_fail, delay_abort })
    };
    let of = |(metric, list): (&String, &Value)| {
        let list = list.as_array().into_iter().flatten().map(one).collect::<Result<_, _>>()?;
        Ok((metric.clone(), list))
    };
    value.and_then(Value::as_object).into_iter().flatten().map(of).collect()
}

/// `10m30s` for banners.
pub(crate) fn shown(duration: Duration) -> String {
    duration::format(duration)
}
