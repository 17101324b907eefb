//! What this installation is: the settings that pages and tools read, what it counts of itself, and which panels and data
//! sources it knows.

use super::account::{organisation, people};
use super::dashboards::{Answer, Shared, shelf};
use super::input::Path;
use super::{ApiError, annotations, answer, playlists, snapshots, sources, stars, tenant};
use crate::access::Role;
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Id, name and sort of what is drawn and asked here.
const PLUGINS: [(&str, &str, &str); 25] = [
    ("prometheus", "Prometheus", "datasource"),
    ("loki", "Loki", "datasource"),
    ("tempo", "Tempo", "datasource"),
    ("alertlist", "Alert list", "panel"),
    ("annolist", "Annotations list", "panel"),
    ("barchart", "Bar chart", "panel"),
    ("bargauge", "Bar gauge", "panel"),
    ("dashlist", "Dashboard list", "panel"),
    ("flamegraph", "Flame graph", "panel"),
    ("gauge", "Gauge", "panel"),
    ("graph", "Graph (old)", "panel"),
    ("heatmap", "Heatmap", "panel"),
    ("histogram", "Histogram", "panel"),
    ("logs", "Logs", "panel"),
    ("news", "News", "panel"),
    ("nodeGraph", "Node graph", "panel"),
    ("piechart", "Pie chart", "panel"),
    ("singlestat", "Singlestat", "panel"),
    ("stat", "Stat", "panel"),
    ("state-timeline", "State timeline", "panel"),
    ("status-history", "Status history", "panel"),
    ("table", "Table", "panel"),
    ("text", "Text", "panel"),
    ("timeseries", "Time series", "panel"),
    ("traces", "Traces", "panel"),
];

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/frontend/settings", get(settings))
        .route("/api/admin/settings", get(admin_settings))
        .route("/api/admin/stats", get(stats))
        .route("/api/admin/provisioning/{what}/reload", post(super::provisioning::reload))
        .route("/api/plugins", get(plugins))
        .route("/api/plugins/{id}/settings", get(plugin))
        .route("/api/plugins/{id}/health", get(plugin_health))
        .route("/api/gnet/{*path}", get(no_gallery))
}

async fn settings(state: Shared, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let sources = sources::all(&state, &tenant).await?;
    let usual = sources.iter().find(|one| one.is_default).map(|one| one.name.clone());
    let by_name = sources.iter().map(|one| (one.name.clone(), one.shown()));
    let access = &state.options.access;
    Ok(answer(&json!({
        "defaultDatasource": usual, "datasources": by_name.collect::<Map<_, _>>(), "namespace": "default",
        "appUrl": "/", "appSubUrl": "", "authProxyEnabled": false, "anonymousEnabled": access.everybody() != Role::None,
        "disableLoginForm": access.users.is_empty() && access.tokens.is_empty(), "unifiedAlertingEnabled": true,
        "alertingEnabled": false, "snapshotEnabled": true, "publicDashboardsEnabled": false, "rbacEnabled": false,
        "allowOrgCreate": false, "featureToggles": {}, "minRefreshInterval": "", "defaultTheme": "system",
        "panels": panels(),
        "buildInfo": {
            "version": super::COMPATIBLE_VERSION, "commit": super::commit(), "edition": "Oriel", "env": "production",
            "hideVersion": false, "hasUpdate": false, "latestVersion": "",
        },
    })))
}

fn panels() -> Map<String, Value> {
    let panels = PLUGINS.iter().filter(|(_, _, sort)| *sort == "panel");
    panels
        .map(|(id, name, _)| ((*id).to_owned(), json!({ "id": id, "name": name, "hideFromList": false })))
        .collect()
}

