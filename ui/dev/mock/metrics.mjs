// Prometheus answers: a handful of metrics, selectors, and a rough idea of what rate, aggregation and quantiles do.
import { hash, hex, randomOf } from "./random.mjs";

const HOST = { job: "node", instance: "127.0.0.1:9100" };
const SERVICES = ["gateway", "checkout", "payments", "catalog", "search"];

const METRICS = {
  up: ["node", "oriel", "gateway", "checkout"].map((job) => [
    { job, instance: `127.0.0.1:${9100 + (hash(job) % 90)}` },
    1,
    0,
  ]),
  node_load1: [[HOST, 1.4, 0.8]],
  node_load5: [[HOST, 1.2, 0.4]],
  node_memory_MemTotal_bytes: [[HOST, 24e9, 0]],
  node_memory_MemAvailable_bytes: [[HOST, 11e9, 3e9]],
  node_filesystem_avail_bytes: ["/", "/var", "/boot"].map((mountpoint) => [
    { ...HOST, mountpoint, device: "vda1", fstype: "ext4" },
    80e9,
    1e9,
  ]),
  node_filesystem_size_bytes: ["/", "/var", "/boot"].map((mountpoint) => [
    { ...HOST, mountpoint, device: "vda1", fstype: "ext4" },
    250e9,
    0,
  ]),
  node_cpu_seconds_total: ["0", "1", "2", "3"].flatMap((cpu) =>
    ["idle", "user", "system", "iowait", "softirq", "steal"].map((mode) => [
      { ...HOST, cpu, mode },
      mode === "idle" ? 0.62 : 0.12 / (1 + (hash(mode) % 5)),
      mode === "idle" ? 0.2 : 0.05,
    ]),
  ),
  node_network_receive_bytes_total: ["eth0", "lo", "docker0"].map((device) => [
    { ...HOST, device },
    180e3 * (1 + (hash(device) % 9)),
    120e3,
  ]),
  node_disk_read_bytes_total: [[{ ...HOST, device: "vda" }, 4e5, 3e5]],
  node_boot_time_seconds: [[HOST, 1795000000, 0]],
  http_requests_total: SERVICES.flatMap((service_name) =>
    ["200", "404", "500"].map((code) => [
      { job: "otel", service_name, code, method: "GET" },
      code === "200" ? 40 + (hash(service_name) % 60) : 0.6,
      code === "200" ? 25 : 0.5,
    ]),
  ),
  http_request_duration_seconds_bucket: SERVICES.flatMap((service_name) =>
    ["0.05", "0.1", "0.5", "1", "+Inf"].map((le, index) => [{ job: "otel", service_name, le }, 10 * (index + 1), 4]),
  ),
  http_request_duration_seconds_count: SERVICES.map((service_name) => [{ job: "otel", service_name }, 50, 8]),
  oriel_ingest_rows_total: [
    [{ job: "oriel", instance: "127.0.0.1:9090", signal: "metrics" }, 812, 130],
    [{ job: "oriel", instance: "127.0.0.1:9090", signal: "logs" }, 63, 30],
    [{ job: "oriel", instance: "127.0.0.1:9090", signal: "traces" }, 121, 44],
  ],
  oriel_memory_bytes: [[{ job: "oriel", instance: "127.0.0.1:9090" }, 84e6, 6e6]],
  oriel_blocks: [[{ job: "oriel", instance: "127.0.0.1:9090" }, 37, 1]],
  demo_wide: Array.from({ length: 1000 }, (_, index) => [{ job: "demo", pod: `pod-${index}` }, 10 + (index % 17), 4]),
  demo_hostile: [[{ job: "demo", path: '<img src=x onerror="window.__pwned=1">' }, 3, 1]],
  demo_gappy: [[{ job: "demo" }, 5, 3]],
};

const FUNCTIONS =
  /^(rate|irate|increase|sum|avg|max|min|count|histogram_quantile|by|without|le|on|ignoring|offset|bool|and|or|unless|topk|bottomk|abs|vector|time|clamp_min|delta|deriv|inf|nan)$/i;

