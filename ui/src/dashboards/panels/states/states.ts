// Runs of equal states out of series, for state timelines, and single cells for histories of states. Pure.
import { number, record } from "../../../api/decode";
import { type Hues, huesBeside, NO_HUES } from "../../../charts/colors/palette";
import { type DataFrame, displayNames, type Field } from "../../data/frame";
import { cssColor, isByName, paletteColor } from "../../field/colors";
import {
  type Bounds,
  boundsOf,
  endsOf,
  mapValue,
  type Shown,
  shownText,
  showValue,
  thresholdsOf,
} from "../../field/show";
import { formatValue } from "../../field/units";
import type { FieldOptions } from "../../model/types";
import type { Linked } from "../links/dataLinks";

export interface Run extends Linked {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly shown: Shown;
  readonly color: string;
}

export interface Lane {
  readonly name: string;
  readonly runs: readonly Run[];
  readonly config: FieldOptions;
}

export interface StateAsk {
  readonly dark: boolean;
  /** Equal neighbours become one run. */
  readonly merge?: boolean;
  readonly hues?: Hues;
  /** Epoch milliseconds: the last state lasts until then; undefined: as long as the one before it. */
  readonly until?: number;
  /** Each state stands around its moment instead of lasting until the next. */
  readonly cells?: boolean;
}

const MOST_LANES = 200;

/** What has no colour of its own goes from green over yellow to red. */
const USUAL_COLOR = { mode: "continuous-GrYlRd" };

type Uncoloured = Omit<Run, "color">;

export function lanesOf(frames: readonly DataFrame[], ask: StateAsk): Lane[] {
  const { dark, hues = NO_HUES } = ask;
  const names = displayNames(frames);
  const parts = frames
    .flatMap((frame) => {
      const time = frame.fields.find((one) => one.type === "time");
      const fields = frame.fields.filter((one) => isState(one));
      return time === undefined ? [] : fields.map((field) => ({ frame, time, field }));
    })
    .slice(0, MOST_LANES);
  // A scale of colours is one scale for all lanes.
  const ends = endsOf(parts.flatMap(({ field }) => (field.type === "number" ? [field.values] : [])));
  const lanes = parts.map(({ frame, time, field }) => {
    const config = { ...field.config, color: field.config.color ?? USUAL_COLOR };
    const name = names.get(field) ?? field.name;
    return { name, config, runs: runsOf({ frame, time, field, name, config, bounds: boundsOf(ends, config) }, ask) };
  });
  const texts = new Map<string, number>();
  for (const { runs } of lanes) {
    for (const { shown } of runs) if (!texts.has(shown.text)) texts.set(shown.text, texts.size);
  }
  const own = lanes.some((one) => isByName(one.config.color.mode)) ? huesBeside([...texts.keys()], hues) : hues;
  return lanes.map(({ name, config, runs }): Lane => {
    const colorOf = ({ color, text }: Shown) =>
      color ?? paletteColor(config.color.mode, text, texts.get(text) ?? 0, { dark, hues: own });
    return { name, config, runs: runs.map((run) => ({ ...run, color: colorOf(run.shown) })) };
  });
}

function isState(field: Field): boolean {
  if (field.type === "time" || field.type === "other" || field.type === "frames") return false;
  return record(field.config.custom.hideFrom).viz !== true;
}

interface Part {
  readonly frame: DataFrame;
  readonly time: Field;
  readonly field: Field;
  readonly name: string;
  readonly config: FieldOptions;
  readonly bounds: Bounds;
}

function runsOf({ frame, time, field, name, config, bounds }: Part, ask: StateAsk): Uncoloured[] {
  const bands = ask.merge === true && field.type === "number" && config.color?.mode === "thresholds";
  const { spanNulls } = config.custom;
  const joined = spanNulls === true ? Number.POSITIVE_INFINITY : (number(spanNulls) ?? 0);
  const step = stepOf(time.values);
  const runs: Uncoloured[] = [];
  /** Whether the last run lasts until the next moment. */
  let open = false;
  const close = (at: number) => {
    const last = runs.at(-1);
    if (open && last !== undefined) runs[runs.length - 1] = { ...last, to: at };
  };
  time.values.forEach((at, row) => {
    if (typeof at !== "number") return;
    const value = field.values[row];
    if (value === null || value === undefined) {
      const last = runs.at(-1);
      if (last !== undefined && open && joined === 0) {
        close(at);
        open = false;
      }
      return;
    }
    const shown = bands ? bandOf(value, config, bounds, ask.dark) : showValue(value, config, bounds, ask.dark);
    const words = shownText(shown);
    const last = runs.at(-1);
    const made = { field, frame, row, value, words, name, shown };
    if (ask.cells === true) {
      runs.push({ ...made, from: at - step / 2, to: at + step / 2 });
      return;
    }
    // A gap that is too long to be joined over ended the state when it began.
    if (
      open &&
      last !== undefined &&
      joined > 0 &&
      at - lastSeen(time.values, field.values, row) > Math.max(joined, step)
    ) {
      close(lastSeen(time.values, field.values, row) + step);
      open = false;
    }
    const isSame = open && last !== undefined && ask.merge === true && (last.value === value || last.words === words);
    close(at);
    if (isSame) close(at + step);
    else runs.push({ ...made, from: at, to: at + step });
    open = true;
  });
  if (open && ask.until !== undefined) close(Math.max(ask.until, runs.at(-1)?.to ?? 0));
  return runs;
}

