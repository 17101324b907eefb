// GET /tempo/api/metrics/query_range: metrics over spans.
import { list, number, record, text } from "../decode";
import { getJson } from "../http";
import type { Frame, Series } from "../matrix";
import { anyText } from "./trace";

export interface SpanMetricQuery {
  readonly q: string;
  /** Epoch milliseconds, multiples of the step. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export async function querySpanMetric(query: SpanMetricQuery, signal?: AbortSignal): Promise<Frame> {
  const answer = record(
    await getJson("/tempo/api/metrics/query_range", {
      params: {
        q: query.q,
        start: Math.floor(query.startMs / 1_000),
        end: Math.ceil(query.endMs / 1_000),
        step: `${Math.max(1, Math.round(query.stepMs / 1_000))}s`,
      },
      signal,
    }),
  );
  const size = Math.floor((query.endMs - query.startMs) / query.stepMs) + 1;
  const times = Array.from({ length: size }, (_, index) => (query.startMs + index * query.stepMs) / 1_000);
  const series = list(answer.series).map((one): Series => {
    const entry = record(one);
    const values = new Array<number | null>(size).fill(null);
    for (const point of list(entry.samples)) {
      const sample = record(point);
      const index = Math.round(((number(sample.timestampMs) ?? 0) - query.startMs) / query.stepMs);
      // A value of zero is left out of the answer.
      if (index >= 0 && index < size) values[index] = number(sample.value) ?? 0;
    }
    const labels = Object.fromEntries(
      list(entry.labels).map((pair) => [text(record(pair).key), anyText(record(pair).value)]),
    );
    return { labels, values };
  });
  return { times, series };
}
