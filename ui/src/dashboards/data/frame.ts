// Tables of columns: what queries answer, transformations change and panels draw.
import type { Labels } from "../../api/decode";
import type { Frame as GridFrame, Instant } from "../../api/matrix";
import type { FieldOptions } from "../model/types";
import { legendText } from "./legendText";

export type FieldType = "time" | "number" | "string" | "boolean" | "other" | "frame" | "frames";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Time in epoch milliseconds; null is a gap. Of `frame`: a series in each cell; of `frames`: tables within a row. */
  readonly values: readonly unknown[];
  readonly labels: Labels | undefined;
  /** The name that the query's legend gives. */
  readonly legend: string | undefined;
  /** The name before a transformation gave it another: settings may still go by it. */
  readonly former?: string;
  /** Set when overrides are applied. */
  readonly config: FieldOptions;
  /** What it was before, to be compared with the field of the same labels. */
  readonly isBefore?: true;
}

export interface DataFrame {
  readonly refId: string;
  readonly fields: readonly Field[];
  /** Drawn over the values of other frames; undefined: values. */
  readonly topic?: "exemplars" | "events";
  /** Of a table within a row: what its rows have in common, the same in the next answer. */
  readonly group?: string;
  /** Of a series in a cell: the figure that stands for it. */
  readonly figure?: unknown;
}

export const NO_OPTIONS: FieldOptions = { custom: {} };

export function makeField(
  name: string,
  type: FieldType,
  values: readonly unknown[],
  labels?: Labels,
  legend?: string,
): Field {
  return { name, type, values, labels, legend, config: NO_OPTIONS };
}

/** The series in a cell; undefined for any other value. */
export function seriesIn(value: unknown): DataFrame | undefined {
  return typeof value === "object" && value !== null && "fields" in value && Array.isArray(value.fields)
    ? (value as DataFrame)
    : undefined;
}

/** What stands for a value where it is compared or written: of a series in a cell, its figure. */
export function plainValue(value: unknown): unknown {
  const series = seriesIn(value);
  return series === undefined ? value : (series.figure ?? null);
}

export function frameLength(frame: DataFrame): number {
  return frame.fields.reduce((most, one) => Math.max(most, one.values.length), 0);
}

/** Range answers: one column of times, one of values a series. What has no labels is called by its query. */
export function fromGrid(refId: string, grid: GridFrame, legend: string, expr = ""): DataFrame {
  const times = makeField(
    "Time",
    "time",
    grid.times.map((at) => at * 1_000),
  );
  const values = grid.series.map((one) =>
    makeField("Value", "number", one.values, one.labels, legendText(legend, one.labels, expr)),
  );
  return { refId, fields: [times, ...values] };
}

/** Range answers as rows: time, labels, value. */
export function gridAsTable(refId: string, grid: GridFrame, valueName = "Value"): DataFrame {
  const rows: Instant[] = [];
  for (const series of grid.series) {
    series.values.forEach((value, index) => {
      if (value !== null)
        rows.push({ labels: series.labels, time: grid.times[index] ?? 0, value, histogram: undefined });
    });
  }
  return fromInstantTable(refId, rows, valueName);
}

/** Instant answers, a column each, as time series of one point. */
export function fromInstantSeries(refId: string, rows: readonly Instant[], legend: string, expr = ""): DataFrame {
  const time = rows[0]?.time ?? 0;
  return {
    refId,
    fields: [
      makeField("Time", "time", rows.length === 0 ? [] : [time * 1_000]),
      ...rows.map((one) => makeField("Value", "number", [one.value], one.labels, legendText(legend, one.labels, expr))),
    ],
  };
}

/** Instant answers as rows: time, a column a label, value. */
export function fromInstantTable(refId: string, rows: readonly Instant[], valueName: string): DataFrame {
  const names = [...new Set(rows.flatMap((one) => Object.keys(one.labels)))].sort();
  return {
    refId,
    fields: [
      makeField(
        "Time",
        "time",
        rows.map((one) => one.time * 1_000),
      ),
      ...names.map((name) =>
        makeField(
          name,
          "string",
          rows.map((one) => one.labels[name] ?? ""),
        ),
      ),
      makeField(
        valueName,
        "number",
        rows.map((one) => one.value),
      ),
    ],
  };
}

/** The name a field is shown under, given all fields of the panel: only labels that differ are shown for `__auto`. */
export function displayName(field: Field, isAlone: boolean): string {
  if (field.config.displayName !== undefined) return fillFieldName(field.config.displayName, field);
  if (field.legend !== undefined) return field.legend;
  const labels = field.labels ?? {};
  const pairs = Object.entries(labels).filter(([name]) => name !== "__name__");
  const metric = labels.__name__;
  if (metric === undefined && pairs.length === 0) return field.name;
  if (isAlone && metric !== undefined) return metric;
  // One label alone is told by its value.
  const [only] = pairs;
  if (metric === undefined && pairs.length === 1 && only !== undefined) return only[1];
  const inside = pairs.map(([name, value]) => `${name}="${value}"`).join(", ");
  return inside === "" ? (metric ?? field.name) : `${metric ?? ""}{${inside}}`;
}

function fillFieldName(text: string, field: Field): string {
  return text
    .replaceAll(/\$\{__field\.labels\.([^}]+)\}/g, (_whole, name: string) => field.labels?.[name] ?? "")
    .replaceAll(/\$\{__field\.(name|displayName)\}|\$\{__series\.name\}/g, () => field.legend ?? field.name);
}

/** What the name of a field of before has behind that of today. */
export const BEFORE = " (comparison)";

/** Names of all value fields; alike names are told apart by their labels or a number. */
export function displayNames(frames: readonly DataFrame[]): Map<Field, string> {
  const fields = frames.flatMap((one) => one.fields);
  const values = fields.filter((one) => one.type === "number" && one.isBefore !== true);
  const metrics = new Set(values.map((one) => one.labels?.__name__));
  const shared = values.length > 1 && metrics.size <= 1;
  const names = new Map<Field, string>();
  for (const field of fields) {
    let name = displayName(field, values.length === 1);
    if (shared && field.legend === undefined && field.config.displayName === undefined && field.labels !== undefined) {
      name = shortLabels(field.labels, values) ?? name;
    }
    names.set(field, field.isBefore === true ? `${name}${BEFORE}` : name);
  }
  return names;
}

/** Values of the labels that differ among all fields. */
function shortLabels(labels: Labels, all: readonly Field[]): string | undefined {
  const differing = Object.keys(labels).filter((key) => new Set(all.map((one) => one.labels?.[key])).size > 1);
  if (differing.length === 0) return undefined;
  return differing.length === 1
    ? labels[differing[0] ?? ""]
    : differing.map((key) => `${key}="${labels[key]}"`).join(", ");
}
