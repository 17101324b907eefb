// The graph of old, as a chart of values over time; or, where its x axis held no time, as bars of one figure a series.
import { type Json, list, number, record, text } from "../../../api/decode";
import { reducerLabel } from "../../data/reducers";
import { calcOf, matcherOf, withDefaults } from "./shared";

export function oldGraph(json: Json): Json {
  const axes = list(json.yaxes).map(record);
  const left = axes[0] ?? {};
  const legend = record(json.legend);
  const changed = withDefaults(
    json,
    {
      ...axisDefaults(left),
      decimals: number(json.decimals),
      custom: { ...drawing(json), ...axisCustom(left), ...thresholdStyle(json) },
      ...thresholds(json),
    },
    [...aliasColors(json), ...seriesOverrides(json, axes[1] ?? {}), ...hiddenInLegend(legend), ...timeAxis(json)],
    { legend: legendOptions(legend), tooltip: tooltipOptions(json) },
  );
  return withoutTime(json, changed);
}

/** A graph whose x axis names the series shows one figure of each; one with a histogram counts its values. */
function withoutTime(json: Json, changed: Json): Json {
  const axis = record(json.xaxis);
  if (axis.mode === "histogram") return { ...changed, type: "histogram" };
  if (axis.mode !== "series") return changed;
  const calc = calcOf(text(list(axis.values)[0], "total"));
  const reduceOptions = { calcs: [calc], values: false, fields: "" };
  return { ...changed, type: "bargauge", options: { orientation: "vertical", reduceOptions, ...record(json.options) } };
}

function drawing(json: Json): Json {
  const isBars = json.bars === true;
  const mode = json.stack !== true ? "none" : json.percentage === true ? "percent" : "normal";
  return {
    drawStyle: isBars ? "bars" : json.lines === false ? "points" : "line",
    lineWidth: number(json.linewidth) ?? 1,
    fillOpacity: isBars ? 100 : (number(json.fill) ?? 1) * 10,
    gradientMode: (number(json.fillGradient) ?? 0) > 0 ? "opacity" : "none",
    lineInterpolation: json.steppedLine === true ? "stepAfter" : "linear",
    lineStyle: json.dashes === true ? dashOf(json) : undefined,
    showPoints: json.points === true ? "always" : "never",
    pointSize: pointSize(json.pointradius),
    spanNulls: json.nullPointMode === "connected",
    stacking: { mode, group: "A" },
  };
}

const dashOf = (json: Json) => ({
  fill: "dash",
  dash: [number(json.dashLength) ?? 10, number(json.spaceLength) ?? 10],
});

/** A radius was counted from the edge of a dot of two pixels. */
const pointSize = (radius: unknown) => 2 + 2 * (number(radius) ?? 1.5);

function axisDefaults(axis: Json): Json {
  return { unit: axis.format, min: number(axis.min), max: number(axis.max) };
}

function axisCustom(axis: Json): Json {
  const log = number(axis.logBase) ?? 1;
  return {
    ...(axis.show === false ? { axisPlacement: "hidden" } : {}),
    axisLabel: text(axis.label),
    scaleDistribution: log > 1 ? { type: "log", log } : { type: "linear" },
  };
}

function timeAxis(json: Json): Json[] {
  if (record(json.xaxis).show !== false) return [];
  return [
    { matcher: { id: "byType", options: "time" }, properties: [{ id: "custom.axisPlacement", value: "hidden" }] },
  ];
}

const LEVELS: Readonly<Record<string, string>> = { critical: "red", warning: "orange", ok: "green" };

/** Colours above limits, and below those of `lt`. */
function thresholds(json: Json): Json {
  const all = list(json.thresholds).map(record);
  if (all.length === 0) return {};
  const colorOf = (one: Json) =>
    LEVELS[text(one.colorMode)] ?? (text(one.fill === true ? one.fillColor : one.lineColor) || "red");
  const below = all.find((one) => one.op === "lt");
  const steps = all
    .map((one) => ({ value: number(one.value) ?? 0, color: one.op === "lt" ? "transparent" : colorOf(one) }))
    .sort((a, b) => a.value - b.value);
  const base = { color: below === undefined ? "transparent" : colorOf(below), value: null };
  return { thresholds: { mode: "absolute", steps: [base, ...steps] } };
}

function thresholdStyle(json: Json): Json {
  const all = list(json.thresholds).map(record);
  const isLine = all.some((one) => one.line === true);
  const isArea = all.some((one) => one.fill === true);
  return { thresholdsStyle: { mode: isLine && isArea ? "line+area" : isLine ? "line" : isArea ? "area" : "off" } };
}

const FIGURES = ["current", "avg", "max", "min", "total"] as const;

