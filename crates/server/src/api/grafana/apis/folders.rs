//! Folders as resources: `spec` is a title and a description, the annotation names the folder around it.

use super::super::dashboards::{Shared, shelf};
use super::super::folders::{author, by, delete_folder, stamp};
use super::super::{Shelf, answer, tenant};
use super::selector::Selector;
use super::{
    Answer, FOLDER, FOLDERS, Failure, Metadata, Opened, Sent, check_version, deleted, opened, patched,
    written,
};
use crate::params::Params;
use axum::body::Body;
use axum::extract::{Path, Request};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};

const KIND: &str = "Folder";
/// A folder is a name and a few words.
const MAX_BODY_BYTES: u64 = 64 << 10;

type Place = Path<(String, String)>;
type Named = Path<(String, String, String)>;

fn shown((version, namespace, name): (&str, &str, &str), number: u64, folder: &Value) -> Value {
    let at = |member: &str| folder[member].as_i64();
    let updated = at("at").unwrap_or(0);
    let metadata = Metadata {
        name,
        namespace,
        version: number,
        created: at("created").unwrap_or(updated),
        updated,
        folder: folder["parentUid"].as_str().unwrap_or(""),
        message: "",
        author: author(folder),
        by: by(folder),
        labels: &folder["labels"],
        annotations: &folder["annotations"],
    };
    let mut spec = json!({ "title": folder["title"].as_str().unwrap_or("") });
    if let Some(words) = folder["description"].as_str() {
        spec["description"] = words.into();
    }
    json!({ "kind": KIND, "apiVersion": format!("{FOLDERS}/{version}"), "metadata": metadata.shown(), "spec": spec })
}

async fn find(shelf: &Shelf, tenant: &Tenant, name: &str) -> Result<(u64, Value), Failure> {
    shelf.folder(tenant, name).await?.ok_or_else(|| Failure::not_found(KIND, name))
}

pub(super) async fn list(state: Shared, Path((version, namespace)): Place, request: Request<Body>) -> Answer {
    check_version(FOLDERS, &version)?;
    let (parts, params) = Params::read(request, 0).await?;
    let selector = Selector::of(&params, "folders")?;
    let tenant = tenant(&state, &parts.headers)?;
    let shelf = shelf(&state)?;
    let all = if selector.is_trash { Vec::new() } else { shelf.folders(&tenant).await? };
    let (names, token) = selector.page(all.into_iter().map(|(uid, _)| uid).collect());
    let mut items = Vec::new();
    for name in names {
        // Deleted between the two questions.
        let Some((number, folder)) = shelf.folder(&tenant, &name).await? else { continue };
        let item = shown((&version, &namespace, &name), number, &folder);
        if selector.is_match(&item["metadata"]) {
            items.push(item);
        }
    }
    let metadata = json!({ "resourceVersion": state.clock.now_millis().to_string(), "continue": token });
    let version = format!("{FOLDERS}/{version}");
    Ok(answer(&json!({ "kind": "FolderList", "apiVersion": version, "metadata": metadata, "items": items })))
}

pub(super) async fn read(
    state: Shared,
    Path((version, namespace, name)): Named,
    headers: HeaderMap,
) -> Answer {
    check_version(FOLDERS, &version)?;
    let tenant = tenant(&state, &headers)?;
    let (number, folder) = find(shelf(&state)?, &tenant, &name).await?;
    Ok(answer(&shown((&version, &namespace, &name), number, &folder)))
}

async fn write(
    state: &Shared,
    (tenant, login): (&Tenant, &str),
    place: (&str, &str, &str),
    expected: Option<u64>,
    sent: &Sent,
) -> Result<Value, Failure> {
    let (_, _, name) = place;
    let title = sent.value["spec"]["title"].as_str().unwrap_or("").trim();
    if title.is_empty() {
        return Err(Failure::invalid("the folder's title is empty"));
    }
    let shelf = shelf(state)?;
    let parent = sent.annotation(FOLDER);
    if parent == name || (!parent.is_empty() && shelf.folder(tenant, parent).await?.is_none()) {
        return Err(Failure::invalid(format!("folder {parent:?} cannot hold it")));
    }
    let mut folder = shelf.folder(tenant, name).await?.map_or_else(|| json!({}), |(_, folder)| folder);
    folder["title"] = title.into();
    folder["parentUid"] = parent.into();
    folder["description"] = sent.value["spec"]["description"].clone();
    (folder["labels"], folder["annotations"]) = sent.kept();
    stamp(&mut folder, login, state.clock.now_nanos());
    let number = written(shelf.save_folder(tenant, name, expected, &folder).await, expected, KIND, name)?;
    Ok(shown(place, number, &folder))
}

pub(super) async fn create(
    state: Shared,
    Path((version, namespace)): Place,
    request: Request<Body>,
) -> Answer {
    let Opened { tenant, body, login, .. } =
        opened(&state, FOLDERS, &version, request, MAX_BODY_BYTES).await?;
    let sent = Sent::read(&body)?;
    let name = sent.name()?;
    let made = write(&state, (&tenant, &login), (&version, &namespace, &name), Some(0), &sent).await?;
    Ok(crate::respond::with_type(StatusCode::CREATED, crate::respond::JSON, made.to_string()))
}

pub(super) async fn replace(
    state: Shared,
    Path((version, namespace, name)): Named,
    request: Request<Body>,
) -> Answer {
    let Opened { tenant, body, login, .. } =
        opened(&state, FOLDERS, &version, request, MAX_BODY_BYTES).await?;
    let sent = Sent::read(&body)?;
    let (live, _) = find(shelf(&state)?, &tenant, &name).await?;
    let expected = sent.resource_version()?.or(Some(live));
    Ok(answer(&write(&state, (&tenant, &login), (&version, &namespace, &name), expected, &sent).await?))
}

/// Changes what is stored as the patch says.
pub(super) async fn patch(
    state: Shared,
    Path((version, namespace, name)): Named,
    request: Request<Body>,
) -> Answer {
    let Opened { tenant, headers, body, login } =
        opened(&state, FOLDERS, &version, request, MAX_BODY_BYTES).await?;
    let (live, folder) = find(shelf(&state)?, &tenant, &name).await?;
    let place = (version.as_str(), namespace.as_str(), name.as_str());
    let next = patched(&headers, &shown(place, live, &folder), &body)?;
    let expected = next.version.or(Some(live));
    Ok(answer(&write(&state, (&tenant, &login), place, expected, &next.sent).await?))
}

pub(super) async fn delete(state: Shared, Path((version, _, name)): Named, headers: HeaderMap) -> Answer {
    check_version(FOLDERS, &version)?;
    let tenant = tenant(&state, &headers)?;
    find(shelf(&state)?, &tenant, &name).await?;
    delete_folder(&state, &tenant, &name).await?;
    Ok(deleted(&name, FOLDERS, "folders"))
}
