// /api/snapshots and /api/short-urls: dashboards with the data they showed, and short addresses of pages.
import { type Json, list, record, text } from "../decode";
import { getJson, sendJson } from "../http";

export interface Snapshot {
  readonly key: string;
  readonly name: string;
  readonly created: string;
  readonly expires: string;
}

/** `seconds` until it ends; 0 is never. Its key comes back. */
export async function createSnapshot(dashboard: Json, name: string, seconds: number): Promise<string> {
  const answer = record(await sendJson("POST", "/api/snapshots", { dashboard, name, expires: seconds }));
  return text(answer.key);
}

export async function listSnapshots(signal?: AbortSignal): Promise<Snapshot[]> {
  return list(await getJson("/api/dashboard/snapshots", { params: { limit: 1_000 }, signal })).map((one) => {
    const { key, name, created, expires } = record(one);
    return { key: text(key), name: text(name, "Untitled"), created: text(created), expires: text(expires) };
  });
}

export async function deleteSnapshot(key: string): Promise<void> {
  await sendJson("DELETE", `/api/snapshots/${encodeURIComponent(key)}`);
}

/** The name under which `/goto` leads to a page of this server; the same page has the same name. */
export async function shorten(path: string): Promise<string> {
  return text(record(await sendJson("POST", "/api/short-urls", { path })).uid);
}
