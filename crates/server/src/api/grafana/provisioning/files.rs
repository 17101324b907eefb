//! What files say should be there: providers and data sources of the provisioning folder, dashboards of the providers.
//!
//! Invariant: reading fails in parts: what could not be read is named, `whole` is false, and the rest is in the plan.

use super::ProvisioningOptions;
use super::expand::expand_all;
use serde::Deserialize;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Dashboards of one provider: more than anyone keeps, and a wrong path such as `/` ends soon.
const MAX_FILES: usize = 10_000;
/// Folders in folders; links may lead in a circle.
const MAX_DEPTH: usize = 16;
/// A configuration of providers or data sources.
const MAX_CONFIG_BYTES: u64 = 4 << 20;
/// The provider of the plain folder.
pub(super) const PLAIN: &str = "folder";

/// What should be there.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) providers: Vec<Provider>,
    pub(super) files: Vec<File>,
    pub(super) sources: Vec<SourcesFile>,
    pub(super) failed: Vec<String>,
    /// Whether everything could be read.
    pub(super) whole: bool,
    /// The same as long as no file changes.
    pub(super) stamp: u64,
    /// How often the most impatient provider wants its files looked at.
    pub(super) every: Option<Duration>,
}

/// One file of a provider.
#[derive(Debug)]
pub(super) struct File {
    pub(super) provider: usize,
    pub(super) path: PathBuf,
    /// Under the provider's folder.
    pub(super) relative: PathBuf,
}

/// Where dashboards come from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Provider {
    pub(super) name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(alias = "org_id")]
    org_id: i64,
    /// Title of the folder of all its dashboards.
    pub(super) folder: String,
    #[serde(alias = "folder_uid")]
    pub(super) folder_uid: String,
    #[serde(alias = "disable_deletion")]
    pub(super) disable_deletion: bool,
    #[serde(alias = "update_interval_seconds")]
    update_interval_seconds: u64,
    #[serde(alias = "allow_ui_updates")]
    pub(super) allow_ui_updates: bool,
    pub(super) options: ProviderOptions,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProviderOptions {
    /// `folder` in the first version of this format.
    #[serde(alias = "folder")]
    path: PathBuf,
    pub(super) folders_from_files_structure: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProvidersFile {
    providers: Vec<Provider>,
}

/// Data sources of one file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SourcesFile {
    pub(super) datasources: Vec<Value>,
    pub(super) delete_datasources: Vec<Value>,
    /// Whether those that were provisioned and are in no file any more are deleted.
    pub(super) prune: bool,
}

/// Reads everything; never fails as a whole.
pub(super) fn read(options: &ProvisioningOptions) -> Plan {
    let mut plan = Plan::default();
    let mut stamp = DefaultHasher::new();
    if !options.dashboards.as_os_str().is_empty() {
        let path = options.dashboards.clone();
        plan.providers.push(Provider {
            name: PLAIN.to_owned(),
            allow_ui_updates: options.allow_edits,
            options: ProviderOptions { path, folders_from_files_structure: true },
            ..Provider::default()
        });
    }
    if !options.configs.as_os_str().is_empty() {
        configs(options, &mut plan, &mut stamp);
    }
    for at in 0..plan.providers.len() {
        if let Err(why) = dashboards(&mut plan, at, &mut stamp) {
            plan.failed.push(why);
        }
    }
    let intervals =
        plan.providers.iter().map(|one| one.update_interval_seconds).filter(|seconds| *seconds > 0);
    plan.every = intervals.min().map(Duration::from_secs);
    plan.whole = plan.failed.is_empty();
    plan.failed.hash(&mut stamp);
    plan.stamp = stamp.finish();
    plan
}

fn configs(options: &ProvisioningOptions, plan: &mut Plan, stamp: &mut DefaultHasher) {
    for path in yaml_files(&options.configs.join("dashboards"), plan) {
        match parse::<ProvidersFile>(&path, options, stamp) {
            Ok(file) => {
                let file: ProvidersFile = file;
                file.providers.into_iter().for_each(|one| provider(plan, &path, one));
            }
            Err(why) => plan.failed.push(why),
        }
    }
    for path in yaml_files(&options.configs.join("datasources"), plan) {
        match parse::<SourcesFile>(&path, options, stamp) {
            Ok(file) => plan.sources.push(file),
            Err(why) => plan.failed.push(why),
        }
    }
}

