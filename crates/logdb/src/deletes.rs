//! Requests to delete lines: kept as a document a tenant, hidden from queries at once, gone from blocks later.
//!
//! A request is written before it is answered. `read.rs` leaves out the lines of requests that are not processed;
//! `logdb.rs` rewrites the blocks that hold such lines when a request can no longer be taken back, and marks it processed.
//! ```text
//! document "requests" of the collection "log-deletes":
//! version = 2 | requests: count { id: text | query: text | created: zigzag | start: zigzag | end: zigzag | processed: 0 or 1 |
//!   matchers: count { name: text | operator: 0 =, 1 !=, 2 =~, 3 !~ | value: text } |
//!   conditions: count { kind: 0 any, 1 none, 2 pattern, 3 not pattern | texts: count { text } } |
//!   stages: 0 or 1, whether the query has others than these; version 1 has none }
//! ```
//! Invariant: what a request deletes stays deleted over restarts, and a request that was taken back deleted nothing.

use crate::error::LogError;
use crate::predicate::Predicate;
use codec::{CodecError, Reader, put_i64, put_str, put_u64};
use contract::{DeleteRequest, DeleteSelect, LineCondition, LogRow, MakeRowTest, RowTest, TakenBack};
use model::{Labels, MatchOp, Matcher, Nanos, Tenant, TimeRange};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::Clock;
use store::{DocumentKey, Documents, Objects};

/// Since 2 a request tells whether its query has stages beside line filters.
const VERSION: u64 = 2;
const COLLECTION: &str = "log-deletes";
const NAME: &str = "requests";

/// Requests of a tenant that are remembered: each costs every query a look.
const MAX_REQUESTS: usize = 1000;

/// The largest pattern that is compiled again: what queries may bring.
const MAX_PATTERN_BYTES: usize = 10 << 20;

/// A request, ready to judge lines.
#[derive(Debug)]
pub(crate) struct Deletion {
    request: DeleteRequest,
    matchers: Vec<Matcher>,
    lines: Vec<LineCondition>,
    predicate: Predicate,
    test: Option<Arc<dyn RowTest>>,
}

impl Deletion {
    fn new(
        request: DeleteRequest,
        matchers: Vec<Matcher>,
        lines: Vec<LineCondition>,
        test: Option<Arc<dyn RowTest>>,
    ) -> Self {
        let predicate = Predicate::new(&lines);
        Deletion { request, matchers, lines, predicate, test }
    }

    pub(crate) fn id(&self) -> &str {
        &self.request.id
    }

    pub(crate) fn range(&self) -> TimeRange<Nanos> {
        self.request.range
    }

    /// Whether it deletes lines of a stream.
    pub(crate) fn concerns(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels.value(&matcher.name)))
    }

    /// Whether it deletes a line of a stream that it concerns; `row` makes the line with all that is known of it.
    pub(crate) fn deletes(&self, at: i64, line: &[u8], row: impl FnOnce() -> LogRow) -> bool {
        self.request.range.contains(Nanos(at))
            && self.predicate.accepts(line)
            && self.test.as_ref().is_none_or(|test| test.accepts(&row()))
    }
}

type All = Arc<Vec<Arc<Deletion>>>;

/// The requests of all tenants.
pub(crate) struct Deletes {
    documents: Documents,
    clock: Clock,
    make_test: MakeRowTest,
    known: Mutex<HashMap<Tenant, All>>,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
}

impl Deletes {
    pub(crate) fn new(objects: Objects, clock: Clock, make_test: MakeRowTest) -> Self {
        let documents = Documents::new(objects, clock.clone());
        Deletes {
            documents,
            clock,
            make_test,
            known: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
        }
    }

    fn key(tenant: &Tenant) -> DocumentKey {
        DocumentKey { tenant: tenant.clone(), collection: COLLECTION.to_owned(), name: NAME.to_owned() }
    }

    /// All requests of a tenant.
    async fn all(&self, tenant: &Tenant) -> Result<All, LogError> {
        if let Some(all) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(tenant) {
            return Ok(all.clone());
        }
        let document = self.documents.read(&Self::key(tenant)).await?;
        let all: All = match document {
            None => Arc::default(),
            Some(document) => Arc::new(
                decode(&document.bytes, self.make_test)
                    .map_err(LogError::decode(format!("{COLLECTION} of {tenant}")))?,
            ),
        };
        self.remember(tenant, all.clone());
        Ok(all)
    }

