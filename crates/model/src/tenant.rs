//! Tenants: whose data it is. The id is a path segment on disk and in the bucket, so its alphabet is small.

use std::fmt;
use std::sync::Arc;

/// The longest tenant id, in bytes: what the replaced systems accept.
pub const MAX_TENANT_BYTES: usize = 150;

/// A checked tenant id: 1 to 150 bytes of `A-Z a-z 0-9 ! - _ . * ' ( )`, not `.` or `..`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Arc<str>);

/// Why a string is no tenant id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenantError {
    /// No id at all.
    #[error("no org id")]
    Empty,
    /// Longer than [`MAX_TENANT_BYTES`].
    #[error("tenant ID is too long: max {MAX_TENANT_BYTES} characters")]
    TooLong,
    /// A character outside of the alphabet.
    #[error("tenant ID '{id}' contains unsupported character '{character}'")]
    Character {
        /// The refused id.
        id: String,
        /// Its first bad character.
        character: char,
    },
    /// `.` and `..` would leave the tenant's directory.
    #[error("tenant ID is '.' or '..'")]
    Path,
}

impl Tenant {
    /// The tenant of requests that name none while auth is off.
    pub fn anonymous() -> Self {
        Tenant(Arc::from("anonymous"))
    }

    /// Checks `id`.
    pub fn parse(id: &str) -> Result<Self, TenantError> {
        if id.is_empty() {
            return Err(TenantError::Empty);
        }
        if id.len() > MAX_TENANT_BYTES {
            return Err(TenantError::TooLong);
        }
        if id == "." || id == ".." {
            return Err(TenantError::Path);
        }
        match id.chars().find(|c| !c.is_ascii_alphanumeric() && !"!-_.*'()".contains(*c)) {
            Some(character) => Err(TenantError::Character { id: id.to_owned(), character }),
            None => Ok(Tenant(Arc::from(id))),
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tenant({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_directory() {
        assert_eq!(Tenant::parse("team-a.1").unwrap().as_str(), "team-a.1");
        assert_eq!(Tenant::parse("..").unwrap_err(), TenantError::Path);
        assert_eq!(Tenant::parse("").unwrap_err(), TenantError::Empty);
        assert_eq!(Tenant::parse(&"a".repeat(151)).unwrap_err(), TenantError::TooLong);
        assert!(matches!(Tenant::parse("a/b"), Err(TenantError::Character { character: '/', .. })));
    }
}
