//! `auth`: who may ask, and who may change something on the door of the UI. Tokens never leave this process: they are neither
//! printed nor shown with the configuration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Who may ask.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Auth {
    /// Whether every request must name a tenant by `X-Scope-OrgID`.
    pub enabled: bool,
    /// Who may change something on the UI's door. With none, everybody who reaches it is an administrator.
    pub tokens: Vec<AuthToken>,
    /// The role of requests to the UI's door that show no token: `admin`, `editor`, `viewer` or `none`. Empty: `admin` as
    /// long as there are no tokens, else `viewer`.
    pub everybody: String,
}

/// A token that tools and people show: as `Authorization: Bearer TOKEN`, or as the password of any name.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuthToken {
    /// Whose it is, for people.
    pub name: String,
    /// The token itself, at least 16 letters.
    #[serde(skip_serializing)]
    pub token: String,
    /// A file that holds the token, instead of `token`.
    pub token_file: PathBuf,
    /// `admin`, `editor` or `viewer`.
    pub role: String,
}

impl std::fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthToken({} {})", self.name, self.role)
    }
}
