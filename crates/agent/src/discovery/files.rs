//! File discovery: JSON or YAML files that list `[{"targets": [...], "labels": {...}}]`.
//!
//! A file that cannot be read or parsed keeps its last good list, and the fault is logged once for each change.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config>

use super::{Group, MAX_LIST_BYTES};
use crate::options::StaticTargets;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The lists that were read, by file.
#[derive(Debug, Default)]
pub struct TargetFiles {
    lists: BTreeMap<PathBuf, List>,
}

#[derive(Debug)]
struct List {
    modified: Option<SystemTime>,
    groups: Vec<StaticTargets>,
}

impl TargetFiles {
    /// The groups of all files that match `globs`, each with its file's path.
    pub fn read(&mut self, globs: &[String]) -> Vec<(String, StaticTargets)> {
        let paths: Vec<PathBuf> = globs
            .iter()
            .filter_map(|g| glob::glob(g).ok())
            .flat_map(|found| found.filter_map(Result::ok))
            .collect();
        self.lists.retain(|path, _| paths.contains(path));
        for path in paths {
            let modified = std::fs::metadata(&path).and_then(|m| m.modified()).ok();
            if self.lists.get(&path).is_some_and(|list| list.modified == modified && modified.is_some()) {
                continue;
            }
            match parse(&path) {
                Ok(groups) => drop(self.lists.insert(path, List { modified, groups })),
                Err(reason) => {
                    tracing::warn!(file = %path.display(), reason, "the target list cannot be read; its last good state stays");
                    let list = self.lists.entry(path).or_insert(List { modified, groups: Vec::new() });
                    list.modified = modified;
                }
            }
        }
        let with_path = |(path, list): (&PathBuf, &List)| {
            let path = path.display().to_string();
            list.groups.iter().map(|group| (path.clone(), group.clone())).collect::<Vec<_>>()
        };
        self.lists.iter().flat_map(with_path).collect()
    }
}

fn parse(path: &Path) -> Result<Vec<StaticTargets>, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MAX_LIST_BYTES {
        return Err(format!("{size} bytes are more than the {MAX_LIST_BYTES} that a target list may have"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    // JSON is YAML, so one parser reads both.
    let groups: Vec<Group> = serde_norway::from_str(&text).map_err(|e| e.to_string())?;
    Ok(groups.into_iter().map(StaticTargets::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_list_keeps_its_last_good_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let globs = [folder.path().join("*.json").display().to_string()];
        let mut files = TargetFiles::default();
        std::fs::write(&path, r#"[{"targets":["a:1","b:2"],"labels":{"x":"y"}}]"#).unwrap();
        let first = files.read(&globs);
        assert_eq!((first.len(), first[0].1.targets.len()), (1, 2));
        std::fs::write(&path, "[{\"targets\": 5}]").unwrap();
        std::fs::File::open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(files.read(&globs), first);
        std::fs::remove_file(&path).unwrap();
        assert!(files.read(&globs).is_empty());
    }
}
