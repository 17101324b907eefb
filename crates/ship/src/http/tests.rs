//! Against servers that look at what they are asked.

use super::*;
use stdx::task::{self, Task};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// Gives `answers` in turn, one a connection, and returns what was asked.
async fn server(answers: Vec<String>) -> (Url, Task<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/x", listener.local_addr().unwrap())).unwrap();
    let work = async move {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let (mut request, mut part) = (Vec::new(), vec![0; 4096]);
            // A form is whole when its last parameter is there; anything else at the empty line.
            loop {
                let read = socket.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let whole = !text.starts_with("POST") || text.contains("grant_type=");
                if read == 0 || (whole && text.contains("\r\n\r\n")) {
                    seen.push(text);
                    break;
                }
            }
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        seen
    };
    (url, task::spawn(work))
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn oauth(token_url: &Url) -> Client {
    let oauth = OAuth {
        client_id: "me+you".to_owned(),
        grant: Grant::Secret(Credential::Text("s/t".to_owned())),
        token_url: token_url.to_string(),
        scopes: vec!["a".to_owned(), "b".to_owned()],
        parameters: vec![("audience".to_owned(), "x y".to_owned())],
        client: Client::default(),
    };
    Client { authorization: Some(Authorization::OAuth(Box::new(oauth))), ..Client::default() }
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_sent_with_every_request() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let token = r#"{"access_token":"T1","token_type":"bearer","expires_in":3600}"#;
    let (tokens, asked) = server(vec![answer("200 OK", token)]).await;
    let (url, seen) = server(vec![answer("200 OK", ""), answer("200 OK", "")]).await;
    let client = HttpClient::new(&oauth(&tokens)).unwrap();
    for _ in 0..2 {
        client.get(url.clone()).await.unwrap().send().await.unwrap();
    }
    let asked = asked.join().await.unwrap();
    // "me%2Byou:s%2Ft" in base 64.
    assert!(asked[0].contains("authorization: Basic bWUlMkJ5b3U6cyUyRnQ="), "{}", asked[0]);
    assert!(asked[0].ends_with("grant_type=client_credentials&scope=a+b&audience=x+y"), "{}", asked[0]);
    assert!(seen.join().await.unwrap().iter().all(|request| request.contains("authorization: Bearer T1")));
}

#[tokio::test]
async fn a_server_that_refuses_the_header_is_asked_with_the_secret_in_the_body() {
    drop(rustls::crypto::ring::default_provider().install_default());
    // The token ends at once, so the second request asks anew, and straight in the way that worked.
    let token = |name: &str| answer("200 OK", &format!(r#"{{"access_token":"{name}","expires_in":"1"}}"#));
    let (tokens, asked) = server(vec![answer("401 No", "no"), token("T1"), token("T2")]).await;
    let (url, seen) = server(vec![answer("200 OK", ""), answer("200 OK", "")]).await;
    let client = HttpClient::new(&oauth(&tokens)).unwrap();
    for _ in 0..2 {
        client.get(url.clone()).await.unwrap().send().await.unwrap();
    }
    let asked = asked.join().await.unwrap();
    assert!(asked[1].ends_with("&client_id=me%2Byou&client_secret=s%2Ft"), "{}", asked[1]);
    assert!(asked[2].contains("client_secret=") && !asked[2].contains("authorization"), "{}", asked[2]);
    let seen = seen.join().await.unwrap();
    assert!(seen[0].contains("Bearer T1") && seen[1].contains("Bearer T2"), "{seen:?}");
}

#[tokio::test]
async fn a_signed_statement_asks_for_a_token() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (tokens, asked) = server(vec![answer("200 OK", r#"{"access_token":"T9","expires_in":60}"#)]).await;
    let (url, seen) = server(vec![answer("200 OK", "")]).await;
    let mut client = oauth(&tokens);
    let Some(Authorization::OAuth(oauth)) = &mut client.authorization else { panic!("no tokens") };
    oauth.grant = Grant::Signed(Box::new(Statement {
        key: Credential::Text(include_str!("../../testdata/rsa.key.pem").to_owned()),
        key_id: "k1".to_owned(),
        algorithm: Algorithm::Rs256,
        issuer: String::new(),
        audience: String::new(),
        claims: serde_json::Map::new(),
    }));
    let client = HttpClient::new(&client).unwrap();
    client.get(url.clone()).await.unwrap().send().await.unwrap();
    let asked = &asked.join().await.unwrap()[0];
    assert!(!asked.to_ascii_lowercase().contains("authorization:"), "{asked}");
    assert!(
        asked.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ"),
        "{asked}"
    );
    assert!(asked.ends_with("&audience=x+y"), "{asked}");
    let seen = &seen.join().await.unwrap()[0];
    assert!(seen.to_ascii_lowercase().contains("authorization: bearer t9"), "{seen}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_told() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let refusals = vec![answer("400 Bad", "who are you"), answer("400 Bad", "who are you")];
    let (tokens, _asked) = server(refusals).await;
    let client = HttpClient::new(&oauth(&tokens)).unwrap();
    let error = client.get(Url::parse("http://127.0.0.1:1/").unwrap()).await.unwrap_err();
    assert!(error.contains("who are you") && error.contains("400"), "{error}");
}

#[tokio::test]
async fn the_proxy_gets_its_headers() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (proxy, seen) = server(vec![answer("502 No", "")]).await;
    let options = Client {
        proxy: Some(proxy.to_string()),
        proxy_headers: vec![("X-Door".to_owned(), Credential::Text("open".to_owned()))],
        ..Client::default()
    };
    let client = HttpClient::new(&options).unwrap();
    let url = Url::parse("https://somewhere.invalid/").unwrap();
    assert!(client.get(url).await.unwrap().send().await.is_err());
    let seen = seen.join().await.unwrap();
    assert!(
        seen[0].starts_with("CONNECT somewhere.invalid:443") && seen[0].contains("x-door: open"),
        "{}",
        seen[0]
    );
}

/// Answers one request over TLS as `door.test`, and returns the name that the client asked for in the handshake.
async fn answer_over_tls(socket: impl AsyncRead + AsyncWrite + Unpin) -> Option<String> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../../testdata/door.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../testdata/door.key.pem")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let mut socket = acceptor.accept(socket).await.ok()?;
    let name = socket.get_ref().1.server_name().map(str::to_owned);
    let _request = socket.read(&mut [0; 4096]).await.ok()?;
    socket.write_all(answer("200 OK", "").as_bytes()).await.ok()?;
    socket.shutdown().await.ok()?;
    name
}

async fn tls_server() -> (Url, Task<Option<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/x", listener.local_addr().unwrap())).unwrap();
    (url, task::spawn(async move { answer_over_tls(listener.accept().await.unwrap().0).await }))
}

#[tokio::test]
async fn a_server_may_bear_another_name_than_its_address() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let ca = Some(Credential::Text(include_str!("../../testdata/door.pem").to_owned()));
    for (server_name, good) in [(Some("door.test"), true), (None, false), (Some("other.test"), false)] {
        let (url, name) = tls_server().await;
        let tls = Tls { ca: ca.clone(), server_name: server_name.map(str::to_owned), ..Tls::default() };
        let client = HttpClient::new(&Client { tls, ..Client::default() }).unwrap();
        let outcome = client.get(url).await.unwrap().send().await;
        assert_eq!(outcome.is_ok(), good, "{server_name:?}: {outcome:?}");
        let seen = name.join().await.unwrap();
        assert_eq!(seen.as_deref(), server_name.filter(|_| good));
    }
}

#[tokio::test]
async fn over_a_socket_names_and_tokens_hold_too() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let token = r#"{"access_token":"T1","token_type":"bearer","expires_in":3600}"#;
    let (tokens, asked) = server(vec![answer("200 OK", token)]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let name = task::spawn(async move { answer_over_tls(listener.accept().await.unwrap().0).await });
    let ca = Some(Credential::Text(include_str!("../../testdata/door.pem").to_owned()));
    let tls = Tls { ca, server_name: Some("door.test".to_owned()), ..Tls::default() };
    let over_tcp = HttpClient::new(&Client { tls, ..oauth(&tokens) }).unwrap();
    let client = over_tcp.over_socket(path).unwrap();
    // Nothing listens there, and nobody asks.
    let url = Url::parse("https://127.0.0.1:1/metrics").unwrap();
    let request = client.get(url.clone()).await.unwrap();
    let sent = request.try_clone().unwrap().build().unwrap();
    assert_eq!(sent.headers()[AUTHORIZATION], "Bearer T1");
    assert!(request.send().await.unwrap().status().is_success());
    assert_eq!(name.join().await.unwrap().as_deref(), Some("door.test"));
    // The token server answers once: both clients share its token.
    drop(over_tcp.get(url).await.unwrap());
    assert_eq!(asked.join().await.unwrap().len(), 1);
}
