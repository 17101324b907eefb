import { describe, expect, it } from "vitest";
import { parseDashboard, parsePanel } from "./parse";

const properties = (panel: ReturnType<typeof parsePanel>, argument: unknown) =>
  Object.fromEntries(
    panel.overrides
      .filter((one) => one.argument === argument)
      .flatMap((one) => one.properties.map(({ id, value }) => [id, value])),
  );

describe("graphs of old", () => {
  it("draw lines, bars or points, and say so for single series", () => {
    const custom = (json: object) => parsePanel({ type: "graph", ...json }).defaults.custom;
    expect(custom({})).toMatchObject({ drawStyle: "line", showPoints: "never", lineWidth: 1, fillOpacity: 10 });
    expect(custom({ bars: true, lines: false })).toMatchObject({ drawStyle: "bars", fillOpacity: 100 });
    expect(custom({ lines: false, points: true, pointradius: 1 })).toMatchObject({ drawStyle: "points", pointSize: 4 });
    const seriesOverrides = [{ alias: "rate", lines: true, points: false, fill: 0, stack: "B", dashes: true }];
    const panel = parsePanel({ type: "graph", lines: false, points: true, seriesOverrides });
    expect(properties(panel, "rate")).toEqual({
      "custom.drawStyle": "line",
      "custom.showPoints": "never",
      "custom.fillOpacity": 0,
      "custom.lineStyle": { fill: "dash", dash: [10, 10] },
      "custom.stacking": { mode: "normal", group: "B" },
    });
  });
  it("have two axes of their own units and ends", () => {
    const yaxes = [
      { format: "bytes", min: "0", logBase: 2, show: false },
      { format: "s", max: 9, label: "Took" },
    ];
    const panel = parsePanel({ type: "graph", yaxes, seriesOverrides: [{ alias: "/time/", yaxis: 2 }] });
    expect(panel.defaults).toMatchObject({
      unit: "bytes",
      min: 0,
      custom: { axisPlacement: "hidden", scaleDistribution: { type: "log", log: 2 } },
    });
    expect(properties(panel, "/time/")).toMatchObject({
      unit: "s",
      max: 9,
      "custom.axisPlacement": "right",
      "custom.axisLabel": "Took",
    });
  });
  it("colour what is above and below limits", () => {
    const above = { value: 90, colorMode: "critical", op: "gt", fill: true, line: true };
    const below = { value: 10, colorMode: "custom", op: "lt", fill: true, fillColor: "#123456" };
    const panel = parsePanel({ type: "graph", thresholds: [above, below] });
    expect(panel.defaults.custom.thresholdsStyle).toEqual({ mode: "line+area" });
    expect(panel.defaults.thresholds?.steps).toEqual([
      { value: Number.NEGATIVE_INFINITY, color: "#123456" },
      { value: 10, color: "transparent" },
      { value: 90, color: "red" },
    ]);
  });
  it("sort legends and tooltips, and leave empty series out of them", () => {
    const legend = { avg: true, current: true, values: true, sort: "avg", sortDesc: true, hideZero: true };
    const panel = parsePanel({ type: "graph", legend, tooltip: { shared: true, sort: 2 } });
    expect(panel.options.legend).toMatchObject({ calcs: ["lastNotNull", "mean"], sortBy: "Mean", sortDesc: true });
    expect(panel.options.tooltip).toEqual({ mode: "multi", sort: "desc" });
    expect(panel.overrides).toMatchObject([{ matcher: "byValue", argument: { reducer: "allIsZero" } }]);
  });
  it("become bars or a histogram where their x axis held no time", () => {
    const panel = parsePanel({ type: "graph", xaxis: { mode: "series", values: ["current"] } });
    expect(panel.type).toBe("bargauge");
    expect(panel.options.reduceOptions).toMatchObject({ calcs: ["lastNotNull"] });
    expect(parsePanel({ type: "graph", xaxis: { mode: "histogram" } }).type).toBe("histogram");
  });
});

