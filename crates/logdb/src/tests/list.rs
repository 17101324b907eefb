//! The engine against a plain list of lines: random steps, and every answer as the list gives it.

use super::*;

/// What a test does.
#[derive(Debug, Clone)]
enum Step {
    Append(usize, Vec<(usize, Vec<LogEntry>)>),
    Flush,
    Merge(Room),
    Reopen,
    Query(usize, Ask),
}

#[derive(Debug, Clone)]
struct Ask {
    matchers: Vec<Matcher>,
    range: TimeRange<Nanos>,
    backward: bool,
    lines: Vec<LineCondition>,
    metadata: Vec<(String, String)>,
}

const STREAMS: [&[(&str, &str)]; 4] =
    [&[("app", "web"), ("host", "a")], &[("app", "web"), ("host", "b")], &[("app", "api")], &[("job", "x")]];

/// Times are multiples of so much: whole minutes are among them.
const TICK: i64 = 20 * SECOND;

fn entries() -> impl Strategy<Value = Vec<LogEntry>> {
    let line = prop_oneof!["[ab ]{0,4}", "id=[0-9]{1,3} (GET|POST) é", Just(String::new())];
    let metadata = prop_oneof![3 => Just(vec![]), 1 => Just(vec![("detected_level", "info")]), 1 => Just(vec![("trace", "7"), ("k", "")])];
    prop::collection::vec((0i64..40, line, metadata), 1..12)
        .prop_map(|all| all.into_iter().map(|(at, line, set)| entry(at * TICK, &line, &set)).collect())
}

fn ask() -> impl Strategy<Value = Ask> {
    let matchers = prop_oneof![
        Just(vec![]),
        Just(vec![Matcher::equal("app", "web")]),
        Just(vec![Matcher::new("host", MatchOp::Regex, "a|c").unwrap()]),
        Just(vec![Matcher::new("app", MatchOp::NotEqual, "web").unwrap()]),
    ];
    let condition = prop_oneof![
        "[ab= 0-9GE]{0,3}".prop_map(|text| LineCondition::ContainsAny(vec![text])),
        Just(LineCondition::ContainsAny(vec!["GET".into(), "aa".into()])),
        Just(LineCondition::ContainsNone(vec!["é".into()])),
        Just(LineCondition::Matches(compile("id=[1-5]+ P", Anchors::None, false).unwrap())),
        Just(LineCondition::MatchesNot(compile("^a", Anchors::None, false).unwrap())),
    ];
    let lines = prop::collection::vec(condition, 0..3);
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let metadata = prop_oneof![
        4 => Just(vec![]),
        1 => Just(pair("trace", "7")),
        1 => Just(pair("trace", "8")),
        1 => Just(pair("app", "web")),
        1 => Just([pair("host", "a"), pair("detected_level", "info")].concat()),
    ];
    (matchers, 0i64..40, 0i64..45, any::<bool>(), lines, metadata).prop_map(
        |(matchers, start, end, backward, lines, metadata)| {
            let range = TimeRange::new(Nanos(start * TICK), Nanos(end * TICK));
            Ask { matchers, range, backward, lines, metadata }
        },
    )
}

/// From windows of a few rows, and pages of a few rows that are kept, to those of real blocks.
fn room() -> impl Strategy<Value = Room> {
    let small = (1usize..20, 8usize..200, 1usize..20).prop_map(|(rows, text, keep_rows)| Room {
        rows,
        text,
        keep_rows,
        keep_text: usize::MAX,
    });
    prop_oneof![3 => small, 1 => Just(Room::default())]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..2, prop::collection::vec((0usize..4, entries()), 1..4)).prop_map(|(t, all)| Step::Append(t, all)),
        1 => Just(Step::Flush),
        1 => room().prop_map(Step::Merge),
        1 => Just(Step::Reopen),
        3 => (0usize..2, ask()).prop_map(|(t, ask)| Step::Query(t, ask)),
    ]
}

/// The list: tenant, stream, entry, in the order of arrival.
#[derive(Default)]
struct List(Vec<(usize, Labels, LogEntry)>);

impl List {
    fn answer(&self, tenant: usize, ask: &Ask) -> Vec<String> {
        let mut rows: Vec<(usize, &Labels, &LogEntry)> = Vec::new();
        for (place, (owner, labels, entry)) in self.0.iter().enumerate() {
            let wanted = *owner == tenant
                && ask.range.contains(entry.at)
                && ask.matchers.iter().all(|m| m.matches(labels.value(&m.name)))
                && ask.lines.iter().all(|condition| condition.accepts(entry.text()))
                && ask.metadata.iter().all(|(name, value)| {
                    labels.value(name) == value
                        || entry.metadata.iter().any(|(n, v)| **n == **name && **v == **value)
                });
            if wanted && !rows.iter().any(|(_, l, e)| *l == labels && *e == entry) {
                rows.push((place, labels, entry));
            }
        }
        rows.sort_by(|a, b| {
            let flip = |order: std::cmp::Ordering| if ask.backward { order.reverse() } else { order };
            flip(a.2.at.cmp(&b.2.at))
                .then_with(|| a.1.stable_hash().cmp(&b.1.stable_hash()))
                .then_with(|| flip(a.0.cmp(&b.0)))
        });
        rows.iter().map(|(_, l, e)| format!("{} {l} {} {:?}", e.at.0, e.text(), e.metadata)).collect()
    }

