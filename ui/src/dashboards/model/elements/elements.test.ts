import { describe, expect, it } from "vitest";
import { list } from "../../../api/decode";
import { planPanel } from "../../query/plan";
import { choose, fixedOptions } from "../../variables/values";
import {
  isMovable,
  panelJson,
  settingsOf,
  withNewPanel,
  withoutPanel,
  withPlaces,
  withSetting,
  withTitle,
} from "../document";
import { layoutPanels } from "../layout";
import { parseDashboard } from "../parse";
import { patchOf } from "../patch/patch";
import { wholeView } from "../section";
import { isShown, parseCondition } from "./conditions";

const panel = (id: number, title: string, expr = "up", group = "timeseries") => ({
  kind: "Panel",
  spec: {
    id,
    title,
    description: "",
    links: [],
    data: {
      kind: "QueryGroup",
      spec: {
        queries: [
          {
            kind: "PanelQuery",
            spec: {
              refId: "A",
              hidden: false,
              query: {
                kind: "DataQuery",
                version: "v0",
                group: "prometheus",
                datasource: { name: "$ds" },
                spec: { expr, legendFormat: "{{job}}" },
              },
            },
          },
        ],
        transformations: [{ kind: "Transformation", group: "sortBy", spec: { options: {}, disabled: true } }],
        queryOptions: { interval: "30s" },
      },
    },
    vizConfig: {
      kind: "VizConfig",
      group,
      version: "12",
      spec: { options: { a: 1 }, fieldConfig: { defaults: { unit: "s" }, overrides: [] } },
    },
  },
});

const item = (name: string, x: number, y: number, extra: object = {}) => ({
  kind: "GridLayoutItem",
  spec: { x, y, width: 12, height: 8, element: { kind: "ElementReference", name }, ...extra },
});
const grid = (...items: object[]) => ({ kind: "GridLayout", spec: { items } });

const RESOURCE = {
  apiVersion: "dashboard.grafana.app/v2beta1",
  kind: "Dashboard",
  metadata: { name: "elements", annotations: { kept: "yes" } },
  spec: {
    title: "Elements",
    tags: ["a"],
    cursorSync: "Crosshair",
    timeSettings: { from: "now-6h", to: "now", autoRefresh: "1m", timezone: "utc" },
    variables: [
      { kind: "DatasourceVariable", spec: { name: "ds", pluginId: "prometheus", current: { value: "oriel-metrics" } } },
      {
        kind: "QueryVariable",
        spec: {
          name: "job",
          hide: "hideLabel",
          sort: "alphabeticalDesc",
          multi: true,
          includeAll: true,
          query: { kind: "DataQuery", group: "prometheus", spec: { __legacyStringValue: "label_values(up, job)" } },
        },
      },
      { kind: "SwitchVariable", spec: { name: "deep", enabledValue: "yes", disabledValue: "no", current: "no" } },
    ],
    annotations: [
      {
        kind: "AnnotationQuery",
        spec: { builtIn: true, enable: true, name: "Stored", query: { kind: "DataQuery", group: "grafana", spec: {} } },
      },
      {
        kind: "AnnotationQuery",
        spec: {
          enable: true,
          name: "Deploys",
          iconColor: "red",
          query: { kind: "DataQuery", group: "loki", spec: { expr: '{a="b"}' } },
        },
      },
    ],
    elements: {
      one: panel(1, "One of $job", 'up{job=~"$job"}'),
      two: panel(2, "Two", "up", "stat"),
      three: panel(3, "Three", "up", "bargauge"),
      four: { kind: "LibraryPanel", spec: { id: 4, title: "Four", libraryPanel: { uid: "lib", name: "Shared" } } },
    },
    layout: {
      kind: "TabsLayout",
      spec: {
        tabs: [
          {
            kind: "TabsLayoutTab",
            spec: {
              title: "First",
              layout: {
                kind: "RowsLayout",
                spec: {
                  rows: [
                    {
                      kind: "RowsLayoutRow",
                      spec: {
                        title: "Row",
                        layout: grid(
                          item("one", 0, 0, { repeat: { mode: "variable", value: "job", direction: "h" } }),
                          item("two", 12, 0),
                        ),
                      },
                    },
                    {
                      kind: "RowsLayoutRow",
                      spec: { title: "Closed", collapse: true, layout: grid(item("four", 0, 0)) },
                    },
                  ],
                },
              },
            },
          },
          {
            kind: "TabsLayoutTab",
            spec: {
              title: "Second",
              layout: {
                kind: "AutoGridLayout",
                spec: {
                  maxColumnCount: 3,
                  columnWidthMode: "narrow",
                  rowHeightMode: "short",
                  items: [
                    { kind: "AutoGridLayoutItem", spec: { element: { kind: "ElementReference", name: "three" } } },
                  ],
                },
              },
            },
          },
        ],
      },
    },
  },
};

