//! A small HTTP client: JSON answers as values, failures as statuses.

use serde_json::Value;

/// Sends requests.
#[derive(Clone)]
pub struct Http(reqwest::Client);

impl Default for Http {
    fn default() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        Http(reqwest::Client::builder().no_proxy().build().expect("a client"))
    }
}

impl Http {
    /// The JSON answer of a GET that must succeed.
    pub async fn get(&self, url: &str, parameters: &[(&str, &str)]) -> Value {
        let (status, body) = self.try_get(url, parameters).await.unwrap_or_else(|e| panic!("GET {url}: {e}"));
        assert!(status == 200, "GET {url} {parameters:?}: {status} {body}");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("GET {url}: {e} in {body}"))
    }

    /// Status and body of a GET.
    pub async fn try_get(
        &self,
        url: &str,
        parameters: &[(&str, &str)],
    ) -> Result<(u16, String), reqwest::Error> {
        let mut url = reqwest::Url::parse(url).expect("a URL");
        for (name, value) in parameters {
            url.query_pairs_mut().append_pair(name, value);
        }
        let response = self.0.get(url).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Status and body of a POST; `Err` when the connection broke, so that the fate of the body is unknown.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, String), reqwest::Error> {
        let mut request = self.0.post(url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }
}
