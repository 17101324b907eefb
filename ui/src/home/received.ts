// Whether what a snippet sends has arrived: requests that the server counted at the doors and routes that senders use. Pure.

export interface Counted {
  /** Requests at a door, by its name. */
  readonly doors: ReadonlyMap<string, number>;
  /** Requests of a route, by the name of its span. */
  readonly routes: ReadonlyMap<string, number>;
}

const WRITE = "POST /api/v1/write";
const PUSH = "POST /loki/api/v1/push";
const OTLP = ["otlp_grpc", "otlp_http"];

interface Way {
  readonly doors: readonly string[];
  readonly routes: readonly string[];
}

/** Where the requests of each snippet arrive. */
const WAYS: Readonly<Record<string, Way>> = {
  otel: { doors: OTLP, routes: [] },
  collector: { doors: OTLP, routes: [] },
  alloy: { doors: OTLP, routes: [WRITE, PUSH] },
  prometheus: { doors: [], routes: [WRITE] },
  promtail: { doors: [], routes: [PUSH] },
  k6: { doors: [], routes: [WRITE] },
  curl: { doors: [], routes: [PUSH] },
};

export const DOORS_QUERY = 'sum by (door) (oriel_http_requests_total{door=~"otlp_.+", status="2xx"})';
export const ROUTES_QUERY = `sum by (span_name) (traces_spanmetrics_calls_total{service="oriel", span_name=~"${WRITE}|${PUSH}"})`;

/** Requests that came the way of the snippet, or undefined where there is none to watch. */
export function receivedOf(snippet: string, { doors, routes }: Counted): number | undefined {
  const way = WAYS[snippet];
  if (way === undefined) return undefined;
  const sum = (from: ReadonlyMap<string, number>, names: readonly string[]) =>
    names.reduce((total, name) => total + (from.get(name) ?? 0), 0);
  return sum(doors, way.doors) + sum(routes, way.routes);
}
