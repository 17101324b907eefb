//! `/api/search`: dashboards and folders by words, tags, folder and uid.

use super::dashboards::{number, shelf, slug};
use super::folders::GENERAL;
use super::shelf::Summary;
use super::{ApiError, answer, stars, tenant};
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Results of one page when none are asked for, and the most that may be.
const LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 5_000;

pub(super) async fn search(
    state: extract::State<Arc<State>>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let shelf = shelf(&state)?;
    let kind = params.get("type");
    let folders = shelf.folders(&tenant).await?;
    let starred = stars::of(shelf, &tenant).await?;
    let only_starred = params.get("starred") == "true";
    let mut found: Vec<(String, Value)> = Vec::new();
    if kind != "dash-db" && !only_starred {
        let all = folders.iter().filter(|(uid, folder)| is_match(&params, uid, folder));
        found.extend(all.map(|(uid, folder)| (folder.title.to_lowercase(), folder_hit(uid, folder))));
    }
    if kind != "dash-folder" {
        for (uid, dashboard) in shelf.dashboards(&tenant).await? {
            let is_starred = starred.contains(&uid);
            if is_match(&params, &uid, &dashboard) && (is_starred || !only_starred) {
                let title = folders.iter().find(|(folder, _)| *folder == dashboard.folder);
                let title = title.map(|(_, folder)| folder.title.as_str());
                found.push((
                    dashboard.title.to_lowercase(),
                    dashboard_hit(&uid, &dashboard, title, is_starred),
                ));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if params.get("sort") == "alpha-desc" {
        found.reverse();
    }
    let limit = params.get("limit").parse().unwrap_or(LIMIT).clamp(1, MAX_LIMIT);
    let page = params.get("page").parse::<usize>().unwrap_or(1).max(1);
    let hits = found.into_iter().skip(limit.saturating_mul(page - 1)).take(limit).map(|(_, hit)| hit);
    Ok(answer(&hits.collect()))
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

fn folder_hit(uid: &str, folder: &Summary) -> Value {
    json!({
        "id": number(uid), "uid": uid, "title": folder.title, "uri": format!("db/{}", slug(&folder.title)),
        "url": format!("/dashboards/f/{uid}/{}", slug(&folder.title)), "slug": "", "type": "dash-folder", "tags": [],
        "isStarred": false, "sortMeta": 0,
    })
}

fn dashboard_hit(uid: &str, dashboard: &Summary, folder: Option<&str>, is_starred: bool) -> Value {
    let slug = slug(&dashboard.title);
    let mut hit = json!({
        "id": number(uid), "uid": uid, "title": dashboard.title, "uri": format!("db/{slug}"),
        "url": format!("/d/{uid}/{slug}"), "slug": "", "type": "dash-db", "tags": dashboard.tags,
        "isStarred": is_starred, "sortMeta": 0, "description": dashboard.description,
    });
    if let Some(folder) = folder {
        hit["folderUid"] = dashboard.folder.as_str().into();
        hit["folderTitle"] = folder.into();
        hit["folderId"] = number(&dashboard.folder).into();
        hit["folderUrl"] = format!("/dashboards/f/{}/{}", dashboard.folder, self::slug(folder)).into();
    }
    hit
}
