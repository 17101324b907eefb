//! Pairs of senders that scrape the same targets: of the replicas of a cluster one is elected, and only its samples are taken.
//!
//! On the write walk between decoding and [`crate::ingest::Front`]. A series that names its cluster and its replica belongs to
//! a pair; any other is let through as it is. When the elected replica has not been heard of for the failover time, the next
//! one to be heard is elected. Of what is taken the label of the replica goes, so that both write the same series.
//! Invariant: at any time at most one replica of a cluster is elected, and a batch is judged at one instant.
//! Source: <https://grafana.com/docs/mimir/latest/configure/configure-high-availability-deduplication/>

use crate::telemetry::{Counter, Registry};
use model::{MetricBatch, SeriesView, Tenant};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A cluster that was not heard of for so long makes room for others.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30 * 60);

/// How replicas are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaOptions {
    /// The label that names a cluster.
    pub cluster_label: String,
    /// The label that names a replica; it is not stored.
    pub replica_label: String,
    /// When another replica is elected.
    pub failover: Duration,
    /// Clusters of one tenant.
    pub max_clusters: usize,
}

impl Default for ReplicaOptions {
    /// The replaced system's.
    fn default() -> Self {
        ReplicaOptions {
            cluster_label: "cluster".to_owned(),
            replica_label: "__replica__".to_owned(),
            failover: Duration::from_secs(30),
            max_clusters: 100,
        }
    }
}

/// The elected replicas of all tenants.
pub struct Replicas {
    options: ReplicaOptions,
    elected: Mutex<HashMap<Tenant, HashMap<String, Elected>>>,
    deduplicated: Counter,
    elections: Counter,
}

struct Elected {
    replica: String,
    heard: Duration,
}

/// What is taken of a batch.
#[derive(Debug, Default)]
pub struct Admitted {
    /// Series without the label of their replica.
    pub batch: MetricBatch,
    /// Samples of replicas that are not elected.
    pub deduplicated: u64,
    /// Why the first of them was not taken.
    pub reason: String,
    /// Why the first series of a cluster that is one too many was not taken.
    pub refused: Option<String>,
}

/// The elected replica of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElectedReplica {
    /// Whose.
    pub tenant: Tenant,
    /// The cluster.
    pub cluster: String,
    /// Which of its replicas.
    pub replica: String,
    /// Since when it was not heard.
    pub silent: Duration,
    /// When another one is elected.
    pub failover: Duration,
}

/// What becomes of the series of one replica.
#[derive(Debug, Clone)]
enum Verdict {
    Taken,
    NotElected(String),
    TooMany,
}

impl Replicas {
    /// Nobody is elected yet.
    pub fn new(options: ReplicaOptions, telemetry: &Registry) -> Self {
        let count = |name, help| telemetry.counter(name, help, &[]);
        Replicas {
            options,
            elected: Mutex::default(),
            deduplicated: count(
                "oriel_replicas_deduplicated_samples_total",
                "Samples of replicas that are not elected.",
            ),
            elections: count("oriel_replicas_elections_total", "How often a replica was elected."),
        }
    }

