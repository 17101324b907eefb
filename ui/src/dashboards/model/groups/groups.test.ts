import { describe, expect, it } from "vitest";
import { type Json, list, record } from "../../../api/decode";
import { withGridKind } from "../elements/grids";
import { layoutPanels } from "../layout";
import { parseDashboard } from "../parse";
import { patchOf } from "../patch/patch";
import { wholeView } from "../section";
import {
  groupSettings,
  withGroup,
  withGroupClosed,
  withGroupFor,
  withGroupTitle,
  withMovedGroup,
  withoutGroupAt,
  withPanelInGroup,
} from "./groups";

const panel = (id: number, y: number, h = 8) => ({ id, type: "stat", title: `P${id}`, gridPos: { x: 0, y, w: 12, h } });
const row = (id: number, y: number, extra: object = {}) => ({
  id,
  type: "row",
  title: `R${id}`,
  collapsed: false,
  gridPos: { x: 0, y, w: 24, h: 1 },
  panels: [],
  ...extra,
});

const OLDER: Json = {
  title: "Rows",
  panels: [
    panel(1, 0),
    row(10, 8),
    panel(2, 9),
    panel(3, 17, 4),
    row(11, 21, { collapsed: true, panels: [panel(4, 22)] }),
    row(12, 22),
    panel(5, 23),
  ],
};

const view = wholeView(() => []);
const order = (doc: Json) =>
  layoutPanels(parseDashboard(doc), { ...view, isOpen: (one) => !one.collapsed }).map((one) => one.panel.title);
const at = (doc: Json, title: string) => {
  const index = list(doc.panels).findIndex((one) => record(one).title === title);
  return ["panels", index];
};
const places = (doc: Json) => list(doc.panels).map((one) => [record(one).title, record(record(one).gridPos).y]);

describe("rows of the older form", () => {
  it("are closed and opened, and everything below keeps its distance", () => {
    const shut = withGroupClosed(OLDER, at(OLDER, "R10"), true);
    expect(places(shut)).toEqual([
      ["P1", 0],
      ["R10", 8],
      ["R11", 9],
      ["R12", 10],
      ["P5", 11],
    ]);
    expect(list(record(list(shut.panels)[1]).panels)).toHaveLength(2);
    expect(order(shut)).toEqual(["P1", "R10", "R11", "R12", "P5"]);
    expect(withGroupClosed(shut, at(shut, "R10"), false)).toEqual(OLDER);
    const open = withGroupClosed(OLDER, at(OLDER, "R11"), false);
    expect(order(open)).toEqual(["P1", "R10", "P2", "P3", "R11", "P4", "R12", "P5"]);
    expect(withGroupClosed(OLDER, at(OLDER, "R10"), false)).toBe(OLDER);
  });
  it("are moved with what stands below them, and never over the panels above all rows", () => {
    const moved = withMovedGroup(OLDER, at(OLDER, "R10"), 1);
    expect(order(moved)).toEqual(["P1", "R11", "R10", "P2", "P3", "R12", "P5"]);
    expect(order(withMovedGroup(moved, at(moved, "R10"), -1))).toEqual(order(OLDER));
    expect(withMovedGroup(OLDER, at(OLDER, "R10"), -1)).toBe(OLDER);
    expect(withMovedGroup(OLDER, at(OLDER, "R12"), 1)).toBe(OLDER);
  });
  it("go alone or with their panels", () => {
    expect(order(withoutGroupAt(OLDER, at(OLDER, "R10"), true))).toEqual(["P1", "P2", "P3", "R11", "R12", "P5"]);
    expect(order(withoutGroupAt(OLDER, at(OLDER, "R10"), false))).toEqual(["P1", "R11", "R12", "P5"]);
    expect(order(withoutGroupAt(OLDER, at(OLDER, "R11"), true))).toEqual(["P1", "R10", "P2", "P3", "P4", "R12", "P5"]);
  });
  it("are named, repeated and made, each by one change", () => {
    expect(patchOf(OLDER, withGroupTitle(OLDER, at(OLDER, "R12"), "New")).map((one) => one.path)).toEqual([
      "/panels/5/title",
    ]);
    expect(patchOf(OLDER, withGroupFor(OLDER, at(OLDER, "R12"), "job")).map((one) => one.path)).toEqual([
      "/panels/5/repeat",
    ]);
    const made = withGroup(OLDER, "row", parseDashboard(OLDER).panels);
    expect(order(made).at(-1)).toBe("New row");
    expect(record(list(made.panels).at(-1)).id).toBe(13);
    expect(groupSettings(OLDER, at(OLDER, "R11"))).toEqual({ kind: "row", title: "R11", repeat: "", closed: true });
  });
  it("take panels of others", () => {
    const dashboard = parseDashboard(OLDER);
    const first = dashboard.panels.find((one) => one.title === "P1");
    if (first === undefined) throw new Error("no panel");
    expect(order(withPanelInGroup(OLDER, first, at(OLDER, "R10")))).toEqual([
      "R10",
      "P2",
      "P3",
      "P1",
      "R11",
      "R12",
      "P5",
    ]);
    const shut = withPanelInGroup(OLDER, first, at(OLDER, "R11"));
    expect(list(record(list(shut.panels).find((one) => record(one).title === "R11")).panels)).toHaveLength(2);
    const last = dashboard.panels.find((one) => one.title === "P5");
    if (last === undefined) throw new Error("no panel");
    expect(order(withPanelInGroup(OLDER, last, undefined)).slice(0, 3)).toEqual(["P1", "P5", "R10"]);
  });
  it("of the oldest form are a list", () => {
    const oldest: Json = {
      title: "x",
      rows: [
        { title: "a", panels: [panel(1, 0)] },
        { title: "b", panels: [] },
      ],
    };
    expect(list(withMovedGroup(oldest, ["rows", 0], 1).rows).map((one) => record(one).title)).toEqual(["b", "a"]);
    expect(list(withGroup(oldest, "row", []).rows)).toHaveLength(3);
    expect(list(withoutGroupAt(oldest, ["rows", 0], false).rows)).toHaveLength(1);
  });
});

