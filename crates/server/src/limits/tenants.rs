//! Each tenant's limits: those of all, but for what its own configuration says. They can be replaced while requests run;
//! one that runs keeps those it began with.

use super::Limits;
use model::Tenant;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Limits by tenant. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct TenantLimits(Arc<RwLock<Table>>);

#[derive(Debug, Clone, Default)]
struct Table {
    all: Arc<Limits>,
    own: BTreeMap<Tenant, Arc<Limits>>,
}

impl From<Limits> for TenantLimits {
    fn from(all: Limits) -> Self {
        let limits = TenantLimits::default();
        limits.replace(all, BTreeMap::new());
        limits
    }
}

impl TenantLimits {
    /// `all` hold for tenants that have no `own`.
    pub fn replace(&self, all: Limits, own: BTreeMap<Tenant, Limits>) {
        let own = own.into_iter().map(|(tenant, limits)| (tenant, Arc::new(limits))).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Table { all: Arc::new(all), own };
    }

    /// The limits of tenants that have none of their own.
    pub fn all(&self) -> Arc<Limits> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).all.clone()
    }

    /// Tenants that have limits of their own.
    pub fn own(&self) -> BTreeMap<Tenant, Arc<Limits>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).own.clone()
    }

    /// The limits of one tenant.
    pub fn of(&self, tenant: &Tenant) -> Arc<Limits> {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.own.get(tenant).unwrap_or(&table.all).clone()
    }
}
