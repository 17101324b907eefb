// GET /loki/api/v1/index/volume: bytes of each stream group in a range.
import type { Range } from "../../time/range";
import { labels, list, number, record } from "../decode";
import { getJson } from "../http";
import { nanos } from "./nanos";

export interface Volume {
  readonly name: string;
  readonly bytes: number;
}

/** Bytes by the value of one label, largest first. */
export async function volumeBy(label: string, range: Range, signal?: AbortSignal): Promise<Volume[]> {
  const answer = record(
    await getJson("/loki/api/v1/index/volume", {
      params: {
        query: `{${label}=~".+"}`,
        start: nanos(range.from),
        end: nanos(range.to),
        targetLabels: label,
        limit: 200,
      },
      signal,
    }),
  );
  const volumes = list(record(answer.data).result).map((one) => {
    const entry = record(one);
    return { name: labels(entry.metric)[label] ?? "", bytes: number(list(entry.value)[1]) ?? 0 };
  });
  return volumes.sort((a, b) => b.bytes - a.bytes);
}
