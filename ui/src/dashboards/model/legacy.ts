// Panels of old kinds as their successors: graph, singlestat, table-old and the first heatmap. Only what is missing is
// filled in, since generators mix old and new fields in one panel. Pure; the given JSON stays as it is.
import { type Json, list, number, record, text } from "../../api/decode";

export function modernPanel(json: Json): Json {
  switch (json.type) {
    case "graph":
      return graph(json);
    case "singlestat":
      return singleStat(json);
    case "table-old":
      return oldTable(json);
    case "heatmap":
      return json.dataFormat === undefined ? json : oldHeatmap(json);
    case "text":
      return json.content === undefined ? json : oldText(json);
    case "row":
      return json;
    default:
      return json;
  }
}

function withDefaults(json: Json, defaults: Json, overrides: readonly Json[], options: Json): Json {
  const config = record(json.fieldConfig);
  const known = record(config.defaults);
  return {
    ...json,
    options: { ...options, ...record(json.options) },
    fieldConfig: {
      defaults: { ...defaults, ...known, custom: { ...record(defaults.custom), ...record(known.custom) } },
      overrides: [...overrides, ...list(config.overrides)],
    },
  };
}

const NULLS: Readonly<Record<string, unknown>> = { connected: true, null: false, "null as zero": false };

function graph(json: Json): Json {
  const axes = list(json.yaxes).map(record);
  const left = axes[0] ?? {};
  const isBars = json.bars === true;
  const isStacked = json.stack === true;
  const legend = record(json.legend);
  const calcs = [
    ["current", "lastNotNull"],
    ["avg", "mean"],
    ["max", "max"],
    ["min", "min"],
    ["total", "sum"],
  ].flatMap(([old, now]) => (legend[old ?? ""] === true && legend.values !== false ? [now] : []));
  const custom = {
    drawStyle: isBars ? "bars" : json.lines === false && json.points === true ? "points" : "line",
    lineWidth: number(json.linewidth) ?? 1,
    fillOpacity: isBars ? 100 : (number(json.fill) ?? 1) * 10,
    lineInterpolation: json.steppedLine === true ? "stepAfter" : "linear",
    spanNulls: NULLS[text(json.nullPointMode)] ?? false,
    stacking: { mode: isStacked ? (json.percentage === true ? "percent" : "normal") : "none", group: "A" },
    axisLabel: text(left.label),
    scaleDistribution:
      (number(left.logBase) ?? 1) > 1 ? { type: "log", log: number(left.logBase) } : { type: "linear" },
    thresholdsStyle: { mode: list(json.thresholds).length > 0 ? "line" : "off" },
  };
  const thresholds = list(json.thresholds).map((one) => {
    const step = record(one);
    return { value: number(step.value) ?? 0, color: text(step.lineColor) || text(step.colorMode, "red") };
  });
  return withDefaults(
    json,
    {
      unit: left.format,
      min: left.min ?? undefined,
      max: left.max ?? undefined,
      decimals: json.decimals ?? undefined,
      custom,
      ...(thresholds.length === 0
        ? {}
        : { thresholds: { mode: "absolute", steps: [{ color: "transparent", value: null }, ...thresholds] } }),
    },
    [...aliasColors(json), ...seriesOverrides(json, axes[1] ?? {})],
    {
      legend: {
        showLegend: legend.show !== false,
        displayMode: legend.alignAsTable === true ? "table" : "list",
        placement: legend.rightSide === true ? "right" : "bottom",
        calcs,
      },
      tooltip: { mode: record(json.tooltip).shared === false ? "single" : "multi" },
    },
  );
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
    if (alias === "") return [];
    const properties: Json[] = [];
    const add = (id: string, value: unknown) => properties.push({ id, value });
    if (old.color !== undefined) add("color", { mode: "fixed", fixedColor: text(old.color) });
    if (old.yaxis === 2) {
      add("custom.axisPlacement", "right");
      if (right.format !== undefined) add("unit", right.format);
    }
    if (old.transform === "negative-Y") add("custom.transform", "negative-Y");
    if (old.bars === true) add("custom.drawStyle", "bars");
    if (old.lines === false && old.points === true) add("custom.drawStyle", "points");
    if (typeof old.fill === "number") add("custom.fillOpacity", old.fill * 10);
    if (typeof old.linewidth === "number") add("custom.lineWidth", old.linewidth);
    if (old.dashes === true) add("custom.lineStyle", { fill: "dash", dash: [10, 10] });
    if (old.stack === false) add("custom.stacking", { mode: "none", group: "A" });
    if (old.legend === false) add("custom.hideFrom", { legend: true, tooltip: false, viz: false });
    const isPattern = alias.startsWith("/");
    return [{ matcher: { id: isPattern ? "byRegexp" : "byName", options: alias }, properties }];
  });
}

