//! What a client says of itself to a token's server, as a signed JSON Web Token.
//! ```text
//! base64url({"alg", "typ", "kid"}) . base64url({"iss", "sub", "aud", "iat", "exp", "jti", "scope", ...}) . base64url(signature)
//! ```
//! A statement is made anew for each token and holds for an hour. The key is read each time too, so that it can be replaced.
//! Sources: <https://www.rfc-editor.org/rfc/rfc7523#section-3>, <https://www.rfc-editor.org/rfc/rfc7515#section-3.1>

use super::options::{Algorithm, OAuth, Statement};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value, json};
use stdx::Rng;

/// The seconds that a statement holds: what servers allow at most.
const HOLDS: i64 = 3600;
/// The server's clock may be so many seconds late.
const EARLIER: i64 = 10;

impl Algorithm {
    /// By its name in a statement's header.
    pub fn named(name: &str) -> Option<Algorithm> {
        [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512].into_iter().find(|one| one.as_str() == name)
    }

    fn as_str(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
        }
    }

    fn scheme(self) -> SignatureScheme {
        match self {
            Algorithm::Rs256 => SignatureScheme::RSA_PKCS1_SHA256,
            Algorithm::Rs384 => SignatureScheme::RSA_PKCS1_SHA384,
            Algorithm::Rs512 => SignatureScheme::RSA_PKCS1_SHA512,
        }
    }
}

/// The signed statement at `now`, in seconds since 1970; the error says what is wrong with the key.
pub(super) fn signed(oauth: &OAuth, statement: &Statement, now: i64) -> Result<String, String> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), statement.algorithm.as_str().into());
    header.insert("typ".to_owned(), "JWT".into());
    if !statement.key_id.is_empty() {
        header.insert("kid".to_owned(), statement.key_id.as_str().into());
    }
    let part = |json: &Map<String, Value>| {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(json).expect("a map of JSON is JSON"))
    };
    let text = format!("{}.{}", part(&header), part(&claims(oauth, statement, now)));
    let pem = statement.key.read()?;
    let signature = sign(&pem, statement.algorithm, text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn claims(oauth: &OAuth, statement: &Statement, now: i64) -> Map<String, Value> {
    let or = |text: &str, other: &str| Value::from(if text.is_empty() { other } else { text });
    let mut rng = Rng::from_entropy();
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), or(&statement.issuer, &oauth.client_id));
    claims.insert("sub".to_owned(), oauth.client_id.as_str().into());
    claims.insert("aud".to_owned(), or(&statement.audience, &oauth.token_url));
    claims.insert("iat".to_owned(), json!(now - EARLIER));
    claims.insert("exp".to_owned(), json!(now - EARLIER + HOLDS));
    claims.insert("jti".to_owned(), format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()).into());
    if !oauth.scopes.is_empty() {
        claims.insert("scope".to_owned(), oauth.scopes.join(" ").into());
    }
    claims.extend(statement.claims.clone());
    claims
}

