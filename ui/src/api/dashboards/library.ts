// /api/library-elements: panels that stand on many dashboards and are stored apart from them.
import { type Json, list, number, record, text } from "../decode";
import { getJson, sendJson } from "../http";

export interface LibraryElement {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly version: number;
  /** The panel, in the words of dashboards. */
  readonly model: Json;
  readonly dashboards: number;
}

/** The kind of elements that are panels. */
const PANELS = 1;
const PAGE = 500;

function decode(value: unknown): LibraryElement {
  const one = record(value);
  return {
    uid: text(one.uid),
    name: text(one.name),
    type: text(one.type),
    version: number(one.version) ?? 0,
    model: record(one.model),
    dashboards: number(record(one.meta).connectedDashboards) ?? 0,
  };
}

export async function listLibrary(signal?: AbortSignal): Promise<LibraryElement[]> {
  const answer = record(await getJson("/api/library-elements", { params: { kind: PANELS, perPage: PAGE }, signal }));
  return list(record(answer.result).elements).map(decode);
}

export async function readLibrary(uid: string, signal?: AbortSignal): Promise<LibraryElement> {
  const answer = record(await getJson(`/api/library-elements/${encodeURIComponent(uid)}`, { signal }));
  return decode(answer.result);
}

export async function addToLibrary(name: string, model: Json): Promise<LibraryElement> {
  return decode(record(await sendJson("POST", "/api/library-elements", { name, model, kind: PANELS })).result);
}

/** Saves over `element.version`; a newer one on the server is refused with status 412. */
export async function saveLibrary(element: LibraryElement, model: Json): Promise<void> {
  const { uid, name, version } = element;
  await sendJson("PATCH", `/api/library-elements/${encodeURIComponent(uid)}`, { name, model, version, kind: PANELS });
}

/** The same panel under another name. */
export async function renameInLibrary({ uid, version, model }: LibraryElement, name: string): Promise<void> {
  await sendJson("PATCH", `/api/library-elements/${encodeURIComponent(uid)}`, { name, model, version, kind: PANELS });
}

/** Refused while dashboards show it. */
export async function removeFromLibrary(uid: string): Promise<void> {
  await sendJson("DELETE", `/api/library-elements/${encodeURIComponent(uid)}`);
}

/** Uids of the dashboards that show it. */
export async function libraryDashboards(uid: string, signal?: AbortSignal): Promise<string[]> {
  const answer = record(await getJson(`/api/library-elements/${encodeURIComponent(uid)}/connections`, { signal }));
  return list(answer.result)
    .map((one) => text(record(one).connectionUid))
    .filter((one) => one !== "");
}
