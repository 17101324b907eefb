// GET or POST /loki/api/v1/query_range for metric queries over lines.
import { list, record, text } from "../decode";
import { getJson } from "../http";
import { type Frame, type Instant, matrixFrame, vectorRows } from "../matrix";
import { nanos } from "./nanos";

export interface LogMetricQuery {
  readonly expr: string;
  /** Epoch milliseconds, multiples of the step. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export async function queryLogMetric(query: LogMetricQuery, signal?: AbortSignal): Promise<Frame> {
  const answer = record(
    await getJson("/loki/api/v1/query_range", {
      params: {
        query: query.expr,
        start: nanos(query.startMs),
        end: nanos(query.endMs),
        step: query.stepMs / 1_000,
      },
      signal,
      post: true,
    }),
  );
  const data = record(answer.data);
  const result = text(data.resultType) === "matrix" ? list(data.result) : [];
  return matrixFrame(result, query.startMs, query.endMs, query.stepMs);
}

/** The same at one moment: GET /loki/api/v1/query. */
export async function queryLogInstant(expr: string, timeMs: number, signal?: AbortSignal): Promise<Instant[]> {
  const params = { query: expr, time: nanos(timeMs) };
  const data = record(record(await getJson("/loki/api/v1/query", { params, signal, post: true })).data);
  return vectorRows(text(data.resultType), data.result);
}
