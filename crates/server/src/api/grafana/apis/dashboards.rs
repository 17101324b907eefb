//! Dashboards as resources. One of the first sort is stored as the bare dashboard it is; one of the second sort with the
//! resource around it, which is what its exports are.

use super::super::dashboards::{Shared, shelf};
use super::super::provisioning::{self, Change};
use super::super::shelf::{Around, Envelope, Stored};
use super::super::{Shelf, shape, slice, tenant};
use super::selector::Selector;
use super::{
    Answer, Failure, MESSAGE, Metadata, Opened, Sent, check_version, deleted, opened, patched, written,
};
use crate::params::Params;
use crate::respond;
use axum::body::Body;
use axum::extract::{Path, Request};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use store::documents::MAX_DOCUMENT_BYTES;

const KIND: &str = "Dashboard";
const MAX_BODY_BYTES: u64 = MAX_DOCUMENT_BYTES as u64;

type Place = Path<(String, String)>;
type Named = Path<(String, String, String)>;

/// One dashboard as the text that answers for it. `asked` is the version in the request's path.
async fn shown(
    shelf: &Shelf,
    tenant: &Tenant,
    (namespace, name, asked): (&str, &str, &str),
    stored: &Stored,
    access: bool,
) -> Result<String, Failure> {
    let envelope = stored.envelope().map_err(super::ApiError::from)?;
    let first = shelf.history(tenant, name).await?.first().map_or(stored.at, |first| first.modified.0);
    let kept = shape::version(&envelope.dashboard);
    // `v1beta1` and `v0alpha1` hold what `v1` holds; `v2beta1` differs from `v2`.
    let is_first = kept.starts_with("v1") || kept.starts_with("v0");
    let fits = if is_first { asked.starts_with("v1") || asked.starts_with("v0") } else { asked == kept };
    let version = if fits { asked } else { kept };
    // What was stored before they were kept beside it has them in the resource.
    let metadata = &envelope.dashboard["metadata"];
    let own = |name: &str, kept: &Value| if kept.is_object() { kept.clone() } else { metadata[name].clone() };
    let (labels, annotations) = (own("labels", &envelope.labels), own("annotations", &envelope.annotations));
    let metadata = Metadata {
        name,
        namespace,
        version: stored.version,
        created: first,
        updated: stored.at,
        folder: envelope.folder_uid.as_deref().unwrap_or(""),
        message: envelope.message.as_deref().unwrap_or(""),
        author: envelope.author(),
        by: envelope.by(),
        labels: &labels,
        annotations: &annotations,
    };
    let text = stored.text();
    let spec = if shape::is_resource(&envelope.dashboard) {
        slice::member(text, "spec").unwrap_or("{}")
    } else {
        text
    };
    let status = if fits {
        json!({})
    } else {
        json!({ "conversion": { "failed": true, "storedVersion": kept, "error": "answered as it is stored" } })
    };
    let mut out = format!(
        "{{\"kind\":\"{KIND}\",\"apiVersion\":\"{}/{version}\",\"metadata\":{},\"spec\":{spec},\"status\":{status}",
        shape::GROUP,
        metadata.shown(),
    );
    if access {
        let slug = super::super::dashboards::slug(shape::title(&envelope.dashboard));
        let access = json!({
            "slug": slug, "url": format!("/d/{name}/{slug}"), "canSave": true, "canEdit": true, "canAdmin": true,
            "canStar": true, "canDelete": true, "isPublic": false,
        });
        out.push_str(&format!(",\"access\":{access}"));
    }
    out.push('}');
    Ok(out)
}

async fn find(shelf: &Shelf, tenant: &Tenant, name: &str) -> Result<Stored, Failure> {
    shelf.dashboard(tenant, name).await?.ok_or_else(|| Failure::not_found(KIND, name))
}

pub(super) async fn list(state: Shared, Path((version, namespace)): Place, request: Request<Body>) -> Answer {
    check_version(shape::GROUP, &version)?;
    let (parts, params) = Params::read(request, 0).await?;
    let selector = Selector::of(&params, "dashboards")?;
    let tenant = tenant(&state, &parts.headers)?;
    let shelf = shelf(&state)?;
    let all =
        if selector.is_trash { shelf.deleted(&tenant).await? } else { shelf.dashboards(&tenant).await? };
    let (names, token) = selector.page(all.into_iter().map(|(uid, _)| uid).collect());
    let mut items = Vec::new();
    for name in &names {
        let stored = if selector.is_trash {
            shelf.before_deletion(&tenant, name).await?
        } else {
            shelf.dashboard(&tenant, name).await?
        };
        // Deleted, or made again, between the two questions.
        let Some(stored) = stored else { continue };
        let item = shown(shelf, &tenant, (&namespace, name, &version), &stored, false).await?;
        if !selector.asks_labels() || selector.is_match(&metadata_of(&item)) {
            items.push(item);
        }
    }
    let metadata = json!({ "resourceVersion": state.clock.now_millis().to_string(), "continue": token });
    Ok(respond::json(format!(
        "{{\"kind\":\"DashboardList\",\"apiVersion\":\"{}/{version}\",\"metadata\":{metadata},\"items\":[{}]}}",
        shape::GROUP,
        items.join(",")
    )))
}

