//! The `K6_PROMETHEUS_RW_*` variables.

use crate::metrics::TrendStat;
use crate::options::settings::HttpSettings;
use crate::options::{Layer, duration};
use base64::Engine as _;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the output is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RwSettings {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) insecure: bool,
    pub(super) push_interval: Duration,
    pub(super) stats: Vec<String>,
    pub(super) native_histograms: bool,
    pub(super) stale_markers: bool,
}

const PREFIX: &str = "K6_PROMETHEUS_RW_";
const DEFAULT_URL: &str = "http://localhost:9090/api/v1/write";

impl RwSettings {
    /// Reads them; `Err` names the variable that is wrong.
    pub(super) fn read(env: &BTreeMap<String, String>) -> Result<Self, String> {
        let get =
            |name: &str| env.get(&format!("{PREFIX}{name}")).map(String::as_str).filter(|v| !v.is_empty());
        let flag = |name: &str| match get(name) {
            None => Ok(false),
            Some(text) => text
                .parse::<bool>()
                .map_err(|_| format!("{PREFIX}{name}: '{text}' is neither true nor false")),
        };
        for unsupported in [
            "CLIENT_CERTIFICATE",
            "CLIENT_CERTIFICATE_KEY",
            "SIGV4_REGION",
            "SIGV4_ACCESS_KEY",
            "SIGV4_SECRET_KEY",
        ] {
            if get(unsupported).is_some() {
                return Err(format!("{PREFIX}{unsupported} is not supported"));
            }
        }
        let interval = get("PUSH_INTERVAL").unwrap_or("5s");
        let push_interval = duration::parse(interval)
            .filter(|d| !d.is_zero())
            .ok_or_else(|| format!("{PREFIX}PUSH_INTERVAL: '{interval}' is no duration"))?;
        let stats: Vec<String> =
            get("TREND_STATS").unwrap_or("p(99)").split(',').map(|s| s.trim().to_owned()).collect();
        if let Some(bad) = stats.iter().find(|s| TrendStat::parse(s).is_none()) {
            return Err(format!(
                "{PREFIX}TREND_STATS: '{bad}' is none of avg, min, med, max, count, sum and p(N)"
            ));
        }
        Ok(RwSettings {
            url: get("SERVER_URL").unwrap_or(DEFAULT_URL).to_owned(),
            headers: headers(env, get)?,
            insecure: flag("INSECURE_SKIP_TLS_VERIFY")?,
            push_interval,
            stats,
            native_histograms: flag("TREND_AS_NATIVE_HISTOGRAM")?,
            stale_markers: flag("STALE_MARKERS")?,
        })
    }

    /// How its connections are made: nothing of the script's own network options applies.
    pub(super) fn dialling(&self) -> HttpSettings {
        HttpSettings::of(&Layer::default()).expect("an empty layer has no network that could be wrong")
    }
}

fn headers<'a>(
    env: &BTreeMap<String, String>,
    get: impl Fn(&str) -> Option<&'a str>,
) -> Result<Vec<(String, String)>, String> {
    let mut headers = vec![
        ("content-type".to_owned(), "application/x-protobuf".to_owned()),
        ("content-encoding".to_owned(), "snappy".to_owned()),
        ("x-prometheus-remote-write-version".to_owned(), "0.1.0".to_owned()),
        ("user-agent".to_owned(), "k6-prometheus-rw-output".to_owned()),
    ];
    if let Some(user) = get("USERNAME") {
        let pair = format!("{user}:{}", get("PASSWORD").unwrap_or(""));
        let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        headers.push(("authorization".to_owned(), value));
    }
    if let Some(token) = get("BEARER_TOKEN") {
        headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    }
    for pair in get("HTTP_HEADERS").unwrap_or("").split(',').filter(|p| !p.is_empty()) {
        let (name, value) = pair
            .split_once(':')
            .ok_or_else(|| format!("{PREFIX}HTTP_HEADERS: '{pair}' is not name:value"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let own = format!("{PREFIX}HEADERS_");
    headers.extend(env.iter().filter_map(|(k, v)| Some((k.strip_prefix(&own)?.to_owned(), v.clone()))));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<RwSettings, String> {
        RwSettings::read(&pairs.iter().map(|(k, v)| (format!("{PREFIX}{k}"), (*v).to_owned())).collect())
    }

    #[test]
    fn defaults_and_headers() {
        let plain = read(&[]).unwrap();
        assert_eq!(
            (plain.url.as_str(), plain.stats.as_slice()),
            (DEFAULT_URL, ["p(99)".to_owned()].as_slice())
        );
        let full = read(&[
            ("HTTP_HEADERS", "X-One:1,X-Two:two words"),
            ("HEADERS_X-THREE", "3"),
            ("BEARER_TOKEN", "tok"),
        ]);
        let headers = full.unwrap().headers;
        for pair in
            [("authorization", "Bearer tok"), ("X-One", "1"), ("X-Two", "two words"), ("X-THREE", "3")]
        {
            assert!(headers.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{pair:?}");
        }
        for bad in [
            ("TREND_STATS", "mean"),
            ("PUSH_INTERVAL", "soon"),
            ("STALE_MARKERS", "maybe"),
            ("SIGV4_REGION", "x"),
        ] {
            assert!(read(&[bad]).is_err(), "{bad:?}");
        }
    }
}
