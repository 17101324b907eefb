// GET /tempo/api/v2/search/tags and /tempo/api/v2/search/tag/NAME/values.
import type { Range } from "../../time/range";
import { list, record, text, texts } from "../decode";
import { getJson } from "../http";

export interface TagScope {
  readonly name: string;
  readonly tags: readonly string[];
}

export async function tagNames(range: Range, signal?: AbortSignal): Promise<TagScope[]> {
  const answer = record(await getJson("/tempo/api/v2/search/tags", { params: seconds(range), signal }));
  return list(answer.scopes).map((one) => ({ name: text(record(one).name), tags: texts(record(one).tags) }));
}

export interface TagValue {
  readonly type: string;
  readonly value: string;
}

export async function tagValues(field: string, range: Range, signal?: AbortSignal): Promise<TagValue[]> {
  const path = `/tempo/api/v2/search/tag/${encodeURIComponent(field)}/values`;
  const answer = record(await getJson(path, { params: seconds(range), signal }));
  return list(answer.tagValues).map((one) => ({ type: text(record(one).type), value: text(record(one).value) }));
}

export function seconds(range: Range): { start: number; end: number } {
  return { start: Math.floor(range.from / 1_000), end: Math.ceil(range.to / 1_000) };
}
