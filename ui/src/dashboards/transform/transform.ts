// Transformations by their ids, one after the other. One that is not known leaves the frames as they are, and one that cannot do
// what it is asked does what it can; both are said.
import type { DataFrame } from "../data/frame";
import type { Transformation } from "../model/types";
import { readPattern } from "../variables/options";
import { calculateField } from "./calculated";
import { convertFieldType, extractFields, filterByValue, limit, sortBy } from "./columns";
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

/** `say` takes a sentence about what the step could not do. */
export type Step = (
  frames: readonly DataFrame[],
  options: Transformation["options"],
  say: (note: string) => void,
) => DataFrame[];

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
  /** What could not be done, in sentences, each once. */
  readonly notes: readonly string[];
}

export const KNOWN_TRANSFORMATIONS: ReadonlySet<string> = new Set(Object.keys(STEPS));

export function transform(frames: readonly DataFrame[], steps: readonly Transformation[]): Transformed {
  const notes = new Set<string>();
  const say = (note: string) => void notes.add(note);
  let current = frames;
  for (const step of steps) {
    if (step.disabled) continue;
    const run = KNOWN_TRANSFORMATIONS.has(step.id) ? STEPS[step.id] : undefined;
    if (run === undefined) say(`The transformation “${step.id}” is not known here; the data is shown without it.`);
    else
      current = tried(current, step.id, say, (all) =>
        onSome(all, step.queries, (chosen) => run(chosen, step.options, say)),
      );
  }
  return { frames: current, notes: [...notes] };
}

/** What a step makes; options that it breaks on leave the frames as they are, and the page as it is. */
function tried(
  frames: readonly DataFrame[],
  id: string,
  say: (note: string) => void,
  run: (frames: readonly DataFrame[]) => readonly DataFrame[],
): readonly DataFrame[] {
  try {
    return run(frames);
  } catch (cause) {
    say(`The transformation “${id}” failed (${String(cause)}); the data is shown without it.`);
    return frames;
  }
}

/** The frames before the first step, and after each. */
export function stages(
  frames: readonly DataFrame[],
  steps: readonly Transformation[],
): readonly (readonly DataFrame[])[] {
  const all = [frames];
  for (const step of steps) all.push(transform(all.at(-1) ?? frames, [step]).frames);
  return all;
}

/** Changes the frames of some queries; the others stay, where the first of them stood. */
function onSome(
  frames: readonly DataFrame[],
  queries: string | undefined,
  change: (chosen: readonly DataFrame[]) => DataFrame[],
): readonly DataFrame[] {
  const pattern = queries === undefined ? undefined : readPattern(queries);
  if (pattern === undefined) return change(frames);
  const rest = frames.filter((one) => one.refId.search(pattern) < 0);
  const changed = change(frames.filter((one) => !rest.includes(one)));
  const at = frames.findIndex((one) => rest.includes(one));
  return at < 0 ? changed : [...changed.slice(0, at), ...rest, ...changed.slice(at)];
}
