//! The configuration as it may be shown: to whoever opens the page of the server, and to the server that an agent reports to.
//!
//! Invariant: no value under a key that names a secret leaves, nor a header's value, nor a password inside a URL. Names of
//! files that hold secrets stay.

use super::Config;
use anyhow::Result;
use serde_norway::Value;

/// What stands in a secret's place.
const HIDDEN: &str = "<secret>";
/// Parts of keys whose values are secrets.
const SECRETS: [&str; 9] = [
    "password",
    "secret",
    "token",
    "credential",
    "private_key",
    "access_key",
    "account_key",
    "api_key",
    "sas_key",
];
/// Keys whose values are all hidden: names of headers do not say which of them are secrets.
const HEADERS: [&str; 3] = ["headers", "http_headers", "proxy_connect_header"];

/// The configuration as YAML, without secrets.
pub(crate) fn shown(config: &Config) -> Result<String> {
    let mut value = serde_norway::to_value(config)?;
    hide(&mut value);
    Ok(serde_norway::to_string(&value)?)
}

fn hide(value: &mut Value) {
    match value {
        Value::Mapping(mapping) => {
            for (key, inner) in mapping.iter_mut() {
                let key = key.as_str().unwrap_or_default().to_ascii_lowercase();
                let is_file = key.ends_with("_file") || key.ends_with("file");
                let is_secret = !is_file && SECRETS.iter().any(|part| key.contains(part));
                let is_leaf = !inner.is_mapping() && !inner.is_sequence();
                if HEADERS.contains(&key.as_str()) || is_secret && is_leaf {
                    hide_all(inner);
                } else {
                    hide(inner);
                }
            }
        }
        Value::Sequence(all) => all.iter_mut().for_each(hide),
        Value::String(text) => hide_password(text),
        _ => {}
    }
}

/// Every text below.
fn hide_all(value: &mut Value) {
    match value {
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, inner)| hide_all(inner)),
        Value::Sequence(all) => all.iter_mut().for_each(hide_all),
        Value::String(text) if text.is_empty() => {}
        Value::Null => {}
        other => *other = Value::String(HIDDEN.to_owned()),
    }
}

/// `scheme://name:password@host`: the password.
fn hide_password(text: &mut String) {
    let Some(start) = text.find("://").map(|at| at + 3) else { return };
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    let Some(at) = text[start..end].rfind('@').map(|at| start + at) else { return };
    if let Some(colon) = text[start..at].find(':').map(|colon| start + colon) {
        text.replace_range(colon + 1..at, HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_leave() {
        let yaml = "
storage:
  url: s3://bucket/x
  options: {secret_access_key: s3cret, access_key_id: AKIA, region: eu, token_file: /run/token}
send:
  metrics: https://me:p4ss@host:1/write
  headers: {X-Anything: s3cret}
scrape_configs:
  - job_name: a
    basic_auth: {username: me, password: s3cret}
    static_configs: [{targets: ['a:1']}]
  - job_name: b
    authorization: {credentials: s3cret}
remote_write:
  - url: http://u:s3cret@host/write
";
        let config: Config = serde_norway::from_str(yaml).unwrap();
        let text = shown(&config).unwrap();
        for secret in ["s3cret", "p4ss", "AKIA"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        for kept in
            ["s3://bucket/x", "region: eu", "/run/token", "username: me", "https://me:<secret>@host:1/write"]
        {
            assert!(text.contains(kept), "no {kept} in {text}");
        }
        // What is not set stays as it is: it is no secret that there is none.
        assert_eq!(shown(&Config::default()).unwrap(), serde_norway::to_string(&Config::default()).unwrap());
    }
}