const STAT_CALCS: Readonly<Record<string, string>> = {
  current: "lastNotNull",
  avg: "mean",
  total: "sum",
  first: "firstNotNull",
};

function singleStat(json: Json): Json {
  const calc = text(json.valueName, "avg");
  const colors = list(json.colors).map((one) => text(one));
  const limits = text(json.thresholds)
    .split(",")
    .map((one) => Number.parseFloat(one))
    .filter((one) => Number.isFinite(one));
  const isColored = json.colorBackground === true || json.colorValue === true;
  const steps = [
    { color: isColored ? (colors[0] ?? "green") : "text", value: null },
    ...(isColored ? limits.map((value, index) => ({ color: colors[index + 1] ?? "red", value })) : []),
  ];
  const sparkline = record(json.sparkline);
  const gauge = record(json.gauge);
  return withDefaults(
    json,
    {
      unit: json.format,
      decimals: json.decimals ?? undefined,
      noValue: json.nullText ?? undefined,
      min: gauge.show === true ? gauge.minValue : undefined,
      max: gauge.show === true ? gauge.maxValue : undefined,
      thresholds: { mode: "absolute", steps },
      mappings: [...list(json.valueMaps).map((one) => ({ ...record(one), type: 1 })), ...rangeMaps(json)],
    },
    [],
    {
      reduceOptions: { calcs: [STAT_CALCS[calc] ?? calc], values: false, fields: "" },
      colorMode: json.colorBackground === true ? "background" : "value",
      graphMode: sparkline.show === true ? "area" : "none",
      textMode: calc === "name" ? "name" : "value",
    },
  );
}

function rangeMaps(json: Json): Json[] {
  return list(json.rangeMaps).map((one) => ({ ...record(one), type: 2 }));
}

function oldTable(json: Json): Json {
  const overrides = list(json.styles).flatMap((one) => {
    const style = record(one);
    const pattern = text(style.pattern);
    if (pattern === "") return [];
    const properties: Json[] = [];
    if (text(style.alias) !== "") properties.push({ id: "displayName", value: style.alias });
    if (style.type === "hidden") properties.push({ id: "custom.hidden", value: true });
    if (text(style.unit) !== "") properties.push({ id: "unit", value: style.unit });
    if (typeof style.decimals === "number") properties.push({ id: "decimals", value: style.decimals });
    return [{ matcher: { id: pattern.startsWith("/") ? "byRegexp" : "byName", options: pattern }, properties }];
  });
  const changed = withDefaults(json, {}, overrides, {});
  if (json.transform !== "table" || json.transformations !== undefined) return changed;
  return { ...changed, transformations: [{ id: "merge", options: {} }] };
}

function oldHeatmap(json: Json): Json {
  const axis = record(json.yAxis);
  return withDefaults(json, {}, [], {
    calculate: json.dataFormat === "timeseries",
    yAxis: { unit: axis.format, decimals: axis.decimals },
    color: { scheme: text(record(json.color).colorScheme, "Oranges") },
  });
}

function oldText(json: Json): Json {
  return { ...json, options: { content: json.content, mode: json.mode, ...record(json.options) } };
}
