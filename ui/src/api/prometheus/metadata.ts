// GET /api/v1/metadata: what a metric is, as its sender said.
import { list, record, text } from "../decode";
import { getJson } from "../http";

/** `counter`, `gauge`, `histogram`, ...; empty where nobody said. */
export async function metricType(metric: string, signal?: AbortSignal): Promise<string> {
  const answer = record(await getJson("/api/v1/metadata", { params: { metric, limit_per_metric: 1 }, signal }));
  return text(record(list(record(answer.data)[metric])[0]).type);
}