function valueAt(seed, base, swing, time) {
  const slow = Math.sin(time / 1700 + (seed % 97)) * 0.6 + Math.sin(time / 431 + (seed % 31)) * 0.3;
  const noise = ((hash(`${seed}:${Math.floor(time / 15)}`) % 1000) / 1000 - 0.5) * 0.5;
  return base + swing * (slow + noise);
}

function parseMatchers(text) {
  return [...text.matchAll(/([\w.]+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(([, name, op, value]) => ({
    name,
    op,
    value,
  }));
}

function matches(labels, matcher) {
  const value = labels[matcher.name] ?? "";
  if (matcher.op === "=") return value === matcher.value;
  if (matcher.op === "!=") return value !== matcher.value;
  const isMatch = new RegExp(`^(?:${matcher.value})$`).test(value);
  return matcher.op === "=~" ? isMatch : !isMatch;
}

/** Series of the first selector, grouped when the query groups. */
function evaluate(expr) {
  const text = expr.trim();
  if (/^[\d.]+$/.test(text)) return [{ labels: {}, at: () => Number(text) }];
  const share = /^avg\(1 - (?:rate\()?(\w+)/.exec(text);
  if (share) return [{ labels: {}, at: (time) => Math.min(1, Math.max(0, valueAt(hash(share[1]), 0.37, 0.12, time))) }];
  const found = [...text.matchAll(/[a-zA-Z_:][\w:]*/g)].find(
    ([word, ...rest]) =>
      !FUNCTIONS.test(word) && (METRICS[word] !== undefined || rest.length === 0) && METRICS[word] !== undefined,
  );
  const name = found?.[0];
  const braces = /\{([^}]*)\}/.exec(text);
  const matchers = parseMatchers(braces?.[1] ?? "");
  const byName = matchers.find((one) => one.name === "__name__");
  const names =
    name !== undefined
      ? [name]
      : byName
        ? Object.keys(METRICS).filter((one) => matches({ __name__: one }, byName))
        : [];
  const isRate = /\b(rate|irate|increase|deriv)\s*\(/.test(text);
  const isQuantile = text.includes("histogram_quantile");
  const isAggregate = /\b(sum|avg|max|min|count|histogram_quantile)\b/.test(text);
  const by = /\bby\s*\(([^)]*)\)/
    .exec(text)?.[1]
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one && one !== "le");
  const plain = names
    .flatMap((one) =>
      METRICS[one].map(([labels, base, swing]) => ({
        labels: { __name__: one, ...labels },
        at: (time) => {
          if (one === "demo_gappy" && Math.floor(time / 400) % 3 === 1) return null;
          const raw = valueAt(hash(one + JSON.stringify(labels)), base, swing, time);
          if (isQuantile) return Math.abs(raw) / 100;
          if (/_total$|_count$|_bucket$/.test(one) && !isRate) return base * (time - 1795000000);
          return one === "up" ? 1 : Math.max(0, raw);
        },
      })),
    )
    .filter((one) => matchers.every((matcher) => matcher.name === "__name__" || matches(one.labels, matcher)));
  if (isAggregate) return aggregate(plain, by ?? [], /\bcount\b/.test(text), isQuantile);
  return isRate ? plain.map((one) => ({ ...one, labels: without(one.labels) })) : plain;
}

function without({ __name__: _, ...rest }) {
  return rest;
}

function aggregate(series, by, isCount, isMean) {
  const groups = new Map();
  for (const one of series) {
    const labels = Object.fromEntries(by.map((name) => [name, one.labels[name] ?? ""]));
    const key = JSON.stringify(labels);
    if (!groups.has(key)) groups.set(key, { labels, members: [] });
    groups.get(key).members.push(one);
  }
  return [...groups.values()].map(({ labels, members }) => ({
    labels,
    at: (time) => {
      const sum = members.reduce((total, one) => total + (one.at(time) ?? 0), 0);
      return isCount ? members.length : isMean ? sum / members.length : sum;
    },
  }));
}

/** The same complaints as the real parser has for what people mistype most. */
function complaint(expr) {
  if (expr.trim() === "") return "unknown position: parse error: no expression found in input";
  const open = (expr.match(/\(/g) ?? []).length - (expr.match(/\)/g) ?? []).length;
  if (open > 0) return `1:${expr.length + 1}: parse error: unclosed left parenthesis`;
  const bad = /\b(rate|increase|irate)\s*\(\s*([a-zA-Z_:][\w:]*)\s*\)/.exec(expr);
  if (bad) {
    return `1:${bad.index + bad[0].indexOf(bad[2]) + 1}: parse error: expected type range vector in call to function "${bad[1]}", got instant vector`;
  }
  return undefined;
}

const good = (data) => ({ body: { status: "success", data } });
const number = (value) => (Number.isNaN(value) ? "NaN" : String(value));

export function answerPrometheus({ path, params, isEmpty }) {
  const expr = params.get("query") ?? "";
  if (path === "/api/v1/query" || path === "/api/v1/query_range") {
    const error = complaint(expr);
    if (error !== undefined) {
      return {
        status: 400,
        body: { status: "error", errorType: "bad_data", error: `invalid parameter "query": ${error}` },
      };
    }
    const series = isEmpty ? [] : evaluate(expr);
    if (path === "/api/v1/query") {
      const time = Number(params.get("time") ?? Date.now() / 1000);
      return good({
        resultType: "vector",
        result: series.map((one) => ({ metric: one.labels, value: [time, number(one.at(time))] })),
      });
    }
    const [start, end, step] = ["start", "end", "step"].map((name) => Number(params.get(name)));
    const result = series.map((one) => {
      const values = [];
      for (let time = start; time <= end + 1e-9; time += step) {
        const value = one.at(time);
        if (value !== null && time <= Date.now() / 1000) values.push([time, number(value)]);
      }
      return { metric: one.labels, values };
    });
    return good({ resultType: "matrix", result });
  }
  if (isEmpty) return good(path === "/api/v1/metadata" ? {} : []);
  const all = Object.entries(METRICS).flatMap(([name, list]) =>
    list.map(([labels]) => ({ __name__: name, ...labels })),
  );
  const match = params.get("match[]");
  const matchers = match === null ? [] : parseMatchers(match);
  const metric = match === null ? undefined : /^[a-zA-Z_:][\w:]*/.exec(match)?.[0];
  const kept = all.filter(
    (one) => (metric === undefined || one.__name__ === metric) && matchers.every((matcher) => matches(one, matcher)),
  );
  if (path === "/api/v1/labels") return good([...new Set(kept.flatMap((one) => Object.keys(one)))].sort());
  if (path === "/api/v1/series") return good(kept);
  const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path);
  if (label) return good([...new Set(kept.map((one) => one[decodeURIComponent(label[1])]).filter(Boolean))].sort());
  if (path === "/api/v1/metadata") {
    return good(
      Object.fromEntries(
        Object.keys(METRICS).map((name) => [
          name,
          [{ type: name.endsWith("_total") ? "counter" : "gauge", help: `${name} of the demo.`, unit: "" }],
        ]),
      ),
    );
  }
  if (path === "/api/v1/query_exemplars") return good(expr.includes("http_request") ? exemplars(params) : []);
  return { status: 404, body: { status: "error", errorType: "not_found", error: "404 page not found" } };
}

function exemplars(params) {
  const [start, end] = [Number(params.get("start")), Number(params.get("end"))];
  const random = randomOf(7);
  const list = Array.from({ length: 40 }, () => ({
    labels: { trace_id: hex(random, 32) },
    value: String(random() * 0.4),
    timestamp: start + random() * (end - start),
  }));
  return [
    { seriesLabels: { __name__: "http_request_duration_seconds_bucket", service_name: "checkout" }, exemplars: list },
  ];
}
