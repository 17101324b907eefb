//! Names of data sources from files: each is one more name of this server's own data, as those that clients declare.
//!
//! Invariant: the uid of a data source that names none is the one its files' own system gives it, so that dashboards
//! exported there find it here.

use super::super::Shelf;
use super::super::dashboards::check_uid;
use super::super::sources::{COLLECTION, declared, is_own};
use super::files::SourcesFile;
use model::Tenant;
use serde_json::Value;
use std::collections::BTreeSet;
use store::StoreError;

/// Stores what the files declare; answers how many there are, and what was refused and why.
pub(super) async fn provision(
    shelf: &Shelf,
    tenant: &Tenant,
    files: &[SourcesFile],
) -> Result<(usize, Vec<String>), StoreError> {
    let mut failed = Vec::new();
    let mut wanted: Vec<(String, Value)> = Vec::new();
    for asked in files.iter().flat_map(|file| &file.datasources) {
        match one(asked) {
            Ok(one) if wanted.iter().any(|(uid, _)| *uid == one.0) => {
                failed.push(format!("data source {}: its uid {:?} is there twice", asked["name"], one.0));
            }
            Ok(one) => wanted.push(one),
            Err(why) => failed.push(format!("data source {}: {why}", asked["name"])),
        }
    }
    let known = shelf.records(tenant, COLLECTION).await?;
    let unwanted =
        files.iter().flat_map(|file| &file.delete_datasources).filter_map(|one| one["name"].as_str());
    let unwanted: BTreeSet<&str> = unwanted.collect();
    let prune = files.iter().any(|file| file.prune);
    for record in &known {
        let name = record.value["name"].as_str().unwrap_or("");
        let is_wanted = wanted.iter().any(|(uid, _)| *uid == record.name);
        let is_renamed = wanted.iter().any(|(_, one)| one["name"] == record.value["name"]);
        let is_gone = prune && record.value["provisioned"] == true;
        if !is_wanted && (is_renamed || is_gone || unwanted.contains(name)) {
            shelf.drop_record(tenant, COLLECTION, &record.name).await?;
        }
    }
    for (uid, one) in &wanted {
        let same = known.iter().any(|record| record.name == *uid && *record.value == *one);
        if !same {
            shelf.put_record(tenant, COLLECTION, uid, None, one).await?;
        }
    }
    Ok((wanted.len(), failed))
}

/// Uid and record of one declared data source.
fn one(asked: &Value) -> Result<(String, Value), String> {
    let mut one = declared(asked).map_err(|error| error.message)?;
    let name = one["name"].as_str().unwrap_or("");
    let uid = asked["uid"].as_str().filter(|uid| !uid.is_empty()).map_or_else(|| uid_of(name), str::to_owned);
    check_uid(&uid).map_err(|error| error.message)?;
    if is_own(&uid) || is_own(name) {
        return Err("this uid or name is one of Oriel's own data sources".to_owned());
    }
    one["provisioned"] = true.into();
    one["readOnly"] = (asked["editable"] != true).into();
    Ok((uid, one))
}

/// `P` and the start of the name's SHA-256.
fn uid_of(name: &str) -> String {
    format!("P{}", super::apply::digest(name).to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_uid_that_exported_dashboards_carry() {
        assert_eq!(uid_of("Prometheus"), "PBFA97CFB590B2093");
        assert_eq!(uid_of("Loki"), "P8E80F9AEF21F6940");
    }
}
