//! Drives real processes: the release binary with its doors on port 0, and the clients around it.
//!
//! `ORIEL_BIN` names the binary (by default the release build of this checkout), `ORIEL_PYTHON` an interpreter with the
//! OpenTelemetry SDK. Tests that miss something say so and pass: `cargo xtask test` brings everything.

mod http;
mod oriel;
pub mod reader;
pub mod writer;

pub use http::Http;
pub use oriel::Oriel;

use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e stands in the checkout").to_owned()
}

/// The binary under test.
pub fn binary() -> PathBuf {
    match std::env::var_os("ORIEL_BIN") {
        Some(path) => PathBuf::from(path),
        None => std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root().join("target"), PathBuf::from)
            .join("release/oriel"),
    }
}

/// The Python interpreter with the OpenTelemetry SDK, if there is one.
pub fn python() -> Option<PathBuf> {
    std::env::var_os("ORIEL_PYTHON").map(PathBuf::from)
}

/// Asks `ready` every 50 ms until it is `Some`; panics with `what` after `seconds`.
pub async fn eventually<T>(what: &str, seconds: u64, mut ready: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..seconds * 20 {
        if let Some(value) = ready().await {
            return value;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not after {seconds} s: {what}")
}
