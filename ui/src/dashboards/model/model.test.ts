import { describe, expect, it } from "vitest";
import type { LibraryElement } from "../../api/dashboards/library";
import { readDuration } from "../query/duration";
import { panelRange, planPanel, withFilters, withStreamFilters } from "../query/plan";
import { withUid } from "./document";
import { layoutPanels } from "./layout";
import { filledFromLibrary } from "./library";
import { parseDashboard, parsePanel } from "./parse";
import { wholeView } from "./section";

const raw = { from: "now-1h", to: "now" };
const range = { from: 1_700_000_000_000, to: 1_700_003_600_000 };

describe("parseDashboard", () => {
  it("never throws", () => {
    for (const value of [
      null,
      1,
      "x",
      [],
      {},
      { panels: [null, 1, {}] },
      { rows: [{ panels: [7] }], templating: { list: [3] } },
    ]) {
      expect(parseDashboard(value).panels).toBeDefined();
    }
  });
  it("takes envelopes, clones and missing numbers", () => {
    const panels = [
      { type: "stat" },
      { type: "stat", repeatPanelId: 1 },
      { id: 1, type: "stat" },
      { id: 1, type: "text" },
    ];
    const made = parseDashboard({ dashboard: { title: "T", panels }, meta: {} });
    expect(made.title).toBe("T");
    expect(new Set(made.panels.map((one) => one.id)).size).toBe(3);
  });
  it("knows what an exported file asks for: types of sources, values of constants", () => {
    const inputs = [
      { name: "DS_P", type: "datasource", pluginId: "prometheus" },
      { name: "VAR_JOB", type: "constant", value: "node" },
    ];
    expect([...parseDashboard({ panels: [], __inputs: inputs }).inputs]).toEqual([
      ["DS_P", "prometheus"],
      ["VAR_JOB", "node"],
    ]);
  });
  it("lets a panel show what another one asks", () => {
    const source = { type: "datasource", uid: "-- Dashboard --" };
    const asked = { refId: "A", expr: "up" };
    const panels = [
      {
        id: 1,
        type: "timeseries",
        datasource: { type: "prometheus", uid: "p" },
        interval: "30s",
        targets: [asked],
        transformations: [{ id: "merge" }],
      },
      {
        id: 2,
        type: "stat",
        datasource: source,
        targets: [{ refId: "A", panelId: 1 }],
        transformations: [{ id: "limit" }],
      },
      {
        id: 3,
        type: "stat",
        datasource: source,
        targets: [{ refId: "A", panelId: 1, withTransforms: true, datasource: source }],
      },
      {
        id: 4,
        type: "stat",
        datasource: source,
        targets: [
          { refId: "A", panelId: 3 },
          { refId: "B", panelId: 4 },
          { refId: "C", panelId: 9 },
        ],
      },
      {
        id: 5,
        type: "row",
        collapsed: true,
        panels: [{ id: 6, type: "stat", datasource: source, targets: [{ refId: "A", panelId: 1 }] }],
      },
    ];
    const [, two, three, four, row] = parseDashboard({ panels }).panels;
    expect(two?.targets.map((one) => [one.expr, one.source?.uid])).toEqual([["up", "p"]]);
    expect([two?.interval, two?.transformations.map((one) => one.id)]).toEqual(["30s", ["limit"]]);
    expect(three?.transformations.map((one) => one.id)).toEqual(["merge"]);
    expect(four?.targets).toEqual([]);
    expect(row?.panels[0]?.targets[0]?.expr).toBe("up");
  });
  it("lets a panel show what a panel of the library asks, once that has come", () => {
    const source = { type: "datasource", uid: "-- Dashboard --" };
    const panels = [
      { id: 1, libraryPanel: { uid: "lib", name: "L" } },
      { id: 2, type: "stat", datasource: source, targets: [{ refId: "A", panelId: 1, withTransforms: true }] },
    ];
    const read = parseDashboard({ panels }).panels;
    expect(read[1]?.targets.map((one) => one.panelId)).toEqual([1]);
    const model = { type: "stat", targets: [{ refId: "A", expr: "up" }], transformations: [{ id: "limit" }] };
    const element = { uid: "lib", name: "L", model } as unknown as LibraryElement;
    const [, two] = filledFromLibrary(read, new Map([["lib", element]]));
    expect([two?.targets[0]?.expr, two?.transformations[0]?.id]).toEqual(["up", "limit"]);
  });
  it("takes options of a custom variable from JSON", () => {
    const query = '[{"text":"Production","value":"prod"},"dev",3]';
    const list = [{ name: "env", type: "custom", valuesFormat: "json", query, allowCustomValue: false }];
    const [variable] = parseDashboard({ panels: [], templating: { list } }).variables;
    expect(variable?.ownValues).toBe(false);
    expect(variable?.options).toEqual([
      { text: "Production", value: "prod" },
      { text: "dev", value: "dev" },
      { text: "3", value: "3" },
    ]);
  });
});

