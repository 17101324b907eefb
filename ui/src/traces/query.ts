// What a TraceQL text is: a trace id, a metric over spans, or a search. And the queries that lead on from a trace. Pure.

export function traceIdIn(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  return /^[0-9a-f]{16}$|^[0-9a-f]{32}$/.test(trimmed) ? trimmed : undefined;
}

const METRIC =
  /\|\s*(rate|count_over_time|min_over_time|max_over_time|avg_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare)\s*\(/;

export function isSpanMetric(query: string): boolean {
  return METRIC.test(query);
}

/** The search with one more condition, joined to the first spanset. */
export function withCondition(query: string, condition: string): string {
  const found = /^\s*\{\s*([^{}]*?)\s*\}(.*)$/s.exec(query);
  if (found === null) return `{ ${condition} }`;
  const [, inner = "", rest = ""] = found;
  return `{ ${inner === "" ? condition : `${inner} && ${condition}`} }${rest}`;
}

/** Lines that carry the trace id as a field, as OTLP logs do. */
export function logsByField(traceId: string): string {
  return `{service_name=~".+"} | trace_id=${JSON.stringify(traceId)}`;
}

/** Lines that say the trace id in their text. */
export function logsByText(traceId: string): string {
  return `{service_name=~".+"} |= ${JSON.stringify(traceId)}`;
}

/** Calls and failed calls of a service by span, out of the metrics that spans leave behind. */
export function serviceMetrics(service: string): string[] {
  const rate = (more: string) =>
    `sum by (span_name) (rate(traces_spanmetrics_calls_total{service=${JSON.stringify(service)}${more}}[$__rate_interval]))`;
  return [rate(""), rate(', status_code="STATUS_CODE_ERROR"')];
}