fn metadata_of(item: &str) -> Value {
    slice::member(item, "metadata").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

async fn one(state: &Shared, named: (String, String, String), headers: &HeaderMap, access: bool) -> Answer {
    let (version, namespace, name) = named;
    check_version(shape::GROUP, &version)?;
    let tenant = tenant(state, headers)?;
    let shelf = shelf(state)?;
    let stored = find(shelf, &tenant, &name).await?;
    Ok(respond::json(shown(shelf, &tenant, (&namespace, &name, &version), &stored, access).await?))
}

pub(super) async fn read(state: Shared, Path(named): Named, headers: HeaderMap) -> Answer {
    one(&state, named, &headers, false).await
}

pub(super) async fn read_with_access(state: Shared, Path(named): Named, headers: HeaderMap) -> Answer {
    one(&state, named, &headers, true).await
}

/// Stores what was sent, over `expected`, and answers it as it is stored now.
async fn write(
    state: &Shared,
    (tenant, login): (&Tenant, &str),
    (version, namespace, name): (&str, &str, &str),
    expected: Option<u64>,
    sent: &Sent,
    code: StatusCode,
) -> Answer {
    if shape::title(&json!({ "spec": sent.value["spec"], "apiVersion": "x/y" })).is_empty() {
        return Err(Failure::invalid("the dashboard's title is empty"));
    }
    let shelf = shelf(state)?;
    provisioning::check(state, tenant, name, Change::Save).await?;
    let folder = sent.annotation(super::FOLDER);
    if !folder.is_empty() && shelf.folder(tenant, folder).await?.is_none() {
        return Err(Failure::invalid(format!("folder {folder:?} not found")));
    }
    let is_second = version.starts_with("v2");
    // The members of a text that was read as JSON are there.
    let text = if is_second { Some(sent.text.as_str()) } else { slice::member(&sent.text, "spec") };
    let before = shelf.dashboard(tenant, name).await?.and_then(|kept| kept.envelope().ok());
    let (labels, annotations) = sent.kept();
    let message = sent.annotation(MESSAGE);
    let around = Around { folder, message, labels, annotations, ..Around::over(before.as_ref(), login) };
    let body = Stored::body(text.unwrap_or("{}"), &around);
    written(shelf.save(tenant, name, expected, body.as_bytes()).await, expected, KIND, name)?;
    let stored = find(shelf, tenant, name).await?;
    let body = shown(shelf, tenant, (namespace, name, version), &stored, false).await?;
    Ok(respond::with_type(code, respond::JSON, body))
}

/// The version a resource says it is in must be that of the path, if it says one.
fn check_same(sent: &Sent, version: &str) -> Result<(), Failure> {
    let said = sent.value["apiVersion"].as_str().unwrap_or("");
    let path = format!("{}/{version}", shape::GROUP);
    if said.is_empty() || said == path {
        return Ok(());
    }
    Err(Failure::invalid(format!("the resource is of {said:?}, the path of {path:?}")))
}

pub(super) async fn create(
    state: Shared,
    Path((version, namespace)): Place,
    request: Request<Body>,
) -> Answer {
    let Opened { tenant, body, login, .. } =
        opened(&state, shape::GROUP, &version, request, MAX_BODY_BYTES).await?;
    let sent = Sent::read(&body)?;
    check_same(&sent, &version)?;
    let name = sent.name()?;
    if shelf(&state)?.dashboard(&tenant, &name).await?.is_some() {
        return Err(Failure::exists(KIND, &name));
    }
    write(&state, (&tenant, &login), (&version, &namespace, &name), Some(0), &sent, StatusCode::CREATED).await
}

pub(super) async fn replace(
    state: Shared,
    Path((version, namespace, name)): Named,
    request: Request<Body>,
) -> Answer {
    let Opened { tenant, body, login, .. } =
        opened(&state, shape::GROUP, &version, request, MAX_BODY_BYTES).await?;
    let sent = Sent::read(&body)?;
    check_same(&sent, &version)?;
    let stored = find(shelf(&state)?, &tenant, &name).await?;
    let kept: Envelope = stored.envelope().map_err(super::ApiError::from)?;
    if shape::version(&kept.dashboard).starts_with("v2") && !version.starts_with("v2") {
        let message =
            format!("{name:?} is stored as v2; writing it as {version} would lose what v2 alone can hold");
        return Err(Failure::of(StatusCode::CONFLICT, "Conflict", message));
    }
    let expected = sent.resource_version()?.or(Some(stored.version));
    write(&state, (&tenant, &login), (&version, &namespace, &name), expected, &sent, StatusCode::OK).await
}

/// Changes what is stored as the patch says.
pub(super) async fn patch(
    state: Shared,
    Path((version, namespace, name)): Named,
    request: Request<Body>,
) -> Answer {
    let Opened { tenant, headers, body, login } =
        opened(&state, shape::GROUP, &version, request, MAX_BODY_BYTES).await?;
    let shelf = shelf(&state)?;
    let stored = find(shelf, &tenant, &name).await?;
    let before = shown(shelf, &tenant, (&namespace, &name, &version), &stored, false).await?;
    let before: Value = serde_json::from_str(&before).map_err(super::ApiError::from)?;
    let kept =
        before["apiVersion"].as_str().and_then(|text| text.rsplit_once('/')).map_or("", |(_, kept)| kept);
    let next = patched(&headers, &before, &body)?;
    let expected = next.version.or(Some(stored.version));
    write(&state, (&tenant, &login), (kept, &namespace, &name), expected, &next.sent, StatusCode::OK).await
}

pub(super) async fn delete(state: Shared, Path((version, _, name)): Named, headers: HeaderMap) -> Answer {
    check_version(shape::GROUP, &version)?;
    let tenant = tenant(&state, &headers)?;
    provisioning::check(&state, &tenant, &name, Change::Delete).await?;
    if !shelf(&state)?.delete(&tenant, &name).await? {
        return Err(Failure::not_found(KIND, &name));
    }
    Ok(deleted(&name, shape::GROUP, "dashboards"))
}
