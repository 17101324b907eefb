//! How a client of the file gets its tokens: by its secret, or by a statement that it signs.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#oauth2>

use super::client::{TlsConfig, both, credentials};
use super::text::{Link, Secret};
use crate::options::{Algorithm, Client, Credential, Grant, OAuth, Statement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where tokens come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OAuth2 {
    client_id: String,
    #[serde(default)]
    client_secret: Option<Secret>,
    #[serde(default)]
    client_secret_file: Option<PathBuf>,
    #[serde(default)]
    client_certificate_key: Option<Secret>,
    #[serde(default)]
    client_certificate_key_file: Option<PathBuf>,
    #[serde(default)]
    client_certificate_key_id: String,
    #[serde(default)]
    signature_algorithm: String,
    #[serde(default)]
    iss: String,
    #[serde(default)]
    audience: String,
    #[serde(default)]
    claims: serde_json::Map<String, serde_json::Value>,
    token_url: Link,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    endpoint_params: BTreeMap<String, String>,
    #[serde(default)]
    tls_config: Option<TlsConfig>,
    #[serde(default)]
    proxy_url: Option<Link>,
    #[serde(default)]
    no_proxy: Option<String>,
    #[serde(default)]
    proxy_from_environment: bool,
    #[serde(default)]
    proxy_connect_header: BTreeMap<String, Vec<Secret>>,
    #[serde(default)]
    grant_type: GrantType,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum GrantType {
    /// By name and secret.
    #[default]
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    /// By a signed statement.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
}

impl OAuth2 {
    /// What is wrong with it, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        let (secret, file) = (self.client_secret.is_some(), self.client_secret_file.is_some());
        both(secret, file, "oauth2 client_secret & client_secret_file")?;
        let (key, key_file) =
            (self.client_certificate_key.is_some(), self.client_certificate_key_file.is_some());
        both(key, key_file, "oauth2 client_certificate_key & client_certificate_key_file")?;
        if self.client_id.is_empty() {
            return Err("oauth2 client_id must be configured".to_owned());
        }
        if self.grant_type == GrantType::JwtBearer {
            if !key && !key_file {
                return Err(
                    "oauth2 client_certificate_key or client_certificate_key_file must be configured for jwt-bearer"
                        .to_owned(),
                );
            }
            if !self.signature_algorithm.is_empty() && Algorithm::named(&self.signature_algorithm).is_none() {
                return Err(format!(
                    "oauth2 signature_algorithm {:?}: valid signature algorithms are RS256, RS384 and RS512",
                    self.signature_algorithm
                ));
            }
        }
        Ok(())
    }

    /// As options; files are named relative to `folder`.
    pub(super) fn options(&self, folder: &Path) -> OAuth {
        let credential = |text: &Option<Secret>, file: &Option<PathBuf>| match (text, file) {
            (None, Some(file)) => Credential::File(folder.join(file)),
            (text, _) => Credential::Text(text.as_ref().map(|s| s.0.clone()).unwrap_or_default()),
        };
        let grant = match self.grant_type {
            GrantType::ClientCredentials => {
                Grant::Secret(credential(&self.client_secret, &self.client_secret_file))
            }
            GrantType::JwtBearer => Grant::Signed(Box::new(Statement {
                key: credential(&self.client_certificate_key, &self.client_certificate_key_file),
                key_id: self.client_certificate_key_id.clone(),
                algorithm: Algorithm::named(&self.signature_algorithm).unwrap_or_default(),
                issuer: self.iss.clone(),
                audience: self.audience.clone(),
                claims: self.claims.clone(),
            })),
        };
        OAuth {
            client_id: self.client_id.clone(),
            grant,
            token_url: self.token_url.0.clone(),
            scopes: self.scopes.clone(),
            parameters: self.endpoint_params.clone().into_iter().collect(),
            client: Client {
                tls: self.tls_config.as_ref().map(|tls| tls.options(folder)).unwrap_or_default(),
                proxy: self.proxy_url.as_ref().map(|link| link.0.clone()),
                no_proxy: self.no_proxy.clone(),
                proxy_headers: credentials(&self.proxy_connect_header),
                proxy_from_environment: self.proxy_from_environment,
                ..Client::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> OAuth2 {
        serde_norway::from_str(yaml).unwrap()
    }

    #[test]
    fn a_signed_grant_needs_a_key_and_a_known_algorithm() {
        let base =
            "client_id: me\ntoken_url: http://t/x\ngrant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\n";
        for (more, want) in [
            ("", Some("must be configured for jwt-bearer")),
            (
                "client_certificate_key: a\nclient_certificate_key_file: b",
                Some("at most one of oauth2 client_certificate_key"),
            ),
            (
                "client_certificate_key: a\nsignature_algorithm: ES256",
                Some("valid signature algorithms are RS256, RS384 and RS512"),
            ),
            ("client_certificate_key: a\nsignature_algorithm: RS512", None),
        ] {
            let found = read(&format!("{base}{more}")).check();
            assert_eq!(found.is_err(), want.is_some(), "{more}: {found:?}");
            assert!(want.is_none_or(|want| found.unwrap_err().contains(want)), "{more}");
        }
    }

    #[test]
    fn what_is_said_and_signed_is_as_configured() {
        let yaml = "client_id: me\ntoken_url: http://t/x\ngrant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\n\
            client_certificate_key_file: key.pem\nclient_certificate_key_id: k\nsignature_algorithm: RS384\niss: i\naudience: a\n\
            claims: {n: 5, list: [x]}\nscopes: [s]\n";
        let options = read(yaml).options(Path::new("/f"));
        let Grant::Signed(statement) = options.grant else { panic!("a secret") };
        let want = Statement {
            key: Credential::File("/f/key.pem".into()),
            key_id: "k".to_owned(),
            algorithm: Algorithm::Rs384,
            issuer: "i".to_owned(),
            audience: "a".to_owned(),
            claims: serde_json::json!({"n": 5, "list": ["x"]}).as_object().unwrap().clone(),
        };
        assert_eq!(*statement, want);
    }
}