    fn remember(&self, tenant: &Tenant, all: All) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), all);
    }

    /// Requests whose lines are still in storage and that touch a range.
    pub(crate) async fn active(
        &self,
        tenant: &Tenant,
        range: &TimeRange<Nanos>,
    ) -> Result<Vec<Arc<Deletion>>, LogError> {
        let touches = |other: &TimeRange<Nanos>| other.start < range.end && range.start < other.end;
        let all = self.all(tenant).await?;
        Ok(all.iter().filter(|d| !d.request.processed && touches(&d.request.range)).cloned().collect())
    }

    /// Requests that can no longer be taken back and are not processed.
    pub(crate) async fn due(
        &self,
        tenant: &Tenant,
        grace: Duration,
        now: Nanos,
    ) -> Result<Vec<Arc<Deletion>>, LogError> {
        let grace = i64::try_from(grace.as_nanos()).unwrap_or(i64::MAX);
        let is_due =
            |d: &&Arc<Deletion>| !d.request.processed && d.request.created.0.saturating_add(grace) <= now.0;
        Ok(self.all(tenant).await?.iter().filter(is_due).cloned().collect())
    }

    pub(crate) async fn requests(&self, tenant: &Tenant) -> Result<Vec<DeleteRequest>, LogError> {
        Ok(self.all(tenant).await?.iter().map(|deletion| deletion.request.clone()).collect())
    }

    /// Writes a request down.
    pub(crate) async fn add(&self, tenant: &Tenant, select: DeleteSelect) -> Result<String, LogError> {
        let _alone = self.changing.lock().await;
        let all = self.all(tenant).await?;
        let created = Nanos(self.clock.now_nanos());
        // Eight hex digits, as clients know them; the count tells requests of one instant apart.
        let seed = format!("{} {} {}", created.0, all.len(), select.query);
        let id = format!("{:08x}", xxhash_rust::xxh3::xxh3_64(seed.as_bytes()) as u32);
        let request = DeleteRequest {
            id: id.clone(),
            query: select.query,
            range: select.range,
            created,
            processed: false,
        };
        let mut kept: Vec<Arc<Deletion>> = all.to_vec();
        if kept.len() >= MAX_REQUESTS {
            let oldest = kept.iter().position(|d| d.request.processed);
            let oldest = oldest.ok_or(LogError::TooManyDeletes { limit: MAX_REQUESTS })?;
            kept.remove(oldest);
        }
        kept.push(Arc::new(Deletion::new(request, select.matchers, select.lines, select.test)));
        self.write(tenant, kept).await?;
        Ok(id)
    }

    /// Forgets a request that is not processed.
    pub(crate) async fn take_back(&self, tenant: &Tenant, id: &str) -> Result<TakenBack, LogError> {
        let _alone = self.changing.lock().await;
        let all = self.all(tenant).await?;
        match all.iter().find(|deletion| deletion.request.id == id) {
            None => Ok(TakenBack::Unknown),
            Some(deletion) if deletion.request.processed => Ok(TakenBack::Processed),
            Some(_) => {
                let kept = all.iter().filter(|deletion| deletion.request.id != id).cloned().collect();
                self.write(tenant, kept).await?;
                Ok(TakenBack::Done)
            }
        }
    }

    /// Notes that a request's lines are gone from storage.
    pub(crate) async fn processed(&self, tenant: &Tenant, id: &str) -> Result<(), LogError> {
        let _alone = self.changing.lock().await;
        let all = self.all(tenant).await?;
        let kept = all.iter().map(|deletion| {
            if deletion.request.id != id {
                return deletion.clone();
            }
            let request = DeleteRequest { processed: true, ..deletion.request.clone() };
            let (matchers, lines) = (deletion.matchers.clone(), deletion.lines.clone());
            Arc::new(Deletion::new(request, matchers, lines, deletion.test.clone()))
        });
        self.write(tenant, kept.collect()).await
    }

    async fn write(&self, tenant: &Tenant, all: Vec<Arc<Deletion>>) -> Result<(), LogError> {
        self.documents.write(&Self::key(tenant), None, &encode(&all)).await?;
        self.remember(tenant, Arc::new(all));
        Ok(())
    }
}

fn encode(all: &[Arc<Deletion>]) -> Vec<u8> {
    let mut out = Vec::new();
    put_u64(&mut out, VERSION);
    put_u64(&mut out, all.len() as u64);
    for Deletion { request, matchers, lines, test, .. } in all.iter().map(AsRef::as_ref) {
        put_str(&mut out, &request.id);
        put_str(&mut out, &request.query);
        for at in [request.created, request.range.start, request.range.end] {
            put_i64(&mut out, at.0);
        }
        put_u64(&mut out, u64::from(request.processed));
        put_u64(&mut out, matchers.len() as u64);
        for matcher in matchers {
            put_str(&mut out, &matcher.name);
            put_u64(&mut out, OPS.iter().position(|op| *op == matcher.op).unwrap_or(0) as u64);
            put_str(&mut out, &matcher.value);
        }
        put_u64(&mut out, lines.len() as u64);
        for line in lines {
            let (kind, texts): (u64, Vec<&str>) = match line {
                LineCondition::ContainsAny(texts) => (0, texts.iter().map(String::as_str).collect()),
                LineCondition::ContainsNone(texts) => (1, texts.iter().map(String::as_str).collect()),
                LineCondition::Matches(pattern) => (2, vec![pattern.as_str()]),
                LineCondition::MatchesNot(pattern) => (3, vec![pattern.as_str()]),
            };
            put_u64(&mut out, kind);
            put_u64(&mut out, texts.len() as u64);
            texts.iter().for_each(|text| put_str(&mut out, text));
        }
        put_u64(&mut out, u64::from(test.is_some()));
    }
    out
}

