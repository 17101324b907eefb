//! How an HTTP client asks, as typed options.

use std::path::PathBuf;

/// How an HTTP client asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// The `Authorization` header.
    pub authorization: Option<Authorization>,
    /// Further headers.
    pub headers: Vec<(String, Credential)>,
    /// Trust and own certificate.
    pub tls: Tls,
    /// The proxy's URL.
    pub proxy: Option<String>,
    /// Hosts that are asked without it, separated by commas.
    pub no_proxy: Option<String>,
    /// Headers that are sent to the proxy with `CONNECT`.
    pub proxy_headers: Vec<(String, Credential)>,
    /// Whether `HTTP_PROXY` and its like count.
    pub proxy_from_environment: bool,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
}

impl Default for Client {
    /// No credentials, the system's trust, no proxy, redirects followed.
    fn default() -> Self {
        Client {
            authorization: None,
            headers: Vec::new(),
            tls: Tls::default(),
            proxy: None,
            no_proxy: None,
            proxy_headers: Vec::new(),
            proxy_from_environment: false,
            follow_redirects: true,
            http2: true,
        }
    }
}

/// The `Authorization` header.
#[derive(Debug, Clone, PartialEq)]
pub enum Authorization {
    /// Name and password.
    Basic {
        /// The name.
        name: Credential,
        /// The password.
        password: Credential,
    },
    /// `<kind> <credential>`.
    Header {
        /// Such as `Bearer`.
        kind: String,
        /// The token.
        credential: Credential,
    },
    /// A token that is asked for.
    OAuth(Box<OAuth>),
    /// A token that a command prints.
    Exec(Box<Exec>),
}

/// A command that prints a token as an `ExecCredential` of Kubernetes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exec {
    /// The program: a path, or a name that is looked up.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables beside those of this process.
    pub env: Vec<(String, String)>,
    /// The version of the object that it prints.
    pub api_version: String,
}

/// Tokens that a server gives out.
#[derive(Debug, Clone, PartialEq)]
pub struct OAuth {
    /// Who asks.
    pub client_id: String,
    /// By what it is known.
    pub grant: Grant,
    /// Where.
    pub token_url: String,
    /// What for.
    pub scopes: Vec<String>,
    /// Further parameters of the request.
    pub parameters: Vec<(String, String)>,
    /// How the token's server is asked.
    pub client: Client,
}

/// By what a client shows who it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Grant {
    /// By its secret: RFC 6749, section 4.4.
    Secret(Credential),
    /// By a statement that it signs: RFC 7523, section 2.1.
    Signed(Box<Statement>),
}

/// What a client says of itself, and how it signs that.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The RSA key, in PEM (PKCS #1 or #8).
    pub key: Credential,
    /// Which of the client's keys that is; empty: not told.
    pub key_id: String,
    /// How it is signed.
    pub algorithm: Algorithm,
    /// Who says it; empty: the client's id.
    pub issuer: String,
    /// For whom; empty: the token's URL.
    pub audience: String,
    /// What else it says, in place of what it would.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

/// How a statement is signed, by the names of RFC 7518.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    Rs256,
    /// The same with SHA-384.
    Rs384,
    /// The same with SHA-512.
    Rs512,
}

/// A secret, given outright or in a file that is read again for every request.
#[derive(Clone, PartialEq)]
pub enum Credential {
    /// Given outright.
    Text(String),
    /// The content of this file, without white space around it.
    File(PathBuf),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Credential::Text(_) => f.write_str("<secret>"),
            Credential::File(path) => write!(f, "<secret in {}>", path.display()),
        }
    }
}

impl Credential {
    /// The secret now; the error says which file cannot be read.
    pub fn read(&self) -> Result<String, String> {
        match self {
            Credential::Text(text) => Ok(text.clone()),
            Credential::File(path) => {
                let text = std::fs::read_to_string(path);
                text.map(|text| text.trim().to_owned())
                    .map_err(|error| format!("cannot read {}: {error}", path.display()))
            }
        }
    }
}

/// Trust and own certificate of a client, as PEM.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tls {
    /// Who may sign the server's certificate; `None`: whom the system trusts.
    pub ca: Option<Credential>,
    /// The client's certificate.
    pub certificate: Option<Credential>,
    /// Its key.
    pub key: Option<Credential>,
    /// The name that the server's certificate bears, when it is not the host of the URL.
    pub server_name: Option<String>,
    /// Whether the server's certificate is not looked at.
    pub skip_verification: bool,
    /// Whether versions before 1.3 are refused.
    pub at_least_13: bool,
    /// Whether version 1.3 is refused.
    pub at_most_12: bool,
}
