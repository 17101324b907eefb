// Stored dashboards: /api/search, /api/dashboards, and Oriel's own reading of one as it was written.
import { type Json, list, number, record, text, texts } from "../api/decode";
import { getBytes, getJson, sendJson, sendText } from "../api/http";
import { memberText } from "../api/rawJson";
import { withUid } from "./model/document";

export interface DashboardHit {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly folder: string;
  readonly folderUid: string;
  readonly starred: boolean;
  readonly description: string;
}

export interface DashboardMeta {
  readonly version: number;
  readonly folderUid: string;
  readonly folderTitle: string;
  readonly updated: string;
  /** It comes with Oriel and was never saved. */
  readonly isReady: boolean;
  /** A file decides about it: it is changed there. Its name, where it is known. */
  readonly provisioned: { readonly file: string } | undefined;
}

export interface StoredDashboard {
  readonly json: Json;
  readonly meta: DashboardMeta;
}

export async function searchDashboards(signal?: AbortSignal): Promise<DashboardHit[]> {
  const answer = await getJson("/api/search", { params: { type: "dash-db", limit: 5_000 }, signal });
  return list(answer).map((one) => {
    const hit = record(one);
    return {
      uid: text(hit.uid),
      title: text(hit.title, "Untitled"),
      tags: texts(hit.tags),
      folder: text(hit.folderTitle),
      folderUid: text(hit.folderUid),
      starred: hit.isStarred === true,
      description: text(hit.description),
    };
  });
}

export async function readDashboard(uid: string, signal?: AbortSignal): Promise<StoredDashboard> {
  const answer = record(await getJson(`/api/oriel/v1/dashboards/${encodeURIComponent(uid)}`, { signal }));
  const meta = record(answer.meta);
  return {
    json: withUid(record(answer.dashboard), uid),
    meta: {
      version: number(meta.version) ?? 0,
      folderUid: text(meta.folderUid),
      folderTitle: text(meta.folderTitle),
      updated: text(meta.updated),
      isReady: meta.isReady === true,
      provisioned: meta.provisioned === true ? { file: text(meta.provisionedExternalId) } : undefined,
    },
  };
}

/** A snapshot: a dashboard of its own, under no uid, so that nothing is saved over the one it was taken of. */
export async function readSnapshot(key: string, signal?: AbortSignal): Promise<StoredDashboard> {
  const answer = record(await getJson(`/api/snapshots/${encodeURIComponent(key)}`, { signal }));
  const { uid: _uid, id: _id, ...json } = record(answer.dashboard);
  const meta = { version: 0, folderUid: "", folderTitle: "", isReady: false, provisioned: undefined };
  return { json, meta: { ...meta, updated: text(record(answer.meta).created) } };
}

export interface Saved {
  readonly uid: string;
  readonly version: number;
}

/** Saves over `version`; a newer one on the server is refused with status 412. The JSON is stored as it is given. */
export async function saveDashboard(
  json: Json,
  version: number,
  folderUid: string,
  message: string,
  overwrite: boolean,
): Promise<Saved> {
  const body = { dashboard: json, version, folderUid, message, overwrite };
  const answer = record(await sendJson("POST", "/api/dashboards/db", body));
  return { uid: text(answer.uid), version: number(answer.version) ?? 0 };
}

export async function deleteDashboard(uid: string): Promise<void> {
  await sendJson("DELETE", `/api/dashboards/uid/${encodeURIComponent(uid)}`);
}

/** The text of a dashboard as it was stored, to the byte. */
export async function dashboardText(uid: string): Promise<string> {
  const bytes = await getBytes(`/api/oriel/v1/dashboards/${encodeURIComponent(uid)}`);
  return memberText(new TextDecoder().decode(bytes), "dashboard") ?? "{}";
}

/** Stores the text of a dashboard as it is. Without `overwrite` one that has its uid is refused with status 412. */
export async function importDashboard(
  json: string,
  folderUid: string,
  overwrite: boolean,
  message = "Imported",
): Promise<Saved> {
  const rest = JSON.stringify({ folderUid, message, overwrite }).slice(1);
  const answer = record(await sendText("POST", "/api/dashboards/db", `{"dashboard":${json},${rest}`));
  return { uid: text(answer.uid), version: number(answer.version) ?? 0 };
}

/** Into another folder, as it is stored. */
export async function moveDashboard(uid: string, folderUid: string): Promise<void> {
  await importDashboard(await dashboardText(uid), folderUid, true, "Moved");
}

export async function readVersion(uid: string, version: number, signal?: AbortSignal): Promise<Json> {
  const path = `/api/dashboards/uid/${encodeURIComponent(uid)}/versions/${version}`;
  return record(record(await getJson(path, { signal })).data);
}

/** Makes an earlier version the newest. */
export async function restoreVersion(uid: string, version: number): Promise<void> {
  await sendJson("POST", `/api/dashboards/uid/${encodeURIComponent(uid)}/restore`, { version });
}

export interface Version {
  readonly version: number;
  readonly created: string;
  readonly message: string;
}

export async function dashboardVersions(uid: string, signal?: AbortSignal): Promise<Version[]> {
  const answer = record(await getJson(`/api/dashboards/uid/${encodeURIComponent(uid)}/versions`, { signal }));
  return list(answer.versions).map((one) => {
    const version = record(one);
    return { version: number(version.version) ?? 0, created: text(version.created), message: text(version.message) };
  });
}