fn provider(plan: &mut Plan, path: &Path, one: Provider) {
    let named = format!("provider {:?} of {}", one.name, path.display());
    if !matches!(one.kind.as_str(), "" | "file") {
        plan.failed.push(format!("{named}: type {:?} is not known, only \"file\"", one.kind));
    } else if one.options.path.as_os_str().is_empty() {
        plan.failed.push(format!("{named}: expected options.path"));
    } else if one.org_id > 1 {
        plan.failed.push(format!("{named}: orgId {}: there is one organisation, 1", one.org_id));
    } else if plan.providers.iter().any(|other| other.name == one.name) {
        plan.failed.push(format!("{named}: another provider has this name"));
    } else {
        plan.providers.push(one);
    }
}

/// The YAML files of a folder by name; no folder is no files.
fn yaml_files(folder: &Path, plan: &mut Plan) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            plan.failed.push(format!("{}: {error}", folder.display()));
            return Vec::new();
        }
    };
    let is_yaml = |path: &PathBuf| has_extension(path, &["yaml", "yml"]);
    let mut found: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_yaml).collect();
    found.sort();
    found
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    let extension = path.extension().and_then(|text| text.to_str()).unwrap_or("");
    wanted.iter().any(|one| extension.eq_ignore_ascii_case(one))
}

fn parse<T>(path: &Path, options: &ProvisioningOptions, stamp: &mut DefaultHasher) -> Result<T, String>
where
    T: for<'a> Deserialize<'a> + Default,
{
    let fail = |why: String| format!("{}: {why}", path.display());
    let meta = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?;
    if meta.len() > MAX_CONFIG_BYTES {
        return Err(fail(format!("larger than {MAX_CONFIG_BYTES} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    (path, &text).hash(stamp);
    let mut value: serde_norway::Value =
        serde_norway::from_str(&text).map_err(|error| fail(error.to_string()))?;
    expand_all(&mut value, options.variables.as_ref());
    match value {
        serde_norway::Value::Null => Ok(T::default()),
        // The first version of this format is the list itself.
        serde_norway::Value::Sequence(_) => {
            let mut members = serde_norway::Mapping::new();
            members.insert("providers".into(), value);
            serde_norway::from_value(members.into()).map_err(|error| fail(error.to_string()))
        }
        value => serde_norway::from_value(value).map_err(|error| fail(error.to_string())),
    }
}

/// Adds the dashboards of a provider to the plan.
fn dashboards(plan: &mut Plan, at: usize, stamp: &mut DefaultHasher) -> Result<(), String> {
    let Some(provider) = plan.providers.get(at) else { return Ok(()) };
    let root = provider.options.path.clone();
    (&provider.name, &provider.folder, &provider.folder_uid, &root).hash(stamp);
    (provider.allow_ui_updates, provider.disable_deletion, provider.options.folders_from_files_structure)
        .hash(stamp);
    let mut found = Vec::new();
    walk(&root, 0, &mut found).map_err(|why| format!("provider {:?}: {why}", provider.name))?;
    found.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, stamped) in found {
        (&path, stamped).hash(stamp);
        let relative = path.strip_prefix(&root).unwrap_or(&path).to_owned();
        plan.files.push(File { provider: at, path, relative });
    }
    Ok(())
}

type Stamp = (Option<SystemTime>, u64);

/// All JSON files below; links are followed, hidden names are not (mounted volumes keep their earlier state in such).
fn walk(path: &Path, depth: usize, found: &mut Vec<(PathBuf, Stamp)>) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let meta = std::fs::metadata(path).map_err(fail)?;
    if !meta.is_dir() {
        if has_extension(path, &["json"]) {
            found.push((path.to_owned(), (meta.modified().ok(), meta.len())));
        }
        return if found.len() > MAX_FILES {
            Err(format!("more than {MAX_FILES} dashboards"))
        } else {
            Ok(())
        };
    }
    if depth > MAX_DEPTH {
        return Err(format!("{}: more than {MAX_DEPTH} folders deep", path.display()));
    }
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            walk(&entry.path(), depth + 1, found)?;
        }
    }
    Ok(())
}
