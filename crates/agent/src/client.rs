//! An HTTP client as a job or a list of targets has it: credentials that may change on disk, TLS, proxy, headers.

use crate::options::{Authorization, Client, Tls};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Certificate, Identity, NoProxy, Proxy, RequestBuilder, Url, redirect};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 10;

/// A client and what it adds to each request. Cloning shares its connections.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
    options: Client,
}

impl HttpClient {
    /// Reads certificates; the error names what cannot be used.
    pub(crate) fn new(options: &Client) -> Result<Self, String> {
        let mut builder = reqwest::Client::builder();
        if !options.proxy_from_environment {
            builder = builder.no_proxy();
        }
        if let Some(url) = &options.proxy {
            let proxy = Proxy::all(url).map_err(|error| format!("proxy_url {url:?}: {error}"))?;
            builder =
                builder.proxy(proxy.no_proxy(options.no_proxy.as_deref().and_then(NoProxy::from_string)));
        }
        builder = builder.redirect(match options.follow_redirects {
            true => redirect::Policy::limited(MAX_REDIRECTS),
            false => redirect::Policy::none(),
        });
        if !options.http2 {
            builder = builder.http1_only();
        }
        let client =
            tls(builder, &options.tls)?.build().map_err(|error| format!("an HTTP client: {error}"))?;
        Ok(HttpClient { client, options: options.clone() })
    }

    /// A request with credentials and headers as they are now.
    pub(crate) fn get(&self, url: Url) -> Result<RequestBuilder, String> {
        let mut request = self.client.get(url);
        match &self.options.authorization {
            Some(Authorization::Basic { name, password }) => {
                request = request.basic_auth(name.read()?, Some(password.read()?));
            }
            Some(Authorization::Header { kind, credential }) => {
                let value = HeaderValue::try_from(format!("{kind} {}", credential.read()?));
                let mut value = value.map_err(|_| "the credentials are no header value".to_owned())?;
                value.set_sensitive(true);
                request = request.header(AUTHORIZATION, value);
            }
            None => {}
        }
        for (name, credential) in &self.options.headers {
            let wrong = || format!("http_headers: {name} cannot be sent");
            let key = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            request = request.header(key, HeaderValue::try_from(credential.read()?).map_err(|_| wrong())?);
        }
        Ok(request)
    }
}

fn tls(mut builder: reqwest::ClientBuilder, options: &Tls) -> Result<reqwest::ClientBuilder, String> {
    if let Some(ca) = &options.ca {
        let pem = ca.read()?;
        let certificates = Certificate::from_pem_bundle(pem.as_bytes());
        builder = builder.tls_certs_only(certificates.map_err(|error| format!("tls_config ca: {error}"))?);
    }
    if let (Some(certificate), Some(key)) = (&options.certificate, &options.key) {
        let pem = format!("{}\n{}\n", key.read()?, certificate.read()?);
        let identity = Identity::from_pem(pem.as_bytes());
        builder = builder.identity(identity.map_err(|error| format!("tls_config cert and key: {error}"))?);
    }
    if options.skip_verification {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    if options.at_least_13 {
        builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_3);
    }
    if options.at_most_12 {
        builder = builder.tls_version_max(reqwest::tls::Version::TLS_1_2);
    }
    Ok(builder)
}

/// The innermost cause: "connection refused" rather than "error sending request".
pub(crate) fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "context deadline exceeded".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
