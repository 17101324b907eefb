//! Sizes of mounted file systems: `/proc/mounts` says which, `statvfs` how full.

use super::Gather;
use std::collections::BTreeSet;

/// File systems that hold no files of the user.
const PSEUDO: [&str; 18] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "securityfs",
    "sysfs",
    "tracefs",
];

/// More mounts than this are not looked at: a host of many containers repeats the same few devices.
const MAX_MOUNTS: usize = 200;

/// Samples of each mount, one a device and mount point.
pub(super) fn mounts(text: &str, out: &mut Gather<'_>) {
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(point), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let point = unescape(point);
        let skip = PSEUDO.contains(&kind) || ["/proc", "/sys", "/dev"].iter().any(|p| point.starts_with(p));
        if skip || seen.len() == MAX_MOUNTS || !seen.insert((device.to_owned(), point.clone())) {
            continue;
        }
        let Some(stat) = statvfs(&point) else { continue };
        let labels = [("device", device), ("fstype", kind), ("mountpoint", point.as_str())];
        out.sample("node_filesystem_size_bytes", &labels, stat.blocks * stat.block_size);
        out.sample("node_filesystem_free_bytes", &labels, stat.free * stat.block_size);
        out.sample("node_filesystem_avail_bytes", &labels, stat.available * stat.block_size);
        out.sample("node_filesystem_files", &labels, stat.files);
        out.sample("node_filesystem_files_free", &labels, stat.files_free);
        out.sample("node_filesystem_readonly", &labels, f64::from(u8::from(stat.read_only)));
    }
}

/// Spaces, tabs, newlines and backslashes are octal in `/proc/mounts`.
fn unescape(path: &str) -> String {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

struct Stat {
    block_size: f64,
    blocks: f64,
    free: f64,
    available: f64,
    files: f64,
    files_free: f64,
    read_only: bool,
}

fn statvfs(path: &str) -> Option<Stat> {
    let s = rustix::fs::statvfs(path).ok()?;
    Some(Stat {
        block_size: s.f_frsize as f64,
        blocks: s.f_blocks as f64,
        free: s.f_bfree as f64,
        available: s.f_bavail as f64,
        files: s.f_files as f64,
        files_free: s.f_ffree as f64,
        read_only: s.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
    })
}
