// GET or POST /loki/api/v1/query: a metric over lines at one moment.
import { record, text } from "../decode";
import { getJson } from "../http";
import { type Instant, vectorRows } from "../matrix";
import { nanos } from "./nanos";

export async function queryLogInstant(expr: string, timeMs: number, signal?: AbortSignal): Promise<Instant[]> {
  const params = { query: expr, time: nanos(timeMs) };
  const data = record(record(await getJson("/loki/api/v1/query", { params, signal, post: true })).data);
  return vectorRows(text(data.resultType), data.result);
}
