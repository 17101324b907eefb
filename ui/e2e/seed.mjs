// Fills a running server with what the journeys and measures look at: log lines of four services, traces with a graph of
// services behind them, one trace of 50,000 spans, and one metric of 1,000 series. BASE_URL names the server's page.
const base = process.env.BASE_URL ?? "http://127.0.0.1:3000";
const now = Date.now();
const doors = (await (await fetch(new URL("/api/oriel/v1/status", base))).json()).doors;
const door = (name) => `http://${doors.find((one) => one.name === name).address}`;

const LINES = Number(process.env.LINES ?? 120_000);
const TRACES = Number(process.env.TRACES ?? 600);
const WIDE_SPANS = 50_000;
const SERIES = 1_000;
const POINTS = 1_000;

let seed = 42;
const random = () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296;
  return seed / 4_294_967_296;
};
const pick = (list) => list[Math.floor(random() * list.length)];
const hex = (length) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");

async function post(url, body, type) {
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": type } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}

const CALLS = {
  frontend: [
    ["GET /cart", ["checkout"]],
    ["POST /order", ["checkout", "inventory"]],
  ],
  checkout: [["charge", ["payments"]]],
  payments: [["POST /v1/charge", []]],
  inventory: [["reserve", []]],
};
const REGIONS = ["eu-west", "us-east", "ap-south"];
const VERSIONS = ["1.8.2", "1.9.0"];

const ids = [];
function trace(endMs) {
  const id = hex(32);
  ids.push(id);
  const region = pick(REGIONS);
  const version = pick(VERSIONS);
  const spans = {};
  const add = (service, name, kind, start, length, parent, error) => {
    const spanId = hex(16);
    spans[service] = spans[service] ?? [];
    spans[service].push({
      traceId: id,
      spanId,
      parentSpanId: parent,
      name,
      kind,
      startTimeUnixNano: `${BigInt(Math.round(start * 1e6))}`,
      endTimeUnixNano: `${BigInt(Math.round((start + length) * 1e6))}`,
      attributes: [
        { key: "http.route", value: { stringValue: name } },
        { key: "http.status_code", value: { intValue: error ? 500 : 200 } },
        { key: "region", value: { stringValue: region } },
        { key: "app.version", value: { stringValue: version } },
      ],
      ...(error
        ? {
            status: { code: 2, message: "upstream said no" },
            events: [
              {
                name: "exception",
                timeUnixNano: `${BigInt(Math.round((start + length / 2) * 1e6))}`,
                attributes: [{ key: "exception.message", value: { stringValue: "card declined" } }],
              },
            ],
          }
        : {}),
    });
    return spanId;
  };
  // The new version is slow in one region: what a comparison should find.
  const slow = version === "1.9.0" && region === "ap-south" ? 6 : 1;
  const call = (service, start, budget, parent) => {
    const [name, callees] = pick(CALLS[service]);
    const isBad = service === "payments" && random() < (slow > 1 ? 0.4 : 0.04);
    const own = add(service, name, 2, start, budget, parent, isBad);
    let at = start + budget * 0.1;
    for (const callee of callees) {
      const part = (budget * 0.75) / callees.length;
      const client = add(service, `call ${callee}`, 3, at, part, own, isBad);
      call(callee, at + part * 0.05, part * 0.9, client);
      at += part;
    }
    if (service === "inventory" || service === "payments")
      add(service, "SELECT items", 1, start + budget * 0.2, budget * 0.3, own, false);
    return own;
  };
  const length = (20 + random() * 180) * slow;
  call("frontend", endMs - length, length, "");
  return Object.entries(spans).map(([service, list]) => ({
    resource: {
      attributes: [
        { key: "service.name", value: { stringValue: service } },
        { key: "deployment.environment", value: { stringValue: "demo" } },
      ],
    },
    scopeSpans: [{ scope: { name: "seed" }, spans: list }],
  }));
}

async function seedTraces() {
  for (let from = 0; from < TRACES; from += 100) {
    const resourceSpans = [];
    for (let index = from; index < Math.min(TRACES, from + 100); index += 1) {
      resourceSpans.push(...trace(now - (1 - index / TRACES) * 1_800_000));
    }
    await post(`${door("otlp_http")}/v1/traces`, JSON.stringify({ resourceSpans }), "application/json");
  }
}

/** A tree of `WIDE_SPANS` spans: batches of batches. */
async function seedWideTrace() {
  const id = "50000000000000000000000000000001";
  const start = now - 120_000;
  let made = 0;
  const spans = [];
  const queue = [{ parent: "", from: 0, to: 60_000, depth: 0 }];
  while (queue.length > 0 && made < WIDE_SPANS) {
    const { parent, from, to, depth } = queue.shift();
    made += 1;
    const spanId = made.toString(16).padStart(16, "0");
    spans.push({
      traceId: id,
      spanId,
      parentSpanId: parent,
      name: `batch ${depth}.${made % 17}`,
      kind: 1,
      startTimeUnixNano: `${BigInt(Math.round((start + from) * 1e6))}`,
      endTimeUnixNano: `${BigInt(Math.round((start + to) * 1e6))}`,
      ...(made % 997 === 0 ? { status: { code: 2, message: "failed" } } : {}),
    });
    const parts = depth < 2 ? 12 : 8;
    for (let part = 0; part < parts; part += 1) {
      const width = (to - from) / parts;
      queue.push({ parent: spanId, from: from + part * width, to: from + (part + 0.9) * width, depth: depth + 1 });
    }
  }
  for (let from = 0; from < spans.length; from += 5_000) {
    const resourceSpans = ["batcher", "worker"].map((service, side) => ({
      resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
      scopeSpans: [
        { scope: { name: "seed" }, spans: spans.slice(from, from + 5_000).filter((_, at) => at % 2 === side) },
      ],
    }));
    await post(`${door("otlp_http")}/v1/traces`, JSON.stringify({ resourceSpans }), "application/json");
  }
}

const USERS = ["ada", "grace", "linus", "margaret"];
function line(service) {
  // A line that names a trace names one that is stored.
  const id = ids.length > 0 && random() < 0.3 ? pick(ids) : undefined;
  const ms = Math.round(random() * 900);
  const level = random() < 0.03 ? "error" : random() < 0.1 ? "warn" : random() < 0.2 ? "debug" : "info";
  if (service === "checkout") {
    const msg = level === "error" ? "charge failed: card declined" : "order placed";
    return [
      level,
      JSON.stringify({ level, msg, user: pick(USERS), order: Math.floor(random() * 1e6), took_ms: ms, trace_id: id }),
    ];
  }
  if (service === "nginx") {
    const code = level === "error" ? 502 : 200;
    return [
      level,
      `10.0.0.${ms % 255} - - "GET /item/${ms} HTTP/1.1" ${code} ${ms * 7} "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
    ];
  }
  const msg = level === "error" ? "connection reset by peer" : `reserved ${ms % 9} items in warehouse ${pick(REGIONS)}`;
  return [
    level,
    `level=${level} msg="${msg}" user=${pick(USERS)} took=${ms}ms${id === undefined ? "" : ` trace_id=${id}`}`,
  ];
}

async function seedLines() {
  const services = ["checkout", "inventory", "payments", "nginx"];
  const size = 10_000;
  for (let from = 0; from < LINES; from += size) {
    const streams = new Map();
    for (let index = from; index < Math.min(LINES, from + size); index += 1) {
      const service = services[index % services.length];
      const [level, text] = line(service);
      const key = `${service} ${level}`;
      if (!streams.has(key)) streams.set(key, { stream: { service_name: service, env: "demo", level }, values: [] });
      streams.get(key).values.push([`${BigInt(Math.round((now - (1 - index / LINES) * 3_000_000) * 1e6))}`, text]);
    }
    await post(
      `${door("loki")}/loki/api/v1/push`,
      JSON.stringify({ streams: [...streams.values()] }),
      "application/json",
    );
  }
}

async function seedSeries() {
  const timestamps = Array.from(
    { length: POINTS },
    (_, at) => Math.floor((now - (POINTS - at) * 3_000) / 3_000) * 3_000,
  );
  for (let from = 0; from < SERIES; from += 100) {
    const lines = [];
    for (let series = from; series < from + 100; series += 1) {
      const values = timestamps.map(
        (_, at) => Math.round((100 + 40 * Math.sin(at / 60 + series / 40) + random() * 10) * 100) / 100,
      );
      lines.push(
        JSON.stringify({
          metric: { __name__: "seed_wave", run: String(now), n: String(series), group: `g${series % 10}` },
          values,
          timestamps,
        }),
      );
    }
    await post(`${door("prometheus")}/api/v1/import`, lines.join("\n"), "application/json");
  }
}

await seedTraces();
await seedWideTrace();
await seedLines();
await seedSeries();
console.log(`seeded ${TRACES} traces, ${WIDE_SPANS} spans in one, ${LINES} lines, ${SERIES * POINTS} samples`);
