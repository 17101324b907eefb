// GET or POST /api/v1/query.
import { list, number, record, text, texts } from "../decode";
import { getJson } from "../http";
import { type Instant, vectorRows } from "../matrix";

export interface InstantAnswer {
  readonly rows: readonly Instant[];
  readonly warnings: readonly string[];
}

export async function queryInstant(expr: string, timeMs: number, signal?: AbortSignal): Promise<InstantAnswer> {
  const answer = record(
    await getJson("/api/v1/query", { params: { query: expr, time: timeMs / 1_000 }, signal, post: true }),
  );
  const data = record(answer.data);
  const type = text(data.resultType);
  const rows = type === "matrix" ? lastOfEach(data.result) : vectorRows(type, data.result);
  return { rows, warnings: [...texts(answer.warnings), ...texts(answer.infos)] };
}

/** A range selector as an instant query answers with samples; the table shows the last of each series. */
function lastOfEach(result: unknown): Instant[] {
  return list(result).flatMap((one) => {
    const entry = record(one);
    const last = list(entry.values).at(-1);
    if (!Array.isArray(last)) return [];
    return vectorRows("vector", [{ metric: entry.metric, value: [number(last[0]) ?? 0, last[1]] }]);
  });
}
