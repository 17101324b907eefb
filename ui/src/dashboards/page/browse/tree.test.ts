import { expect, it } from "vitest";
import type { DashboardHit } from "../../api";
import { foundRows, isAsked, outermost, tagCounts, treeRows, type Wanted } from "./tree";

const folders = [
  { uid: "ops", title: "Ops", parentUid: "" },
  { uid: "db", title: "Databases", parentUid: "ops" },
  { uid: "empty", title: "Empty", parentUid: "" },
];
const hit = (uid: string, folderUid: string, tags: string[] = [], starred = false): DashboardHit => ({
  uid,
  title: uid.toUpperCase(),
  tags,
  folder: folderUid,
  folderUid,
  starred,
  description: "",
});
const hits = [hit("pg", "db", ["sql"]), hit("host", "ops", ["sql", "os"], true), hit("home", "")];
const plain: Wanted = { text: "", tags: [], starred: false, sort: "name" };

const names = (rows: ReturnType<typeof treeRows>) =>
  rows.map((one) => (one.kind === "folder" ? `${one.folder.title}/${one.many}` : `${one.depth} ${one.hit.title}`));

it("lists folders before dashboards, empty ones too, and what is in open ones", () => {
  expect(names(treeRows(folders, hits, "", () => false))).toEqual(["Empty/0", "Ops/2", "0 HOME"]);
  expect(names(treeRows(folders, hits, "", () => true))).toEqual([
    "Empty/0",
    "Ops/2",
    "Databases/1",
    "2 PG",
    "1 HOST",
    "0 HOME",
  ]);
  expect(names(treeRows(folders, hits, "ops", () => false))).toEqual(["Databases/1", "0 HOST"]);
});

it("does not follow folders that stand in each other", () => {
  const circle = [
    { uid: "a", title: "A", parentUid: "b" },
    { uid: "b", title: "B", parentUid: "a" },
  ];
  expect(treeRows(circle, [], "a", () => true).length).toBeLessThan(100);
});

it("finds by words of names, tags and folders, within a folder and all it holds", () => {
  const found = (wanted: Partial<Wanted>, root = "", visited: string[] = []) =>
    foundRows(folders, hits, root, { ...plain, ...wanted }, visited).map(
      (one) => one.kind === "dashboard" && one.hit.uid,
    );
  expect(found({ text: "data p" })).toEqual(["pg"]);
  expect(found({ text: "sql" })).toEqual(["host", "pg"]);
  expect(found({ tags: ["sql", "os"] })).toEqual(["host"]);
  expect(found({ starred: true })).toEqual(["host"]);
  expect(found({ text: "h" }, "ops")).toEqual(["host"]);
  expect(found({ sort: "name-desc" })).toEqual(["pg", "host", "home"]);
  expect(found({ sort: "visited" }, "", ["pg"])).toEqual(["pg", "home", "host"]);
  expect(isAsked(plain)).toBe(false);
  expect(isAsked({ ...plain, sort: "visited" })).toBe(true);
});

it("counts tags", () => {
  expect(tagCounts(hits)).toEqual([
    { tag: "sql", many: 2 },
    { tag: "os", many: 1 },
  ]);
});

it("moves and deletes a folder as one with what is in it", () => {
  const chosen = outermost(folders, hits, new Set(["ops", "db", "pg", "host", "home"]));
  expect(chosen.folders.map((one) => one.uid)).toEqual(["ops"]);
  expect(chosen.dashboards.map((one) => one.uid)).toEqual(["home"]);
});
