//! Who there is and what belongs to them: users and the organisation, teams, service accounts, preferences, stars,
//! and the permissions that name them.

pub(super) mod account;
pub(super) mod permissions;
mod preferences;
pub(super) mod service_accounts;
pub(super) mod stars;
mod teams;

use super::{ApiError, Shelf, answer, dashboards, input, shelf, tenant};
use crate::state::State;
use axum::Router;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .merge(account::routes())
        .merge(permissions::routes())
        .merge(preferences::routes())
        .merge(service_accounts::routes())
        .merge(stars::routes())
        .merge(teams::routes())
}
