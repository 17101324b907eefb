//! `prometheus.yml`: read whole, checked as its own server checks it, and turned into what the agent does.
//!
//! ```text
//! file (+ scrape_config_files) -> file.rs, scrape.rs, remote.rs, client.rs, relabel.rs (types that refuse what is wrong, with the line)
//!     -> check.rs (what only the whole shows) -> convert.rs -> crate::options
//! ```
//! Invariant: nothing is skipped in silence. What is wrong is an error with file, line and reason; a kind of discovery that
//! is not built yet is an error that names its key; other sections that nothing serves yet are [`Loaded::notices`].
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>

mod check;
mod client;
mod convert;
mod discovery;
mod file;
mod kubernetes;
mod oauth;
mod relabel;
mod remote;
mod scrape;
mod text;

pub use convert::job;
pub use file::Global;
pub use relabel::RelabelConfig;
pub use remote::{RemoteWrite, outlets};
pub use scrape::ScrapeConfig;
pub use text::Span;

use crate::options::ScrapeJob;
use file::File;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A configuration that was read.
#[derive(Debug)]
pub struct Loaded {
    /// What to scrape.
    pub scrape: Vec<ScrapeJob>,
    /// How OTLP metrics become series.
    pub otlp: wire::otlp::metrics::Options,
    /// Samples older than this go; `None`: not said.
    pub retention: Option<Duration>,
    /// The oldest samples go beyond so many bytes; `None`: not said.
    pub retention_bytes: Option<u64>,
    /// Where samples are sent on to.
    pub outlets: Vec<ship::outbox::Outlet>,
    /// Where queries are noted.
    pub query_log: Option<PathBuf>,
    /// Labels of what leaves the server.
    pub external_labels: Vec<(String, String)>,
    /// What was read and is not acted on: "<key> is not supported yet ...".
    pub notices: Vec<String>,
    /// The files that were read, for watching them.
    pub files: Vec<PathBuf>,
    /// The configuration with its defaults, secrets hidden, as YAML.
    pub printed: String,
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// Its line, from 1; 0 when the fault is in no one line.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.reason),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.reason),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Reads a configuration and the scrape configurations it includes.
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let text = read(path)?;
    let mut file: File = parse(path, &text)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    check::whole(path, &text, &file)?;
    let mut files = vec![path.to_owned()];
    for pattern in &file.scrape_config_files {
        let pattern = folder.join(&pattern.0).display().to_string();
        // The patterns were checked with the rest.
        let mut found: Vec<PathBuf> =
            glob::glob(&pattern).into_iter().flatten().filter_map(Result::ok).collect();
        found.sort();
        for included in found {
            let text = read(&included)?;
            let more: file::Included = parse(&included, &text)?;
            check::jobs(&included, &text, &more.scrape_configs, &file.global)?;
            for config in &more.scrape_configs {
                if file.scrape_configs.iter().any(|known| known.job_name == config.job_name) {
                    let line = check::line_of(&text, "job_name", &config.job_name);
                    let reason = format!("found multiple scrape configs with job name {:?}", config.job_name);
                    return Err(ConfigError { file: included, line, reason });
                }
            }
            file.scrape_configs.extend(more.scrape_configs);
            files.push(included);
        }
    }
    convert::whole(folder, file, files).map_err(|reason| ConfigError {
        file: path.to_owned(),
        line: 0,
        reason,
    })
}

/// Larger files are no configurations.
const MAX_FILE_BYTES: u64 = 16 << 20;

fn read(path: &Path) -> Result<String, ConfigError> {
    let refused = |reason: String| ConfigError { file: path.to_owned(), line: 0, reason };
    let size = std::fs::metadata(path).map_err(|e| refused(e.to_string()))?.len();
    if size > MAX_FILE_BYTES {
        return Err(refused(format!("{size} bytes are more than the {MAX_FILE_BYTES} of a configuration")));
    }
    std::fs::read_to_string(path).map_err(|e| refused(e.to_string()))
}

fn parse<T: serde::de::DeserializeOwned + Default>(path: &Path, text: &str) -> Result<T, ConfigError> {
    if let Some(at) =
        text.lines().position(|line| !line.trim_start().starts_with('#') && line.contains("!!binary "))
    {
        let reason = "binary values are not taken: texts are UTF-8".to_owned();
        return Err(ConfigError { file: path.to_owned(), line: at + 1, reason });
    }
    // An empty file, or one of comments, is one with every default.
    let parsed = serde_norway::from_str::<Option<T>>(text);
    parsed.map(Option::unwrap_or_default).map_err(|error| {
        let line = error.location().map_or(0, |place| place.line());
        let reason = error.to_string();
        // The place goes in front.
        let reason = reason.split(" at line ").next().unwrap_or(&reason).to_owned();
        ConfigError { file: path.to_owned(), line, reason }
    })
}

#[cfg(test)]
mod tests;
