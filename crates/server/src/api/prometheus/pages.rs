//! Pages that people and links look for on this door: they are in the UI, which has a door of its own and knows these paths.

use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

/// The pages that the replaced system has at these paths.
const PAGES: [&str; 9] = [
    "/",
    "/graph",
    "/alerts",
    "/rules",
    "/targets",
    "/service-discovery",
    "/status",
    "/tsdb-status",
    "/flags",
];

pub(super) fn routes() -> Router<Arc<State>> {
    PAGES.iter().fold(Router::new(), |router, page| router.route(page, get(to_ui)))
}

/// Leads to the same path on the UI's door, at the host that the request asked; 404 when that door is closed.
pub(super) async fn to_ui(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    let Some(ui) = door_of_ui(&state) else { return respond::not_found().await };
    let host = asked_host(request.headers()).unwrap_or_else(|| ui.ip().to_string());
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let Ok(location) = HeaderValue::try_from(format!("http://{host}:{}{target}", ui.port())) else {
        return respond::not_found().await;
    };
    let mut response = respond::empty(StatusCode::FOUND);
    response.headers_mut().insert(header::LOCATION, location);
    response
}

fn door_of_ui(state: &State) -> Option<SocketAddr> {
    let open = state.doors.lock().unwrap_or_else(PoisonError::into_inner);
    open.iter().find(|(name, _)| *name == "ui").map(|(_, address)| *address)
}

/// Whether a request for `/query` is one for the page of graphs.
pub(super) fn is_graph(params: &Params) -> bool {
    params.some("g0.expr").is_some()
}

/// The host without its port; an IPv6 address keeps its brackets.
fn asked_host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let end = match host.rfind(']') {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    (end > 0).then(|| host[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_was_asked_for_without_its_port() {
        let of = |host: &'static str| {
            asked_host(&HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]))
        };
        assert_eq!(of("oriel.example:9090").as_deref(), Some("oriel.example"));
        assert_eq!(of("[::1]:9090").as_deref(), Some("[::1]"));
        assert_eq!(of("::1").as_deref(), None);
        assert_eq!(asked_host(&HeaderMap::new()), None);
    }
}