it("reads old graphs and single stats", () => {
  const graph = parsePanel({
    type: "graph",
    stack: true,
    fill: 3,
    yaxes: [{ format: "bytes" }, { format: "s" }],
    seriesOverrides: [{ alias: "/err/", yaxis: 2, transform: "negative-Y" }],
    aliasColors: { a: "#ff0000" },
    nullPointMode: "connected",
  });
  expect(graph.type).toBe("timeseries");
  expect(graph.defaults).toMatchObject({
    unit: "bytes",
    custom: { fillOpacity: 30, spanNulls: true, stacking: { mode: "normal" } },
  });
  expect(graph.overrides.map((one) => one.matcher)).toEqual(["byName", "byRegexp"]);
  const stat = parsePanel({
    type: "singlestat",
    format: "percent",
    valueName: "current",
    thresholds: "50,80",
    colorValue: true,
    colors: ["a", "b", "c"],
    valueMaps: [{ value: "null", text: "N/A" }],
  });
  expect(stat.options.reduceOptions).toEqual({ calcs: ["lastNotNull"], values: false, fields: "" });
  expect(stat.defaults.thresholds?.steps.map((one) => one.color)).toEqual(["a", "b", "c"]);
  expect(stat.defaults.mappings?.[0]?.type).toBe("special");
});

describe("layout", () => {
  const place = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });
  const dashboard = parseDashboard({
    title: "T",
    panels: [
      { id: 1, type: "stat", gridPos: place(0, 0, 24, 4), repeat: "job", maxPerRow: 2 },
      {
        id: 2,
        type: "row",
        gridPos: place(0, 4, 24, 1),
        repeat: "env",
        panels: [{ id: 3, type: "stat", gridPos: place(0, 5, 6, 3) }],
        collapsed: true,
      },
      { id: 4, type: "row", gridPos: place(0, 9, 24, 1) },
      { id: 5, type: "text", gridPos: place(3, 10, 6, 5) },
    ],
  });
  const values = (name: string) => (name === "job" ? ["a", "b", "c"] : ["x", "y"]);
  it("expands repeats and open rows", () => {
    const placed = layoutPanels(dashboard, wholeView(values));
    expect(placed.map((one) => [one.key, one.place.x, one.place.y, [...one.scope.values()].join()])).toEqual([
      ["panel-1", 0, 0, "a"],
      ["panel-1-clone-1", 12, 0, "b"],
      ["panel-1-clone-2", 0, 4, "c"],
      ["panel-2", 0, 8, "x"],
      ["panel-3", 0, 9, "x"],
      ["panel-2-clone-1", 0, 12, "y"],
      ["panel-2-clone-1-panel-3", 0, 13, "y"],
      ["panel-4", 0, 16, ""],
      ["panel-5", 3, 17, ""],
    ]);
  });
  it("leaves out what closed rows hold", () => {
    const placed = layoutPanels(dashboard, { ...wholeView(values), isOpen: (row) => !row.collapsed });
    expect(placed.map((one) => one.key)).not.toContain("panel-3");
  });
});

