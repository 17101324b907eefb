//! Error codes: what went wrong with an exchange, in k6's numbers and words.
//! Source: <https://grafana.com/docs/k6/latest/javascript-api/error-codes/>

/// Why an exchange has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// 1000 to 1799.
    pub(crate) code: u32,
    /// In words.
    pub(crate) message: String,
}

impl Failure {
    /// A failure with a code of the list.
    pub(crate) fn of(code: u32, message: impl Into<String>) -> Self {
        Failure { code, message: message.into() }
    }

    /// The whole request took too long.
    pub(crate) fn timeout() -> Self {
        Failure::of(1050, "request timeout")
    }

    /// The address cannot be understood.
    pub(crate) fn bad_url(message: impl Into<String>) -> Self {
        Failure::of(1020, message)
    }

    /// What connecting said.
    pub(crate) fn connecting(error: &std::io::Error, address: &str) -> Self {
        use std::io::ErrorKind::{ConnectionRefused, ConnectionReset, TimedOut};
        match error.kind() {
            ConnectionRefused => {
                Failure::of(1212, format!("dial tcp {address}: connect: connection refused"))
            }
            TimedOut => Failure::of(1211, format!("dial: i/o timeout ({address})")),
            ConnectionReset => Failure::of(1220, format!("dial tcp {address}: connection reset by peer")),
            _ => Failure::of(1210, format!("dial tcp {address}: {error}")),
        }
    }

    /// What talking HTTP said: the reasons are searched for an I/O error.
    pub(crate) fn talking(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(current) = cause {
            if let Some(io) = current.downcast_ref::<std::io::Error>() {
                return match io.kind() {
                    std::io::ErrorKind::ConnectionReset => {
                        Failure::of(1220, "read: connection reset by peer")
                    }
                    std::io::ErrorKind::BrokenPipe => Failure::of(1201, "write: broken pipe"),
                    std::io::ErrorKind::UnexpectedEof => Failure::of(1000, "unexpected EOF"),
                    _ => Failure::of(1000, io.to_string()),
                };
            }
            cause = current.source();
        }
        let text = error.to_string();
        if text.contains("closed before message completed") || text.contains("incomplete") {
            return Failure::of(1000, "EOF");
        }
        Failure::of(1000, text)
    }

    /// What the TLS handshake said.
    pub(crate) fn handshaking(error: &std::io::Error) -> Self {
        let tls = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
        match tls {
            Some(rustls::Error::InvalidCertificate(reason)) => {
                use rustls::CertificateError::{NotValidForName, NotValidForNameContext, UnknownIssuer};
                match reason {
                    NotValidForName | NotValidForNameContext { .. } => {
                        Failure::of(1311, "x509: certificate is not valid for the name that was asked for")
                    }
                    UnknownIssuer => Failure::of(1310, "x509: certificate signed by unknown authority"),
                    other => Failure::of(1310, format!("x509: {other}")),
                }
            }
            Some(other) => Failure::of(1301, format!("tls: {other}")),
            None => Failure::of(1300, format!("tls: {error}")),
        }
    }
}
