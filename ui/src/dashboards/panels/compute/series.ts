// The value columns of frames as series on one list of times, named and coloured. Pure.
import { type Hues, huesBeside, NO_HUES } from "../../../charts/colors/palette";
import { decimate } from "../../../charts/decimate";
import { BEFORE, type DataFrame, displayNames, type Field } from "../../data/frame";
import { reduceValues } from "../../data/reducers";
import { cssColor, isByName, paletteColor, shadeOf } from "../../field/colors";
import { dataBounds, valueColor } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import { drawnOf } from "../plot/drawn";

/** Null is a gap; undefined is no value of this series at a time of another, which makes no gap. */
export type Values = readonly (number | null | undefined)[];

export interface PanelSeries {
  readonly name: string;
  readonly color: string;
  readonly config: FieldOptions;
  readonly field: Field;
  /** On the shared times. */
  readonly values: Values;
}

export interface SeriesSet {
  /** Epoch seconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PanelSeries[];
}

/** Series beyond this are left out of a chart: a thousand lines are no picture. */
export const MOST_SERIES = 400;

/** One field and its own times, before all share one list. */
interface Part {
  readonly field: Field;
  readonly times: readonly unknown[];
  readonly values: readonly unknown[];
}

/** `hues` are those of services, for series that are coloured by name. */
export function seriesOf(frames: readonly DataFrame[], dark: boolean, hues: Hues = NO_HUES): SeriesSet {
  const { times, series } = joined(frames, partsOf(frames), dark, hues);
  return { times: times.map((at) => at / 1_000), series };
}

/** The numbers that series are drawn over. */
export interface NumberAxis {
  readonly name: string;
  readonly config: FieldOptions;
}

/** Series over numbers: those of `xField`, else of the first column of numbers; rows in the order of these numbers. */
export function seriesOverNumbers(
  frames: readonly DataFrame[],
  xField: string,
  dark: boolean,
  hues: Hues = NO_HUES,
): SeriesSet & { readonly x: NumberAxis | undefined } {
  const names = displayNames(frames);
  const isX = (one: Field) => one.type === "number" && (one.name === xField || names.get(one) === xField);
  let first: Field | undefined;
  const parts = frames.flatMap((frame) => {
    const x = frame.fields.find(isX) ?? frame.fields.find((one) => one.type === "number");
    if (x === undefined) return [];
    first ??= x;
    const order = [...x.values.keys()]
      .filter((row) => Number.isFinite(x.values[row]))
      .sort((a, b) => Number(x.values[a]) - Number(x.values[b]));
    const times = order.map((row) => x.values[row]);
    return frame.fields
      .filter((one) => one !== x && one.type === "number" && isDrawn(one))
      .map((field): Part => ({ field, times, values: order.map((row) => field.values[row]) }));
  });
  const { times, series } = joined(frames, parts, dark, hues);
  const x = first === undefined ? undefined : { name: names.get(first) ?? first.name, config: first.config };
  return { times, series, x };
}

function partsOf(frames: readonly DataFrame[]): Part[] {
  return frames.flatMap((frame) => {
    const time = frame.fields.find((one) => one.type === "time");
    if (time === undefined) return [];
    return frame.fields
      .filter((one) => (one.type === "number" || one.type === "boolean") && isDrawn(one))
      .map((field) =>
        withGaps({
          field,
          times: time.values,
          values: field.type === "boolean" ? field.values.map(asNumber) : field.values,
        }),
      );
  });
}

/** Yes and no are drawn as one and zero. */
function asNumber(value: unknown): unknown {
  return typeof value === "boolean" ? Number(value) : value;
}

/** What is hidden in the chart alone can be shown by its name in the legend. */
function isDrawn({ config }: Field): boolean {
  const { viz, legend } = drawnOf(config).hidden;
  return !(viz && legend);
}

/** A gap between neighbours that are farther apart than the field says. */
function withGaps(part: Part): Part {
  const most = part.field.config.custom.insertNulls;
  if (typeof most !== "number" || most <= 0) return part;
  const times: unknown[] = [];
  const values: unknown[] = [];
  let before: number | undefined;
  part.times.forEach((at, row) => {
    const value = part.values[row];
    if (typeof at === "number" && value !== null && value !== undefined) {
      if (before !== undefined && at - before > most) {
        times.push(before + 1);
        values.push(null);
      }
      before = at;
    }
    times.push(at);
    values.push(value);
  });
  return times.length === part.times.length ? part : { field: part.field, times, values };
}

function joined(frames: readonly DataFrame[], wanted: readonly Part[], dark: boolean, hues: Hues) {
  const names = displayNames(frames);
  // The largest of each step leave series behind that were never among them.
  const valued = wanted.filter(({ values }) => values.some((one) => one !== null && !Number.isNaN(one)));
  const kept = (valued.length > 0 ? valued : wanted).slice(0, MOST_SERIES);
  const times = sharedTimes(kept.map((one) => one.times));
  const place = new Map(times.map((at, index) => [at, index]));
  const nameOf = (field: Field) => names.get(field) ?? field.name;
  const own = huesBeside(
    kept.flatMap(({ field }) => (isByName(field.config.color?.mode) ? nameOf(field) : [])),
    hues,
  );
  const series = kept.map((part, index): PanelSeries => {
    const { field } = part;
    const name = nameOf(field);
    return {
      name,
      color: colorOf(field, name, index, dark, own),
      config: field.config,
      field,
      values: part.times.length === times.length ? numbers(part.values) : onTimes(part, times.length, place),
    };
  });
  return { times, series: series.map((one) => (one.field.isBefore === true ? asBefore(one, series) : one)) };
}

/** A series of before has the colour of today's, and is dashed. */
function asBefore(one: PanelSeries, all: readonly PanelSeries[]): PanelSeries {
  const today = all.find((two) => `${two.name}${BEFORE}` === one.name);
  const custom = { lineStyle: { fill: "dash", dash: [4, 4] }, ...one.config.custom, fillOpacity: 0 };
  return { ...one, color: today?.color ?? one.color, config: { ...one.config, custom } };
}

/** No more rows than two a pixel: what a chart of `width` pixels can show. The set itself when it is small enough. */
export function thinSet(set: SeriesSet, width: number): SeriesSet {
  const pixels = Math.ceil(Math.max(1, width) / THIN_QUANTUM_PX) * THIN_QUANTUM_PX;
  const small = decimate({ times: set.times, columns: set.series.map((one) => one.values) }, pixels);
  if (small.times === set.times) return set;
  const series = set.series.map((one, index) => ({ ...one, values: small.columns[index] ?? [] }));
  return { times: small.times, series };
}

/** Widths are rounded up to this, so that a resize does not thin anew with every pixel. */
const THIN_QUANTUM_PX = 100;

function sharedTimes(columns: readonly (readonly unknown[])[]): number[] {
  const distinct = [...new Set(columns)];
  const first = distinct[0];
  if (first === undefined) return [];
  const same = distinct.every(
    (one) => one.length === first.length && one[0] === first[0] && one.at(-1) === first.at(-1),
  );
  if (same) return numbers(first).map((one) => one ?? 0);
  const all = new Set<number>();
  for (const one of distinct) for (const at of one) if (typeof at === "number") all.add(at);
  return [...all].sort((a, b) => a - b);
}

/** The values themselves when they are numbers and gaps already: a million are not copied for nothing. */
function numbers(values: readonly unknown[]): readonly (number | null)[] {
  if (values.every((one) => typeof one === "number" || one === null)) return values as readonly (number | null)[];
  return values.map((one) => (typeof one === "number" ? one : null));
}

function onTimes(part: Part, size: number, place: ReadonlyMap<number, number>): Values {
  const result = new Array<number | null | undefined>(size).fill(undefined);
  part.times.forEach((at, row) => {
    const index = typeof at === "number" ? place.get(at) : undefined;
    const value = part.values[row];
    if (index !== undefined) result[index] = typeof value === "number" ? value : null;
  });
  return result;
}

/** Fixed colours and those of values; else one of the palette, by name or by place. `hues` are those of all names of the panel. */
export function colorOf(field: Field, name: string, index: number, dark: boolean, hues: Hues): string {
  const mode = field.config.color?.mode ?? "palette-classic";
  const own = paletteColor(mode, name, index, { dark, hues });
  const fixed = cssColor(field.config.color?.fixedColor, dark);
  if (mode === "fixed") return fixed ?? own;
  if (mode === "shades") return fixed === undefined ? own : shadeOf(fixed, index);
  if (mode.startsWith("palette")) return own;
  const by = reduceValues(field.values.filter(Number.isFinite), SERIES_BY[field.config.color?.seriesBy ?? "last"]);
  const found =
    typeof by === "number" ? valueColor(by, field.config, dataBounds(field.values, field.config), dark) : undefined;
  return found ?? own;
}

/** Which of its values gives a series its colour, where values have colours. */
const SERIES_BY = { last: "lastNotNull", min: "min", max: "max" } as const;
