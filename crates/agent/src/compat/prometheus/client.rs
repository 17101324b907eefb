//! How an HTTP client of the file asks: credentials, TLS, proxy, headers. Shared by jobs, discovery and remote ends.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config>

use super::oauth::OAuth2;
use super::text::{Link, Secret};
use crate::options::{Authorization, Client, Credential, Tls};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The keys of a client; they stand beside those of what has the client, so they are listed there by [`client_keys`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasicAuth {
    #[serde(default)]
    username: String,
    #[serde(default)]
    username_file: Option<PathBuf>,
    #[serde(default)]
    password: Option<Secret>,
    #[serde(default)]
    password_file: Option<PathBuf>,
}

/// The `Authorization` header.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizationConfig {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    credentials: Option<Secret>,
    #[serde(default)]
    credentials_file: Option<PathBuf>,
}

/// Client certificates and trust.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TlsConfig {
    ca: Option<String>,
    ca_file: Option<PathBuf>,
    cert: Option<String>,
    cert_file: Option<PathBuf>,
    key: Option<Secret>,
    key_file: Option<PathBuf>,
    server_name: Option<String>,
    insecure_skip_verify: bool,
    min_version: Option<TlsVersion>,
    max_version: Option<TlsVersion>,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum TlsVersion {
    /// 1.0
    Tls10,
    /// 1.1
    Tls11,
    /// 1.2
    Tls12,
    /// 1.3
    Tls13,
}

/// Both of two keys that say the same are too many.
pub(super) fn both(a: bool, b: bool, what: &str) -> Result<(), String> {
    if a && b { Err(format!("at most one of {what} must be configured")) } else { Ok(()) }
}

/// Each value beside its header's name.
pub(super) fn credentials(headers: &BTreeMap<String, Vec<Secret>>) -> Vec<(String, Credential)> {
    let value = |secret: &Secret| Credential::Text(secret.0.clone());
    let named = |(name, all): (&String, &Vec<Secret>)| -> Vec<_> {
        all.iter().map(|secret| (name.clone(), value(secret))).collect()
    };
    headers.iter().flat_map(named).collect()
}

/// One header: what is written, hidden, or in files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HeaderValues {
    values: Vec<String>,
    secrets: Vec<Secret>,
    files: Vec<PathBuf>,
}

/// A struct with the keys given and, beside them, those of an HTTP client.
macro_rules! with_client {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) basic_auth: Option<crate::compat::prometheus::client::BasicAuth>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) authorization: Option<crate::compat::prometheus::client::AuthorizationConfig>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) oauth2: Option<crate::compat::prometheus::oauth::OAuth2>,
            #[serde(default, deserialize_with = "crate::compat::prometheus::client::any_text", skip_serializing_if = "Option::is_none")]
            pub(super) bearer_token: Option<crate::compat::prometheus::text::Secret>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) bearer_token_file: Option<std::path::PathBuf>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) tls_config: Option<crate::compat::prometheus::client::TlsConfig>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) proxy_url: Option<crate::compat::prometheus::text::Link>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(super) no_proxy: Option<String>,
            #[serde(default)]
            pub(super) proxy_from_environment: bool,
            #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
            pub(super) proxy_connect_header: std::collections::BTreeMap<String, Vec<crate::compat::prometheus::text::Secret>>,
            #[serde(default = "crate::compat::prometheus::client::yes")]
            pub(super) follow_redirects: bool,
            #[serde(default = "crate::compat::prometheus::client::yes")]
            pub(super) enable_http2: bool,
            #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
            pub(super) http_headers: std::collections::BTreeMap<String, crate::compat::prometheus::client::HeaderValues>,
        }

        impl $name {
            /// The keys of its client.
            pub(super) fn client(&self) -> crate::compat::prometheus::client::Keys<'_> {
                crate::compat::prometheus::client::Keys {
                    basic_auth: self.basic_auth.as_ref(),
                    authorization: self.authorization.as_ref(),
                    oauth2: self.oauth2.as_ref(),
                    bearer_token: self.bearer_token.as_ref(),
                    bearer_token_file: self.bearer_token_file.as_deref(),
                    tls_config: self.tls_config.as_ref(),
                    proxy_url: self.proxy_url.as_ref(),
                    no_proxy: self.no_proxy.as_deref(),
                    proxy_from_environment: self.proxy_from_environment,
                    proxy_connect_header: &self.proxy_connect_header,
                    follow_redirects: self.follow_redirects,
                    enable_http2: self.enable_http2,
                    http_headers: &self.http_headers,
                }
            }
        }
    };
}
pub(super) use with_client;