/// What tools look for among the settings of a server, in sections of texts. Nothing secret is among them.
async fn admin_settings(state: Shared, headers: HeaderMap) -> Answer {
    let organisation = organisation(&state, &tenant(&state, &headers)?).await?;
    let access = &state.options.access;
    let yes = |is: bool| if is { "true" } else { "false" };
    let everybody = access.everybody();
    Ok(answer(&json!({
        "DEFAULT": { "app_mode": "production", "instance_name": "oriel" },
        "alerting": { "enabled": "false" },
        "analytics": { "reporting_enabled": "false", "check_for_updates": "false" },
        "auth": { "disable_login_form": yes(access.users.is_empty() && access.tokens.is_empty()) },
        "auth.anonymous": {
            "enabled": yes(everybody != Role::None), "org_name": organisation, "org_role": everybody.name(),
        },
        "auth.basic": { "enabled": yes(!access.users.is_empty()) },
        "dashboards": { "versions_to_keep": "64", "min_refresh_interval": "" },
        "database": { "type": "oriel" },
        "public_dashboards": { "enabled": "false" },
        "server": { "protocol": "http", "root_url": "/", "serve_from_sub_path": "false" },
        "snapshots": { "enabled": "true", "external_enabled": "false" },
        "unified_alerting": { "enabled": "true" },
        "users": { "allow_sign_up": "false", "allow_org_create": "false", "auto_assign_org": "true" },
    })))
}

async fn stats(state: Shared, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    let (dashboards, folders) = (shelf.dashboards(&tenant).await?, shelf.folders(&tenant).await?);
    let users = people(&state);
    let of_role = |role: Role| users.iter().filter(|one| one.role == role).count();
    let mut counted = json!({
        "orgs": 1, "users": users.len(), "admins": of_role(Role::Admin), "editors": of_role(Role::Editor),
        "viewers": of_role(Role::Viewer), "dashboards": dashboards.len(), "folders": folders.len(),
        "datasources": sources::all(&state, &tenant).await?.len(), "alerts": 0,
        "tags": dashboards.iter().flat_map(|(_, one)| &one.tags).collect::<BTreeSet<_>>().len(),
    });
    for (name, collection) in [
        ("snapshots", snapshots::COLLECTION),
        ("playlists", playlists::COLLECTION),
        ("annotations", annotations::COLLECTION),
    ] {
        counted[name] = shelf.records(&tenant, collection).await?.len().into();
    }
    counted["stars"] = stars::count(shelf, &tenant).await?.into();
    Ok(answer(&counted))
}

fn described((id, name, sort): &(&str, &str, &str)) -> Value {
    json!({
        "id": id, "name": name, "type": sort, "enabled": true, "pinned": false, "hasUpdate": false, "latestVersion": "",
        "defaultNavUrl": "", "category": "", "state": "", "signature": "internal", "signatureType": "", "signatureOrg": "",
        "info": {
            "author": { "name": "Oriel", "url": "" }, "description": "", "links": null, "logos": { "small": "", "large": "" },
            "build": {}, "screenshots": null, "version": super::COMPATIBLE_VERSION, "updated": "", "keywords": null,
        },
    })
}

async fn plugins(request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    let sort = params.get("type");
    Ok(answer(&PLUGINS.iter().filter(|one| sort.is_empty() || one.2 == sort).map(described).collect()))
}

fn known(id: &str) -> Result<Value, ApiError> {
    let found = PLUGINS.iter().find(|one| one.0 == id);
    found.map(described).ok_or_else(|| {
        ApiError::of(StatusCode::NOT_FOUND, "Plugin not found, no installed plugin with that id")
    })
}

async fn plugin(Path(id): Path<String>) -> Answer {
    let mut shown = known(&id)?;
    shown["baseUrl"] = format!("public/plugins/{id}").into();
    shown["module"] = "".into();
    shown["jsonData"] = Value::Null;
    shown["secureJsonFields"] = json!({});
    Ok(answer(&shown))
}

async fn plugin_health(Path(id): Path<String>) -> Answer {
    known(&id)?;
    Ok(answer(&json!({ "status": "OK", "message": "" })))
}

/// Dashboards and plugins of the gallery on the internet: this server asks nobody outside.
async fn no_gallery() -> Response {
    let message = "Oriel asks no server outside: download the dashboard elsewhere and import its JSON";
    axum::response::IntoResponse::into_response(ApiError::of(StatusCode::BAD_GATEWAY, message))
}
