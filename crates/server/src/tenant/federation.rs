//! Reading the series of several tenants at once: `X-Scope-OrgID: a|b`.
//!
//! Each series carries its tenant as `__tenant_id__`, which matchers may select by; a label of that name that a series has of
//! its own becomes `original___tenant_id__`. One tenant reads as ever. Writing takes one tenant only.
//! Source: <https://grafana.com/docs/mimir/latest/references/http-api/>

use crate::error::Fault;
use crate::state::State;
use contract::{Answer, Context, Digest, LabelSelect, Series, SeriesSelect, SeriesSource, SourceError};
use http::HeaderMap;
use model::{Exemplar, Labels, LabelsBuilder, Matcher, Metadata, Tenant};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The label of a series' tenant.
const TENANT: &str = "__tenant_id__";
/// What a label of that name is called that was there before.
const ORIGINAL: &str = "original___tenant_id__";
/// Tenants of one request: each is a whole query of its own.
const MAX_TENANTS: usize = 32;

impl State {
    /// The series that a request may read, and the tenant whose limits hold for it: the first that it names.
    pub(crate) fn reader(&self, headers: &HeaderMap) -> Result<(Tenant, Arc<dyn SeriesSource>), Fault> {
        let tenants = self.options.tenancy.all_of(headers)?;
        if tenants.len() > MAX_TENANTS {
            return Err(Fault::invalid(format!("too many tenants, max: {MAX_TENANTS}")));
        }
        let source = self.engines.series.clone();
        let first = tenants[0].clone();
        Ok(match tenants.len() {
            1 => (first, source),
            _ => (first, Arc::new(Federated { source, tenants })),
        })
    }
}

/// Several tenants as one source.
struct Federated {
    source: Arc<dyn SeriesSource>,
    /// Sorted, each once, at least two.
    tenants: Vec<Tenant>,
}

/// A set without its matchers of the tenant, when `tenant` satisfies those.
fn of_tenant(set: &[Matcher], tenant: &Tenant) -> Option<Vec<Matcher>> {
    let (own, others): (Vec<&Matcher>, Vec<&Matcher>) = set.iter().partition(|m| m.name == TENANT);
    let renamed = |m: &Matcher| {
        let mut matcher = m.clone();
        if matcher.name == ORIGINAL {
            TENANT.clone_into(&mut matcher.name);
        }
        matcher
    };
    own.iter().all(|m| m.matches(tenant.as_str())).then(|| others.into_iter().map(renamed).collect())
}

fn labelled(labels: &Labels, tenant: &Tenant) -> Labels {
    let mut builder = LabelsBuilder::from(labels);
    if let Some(own) = labels.get(TENANT) {
        builder.set(ORIGINAL, own);
    }
    builder.set(TENANT, tenant.as_str());
    builder.build()
}

impl Federated {
    fn context(&self, cx: &Context, tenant: &Tenant) -> Context {
        Context { tenant: tenant.clone(), ..cx.clone() }
    }

    /// The series of all tenants, or what stands for their samples.
    async fn select_all(
        &self,
        cx: &Context,
        select: SeriesSelect,
        digest: Option<(Digest, i64)>,
    ) -> Result<Vec<Series>, SourceError> {
        let mut all = Vec::new();
        for tenant in &self.tenants {
            let Some(matchers) = of_tenant(&select.matchers, tenant) else { continue };
            let select = SeriesSelect { matchers, ..select };
            let cx = self.context(cx, tenant);
            // Once one tenant has digests all are asked for them: a query reads all of its series alike.
            let found = match digest {
                Some((digest, edges)) => self.source.select_digest(&cx, select, digest, edges).await?,
                None => self.source.select(&cx, select).await?,
            };
            all.extend(found.into_iter().map(|s| Series { labels: labelled(&s.labels, tenant), ..s }));
        }
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(all)
    }

    /// What to ask of each tenant: those that no set can match are left out.
    fn selects<'a>(&'a self, select: &'a LabelSelect) -> impl Iterator<Item = (&'a Tenant, LabelSelect)> {
        self.tenants.iter().filter_map(|tenant| {
            let sets = select.matchers.iter().filter_map(|set| of_tenant(set, tenant));
            let matchers: Vec<Vec<Matcher>> = sets.collect();
            let asked = select.matchers.is_empty() || !matchers.is_empty();
            asked.then(|| (tenant, LabelSelect { matchers, ..select.clone() }))
        })
    }

    /// What all tenants have, sorted, at most `limit` (0: all).
    fn limited<T>(all: BTreeSet<T>, limit: usize) -> Vec<T> {
        all.into_iter().take(if limit == 0 { usize::MAX } else { limit }).collect()
    }
}

