//! Tokens by client credentials or by a signed statement: asked for when one is needed, kept until shortly before they end.
//!
//! The client's name and secret go by HTTP Basic; a server that refuses them there is asked once more with both in the body
//! and from then on that way, as RFC 6749 (2.3.1) lets servers choose.
//! Sources: <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>, <https://www.rfc-editor.org/rfc/rfc7523#section-2.1>

use super::{Client, Grant, HttpClient, Method, OAuth, Url, statement, words};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stdx::Clock;

/// Tokens are renewed so long before they end: a request may be on its way for a while.
const RENEW_BEFORE: Duration = Duration::from_secs(10);
/// A token's server that says nothing for so long is given up.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Larger answers are no tokens.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A token as a request carries it.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: String,
    pub(super) text: String,
    /// On the clock's monotonic time; `None`: it does not end.
    ends: Option<Duration>,
}

/// The tokens of one client.
#[derive(Debug)]
pub(super) struct Tokens {
    oauth: OAuth,
    client: HttpClient,
    url: Url,
    clock: Clock,
    /// Whether the server wants name and secret in the body.
    in_body: AtomicBool,
    current: tokio::sync::Mutex<Option<Token>>,
}

/// What a token's server answers.
#[derive(serde::Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    token_type: String,
    /// Seconds; some servers write text.
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

impl Tokens {
    pub(super) fn new(oauth: &OAuth) -> Result<Self, String> {
        let url = Url::parse(&oauth.token_url);
        let url = url.map_err(|error| format!("oauth2 token_url {:?}: {error}", oauth.token_url))?;
        Ok(Tokens {
            client: HttpClient::new(&Client { authorization: None, ..oauth.client.clone() })?,
            url,
            oauth: oauth.clone(),
            clock: Clock::system(),
            in_body: AtomicBool::new(false),
            current: tokio::sync::Mutex::default(),
        })
    }

    /// A token that holds for a while yet; the error says why there is none.
    pub(super) async fn token(&self) -> Result<Token, String> {
        let mut current = self.current.lock().await;
        let now = self.clock.monotonic();
        if let Some(token) = &*current
            && token.ends.is_none_or(|ends| now + RENEW_BEFORE < ends)
        {
            return Ok(token.clone());
        }
        let token = self.fetch().await.map_err(|error| format!("oauth2 token: {error}"))?;
        *current = Some(token.clone());
        Ok(token)
    }

    async fn fetch(&self) -> Result<Token, String> {
        let in_body = self.in_body.load(Ordering::Relaxed);
        match self.ask(in_body).await {
            Err((true, _)) if !in_body && matches!(self.oauth.grant, Grant::Secret(_)) => {
                let token = self.ask(true).await.map_err(|(_, error)| error)?;
                self.in_body.store(true, Ordering::Relaxed);
                Ok(token)
            }
            answer => answer.map_err(|(_, error)| error),
        }
    }

    /// Asks once; the error says whether it was the server that refused.
    async fn ask(&self, in_body: bool) -> Result<Token, (bool, String)> {
        let broken = |error: String| (false, error);
        let (form, basic) = self.question(in_body).map_err(broken)?;
        // The client asks without a token of its own: the future is boxed because the types nest.
        let request = Box::pin(self.client.request(Method::POST, self.url.clone())).await.map_err(broken)?;
        let mut request =
            request.timeout(TIMEOUT).header("Content-Type", "application/x-www-form-urlencoded").body(form);
        if let Some(secret) = basic {
            // Both are escaped before they become a header: RFC 6749, 2.3.1.
            request = request.basic_auth(escaped(&self.oauth.client_id), Some(escaped(&secret)));
        }
        let mut response = request.send().await.map_err(|error| broken(words(&error)))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| broken(words(&error)))? {
            if body.len() + part.len() > MAX_ANSWER_BYTES {
                return Err(broken(format!("the answer is larger than {MAX_ANSWER_BYTES} bytes")));
            }
            body.extend_from_slice(&part);
        }
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body);
            let text = &text[..text.floor_char_boundary(200)];
            return Err((status.is_client_error(), format!("{} answered {status}: {text}", self.url)));
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?;
        Ok(self.read(answer))
    }

    fn read(&self, answer: Answer) -> Token {
        let seconds = match answer.expires_in {
            Some(serde_json::Value::Number(number)) => number.as_f64(),
            Some(serde_json::Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        let lasts = seconds.filter(|s| *s > 0.0).and_then(|s| Duration::try_from_secs_f64(s).ok());
        let kind = match answer.token_type.to_ascii_lowercase().as_str() {
            "" | "bearer" => "Bearer".to_owned(),
            "mac" => "MAC".to_owned(),
            "basic" => "Basic".to_owned(),
            _ => answer.token_type,
        };
        let ends = lasts.and_then(|lasts| self.clock.monotonic().checked_add(lasts));
        Token { kind, text: answer.access_token, ends }
    }

    /// The form of a question, and the secret when that goes by HTTP Basic.
    fn question(&self, in_body: bool) -> Result<(String, Option<String>), String> {
        let oauth = &self.oauth;
        let (mut pairs, mut basic) = (Vec::new(), None);
        let further = oauth.parameters.iter().map(|(name, value)| (name.as_str(), value.clone()));
        match &oauth.grant {
            Grant::Secret(secret) => {
                pairs.push(("grant_type", "client_credentials".to_owned()));
                if !oauth.scopes.is_empty() {
                    pairs.push(("scope", oauth.scopes.join(" ")));
                }
                pairs.extend(further);
                let secret = secret.read()?;
                if in_body {
                    pairs.push(("client_id", oauth.client_id.clone()));
                    pairs.push(("client_secret", secret));
                } else {
                    basic = Some(secret);
                }
            }
            Grant::Signed(statement) => {
                let now = self.clock.now_millis().div_euclid(1000);
                pairs.push(("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()));
                pairs.push(("assertion", statement::signed(oauth, statement, now)?));
                pairs.extend(further);
            }
        }
        Ok((form(&pairs), basic))
    }
}

/// `name=value&...`, escaped.
fn form<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    let mut url = Url::parse("http://form/").expect("a URL is written here");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

fn escaped(text: &str) -> String {
    form(&[("", text)]).trim_start_matches('=').to_owned()
}
