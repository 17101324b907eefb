//! Whole runs: a script, a server, and what is left of it: exit code, summary, files, requests, samples.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "runs/target.rs"]
mod target;

use load::{ExitCode, LoadArgs};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use target::Target;

/// What a run left behind.
struct Ran {
    code: ExitCode,
    summary: Value,
    folder: tempfile::TempDir,
    target: Target,
}

impl Ran {
    fn metric(&self, name: &str, field: &str) -> f64 {
        self.summary["metrics"][name][field]
            .as_f64()
            .unwrap_or_else(|| panic!("{name}.{field}: {:#}", self.summary))
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

/// Runs a script with flags and variables; `BASE` of `__ENV` is the server.
fn run(script: &str, flags: &[&str], env: &[(&str, &str)], ingest: Option<Arc<dyn contract::Ingest>>) -> Ran {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start());
    std::fs::write(folder.path().join("script.js"), script).unwrap();
    let mut args: Vec<String> =
        vec!["run".into(), "--quiet".into(), "--summary-export".into(), "s.json".into()];
    args.extend(flags.iter().map(|f| f.replace("{BASE}", &target.base)));
    args.push("script.js".into());
    let mut map: BTreeMap<String, String> = BTreeMap::from([("BASE".into(), target.base.clone())]);
    map.extend(env.iter().map(|(k, v)| ((*k).to_owned(), v.replace("{BASE}", &target.base))));
    let cwd = folder.path().to_owned();
    let code = load::run(LoadArgs { args, env: map, cwd, clock: stdx::Clock::system(), ingest });
    let summary = std::fs::read_to_string(folder.path().join("s.json")).ok();
    let summary = summary.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    Ran { code, summary, folder, target }
}

fn check(script: &str, flags: &[&str], wanted: ExitCode) -> Ran {
    let ran = run(script, flags, &[], None);
    assert_eq!(ran.code, wanted, "{script}");
    ran
}

#[test]
fn requests_checks_groups_and_thresholds_are_counted() {
    let script = "
        import http from 'k6/http';
        import { check, group } from 'k6';
        import { Trend } from 'k6/metrics';
        const t = new Trend('mine', true);
        export const options = { vus: 2, iterations: 6, thresholds: {
            http_reqs: ['count==18'], 'http_reqs{status:404}': ['count==6'], checks: ['rate==0.5'], mine: ['p(50)==7'] } };
        export default function () {
            const r = http.post(__ENV.BASE + '/echo', { b: 'x y', a: [1, 2] });
            group('G', () => check(r, { right: (r) => r.json('body') === 'a=1&a=2&b=x+y', wrong: (r) => r.status === 500 }));
            http.get(__ENV.BASE + '/status/404', { tags: { name: 'Missing' } });
            http.get('http://127.0.0.1:1/refused');
            t.add(7);
        }";
    let ran = check(script, &["-o", "json=out.json"], ExitCode::Success);
    assert_eq!(ran.metric("http_reqs", "count"), 18.0);
    assert_eq!(ran.metric("http_req_failed", "passes"), 12.0);
    assert_eq!(ran.metric("iterations", "count"), 6.0);
    assert_eq!(ran.summary["root_group"]["groups"]["G"]["checks"]["right"]["passes"], 6);
    assert_eq!(ran.target.asked().len(), 12);
    let points = ran.file("out.json");
    assert!(
        points.lines().any(|l| l.contains("\"name\":\"Missing\"") && l.contains("\"error_code\":\"1404\""))
    );
    assert!(points.lines().any(|l| l.contains("\"error_code\":\"1212\"") && l.contains("\"status\":\"0\"")));
}

#[test]
fn redirects_cookies_batches_and_forms() {
    let script = "
        import http from 'k6/http';
        import { check } from 'k6';
        export default function () {
            const r = http.get(__ENV.BASE + '/redirect');
            check(r, { followed: (r) => r.url.endsWith('/echo') && r.json('cookie') === 'seen=yes' });
            const all = http.batch({ a: __ENV.BASE + '/echo', b: ['PUT', __ENV.BASE + '/echo', 'raw'] });
            check(all, { both: (x) => x.a.json('method') === 'GET' && x.b.json('body') === 'raw' });
            const form = http.get(__ENV.BASE + '/page').submitForm();
            check(form, { sent: (f) => f.json('method') === 'POST' && f.json('body') === 'a=1&go=Go' });
        }";
    let ran = check(script, &[], ExitCode::Success);
    assert_eq!(ran.metric("checks", "passes"), 3.0);
    assert_eq!(ran.metric("http_reqs", "count"), 6.0);
}

#[test]
fn websockets_and_promises() {
    let script = "
        import ws from 'k6/ws';
        import http from 'k6/http';
        import { WebSocket } from 'k6/websockets';
        import { check } from 'k6';
        export default async function () {
            const url = __ENV.BASE.replace('http', 'ws') + '/ws';
            const got = [];
            const res = ws.connect(url, { tags: { kind: 'old' } }, (socket) => {
                socket.on('open', () => { socket.send('one'); socket.sendBinary(new Uint8Array([1, 2]).buffer); });
                socket.on('message', (m) => got.push(m));
                socket.on('binaryMessage', (b) => { got.push(b.byteLength); socket.close(); });
            });
            check(res, { 'old echoes': (r) => r.status === 101 && got.join() === 'one,2' });
            const all = await new Promise((done) => {
                const socket = new WebSocket(url);
                const seen = [];
                socket.onopen = () => socket.send('hé');
                socket.onmessage = (e) => { seen.push(e.data); socket.close(1000, 'bye'); };
                socket.onclose = (e) => done(seen.concat(e.code, socket.readyState));
            });
            check(all, { 'new echoes': (a) => a.join() === 'hé,1000,3' });
            const thrown = await http.asyncRequest('GET', 'http://127.0.0.1:1/', null, { throw: true }).catch((e) => e.message);
            check(thrown, { 'a failed promise': (m) => m.includes('refused') });
        }";
    let ran = check(script, &[], ExitCode::Success);
    assert_eq!(ran.metric("checks", "fails"), 0.0, "{:#}", ran.summary["root_group"]);
    assert_eq!(ran.metric("checks", "passes"), 3.0);
    assert_eq!((ran.metric("ws_sessions", "count"), ran.metric("ws_msgs_received", "count")), (2.0, 3.0));
}

#[test]
fn setup_data_travels_and_hooks_run_in_order() {
    let script = "
        import exec from 'k6/execution';
        import { Counter } from 'k6/metrics';
        const c = new Counter('seen');
        export const options = { scenarios: {
            a: { executor: 'per-vu-iterations', vus: 2, iterations: 2, exec: 'one', env: { N: '10' } },
            b: { executor: 'shared-iterations', iterations: 1, exec: 'two' } } };
        export function setup() { return { start: 1 }; }
        export async function one(d) { await new Promise((ok) => setTimeout(ok, 5)); c.add(d.start * __ENV.N); }
        export function two(d) { c.add(d.start, { scenario_was: exec.scenario.name }); }
        export function teardown(d) { c.add(100 * d.start); }
        export function handleSummary(data) {
            return { 'sum.txt': String(data.metrics.seen.values.count), 'data.json': JSON.stringify(data.setup_data) };
        }";
    let ran = check(script, &[], ExitCode::Success);
    assert_eq!((ran.file("sum.txt").as_str(), ran.file("data.json").as_str()), ("141", "{\"start\":1}"));
    assert_eq!(ran.metric("iterations", "count"), 5.0);
}

#[test]
fn exit_codes_say_how_it_ended() {
    let body = "export default function () { c.add(1); }";
    let counter =
        "import exec from 'k6/execution'; import { Counter } from 'k6/metrics'; const c = new Counter('cc');";
    let with = |more: &str| format!("{counter} {more}\n{body}");
    for (script, flags, wanted) in [
        (with(""), &[][..], ExitCode::Success),
        (
            with("export const options = { thresholds: { cc: ['count>1'] } };"),
            &[],
            ExitCode::ThresholdsCrossed,
        ),
        (
            with("export const options = { thresholds: { cc: ['count>1'] } };"),
            &["--no-thresholds"],
            ExitCode::Success,
        ),
        (with("export const options = { thresholds: { nope: ['count>1'] } };"), &[], ExitCode::InvalidConfig),
        (
            with("export const options = { scenarios: { s: { executor: 'x' } } };"),
            &[],
            ExitCode::InvalidConfig,
        ),
        (
            with("export const options = { iterations: 1, stages: [{ duration: '1s', target: 1 }] };"),
            &[],
            ExitCode::InvalidConfig,
        ),
        (with("throw new Error('init');"), &[], ExitCode::ScriptException),
        (with("import 'k6/nope';"), &[], ExitCode::ScriptException),
        (with("export function setup() { throw new Error('setup'); }"), &[], ExitCode::ScriptException),
        (with("export function teardown() { throw new Error('teardown'); }"), &[], ExitCode::ScriptException),
        (with("export function setup() { return { f: () => 1 }; }"), &[], ExitCode::Usage),
        (with("export function setup() { exec.test.abort('x'); }"), &[], ExitCode::ScriptAborted),
        (with("export function setup() { exec.test.fail('x'); }"), &[], ExitCode::MarkedFailed),
        (with(""), &["--nope"], ExitCode::Usage),
        (with(""), &["-o", "nope"], ExitCode::Usage),
        ("const = 1".to_owned(), &[], ExitCode::ScriptException),
        ("export const options = {}".to_owned(), &[], ExitCode::Usage),
        ("export function other() {}".to_owned(), &[], ExitCode::InvalidConfig),
        ("module.exports.default = () => {};".to_owned(), &[], ExitCode::Success),
    ] {
        check(&script, flags, wanted);
    }
}

#[test]
fn an_endless_loop_is_cut_off_and_an_exception_is_not_the_end() {
    let script = "
        export const options = { scenarios: {
            loop: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s', exec: 'loop' },
            arrive: { executor: 'constant-arrival-rate', rate: 10, duration: '1s', preAllocatedVUs: 2, exec: 'arrive' },
            ramp: { executor: 'ramping-vus', startVUs: 0, stages: [{ duration: '1s', target: 2 }], gracefulStop: '0s', exec: 'ramp' } } };
        import { sleep } from 'k6';
        export function loop() { for (;;) {} }
        export function arrive() { throw new Error('each time'); }
        export function ramp() { sleep(0.1); }";
    let ran = check(script, &["-o", "csv=out.csv"], ExitCode::Success);
    let rows = ran.file("out.csv");
    let ended = |scenario: &str| {
        rows.lines().filter(|l| l.starts_with("iterations,") && l.contains(scenario)).count()
    };
    assert_eq!(ended(",loop,"), 0);
    assert!((8..=10).contains(&ended(",arrive,")), "{rows}");
    assert!(ended(",ramp,") >= 2, "{rows}");
}

const SAMPLES: &str = "
    import { Trend, Rate } from 'k6/metrics';
    const t = new Trend('tt', true), r = new Rate('rr');
    export const options = { iterations: 2, tags: { testid: 't1', empty: '' } };
    export default function () { t.add(250); r.add(__ITER === 0); }";

/// The last value of each series, by its labels.
fn values(batch: &model::MetricBatch) -> BTreeMap<String, f64> {
    batch.series().filter_map(|s| Some((s.to_labels().to_string(), s.samples().last()?.value))).collect()
}

fn value(found: &BTreeMap<String, f64>, name: &str) -> f64 {
    let series =
        found.iter().find(|(labels, _)| labels.contains(&format!("\"{name}\"")) || labels.contains(name));
    *series.unwrap_or_else(|| panic!("{name} is not in {found:#?}")).1
}

#[test]
fn samples_leave_by_remote_write() {
    let env =
        [("K6_PROMETHEUS_RW_SERVER_URL", "{BASE}/write"), ("K6_PROMETHEUS_RW_TREND_STATS", "max,p(99)")];
    let ran = run(SAMPLES, &["-o", "experimental-prometheus-rw"], &env, None);
    assert_eq!(ran.code, ExitCode::Success);
    let pushed = ran.target.asked();
    let last = pushed.last().unwrap();
    assert_eq!((last.method.as_str(), last.path.as_str()), ("POST", "/write"));
    assert_eq!(last.header("content-encoding"), Some("snappy"));
    assert_eq!(last.header("user-agent"), Some("k6-prometheus-rw-output"));
    let found = values(&wire::remote_write::decode_body(&last.body).unwrap().batch);
    assert_eq!(value(&found, "k6_iterations_total"), 2.0);
    assert_eq!(value(&found, "k6_tt_max"), 0.25);
    assert_eq!(value(&found, "k6_rr_rate"), 0.5);
    assert!(found.keys().all(|labels| labels.contains("testid") && !labels.contains("empty")), "{found:#?}");
}

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Mutex<Vec<model::MetricBatch>>);

