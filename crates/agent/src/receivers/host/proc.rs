//! Readers of `/proc` files. Format: proc(5), <https://man7.org/linux/man-pages/man5/proc.5.html>.

use super::Gather;

/// Clock ticks a second in `/proc/stat`: `USER_HZ`, 100 on every Linux that is left.
const TICKS_PER_SECOND: f64 = 100.0;
/// Bytes in a sector of `/proc/diskstats`, whatever the device says.
const SECTOR_BYTES: f64 = 512.0;

fn number(text: Option<&str>) -> Option<f64> {
    text?.parse().ok()
}

/// `/proc/stat`.
pub(super) fn cpu(text: &str, out: &mut Gather<'_>) {
    const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
    const TOTALS: [(&str, &str); 5] = [
        ("ctxt", "node_context_switches_total"),
        ("intr", "node_intr_total"),
        ("processes", "node_forks_total"),
        ("procs_running", "node_procs_running"),
        ("procs_blocked", "node_procs_blocked"),
    ];
    for line in text.lines() {
        let mut fields = line.split_ascii_whitespace();
        let key = fields.next().unwrap_or("");
        match key.strip_prefix("cpu") {
            Some("") => {}
            Some(cpu) => {
                for (mode, ticks) in MODES.iter().zip(fields) {
                    if let Some(ticks) = number(Some(ticks)) {
                        out.sample(
                            "node_cpu_seconds_total",
                            &[("cpu", cpu), ("mode", mode)],
                            ticks / TICKS_PER_SECOND,
                        );
                    }
                }
            }
            None => {
                let name = if key == "btime" { Some("node_boot_time_seconds") } else { None };
                let name = name.or_else(|| TOTALS.iter().find(|(k, _)| *k == key).map(|(_, name)| *name));
                if let (Some(name), Some(value)) = (name, number(fields.next())) {
                    out.sample(name, &[], value);
                }
            }
        }
    }
}

/// `/proc/meminfo`: kilobytes, but for counts.
pub(super) fn memory(text: &str, out: &mut Gather<'_>) {
    for line in text.lines() {
        let Some((key, rest)) = line.split_once(':') else { continue };
        let mut fields = rest.split_ascii_whitespace();
        let Some(value) = number(fields.next()) else { continue };
        let name = key.replace('(', "_").replace(')', "");
        match fields.next() {
            Some("kB") => out.sample(&format!("node_memory_{name}_bytes"), &[], value * 1024.0),
            _ => out.sample(&format!("node_memory_{name}"), &[], value),
        }
    }
}

/// `/proc/loadavg`.
pub(super) fn load(text: &str, out: &mut Gather<'_>) {
    for (name, value) in ["node_load1", "node_load5", "node_load15"].iter().zip(text.split_ascii_whitespace())
    {
        if let Some(value) = number(Some(value)) {
            out.sample(name, &[], value);
        }
    }
}

/// `/proc/diskstats`: major, minor, device, then counters. RAM disks and loop devices are left out.
pub(super) fn disks(text: &str, out: &mut Gather<'_>) {
    const COUNTERS: [(&str, f64); 11] = [
        ("node_disk_reads_completed_total", 1.0),
        ("node_disk_reads_merged_total", 1.0),
        ("node_disk_read_bytes_total", SECTOR_BYTES),
        ("node_disk_read_time_seconds_total", 0.001),
        ("node_disk_writes_completed_total", 1.0),
        ("node_disk_writes_merged_total", 1.0),
        ("node_disk_written_bytes_total", SECTOR_BYTES),
        ("node_disk_write_time_seconds_total", 0.001),
        ("node_disk_io_now", 1.0),
        ("node_disk_io_time_seconds_total", 0.001),
        ("node_disk_io_time_weighted_seconds_total", 0.001),
    ];
    for line in text.lines() {
        let mut fields = line.split_ascii_whitespace().skip(2);
        let Some(device) = fields.next().filter(|d| !d.starts_with("ram") && !d.starts_with("loop")) else {
            continue;
        };
        for ((name, unit), value) in COUNTERS.iter().zip(fields) {
            if let Some(value) = number(Some(value)) {
                out.sample(name, &[("device", device)], value * unit);
            }
        }
    }
}

/// `/proc/net/dev`: eight counters received, eight sent.
pub(super) fn network(text: &str, out: &mut Gather<'_>) {
    const COUNTERS: [&str; 16] = [
        "receive_bytes",
        "receive_packets",
        "receive_errs",
        "receive_drop",
        "receive_fifo",
        "receive_frame",
        "receive_compressed",
        "receive_multicast",
        "transmit_bytes",
        "transmit_packets",
        "transmit_errs",
        "transmit_drop",
        "transmit_fifo",
        "transmit_colls",
        "transmit_carrier",
        "transmit_compressed",
    ];
    for line in text.lines() {
        let Some((device, counters)) = line.split_once(':') else { continue };
        for (name, value) in COUNTERS.iter().zip(counters.split_ascii_whitespace()) {
            if let Some(value) = number(Some(value)) {
                out.sample(&format!("node_network_{name}_total"), &[("device", device.trim())], value);
            }
        }
    }
}

