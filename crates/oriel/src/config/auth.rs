//! `auth`: who may ask, and who may change something on the door of the UI. Tokens and passwords never leave this process: they are neither
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
    /// Who may change something on the UI's door. With no token and no user, everybody who reaches it is an administrator.
    pub tokens: Vec<AuthToken>,
    /// Who logs in on the UI's door by name and password; tools may show both with each request.
    pub users: Vec<AuthUser>,
    /// The role of requests to the UI's door that show nothing: `admin`, `editor`, `viewer` or `none`. Empty: `admin` as
    /// long as there are no tokens and no users, else `viewer`.
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

/// A user who logs in by name and password.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuthUser {
    /// What is typed, exactly.
    pub name: String,
    /// The password itself, at least 8 letters.
    #[serde(skip_serializing)]
    pub password: String,
    /// A file that holds the password, instead of `password`.
    pub password_file: PathBuf,
    /// What `oriel config password` prints, instead of `password`.
    #[serde(skip_serializing)]
    pub password_hash: String,
    /// `admin`, `editor` or `viewer`.
    pub role: String,
}

impl std::fmt::Debug for AuthUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthUser({} {})", self.name, self.role)
    }
}

impl std::fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthToken({} {})", self.name, self.role)
    }
}
