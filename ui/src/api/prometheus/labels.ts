// GET /api/v1/label/NAME/values.
import { record, texts } from "../decode";
import { getJson } from "../http";

/** Values of one label, sorted; `__name__` lists the metrics. */
export async function labelValues(name: string, match: string | undefined, signal?: AbortSignal): Promise<string[]> {
  const params = match === undefined ? {} : { "match[]": match };
  const answer = await getJson(`/api/v1/label/${encodeURIComponent(name)}/values`, { params, signal });
  return texts(record(answer).data);
}
