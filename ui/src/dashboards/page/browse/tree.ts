// Folders and dashboards as the page of all of them lists them: the tree, or what was found in it. Pure.
import { type Folder, folderPath } from "../../../api/dashboards/folders";
import type { DashboardHit } from "../../api";

export type Sort = "name" | "name-desc" | "visited";

export interface Wanted {
  /** Words of names, tags and folders. */
  readonly text: string;
  readonly tags: readonly string[];
  readonly starred: boolean;
  readonly sort: Sort;
}

export type BrowseRow =
  | { readonly kind: "folder"; readonly folder: Folder; readonly depth: number; readonly many: number }
  | { readonly kind: "dashboard"; readonly hit: DashboardHit; readonly depth: number; readonly path: string };

/** Folders stand in folders; deeper ones than this are those of a circle. */
const DEEPEST = 32;

/** Something is asked for: a list without folders answers it. */
export function isAsked({ text, tags, starred, sort }: Wanted): boolean {
  return text.trim() !== "" || tags.length > 0 || starred || sort !== "name";
}

/** What stands in `root`, folders first, and in the open folders of it. */
export function treeRows(
  folders: readonly Folder[],
  hits: readonly DashboardHit[],
  root: string,
  isOpen: (uid: string) => boolean,
  depth = 0,
): BrowseRow[] {
  if (depth > DEEPEST) return [];
  const inner = folders.filter((one) => one.parentUid === root).sort((a, b) => a.title.localeCompare(b.title));
  const own = hits.filter((one) => one.folderUid === root).sort(byTitle);
  return [
    ...inner.flatMap((folder): BrowseRow[] => [
      { kind: "folder", folder, depth, many: manyIn(folders, hits, folder.uid) },
      ...(isOpen(folder.uid) ? treeRows(folders, hits, folder.uid, isOpen, depth + 1) : []),
    ]),
    ...own.map((hit): BrowseRow => ({ kind: "dashboard", hit, depth, path: "" })),
  ];
}

const byTitle = (a: DashboardHit, b: DashboardHit) => a.title.localeCompare(b.title);

/** Folders that stand in one, itself among them. */
export function foldersIn(folders: readonly Folder[], root: string): ReadonlySet<string> {
  const found = new Set([root]);
  // A set that grows while it is walked is walked to its end.
  for (const uid of found) for (const one of folders) if (one.parentUid === uid) found.add(one.uid);
  return found;
}

function manyIn(folders: readonly Folder[], hits: readonly DashboardHit[], root: string): number {
  const inside = foldersIn(folders, root);
  return hits.filter((one) => inside.has(one.folderUid)).length;
}

/** What answers the question, in `root` and all it holds, each with the path to it. */
export function foundRows(
  folders: readonly Folder[],
  hits: readonly DashboardHit[],
  root: string,
  { text, tags, starred, sort }: Wanted,
  visited: readonly string[],
): BrowseRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const inside = root === "" ? undefined : foldersIn(folders, root);
  const found = hits
    .filter((one) => inside === undefined || inside.has(one.folderUid))
    .filter((one) => (!starred || one.starred) && tags.every((tag) => one.tags.includes(tag)))
    .map((hit) => ({ hit, path: folderPath(folders, hit.folderUid) || hit.folder }))
    .filter(({ hit, path }) => {
      const own = `${hit.title} ${hit.tags.join(" ")} ${path}`.toLowerCase();
      return words.every((word) => own.includes(word));
    });
  const last = (uid: string) => (visited.includes(uid) ? visited.indexOf(uid) : visited.length);
  found.sort((a, b) => {
    if (sort === "name-desc") return byTitle(b.hit, a.hit);
    return (sort === "visited" ? last(a.hit.uid) - last(b.hit.uid) : 0) || byTitle(a.hit, b.hit);
  });
  return found.map(({ hit, path }) => ({ kind: "dashboard", hit, depth: 0, path }));
}

/** All tags with how many dashboards have them, the most frequent first. */
export function tagCounts(hits: readonly DashboardHit[]): { readonly tag: string; readonly many: number }[] {
  const counts = new Map<string, number>();
  for (const one of hits) for (const tag of one.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, many]) => ({ tag, many }))
    .sort((a, b) => b.many - a.many || a.tag.localeCompare(b.tag));
}

/** A folder that is chosen speaks for what is in it: that is not moved or deleted by itself. */
export function outermost(
  folders: readonly Folder[],
  hits: readonly DashboardHit[],
  chosen: ReadonlySet<string>,
): { readonly folders: readonly Folder[]; readonly dashboards: readonly DashboardHit[] } {
  const covered = new Set([...chosen].flatMap((uid) => [...foldersIn(folders, uid)].filter((inner) => inner !== uid)));
  const kept = folders.filter((one) => chosen.has(one.uid) && !covered.has(one.uid));
  return {
    folders: kept,
    dashboards: hits.filter((one) => chosen.has(one.uid) && !chosen.has(one.folderUid) && !covered.has(one.folderUid)),
  };
}
