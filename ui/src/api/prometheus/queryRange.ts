// GET or POST /api/v1/query_range.
import { list, record, text, texts } from "../decode";
import { getJson } from "../http";
import { type Frame, matrixFrame } from "../matrix";

export interface RangeAnswer {
  readonly frame: Frame;
  readonly warnings: readonly string[];
}

export interface RangeQuery {
  readonly expr: string;
  /** Epoch milliseconds, multiples of the step. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export async function queryRange(query: RangeQuery, signal?: AbortSignal): Promise<RangeAnswer> {
  const answer = record(
    await getJson("/api/v1/query_range", {
      params: {
        query: query.expr,
        start: query.startMs / 1_000,
        end: query.endMs / 1_000,
        step: query.stepMs / 1_000,
      },
      signal,
      post: true,
    }),
  );
  const data = record(answer.data);
  const result = text(data.resultType) === "matrix" ? list(data.result) : [];
  const frame = matrixFrame(result, query.startMs, query.endMs, query.stepMs);
  return { frame, warnings: [...texts(answer.warnings), ...texts(answer.infos)] };
}
