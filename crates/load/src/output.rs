//! Outputs: where samples go while the run goes on.
//!
//! `-o NAME[=ARGUMENT]`: `json`, `csv`, `experimental-prometheus-rw`. A process that has an ingest door of its own gets the
//! same series without a network in between ([`series`] makes them for both).

mod csv;
mod json;
mod remote_write;
mod series;
mod verdicts;

use crate::LoadError;
use crate::metrics::{Engine, Sample};
use crate::options::Settings;
use crate::run::Prepared;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use stdx::BoxFuture;

/// One place that samples go to.
pub(crate) trait Output: Send {
    /// Takes a batch, in the order samples arrived.
    fn add(&mut self, batch: &[Sample], engine: &Engine);

    /// Thresholds were evaluated.
    fn judge(&mut self, _engine: &Engine) {}

    /// Writes what is left.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// All outputs of a run.
#[derive(Default)]
pub(crate) struct Outputs(Vec<Box<dyn Output>>);

/// Names that `-o` knows, and those that existing commands use for what does not exist here.
const KNOWN: [&str; 3] = ["json", "csv", "experimental-prometheus-rw"];

/// Refuses unknown names before anything else happens.
pub(crate) fn check_names(outputs: &[String]) -> Result<(), LoadError> {
    for output in outputs {
        let name = output.split_once('=').map_or(output.as_str(), |(name, _)| name);
        if !KNOWN.contains(&name) {
            return Err(LoadError::Usage(format!(
                "invalid output type '{name}', available types are: {}",
                KNOWN.join(", ")
            )));
        }
    }
    Ok(())
}

impl Outputs {
    /// Opens what the command line names.
    pub(crate) async fn open(prepared: &Prepared, settings: &Settings) -> Result<Self, LoadError> {
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        for output in &prepared.invocation.outputs {
            let (name, argument) = output.split_once('=').unwrap_or((output, ""));
            match name {
                "json" => {
                    outputs.push(Box::new(json::JsonOutput::to(file(&prepared.cwd, argument, "json")?)))
                }
                "csv" => {
                    let system = settings.system_tags.names();
                    outputs
                        .push(Box::new(csv::CsvOutput::to(file(&prepared.cwd, argument, "csv")?, &system)));
                }
                _ => outputs.push(Box::new(remote_write::RemoteWrite::open(prepared)?)),
            }
        }
        if let Some(ingest) = &prepared.ingest {
            outputs.push(Box::new(remote_write::RemoteWrite::in_house(
                prepared,
                std::sync::Arc::clone(ingest),
            )?));
        }
        Ok(Outputs(outputs))
    }

    /// Hands a batch to every output.
    pub(crate) fn add(&mut self, batch: &[Sample], engine: &Engine) {
        if !batch.is_empty() {
            self.0.iter_mut().for_each(|o| o.add(batch, engine));
        }
    }

    /// Tells every output that thresholds were evaluated.
    pub(crate) fn judge(&mut self, engine: &Engine) {
        self.0.iter_mut().for_each(|o| o.judge(engine));
    }

    /// Closes every output.
    pub(crate) async fn close(&mut self) {
        for output in self.0.drain(..) {
            output.close().await;
        }
    }
}

/// A file that lines are written to; compressed when its name ends in `.gz`, standard output when it has none.
pub(crate) enum Lines {
    Plain(Box<dyn Write + Send>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<File>>>),
}

fn file(cwd: &Path, name: &str, what: &str) -> Result<Lines, LoadError> {
    if name.is_empty() || name == "-" {
        return Ok(Lines::Plain(Box::new(std::io::stdout())));
    }
    let name = name.strip_prefix("fileName=").unwrap_or(name);
    let path = cwd.join(name);
    let created = File::create(&path);
    let file = created
        .map_err(|e| LoadError::Usage(format!("{what} output: cannot create {}: {e}", path.display())))?;
    let file = BufWriter::new(file);
    if name.ends_with(".gz") {
        return Ok(Lines::Gzip(Box::new(flate2::write::GzEncoder::new(
            file,
            flate2::Compression::default(),
        ))));
    }
    Ok(Lines::Plain(Box::new(file)))
}

impl Lines {
    /// Appends a line. A full disk loses lines of a report; it does not stop the load.
    fn put(&mut self, line: &str) {
        let _ = match self {
            Lines::Plain(out) => writeln!(out, "{line}"),
            Lines::Gzip(out) => writeln!(out, "{line}"),
        };
    }

    fn finish(self) {
        let _ = match self {
            Lines::Plain(mut out) => out.flush(),
            Lines::Gzip(out) => out.finish().and_then(|mut file| file.flush()),
        };
    }
}