describe("single stats of old", () => {
  it("become a gauge where they drew one", () => {
    const gauge = { show: true, minValue: 0, maxValue: 100 };
    const panel = parsePanel({ type: "singlestat", gauge, thresholds: "65, 90", format: "percent" });
    expect([panel.type, panel.written]).toEqual(["gauge", "singlestat"]);
    expect(panel.defaults).toMatchObject({ min: 0, max: 100 });
    expect(panel.defaults.thresholds?.steps.map((one) => [one.value, one.color])).toEqual([
      [Number.NEGATIVE_INFINITY, "green"],
      [65, "orange"],
      [90, "red"],
    ]);
  });
  it("take the text of nothing for nothing, and not for every number", () => {
    const nothing = [{ from: "null", to: "null", text: "N/A" }];
    const [mapping, ...rest] = parsePanel({ type: "singlestat", rangeMaps: nothing }).defaults.mappings ?? [];
    expect(mapping).toEqual({ type: "special", options: { match: "null", result: { text: "N/A" } } });
    expect(rest).toEqual([]);
    const both = { valueMaps: [{ value: "1", text: "up" }], rangeMaps: nothing };
    const typesOf = (mappingType: number) =>
      parsePanel({ type: "singlestat", mappingType, ...both }).defaults.mappings?.map((one) => one.type);
    expect([typesOf(1), typesOf(2)]).toEqual([["value"], ["special"]]);
  });
  it("show one column of a table", () => {
    const panel = parsePanel({ type: "singlestat", tableColumn: "version (a)" });
    expect(panel.options.reduceOptions).toMatchObject({ fields: "/^version \\(a\\)$/" });
  });
});

it("tables of old have steps for their rows and overrides for their styles", () => {
  const styles = [
    { pattern: "Time", type: "hidden" },
    {
      pattern: "/^Value/",
      type: "number",
      unit: "bytes",
      decimals: 1,
      alias: "Size",
      colorMode: "cell",
      thresholds: ["1", "2"],
      colors: ["green", "orange", "red"],
    },
    { pattern: "job", type: "string", link: true, linkUrl: "/d/x?var-job=$__cell&i=${__cell_2}", linkTooltip: "Open" },
    { pattern: "/.*/", type: "number", unit: "short" },
  ];
  const panel = parsePanel({ type: "table", transform: "table", styles });
  expect(panel.transformations.map((one) => one.id)).toEqual(["merge"]);
  expect(panel.defaults.unit).toBe("short");
  expect(properties(panel, "Time")).toEqual({ "custom.hidden": true });
  expect(properties(panel, "/^Value/")).toMatchObject({
    unit: "bytes",
    decimals: 1,
    displayName: "Size",
    "custom.cellOptions": { type: "color-background" },
  });
  expect(properties(panel, "job").links).toEqual([
    { title: "Open", url: "/d/x?var-job=${__value.raw}&i=${__data.fields[2]}", targetBlank: undefined },
  ]);
  expect(parsePanel({ type: "table", options: {}, transform: "table" }).transformations).toEqual([]);
  const figures = parsePanel({
    type: "table-old",
    transform: "timeseries_aggregations",
    columns: [{ text: "Now", value: "current" }],
  });
  expect(figures.transformations.map((one) => one.options)).toEqual([
    { reducers: ["lastNotNull"], includeTimeField: false },
    { renameByName: { Field: "Metric", "Last *": "Now" } },
  ]);
});

