//! Where targets are: given outright, or listed in files that are read again when they change.

pub mod files;

use crate::options::ScrapeJob;
use model::{Labels, LabelsBuilder};

/// The address label of a target.
pub const ADDRESS: &str = "__address__";

/// Label sets of a job's targets before relabelling, in a stable order.
pub fn discover(job: &ScrapeJob, listed: &mut files::TargetFiles) -> Vec<Labels> {
    let mut found = Vec::new();
    for group in &job.static_targets {
        for target in &group.targets {
            found.push(target_labels(target, group.labels.iter()));
        }
    }
    for (path, group) in listed.read(&job.file_targets) {
        for target in &group.targets {
            let mut builder = LabelsBuilder::from(&target_labels(target, group.labels.iter()));
            builder.set("__meta_filepath", &path);
            found.push(builder.build());
        }
    }
    found
}

fn target_labels<'a>(target: &str, labels: impl Iterator<Item = (&'a String, &'a String)>) -> Labels {
    let mut builder = LabelsBuilder::default();
    builder.set_all(labels).set(ADDRESS, target);
    builder.build()
}