impl contract::Ingest for Kept {
    fn metrics<'a>(
        &'a self,
        _cx: &'a contract::Context,
        batch: model::MetricBatch,
    ) -> stdx::BoxFuture<'a, Result<contract::Outcome, contract::IngestError>> {
        self.0.lock().unwrap().push(batch);
        Box::pin(std::future::ready(Ok(contract::Outcome::default())))
    }

    fn logs<'a>(
        &'a self,
        _cx: &'a contract::Context,
        _batch: model::LogBatch,
    ) -> stdx::BoxFuture<'a, Result<contract::Outcome, contract::IngestError>> {
        unreachable!("a run writes no lines")
    }

    fn spans<'a>(
        &'a self,
        _cx: &'a contract::Context,
        _batch: model::SpanBatch,
    ) -> stdx::BoxFuture<'a, Result<contract::Outcome, contract::IngestError>> {
        unreachable!("a run writes no spans")
    }
}

#[test]
fn what_thresholds_came_to_leaves_with_the_samples() {
    let script = "
        import { Trend } from 'k6/metrics';
        const t = new Trend('tt', true);
        export const options = {
            iterations: 1, tags: { testid: 't2' },
            thresholds: { tt: ['max<100', 'min>1'], 'tt{kind:a}': ['max<500'], http_reqs: ['count>=0'] },
        };
        export default function () { t.add(250, { kind: 'a' }); }";
    let kept = Arc::new(Kept::default());
    let ran = run(script, &[], &[], Some(Arc::clone(&kept) as Arc<dyn contract::Ingest>));
    assert_eq!(ran.code, ExitCode::ThresholdsCrossed);
    let batches = kept.0.lock().unwrap();
    let last =
        batches.iter().rev().map(values).find(|found| found.keys().any(|l| l.contains("threshold"))).unwrap();
    let mut judged: Vec<(String, f64)> =
        last.into_iter().filter(|(labels, _)| labels.contains("oriel_load_threshold")).collect();
    judged.sort_by(|a, b| a.0.cmp(&b.0));
    let held = |metric: &str, threshold: &str, name: &str| {
        let is_it = |labels: &str| {
            [metric, threshold].iter().all(|one| labels.contains(&format!("{one:?}")))
                && labels.contains(name)
        };
        let (labels, value) = judged.iter().find(|(labels, _)| is_it(labels)).unwrap();
        assert!(labels.contains("testid"), "{labels}");
        *value
    };
    assert_eq!(held("tt", "max<100", "threshold_ok"), 0.0, "{judged:#?}");
    assert_eq!(held("tt", "max<100", "threshold_measured"), 250.0);
    assert_eq!(held("tt", "min>1", "threshold_ok"), 1.0);
    assert_eq!(held("tt{kind:a}", "max<500", "threshold_ok"), 1.0);
    assert_eq!(held("http_reqs", "count>=0", "threshold_ok"), 1.0);
}

