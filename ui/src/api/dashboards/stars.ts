// /api/user/stars: dashboards that one wants at hand.
import { texts } from "../decode";
import { getJson, sendJson } from "../http";

export async function starredUids(signal?: AbortSignal): Promise<string[]> {
  return texts(await getJson("/api/user/stars", { signal }));
}

export async function setStar(uid: string, on: boolean): Promise<void> {
  await sendJson(on ? "POST" : "DELETE", `/api/user/stars/dashboard/uid/${encodeURIComponent(uid)}`);
}