pub(super) fn yes() -> bool {
    true
}

/// `1234` is a token too.
pub(super) fn any_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Text(String),
        Whole(i64),
        Number(f64),
        Truth(bool),
    }
    let text = |scalar| match scalar {
        Scalar::Text(text) => text,
        Scalar::Whole(number) => number.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Truth(truth) => truth.to_string(),
    };
    Ok(Option::<Scalar>::deserialize(deserializer)?.map(|scalar| Secret(text(scalar))))
}

/// The keys of one client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) basic_auth: Option<&'a BasicAuth>,
    pub(super) authorization: Option<&'a AuthorizationConfig>,
    pub(super) oauth2: Option<&'a OAuth2>,
    pub(super) bearer_token: Option<&'a Secret>,
    pub(super) bearer_token_file: Option<&'a Path>,
    pub(super) tls_config: Option<&'a TlsConfig>,
    pub(super) proxy_url: Option<&'a Link>,
    pub(super) no_proxy: Option<&'a str>,
    pub(super) proxy_from_environment: bool,
    pub(super) proxy_connect_header: &'a BTreeMap<String, Vec<Secret>>,
    pub(super) follow_redirects: bool,
    pub(super) enable_http2: bool,
    pub(super) http_headers: &'a BTreeMap<String, HeaderValues>,
}

/// Headers that a client sets itself.
const RESERVED_HEADERS: [&str; 14] = [
    "authorization",
    "host",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "accept-encoding",
    "x-prometheus-remote-write-version",
    "x-prometheus-remote-read-version",
];

impl Keys<'_> {
    /// What is wrong with the keys together.
    pub(super) fn check(&self) -> Result<(), String> {
        both(
            self.bearer_token.is_some(),
            self.bearer_token_file.is_some(),
            "bearer_token & bearer_token_file",
        )?;
        let bearer = self.bearer_token.is_some() || self.bearer_token_file.is_some();
        let ways = [self.basic_auth.is_some(), self.authorization.is_some(), self.oauth2.is_some(), bearer];
        if ways.iter().filter(|way| **way).count() > 1 {
            return Err("at most one of basic_auth, oauth2, bearer_token & bearer_token_file & authorization must be configured".to_owned());
        }
        if let Some(basic) = self.basic_auth {
            both(
                !basic.username.is_empty(),
                basic.username_file.is_some(),
                "basic_auth username & username_file",
            )?;
            both(
                basic.password.is_some(),
                basic.password_file.is_some(),
                "basic_auth password & password_file",
            )?;
        }
        if let Some(header) = self.authorization {
            both(
                header.credentials.is_some(),
                header.credentials_file.is_some(),
                "authorization credentials & credentials_file",
            )?;
            if header.kind.as_deref().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("basic")) {
                return Err(
                    "authorization type cannot be set to \"basic\", use \"basic_auth\" instead".to_owned()
                );
            }
        }
        self.oauth2.map_or(Ok(()), OAuth2::check)?;
        if let Some(tls) = self.tls_config {
            tls.check()?;
        }
        both(self.proxy_url.is_some(), self.proxy_from_environment, "proxy_url & proxy_from_environment")?;
        if self.no_proxy.is_some_and(|text| !text.is_empty()) && self.proxy_url.is_none() {
            return Err("if no_proxy is configured, proxy_url must also be configured".to_owned());
        }
        check_headers(self.http_headers.keys())
    }

    /// Whether none of them is given.
    pub(super) fn is_default(&self) -> bool {
        let credentials = self.basic_auth.is_some()
            || self.authorization.is_some()
            || self.oauth2.is_some()
            || self.bearer_token.is_some()
            || self.bearer_token_file.is_some();
        let proxy = self.proxy_url.is_some() || self.no_proxy.is_some() || self.proxy_from_environment;
        !credentials
            && !proxy
            && self.tls_config.is_none()
            && self.proxy_connect_header.is_empty()
            && self.http_headers.is_empty()
            && self.follow_redirects
            && self.enable_http2
    }

    /// As options; files are named relative to `folder`.
    pub(super) fn options(&self, folder: &Path) -> Client {
        let credential = |text: Option<&Secret>, file: Option<&Path>| match (text, file) {
            (Some(secret), _) => Credential::Text(secret.0.clone()),
            (None, Some(file)) => Credential::File(folder.join(file)),
            (None, None) => Credential::Text(String::new()),
        };
        let bearer = self.bearer_token.is_some() || self.bearer_token_file.is_some();
        let authorization = if let Some(basic) = self.basic_auth {
            let name = Secret(basic.username.clone());
            Some(Authorization::Basic {
                name: credential(
                    Some(&name).filter(|name| !name.0.is_empty()),
                    basic.username_file.as_deref(),
                ),
                password: credential(basic.password.as_ref(), basic.password_file.as_deref()),
            })
        } else if let Some(header) = self.authorization {
            let kind = header.kind.as_deref().map_or("Bearer", str::trim);
            let credential = credential(header.credentials.as_ref(), header.credentials_file.as_deref());
            Some(Authorization::Header { kind: kind.to_owned(), credential })
        } else if bearer {
            let credential = credential(self.bearer_token, self.bearer_token_file);
            Some(Authorization::Header { kind: "Bearer".to_owned(), credential })
        } else {
            self.oauth2.map(|oauth| Authorization::OAuth(Box::new(oauth.options(folder))))
        };
        let mut headers = Vec::new();
        for (name, values) in self.http_headers {
            let texts = values.values.iter().cloned().map(Credential::Text);
            let secrets = values.secrets.iter().map(|secret| Credential::Text(secret.0.clone()));
            let files = values.files.iter().map(|file| Credential::File(folder.join(file)));
            headers.extend(texts.chain(secrets).chain(files).map(|value| (name.clone(), value)));
        }
        Client {
            authorization,
            headers,
            tls: self.tls_config.map(|tls| tls.options(folder)).unwrap_or_default(),
            proxy: self.proxy_url.map(|link| link.0.clone()),
            no_proxy: self.no_proxy.map(str::to_owned),
            proxy_headers: credentials(self.proxy_connect_header),
            proxy_from_environment: self.proxy_from_environment,
            follow_redirects: self.follow_redirects,
            http2: self.enable_http2,
        }
    }
}

