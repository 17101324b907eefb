// Transformations by their ids, one after the other. One that is not known leaves the frames as they are and is said.
import type { DataFrame } from "../data/frame";
import type { Transformation } from "../model/types";
import { calculateField, convertFieldType, extractFields, filterByValue, limit, sortBy } from "./columns";
import { regression, smoothing } from "./fits";
import { groupBy, joinByField, labelsToFields, merge, reduce, seriesToRows } from "./frames";
import { fieldLookup, spatial } from "./geo/spatial";
import { append, ensureColumns, filterFrames, groupToNestedTable, heatmap, order } from "./joined";
import { filterByName, filterByRefId, organize, renameByRegex } from "./names";
import { configFromData } from "./settings";
import {
  formatString,
  formatTime,
  groupingToMatrix,
  histogram,
  joinByLabels,
  partitionByValues,
  prepareTimeSeries,
  rowsToFields,
  timeSeriesTable,
  transpose,
} from "./shapes";
import { convertFrameType } from "./topics";

export type Step = (frames: readonly DataFrame[], options: Transformation["options"]) => DataFrame[];

const STEPS: Readonly<Record<string, Step>> = {
  organize,
  renameByRegex,
  filterFieldsByName: filterByName,
  filterByRefId,
  merge,
  concatenate: (frames) => [{ refId: frames[0]?.refId ?? "A", fields: frames.flatMap((one) => one.fields) }],
  joinByField,
  seriesToColumns: joinByField,
  seriesToRows,
  labelsToFields,
  reduce,
  groupBy,
  sortBy,
  limit,
  filterByValue,
  extractFields,
  calculateField,
  convertFieldType,
  formatString,
  formatTime,
  groupingToMatrix,
  histogram,
  joinByLabels,
  partitionByValues,
  prepareTimeSeries,
  rowsToFields,
  timeSeriesTable,
  transpose,
  append,
  configFromData,
  convertFrameType,
  ensureColumns,
  fieldLookup,
  filterFields: filterByName,
  filterFrames,
  groupToNestedTable,
  heatmap,
  noop: (frames) => [...frames],
  order,
  regression,
  rename: organize,
  smoothing,
  spatial,
};

export interface Transformed {
  readonly frames: readonly DataFrame[];
  readonly unknown: readonly string[];
}

export const KNOWN_TRANSFORMATIONS: ReadonlySet<string> = new Set(Object.keys(STEPS));

export function transform(frames: readonly DataFrame[], steps: readonly Transformation[]): Transformed {
  const unknown: string[] = [];
  let current = frames;
  for (const step of steps) {
    if (step.disabled) continue;
    const run = KNOWN_TRANSFORMATIONS.has(step.id) ? STEPS[step.id] : undefined;
    if (run === undefined) unknown.push(step.id);
    else current = run(current, step.options);
  }
  return { frames: current, unknown };
}
