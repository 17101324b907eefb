// GET /api/v1/label/NAME/values and /api/v1/labels.
import { record, texts } from "../decode";
import { getJson } from "../http";

/** Values of one label, sorted; `__name__` lists the metrics. */
export async function labelValues(name: string, match: string | undefined, signal?: AbortSignal): Promise<string[]> {
  const params = match === undefined ? {} : { "match[]": match };
  const answer = await getJson(`/api/v1/label/${encodeURIComponent(name)}/values`, { params, signal });
  return texts(record(answer).data);
}

/** GET /api/v1/labels: names of the labels of matching series, sorted. */
export async function labelNames(match: string | undefined, signal?: AbortSignal): Promise<string[]> {
  const params = match === undefined ? {} : { "match[]": match };
  return texts(record(await getJson("/api/v1/labels", { params, signal })).data);
}
