// Loki answers: streams of five services, one hostile line, volumes by level, and a tail.
import { createHash } from "node:crypto";
import { hash, hex, pick, randomOf, traceStarts } from "./random.mjs";

const SERVICES = ["gateway", "checkout", "payments", "catalog", "search", "evil"];
const PATHS = ["/cart", "/checkout", "/api/items/42", "/search?q=lamp", "/login"];
const EVERY_MS = 900;
export const HOSTILE = `<img src=x onerror="window.__pwned=1"><script>window.__pwned=2</script> "quoted" & \u001b[31mred\u001b[0m`;

/** The line of one slot of time: always the same one for the same slot. */
function lineAt(service, slot) {
  const random = randomOf(hash(`${service}:${slot}`));
  const ms = slot * EVERY_MS + Math.floor(random() * EVERY_MS);
  const ns = `${ms}${String(Math.floor(random() * 1e6)).padStart(6, "0")}`;
  const dice = random();
  const level = dice < 0.03 ? "error" : dice < 0.1 ? "warn" : dice < 0.75 ? "info" : "debug";
  const trace = hex(random, 32);
  const took = Math.round(5 + random() * 400);
  const path = pick(random, PATHS);
  let line;
  if (service === "evil") line = HOSTILE;
  else if (service === "payments" && random() < 0.5) {
    line = JSON.stringify({
      level,
      msg: level === "error" ? "card refused" : "charge accepted",
      amount: Math.round(random() * 9000) / 100,
      currency: "EUR",
      trace_id: trace,
      took_ms: took,
    });
  } else if (level === "error") {
    line = `level=error msg="request failed" path=${path} status=500 took=${took}ms trace_id=${trace} err="upstream ${pick(random, ["payments", "catalog"])}: connection reset by peer while reading the response header of a request that was already retried twice"`;
  } else line = `level=${level} msg="request served" path=${path} status=200 took=${took}ms trace_id=${trace}`;
  return { ns, ms, level, line, trace };
}

function selectorOf(query) {
  const inner = /\{([^}]*)\}/.exec(query)?.[1] ?? "";
  return [...inner.matchAll(/([\w]+)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)].map(
    ([, name, op, quoted, raw]) => ({
      name,
      op,
      value: raw ?? JSON.parse(`"${quoted}"`),
    }),
  );
}

function isMatch(value, { op, value: wanted }) {
  if (op === "=") return value === wanted;
  if (op === "!=") return value !== wanted;
  const found = new RegExp(`^(?:${wanted})$`).test(value);
  return op === "=~" ? found : !found;
}

function filtersOf(query) {
  const after = query.slice(query.indexOf("}") + 1);
  const lines = [...after.matchAll(/(\|=|!=|\|~|!~)\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)].map(
    ([, op, quoted, raw]) => {
      const text = raw ?? JSON.parse(`"${quoted}"`);
      const found = op.endsWith("=") ? (line) => line.includes(text) : (line) => new RegExp(text).test(line);
      return op.startsWith("!") ? (line) => !found(line) : found;
    },
  );
  const labels = [...after.matchAll(/\|\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)].map(
    ([, name, op, quoted, raw]) => ({
      name,
      op,
      value: raw ?? JSON.parse(`"${quoted}"`),
    }),
  );
  return { lines, labels };
}

const labelsOf = (service) => ({ service_name: service, job: "docker", container: `${service}-1`, env: "prod" });

function entries(query, fromMs, toMs, limit, backward) {
  const matchers = selectorOf(query);
  const { lines, labels } = filtersOf(query);
  const services = SERVICES.filter((service) =>
    matchers.every((one) => isMatch(labelsOf(service)[one.name] ?? "", one)),
  );
  const out = [];
  const first = Math.floor(fromMs / EVERY_MS);
  const last = Math.floor(Math.min(toMs, Date.now()) / EVERY_MS);
  const count = last - first + 1;
  for (let index = 0; index < count && out.length < limit; index += 1) {
    const slot = backward ? last - index : first + index;
    for (const service of services) {
      if (hash(`${service}${slot}`) % (service === "evil" ? 40 : 3) !== 0) continue;
      const entry = lineAt(service, slot);
      if (entry.ms < fromMs || entry.ms >= toMs) continue;
      if (!lines.every((filter) => filter(entry.line))) continue;
      const fields = { detected_level: entry.level, trace_id: entry.trace };
      const parsed = /\|\s*(logfmt|json)/.test(query) ? parseFields(entry.line) : {};
      const known = { ...labelsOf(service), ...fields, ...parsed };
      if (!labels.every((one) => isMatch(known[one.name] ?? "", one))) continue;
      traceStarts.set(entry.trace, BigInt(entry.ns) - 2_000_000n);
      out.push({ ...entry, service, fields, parsed });
    }
  }
  return out.slice(0, limit);
}

function parseFields(line) {
  if (line.startsWith("{"))
    return Object.fromEntries(Object.entries(JSON.parse(line)).map(([key, value]) => [key, String(value)]));
  return Object.fromEntries(
    [...line.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, key, quoted, plain]) => [key, quoted ?? plain]),
  );
}

const stats = (total) => ({
  summary: {
    totalBytesProcessed: total * 180,
    totalLinesProcessed: total,
    execTime: 0.004,
    totalEntriesReturned: total,
  },
});

