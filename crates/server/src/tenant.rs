//! Whose request it is: `X-Scope-OrgID`.
//!
//! With auth off every request belongs to one tenant and the header is not read. With auth on a missing header is 401 with
//! the text `no org id`, as in all three replaced systems.

mod federation;

use crate::error::Fault;
use http::{HeaderMap, StatusCode};
use model::Tenant;

/// The header that names the tenant.
pub const TENANT_HEADER: &str = "x-scope-orgid";

/// Whether requests name their tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tenancy {
    /// Those that name none belong to [`Tenant::anonymous`].
    #[default]
    Optional,
    /// Each must name its own.
    Required,
}

impl Tenancy {
    /// The tenant of a request.
    pub fn of(self, headers: &HeaderMap) -> Result<Tenant, Fault> {
        self.named(id(headers))
    }

    /// The tenants of a request that reads: `a|b` names two. Sorted, each once, at least one.
    pub fn all_of(self, headers: &HeaderMap) -> Result<Vec<Tenant>, Fault> {
        let mut tenants = match id(headers) {
            "" => vec![self.named("")?],
            // A name that is left out between two strokes names nobody.
            ids => ids.split('|').map(|id| Tenancy::Required.named(id)).collect::<Result<Vec<_>, _>>()?,
        };
        tenants.sort();
        tenants.dedup();
        Ok(tenants)
    }

    /// The tenant of a request that names it as `id`; "" names none.
    pub(crate) fn named(self, id: &str) -> Result<Tenant, Fault> {
        if id.is_empty() && self == Tenancy::Optional {
            return Ok(Tenant::anonymous());
        }
        Tenant::parse(id).map_err(|error| {
            let status = match error {
                model::TenantError::Empty => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            };
            Fault::invalid(error.to_string()).with_status(status)
        })
    }
}

fn id(headers: &HeaderMap) -> &str {
    headers.get(TENANT_HEADER).and_then(|v| v.to_str().ok()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_must_name_its_tenant_only_when_auth_is_on() {
        let mut headers = HeaderMap::new();
        let missing = Tenancy::Required.of(&headers).unwrap_err();
        assert_eq!((missing.status(), missing.message()), (StatusCode::UNAUTHORIZED, "no org id"));
        headers.insert(TENANT_HEADER, "team-a".parse().unwrap());
        assert_eq!(Tenancy::Required.of(&headers).unwrap().as_str(), "team-a");
        assert_eq!(Tenancy::Optional.of(&headers).unwrap().as_str(), "team-a");
        assert_eq!(Tenancy::Optional.of(&HeaderMap::new()).unwrap(), Tenant::anonymous());
        headers.insert(TENANT_HEADER, "a/b".parse().unwrap());
        assert_eq!(Tenancy::Required.of(&headers).unwrap_err().status(), StatusCode::BAD_REQUEST);
    }
}
