//! The server's side of TLS.

use crate::options::Certificates;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// What greets clients; the error says what is wrong with the certificates.
pub(super) fn acceptor(certificates: &Certificates) -> Result<TlsAcceptor, String> {
    let chain = all(&certificates.certificate.read()?).map_err(|error| format!("tls cert: {error}"))?;
    let key = PrivateKeyDer::from_pem_slice(certificates.key.read()?.as_bytes())
        .map_err(|error| format!("tls key: {error}"))?;
    let builder = match &certificates.clients {
        None => ServerConfig::builder().with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in all(&ca.read()?).map_err(|error| format!("tls client ca: {error}"))? {
                roots.add(certificate).map_err(|error| format!("tls client ca: {error}"))?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
            ServerConfig::builder()
                .with_client_cert_verifier(verifier.map_err(|error| format!("tls client ca: {error}"))?)
        }
    };
    let config =
        builder.with_single_cert(chain, key).map_err(|error| format!("tls cert and key: {error}"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The certificates of a file, at least one.
fn all(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| error.to_string())?;
    if all.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(all) }
}
