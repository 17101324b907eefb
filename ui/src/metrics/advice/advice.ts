// What a query that was answered may still mean otherwise: a counter without a rate, a rate of a gauge, buckets without a quantile.
// Each advice says why, and how the query would read. Pure.
import type { Advice } from "../../explore/QueryRow";
import { nodesOf, parsePromql, type SyntaxNode, textOf } from "../syntax";

/** Names of the metrics that a query selects. */
export function metricsOf(query: string): string[] {
  const names = nodesOf(parsePromql(query), "VectorSelector").flatMap((one) => {
    const name = one.getChild("Identifier");
    return name === null ? [] : [textOf(name, query)];
  });
  return [...new Set(names)];
}

/** Functions that read a counter as it is, or as growth. */
const READS_COUNTERS =
  /^(?:rate|irate|increase|resets|changes|absent|absent_over_time|timestamp|present_over_time|count_over_time|delta|idelta|deriv|count|group|count_values|histogram_\w+)$/;

const RATES: Readonly<Record<string, string>> = { rate: "deriv", irate: "deriv", increase: "delta" };

/** The first advice for the query; `typeOf` says what is known of a metric, and is empty where nothing is. */
export function adviceOf(query: string, typeOf: (metric: string) => string): Advice | undefined {
  for (const selector of nodesOf(parsePromql(query), "VectorSelector")) {
    const name = selector.getChild("Identifier");
    if (name === null) continue;
    const metric = textOf(name, query);
    const calls = callsAround(selector, query);
    const type = typeOf(metric) || typeByName(metric);
    const found = bare(query, selector, metric, type, calls) ?? rateOfGauge(query, metric, type, calls[0]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a metric is by its name, where its sender did not say. */
function typeByName(metric: string): string {
  if (metric.endsWith("_bucket")) return "buckets";
  return /_(?:total|count|sum)$/.test(metric) ? "counter" : "";
}

interface Call {
  readonly name: string;
  readonly node: SyntaxNode;
}

/** Functions and aggregations around a selector, the nearest first. */
function callsAround(selector: SyntaxNode, query: string): Call[] {
  const calls: Call[] = [];
  for (let node = selector.parent; node !== null; node = node.parent) {
    const name = node.getChild("FunctionIdentifier") ?? node.getChild("AggregateOp");
    if (name !== null) calls.push({ name: textOf(name, query), node: name });
  }
  return calls;
}

function bare(
  query: string,
  selector: SyntaxNode,
  metric: string,
  type: string,
  calls: readonly Call[],
): Advice | undefined {
  const isBuckets = metric.endsWith("_bucket") || type === "histogram";
  const isCounter = type === "counter" || isBuckets;
  if (!isCounter || selector.parent?.name === "MatrixSelector" || calls.some((one) => READS_COUNTERS.test(one.name)))
    return undefined;
  const text = textOf(selector, query);
  const put = (mended: string) => `${query.slice(0, selector.from)}${mended}${query.slice(selector.to)}`;
  if (isBuckets && calls.length === 0) {
    const by = metric.endsWith("_bucket") ? "sum by (le) " : "sum";
    return {
      words: `${metric} holds the buckets of a histogram: a quantile of them says how long, or how much.`,
      mended: put(`histogram_quantile(0.95, ${by}(rate(${text}[$__rate_interval])))`),
    };
  }
  return {
    words: `${metric} is a counter, which only grows: its rate says how much a second.`,
    mended: put(`rate(${text}[$__rate_interval])`),
  };
}

function rateOfGauge(query: string, metric: string, type: string, nearest: Call | undefined): Advice | undefined {
  const meant = RATES[nearest?.name ?? ""];
  if (type !== "gauge" || nearest === undefined || meant === undefined) return undefined;
  return {
    words: `${metric} is a gauge, which goes up and down: ${nearest.name} takes each fall for a restart.`,
    mended: `${query.slice(0, nearest.node.from)}${meant}${query.slice(nearest.node.to)}`,
  };
}
