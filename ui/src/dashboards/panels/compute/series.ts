// The value columns of frames as series on one list of times, named and coloured. Pure.
import { record, text } from "../../../api/decode";
import { type Hues, huesBeside, NO_HUES } from "../../../charts/colors/palette";
import { decimate } from "../../../charts/decimate";
import { type DataFrame, displayNames, type Field } from "../../data/frame";
import { cssColor, isByName, paletteColor } from "../../field/colors";
import { boundsOf, valueColor } from "../../field/show";
import type { FieldOptions } from "../../model/types";

export interface PanelSeries {
  readonly name: string;
  readonly color: string;
  readonly config: FieldOptions;
  readonly field: Field;
  /** On the shared times; null is a gap. */
  readonly values: readonly (number | null)[];
}

export interface SeriesSet {
  /** Epoch seconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PanelSeries[];
}

/** Series beyond this are left out of a chart: a thousand lines are no picture. */
export const MOST_SERIES = 400;

/** `hues` are those of services, for series that are coloured by name. */
export function seriesOf(frames: readonly DataFrame[], dark: boolean, hues: Hues = NO_HUES): SeriesSet {
  const names = displayNames(frames);
  const parts = frames.flatMap((frame) => {
    const time = frame.fields.find((one) => one.type === "time");
    if (time === undefined) return [];
    return frame.fields.filter((one) => one.type === "number").map((field) => ({ time, field }));
  });
  const wanted = parts.filter(({ field }) => record(field.config.custom.hideFrom).viz !== true);
  // The largest of each step leave series behind that were never among them.
  const valued = wanted.filter(({ field }) => field.values.some((one) => one !== null && !Number.isNaN(one)));
  const kept = (valued.length > 0 ? valued : wanted).slice(0, MOST_SERIES);
  const times = sharedTimes(kept.map((one) => one.time));
  const place = new Map(times.map((at, index) => [at, index]));
  const nameOf = (field: Field) => names.get(field) ?? field.name;
  const own = huesBeside(
    kept.flatMap(({ field }) => (isByName(field.config.color?.mode) ? nameOf(field) : [])),
    hues,
  );
  const series = kept.map(({ time, field }, index): PanelSeries => {
    const name = nameOf(field);
    return {
      name,
      color: colorOf(field, name, index, dark, own),
      config: field.config,
      field,
      values: time.values.length === times.length ? numbers(field.values) : onTimes(time, field, times.length, place),
    };
  });
  return { times: times.map((at) => at / 1_000), series };
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

function sharedTimes(fields: readonly Field[]): number[] {
  const distinct = [...new Set(fields)];
  const first = distinct[0];
  if (first === undefined) return [];
  const same = distinct.every(
    (one) =>
      one.values.length === first.values.length &&
      one.values[0] === first.values[0] &&
      one.values.at(-1) === first.values.at(-1),
  );
  if (same) return numbers(first.values).map((one) => one ?? 0);
  const all = new Set<number>();
  for (const one of distinct) for (const at of one.values) if (typeof at === "number") all.add(at);
  return [...all].sort((a, b) => a - b);
}

/** The values themselves when they are numbers and gaps already: a million are not copied for nothing. */
function numbers(values: readonly unknown[]): readonly (number | null)[] {
  if (values.every((one) => typeof one === "number" || one === null)) return values as readonly (number | null)[];
  return values.map((one) => (typeof one === "number" ? one : null));
}

function onTimes(time: Field, field: Field, size: number, place: ReadonlyMap<number, number>): (number | null)[] {
  const result = new Array<number | null>(size).fill(null);
  time.values.forEach((at, row) => {
    const index = typeof at === "number" ? place.get(at) : undefined;
    const value = field.values[row];
    if (index !== undefined && typeof value === "number") result[index] = value;
  });
  return result;
}

/** Fixed colours and those of values; else one of the palette, by name or by place. `hues` are those of all names of the panel. */
export function colorOf(field: Field, name: string, index: number, dark: boolean, hues: Hues): string {
  const mode = field.config.color?.mode ?? "palette-classic";
  const own = paletteColor(mode, name, index, { dark, hues });
  if (mode === "fixed" || mode === "shades") return cssColor(field.config.color?.fixedColor, dark) ?? own;
  if (mode.startsWith("palette")) return own;
  const last = field.values.findLast((one): one is number => typeof one === "number" && Number.isFinite(one));
  const found =
    last === undefined ? undefined : valueColor(last, field.config, boundsOf(field.values, field.config), dark);
  return found ?? own;
}

export interface Drawn {
  readonly style: "line" | "bars" | "points";
  readonly width: number;
  /** 0 to 1. */
  readonly fill: number;
  readonly points: "auto" | "always" | "never";
  readonly step: "linear" | "smooth" | "before" | "after";
  readonly spanGaps: boolean;
  /** Gaps of no more milliseconds are joined over. */
  readonly spanMs: number | undefined;
  readonly dash: readonly number[] | undefined;
  readonly stack: "none" | "normal" | "percent";
  readonly group: string;
  readonly negative: boolean;
  /** The last value, all along. */
  readonly constant: boolean;
  /** The name of the series down to whose line it is filled. */
  readonly fillDown: string;
  readonly side: "left" | "right" | "auto" | "hidden";
  readonly log: number | undefined;
  readonly softMin: number | undefined;
  readonly softMax: number | undefined;
  readonly centered: boolean;
  readonly thresholds: string;
  readonly label: string;
}

/** How one series is drawn, read from its custom options. */
export function drawnOf(config: FieldOptions): Drawn {
  const custom = config.custom;
  const stacking = record(custom.stacking);
  const scale = record(custom.scaleDistribution);
  const line = record(custom.lineStyle);
  const numberOf = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
  const style = custom.drawStyle === "bars" || custom.drawStyle === "points" ? custom.drawStyle : "line";
  const steps = { stepBefore: "before", stepAfter: "after", smooth: "smooth" } as const;
  const interpolation = text(custom.lineInterpolation) as keyof typeof steps;
  const points = custom.showPoints === "always" || custom.showPoints === "never" ? custom.showPoints : "auto";
  const side = text(custom.axisPlacement);
  const dash = Array.isArray(line.dash) ? line.dash.filter((one): one is number => typeof one === "number") : [10, 10];
  return {
    style,
    width: Math.max(0, Math.min(10, numberOf(custom.lineWidth) ?? 1)),
    fill: Math.max(0, Math.min(100, numberOf(custom.fillOpacity) ?? 0)) / 100,
    points,
    step: steps[interpolation] ?? "linear",
    spanGaps: custom.spanNulls === true,
    spanMs: numberOf(custom.spanNulls),
    dash: line.fill === "dash" ? dash : line.fill === "dot" ? [1, 6] : undefined,
    stack: stacking.mode === "normal" || stacking.mode === "percent" ? stacking.mode : "none",
    group: text(stacking.group, "A"),
    negative: custom.transform === "negative-Y",
    constant: custom.transform === "constant",
    fillDown: text(custom.fillBelowTo),
    side: side === "left" || side === "right" || side === "hidden" ? side : "auto",
    log: scale.type === "log" ? (numberOf(scale.log) ?? 10) : undefined,
    softMin: numberOf(custom.axisSoftMin),
    softMax: numberOf(custom.axisSoftMax),
    centered: custom.axisCenteredZero === true,
    thresholds: text(record(custom.thresholdsStyle).mode, "off"),
    label: text(custom.axisLabel),
  };
}

export interface Painted {
  readonly values: readonly (number | null)[];
  /** Index of the series whose line is this one's floor. */
  readonly floor: number | undefined;
}

/** What is painted: negated, and stacked group by group; a gap counts as nothing there but stays a gap of its own. */
export function paint(series: readonly PanelSeries[], shown: (name: string) => boolean): Painted[] {
  const sums = new Map<string, { sum: number[]; last: number }>();
  const drawn = series.map((one) => drawnOf(one.config));
  const totals = new Map<string, number[]>();
  series.forEach((one, index) => {
    const how = drawn[index];
    if (how?.stack !== "percent" || !shown(one.name)) return;
    const total = totals.get(how.group) ?? new Array<number>(one.values.length).fill(0);
    one.values.forEach((value, row) => {
      total[row] = (total[row] ?? 0) + Math.abs(value ?? 0);
    });
    totals.set(how.group, total);
  });
  return series.map((one, index) => {
    const how = drawn[index];
    const sign = how?.negative === true ? -1 : 1;
    const last = how?.constant === true ? (one.values.findLast((value) => value !== null) ?? null) : undefined;
    const plain = one.values.map((own) => {
      const value = last === undefined ? own : last;
      return value === null || !Number.isFinite(value) ? null : sign * value;
    });
    if (how === undefined || how.stack === "none" || !shown(one.name)) {
      const down = how === undefined || how.fillDown === "" ? -1 : series.findIndex((two) => two.name === how.fillDown);
      return { values: plain, floor: down < 0 || down === index ? undefined : down };
    }
    const total = totals.get(how.group);
    const shares =
      how.stack === "percent"
        ? plain.map((value, row) => (value === null ? null : value / (total?.[row] || 1)))
        : plain;
    const key = `${how.group}/${how.style}/${how.negative}/${one.config.unit ?? ""}`;
    const before = sums.get(key);
    const sum = shares.map((value, row) => (value ?? 0) + (before?.sum[row] ?? 0));
    sums.set(key, { sum, last: index });
    return { values: shares.map((value, row) => (value === null ? null : (sum[row] ?? null))), floor: before?.last };
  });
}

/** Series that share unit, side and ends share a scale; the first is at the left. */
export function scaleKey(one: PanelSeries): string {
  const how = drawnOf(one.config);
  const isPercent = how.stack === "percent";
  const side = how.side === "right" ? "right" : "left";
  return `${isPercent ? "percentunit" : (one.config.unit ?? "")}/${side}/${one.config.min ?? ""}/${one.config.max ?? ""}/${how.log ?? ""}`;
}
