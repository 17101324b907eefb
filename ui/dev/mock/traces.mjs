// Tempo answers: any trace id gives a trace, grown from the id; the id `50000...` gives one of 50,000 spans.
import { hash, hex, pick, randomOf, traceStarts as starts } from "./random.mjs";

const TREE = {
  gateway: ["checkout", "catalog"],
  checkout: ["payments", "catalog", "checkout"],
  payments: ["payments-db"],
  catalog: ["catalog-db", "search"],
  search: [],
  "payments-db": [],
  "catalog-db": [],
};
const NAMES = {
  gateway: ["GET /cart", "POST /checkout"],
  checkout: ["PlaceOrder", "validate cart"],
  payments: ["Charge"],
  catalog: ["ListItems"],
  search: ["query index"],
  "payments-db": ["INSERT payments"],
  "catalog-db": ["SELECT items"],
};
const base64 = (text) => Buffer.from(text, "hex").toString("base64");
const attribute = (key, value) => ({
  key,
  value:
    typeof value === "number"
      ? { intValue: String(value) }
      : typeof value === "boolean"
        ? { boolValue: value }
        : { stringValue: value },
});

function grow(traceId, startNs) {
  const random = randomOf(hash(traceId));
  const most = /^50000/.test(traceId) ? 50_000 : 14 + Math.floor(random() * 60);
  const spans = [];
  const add = (service, parent, start, length, depth) => {
    if (spans.length >= most) return;
    const span = {
      service,
      id: hex(random, 16),
      parent,
      start,
      length,
      name: pick(random, NAMES[service]),
      error: random() < 0.04,
    };
    spans.push(span);
    let at = start + length * 0.04;
    const children = TREE[service];
    const count = most > 1000 ? 12 : depth > 6 ? 0 : 1 + Math.floor(random() * 3);
    for (let index = 0; index < count && children.length > 0; index += 1) {
      const share = length * (0.12 + random() * 0.3);
      if (at + share > start + length) break;
      add(pick(random, children), span.id, Math.round(at), Math.round(share), depth + 1);
      if (random() < 0.75) at += share * 1.05;
    }
  };
  const total = 40e6 + random() * 900e6;
  add("gateway", "", 0, Math.round(total), 0);
  while (most > 1000 && spans.length < most) {
    const parent = spans[Math.floor(random() * Math.min(spans.length, 4000))];
    const from = parent.start + Math.floor(random() * parent.length * 0.8);
    add(pick(random, Object.keys(TREE)), parent.id, from, Math.max(1000, Math.floor(parent.length * 0.15)), 9);
  }
  return spans.map((span) => ({
    ...span,
    startNs: startNs + BigInt(span.start),
    endNs: startNs + BigInt(span.start + span.length),
  }));
}

const startOf = (traceId) => BigInt(Date.now() - 60_000 - (hash(traceId) % 3_000_000)) * 1_000_000n;
function stableStart(traceId) {
  if (!starts.has(traceId)) starts.set(traceId, startOf(traceId));
  return starts.get(traceId);
}

function otlp(traceId) {
  const groups = new Map();
  for (const span of grow(traceId, stableStart(traceId))) {
    if (!groups.has(span.service)) groups.set(span.service, []);
    const events = span.error
      ? [
          {
            timeUnixNano: String(span.startNs + 1_000_000n),
            name: "exception",
            attributes: [
              attribute("exception.type", "ConnectionReset"),
              attribute("exception.message", "<b>connection</b> reset by peer"),
            ],
          },
        ]
      : [];
    groups.get(span.service).push({
      traceId: base64(traceId),
      spanId: base64(span.id),
      parentSpanId: span.parent === "" ? undefined : base64(span.parent),
      name: span.name,
      kind: span.service.endsWith("-db") ? "SPAN_KIND_CLIENT" : "SPAN_KIND_SERVER",
      startTimeUnixNano: String(span.startNs),
      endTimeUnixNano: String(span.endNs),
      attributes: [
        attribute("http.method", "GET"),
        attribute("http.status_code", span.error ? 500 : 200),
        attribute("user.tier", "gold"),
      ],
      events,
      status: span.error ? { code: "STATUS_CODE_ERROR", message: "connection reset by peer" } : {},
    });
  }
  return [...groups].map(([service, spans]) => ({
    resource: {
      attributes: [
        attribute("service.name", service),
        attribute("service.version", "4.2.0"),
        attribute("host.name", "node-1"),
      ],
    },
    scopeSpans: [{ scope: { name: "demo" }, spans }],
  }));
}

