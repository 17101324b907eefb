//! This machine's metrics from `/proc` and `statvfs`, under the names that node exporters use, so that their dashboards
//! and alerts work as they are. Readers are pure functions from a file's text to samples; a file that is missing (a
//! container, another kernel) leaves its metrics out.

mod filesystem;
mod proc;

use crate::options::HostOptions;
use contract::{Context, Ingest};
use model::{MetricBatch, Millis};
use std::sync::Arc;
use stdx::Cancel;

/// Collects samples of one moment under common labels.
pub(crate) struct Gather<'a> {
    batch: &'a mut MetricBatch,
    at: Millis,
    instance: &'a str,
}

impl Gather<'_> {
    /// Adds one sample; repeated label names cannot occur because the names here are fixed.
    pub(crate) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.batch.push_label(model::METRIC_NAME, name);
        self.batch.push_label("job", "node");
        self.batch.push_label("instance", self.instance);
        labels.iter().for_each(|(label, value)| self.batch.push_label(label, value));
        self.batch.push_sample(self.at, value);
        if let Err(label) = self.batch.finish_series() {
            tracing::debug!(name, label, "a host metric repeats a label and is left out");
        }
    }
}

/// One reading of everything.
pub fn read(options: &HostOptions, at: Millis) -> MetricBatch {
    let mut batch = MetricBatch::default();
    let mut gather = Gather { batch: &mut batch, at, instance: &options.instance };
    let file = |name: &str| std::fs::read_to_string(options.proc_root.join(name)).unwrap_or_default();
    proc::cpu(&file("stat"), &mut gather);
    proc::memory(&file("meminfo"), &mut gather);
    proc::load(&file("loadavg"), &mut gather);
    proc::disks(&file("diskstats"), &mut gather);
    proc::network(&file("net/dev"), &mut gather);
    proc::vmstat(&file("vmstat"), &mut gather);
    proc::file_handles(&file("sys/fs/file-nr"), &mut gather);
    proc::pressure("cpu", &file("pressure/cpu"), &mut gather);
    proc::pressure("memory", &file("pressure/memory"), &mut gather);
    proc::pressure("io", &file("pressure/io"), &mut gather);
    filesystem::mounts(&file("mounts"), &mut gather);
    gather.sample("node_time_seconds", &[], at.0 as f64 / 1000.0);
    let kernel = |name: &str| file(&format!("sys/kernel/{name}")).trim().to_owned();
    let (release, host, version) = (kernel("osrelease"), kernel("hostname"), kernel("version"));
    let uname: [(&str, &str); 5] = [
        ("sysname", "Linux"),
        ("release", &release),
        ("nodename", &host),
        ("version", &version),
        ("machine", std::env::consts::ARCH),
    ];
    gather.sample("node_uname_info", &uname, 1.0);
    gather.sample("up", &[], 1.0);
    batch
}

/// Reads and hands over every interval until canceled.
pub(crate) async fn run(options: HostOptions, ingest: Arc<dyn Ingest>, cx: Context, cancel: Cancel) {
    let mut ticks = tokio::time::interval(options.interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = cancel.canceled() => return,
            _ = ticks.tick() => {}
        }
        let batch = read(&options, Millis(cx.clock.now_millis()));
        if let Err(error) = ingest.metrics(&cx, batch).await {
            tracing::warn!(%error, "host metrics were not stored");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    #[test]
    fn this_machine_has_processors_memory_and_a_file_system() {
        let options = HostOptions {
            interval: Duration::from_secs(15),
            proc_root: PathBuf::from("/proc"),
            instance: "here".to_owned(),
        };
        let batch = read(&options, Millis(5));
        let names: std::collections::BTreeSet<&str> = batch.series().map(|s| s.value("__name__")).collect();
        for name in [
            "node_cpu_seconds_total",
            "node_memory_MemTotal_bytes",
            "node_load1",
            "node_filesystem_size_bytes",
        ] {
            assert!(names.contains(name), "{name} is not among {names:?}");
        }
    }
}
