//! An HTTP client as configurations describe one: credentials that may change on disk, TLS, proxy, headers, tokens.
//!
//! Whoever asks something over the network as a configuration says — scraping, discovery, remote write — asks with this.

mod exec;
mod options;
mod statement;
mod token;

pub use options::{Algorithm, Authorization, Client, Credential, Exec, Grant, OAuth, Statement, Tls};
pub use reqwest::{Method, RequestBuilder, Response, Url};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Identity, NoProxy, Proxy, redirect};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 10;
/// Hosts with a client of their own, where certificates bear another name: more than this share the last one's turn.
const MAX_NAMED_HOSTS: usize = 4096;

/// A client and what it adds to each request. Cloning shares its connections.
#[derive(Debug, Clone)]
pub struct HttpClient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: reqwest::Client,
    options: Client,
    /// Shared with clients of the same credentials that connect otherwise.
    tokens: Option<Arc<Tokens>>,
    /// What all connections go to, whatever host a URL names.
    socket: Option<PathBuf>,
    /// Clients that take a host for the server of another name, by the host.
    named: Mutex<BTreeMap<String, reqwest::Client>>,
}

/// Where tokens come from.
#[derive(Debug)]
enum Tokens {
    /// A server.
    Asked(Box<token::Tokens>),
    /// A command.
    Printed(exec::Tokens),
}

impl HttpClient {
    /// Reads certificates; the error names what cannot be used.
    pub fn new(options: &Client) -> Result<Self, String> {
        let tokens = match &options.authorization {
            Some(Authorization::OAuth(oauth)) => Some(Tokens::Asked(Box::new(token::Tokens::new(oauth)?))),
            Some(Authorization::Exec(exec)) => Some(Tokens::Printed(exec::Tokens::new(exec))),
            _ => None,
        };
        Self::build(options, tokens.map(Arc::new), None)
    }

    /// The same client with all its connections to the Unix socket at `path`, whatever host a URL names; TLS, where the URL wants it,
    /// is spoken over the socket. Tokens are asked for where they were, not over the socket.
    pub fn over_socket(&self, path: PathBuf) -> Result<Self, String> {
        Self::build(&self.0.options, self.0.tokens.clone(), Some(path))
    }

    fn build(options: &Client, tokens: Option<Arc<Tokens>>, socket: Option<PathBuf>) -> Result<Self, String> {
        let client = builder(options, socket.as_ref())?.build();
        let client = client.map_err(|error| format!("an HTTP client: {error}"))?;
        let options = options.clone();
        Ok(HttpClient(Arc::new(Shared { client, options, tokens, socket, named: Mutex::default() })))
    }

    /// A request with credentials and headers as they are now.
    pub async fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, String> {
        let options = &self.0.options;
        let mut request = match &options.tls.server_name {
            Some(name) if url.scheme() == "https" => self.named(name, method, url)?,
            _ => self.0.client.request(method, url),
        };
        let header = |kind: &str, credential: &str| {
            let value = HeaderValue::try_from(format!("{kind} {credential}"));
            let mut value = value.map_err(|_| "the credentials are no header value".to_owned())?;
            value.set_sensitive(true);
            Ok::<_, String>(value)
        };
        match (&options.authorization, self.0.tokens.as_deref()) {
            (Some(Authorization::Basic { name, password }), _) => {
                request = request.basic_auth(name.read()?, Some(password.read()?));
            }
            (Some(Authorization::Header { kind, credential }), _) => {
                request = request.header(AUTHORIZATION, header(kind, &credential.read()?)?);
            }
            (_, Some(Tokens::Asked(tokens))) => {
                let token = tokens.token().await?;
                request = request.header(AUTHORIZATION, header(&token.kind, &token.text)?);
            }
            (_, Some(Tokens::Printed(tokens))) => {
                request = request.header(AUTHORIZATION, header("Bearer", &tokens.token().await?)?);
            }
            (Some(Authorization::OAuth(_) | Authorization::Exec(_)) | None, None) => {}
        }
        for (name, credential) in &options.headers {
            let wrong = || format!("http_headers: {name} cannot be sent");
            let key = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            request = request.header(key, HeaderValue::try_from(credential.read()?).map_err(|_| wrong())?);
        }
        Ok(request)
    }

    /// A GET as [`HttpClient::request`] makes it.
    pub async fn get(&self, url: Url) -> Result<RequestBuilder, String> {
        self.request(Method::GET, url).await
    }

    /// A request that asks the host of `url` as the server `name`: in the handshake and against its certificate.
    fn named(&self, name: &str, method: Method, url: Url) -> Result<RequestBuilder, String> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        let mut named = self.0.named.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match named.get(&host) {
            Some(client) => client.clone(),
            None => {
                let alias = Alias { name: name.to_owned(), host: host.trim_matches(['[', ']']).to_owned() };
                // The name in the handshake would be the authority of HTTP/2, where the host belongs.
                let builder = builder(&self.0.options, self.0.socket.as_ref())?;
                let builder = builder.http1_only().dns_resolver(Arc::new(alias));
                let client = builder.build().map_err(|error| format!("an HTTP client: {error}"))?;
                if named.len() >= MAX_NAMED_HOSTS {
                    named.pop_last();
                }
                named.insert(host, client.clone());
                client
            }
        };
        drop(named);
        let mut asked = url;
        asked.set_host(Some(name)).map_err(|error| format!("tls_config server_name {name:?}: {error}"))?;
        Ok(client.request(method, asked).header(HOST, authority))
    }
}

/// Finds one name at the addresses of another host; every other name is looked up as ever.
#[derive(Debug)]
struct Alias {
    name: String,
    host: String,
}

impl Resolve for Alias {
    fn resolve(&self, name: Name) -> Resolving {
        let wanted = match name.as_str() == self.name {
            true => self.host.clone(),
            false => name.as_str().to_owned(),
        };
        Box::pin(async move {
            // Port 0 stands for the URL's.
            let found: Vec<_> = tokio::net::lookup_host((wanted, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn builder(options: &Client, socket: Option<&PathBuf>) -> Result<ClientBuilder, String> {
    let mut builder = reqwest::Client::builder();
    if let Some(path) = socket {
        builder = builder.unix_socket(path.clone());
    }
    if !options.proxy_from_environment {
        builder = builder.no_proxy();
    }
    if let Some(url) = &options.proxy {
        let proxy = Proxy::all(url).map_err(|error| format!("proxy_url {url:?}: {error}"))?;
        let mut headers = HeaderMap::new();
        for (name, credential) in &options.proxy_headers {
            let wrong = || format!("proxy_connect_header: {name} cannot be sent");
            let key = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            headers.append(key, HeaderValue::try_from(credential.read()?).map_err(|_| wrong())?);
        }
        let proxy = proxy.no_proxy(options.no_proxy.as_deref().and_then(NoProxy::from_string));
        builder = builder.proxy(if headers.is_empty() { proxy } else { proxy.headers(headers) });
    }
    builder = builder.redirect(match options.follow_redirects {
        true => redirect::Policy::limited(MAX_REDIRECTS),
        false => redirect::Policy::none(),
    });
    if !options.http2 {
        builder = builder.http1_only();
    }
    tls(builder, &options.tls)
}

fn tls(mut builder: ClientBuilder, options: &Tls) -> Result<ClientBuilder, String> {
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
pub fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "context deadline exceeded".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
