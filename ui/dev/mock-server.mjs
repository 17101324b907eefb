// A small stand-in for Oriel while developing the interface: the public API shapes with made-up but lifelike answers,
// the built files under the same content security policy, and the tail websocket. No part of the product.
// Settings: PORT, MOCK_EMPTY=1 (a server that has nothing), MOCK_SLOW=ms (a slow one).
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { answerLoki, startTail } from "./mock/logs.mjs";
import { answerPrometheus } from "./mock/metrics.mjs";
import { answerTempo } from "./mock/traces.mjs";

const port = Number(process.env.PORT ?? 3999);
const slow = Number(process.env.MOCK_SLOW ?? 0);
const isEmpty = process.env.MOCK_EMPTY === "1";
const started = Date.now();
const dist = new URL("../dist", import.meta.url).pathname;

const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

function status() {
  const seconds = (Date.now() - started) / 1000;
  return {
    version: "0.1.0",
    uptime_seconds: Math.round(seconds) + 3720,
    doors: [
      { name: "ui", address: `127.0.0.1:${port}`, open: true },
      { name: "prometheus", address: "127.0.0.1:9090", open: true },
      { name: "loki", address: "127.0.0.1:3100", open: true },
      { name: "tempo", address: "127.0.0.1:3200", open: true },
      { name: "otlp_grpc", address: "127.0.0.1:4317", open: true },
      { name: "otlp_http", address: "127.0.0.1:4318", open: !isEmpty },
    ],
    storage: {
      log_bytes: 48_300_000,
      block_bytes: 1_912_000_000,
      blocks: 37,
      disk_total_bytes: 250e9,
      disk_free_bytes: 91e9,
    },
    memory_bytes: 84_500_000,
    tenants: isEmpty ? [] : ["anonymous", "team-a"],
    ingest: isEmpty
      ? { samples_total: 0, lines_total: 0, spans_total: 0 }
      : {
          samples_total: Math.round(seconds * 812 + 40 * Math.sin(seconds / 7)),
          lines_total: Math.round(seconds * 63 + 20 * Math.sin(seconds / 5)),
          spans_total: Math.round(seconds * 121 + 30 * Math.sin(seconds / 9)),
        },
  };
}

function sendFile(response, path) {
  response.writeHead(200, {
    "content-type": TYPES[extname(path)] ?? "application/octet-stream",
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
  });
  createReadStream(path)
    .on("error", () => response.end())
    .pipe(response);
}

function sendAnswer(response, answer) {
  const isText = typeof answer.body === "string";
  response.writeHead(answer.status ?? 200, {
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    "x-request-id": "mock-1",
  });
  response.end(isText ? answer.body : JSON.stringify(answer.body));
}

async function paramsOf(request, url) {
  if (request.method !== "POST") return url.searchParams;
  let body = "";
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  const params = await paramsOf(request, url);
  const path = url.pathname;
  const context = { path, params, isEmpty };
  const isApi = /^\/(api|loki|tempo)\//.test(path);
  if (isApi && slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
  if (path === "/api/oriel/v1/status") return sendAnswer(response, { body: status() });
  if (path.startsWith("/api/v1/")) return sendAnswer(response, answerPrometheus(context));
  if (path.startsWith("/loki/api/v1/")) return sendAnswer(response, answerLoki(context));
  if (path.startsWith("/tempo/api/")) return sendAnswer(response, answerTempo(context));
  const file = normalize(join(dist, path));
  if (file.startsWith(dist) && existsSync(file) && statSync(file).isFile()) return sendFile(response, file);
  if ((request.headers.accept ?? "").includes("text/html")) return sendFile(response, join(dist, "index.html"));
  sendAnswer(response, { status: 404, body: "404 page not found\n" });
});

server.on("upgrade", (request, socket) => {
  if (request.url.startsWith("/loki/api/v1/tail")) startTail(request, socket);
  else socket.destroy();
});

server.listen(port, "127.0.0.1", () => console.log(`mock on http://127.0.0.1:${port}`));
