// GET /loki/api/v1/labels and /loki/api/v1/label/NAME/values.
import type { Range } from "../../time/range";
import { record, texts } from "../decode";
import { getJson } from "../http";
import { nanos } from "./nanos";

export async function lokiLabels(range: Range, signal?: AbortSignal): Promise<string[]> {
  const answer = await getJson("/loki/api/v1/labels", { params: span(range), signal });
  return texts(record(answer).data);
}

export async function lokiLabelValues(
  name: string,
  query: string | undefined,
  range: Range,
  signal?: AbortSignal,
): Promise<string[]> {
  const path = `/loki/api/v1/label/${encodeURIComponent(name)}/values`;
  const answer = await getJson(path, { params: { ...span(range), query }, signal });
  return texts(record(answer).data);
}

function span(range: Range): { start: string; end: string } {
  return { start: nanos(range.from), end: nanos(range.to) };
}
