import { describe, expect, it } from "vitest";
import { type Json, record } from "../../../api/decode";
import { parseDashboard } from "../parse";
import { patchOf } from "../patch/patch";
import { general, withGeneral } from "./general";
import {
  type ItemKind,
  settingItems,
  withCopiedItem,
  withItemMember,
  withMovedItem,
  withNewItem,
  withoutItem,
  withVariableKind,
} from "./items";

const OLDER: Json = {
  title: "Older",
  kept: { by: "others" },
  graphTooltip: 1,
  time: { from: "now-1h", to: "now" },
  templating: {
    list: [
      { name: "ds", type: "datasource", query: "prometheus", strange: 1 },
      {
        name: "job",
        type: "query",
        datasource: { type: "prometheus", uid: "$ds" },
        query: { query: "label_values(up, job)", refId: "A" },
        definition: "label_values(up, job)",
        refresh: 1,
      },
    ],
  },
  annotations: {
    list: [
      { builtIn: 1, name: "Stored", enable: true },
      { name: "Deploys", datasource: { type: "loki", uid: "x" }, target: { expr: "{a=1}" } },
    ],
  },
  links: [{ title: "Docs", type: "link", url: "/x" }],
  panels: [],
};

const ELEMENTS: Json = {
  kind: "Dashboard",
  metadata: { name: "el" },
  spec: {
    title: "Elements",
    cursorSync: "Off",
    elements: {},
    layout: { kind: "GridLayout", spec: { items: [] } },
    timeSettings: { from: "now-1h", to: "now", autoRefresh: "" },
    variables: [
      { kind: "DatasourceVariable", spec: { name: "ds", pluginId: "prometheus", hide: "dontHide" } },
      {
        kind: "QueryVariable",
        spec: {
          name: "job",
          hide: "dontHide",
          sort: "disabled",
          refresh: "never",
          query: {
            kind: "DataQuery",
            group: "prometheus",
            datasource: { name: "$ds" },
            spec: { query: "label_values(up, job)", refId: "A" },
          },
        },
      },
      { kind: "SwitchVariable", spec: { name: "deep", current: "no", enabledValue: "yes", disabledValue: "no" } },
      { kind: "AdhocVariable", group: "prometheus", datasource: { name: "a" }, spec: { name: "f", filters: [] } },
    ],
    annotations: [
      {
        kind: "AnnotationQuery",
        spec: {
          name: "Deploys",
          enable: true,
          iconColor: "red",
          query: { kind: "DataQuery", group: "loki", spec: { expr: "{a=1}" } },
          legacyOptions: { textFormat: "x" },
        },
      },
    ],
    links: [],
  },
};

const paths = (before: Json, after: Json) => patchOf(before, after).map((one) => `${one.op} ${one.path}`);

describe("general settings", () => {
  it("change one place in either form", () => {
    expect(paths(OLDER, withGeneral(OLDER, "graphTooltip", 2))).toEqual(["replace /graphTooltip"]);
    expect(paths(OLDER, withGeneral(OLDER, "timezone", "utc"))).toEqual(["add /timezone"]);
    expect(paths(OLDER, withGeneral(OLDER, "time.from", "now-6h"))).toEqual(["replace /time/from"]);
    expect(patchOf(ELEMENTS, withGeneral(ELEMENTS, "graphTooltip", 1))).toEqual([
      { op: "replace", path: "/spec/cursorSync", value: "Crosshair" },
    ]);
    expect(paths(ELEMENTS, withGeneral(ELEMENTS, "refresh", "10s"))).toEqual([
      "replace /spec/timeSettings/autoRefresh",
    ]);
    expect(paths(ELEMENTS, withGeneral(ELEMENTS, "tags", ["a"]))).toEqual(["add /spec/tags"]);
    expect([general(OLDER, "graphTooltip"), general(ELEMENTS, "graphTooltip")]).toEqual([1, 0]);
  });
});