#[test]
fn samples_reach_the_store_of_the_same_process() {
    let kept = Arc::new(Kept::default());
    let ran = run(SAMPLES, &[], &[], Some(Arc::clone(&kept) as Arc<dyn contract::Ingest>));
    assert_eq!(ran.code, ExitCode::Success);
    let batches = kept.0.lock().unwrap();
    assert_eq!(value(&values(batches.last().unwrap()), "k6_tt_p99"), 0.25);
}

#[test]
fn layers_of_options_and_files() {
    let script = "
        export const options = { iterations: 5, userAgent: 'script' };
        import http from 'k6/http';
        import { half } from './lib/half.js';
        const words = open('words.txt');
        export default function () { http.get(__ENV.BASE + '/echo?' + half(words.length)); }";
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("lib")).unwrap();
    std::fs::write(folder.path().join("lib/half.js"), "export const half = (n) => n / 2;").unwrap();
    std::fs::write(folder.path().join("words.txt"), "four").unwrap();
    std::fs::write(folder.path().join("script.js"), script).unwrap();
    let target = Target::start();
    let env = BTreeMap::from([
        ("K6_ITERATIONS".to_owned(), "3".to_owned()),
        ("K6_USER_AGENT".to_owned(), "variable".to_owned()),
    ]);
    let args =
        ["run", "-q", "-i", "2", "-e", &format!("BASE={}", target.base), "script.js"].map(str::to_owned);
    let cwd = folder.path().to_owned();
    let code =
        load::run(LoadArgs { args: args.to_vec(), env, cwd, clock: stdx::Clock::system(), ingest: None });
    assert_eq!(code, ExitCode::Success);
    let asked = target.asked();
    assert_eq!(asked.iter().map(|a| a.path.as_str()).collect::<Vec<_>>(), ["/echo?2", "/echo?2"]);
    assert_eq!(asked[0].header("user-agent"), Some("variable"));
}
