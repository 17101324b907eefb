//! How requests of this API are read: bodies, paths and pages, with refusals in its own words.

use super::ApiError;
use crate::access::Who;
use crate::body;
use crate::params::Params;
use axum::body::Body;
use axum::extract::FromRequestParts;
use http::Extensions;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The one who asks where nobody shows who he is, and the only one where no users are configured.
pub(super) const ADMIN: &str = "admin";
/// Who has a token of a service account.
const TOOL: &str = "service-account";

/// What a path names; like axum's, but a refusal is JSON.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let refused = |why: axum::extract::rejection::PathRejection| ApiError::bad(why.body_text());
        read.map(|axum::extract::Path(named)| Path(named)).map_err(refused)
    }
}

/// A body of at most `most` bytes as JSON.
pub(super) async fn read_json(body: Body, most: u64) -> Result<Value, ApiError> {
    Ok(serde_json::from_slice(&body::read(body, most).await?)?)
}

/// The login of who asks.
pub(super) struct Login(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Login {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Login(login_of(&parts.extensions)))
    }
}

/// The same, for who has taken a request apart.
pub(super) fn login_of(extensions: &Extensions) -> String {
    let name =
        extensions.get::<Who>().map_or(ADMIN, |who| if who.name.is_empty() { TOOL } else { &who.name });
    name.to_owned()
}

/// Which page is asked for.
pub(super) struct Page {
    pub(super) number: usize,
    pub(super) size: usize,
}

impl Page {
    /// `size` is the parameter that says how many there are on one, `usual` how many when it does not.
    pub(super) fn of(params: &Params, size: &str, usual: usize) -> Self {
        let positive = |name: &str| params.get(name).parse::<usize>().ok().filter(|number| *number > 0);
        Page { number: positive("page").unwrap_or(1), size: positive(size).unwrap_or(usual) }
    }

    /// What stands on it.
    pub(super) fn cut<T>(&self, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        all.into_iter().skip(self.size.saturating_mul(self.number - 1)).take(self.size)
    }
}