/// Headers that the file may not set.
pub(super) fn check_headers<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), String> {
    for name in names {
        let lower = name.to_ascii_lowercase();
        if lower == "authorization" {
            return Err("authorization header must be changed via the basic_auth, authorization, oauth2, sigv4, azuread or google_iam parameter".to_owned());
        }
        if RESERVED_HEADERS.contains(&lower.as_str()) {
            return Err(format!("{name} is a reserved header. It must not be changed"));
        }
    }
    Ok(())
}

impl TlsConfig {
    fn check(&self) -> Result<(), String> {
        let two = |a: bool, b: bool, name: &str| {
            if a && b {
                Err(format!("at most one of {name} and {name}_file must be configured"))
            } else {
                Ok(())
            }
        };
        two(self.ca.is_some(), self.ca_file.is_some(), "ca")?;
        two(self.cert.is_some(), self.cert_file.is_some(), "cert")?;
        two(self.key.is_some(), self.key_file.is_some(), "key")?;
        let (cert, key) =
            (self.cert.is_some() || self.cert_file.is_some(), self.key.is_some() || self.key_file.is_some());
        match (cert, key) {
            (true, false) => Err(
                "exactly one of key or key_file must be configured when a client certificate is configured"
                    .to_owned(),
            ),
            (false, true) => {
                Err("exactly one of cert or cert_file must be configured when a client key is configured"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn options(&self, folder: &Path) -> Tls {
        let pem = |text: Option<&String>, file: Option<&PathBuf>| match (text, file) {
            (Some(text), _) => Some(Credential::Text(text.clone())),
            (None, file) => file.map(|file| Credential::File(folder.join(file))),
        };
        Tls {
            ca: pem(self.ca.as_ref(), self.ca_file.as_ref()),
            certificate: pem(self.cert.as_ref(), self.cert_file.as_ref()),
            key: pem(self.key.as_ref().map(|secret| &secret.0), self.key_file.as_ref()),
            server_name: self.server_name.clone().filter(|name| !name.is_empty()),
            skip_verification: self.insecure_skip_verify,
            // Older versions than 1.2 are spoken by no library that is kept.
            at_least_13: matches!(self.min_version, Some(TlsVersion::Tls13)),
            at_most_12: matches!(
                self.max_version,
                Some(TlsVersion::Tls12 | TlsVersion::Tls11 | TlsVersion::Tls10)
            ),
        }
    }
}