    fn streams(&self, tenant: usize, ask: &Ask) -> Vec<Labels> {
        let own = self.0.iter().filter(|(owner, labels, entry)| {
            *owner == tenant
                && ask.range.contains(entry.at)
                && ask.matchers.iter().all(|m| m.matches(labels.value(&m.name)))
        });
        let mut all: Vec<Labels> = own.map(|(_, labels, _)| labels.clone()).collect();
        all.sort();
        all.dedup();
        all
    }
}

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Lines and bytes by stream, metadata that is told apart, and cell.
type Counted = std::collections::BTreeMap<String, (u64, u64)>;

fn told(
    labels: &Labels,
    metadata: &[(Arc<str>, Arc<str>)],
    cell: i64,
    names: &Option<Vec<String>>,
) -> String {
    let kept =
        metadata.iter().filter(|(n, _)| names.as_ref().is_none_or(|names| names.iter().any(|m| **m == **n)));
    format!("{labels} {:?} {cell}", kept.collect::<Vec<_>>())
}

impl List {
    fn counts(&self, tenant: usize, ask: &Ask, count: &CountSelect) -> Counted {
        let mut seen = std::collections::HashSet::new();
        let mut out = Counted::new();
        for (owner, labels, entry) in &self.0 {
            let wanted = *owner == tenant
                && ask.range.contains(entry.at)
                && ask.matchers.iter().all(|m| m.matches(labels.value(&m.name)));
            if wanted && seen.insert(format!("{labels} {entry:?}")) {
                let cell = ((entry.at.0 - count.origin) as f64 / count.width as f64).ceil() as i64;
                let sum = out.entry(told(labels, &entry.metadata, cell, &count.names)).or_default();
                *sum = (sum.0 + 1, sum.1 + entry.line.len() as u64);
            }
        }
        out
    }
}

async fn scanned(db: &LogDb, cx: &Context, select: LogSelect) -> Vec<String> {
    let found: Arc<std::sync::Mutex<Vec<LogRow>>> = Arc::default();
    let taken = found.clone();
    let visit: RowVisitor = Arc::new(move |rows| {
        taken.lock().unwrap().extend_from_slice(rows);
        Ok(())
    });
    db.scan(cx, select, visit).await.unwrap();
    let mut all = shown(&found.lock().unwrap());
    all.sort();
    all
}

async fn counted(db: &LogDb, cx: &Context, count: CountSelect) -> Counted {
    let names = count.names.clone();
    let mut out = Counted::new();
    for row in db.count(cx, count).await.unwrap().unwrap() {
        let sum = out.entry(told(&row.stream.labels, &row.metadata, row.cell, &names)).or_default();
        *sum = (sum.0 + row.lines, sum.1 + row.bytes);
    }
    out
}

async fn run(steps: Vec<Step>) {
    let place = Place::new();
    let mut db = place.open().await;
    let mut list = List::default();
    for step in steps {
        match step {
            Step::Append(owner, streams) => {
                let mut batch = LogBatch::default();
                for (stream, entries) in streams {
                    let labels = Labels::from_pairs(STREAMS[stream].iter().copied());
                    list.0.extend(entries.iter().map(|e| (owner, labels.clone(), e.clone())));
                    batch.streams.push(StreamEntries { labels, entries });
                }
                let rows = batch.len() as u64;
                let outcome = db.append(&context(&tenant(owner)), batch).await.unwrap();
                assert_eq!(outcome.accepted, rows);
            }
            Step::Flush => db.flush().await.unwrap(),
            Step::Merge(room) => {
                for owner in 0..2 {
                    merge_all(&db, &place.options().await, &tenant(owner), room).await;
                }
            }
            Step::Reopen => {
                drop(db);
                db = place.open().await;
            }
            Step::Query(owner, ask) => {
                let cx = context(&tenant(owner));
                let direction = if ask.backward { Direction::Backward } else { Direction::Forward };
                let (matchers, lines, metadata) =
                    (ask.matchers.clone(), ask.lines.clone(), ask.metadata.clone());
                let (range, everything) = (ask.range, everything(direction));
                let select = LogSelect { matchers, range, lines, metadata, ..everything };
                // Pages that are asked for again are kept unpacked, and answer alike.
                for time in 0..2 {
                    let rows = read(&db, &cx, select.clone()).await;
                    assert_eq!(shown(&rows), list.answer(owner, &ask), "{ask:?}, time {time}");
                    let mut sorted = shown(&rows);
                    sorted.sort();
                    assert_eq!(scanned(&db, &cx, select.clone()).await, sorted, "scan {ask:?}, time {time}");
                }
                for (names, origin, width) in [
                    (None, 3, 7 * SECOND),
                    (Some(vec!["detected_level".to_owned()]), 0, MINUTE),
                    (Some(vec!["trace".to_owned()]), -SECOND, i64::MAX / 2),
                ] {
                    let matchers = ask.matchers.clone();
                    let count = CountSelect { matchers, range: ask.range, origin, width, names };
                    let wanted = list.counts(owner, &Ask { lines: vec![], ..ask.clone() }, &count);
                    assert_eq!(counted(&db, &cx, count.clone()).await, wanted, "{ask:?} {count:?}");
                }
                let streams = db.streams(&cx, vec![ask.matchers.clone()], ask.range).await.unwrap();
                let labels: Vec<Labels> = streams.into_iter().map(|(labels, ..)| labels).collect();
                assert_eq!(labels, list.streams(owner, &ask));
                let named = db.stream_labels(&cx, vec![ask.matchers.clone()], ask.range).await.unwrap();
                assert_eq!(named, labels);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn queries_answer_as_a_list_would(steps in prop::collection::vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(steps));
    }
}