const element = (id: number) => ({
  kind: "Panel",
  spec: { id, title: `P${id}`, data: {}, vizConfig: { kind: "stat" } },
});
const item = (name: string, y: number) => ({
  kind: "GridLayoutItem",
  spec: { x: 0, y, width: 12, height: 8, element: { kind: "ElementReference", name } },
});
const ELEMENTS: Json = {
  elements: { a: element(1), b: element(2) },
  layout: { kind: "GridLayout", spec: { items: [item("a", 0), item("b", 8)] } },
  title: "Elements",
};

describe("rows and tabs of elements", () => {
  const kindsOf = (doc: Json) => parseDashboard(doc).layout?.kind;
  const rows: Path = ["layout", "spec", "rows"];
  type Path = (string | number)[];
  it("begin around the grid that is there", () => {
    const made = withGroup(ELEMENTS, "row", []);
    expect(kindsOf(made)).toBe("rows");
    expect(order(made)).toEqual(["First row", "P1", "P2", "New row"]);
    const tabs = withGroup(made, "tab", []);
    expect(kindsOf(tabs)).toBe("tabs");
    // One more row stands in the last tab, beside nothing yet.
    expect(parseDashboard(withGroup(made, "row", [])).layout).toMatchObject({ kind: "rows", groups: [{}, {}, {}] });
  });
  it("are named, moved, repeated and closed where they stand", () => {
    const made = withGroup(ELEMENTS, "row", []);
    const paths = (after: Json) => patchOf(made, after).map((one) => one.path);
    expect(paths(withGroupTitle(made, [...rows, 0], "T"))).toEqual(["/layout/spec/rows/0/spec/title"]);
    expect(paths(withGroupClosed(made, [...rows, 0], true))).toEqual(["/layout/spec/rows/0/spec/collapse"]);
    expect(paths(withGroupFor(made, [...rows, 0], "job"))).toEqual(["/layout/spec/rows/0/spec/repeat"]);
    expect(order(withMovedGroup(made, [...rows, 0], 1))).toEqual(["New row", "First row", "P1", "P2"]);
  });
  it("take panels, and give them back when they go", () => {
    const made = withGroup(ELEMENTS, "row", []);
    const second = parseDashboard(made).panels.find((one) => one.title === "P2");
    if (second === undefined) throw new Error("no panel");
    const moved = withPanelInGroup(made, second, [...rows, 1]);
    expect(order(moved)).toEqual(["First row", "P1", "New row", "P2"]);
    expect(order(withoutGroupAt(moved, [...rows, 1], true))).toEqual(["First row", "P1", "P2"]);
    const without = withoutGroupAt(moved, [...rows, 1], false);
    expect(Object.keys(record(without.elements))).toEqual(["a"]);
    expect(kindsOf(withoutGroupAt(without, [...rows, 0], true))).toBe("grid");
  });
  it("become grids that fill themselves, and back", () => {
    const auto = withGridKind(ELEMENTS, ["layout"], true);
    expect(kindsOf(auto)).toBe("auto");
    expect(order(auto)).toEqual(["P1", "P2"]);
    expect(kindsOf(withGridKind(auto, ["layout"], false))).toBe("grid");
    expect(order(withGridKind(auto, ["layout"], false))).toEqual(["P1", "P2"]);
  });
});
