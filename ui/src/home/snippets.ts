// How to send data to this server, with its own addresses. Pure.
import type { Door } from "../api/oriel/status";

export interface Snippet {
  readonly id: string;
  readonly label: string;
  readonly file: string;
  readonly text: string;
}

/** A wildcard address means every interface: then the host of this page is the one that works. */
export function reachable(address: string, pageHost: string): string {
  const found = /^(.*):(\d+)$/.exec(address);
  if (found === null) return address;
  const [, host = "", port = ""] = found;
  const isWildcard = host === "" || host === "0.0.0.0" || host === "[::]" || host === "::" || host === "*";
  return `${isWildcard ? pageHost : host}:${port}`;
}

/** The address of the open door that is called one of these. */
export function addressOf(doors: readonly Door[], names: readonly string[], pageHost: string, usual: string): string {
  const plain = (name: string) => name.replaceAll("-", "_");
  const door = doors.find((one) => names.includes(plain(one.name)));
  return door === undefined ? usual : reachable(door.address, pageHost);
}

export function snippets(doors: readonly Door[], pageHost: string): Snippet[] {
  const metrics = addressOf(doors, ["prometheus"], pageHost, `${pageHost}:9090`);
  const logs = addressOf(doors, ["loki"], pageHost, `${pageHost}:3100`);
  const grpc = addressOf(doors, ["otlp_grpc"], pageHost, `${pageHost}:4317`);
  const http = addressOf(doors, ["otlp_http"], pageHost, `${pageHost}:4318`);
  // Only doors that are open are offered; where the server does not say, both are.
  const isOpen = (name: string) => doors.length === 0 || doors.some((one) => one.name.replaceAll("-", "_") === name);
  const ways = [
    ...(isOpen("otlp_grpc") ? [exported(grpc, "grpc")] : []),
    ...(isOpen("otlp_http") ? [exported(http, "http/protobuf")] : []),
  ];
  const otlp = ways.flatMap((lines, index) => (index === 0 ? lines : ["# or:", ...lines.map((line) => `# ${line}`)]));
  return [
    {
      id: "otel",
      label: "OTel SDK",
      file: "environment of the process",
      text: ["export OTEL_SERVICE_NAME=checkout", ...otlp].join("\n"),
    },
    {
      id: "prometheus",
      label: "Prometheus",
      file: "prometheus.yml",
      text: `remote_write:
  - url: http://${metrics}/api/v1/write`,
    },
    {
      id: "promtail",
      label: "Promtail",
      file: "promtail.yml",
      text: `clients:
  - url: http://${logs}/loki/api/v1/push`,
    },
    {
      id: "alloy",
      label: "Alloy",
      file: "config.alloy",
      text: `prometheus.remote_write "oriel" {
  endpoint {
    url = "http://${metrics}/api/v1/write"
  }
}
loki.write "oriel" {
  endpoint {
    url = "http://${logs}/loki/api/v1/push"
  }
}
otelcol.exporter.otlphttp "oriel" {
  client {
    endpoint = "http://${http}"
  }
}`,
    },
    {
      id: "collector",
      label: "OTel Collector",
      file: "config.yaml",
      text: `exporters:
  otlphttp/oriel:
    endpoint: http://${http}
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [otlphttp/oriel] }
    metrics: { receivers: [otlp], exporters: [otlphttp/oriel] }
    logs: { receivers: [otlp], exporters: [otlphttp/oriel] }`,
    },
    {
      id: "k6",
      label: "k6",
      file: "shell",
      text: `K6_PROMETHEUS_RW_SERVER_URL=http://${metrics}/api/v1/write \\
  k6 run -o experimental-prometheus-rw script.js
# or with the engine that is built in:
oriel load run script.js`,
    },
    {
      id: "curl",
      label: "curl",
      file: "shell",
      text: `curl -X POST http://${logs}/loki/api/v1/push \\
  -H 'Content-Type: application/json' \\
  -d '{"streams":[{"stream":{"service_name":"hello"},"values":[["'$(date +%s%N)'","first line"]]}]}'`,
    },
  ];
}

function exported(address: string, protocol: string): string[] {
  return [`export OTEL_EXPORTER_OTLP_ENDPOINT=http://${address}`, `export OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}`];
}