describe("variables", () => {
  const edit = (doc: Json, index: number, member: string, value: unknown) =>
    patchOf(doc, withItemMember(doc, "variables", index, [member], value));

  it("of the older form change where they stand", () => {
    expect(edit(OLDER, 1, "multi", true)).toEqual([{ op: "add", path: "/templating/list/1/multi", value: true }]);
    expect(edit(OLDER, 1, "query", "label_values(x)").map((one) => one.path)).toEqual([
      "/templating/list/1/query/query",
      "/templating/list/1/definition",
    ]);
    expect(edit(OLDER, 0, "query", "loki")).toEqual([
      { op: "replace", path: "/templating/list/0/query", value: "loki" },
    ]);
  });

  it("of elements change where they stand, in their words", () => {
    const at = "/spec/variables";
    expect(edit(ELEMENTS, 1, "query", "label_values(x)")).toEqual([
      { op: "replace", path: `${at}/1/spec/query/spec/query`, value: "label_values(x)" },
    ]);
    expect(edit(ELEMENTS, 1, "datasource", { type: "loki", uid: "oriel-logs" }).map((one) => one.path)).toEqual([
      `${at}/1/spec/query/group`,
      `${at}/1/spec/query/datasource/name`,
    ]);
    expect(edit(ELEMENTS, 1, "hide", 2)).toEqual([{ op: "replace", path: `${at}/1/spec/hide`, value: "hideVariable" }]);
    expect(edit(ELEMENTS, 1, "sort", 1)).toEqual([
      { op: "replace", path: `${at}/1/spec/sort`, value: "alphabeticalAsc" },
    ]);
    expect(edit(ELEMENTS, 1, "refresh", 2)).toEqual([
      { op: "replace", path: `${at}/1/spec/refresh`, value: "onTimeRangeChanged" },
    ]);
    expect(edit(ELEMENTS, 0, "query", "loki")).toEqual([
      { op: "replace", path: `${at}/0/spec/pluginId`, value: "loki" },
    ]);
    expect(edit(ELEMENTS, 2, "current", { value: "yes" })).toEqual([
      { op: "replace", path: `${at}/2/spec/current`, value: "yes" },
    ]);
    expect(edit(ELEMENTS, 2, "options", [{ value: "1" }, { value: "no" }])).toEqual([
      { op: "replace", path: `${at}/2/spec/enabledValue`, value: "1" },
    ]);
    expect(edit(ELEMENTS, 3, "datasource", { type: "loki", uid: "b" }).map((one) => one.path)).toEqual([
      `${at}/3/group`,
      `${at}/3/datasource/name`,
    ]);
  });

  it("of every kind are read back in both forms as they were made", () => {
    const kinds = ["query", "custom", "constant", "interval", "textbox", "datasource", "adhoc", "groupby", "switch"];
    for (const kind of kinds) {
      const [older, elements] = [OLDER, ELEMENTS].map((doc) => {
        const made = withVariableKind(
          withNewItem(doc, "variables"),
          "variables",
          settingItems(doc, "variables").length,
          kind,
        );
        return parseDashboard(made).variables.at(-1);
      });
      expect(older?.kind).toBe(kind);
      // A switch of elements has no words for its two values.
      const bare = (one: typeof older) => ({ ...one, options: one?.options.map((option) => option.value) });
      expect(bare(elements)).toEqual(bare(older));
    }
  });

  it("keep name and label when their kind changes", () => {
    const named = withItemMember(OLDER, "variables", 1, ["label"], "The job");
    expect(settingItems(withVariableKind(named, "variables", 1, "custom"), "variables")[1]).toEqual({
      name: "job",
      label: "The job",
      type: "custom",
      query: "one, two, three",
    });
  });
});

describe("annotations", () => {
  const edit = (doc: Json, index: number, member: string, value: unknown) =>
    paths(doc, withItemMember(doc, "annotations", index, [member], value));
  it("change where they stand", () => {
    expect(edit(OLDER, 1, "expr", "{b=1}")).toEqual(["replace /annotations/list/1/target/expr"]);
    expect(edit(OLDER, 1, "filter", { exclude: false, ids: [1] })).toEqual(["add /annotations/list/1/filter"]);
    expect(edit(ELEMENTS, 0, "expr", "{b=1}")).toEqual(["replace /spec/annotations/0/spec/query/spec/expr"]);
    expect(edit(ELEMENTS, 0, "iconColor", "blue")).toEqual(["replace /spec/annotations/0/spec/iconColor"]);
    expect(edit(ELEMENTS, 0, "textFormat", "y")).toEqual(["replace /spec/annotations/0/spec/legacyOptions/textFormat"]);
    expect(edit(ELEMENTS, 0, "datasource", { type: "prometheus", uid: "m" })).toEqual([
      "replace /spec/annotations/0/spec/query/group",
      "add /spec/annotations/0/spec/query/datasource",
    ]);
  });
  it("that are new are read in both forms alike", () => {
    const [older, elements] = [OLDER, ELEMENTS].map((doc) =>
      parseDashboard(withNewItem(doc, "annotations")).annotations.at(-1),
    );
    expect(elements).toEqual(older);
  });
});

describe("lists of settings", () => {
  it("grow, shrink and change their order, and leave what they do not touch", () => {
    for (const doc of [OLDER, ELEMENTS]) {
      for (const kind of ["variables", "annotations", "links"] as ItemKind[]) {
        const before = settingItems(doc, kind);
        const grown = withNewItem(withNewItem(doc, kind), kind);
        expect(settingItems(grown, kind)).toHaveLength(before.length + 2);
        const names = settingItems(grown, kind).map((one) => one.name ?? one.title);
        if (kind !== "links") expect(new Set(names).size).toBe(names.length);
        const swapped = withMovedItem(grown, kind, 0, 1);
        expect(settingItems(withMovedItem(swapped, kind, 1, 0), kind)).toEqual(settingItems(grown, kind));
        const copied = withCopiedItem(grown, kind, 0);
        expect(settingItems(copied, kind)).toHaveLength(before.length + 3);
        const shrunk = withoutItem(withoutItem(grown, kind, before.length), kind, before.length);
        expect(patchOf(doc, shrunk)).toEqual([]);
        expect(withMovedItem(doc, kind, 0, -1)).toBe(doc);
      }
    }
    expect(record(withNewItem(OLDER, "links").kept)).toEqual({ by: "others" });
  });
});
