// /api/folders: where dashboards stand. Folders stand in folders.
import { list, record, text } from "../decode";
import { getJson, sendJson } from "../http";

export interface Folder {
  readonly uid: string;
  readonly title: string;
  /** Empty at the top. */
  readonly parentUid: string;
}

const PAGE = 1_000;

export async function listFolders(signal?: AbortSignal): Promise<Folder[]> {
  const answer = await getJson("/api/search", { params: { type: "dash-folder", limit: PAGE }, signal });
  return list(answer).map((one) => {
    const folder = record(one);
    return { uid: text(folder.uid), title: text(folder.title), parentUid: text(folder.folderUid) };
  });
}

export async function createFolder(title: string, parentUid = ""): Promise<string> {
  return text(record(await sendJson("POST", "/api/folders", { title, parentUid })).uid);
}

const pathOf = (uid: string) => `/api/folders/${encodeURIComponent(uid)}`;

export async function renameFolder(uid: string, title: string): Promise<void> {
  await sendJson("PUT", pathOf(uid), { title, overwrite: true });
}

/** Into another one; empty is the top. */
export async function moveFolder(uid: string, parentUid: string): Promise<void> {
  await sendJson("POST", `${pathOf(uid)}/move`, { parentUid });
}

/** With everything in it. */
export async function deleteFolder(uid: string): Promise<void> {
  await sendJson("DELETE", pathOf(uid));
}

/** A folder and all it stands in, outermost first. */
export function foldersAround(folders: readonly Folder[], uid: string): Folder[] {
  const found: Folder[] = [];
  let one = folders.find((folder) => folder.uid === uid);
  while (one !== undefined && !found.includes(one)) {
    found.unshift(one);
    const parent = one.parentUid;
    one = folders.find((folder) => folder.uid === parent);
  }
  return found;
}

export function folderPath(folders: readonly Folder[], uid: string): string {
  return foldersAround(folders, uid)
    .map((one) => one.title)
    .join(" / ");
}
