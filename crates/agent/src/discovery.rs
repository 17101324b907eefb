//! Where targets are: given outright, listed in files that are read again when they change, or behind URLs.

pub mod files;
pub(crate) mod http;

use crate::options::{ScrapeJob, StaticTargets};
use model::{Labels, LabelsBuilder};
use std::collections::BTreeMap;
use stdx::Clock;

/// The address label of a target.
pub const ADDRESS: &str = "__address__";
/// A list longer than this is refused, in bytes: a hundred thousand targets of a hundred bytes each.
const MAX_LIST_BYTES: u64 = 10 << 20;

/// A group as lists have it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

impl From<Group> for StaticTargets {
    fn from(group: Group) -> Self {
        StaticTargets { targets: group.targets, labels: group.labels }
    }
}

/// Finds the targets of one job, again and again.
#[derive(Debug)]
pub(crate) struct Discovery {
    files: files::TargetFiles,
    urls: http::TargetUrls,
}

impl Discovery {
    /// The error names what cannot be used.
    pub(crate) fn new(job: &ScrapeJob) -> Result<Self, String> {
        Ok(Discovery {
            files: files::TargetFiles::default(),
            urls: http::TargetUrls::new(&job.http_targets)?,
        })
    }

    /// Label sets of the job's targets before relabelling, in a stable order.
    pub(crate) async fn find(&mut self, job: &ScrapeJob, clock: &Clock) -> Vec<Labels> {
        let given = job.static_targets.iter().map(|group| (None, group.clone()));
        let listed = self.files.read(&job.file_targets).into_iter();
        let listed = listed.map(|(path, group)| (Some(("__meta_filepath", path)), group));
        let fetched = self.urls.read(clock).await.into_iter();
        let fetched = fetched.map(|(url, group)| (Some(("__meta_url", url)), group));
        let mut found = Vec::new();
        for (origin, group) in given.chain(listed).chain(fetched) {
            for target in &group.targets {
                let mut builder = LabelsBuilder::default();
                builder.set_all(group.labels.iter()).set(ADDRESS, target);
                if let Some((name, value)) = &origin {
                    builder.set(name, value);
                }
                found.push(builder.build());
            }
        }
        found
    }
}