it("of the styles of an old table the first that fits a column holds, for its whole row too", () => {
  const styles = [
    { pattern: "when", type: "date", dateFormat: "YYYY" },
    { pattern: "/w/", type: "number", unit: "s", colorMode: "row", colors: ["green", "red"], thresholds: "5" },
    { pattern: "to", type: "string", link: true, linkUrl: "/d/x?a=${__cell_1:raw}&b=${__cell:raw}", linkTooltip: "x" },
  ];
  const panel = parsePanel({ type: "table-old", styles });
  expect(panel.overrides.map((one) => one.argument)).toEqual(["to", "/w/", "when"]);
  expect(properties(panel, "when")).toEqual({ unit: "time:YYYY" });
  expect(properties(panel, "/w/")["custom.cellOptions"]).toMatchObject({ mode: "basic", applyToRow: true });
  expect(properties(panel, "to").links).toMatchObject([{ url: "/d/x?a=${__data.fields[1]:raw}&b=${__value.raw:raw}" }]);
});

describe("rows of old", () => {
  const placesOf = (rows: readonly object[]) =>
    parseDashboard({ rows }).panels.map(({ type, place: { x, y, w, h } }) => [type, x, y, w, h]);
  it("have heads when one of them shows its own", () => {
    const panels = [
      { type: "graph", span: 6, gridPos: {} },
      { type: "stat", span: 6 },
      { type: "text", span: 12 },
    ];
    const rows = [{ height: "300px", panels }, { panels: [] }];
    expect(placesOf(rows)).toEqual([
      ["timeseries", 0, 0, 12, 8],
      ["stat", 12, 0, 12, 8],
      ["text", 0, 8, 24, 8],
    ]);
    expect(placesOf([{ ...rows[0], showTitle: true }, { panels: [] }])).toEqual([
      ["row", 0, 0, 24, 1],
      ["timeseries", 0, 1, 12, 8],
      ["stat", 12, 1, 12, 8],
      ["text", 0, 9, 24, 8],
      ["row", 0, 17, 24, 1],
    ]);
  });
  it("stack panels that are lower than the row, and begin a line for what does not fit", () => {
    const low = { type: "stat", span: 4, height: 150 };
    expect(
      placesOf([{ height: 300, panels: [{ type: "graph", span: 8 }, low, low, { type: "text", span: 3.9 }] }]),
    ).toEqual([
      ["timeseries", 0, 0, 16, 8],
      ["stat", 16, 0, 8, 4],
      ["stat", 16, 4, 8, 4],
      ["text", 0, 8, 6, 8],
    ]);
  });
  it("keep what a closed one holds within it, and none of the stored copies", () => {
    const panels = [{ type: "graph" }];
    const made = parseDashboard({ rows: [{ collapse: true, panels }, { repeatRowId: 1, panels }, { panels }] });
    expect(made.panels.map((one) => [one.type, one.place.y, one.panels.length])).toEqual([
      ["row", 0, 1],
      ["row", 1, 0],
      ["timeseries", 2, 0],
    ]);
  });
});

it("a panel without a place is small, at the start", () => {
  const [panel] = parseDashboard({ panels: [{ type: "stat" }] }).panels;
  expect(panel?.place).toEqual({ x: 0, y: 0, w: 6, h: 3 });
});

it("reads the first heatmap's settings", () => {
  const options = parsePanel({
    type: "heatmap",
    dataFormat: "timeseries",
    yAxis: { format: "s", logBase: 2, splitFactor: 2, max: "10", show: true },
    xBucketSize: "1m",
    yBucketBound: "lower",
    reverseYBuckets: true,
    hideZeroBuckets: true,
    cards: { cardPadding: 3, cardRound: 2 },
    color: { mode: "spectrum", colorScheme: "interpolateYlOrRd", exponent: 0.4 },
    tooltip: { show: true, showHistogram: true },
    legend: { show: true },
  }).options;
  expect(options).toMatchObject({
    calculate: true,
    calculation: { xBuckets: { mode: "size", value: "1m" }, yBuckets: { value: "2", scale: { type: "log", log: 2 } } },
    rowsFrame: { layout: "ge" },
    yAxis: { unit: "s", max: 10, reverse: true, axisPlacement: "left" },
    color: { mode: "scheme", scheme: "YlOrRd" },
    cellGap: 3,
    cellRadius: 2,
    legend: { show: true },
    tooltip: { yHistogram: true },
  });
});
