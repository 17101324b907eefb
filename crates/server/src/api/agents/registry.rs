//! Agents that report themselves: who they are, what they collect, how their deliveries go, when they were last heard of.
//!
//! Kept in memory: after a restart every agent is known again within one heartbeat.
//! Invariant: at most [`MAX_AGENTS`] are known; one more makes the one that was silent longest forgotten.

use model::Tenant;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wire::agent_report::AgentReport;

/// Agents of all tenants together: with reports of a few kilobytes a few megabytes, and as many as one server collects from.
const MAX_AGENTS: usize = 2_000;
/// An agent that says nothing for so long was taken down: a week, in milliseconds.
const FORGET_AFTER_MS: i64 = 7 * 24 * 3_600_000;

/// What is known of all agents.
#[derive(Debug, Default)]
pub(crate) struct Agents(Mutex<BTreeMap<(Tenant, String), Known>>);

#[derive(Debug)]
struct Known {
    report: AgentReport,
    /// Milliseconds since 1970.
    first_seen: i64,
    last_seen: i64,
}

impl Agents {
    /// Takes a report of `tenant` at `now`, in milliseconds since 1970.
    pub(crate) fn put(&self, tenant: Tenant, report: AgentReport, now: i64) {
        let mut all = self.lock();
        let key = (tenant, report.id.clone());
        let first_seen = all.get(&key).map_or(now, |known| known.first_seen);
        all.insert(key, Known { report, first_seen, last_seen: now });
        all.retain(|_, known| now.saturating_sub(known.last_seen) <= FORGET_AFTER_MS);
        while all.len() > MAX_AGENTS {
            let silent = all.iter().min_by_key(|(_, known)| known.last_seen).map(|(key, _)| key.clone());
            silent.and_then(|key| all.remove(&key));
        }
    }

    /// Those of `tenant`, by name.
    pub(crate) fn shown(&self, tenant: &Tenant) -> Vec<Value> {
        let all = self.lock();
        let mut own: Vec<&Known> =
            all.iter().filter(|((of, _), _)| of == tenant).map(|(_, known)| known).collect();
        own.sort_by(|a, b| (&a.report.name, &a.report.id).cmp(&(&b.report.name, &b.report.id)));
        own.iter()
            .map(|known| {
                json!({
                    "report": known.report,
                    "first_seen": known.first_seen,
                    "last_seen": known.last_seen,
                })
            })
            .collect()
    }

    /// Forgets one; false when it is not known.
    pub(crate) fn forget(&self, tenant: &Tenant, id: &str) -> bool {
        self.lock().remove(&(tenant.clone(), id.to_owned())).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Tenant, String), Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(id: &str) -> AgentReport {
        AgentReport { id: id.into(), name: format!("host {id}"), ..AgentReport::default() }
    }

    #[test]
    fn the_one_that_was_silent_longest_makes_room() {
        let agents = Agents::default();
        let tenant = Tenant::anonymous();
        for at in 0..=MAX_AGENTS {
            agents.put(tenant.clone(), report(&at.to_string()), at as i64);
        }
        assert_eq!(agents.shown(&tenant).len(), MAX_AGENTS);
        assert!(!agents.forget(&tenant, "0") && agents.forget(&tenant, "1") && !agents.forget(&tenant, "1"));
    }

    #[test]
    fn agents_belong_to_their_tenant_and_are_forgotten_in_the_end() {
        let agents = Agents::default();
        let (one, two) = (Tenant::anonymous(), Tenant::parse("two").unwrap());
        agents.put(one.clone(), report("a"), 10);
        agents.put(one.clone(), report("a"), 20);
        agents.put(two.clone(), report("b"), 30);
        let shown = agents.shown(&one);
        assert_eq!(
            (shown.len(), &shown[0]["first_seen"], &shown[0]["last_seen"]),
            (1, &json!(10), &json!(20))
        );
        agents.put(two.clone(), report("b"), 21 + FORGET_AFTER_MS);
        assert_eq!((agents.shown(&one).len(), agents.shown(&two).len()), (0, 1));
    }
}