function legendOptions(legend: Json): Json {
  const calcs = legend.values === false ? [] : FIGURES.filter((one) => legend[one] === true).map(calcOf);
  const sort = text(legend.sort);
  return {
    showLegend: legend.show !== false,
    displayMode: legend.alignAsTable === true ? "table" : "list",
    placement: legend.rightSide === true ? "right" : "bottom",
    calcs,
    width: number(legend.sideWidth),
    ...(sort === "" ? {} : { sortBy: reducerLabel(calcOf(sort)), sortDesc: legend.sortDesc === true }),
  };
}

/** Series that are nothing but zero or gaps may be left out of the legend. */
function hiddenInLegend(legend: Json): Json[] {
  const hide = { id: "custom.hideFrom", value: { legend: true, tooltip: true, viz: false } };
  const rule = (reducer: string) => ({
    matcher: { id: "byValue", options: { reducer, op: "gte", value: 0 } },
    properties: [hide],
  });
  return [
    ...(legend.hideZero === true ? [rule("allIsZero")] : []),
    ...(legend.hideEmpty === true ? [rule("allIsNull")] : []),
  ];
}

function tooltipOptions(json: Json): Json {
  const tooltip = record(json.tooltip);
  const sort = tooltip.sort === 1 ? "asc" : tooltip.sort === 2 ? "desc" : "none";
  return { mode: tooltip.shared === false ? "single" : "multi", sort };
}

function aliasColors(json: Json): Json[] {
  return Object.entries(record(json.aliasColors)).map(([name, color]) => ({
    matcher: { id: "byName", options: name },
    properties: [{ id: "color", value: { mode: "fixed", fixedColor: text(color) } }],
  }));
}

function seriesOverrides(json: Json, right: Json): Json[] {
  return list(json.seriesOverrides).flatMap((one) => {
    const old = record(one);
    const alias = text(old.alias);
    return alias === "" ? [] : [{ matcher: matcherOf(alias), properties: propertiesOf(old, json, right) }];
  });
}

function propertiesOf(old: Json, json: Json, right: Json): Json[] {
  const properties: Json[] = [];
  const add = (id: string, value: unknown) => properties.push({ id, value });
  if (typeof old.color === "string") add("color", { mode: "fixed", fixedColor: old.color });
  if (old.yaxis === 2) {
    add("custom.axisPlacement", right.show === false ? "hidden" : "right");
    // What the left axis says of its unit and its ends is not said of the right one.
    const left = axisDefaults(record(list(json.yaxes)[0]));
    for (const [id, value] of Object.entries(axisDefaults(right))) {
      if (value !== undefined || left[id] !== undefined) add(id, value ?? null);
    }
    for (const [id, value] of Object.entries(axisCustom(right))) {
      if (id !== "axisPlacement" && value !== "") add(`custom.${id}`, value);
    }
  }
  if (old.transform === "negative-Y" || old.transform === "constant") add("custom.transform", old.transform);
  if (old.bars === true) {
    add("custom.drawStyle", "bars");
    add("custom.fillOpacity", 100);
  } else if (old.lines === true) {
    add("custom.drawStyle", "line");
  } else if (old.lines === false) {
    add("custom.drawStyle", "points");
  }
  if (typeof old.points === "boolean") add("custom.showPoints", old.points ? "always" : "never");
  if (number(old.pointradius) !== undefined) add("custom.pointSize", pointSize(old.pointradius));
  if (typeof old.fill === "number") add("custom.fillOpacity", old.fill * 10);
  if (typeof old.fillGradient === "number") add("custom.gradientMode", old.fillGradient > 0 ? "opacity" : "none");
  if (text(old.fillBelowTo) !== "") add("custom.fillBelowTo", old.fillBelowTo);
  if (typeof old.linewidth === "number") add("custom.lineWidth", old.linewidth);
  if (typeof old.steppedLine === "boolean") add("custom.lineInterpolation", old.steppedLine ? "stepAfter" : "linear");
  if (text(old.nullPointMode) !== "") add("custom.spanNulls", old.nullPointMode === "connected");
  if (old.dashes === true) add("custom.lineStyle", dashOf(old));
  if (old.stack !== undefined) add("custom.stacking", stackingOf(old.stack, json.percentage === true));
  if (old.legend === false) add("custom.hideFrom", { legend: true, tooltip: false, viz: false });
  return properties;
}

/** `false` stands apart, a letter is a stack of its own. */
function stackingOf(stack: unknown, isPercent: boolean): Json {
  const group = typeof stack === "string" ? stack : "A";
  return { mode: stack === false ? "none" : isPercent ? "percent" : "normal", group };
}