const dashboard = parseDashboard(RESOURCE);
const valuesOf = (name: string) => (name === "job" ? ["a", "b"] : []);
const view = wholeView(valuesOf);
const byId = (id: number) => {
  const found = dashboard.panels.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no panel ${id}`);
  return found;
};

describe("dashboards of elements", () => {
  it("are read whole", () => {
    expect(dashboard).toMatchObject({
      uid: "elements",
      title: "Elements",
      shared: 1,
      from: "now-6h",
      refresh: "1m",
      timezone: "utc",
    });
    expect(dashboard.panels.map((one) => [one.id, one.type, one.defaults.unit, one.interval, one.repeat])).toEqual([
      [1, "timeseries", "s", "30s", "job"],
      [2, "stat", "s", "30s", ""],
      [3, "bargauge", "s", "30s", ""],
      [4, "timeseries", undefined, "", ""],
    ]);
    expect(byId(4).library).toEqual({ uid: "lib", name: "Shared" });
    expect(dashboard.variables.map((one) => [one.name, one.kind, one.query, one.hide, one.sort])).toEqual([
      ["ds", "datasource", "prometheus", "no", 0],
      ["job", "query", "label_values(up, job)", "label", 2],
      ["deep", "switch", "", "no", 0],
    ]);
    expect(dashboard.annotations.map((one) => [one.kind, one.name, one.expr, one.color])).toEqual([
      ["stored", "Stored", "", "blue"],
      ["query", "Deploys", '{a="b"}', "red"],
    ]);
    const deep = dashboard.variables[2];
    if (deep === undefined) throw new Error("no switch");
    expect(choose(deep, fixedOptions(deep) ?? [], undefined)).toEqual(["no"]);
  });

  it("send queries with everything filled in", () => {
    const variables = new Map(
      dashboard.variables.map((one) => {
        const options = fixedOptions(one) ?? [{ text: "a.b", value: "a.b" }];
        return [one.name, { variable: one, options, chosen: choose(one, options, undefined) }] as const;
      }),
    );
    const range = { from: 1_700_000_000_000, to: 1_700_003_600_000 };
    const raw = { from: "now-1h", to: "now" };
    const plan = planPanel({
      dashboard,
      panel: byId(1),
      variables,
      scope: new Map(),
      range,
      raw,
      now: range.to,
      width: 600,
    });
    expect(plan.queries.map((one) => [one.signal, one.expr, one.legend, one.stepMs])).toEqual([
      ["metrics", 'up{job=~"a\\\\.b"}', "{{job}}", 30_000],
    ]);
  });

  it("stand in tabs, rows and grids", () => {
    const first = layoutPanels(dashboard, { ...view, everything: false, isOpen: (row) => !row.collapsed });
    expect(first.map((one) => [one.key, one.place.x, one.place.y, one.place.w])).toEqual([
      ["root-tabs", 0, 0, 24],
      ["root-tab-0-row-0", 0, 1, 24],
      ["panel-1", 0, 2, 12],
      ["panel-1-clone-1", 12, 2, 12],
      ["panel-2", 12, 10, 12],
      ["root-tab-0-row-1", 0, 18, 24],
    ]);
    expect(first[0]?.tabs?.all.map((one) => one.title)).toEqual(["First", "Second"]);
    const second = layoutPanels(dashboard, { ...view, everything: false, tabOf: () => "root-tab-1" });
    expect(second.map((one) => [one.key, one.place.w])).toEqual([
      ["root-tabs", 24],
      ["panel-3", 24],
    ]);
    const all = layoutPanels(dashboard, view).map((one) => one.key);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(["panel-3", "panel-4"]));
  });

  it("read what came before: rows in grids, types as kinds", () => {
    const early = parseDashboard({
      title: "Early",
      elements: {
        a: {
          kind: "Panel",
          spec: {
            id: 7,
            title: "A",
            data: {
              spec: {
                queries: [
                  {
                    spec: {
                      refId: "A",
                      datasource: { type: "loki" },
                      query: { kind: "loki", spec: { expr: '{a="b"}' } },
                    },
                  },
                ],
              },
            },
            vizConfig: { kind: "logs", spec: {} },
          },
        },
      },
      layout: {
        kind: "GridLayout",
        spec: { items: [{ kind: "GridLayoutRow", spec: { title: "R", y: 0, elements: [item("a", 0, 0)] } }] },
      },
    });
    expect(early.panels[0]).toMatchObject({ type: "logs", targets: [{ source: { type: "loki" }, expr: '{a="b"}' }] });
    expect(layoutPanels(early, view).map((one) => one.key)).toEqual(["root-row-0", "panel-7"]);
  });

  it("never throw", () => {
    for (const broken of [
      { elements: { a: 1 }, layout: 3 },
      { elements: { a: {} }, layout: { kind: "RowsLayout", spec: { rows: [null, { spec: 1 }] } } },
      { spec: { elements: { a: [] }, layout: { kind: "TabsLayout" }, variables: [1], annotations: [null] } },
    ]) {
      expect(layoutPanels(parseDashboard(broken), view)).toBeDefined();
    }
  });
});

describe("edits of dashboards of elements", () => {
  const paths = (after: unknown) => patchOf(RESOURCE, after).map((one) => `${one.op} ${one.path}`);

  it("touch only what they change", () => {
    const edit = (setting: (string | number)[], value: unknown) =>
      paths(withSetting(RESOURCE, byId(1), setting, value));
    const at = "/spec/elements/one/spec";
    expect(edit(["title"], "New")).toEqual([`replace ${at}/title`]);
    expect(edit(["type"], "stat")).toEqual([`replace ${at}/vizConfig/group`]);
    expect(edit(["fieldConfig", "defaults", "unit"], "ms")).toEqual([
      `replace ${at}/vizConfig/spec/fieldConfig/defaults/unit`,
    ]);
    expect(edit(["options", "legend", "placement"], "right")).toEqual([`add ${at}/vizConfig/spec/options/legend`]);
    expect(edit(["interval"], "1m")).toEqual([`replace ${at}/data/spec/queryOptions/interval`]);
    expect(edit(["targets", 0, "expr"], "down")).toEqual([`replace ${at}/data/spec/queries/0/spec/query/spec/expr`]);
    expect(edit(["targets", 0, "hide"], true)).toEqual([`replace ${at}/data/spec/queries/0/spec/hidden`]);
    expect(edit(["targets", 0, "datasource"], { type: "loki", uid: "oriel-logs" })).toEqual([
      `replace ${at}/data/spec/queries/0/spec/query/group`,
      `replace ${at}/data/spec/queries/0/spec/query/datasource/name`,
    ]);
    expect(edit(["targets", 0], undefined)).toEqual([`remove ${at}/data/spec/queries/0`]);
    const queries = list(settingsOf(RESOURCE, byId(1)).targets);
    expect(edit(["targets"], queries)).toEqual([]);
    expect(
      settingsOf(withSetting(RESOURCE, byId(1), ["targets"], [{ refId: "Z" }, ...queries]), byId(1)).targets,
    ).toEqual([{ refId: "Z", hide: false, datasource: { type: "prometheus" } }, ...queries]);
    const [step] = list(settingsOf(RESOURCE, byId(1)).transformations);
    expect(edit(["transformations"], [step])).toEqual([]);
    expect(edit(["transformations"], [step, { id: "merge", options: {} }])).toEqual([
      `add ${at}/data/spec/transformations/1`,
    ]);
    expect(edit(["fieldConfig", "defaults", "thresholds", "mode"], "percentage")).toEqual([
      `add ${at}/vizConfig/spec/fieldConfig/defaults/thresholds`,
    ]);
    expect(edit(["repeat"], "ds")).toEqual([
      "replace /spec/layout/spec/tabs/0/spec/layout/spec/rows/0/spec/layout/spec/items/0/spec/repeat/value",
    ]);
    expect(paths(withTitle(RESOURCE, "T"))).toEqual(["replace /spec/title"]);
  });

  it("bring panels and take them away", () => {
    const { doc, id } = withNewPanel(
      RESOURCE,
      { type: "stat", title: "New", targets: [{ refId: "A", expr: "up" }] },
      dashboard.panels,
    );
    expect(id).toBe(5);
    const made = parseDashboard(doc);
    const added = made.panels.find((one) => one.id === 5);
    expect(added).toMatchObject({ type: "stat", title: "New", targets: [{ refId: "A", expr: "up" }] });
    expect(layoutPanels(made, view).map((one) => one.key)).toContain("panel-5");
    if (added === undefined) throw new Error("not added");
    expect(withoutPanel(doc, added)).toEqual(RESOURCE);
    const copy = withNewPanel(RESOURCE, settingsOf(RESOURCE, byId(1)), dashboard.panels);
    expect(settingsOf(copy.doc, { ...byId(1), path: ["spec", "elements", "panel-5"] })).toMatchObject({
      title: "One of $job",
      targets: [{ refId: "A", expr: 'up{job=~"$job"}', datasource: { type: "prometheus", uid: "$ds" } }],
    });
  });

  it("move panels of grids, and only those", () => {
    expect(isMovable(RESOURCE, byId(2))).toBe(true);
    expect(isMovable(RESOURCE, byId(3))).toBe(false);
    const moved = withPlaces(RESOURCE, [{ panel: byId(2), place: { x: 0, y: 4, w: 6, h: 8 } }]);
    expect(paths(moved).map((one) => one.split("/").at(-1))).toEqual(["x", "y", "width"]);
    expect(panelJson(moved, byId(2))).toEqual(RESOURCE.spec.elements.two);
  });
});

it("shows or hides by variables and time", () => {
  const condition = (items: object[], extra: object = {}) =>
    parseCondition({
      kind: "ConditionalRenderingGroup",
      spec: { visibility: "show", condition: "and", items, ...extra },
    });
  const variable = (operator: string, value: string) => ({
    kind: "ConditionalRenderingVariable",
    spec: { variable: "v", operator, value },
  });
  const facts = {
    valuesOf: () => ["prod"],
    rangeMs: 3_600_000,
    durationOf: (text: string) => (text === "7d" ? 604_800_000 : 60_000),
  };
  expect(isShown(undefined, facts)).toBe(true);
  expect(isShown(condition([variable("equals", "prod")]), facts)).toBe(true);
  expect(isShown(condition([variable("equals", "prod")], { visibility: "hide" }), facts)).toBe(false);
  expect(isShown(condition([variable("notEquals", "prod")]), facts)).toBe(false);
  expect(isShown(condition([variable("matches", "^pr"), variable("matches", "(")]), facts)).toBe(false);
  expect(isShown(condition([variable("matches", "^pr"), variable("matches", "(")], { condition: "or" }), facts)).toBe(
    true,
  );
  expect(isShown(condition([{ kind: "ConditionalRenderingTimeRangeSize", spec: { value: "7d" } }]), facts)).toBe(true);
  expect(isShown(condition([{ kind: "ConditionalRenderingTimeRangeSize", spec: { value: "1m" } }]), facts)).toBe(false);
});