function search(params) {
  const limit = Number(params.get("limit") ?? 20);
  const start = Number(params.get("start") ?? Date.now() / 1000 - 3600);
  const end = Math.min(Number(params.get("end") ?? Date.now() / 1000), Date.now() / 1000);
  const query = params.get("q") ?? "{}";
  const random = randomOf(hash(query) + 5);
  const isError = /status\s*=\s*error/.test(query);
  return Array.from({ length: Math.min(limit, 120) }, (_, index) => {
    const traceID = index === 0 ? `50000${hex(random, 27)}` : hex(random, 32);
    const ns = BigInt(Math.floor((start + random() * (end - start)) * 1e6)) * 1000n;
    starts.set(traceID, ns);
    const spans = index === 0 ? [] : grow(traceID, ns);
    const root = spans[0];
    const errors = spans.filter((one) => one.error).length;
    const stats = {};
    for (const one of spans) {
      stats[one.service] ??= { spanCount: 0 };
      stats[one.service].spanCount += 1;
      if (one.error) stats[one.service].errorCount = (stats[one.service].errorCount ?? 0) + 1;
    }
    if (isError && errors === 0) return undefined;
    const matched = spans.slice(0, 3).map((one) => ({
      spanID: one.id,
      name: one.name,
      startTimeUnixNano: String(one.startNs),
      durationNanos: String(one.length),
    }));
    return {
      traceID,
      rootServiceName: "gateway",
      rootTraceName: root?.name ?? "GET /cart",
      startTimeUnixNano: String(ns),
      durationMs: root ? Math.round(root.length / 1e6) : 812,
      spanSets: [{ matched: spans.length, spans: matched }],
      serviceStats: index === 0 ? { gateway: { spanCount: 50000 } } : stats,
    };
  })
    .filter(Boolean)
    .sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? 1 : -1));
}

export function answerTempo({ path, params, isEmpty }) {
  const trace = /\/api\/(?:v2\/)?traces\/([0-9a-f]+)$/.exec(path);
  if (trace) {
    if (isEmpty || trace[1].startsWith("dead")) return { status: 404, body: "trace not found\n" };
    return { body: { trace: { resourceSpans: otlp(trace[1].padStart(32, "0")) }, metrics: {} } };
  }
  if (path.endsWith("/search")) {
    const query = params.get("q") ?? "{}";
    const open = (query.match(/\{/g) ?? []).length - (query.match(/\}/g) ?? []).length;
    if (open !== 0)
      return {
        status: 400,
        body: `invalid TraceQL query: parse error at line 1, col ${query.length + 1}: syntax error: unexpected $end`,
      };
    const bad = /\{[^}]*\bnope\b/.exec(query);
    if (bad)
      return {
        status: 400,
        body: `invalid TraceQL query: parse error at line 1, col ${query.indexOf("nope") + 1}: syntax error: unexpected IDENTIFIER`,
      };
    return {
      body: { traces: isEmpty ? [] : search(params), metrics: { inspectedTraces: 4203, inspectedBytes: "8803121" } },
    };
  }
  if (path.endsWith("/v2/search/tags")) {
    return {
      body: {
        scopes: isEmpty
          ? []
          : [
              { name: "span", tags: ["http.method", "http.status_code", "user.tier"] },
              { name: "resource", tags: ["service.name", "service.version", "host.name"] },
              { name: "intrinsic", tags: ["duration", "kind", "name", "status"] },
            ],
      },
    };
  }
  if (/\/tag\/.*\/values$/.test(path)) {
    const values = /service/.test(path)
      ? Object.keys(TREE)
      : /status_code/.test(path)
        ? ["200", "500"]
        : ["GET", "POST"];
    return { body: { tagValues: isEmpty ? [] : values.map((value) => ({ type: "string", value })) } };
  }
  return { status: 404, body: "404 page not found\n" };
}
