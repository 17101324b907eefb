//! `/api/search`: dashboards and folders by words, tags, folder and uid.

use super::dashboards::{number, shelf, slug};
use super::folders::GENERAL;
use super::input::{Login, Page};
use super::shelf::Summary;
use super::{ApiError, answer, stars, tenant};
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Results of one page when none are asked for, and the most that may be.
const LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 5_000;

/// Folders come before dashboards unless an order is asked for.
pub(super) async fn search(
    state: extract::State<Arc<State>>,
    Login(login): Login,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let page = Page::of(&params, "limit", LIMIT);
    if page.size > MAX_LIMIT {
        let message = format!(
            "limit is above maximum allowed ({MAX_LIMIT}), use page parameter to access hits beyond limit"
        );
        return Err(ApiError::of(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    let shelf = shelf(&state)?;
    let folders = shelf.folders(&tenant).await?;
    let is_deleted = params.get("deleted") == "true";
    let only_starred = params.get("starred") == "true";
    let mut found: Vec<Found> = Vec::new();
    if params.get("type") != "dash-db" && !only_starred && !is_deleted {
        let all = folders.iter().filter(|(uid, folder)| is_match(&params, uid, folder));
        found.extend(all.map(|(uid, folder)| Found::of(folder, folder_hit(uid, folder, &folders))));
    }
    if params.get("type") != "dash-folder" {
        let starred = stars::of(shelf, &tenant, &login).await?;
        let all = if is_deleted { shelf.deleted(&tenant).await? } else { shelf.dashboards(&tenant).await? };
        for (uid, dashboard) in all.iter().filter(|(uid, dashboard)| is_match(&params, uid, dashboard)) {
            let is_starred = starred.contains(uid);
            if is_starred || !only_starred {
                let mut hit = dashboard_hit(uid, dashboard, &folders, is_starred);
                if is_deleted {
                    hit["isDeleted"] = true.into();
                }
                found.push(Found::of(dashboard, hit));
            }
        }
    }
    match params.get("sort") {
        "" => found.sort_by(|a, b| (a.is_dashboard(), &a.title).cmp(&(b.is_dashboard(), &b.title))),
        "alpha-desc" => found.sort_by(|a, b| b.title.cmp(&a.title)),
        _ => found.sort_by(|a, b| a.title.cmp(&b.title)),
    }
    Ok(answer(&page.cut(found).map(|one| one.hit).collect()))
}

/// A hit and what it is sorted by.
struct Found {
    title: String,
    hit: Value,
}

impl Found {
    fn of(one: &Summary, hit: Value) -> Self {
        Found { title: one.title.to_lowercase(), hit }
    }

    fn is_dashboard(&self) -> bool {
        self.hit["type"] == "dash-db"
    }
}

/// Every word in the title, every tag, one of the folders, one of the uids.
fn is_match(params: &Params, uid: &str, one: &Summary) -> bool {
    let title = one.title.to_lowercase();
    let words = params.get("query").to_lowercase();
    let one_of = |name: &str, value: &str, general: &str| {
        let mut asked =
            params.all(name).flat_map(|list| list.split(',')).filter(|text| !text.is_empty()).peekable();
        asked.peek().is_none() || asked.any(|text| text == value || (value.is_empty() && text == general))
    };
    words.split_whitespace().all(|word| title.contains(word))
        && params.all("tag").filter(|tag| !tag.is_empty()).all(|tag| one.tags.iter().any(|own| own == tag))
        && one_of("folderUIDs", &one.folder, GENERAL)
        && one_of("folderIds", &numbered(&one.folder), "")
        && one_of("dashboardUIDs", uid, "")
        && one_of("dashboardUID", uid, "")
        && one_of("dashboardIds", &number(uid).to_string(), "")
}

/// The number of a folder, 0 for none.
fn numbered(folder: &str) -> String {
    if folder.is_empty() { "0".to_owned() } else { number(folder).to_string() }
}

/// Each tag with how many dashboards carry it.
pub(super) async fn tags(
    state: extract::State<Arc<State>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tenant = tenant(&state, &headers)?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (_, dashboard) in shelf(&state)?.dashboards(&tenant).await? {
        for tag in &dashboard.tags {
            *counts.entry(tag.clone()).or_default() += 1;
        }
    }
    Ok(answer(&counts.into_iter().map(|(term, count)| json!({ "term": term, "count": count })).collect()))
}

/// The orders that `sort` takes.
pub(super) async fn sorting() -> Response {
    let order = |name: &str, shown: &str, word: &str| {
        let description = format!("Sort results in an alphabetically {word} order");
        json!({ "name": name, "displayName": shown, "description": description, "meta": "" })
    };
    answer(&json!({ "sortOptions": [
        order("alpha-asc", "Alphabetically (A–Z)", "ascending"),
        order("alpha-desc", "Alphabetically (Z–A)", "descending"),
    ] }))
}

type Folders = [(String, Arc<Summary>)];

fn folder_hit(uid: &str, folder: &Summary, folders: &Folders) -> Value {
    let mut hit = json!({
        "id": number(uid), "orgId": 1, "uid": uid, "title": folder.title, "uri": format!("db/{}", slug(&folder.title)),
        "url": format!("/dashboards/f/{uid}/{}", slug(&folder.title)), "slug": "", "type": "dash-folder", "tags": [],
        "isStarred": false, "sortMeta": 0, "isDeleted": false,
    });
    place(&mut hit, folder, folders);
    hit
}

fn dashboard_hit(uid: &str, dashboard: &Summary, folders: &Folders, is_starred: bool) -> Value {
    let slug = slug(&dashboard.title);
    let mut hit = json!({
        "id": number(uid), "orgId": 1, "uid": uid, "title": dashboard.title, "uri": format!("db/{slug}"),
        "url": format!("/d/{uid}/{slug}"), "slug": "", "type": "dash-db", "tags": dashboard.tags,
        "isStarred": is_starred, "sortMeta": 0, "description": dashboard.description, "isDeleted": false,
    });
    place(&mut hit, dashboard, folders);
    hit
}

/// Names the folder around a hit.
fn place(hit: &mut Value, one: &Summary, folders: &Folders) {
    let Some((uid, folder)) = folders.iter().find(|(uid, _)| *uid == one.folder) else { return };
    hit["folderUid"] = uid.as_str().into();
    hit["folderTitle"] = folder.title.as_str().into();
    hit["folderId"] = number(uid).into();
    hit["folderUrl"] = format!("/dashboards/f/{uid}/{}", slug(&folder.title)).into();
}
