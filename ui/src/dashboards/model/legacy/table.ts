// The table of old: how its rows are made of answers, and a style for each pattern of columns.
import { type Json, list, record, text } from "../../../api/decode";
import { reducerLabel } from "../../data/reducers";
import { matcherOf, oldMappings, stepsOf, withDefaults } from "./shared";

export function oldTable(json: Json): Json {
  const styles = list(json.styles).map(record);
  // The pattern that takes every column holds for all of them, and others go before it.
  const general = styles.find((one) => one.pattern === "/.*/");
  // Of styles the first that fits a column holds, of overrides the last one.
  const overrides = styles
    .flatMap((style) => {
      const pattern = text(style.pattern);
      if (pattern === "" || style === general) return [];
      const properties = propertiesOf(style);
      return properties.length === 0 ? [] : [{ matcher: matcherOf(pattern), properties }];
    })
    .reverse();
  const ofAll = Object.fromEntries(
    (general === undefined ? [] : propertiesOf(general))
      .filter((one) => ["unit", "decimals", "mappings"].includes(one.id))
      .map((one) => [one.id, one.value]),
  );
  const changed = { ...withDefaults(json, ofAll, overrides, { showHeader: json.showHeader !== false }), type: "table" };
  const steps = stepsOfRows(json);
  return json.transformations !== undefined || steps.length === 0 ? changed : { ...changed, transformations: steps };
}

function stepsOfRows(json: Json): Json[] {
  switch (json.transform) {
    case "timeseries_to_columns":
      return [{ id: "seriesToColumns", options: { reducers: [] } }];
    case "timeseries_to_rows":
      return [{ id: "seriesToRows", options: { reducers: [] } }];
    case "table":
      return [{ id: "merge", options: { reducers: [] } }];
    case "timeseries_aggregations": {
      const columns = list(json.columns).map(record);
      const reducers = columns.map((one) => AGGREGATIONS[text(one.value)] ?? "lastNotNull");
      const names = columns.map((one, at) => [reducerLabel(reducers[at] ?? ""), text(one.text) || text(one.value)]);
      return [
        { id: "reduce", options: { reducers, includeTimeField: false } },
        { id: "organize", options: { renameByName: { Field: "Metric", ...Object.fromEntries(names) } } },
      ];
    }
    default:
      return [];
  }
}

const AGGREGATIONS: Readonly<Record<string, string>> = {
  avg: "mean",
  min: "min",
  max: "max",
  total: "sum",
  current: "lastNotNull",
  count: "count",
};

interface Property {
  readonly id: string;
  readonly value: unknown;
}

function propertiesOf(style: Json): Property[] {
  if (style.type === "hidden") return [{ id: "custom.hidden", value: true }];
  const properties: Property[] = [];
  const add = (id: string, value: unknown) => properties.push({ id, value });
  if (text(style.alias) !== "") add("displayName", style.alias);
  if (style.type === "date") add("unit", `time:${text(style.dateFormat, "YYYY-MM-DD HH:mm:ss")}`);
  if (style.type === "number") {
    if (text(style.unit) !== "") add("unit", style.unit);
    if (typeof style.decimals === "number") add("decimals", style.decimals);
  }
  if (style.align !== undefined) add("custom.align", text(style.align) || "auto");
  const mappings = oldMappings(style);
  if (mappings.length > 0 && style.mappingType !== undefined) add("mappings", mappings);
  if (style.link === true && text(style.linkUrl) !== "") {
    const { linkTooltip, linkUrl, linkTargetBlank } = style;
    add("links", [{ title: ofCells(text(linkTooltip)), url: ofCells(text(linkUrl)), targetBlank: linkTargetBlank }]);
  }
  const cell = CELLS[text(style.colorMode)];
  if (cell !== undefined) {
    add("custom.cellOptions", cell);
    add("thresholds", {
      mode: "absolute",
      steps: stepsOf(
        style.thresholds,
        list(style.colors).map((one) => text(one)),
      ),
    });
  }
  return properties;
}

const CELLS: Readonly<Record<string, Json>> = {
  cell: { type: "color-background", mode: "basic" },
  row: { type: "color-background", mode: "basic", applyToRow: true },
  value: { type: "color-text" },
};

/** `$__cell` is the value of the column, `$__cell_2` that of the third one of the row; `:raw` and its like stay. */
function ofCells(template: string): string {
  return template.replaceAll(
    /\$\{__cell(?:_(\d+))?(:\w+)?\}|\$__cell(?:_(\d+))?(:raw)?/g,
    (_whole, braced?: string, format?: string, plain?: string, raw?: string) => {
      const place = braced ?? plain;
      return `\${${place === undefined ? "__value.raw" : `__data.fields[${place}]`}${format ?? raw ?? ""}}`;
    },
  );
}