/// `/proc/vmstat`, the counters that dashboards draw.
pub(super) fn vmstat(text: &str, out: &mut Gather<'_>) {
    const KEPT: [&str; 7] = ["pgpgin", "pgpgout", "pswpin", "pswpout", "pgfault", "pgmajfault", "oom_kill"];
    for line in text.lines() {
        if let Some((key, value)) = line.split_once(' ')
            && KEPT.contains(&key)
            && let Some(value) = number(Some(value))
        {
            out.sample(&format!("node_vmstat_{key}"), &[], value);
        }
    }
}

/// `/proc/sys/fs/file-nr`: allocated, unused, maximum.
pub(super) fn file_handles(text: &str, out: &mut Gather<'_>) {
    let mut fields = text.split_ascii_whitespace();
    if let (Some(allocated), Some(maximum)) = (number(fields.next()), number(fields.nth(1))) {
        out.sample("node_filefd_allocated", &[], allocated);
        out.sample("node_filefd_maximum", &[], maximum);
    }
}

/// `/proc/pressure/*`: `some avg10=0.00 avg60=0.00 avg300=0.00 total=12345` in microseconds.
pub(super) fn pressure(resource: &str, text: &str, out: &mut Gather<'_>) {
    for line in text.lines() {
        let total = line.rsplit_once("total=").and_then(|(_, micros)| number(Some(micros)));
        let name = match (resource, line.starts_with("some")) {
            ("cpu", true) => "node_pressure_cpu_waiting_seconds_total",
            ("memory", true) => "node_pressure_memory_waiting_seconds_total",
            ("memory", false) => "node_pressure_memory_stalled_seconds_total",
            ("io", true) => "node_pressure_io_waiting_seconds_total",
            ("io", false) => "node_pressure_io_stalled_seconds_total",
            _ => continue,
        };
        if let Some(micros) = total {
            out.sample(name, &[], micros / 1e6);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{MetricBatch, Millis};

    fn check(read: fn(&str, &mut Gather<'_>), text: &str, expected: &[(&str, f64)]) {
        let mut batch = MetricBatch::default();
        read(text, &mut Gather { batch: &mut batch, at: Millis(1), instance: "" });
        let got: Vec<(String, f64)> = batch
            .series()
            .map(|s| (s.to_labels().without(&["job"]).to_string(), s.samples()[0].value))
            .collect();
        let expected: Vec<(String, f64)> =
            expected.iter().map(|(labels, value)| ((*labels).to_owned(), *value)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn files_become_samples() {
        check(
            cpu,
            "cpu  9 9 9\ncpu0 250 0 100\nctxt 7\nbtime 5\nsoftirq 1",
            &[
                (r#"{__name__="node_cpu_seconds_total", cpu="0", mode="user"}"#, 2.5),
                (r#"{__name__="node_cpu_seconds_total", cpu="0", mode="nice"}"#, 0.0),
                (r#"{__name__="node_cpu_seconds_total", cpu="0", mode="system"}"#, 1.0),
                (r#"{__name__="node_context_switches_total"}"#, 7.0),
                (r#"{__name__="node_boot_time_seconds"}"#, 5.0),
            ],
        );
        check(
            memory,
            "MemTotal:  2 kB\nActive(anon): 1 kB\nHugePages_Total: 3\nbroken",
            &[
                (r#"{__name__="node_memory_MemTotal_bytes"}"#, 2048.0),
                (r#"{__name__="node_memory_Active_anon_bytes"}"#, 1024.0),
                (r#"{__name__="node_memory_HugePages_Total"}"#, 3.0),
            ],
        );
        check(load, "0.5 x", &[(r#"{__name__="node_load1"}"#, 0.5)]);
        check(
            disks,
            "8 0 sda 1 2 3",
            &[
                (r#"{__name__="node_disk_reads_completed_total", device="sda"}"#, 1.0),
                (r#"{__name__="node_disk_reads_merged_total", device="sda"}"#, 2.0),
                (r#"{__name__="node_disk_read_bytes_total", device="sda"}"#, 1536.0),
            ],
        );
        check(
            network,
            "head|x\n lo: 5",
            &[(r#"{__name__="node_network_receive_bytes_total", device="lo"}"#, 5.0)],
        );
        check(
            file_handles,
            "10 0 99",
            &[(r#"{__name__="node_filefd_allocated"}"#, 10.0), (r#"{__name__="node_filefd_maximum"}"#, 99.0)],
        );
    }
}