export function streamsOf(list) {
  const streams = new Map();
  for (const one of list) {
    if (!streams.has(one.service)) streams.set(one.service, { stream: labelsOf(one.service), values: [] });
    const parsed = Object.keys(one.parsed).length > 0 ? { parsed: one.parsed } : {};
    streams.get(one.service).values.push([one.ns, one.line, { structuredMetadata: one.fields, ...parsed }]);
  }
  return [...streams.values()];
}

const timeMs = (text, fallback) =>
  text === null ? fallback : text.length > 13 ? Number(text.slice(0, -6)) : Number(text) * 1000;

export function answerLoki({ path, params, isEmpty }) {
  if (path.endsWith("/push")) return { status: 204, body: "" };
  const query = params.get("query") ?? "";
  const from = timeMs(params.get("start"), Date.now() - 3600e3);
  const to = timeMs(params.get("end"), Date.now());
  const good = (data) => ({ body: { status: "success", data } });
  if (path.endsWith("/query_range") || path.endsWith("/query")) {
    if (!query.includes("{"))
      return { status: 400, body: `parse error at line 1, col 1: syntax error: unexpected IDENTIFIER\n` };
    if ((query.match(/\{/g) ?? []).length !== (query.match(/\}/g) ?? []).length) {
      return {
        status: 400,
        body: `parse error at line 1, col ${query.length + 1}: syntax error: unexpected $end, expecting } or ,\n`,
      };
    }
    if (/count_over_time|rate\(|bytes_over_time/.test(query)) return good(volumes(query, params, from, to, isEmpty));
    const limit = Number(params.get("limit") ?? 100);
    const list = isEmpty ? [] : entries(query, from, to, limit, params.get("direction") !== "forward");
    return good({
      resultType: "streams",
      encodingFlags: ["categorize-labels"],
      result: streamsOf(list),
      stats: stats(list.length * 3),
    });
  }
  if (isEmpty) return good([]);
  if (path.endsWith("/labels")) return good(["container", "env", "job", "service_name"]);
  const label = /\/label\/([^/]+)\/values$/.exec(path);
  if (label) return good([...new Set(SERVICES.map((service) => labelsOf(service)[label[1]]).filter(Boolean))]);
  if (path.endsWith("/index/volume")) {
    return good({
      resultType: "vector",
      result: SERVICES.map((service) => ({
        metric: { service_name: service },
        value: [to / 1000, String(hash(service) % 9_000_000)],
      })),
    });
  }
  if (path.endsWith("/detected_fields")) {
    const fields = ["level", "msg", "path", "status", "took", "trace_id", "err"].map((name, index) => ({
      label: name,
      type: "string",
      cardinality: 3 + index * 4,
      parsers: ["logfmt"],
    }));
    return { body: { fields, limit: 1000 } };
  }
  return { status: 404, body: "404 page not found\n" };
}

function volumes(query, params, from, to, isEmpty) {
  const step = Number(params.get("step") ?? 60) * 1000;
  const levels = query.includes("detected_level") ? ["error", "warn", "info", "debug"] : [""];
  const parts = { error: 0.03, warn: 0.07, info: 0.65, debug: 0.25, "": 1 };
  const count = SERVICES.filter((service) =>
    selectorOf(query).every((one) => isMatch(labelsOf(service)[one.name] ?? "", one)),
  ).length;
  const result = isEmpty
    ? []
    : levels.map((level) => {
        const values = [];
        for (let time = from; time <= Math.min(to, Date.now()); time += step) {
          const noise =
            0.7 + ((hash(`${level}${Math.floor(time / 60000)}`) % 100) / 100) * (level === "error" ? 2.5 : 0.6);
          values.push([time / 1000, String(Math.round(parts[level] * count * (step / EVERY_MS / 3) * noise))]);
        }
        return { metric: level === "" ? {} : { detected_level: level }, values };
      });
  return { resultType: "matrix", result, stats: stats(12000) };
}

/** The smallest websocket that can speak: handshake, unmasked text frames, close on anything odd. */
export function startTail(request, socket) {
  const key = request.headers["sec-websocket-key"];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const query = new URL(request.url, "http://mock").searchParams.get("query") ?? "{}";
  let seen = Date.now() - 10_000;
  const timer = setInterval(() => {
    const now = Date.now();
    const list = entries(query, seen, now, 200, false);
    seen = now;
    if (list.length === 0) return;
    const streams = streamsOf(list);
    socket.write(frame(JSON.stringify({ streams, dropped_entries: null, encodingFlags: ["categorize-labels"] })));
  }, 700);
  socket.on("data", (bytes) => {
    if ((bytes[0] & 15) === 8) socket.end();
  });
  socket.on("close", () => clearInterval(timer));
  socket.on("error", () => clearInterval(timer));
}

function frame(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : body.length < 65536
        ? Buffer.from([0x81, 126, body.length >> 8, body.length & 255])
        : Buffer.concat([
            Buffer.from([0x81, 127, 0, 0, 0, 0]),
            Buffer.from([
              (body.length >> 24) & 255,
              (body.length >> 16) & 255,
              (body.length >> 8) & 255,
              body.length & 255,
            ]),
          ]);
  return Buffer.concat([head, body]);
}
