//! What is handed on: short addresses of pages, and dashboards with the data they showed.

mod short_urls;
pub(super) mod snapshots;

use super::{ApiError, Shelf, answer, dashboards, input, shape, shelf, slice, tenant};
use crate::state::State;
use axum::Router;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().merge(short_urls::routes()).merge(snapshots::routes())
}