describe("plans", () => {
  const plan = (panel: object, width = 600) =>
    planPanel({
      dashboard: parseDashboard({ title: "T" }),
      panel: parsePanel({ type: "timeseries", ...panel }),
      variables: new Map(),
      scope: new Map(),
      range,
      raw,
      now: range.to,
      width,
    });
  it("fill in intervals", () => {
    const [query] = plan({ targets: [{ expr: "rate(x[$__rate_interval]) + sum_over_time(y[$__range])" }] }).queries;
    expect(query?.expr).toBe("rate(x[1m]) + sum_over_time(y[3600s])");
    expect(query?.stepMs).toBe(15_000);
    const [slow] = plan({ interval: "1m", targets: [{ expr: "rate(x[$__rate_interval])" }] }).queries;
    expect(slow?.expr).toBe("rate(x[4m])");
  });
  it("know lines, numbers, traces and both forms of a target", () => {
    expect(plan({ datasource: { type: "loki" }, targets: [{ expr: '{a="b"}' }] }).queries[0]).toMatchObject({
      signal: "logs",
      mode: "logs",
    });
    expect(plan({ datasource: { type: "loki" }, targets: [{ expr: 'rate({a="b"}[1m])' }] }).queries[0]?.mode).toBe(
      "range",
    );
    expect(plan({ datasource: { type: "tempo" }, targets: [{ query: "{}" }] }).queries[0]).toMatchObject({
      signal: "traces",
      mode: "traces",
    });
    expect(plan({ targets: [{ expr: "up", instant: true, range: true }] }).queries.map((one) => one.mode)).toEqual([
      "range",
      "instant",
    ]);
    expect(plan({ targets: [{ expr: "up", hide: true }] }).queries).toEqual([]);
    expect(plan({ datasource: { type: "mysql" }, targets: [{ expr: "select 1" }] }).refused[0]).toContain("mysql");
  });
  it("read durations and shift ranges", () => {
    expect(readDuration(">1m30s")).toBe(90_000);
    expect(readDuration("x")).toBeUndefined();
    expect(panelRange({ timeFrom: "", timeShift: "1h" }, range, range.to)).toEqual({
      from: range.from - 3_600_000,
      to: range.from,
    });
    expect(panelRange({ timeFrom: "2h", timeShift: "" }, range, range.to)).toEqual({
      from: range.to - 7_200_000,
      to: range.to,
    });
  });
  it("put filters into every selector", () => {
    const filters = [{ key: "job", operator: "=", value: 'a"b' }];
    expect(withFilters('sum(rate(x{a="1"}[5m])) / y + z{}', filters)).toBe(
      'sum(rate(x{job="a\\"b",a="1"}[5m])) / y{job="a\\"b"} + z{job="a\\"b"}',
    );
  });
  it("put filters into selectors of streams, and not into quoted braces", () => {
    const filters = [{ key: "job", operator: "!=", value: "x" }];
    const pairs = [
      ['{app="a{b}"} |= "{c}" | line_format `{{.d}}`', '{app="a{b}", job!="x"} |= "{c}" | line_format `{{.d}}`'],
      [
        'sum(rate({a=~"\\\\d{2}"}[5m])) / sum(rate({}[5m]))',
        'sum(rate({a=~"\\\\d{2}", job!="x"}[5m])) / sum(rate({job!="x"}[5m]))',
      ],
    ];
    for (const [asked = "", filled] of pairs) expect(withStreamFilters(asked, filters)).toBe(filled);
  });
  it("filter only what their source holds", () => {
    const dashboard = parseDashboard({
      templating: {
        list: [
          {
            name: "m",
            type: "adhoc",
            datasource: { type: "prometheus" },
            filters: [{ key: "a", operator: "=", value: "1" }],
          },
          {
            name: "l",
            type: "adhoc",
            datasource: { type: "loki" },
            filters: [{ key: "b", operator: "=", value: "2" }],
          },
        ],
      },
      panels: [
        {
          id: 1,
          type: "timeseries",
          targets: [
            { refId: "A", expr: "up", datasource: { type: "prometheus" } },
            { refId: "B", expr: '{c="3"}', datasource: { type: "loki" } },
          ],
        },
      ],
    });
    const variables = new Map(dashboard.variables.map((one) => [one.name, { variable: one, options: [], chosen: [] }]));
    const [panel] = dashboard.panels;
    if (panel === undefined) throw new Error("no panel");
    const plan = planPanel({ dashboard, panel, variables, scope: new Map(), range, raw, now: range.to, width: 800 });
    expect(plan.queries.map((one) => one.expr)).toEqual(['up{a="1"}', '{c="3", b="2"}']);
  });
});

it("what was stored without a uid gets that of its place", () => {
  expect(withUid({ uid: "", title: "t" }, "abc")).toEqual({ uid: "abc", title: "t" });
  expect(withUid({ uid: "own" }, "abc")).toEqual({ uid: "own" });
  const elements = {
    apiVersion: "dashboard.grafana.app/v2",
    kind: "Dashboard",
    spec: { elements: {}, layout: { kind: "GridLayout", spec: { items: [] } } },
  };
  expect(withUid(elements, "abc")).toEqual({ ...elements, metadata: { name: "abc" } });
});
