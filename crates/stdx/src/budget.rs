//! Memory budgets in bytes: a tree of counters (process, tenant, query) whose leaves are reserved before allocating.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A named number of bytes that may be in use at once. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Node>);

#[derive(Debug)]
struct Node {
    name: String,
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
    parent: Option<Budget>,
}

/// A reservation would exceed `limit` bytes of the budget `name`, which is the name of the setting where there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} allows {limit} bytes, {used} are in use and {wanted} more are wanted")]
pub struct BudgetExceeded {
    /// Which budget.
    pub name: String,
    /// Its limit in bytes.
    pub limit: u64,
    /// Bytes in use when the reservation was tried.
    pub used: u64,
    /// Bytes that were asked for.
    pub wanted: u64,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(name: impl Into<String>, limit: u64) -> Self {
        Self::node(name.into(), limit, None)
    }

    /// A budget inside this one: what it reserves, this one has reserved too.
    pub fn child(&self, name: impl Into<String>, limit: u64) -> Self {
        Self::node(name.into(), limit, Some(self.clone()))
    }

    fn node(name: String, limit: u64, parent: Option<Budget>) -> Self {
        Budget(Arc::new(Node { name, limit, used: AtomicU64::new(0), peak: AtomicU64::new(0), parent }))
    }

    /// Bytes in use.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// The most bytes that were in use at once.
    pub fn peak(&self) -> u64 {
        self.0.peak.load(Ordering::Relaxed)
    }

    /// The limit in bytes.
    pub fn limit(&self) -> u64 {
        self.0.limit
    }

    /// Takes `bytes` here and in every parent, or nothing anywhere.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, BudgetExceeded> {
        self.take(bytes)?;
        Ok(Reservation { budget: self.clone(), bytes })
    }

    fn take(&self, bytes: u64) -> Result<(), BudgetExceeded> {
        let node = &self.0;
        let used = node.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if used > node.limit {
            node.used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(BudgetExceeded {
                name: node.name.clone(),
                limit: node.limit,
                used: used - bytes,
                wanted: bytes,
            });
        }
        if let Some(parent) = &node.parent
            && let Err(exceeded) = parent.take(bytes)
        {
            node.used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(exceeded);
        }
        node.peak.fetch_max(used, Ordering::Relaxed);
        Ok(())
    }

    fn give(&self, bytes: u64) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.0.parent {
            parent.give(bytes);
        }
    }
}

/// Reserved bytes, given back on drop.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: u64,
}

impl Reservation {
    /// Reserved bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reserves `more` bytes on top.
    pub fn grow(&mut self, more: u64) -> Result<(), BudgetExceeded> {
        self.budget.take(more)?;
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.give(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_cannot_take_more_than_its_parent_has() {
        let process = Budget::new("process", 100);
        let query = process.child("query", 80);
        let held = query.reserve(60).unwrap();
        assert_eq!(query.reserve(30).unwrap_err().name, "query");
        let other = process.reserve(30).unwrap();
        assert_eq!(query.reserve(20).unwrap_err().name, "process");
        drop((held, other));
        assert_eq!((process.used(), query.used(), process.peak()), (0, 0, 90));
    }
}