    /// What is taken of a batch that arrived at `now`, a monotonic time.
    pub fn admit(&self, tenant: &Tenant, batch: MetricBatch, now: Duration) -> Admitted {
        let of = |series: SeriesView<'_>| -> Option<(String, String)> {
            let (cluster, replica) =
                (series.value(&self.options.cluster_label), series.value(&self.options.replica_label));
            (!cluster.is_empty() && !replica.is_empty()).then(|| (cluster.to_owned(), replica.to_owned()))
        };
        if batch.series().all(|series| series.value(&self.options.replica_label).is_empty()) {
            return Admitted { batch, ..Admitted::default() };
        }
        let mut out = Admitted::default();
        out.batch.metadata.clone_from(&batch.metadata);
        out.batch.known.clone_from(&batch.known);
        let mut verdicts: HashMap<(String, String), Verdict> = HashMap::new();
        let mut elected = self.elected();
        let clusters = elected.entry(tenant.clone()).or_default();
        for series in batch.series() {
            let Some(pair) = of(series) else {
                out.batch.copy_series(series, |_| true, |_| true);
                continue;
            };
            let verdict = verdicts
                .entry(pair)
                .or_insert_with_key(|(cluster, replica)| self.judge(clusters, cluster, replica, now));
            match verdict {
                Verdict::Taken => {
                    let replica = &self.options.replica_label;
                    out.batch.copy_series(series, |_| true, |name| name != replica);
                }
                Verdict::NotElected(reason) => {
                    out.deduplicated += (series.samples().len() + series.histograms().len()) as u64;
                    if out.reason.is_empty() {
                        out.reason.clone_from(reason);
                    }
                }
                Verdict::TooMany => {
                    let limit = self.options.max_clusters;
                    out.refused.get_or_insert_with(|| {
                        format!("the write request has been rejected because the maximum number of high-availability (HA) clusters has been reached for this tenant (limit: {limit})")
                    });
                }
            }
        }
        drop(elected);
        self.deduplicated.add(out.deduplicated);
        out
    }

    /// All elected replicas at `now`, by tenant and cluster.
    pub fn listed(&self, now: Duration) -> Vec<ElectedReplica> {
        let elected = self.elected();
        let mut all: Vec<ElectedReplica> = elected
            .iter()
            .flat_map(|(tenant, clusters)| clusters.iter().map(move |(cluster, one)| (tenant, cluster, one)))
            .map(|(tenant, cluster, one)| ElectedReplica {
                tenant: tenant.clone(),
                cluster: cluster.clone(),
                replica: one.replica.clone(),
                silent: now.saturating_sub(one.heard),
                failover: self.options.failover,
            })
            .collect();
        all.sort_by(|a, b| (&a.tenant, &a.cluster).cmp(&(&b.tenant, &b.cluster)));
        all
    }

    fn judge(
        &self,
        clusters: &mut HashMap<String, Elected>,
        cluster: &str,
        replica: &str,
        now: Duration,
    ) -> Verdict {
        if let Some(elected) = clusters.get_mut(cluster) {
            let silent = now.saturating_sub(elected.heard);
            if elected.replica != replica {
                if silent <= self.options.failover {
                    return Verdict::NotElected(format!(
                        "replicas did not match, rejecting sample: replica={replica}, elected={}",
                        elected.replica
                    ));
                }
                tracing::info!(cluster, replica, before = elected.replica, "another replica is elected");
                self.elections.add(1);
                replica.clone_into(&mut elected.replica);
            }
            elected.heard = now;
            return Verdict::Taken;
        }
        if clusters.len() >= self.options.max_clusters {
            clusters.retain(|_, elected| now.saturating_sub(elected.heard) < FORGOTTEN_AFTER);
        }
        if clusters.len() >= self.options.max_clusters {
            return Verdict::TooMany;
        }
        self.elections.add(1);
        clusters.insert(cluster.to_owned(), Elected { replica: replica.to_owned(), heard: now });
        Verdict::Taken
    }

    fn elected(&self) -> MutexGuard<'_, HashMap<Tenant, HashMap<String, Elected>>> {
        // An election is one insertion: a panic elsewhere leaves the map whole.
        self.elected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Labels, Millis, Sample};

    fn batch(series: &[(&str, &str, &str)]) -> MetricBatch {
        let mut batch = MetricBatch::default();
        for (name, cluster, replica) in series {
            let labels = [("__name__", *name), ("cluster", cluster), ("__replica__", replica)];
            batch.push_series(&Labels::from_pairs(labels), &[Sample { at: Millis(1), value: 1.0 }]);
        }
        batch
    }

    fn shown(admitted: &Admitted) -> Vec<String> {
        admitted.batch.series().map(|series| series.to_labels().to_string()).collect()
    }

    #[test]
    fn one_replica_of_a_cluster_is_taken_until_it_falls_silent() {
        let options = ReplicaOptions { max_clusters: 2, ..ReplicaOptions::default() };
        let replicas = Replicas::new(options, &Registry::default());
        let tenant = Tenant::anonymous();
        let send = |seconds: u64, series: &[(&str, &str, &str)]| {
            replicas.admit(&tenant, batch(series), Duration::from_secs(seconds))
        };
        let plain = r#"{__name__="up", cluster="a"}"#;
        assert_eq!(shown(&send(0, &[("up", "a", "r1")])), [plain]);
        let other = send(5, &[("up", "a", "r2")]);
        assert_eq!((shown(&other).len(), other.deduplicated), (0, 1));
        assert_eq!(other.reason, "replicas did not match, rejecting sample: replica=r2, elected=r1");
        // The elected one is heard again; the other one does not count its silence from the start.
        assert_eq!(shown(&send(20, &[("up", "a", "r1")])), [plain]);
        assert_eq!(send(50, &[("up", "a", "r2")]).deduplicated, 1);
        assert_eq!(shown(&send(51, &[("up", "a", "r2")])), [plain]);
        assert_eq!(send(52, &[("up", "a", "r1")]).deduplicated, 1);
        // Series of several clusters and of none are judged one by one.
        let mixed = send(
            53,
            &[("up", "a", "r1"), ("up", "b", "x"), ("up", "", "r1"), ("up", "a", ""), ("up", "a", "r2")],
        );
        assert_eq!(
            shown(&mixed),
            [r#"{__name__="up", cluster="b"}"#, r#"{__name__="up", __replica__="r1"}"#, plain, plain]
        );
        assert_eq!(mixed.deduplicated, 1);
        // Another tenant has elections of its own.
        let team = Tenant::parse("team").unwrap();
        assert_eq!(
            shown(&replicas.admit(&team, batch(&[("up", "a", "r1")]), Duration::from_secs(53))),
            [plain]
        );
        // A third cluster has to wait until one of the others is forgotten.
        assert!(send(60, &[("up", "c", "x")]).refused.unwrap().contains("limit: 2"));
        assert_eq!(shown(&send(60 + 1800, &[("up", "c", "x")])), [r#"{__name__="up", cluster="c"}"#]);
    }
}
