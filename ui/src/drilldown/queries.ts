// The queries that the pages ask, out of what was clicked. Names and values are data: they are quoted, never pasted. Pure.
import type { Filter } from "./filters";
import type { How, Measure } from "./search";

const quote = (text: string) => JSON.stringify(text);
const isPlain = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
/** Label names outside of the old alphabet are written in quotes. */
const labelName = (name: string) => (isPlain(name) ? name : quote(name));

function matchers(filters: readonly Filter[]): string[] {
  return filters
    .filter((one) => one.kind === "label")
    .map((one) => `${labelName(one.name)}${one.wanted ? "=" : "!="}${quote(one.value)}`);
}

export type MetricKind = "counter" | "buckets" | "gauge";

/** By the usual names: what ends like a counter is one. */
export function metricKind(name: string): MetricKind {
  if (name.endsWith("_bucket")) return "buckets";
  return /_(total|count|sum)$/.test(name) ? "counter" : "gauge";
}

/** The way that was asked for, where the kind has it. */
export function howOf(kind: MetricKind, asked: How | undefined): How {
  const [usual = "avg", ...others] = HOWS_OF[kind];
  return others.find((one) => one === asked) ?? usual;
}

export function metricSelector(name: string, filters: readonly Filter[]): string {
  const isOld = /^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name);
  const inner = [...(isOld ? [] : [quote(name)]), ...matchers(filters)].join(", ");
  return `${isOld ? name : ""}${inner === "" ? "" : `{${inner}}`}`;
}

/** How series of each kind may become one; the first is the usual way. */
export const HOWS_OF: Readonly<Record<MetricKind, readonly How[]>> = {
  counter: ["sum", "avg", "min", "max"],
  gauge: ["avg", "sum", "min", "max"],
  buckets: ["p95", "p50", "p90", "p99"],
};

/** Counters as a rate, buckets as a quantile, everything else as it is; one line for each value of `by`. */
export function metricQuery(name: string, filters: readonly Filter[], by?: string, asked?: How): string {
  const selector = metricSelector(name, filters);
  const label = by === undefined ? [] : [labelName(by)];
  const group = (names: readonly string[]) => (names.length === 0 ? "" : ` by (${names.join(", ")})`);
  const kind = metricKind(name);
  const how = howOf(kind, asked);
  if (kind === "buckets") {
    const quantile = Number(how.slice(1)) / 100;
    return `histogram_quantile(${quantile}, sum${group(["le", ...label])} (rate(${selector}[$__rate_interval])))`;
  }
  return `${how}${group(label)} (${kind === "counter" ? `rate(${selector}[$__rate_interval])` : selector})`;
}

/** The lines that are left after the filters. */
export function linesQuery(
  label: string,
  service: string,
  filters: readonly Filter[],
  parser?: "json" | "logfmt",
): string {
  let query = `{${[`${label}=${quote(service)}`, ...matchers(filters)].join(", ")}}`;
  for (const one of filters) if (one.kind === "pattern") query += ` ${one.wanted ? "|>" : "!>"} ${quote(one.value)}`;
  const parsers = new Set<string>(
    filters.filter((one) => one.kind === "json" || one.kind === "logfmt").map((one) => one.kind),
  );
  if (parser !== undefined) parsers.add(parser);
  for (const one of parsers) query += ` | ${one}`;
  for (const one of filters) {
    if (one.kind === "label" || one.kind === "pattern") continue;
    query += ` | ${one.name}${one.wanted ? "=" : "!="}${quote(one.value)}`;
  }
  return query;
}

/** How many lines, one series for each value of `by`. */
export function volumeQuery(lines: string, by: string): string {
  return `sum by (${by}) (count_over_time(${lines} | drop __error__, __error_details__ [$__auto]))`;
}

/** How many lines, altogether. */
export function totalQuery(lines: string): string {
  return `sum(count_over_time(${lines} [$__auto]))`;
}

/** How a field is read as a number; undefined when it is none. */
export function unwrapped(name: string, type: string): string | undefined {
  if (type === "duration" || type === "bytes") return `${type}(${name})`;
  return type === "int" || type === "float" ? name : undefined;
}

/** What 90 of 100 values of a numeric field are below. */
export function numberQuery(lines: string, unwrap: string): string {
  return `quantile_over_time(0.9, ${lines} | unwrap ${unwrap} | __error__="" [$__auto]) by ()`;
}

/** The most frequent values of a field over the whole range. */
export function topQuery(lines: string, by: string): string {
  return `topk(50, sum by (${by}) (count_over_time(${lines} | drop __error__, __error_details__ [$__range])))`;
}

/** Attribute names with unusual letters are quoted after their scope. */
function attribute(name: string): string {
  const found = /^((?:span|resource|event|link|instrumentation)?\.)(.+)$/.exec(name);
  if (found === null) return name;
  const [, scope = "", rest = ""] = found;
  return /^[\w./:-]+$/.test(rest) ? name : `${scope}${quote(rest)}`;
}

const WORDS = new Set(["status", "kind"]);

function literal(name: string, value: string): string {
  if (WORDS.has(name)) return value;
  return /^-?\d+(?:\.\d+)?$|^(?:true|false)$/.test(value) ? value : quote(value);
}

export function spanSelector(filters: readonly Filter[], more: readonly string[] = []): string {
  const conditions = filters.map(
    (one) => `${attribute(one.name)} ${one.wanted ? "=" : "!="} ${literal(one.name, one.value)}`,
  );
  const all = [...conditions, ...more];
  return all.length === 0 ? "{ }" : `{ ${all.join(" && ")} }`;
}

/** What a measure is over spans; one series for each value of `by`. */
export function spanQuery(measure: Measure, filters: readonly Filter[], by?: string): string {
  const group = by === undefined ? "" : ` by (${attribute(by)})`;
  if (measure === "duration") {
    const quantiles = by === undefined ? ".5, .9, .99" : ".9";
    return `${spanSelector(filters)} | quantile_over_time(duration, ${quantiles})${group}`;
  }
  return `${spanSelector(filters, measure === "errors" ? ["status = error"] : [])} | rate()${group}`;
}

/** Failed spans against all others, or slow spans against all others. `slow` is a duration of the language. */
export function compareQuery(measure: Measure, filters: readonly Filter[], slow: string): string {
  const selection = measure === "duration" ? `{ duration > ${slow} }` : "{ status = error }";
  return `${spanSelector(filters)} | compare(${selection}, 20)`;
}
