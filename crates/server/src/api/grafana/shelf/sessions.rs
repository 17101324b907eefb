//! Sessions of users in the store, beside the service accounts: under the SHA-256 of what the browser shows.
//!
//! They belong to the process and not to a tenant, and stand with the tenant of requests that name none.

use super::super::ApiError;
use super::super::dashboards::shelf;
use crate::state::State;
use model::Tenant;
use serde_json::{Value, json};

const COLLECTION: &str = "sessions";
/// Browsers of one user. Who logs in once more ends the session that would end first.
const MAX_OF_USER: usize = 50;

/// Somebody who came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// Of the password that was shown.
    pub(crate) generation: String,
    /// Milliseconds since 1970.
    pub(crate) ends: i64,
}

impl Session {
    fn of(value: &Value) -> Option<Self> {
        let text = |member: &str| Some(value[member].as_str()?.to_owned());
        Some(Session { user: text("user")?, generation: text("generation")?, ends: value["ends"].as_i64()? })
    }
}

/// Stores one, and drops those that are over or too many.
pub(crate) async fn put(state: &State, key: &str, session: &Session, now: i64) -> Result<(), ApiError> {
    let (shelf, tenant) = (shelf(state)?, Tenant::anonymous());
    let mut own = Vec::new();
    for record in shelf.records(&tenant, COLLECTION).await? {
        match Session::of(&record.value) {
            Some(one) if one.ends > now && one.user != session.user => {}
            Some(one) if one.ends > now => own.push((one.ends, record.name)),
            _ => {
                shelf.drop_record(&tenant, COLLECTION, &record.name).await?;
            }
        }
    }
    own.sort();
    for (_, name) in own.iter().take(own.len().saturating_sub(MAX_OF_USER - 1)) {
        shelf.drop_record(&tenant, COLLECTION, name).await?;
    }
    let value = json!({ "user": session.user, "generation": session.generation, "ends": session.ends });
    shelf.put_record(&tenant, COLLECTION, key, Some(0), &value).await?;
    Ok(())
}

/// The session, if there is one; it may be over.
pub(crate) async fn read(state: &State, key: &str) -> Result<Option<Session>, ApiError> {
    let found = shelf(state)?.record(&Tenant::anonymous(), COLLECTION, key).await?;
    Ok(found.and_then(|(_, value)| Session::of(&value)))
}

/// Takes one away.
pub(crate) async fn drop(state: &State, key: &str) -> Result<(), ApiError> {
    shelf(state)?.drop_record(&Tenant::anonymous(), COLLECTION, key).await?;
    Ok(())
}
