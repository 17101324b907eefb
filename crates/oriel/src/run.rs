//! Starts everything top to bottom and stops it in reverse.

use crate::config::Config;
use anyhow::Result;

/// (being wired)
pub(crate) struct Stack;

impl Stack {
    pub(crate) async fn start(_config: Config) -> Result<Self> {
        Ok(Stack)
    }

    pub(crate) fn doors(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    pub(crate) async fn stop(self) -> Result<()> {
        Ok(())
    }
}

/// Makes ring the process's TLS provider; a second call finds it there.
pub(crate) fn install_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// This machine's name: the label `instance` of what is collected here.
pub(crate) fn instance() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}