const OPS: [MatchOp; 4] = [MatchOp::Equal, MatchOp::NotEqual, MatchOp::Regex, MatchOp::NotRegex];

fn decode(bytes: &[u8], make_test: MakeRowTest) -> Result<Vec<Arc<Deletion>>, CodecError> {
    let mut reader = Reader::new(bytes);
    let version = reader.u64()?;
    if !(1..=VERSION).contains(&version) {
        return Err(reader.invalid("delete requests of an unknown version"));
    }
    let count = reader.count()?;
    let mut all = Vec::with_capacity(count.min(MAX_REQUESTS));
    for _ in 0..count {
        let (id, query) = (reader.str()?.to_owned(), reader.str()?.to_owned());
        let created = Nanos(reader.i64()?);
        let range = TimeRange::new(Nanos(reader.i64()?), Nanos(reader.i64()?));
        let processed = reader.u64()? != 0;
        let mut matchers = Vec::new();
        for _ in 0..reader.count()? {
            matchers.push(read_matcher(&mut reader)?);
        }
        let mut lines = Vec::new();
        for _ in 0..reader.count()? {
            lines.push(read_condition(&mut reader)?);
        }
        let tested = version > 1 && reader.u64()? != 0;
        // Without its test a request would delete too much.
        let unknown = || reader.invalid("a query whose stages are not known to this build");
        let test = tested.then(|| make_test(&query).ok_or_else(unknown)).transpose()?;
        let request = DeleteRequest { id, query, range, created, processed };
        all.push(Arc::new(Deletion::new(request, matchers, lines, test)));
    }
    if reader.is_empty() { Ok(all) } else { Err(reader.invalid("bytes after the delete requests")) }
}

fn read_matcher(reader: &mut Reader<'_>) -> Result<Matcher, CodecError> {
    let name = reader.str()?.to_owned();
    let op = usize::try_from(reader.u64()?).ok().and_then(|at| OPS.get(at)).copied();
    let op = op.ok_or_else(|| reader.invalid("an operator that is not known"))?;
    let value = reader.str()?.to_owned();
    Matcher::new(name, op, value).map_err(|_| reader.invalid("a pattern that does not compile"))
}

fn read_condition(reader: &mut Reader<'_>) -> Result<LineCondition, CodecError> {
    let kind = reader.u64()?;
    let mut texts = Vec::new();
    for _ in 0..reader.count()? {
        texts.push(reader.str()?.to_owned());
    }
    let pattern = |texts: &[String]| {
        let text = texts.first().filter(|_| texts.len() == 1)?;
        regex::RegexBuilder::new(text).size_limit(MAX_PATTERN_BYTES).build().ok()
    };
    match kind {
        0 => Some(LineCondition::ContainsAny(texts)),
        1 => Some(LineCondition::ContainsNone(texts)),
        2 => pattern(&texts).map(LineCondition::Matches),
        3 => pattern(&texts).map(LineCondition::MatchesNot),
        _ => None,
    }
    .ok_or_else(|| reader.invalid("a condition on lines that is not known"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn requests_come_back() {
        let request = DeleteRequest {
            id: "0a1b2c3d".to_owned(),
            query: r#"{app="x"} |~ "a.c""#.to_owned(),
            range: TimeRange::new(Nanos(-1), Nanos(9)),
            created: Nanos(5),
            processed: true,
        };
        let matchers = vec![Matcher::new("app", MatchOp::NotRegex, "x|y").unwrap()];
        let lines = vec![
            LineCondition::ContainsNone(vec!["p".to_owned(), "q".to_owned()]),
            LineCondition::Matches(regex::Regex::new("a.c").unwrap()),
        ];
        let all = vec![Arc::new(Deletion::new(request.clone(), matchers.clone(), lines, None))];
        let bytes = encode(&all);
        let back = decode(&bytes, |_| None).unwrap();
        assert_eq!((&back[0].request, &back[0].matchers), (&request, &matchers));
        let deletes = |at, line| back[0].deletes(at, line, || unreachable!("it has no test"));
        assert!(deletes(0, b"abc") && !deletes(0, b"abc q") && !deletes(9, b"abc"));
        assert!(decode(&bytes[..bytes.len() - 1], |_| None).is_err());
        // Before there were tests.
        let earlier = [&[1], &bytes[1..bytes.len() - 1]].concat();
        assert_eq!(decode(&earlier, |_| None).unwrap()[0].request, request);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes, |_| None);
        }
    }
}
