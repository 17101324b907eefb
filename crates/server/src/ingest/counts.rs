//! What was stored and what was refused, counted for `/metrics`: nothing is dropped without a number that says so.
//!
//! Rows are counted by signal and reason. Spans are also counted under the names by which alerts on a Tempo watch them
//! (`tempo_discarded_spans_total`, `tempo_distributor_attributes_truncated_total`), by tenant. Invariant: senders make up
//! tenants, so those that are counted by name are bounded.

use crate::telemetry::{Counter, Registry};
use contract::{Outcome, RefusalReason};
use model::Tenant;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Tenants that are counted by name; all others are counted together.
const MAX_NAMED: usize = 1000;

/// The name of all others: no tenant can have it.
const OTHERS: &str = "(others)";

/// What a batch holds, the place of its counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Samples,
    Lines,
    Spans,
}

const SIGNALS: [&str; 3] = ["metrics", "logs", "traces"];

/// Rows accepted and refused since start.
pub(super) struct Counts {
    accepted: [Counter; 3],
    refused: [[Counter; RefusalReason::ALL.len()]; 3],
    telemetry: Registry,
    named: Mutex<BTreeSet<Tenant>>,
}

/// Rows taken since start: samples, lines, spans.
pub fn accepted_counters(telemetry: &Registry) -> [Counter; 3] {
    SIGNALS.map(|signal| {
        let help = "Samples, lines and spans that were stored.";
        telemetry.counter("oriel_ingest_rows_total", help, &[("signal", signal)])
    })
}

impl Counts {
    pub(super) fn new(telemetry: &Registry) -> Self {
        let refused = SIGNALS.map(|signal| {
            RefusalReason::ALL.map(|reason| {
                let help = "Samples, lines and spans that were refused.";
                let labels = [("signal", signal), ("reason", reason.name())];
                telemetry.counter("oriel_ingest_refused_rows_total", help, &labels)
            })
        });
        let (accepted, telemetry) = (accepted_counters(telemetry), telemetry.clone());
        Counts { accepted, refused, telemetry, named: Mutex::default() }
    }

    /// What became of a batch.
    pub(super) fn note(&self, of: Of, tenant: &Tenant, outcome: &Outcome) {
        self.accepted[of as usize].add(outcome.accepted);
        for (reason, rows) in outcome.refused_by() {
            self.refuse(of, tenant, reason, rows);
        }
    }

    /// Rows that were refused, more than none.
    pub(super) fn refuse(&self, of: Of, tenant: &Tenant, reason: RefusalReason, rows: u64) {
        self.refused[of as usize][reason as usize].add(rows);
        if of == Of::Spans {
            let help = "Spans that were refused.";
            let reason = match reason {
                RefusalReason::RateLimited => "rate_limited",
                RefusalReason::TooLarge => "trace_too_large",
                RefusalReason::TooMany => "live_traces_exceeded",
                RefusalReason::Invalid
                | RefusalReason::Duplicate
                | RefusalReason::TooOld
                | RefusalReason::TooNew => "unknown_error",
            };
            self.of_tenant("tempo_discarded_spans_total", help, tenant, &[("reason", reason)]).add(rows);
        }
    }

    /// Attributes of spans of which a key or text was cut, more than none.
    pub(super) fn cut(&self, tenant: &Tenant, attributes: u64) {
        let help = "Attributes of spans of which a key or text was cut.";
        self.of_tenant("tempo_distributor_attributes_truncated_total", help, tenant, &[]).add(attributes);
    }

    fn of_tenant(
        &self,
        name: &'static str,
        help: &'static str,
        tenant: &Tenant,
        labels: &[(&str, &str)],
    ) -> Counter {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() < MAX_NAMED && !named.contains(tenant) {
            named.insert(tenant.clone());
        }
        let tenant = if named.contains(tenant) { tenant.as_str() } else { OTHERS };
        self.telemetry.counter(name, help, &[labels, &[("tenant", tenant)]].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_spans_are_told_by_reason_and_by_so_many_tenants() {
        let telemetry = Registry::default();
        let counts = Counts::new(&telemetry);
        let mut outcome = Outcome { accepted: 5, ..Outcome::default() };
        (0..30).for_each(|_| outcome.refuse(RefusalReason::TooLarge, 1, String::new));
        outcome.refuse(RefusalReason::RateLimited, 4, String::new);
        for number in 0..MAX_NAMED + 3 {
            counts.note(Of::Spans, &Tenant::parse(&format!("t{number}")).unwrap(), &outcome);
        }
        counts.note(Of::Samples, &Tenant::anonymous(), &outcome);
        counts.cut(&Tenant::parse("t1").unwrap(), 2);
        let text = telemetry.text();
        for line in [
            r#"oriel_ingest_refused_rows_total{signal="metrics",reason="too_large"} 30"#,
            r#"oriel_ingest_refused_rows_total{signal="logs",reason="too_large"} 0"#,
            r#"oriel_ingest_refused_rows_total{signal="traces",reason="rate_limited"} 4012"#,
            r#"tempo_discarded_spans_total{reason="trace_too_large",tenant="t999"} 30"#,
            r#"tempo_discarded_spans_total{reason="trace_too_large",tenant="(others)"} 90"#,
            r#"tempo_distributor_attributes_truncated_total{tenant="t1"} 2"#,
        ] {
            assert!(text.lines().any(|there| there == line), "{line} is missing");
        }
        assert!(!text.contains(r#"tenant="t1000""#));
    }
}