fn sign(pem: &str, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, String> {
    let wrong = |error: String| format!("the key that statements are signed with: {error}");
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let key = any_supported_type(&key).map_err(|error| wrong(error.to_string()))?;
    let signer =
        key.choose_scheme(&[algorithm.scheme()]).ok_or_else(|| wrong("it is not of RSA".to_owned()))?;
    signer.sign(message).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Client, Credential, Grant};

    const KEY: &str = include_str!("../../testdata/rsa.key.pem");
    const KEY_PKCS1: &str = include_str!("../../testdata/rsa.pkcs1.key.pem");

    /// By `openssl dgst -sha256 -sign rsa.key.pem` over `a message`, and with SHA-384 and SHA-512.
    const SIGNATURES: [(Algorithm, &str); 3] = [
        (
            Algorithm::Rs256,
            "DcomrKHXUnORJyX117ksdbftsY2UO217YboGwhqSuU2cUCQ2DtOPFcRPw0bKE3FiCCvlW90hAhWxg1_Kowjn-5BTMpPWIxg_aWlEYlim3BWURigxR3echt17a-nY6F4VvXtTMOV0HHbgH0nahmb3QLrHuiAiMpuFaChMQY29PLnp68W9rMm77jhXRnkRLp76G3LuUN4FlsMdEw5vi1ivY7rh3iU5P1mQ9VurBK0JWXdXWgo3ZLB33S0iQA4fYidXkAlbsTocjvzEbE1BveSYJbA1WQ65KJmBbuBgvdZUqXEPmK-4zoSepGLqWhDmJl_vHA-hdi-wOiyKIZW-bRqDbA",
        ),
        (
            Algorithm::Rs384,
            "S2YJKF207jMpE_kuXyW1gvE30_34TdRe2LFMZcVUJPk4dWw88rQREKnUcT6G2IpkbwcypGnvyheQMoGOz38dVLmfivnRY8JNp2EikNrwNhxLfI8jT0yKjIj5cDsWUmb5Fqeh31yz9lIiptbV2xItug9Vl38eDv6StTN0rkYDUudEmaIRCcW-yoX6SJf_LH6nvHCteMIIRncxA2GKBMwDYJ7umHg7x_Gt5GKS2jTgKiIwnz6OGMk75ukgJ469LrA3HoTLN_nEStVdyo9Hlp_XcXwkaQyumGU0aO4K8TFVDIWwXD4Sc7xRDbuTtngsSCRELSCtzKycAaY-XmCU0fJzJw",
        ),
        (
            Algorithm::Rs512,
            "Mdca4bRdncmwnJpkHxcCKwnmEwgKyY1j6uHWD9Q57jEnITgkqAva85T8WczOj4O4pDY5lviw3OHIJsfJH5JA9VmvcNT__tIxBmJK0mqyYagIP-slFW1s2i9rFxQdZOiZKQuctX1vKsXPEfOT4IyeK6oU7V9BY6Vxj5yYHCyU7O8USRXhcu7_bkKHrfPZJt1PbOxk1wPAzzHK--jXhknhFDsP2ZmlWRID-m3sAYpptalDmkx13cvY8f-goLzzeKuz6pDkCMK1--Yh45pOfYRpFT6IHpm5_r_C_I9hzJwdVC-7KnvueIBlrhXMCzjX3FLnyNjRWsninAOXovjCDdDtOg",
        ),
    ];

    #[test]
    fn signatures_are_those_of_another_implementation() {
        for (algorithm, want) in SIGNATURES {
            for key in [KEY, KEY_PKCS1] {
                let signature = sign(key, algorithm, b"a message").unwrap();
                assert_eq!(URL_SAFE_NO_PAD.encode(signature), want, "{algorithm:?}");
            }
        }
        assert!(
            sign("no key", Algorithm::Rs256, b"")
                .unwrap_err()
                .contains("the key that statements are signed with")
        );
        let elliptic = include_str!("../../testdata/door.key.pem");
        assert!(sign(elliptic, Algorithm::Rs256, b"").unwrap_err().ends_with("it is not of RSA"));
    }

    #[test]
    fn a_statement_says_who_for_whom_and_until_when() {
        let mut statement = Statement {
            key: Credential::Text(KEY.to_owned()),
            key_id: "k1".to_owned(),
            algorithm: Algorithm::Rs384,
            issuer: String::new(),
            audience: String::new(),
            claims: Map::new(),
        };
        let oauth = OAuth {
            client_id: "me".to_owned(),
            grant: Grant::Signed(Box::new(statement.clone())),
            token_url: "https://tokens/x".to_owned(),
            scopes: vec!["a".to_owned(), "b".to_owned()],
            parameters: Vec::new(),
            client: Client::default(),
        };
        let read = |text: &str| -> Vec<Value> {
            let parts = text.split('.').take(2).map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
            parts.map(|part| serde_json::from_slice(&part).unwrap()).collect()
        };
        let text = signed(&oauth, &statement, 1_000_000).unwrap();
        let mut said = read(&text);
        assert_eq!(said[0], json!({"alg": "RS384", "typ": "JWT", "kid": "k1"}));
        let id = said[1].as_object_mut().unwrap().remove("jti").unwrap();
        assert_eq!(id.as_str().unwrap().len(), 32);
        let want = json!({"iss": "me", "sub": "me", "aud": "https://tokens/x", "iat": 999_990, "exp": 1_003_590, "scope": "a b"});
        assert_eq!(said[1], want);
        let (body, signature) = text.rsplit_once('.').unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(sign(KEY, Algorithm::Rs384, body.as_bytes()).unwrap()), signature);
        (statement.issuer, statement.audience) = ("they".to_owned(), "there".to_owned());
        statement.claims = json!({"sub": "other", "n": 5}).as_object().unwrap().clone();
        let said = read(&signed(&oauth, &statement, 1_000_000).unwrap());
        let found = |name: &str| said[1][name].clone();
        assert_eq!(
            (found("iss"), found("aud"), found("sub"), found("n")),
            ("they".into(), "there".into(), "other".into(), 5.into())
        );
    }
}
