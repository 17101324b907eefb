// GET /tempo/api/metrics/query_range, for the traces behind the numbers only: the numbers come with all others of the page.
import type { Mark } from "../../charts/plugins/marks";
import { stepText } from "../../time/step";
import { list, number, record, text } from "../decode";
import { getJson } from "../http";
import type { RangeQuery } from "../oriel/range";

/** More diamonds than a small chart has room for. */
const MOST = 60;

export async function spanExemplars(
  { expr, startMs, endMs, stepMs }: RangeQuery,
  signal?: AbortSignal,
): Promise<Mark[]> {
  const params = { q: expr, start: startMs / 1_000, end: endMs / 1_000, step: stepText(stepMs), exemplars: MOST };
  return decodeExemplars(await getJson("/tempo/api/metrics/query_range", { params, signal }));
}

/** A trace that stands behind several series is one diamond. */
export function decodeExemplars(body: unknown): Mark[] {
  const all = list(record(body).series).flatMap((series) => list(record(series).exemplars).map(record));
  const marks = all.flatMap((one): Mark[] => {
    const label = list(one.labels)
      .map(record)
      .find(({ key }) => key === "trace:id");
    const id = text(record(label?.value).stringValue);
    const value = number(one.value);
    if (id === "" || value === undefined || !Number.isFinite(value)) return [];
    return [{ time: Number(text(one.timestampMs, "0")) / 1_000, value, id, label: id }];
  });
  return [...new Map(marks.map((mark) => [`${mark.id} ${mark.time}`, mark])).values()];
}
