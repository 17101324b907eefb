//! Makes what is stored what the plan says.
//!
//! Invariant: a dashboard whose file did not change is not written, so that edits of an editable one stay and histories
//! do not grow.

use super::super::dashboards::check_uid;
use super::super::shelf::{Around, Stored};
use super::super::{Shelf, shape};
use super::files::{File, Plan, Provider};
use super::{RECORDS, Report, sources};
use model::Tenant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use store::StoreError;

/// The start of a SHA-256 in hexadecimal: 64 bits tell files and names apart.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(8).fold(String::new(), |mut out, byte| {
        crate::json::push(&mut out, format_args!("{byte:02x}"));
        out
    })
}

/// What is stored, as far as this round knows.
struct Round<'a> {
    tenant: &'a Tenant,
    shelf: &'a Shelf,
    records: BTreeMap<String, Value>,
    stored: BTreeSet<String>,
    /// Uid, title and the folder around it.
    folders: Vec<(String, String, String)>,
    /// Uids of this round, with their files.
    seen: BTreeMap<String, String>,
    report: Report,
}

pub(super) async fn apply(tenant: &Tenant, shelf: &Shelf, plan: &Plan) -> Result<Report, StoreError> {
    let records = shelf.records(tenant, RECORDS).await?;
    let folders = shelf.folders(tenant).await?;
    let mut round = Round {
        tenant,
        shelf,
        records: records.into_iter().map(|one| (one.name, Value::clone(&one.value))).collect(),
        stored: shelf.dashboards(tenant).await?.into_iter().map(|(uid, _)| uid).collect(),
        folders: folders.into_iter().map(|(uid, one)| (uid, one.title.clone(), one.folder.clone())).collect(),
        seen: BTreeMap::new(),
        report: Report { failed: plan.failed.clone(), ..Report::default() },
    };
    for file in &plan.files {
        // Providers of files are those of the plan.
        let Some(provider) = plan.providers.get(file.provider) else { continue };
        round.file(provider, file).await?;
    }
    if plan.whole {
        round.delete_gone(plan).await?;
    }
    let (count, failed) = sources::provision(shelf, tenant, &plan.sources).await?;
    round.report.datasources = count;
    round.report.failed.extend(failed);
    Ok(round.report)
}

impl Round<'_> {
    async fn file(&mut self, provider: &Provider, file: &File) -> Result<(), StoreError> {
        let name = file.relative.display().to_string();
        let read = read(&file.path, &format!("{}/{name}", provider.name));
        let (uid, text) = match read {
            Ok(read) => read,
            Err(why) => {
                self.report.failed.push(format!("{}: {why}", file.path.display()));
                self.keep_as_it_was(provider, &name);
                return Ok(());
            }
        };
        if let Some(other) = self.seen.get(&uid) {
            self.report.failed.push(format!("{}: its uid {uid:?} is also in {other}", file.path.display()));
            return Ok(());
        }
        self.seen.insert(uid.clone(), file.path.display().to_string());
        self.report.dashboards += 1;
        let folder = self.folder_of(provider, &file.relative).await?;
        let record = json!({
            "provider": provider.name, "file": name, "digest": digest(&text), "folder": folder,
            "editable": provider.allow_ui_updates,
        });
        let same = |one: &Value| one["digest"] == record["digest"] && one["folder"] == record["folder"];
        let known = self.records.get(&uid);
        let is_there = self.stored.contains(&uid) && known.is_some_and(same);
        if known == Some(&record) && is_there {
            return Ok(());
        }
        if !is_there {
            let message = format!("From the file {name}");
            let around = Around { folder: &folder, message: &message, ..Around::over(None, "provisioning") };
            let body = Stored::body(&text, &around);
            self.shelf.save(self.tenant, &uid, None, body.as_bytes()).await?;
            self.report.saved += 1;
        }
        self.shelf.put_record(self.tenant, RECORDS, &uid, None, &record).await.map(drop)
    }

    /// A file that cannot be read now, perhaps because it is being written, changes nothing.
    fn keep_as_it_was(&mut self, provider: &Provider, name: &str) {
        let is_it = |one: &Value| one["provider"] == provider.name.as_str() && one["file"] == name;
        let known: Vec<String> =
            self.records.iter().filter(|(_, one)| is_it(one)).map(|(uid, _)| uid.clone()).collect();
        self.seen.extend(known.into_iter().map(|uid| (uid, name.to_owned())));
    }

    /// The folder that a provider names, or the one that stands for the file's own folder.
    async fn folder_of(&mut self, provider: &Provider, relative: &Path) -> Result<String, StoreError> {
        if !provider.options.folders_from_files_structure {
            if provider.folder.is_empty() && provider.folder_uid.is_empty() {
                return Ok(String::new());
            }
            return self.folder(&provider.folder, &provider.folder_uid, "").await;
        }
        let around = relative.parent().map(Path::components).into_iter().flatten();
        let titles = around.filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        let mut inside = String::new();
        for title in titles.collect::<Vec<_>>() {
            inside = self.folder(&title, "", &inside).await?;
        }
        Ok(inside)
    }

    /// The uid of a folder, which is made when it is not there.
    async fn folder(&mut self, title: &str, uid: &str, around: &str) -> Result<String, StoreError> {
        let is_it = |(known, name, inside): &&(String, String, String)| match uid {
            "" => name == title && inside == around,
            uid => known == uid,
        };
        if let Some((known, ..)) = self.folders.iter().find(is_it) {
            return Ok(known.clone());
        }
        let title = if title.is_empty() { uid } else { title };
        let uid = if uid.is_empty() { digest(&format!("{around}/{title}")) } else { uid.to_owned() };
        let folder = json!({ "title": title, "parentUid": around });
        self.shelf.save_folder(self.tenant, &uid, None, &folder).await?;
        self.folders.push((uid.clone(), title.to_owned(), around.to_owned()));
        Ok(uid)
    }

    /// Deletes what has no file any more; a provider may want its dashboards kept as those of nobody.
    async fn delete_gone(&mut self, plan: &Plan) -> Result<(), StoreError> {
        for (uid, record) in std::mem::take(&mut self.records) {
            if self.seen.contains_key(&uid) {
                continue;
            }
            let provider = plan.providers.iter().find(|one| record["provider"] == one.name.as_str());
            if !provider.is_some_and(|one| one.disable_deletion) {
                self.shelf.delete(self.tenant, &uid).await?;
                self.report.deleted += 1;
            }
            self.shelf.drop_record(self.tenant, RECORDS, &uid).await?;
        }
        Ok(())
    }
}

/// Uid and text of a file's dashboard.
fn read(path: &Path, name: &str) -> Result<(String, String), String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > store::documents::MAX_DOCUMENT_BYTES as u64 {
        return Err(format!(
            "{size} bytes: a dashboard has at most {}",
            store::documents::MAX_DOCUMENT_BYTES
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let text = text.trim_start_matches('\u{feff}').trim().to_owned();
    let value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if shape::title(&value).is_empty() {
        return Err("no dashboard: it has no title".to_owned());
    }
    let uid = shape::uid(&value);
    check_uid(uid).map_err(|error| error.message)?;
    let uid = if uid.is_empty() { digest(name) } else { uid.to_owned() };
    Ok((uid, text))
}