impl SeriesSource for Federated {
    fn select<'a>(&'a self, cx: &'a Context, select: SeriesSelect) -> Answer<'a, Vec<Series>> {
        Box::pin(self.select_all(cx, select, None))
    }

    fn has_digests(&self, cx: &Context) -> bool {
        self.tenants.iter().any(|tenant| self.source.has_digests(&self.context(cx, tenant)))
    }

    fn select_digest<'a>(
        &'a self,
        cx: &'a Context,
        select: SeriesSelect,
        digest: Digest,
        edges: i64,
    ) -> Answer<'a, Vec<Series>> {
        Box::pin(self.select_all(cx, select, Some((digest, edges))))
    }

    fn series<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move {
            let mut all = BTreeSet::new();
            for (tenant, select) in self.selects(&select) {
                let found = self.source.series(&self.context(cx, tenant), select).await?;
                all.extend(found.iter().map(|labels| labelled(labels, tenant)));
            }
            Ok(Self::limited(all, select.limit))
        })
    }

    fn label_names<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let mut all = BTreeSet::new();
            for (tenant, select) in self.selects(&select) {
                let found = self.source.label_names(&self.context(cx, tenant), select).await?;
                if !found.is_empty() {
                    all.insert(TENANT.to_owned());
                }
                all.extend(found.into_iter().map(|n| if n == TENANT { ORIGINAL.to_owned() } else { n }));
            }
            Ok(Self::limited(all, select.limit))
        })
    }

    fn label_values<'a>(
        &'a self,
        cx: &'a Context,
        name: &'a str,
        select: LabelSelect,
    ) -> Answer<'a, Vec<String>> {
        let stored = if name == ORIGINAL { TENANT } else { name };
        Box::pin(async move {
            let mut all = BTreeSet::new();
            for (tenant, select) in self.selects(&select) {
                if name == TENANT {
                    all.insert(tenant.to_string());
                    continue;
                }
                all.extend(self.source.label_values(&self.context(cx, tenant), stored, select).await?);
            }
            Ok(Self::limited(all, select.limit))
        })
    }

    fn exemplars<'a>(
        &'a self,
        cx: &'a Context,
        select: LabelSelect,
    ) -> Answer<'a, Vec<(Labels, Vec<Exemplar>)>> {
        Box::pin(async move {
            let mut all = Vec::new();
            for (tenant, select) in self.selects(&select) {
                let found = self.source.exemplars(&self.context(cx, tenant), select).await?;
                all.extend(found.into_iter().map(|(labels, found)| (labelled(&labels, tenant), found)));
            }
            all.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(all)
        })
    }

    fn metadata<'a>(&'a self, cx: &'a Context, family: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        Box::pin(async move {
            let mut all: Vec<Metadata> = Vec::new();
            for tenant in &self.tenants {
                for metadata in self.source.metadata(&self.context(cx, tenant), family).await? {
                    if !all.contains(&metadata) {
                        all.push(metadata);
                    }
                }
            }
            all.sort_by(|a, b| a.family.cmp(&b.family));
            Ok(all)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;
    use crate::state::Options;
    use contract::Need;
    use model::{MatchOp, MetricBatch, Millis, TimeRange};

    /// Has digests of tenant `b` alone, whose series are one sample that tells who was asked for what.
    struct Digesting;

    impl SeriesSource for Digesting {
        fn select<'a>(&'a self, cx: &'a Context, _: SeriesSelect) -> Answer<'a, Vec<Series>> {
            Box::pin(async { Ok(vec![one(cx, -1.0)]) })
        }
        fn has_digests(&self, cx: &Context) -> bool {
            cx.tenant.as_str() == "b"
        }
        fn select_digest<'a>(
            &'a self,
            cx: &'a Context,
            _: SeriesSelect,
            _: Digest,
            edges: i64,
        ) -> Answer<'a, Vec<Series>> {
            Box::pin(async move { Ok(vec![one(cx, edges as f64)]) })
        }
        fn series<'a>(&'a self, _: &'a Context, _: LabelSelect) -> Answer<'a, Vec<Labels>> {
            Box::pin(async { Ok(Vec::new()) })
        }
        fn label_names<'a>(&'a self, _: &'a Context, _: LabelSelect) -> Answer<'a, Vec<String>> {
            Box::pin(async { Ok(Vec::new()) })
        }
        fn label_values<'a>(&'a self, _: &'a Context, _: &'a str, _: LabelSelect) -> Answer<'a, Vec<String>> {
            Box::pin(async { Ok(Vec::new()) })
        }
        fn exemplars<'a>(
            &'a self,
            _: &'a Context,
            _: LabelSelect,
        ) -> Answer<'a, Vec<(Labels, Vec<Exemplar>)>> {
            Box::pin(async { Ok(Vec::new()) })
        }
        fn metadata<'a>(&'a self, _: &'a Context, _: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    fn one(cx: &Context, value: f64) -> Series {
        Series {
            labels: Labels::from_pairs([("of", cx.tenant.as_str())]),
            timestamps: Arc::from([1]),
            values: Arc::from([value]),
            histograms: Vec::new(),
            starts: None,
            histogram_starts: None,
        }
    }

    #[tokio::test]
    async fn digests_of_one_tenant_are_asked_of_all() {
        let read = async |tenants: &[&str]| {
            let tenants = tenants.iter().map(|tenant| Tenant::parse(tenant).unwrap()).collect();
            let federated = Federated { source: Arc::new(Digesting), tenants };
            let cx = Context::for_tests();
            let range = TimeRange::new(Millis(0), Millis(9));
            let select = SeriesSelect { matchers: Vec::new(), range, need: Need::Samples };
            let found = federated.select_digest(&cx, select, Digest::Sum, 60).await.unwrap();
            (federated.has_digests(&cx), found.iter().map(|s| s.values[0]).collect::<Vec<_>>())
        };
        assert_eq!(read(&["a", "b"]).await, (true, vec![60.0, 60.0]));
        assert!(!read(&["a", "c"]).await.0);
    }

    #[tokio::test]
    async fn tenants_are_read_together_and_told_apart() {
        let (state, store) = fakes::state(Options::default());
        let mut batch = MetricBatch::default();
        batch.push_series(
            &Labels::from_pairs([("__name__", "up"), ("__tenant_id__", "x")]),
            &[model::Sample { at: Millis(1), value: 1.0 }],
        );
        store.metrics.lock().unwrap().push(batch);
        let mut headers = HeaderMap::new();
        headers.insert("x-scope-orgid", "b|a|b".parse().unwrap());
        let (first, source) = state.reader(&headers).unwrap();
        let cx = state.query_context(first, None);
        let range = TimeRange::new(Millis(0), Millis(9));
        let select = |matchers: Vec<Matcher>| SeriesSelect { matchers, range, need: Need::Samples };
        let up = Matcher::equal("__name__", "up");
        let both = source.select(&cx, select(vec![up.clone()])).await.unwrap();
        let shown: Vec<String> = both.iter().map(|s| s.labels.to_string()).collect();
        assert_eq!(
            shown,
            ["a", "b"].map(|tenant| format!(
                r#"{{__name__="up", __tenant_id__="{tenant}", original___tenant_id__="x"}}"#
            ))
        );
        let not_a = Matcher::new(TENANT, MatchOp::NotEqual, "a").unwrap();
        assert_eq!(source.select(&cx, select(vec![up.clone(), not_a.clone()])).await.unwrap().len(), 1);
        let of = |matchers| LabelSelect { matchers, range, limit: 0 };
        assert_eq!(source.label_values(&cx, TENANT, of(vec![vec![not_a]])).await.unwrap(), ["b"]);
        assert_eq!(source.label_values(&cx, ORIGINAL, of(Vec::new())).await.unwrap(), ["x"]);
        assert_eq!(source.label_names(&cx, of(Vec::new())).await.unwrap(), ["__name__", TENANT, ORIGINAL]);
        assert_eq!(source.series(&cx, of(vec![vec![up]])).await.unwrap().len(), 2);
        headers.insert("x-scope-orgid", "a|".parse().unwrap());
        assert!(state.reader(&headers).is_err());
    }
}
