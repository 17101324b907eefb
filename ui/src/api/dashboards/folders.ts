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

export async function createFolder(title: string): Promise<string> {
  return text(record(await sendJson("POST", "/api/folders", { title })).uid);
}

/** Titles of a folder and all it stands in, outermost first. */
export function folderPath(folders: readonly Folder[], uid: string): string {
  const titles: string[] = [];
  const seen = new Set<string>();
  let one = folders.find((folder) => folder.uid === uid);
  while (one !== undefined && !seen.has(one.uid)) {
    seen.add(one.uid);
    titles.unshift(one.title);
    const parent = one.parentUid;
    one = folders.find((folder) => folder.uid === parent);
  }
  return titles.join(" / ");
}