/** The moment of the last value before a row. */
function lastSeen(times: readonly unknown[], values: readonly unknown[], row: number): number {
  for (let at = row - 1; at >= 0; at -= 1) {
    const time = times[at];
    if (values[at] !== null && values[at] !== undefined && typeof time === "number") return time;
  }
  return Number.NEGATIVE_INFINITY;
}

const USUAL_STEP_MS = 60_000;

/** The least distance of two moments. */
function stepOf(times: readonly unknown[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let row = 1; row < times.length; row += 1) {
    const apart = Number(times[row]) - Number(times[row - 1]);
    if (apart > 0) least = Math.min(least, apart);
  }
  return Number.isFinite(least) ? least : USUAL_STEP_MS;
}

/** A number as the step of thresholds that it stands on, where no mapping gives it words. */
function bandOf(value: unknown, config: FieldOptions, bounds: Bounds, dark: boolean): Shown {
  const shown = showValue(value, config, bounds, dark);
  if (typeof value !== "number" || mapValue(value, config)?.text !== undefined) return shown;
  const { steps, mode } = thresholdsOf(config);
  if (steps.length < 2) return shown;
  const width = bounds.max - bounds.min;
  const compared = mode === "percentage" && width > 0 ? ((value - bounds.min) / width) * 100 : value;
  const at = steps.findLastIndex((one) => compared >= one.value);
  return { prefix: "", text: bandText(config, Math.max(0, at)), suffix: "", color: shown.color };
}

function bandText(config: FieldOptions, index: number): string {
  const { steps, mode } = thresholdsOf(config);
  const word = (value: number) =>
    mode === "percentage" ? `${value}%` : formatValue(value, config.unit, config.decimals);
  const low = steps[index]?.value ?? Number.NEGATIVE_INFINITY;
  const high = steps[index + 1]?.value;
  if (!Number.isFinite(low)) return high === undefined ? "any" : `< ${word(high)}`;
  return high === undefined ? `${word(low)}+` : `${word(low)} to ${word(high)}`;
}

export interface State {
  readonly name: string;
  readonly color: string;
}

/** States beyond this are no legend. */
const MOST_STATES = 60;

/** What the colours say: steps of thresholds, words of mappings, or states as they came; a scale of colours says nothing by name. */
export function statesOf(lanes: readonly Lane[], dark: boolean): State[] {
  const found = new Map<string, string>();
  const banded = lanes.find((one) => one.config.color?.mode === "thresholds" && isUnmapped(one));
  if (banded !== undefined) {
    thresholdsOf(banded.config).steps.forEach((step, index) => {
      found.set(bandText(banded.config, index), cssColor(step.color, dark) ?? "transparent");
    });
  }
  for (const { config, runs } of lanes) {
    const mode = config.color?.mode ?? "";
    for (const { value, words, color } of runs) {
      const isScaled = typeof value === "number" && (mode.startsWith("continuous-") || mode === "thresholds");
      if (isScaled && mapValue(value, config)?.text === undefined) continue;
      if (!found.has(words)) found.set(words, color);
      if (found.size >= MOST_STATES) break;
    }
  }
  return [...found].map(([name, color]) => ({ name, color }));
}

function isUnmapped({ config, runs }: Lane): boolean {
  return runs.some((one) => typeof one.value === "number" && mapValue(one.value, config)?.text === undefined);
}

/** The run of a lane at a moment. */
export function runAt(lane: Lane, at: number): Run | undefined {
  return lane.runs.findLast((one) => one.from <= at && at < one.to);
}

/** Runs that end on the pixel where the one before them ended are not seen. */
export function seenRuns(runs: readonly Run[], x: (at: number) => number): readonly Run[] {
  let last = Number.NEGATIVE_INFINITY;
  return runs.filter((run) => {
    const right = Math.round(x(run.to));
    if (right <= last || right <= 0) return false;
    last = right;
    return true;
  });
}
