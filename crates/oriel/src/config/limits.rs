//! Limits: those of all tenants, and those that a tenant has instead.

use super::Config;
use anyhow::{Context, Result, ensure};
use model::Tenant;
use server::Limits;
use std::collections::BTreeMap;

impl Config {
    /// The limits of all tenants, and those of tenants with their own.
    pub(crate) fn tenant_limits(&self) -> Result<(Limits, BTreeMap<Tenant, Limits>)> {
        let mut all = Limits {
            query_timeout_seconds: self.query.timeout.duration().as_secs(),
            max_query_samples: self.query.max_samples,
            max_query_memory_bytes: self.memory.query.0,
            ..Limits::default()
        };
        set(&mut all, &self.limits, "limits")?;
        let mut own = BTreeMap::new();
        for (name, limits) in &self.overrides {
            let place = format!("overrides.{name}");
            let tenant = Tenant::parse(name).with_context(|| place.clone())?;
            let mut changed = all.clone();
            set(&mut changed, limits, &place)?;
            own.insert(tenant, changed);
        }
        Ok((all, own))
    }
}

fn set(limits: &mut Limits, said: &BTreeMap<String, u64>, place: &str) -> Result<()> {
    for (name, value) in said {
        ensure!(limits.set(name, *value), "{place}.{name} is no limit; `oriel config schema` lists them");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Limits, BTreeMap<Tenant, Limits>)> {
        serde_norway::from_str::<Config>(text)?.tenant_limits()
    }

    #[test]
    fn a_tenant_has_its_own_limits_and_those_of_all() {
        let text = "limits: {max_series: 5, max_line_bytes: 7}\noverrides: {a: {max_global_series_per_user: 9, ingestion_rate: 1}}";
        let (all, own) = read(text).unwrap();
        let a = &own[&Tenant::parse("a").unwrap()];
        assert_eq!((all.max_series, all.max_sample_rate), (5, 0));
        assert_eq!((a.max_series, a.max_sample_rate, a.max_line_bytes), (9, 1, 7));
        for (text, reason) in [
            ("overrides: {a: {max_serie: 1}}", "overrides.a.max_serie is no limit"),
            ("overrides: {'a/b': {}}", "overrides.a/b"),
            ("limits: {x: 1}", "limits.x is no limit"),
        ] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }
}
