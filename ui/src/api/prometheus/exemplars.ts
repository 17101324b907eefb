// GET /api/v1/query_exemplars.
import { type Labels, labels, list, number, record, sample } from "../decode";
import { getJson } from "../http";

export interface Exemplar {
  readonly series: Labels;
  readonly labels: Labels;
  /** Epoch seconds. */
  readonly time: number;
  readonly value: number;
  readonly traceId: string | undefined;
}

const TRACE_LABELS = ["trace_id", "traceID", "traceId", "TraceID"];

export function traceIdOf(all: Labels): string | undefined {
  for (const name of TRACE_LABELS) if (all[name]) return all[name];
  return undefined;
}

export async function queryExemplars(
  expr: string,
  startMs: number,
  endMs: number,
  signal?: AbortSignal,
): Promise<Exemplar[]> {
  const params = { query: expr, start: startMs / 1_000, end: endMs / 1_000 };
  const answer = record(await getJson("/api/v1/query_exemplars", { params, signal, post: true }));
  return list(answer.data).flatMap((one) => {
    const entry = record(one);
    const series = labels(entry.seriesLabels);
    return list(entry.exemplars).map((raw): Exemplar => {
      const item = record(raw);
      const own = labels(item.labels);
      return {
        series,
        labels: own,
        time: number(item.timestamp) ?? 0,
        value: sample(item.value),
        traceId: traceIdOf(own),
      };
    });
  });
}
