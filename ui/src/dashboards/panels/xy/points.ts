// The series of an XY chart: which columns are across and up, which give a point its size and colour. Options come in two forms:
// the newer names columns by matchers, the older by their names. Pure.
import { type Json, list, number, record, text } from "../../../api/decode";
import { type Hues, huesBeside } from "../../../charts/colors/palette";
import { type DataFrame, displayNames, type Field, frameLength } from "../../data/frame";
import { cssColor, isByName } from "../../field/colors";
import { dataBounds, valueColor } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import { readPattern } from "../../variables/options";
import { colorOf } from "../compute/series";

export interface XYSeries {
  readonly name: string;
  readonly color: string;
  readonly frame: DataFrame;
  readonly x: Field;
  readonly y: Field;
  readonly config: FieldOptions;
  readonly how: PointLook;
  readonly points: readonly Point[];
}

export interface Point {
  readonly row: number;
  readonly x: number;
  readonly y: number;
  /** Pixels across. */
  readonly size: number;
  readonly color: string;
}

export interface PointLook {
  readonly points: boolean;
  readonly lines: boolean;
  readonly square: boolean;
  readonly strokeWidth: number;
  /** 0 to 1. */
  readonly fill: number;
  readonly lineWidth: number;
  readonly dash: readonly number[];
}

/** More points than this are no picture, and hold up the page. */
export const MOST_POINTS = 50_000;

export function pointLook(config: FieldOptions): PointLook {
  const { custom } = config;
  const show = text(custom.show, "points");
  const line = record(custom.lineStyle);
  const dash = list(line.dash).filter((one): one is number => typeof one === "number");
  return {
    points: show !== "lines",
    lines: show.includes("lines"),
    square: custom.pointShape === "square",
    strokeWidth: Math.max(0, number(custom.pointStrokeWidth) ?? 1),
    fill: Math.max(0, Math.min(100, number(custom.fillOpacity) ?? 50)) / 100,
    lineWidth: Math.max(0, number(custom.lineWidth) ?? 1),
    dash: line.fill === "dash" ? (dash.length > 0 ? dash : [10, 10]) : line.fill === "dot" ? [1, 6] : [],
  };
}

/** What one series is made of, before its columns are found. */
interface Wish {
  readonly frame: Pick;
  readonly x: Pick;
  readonly y: Pick;
  readonly color: Pick;
  readonly size: Pick;
  readonly name: string;
  readonly fixedColor: string;
  readonly fixedSize: number | undefined;
}

/** Whether something of this place and these names is meant; undefined: nothing is said. */
type Pick = ((index: number, names: readonly string[], type: string) => boolean) | undefined;

function pickOf(value: unknown): Pick {
  if (typeof value === "string") return value === "" ? undefined : (_index, names) => names.includes(value);
  if (typeof value === "number") return (index) => index === value;
  const { id, options } = record(record(value).matcher);
  if (id === "byIndex") return (index) => index === number(options);
  if (id === "byType") return (_index, _names, type) => type === options;
  if (id === "byRegexp") {
    const pattern = readPattern(text(options));
    return (_index, names) => names.some((one) => pattern !== undefined && new RegExp(pattern.source).test(one));
  }
  return id === undefined ? undefined : (_index, names) => names.includes(text(options));
}

function wishOf(value: unknown): Wish {
  const json = record(value);
  const fixed = record(json.pointColor);
  const size = record(json.pointSize);
  return {
    frame: pickOf(json.frame),
    x: pickOf(json.x),
    y: pickOf(json.y),
    color: pickOf(json.color ?? fixed.field),
    size: pickOf(json.size ?? size.field),
    name: text(record(json.name).fixed) || (typeof json.name === "string" ? json.name : ""),
    fixedColor: text(fixed.fixed),
    fixedSize: number(size.fixed),
  };
}

interface Wanted {
  readonly wish: Wish;
  readonly frame: DataFrame;
  readonly x: Field;
  readonly y: Field;
}

export function xySeries(frames: readonly DataFrame[], options: Json, dark: boolean, hues: Hues): XYSeries[] {
  const names = displayNames(frames);
  const namesOf = (field: Field) => [names.get(field) ?? field.name, field.name];
  const wanted = wantedOf(frames, options, namesOf);
  const nameOf = ({ wish, x, y }: Wanted) => {
    if (wish.name !== "") return wish.name;
    const [own = ""] = namesOf(y);
    const isShared = wanted.every((one) => namesOf(one.x)[0] === namesOf(x)[0]);
    return isShared ? own : `${own} over ${namesOf(x)[0]}`;
  };
  const own = huesBeside(
    wanted.flatMap((one) => (isByName(one.y.config.color?.mode) ? nameOf(one) : [])),
    hues,
  );
  let left = MOST_POINTS;
  return wanted.map((one, index) => {
    const name = nameOf(one);
    const color = cssColor(one.wish.fixedColor, dark) ?? colorOf(one.y, name, index, dark, own);
    const points = left === 0 ? [] : pointsOf(one, color, dark, namesOf).slice(0, left);
    left -= points.length;
    const { frame, x, y } = one;
    const config = wanted.length === 1 ? labelled(y.config, namesOf(y)[0]) : y.config;
    return { name, color, frame, x, y, config, how: pointLook(config), points };
  });
}

/** An axis of one column is told by its name. */
export function labelled(config: FieldOptions, name: string | undefined): FieldOptions {
  if (text(config.custom.axisLabel) !== "") return config;
  return { ...config, custom: { ...config.custom, axisLabel: name } };
}

/** Each series of a manual mapping; in an automatic one, each column of numbers over the first one. */
function wantedOf(frames: readonly DataFrame[], options: Json, namesOf: (field: Field) => string[]): Wanted[] {
  const isManual = (options.mapping ?? options.seriesMapping) === "manual";
  const dims = record(options.dims);
  const wishes = list(options.series).map(wishOf);
  const automatic = { ...wishOf({}), ...wishes[0], ...(dims.x === undefined ? {} : { x: pickOf(dims.x) }) };
  const excluded = list(dims.exclude).map((one) => text(one));
  const found = (frame: DataFrame, pick: Pick) =>
    pick === undefined ? undefined : frame.fields.find((one, index) => pick(index, namesOf(one), one.type));
  return (isManual ? wishes : [automatic]).flatMap((wish) =>
    frames.flatMap((frame, at) => {
      if (wish.frame?.(at, [frame.refId], "") === false || frameLength(frame) === 0) return [];
      const numbers = frame.fields.filter((one) => one.type === "number");
      const first = numbers.length > 1 ? numbers[0] : frame.fields.find((one) => one.type === "time");
      const x = found(frame, wish.x) ?? (wish.x === undefined || !isManual ? first : undefined);
      if (x === undefined) return [];
      const aside = [x, found(frame, wish.size), found(frame, wish.color)];
      const one = found(frame, wish.y);
      const free = numbers.filter(
        (two) => !aside.includes(two) && !namesOf(two).some((name) => excluded.includes(name)),
      );
      const all = one !== undefined ? [one] : isManual && wish.y !== undefined ? [] : free;
      return all.map((y) => ({ wish, frame, x, y }));
    }),
  );
}

/** Sizes where nothing is said of them: of all points alike, and of the smallest and the largest value. */
const SIZE = { fixed: 5, min: 5, max: 50 };

function pointsOf(
  { wish, frame, x, y }: Wanted,
  plain: string,
  dark: boolean,
  namesOf: (field: Field) => string[],
): Point[] {
  const field = (pick: Pick) =>
    pick === undefined ? undefined : frame.fields.find((one, index) => pick(index, namesOf(one), one.type));
  const sized = field(wish.size);
  const colored = field(wish.color);
  const told = record(y.config.custom.pointSize);
  const fixed = wish.fixedSize ?? number(told.fixed) ?? number(y.config.custom.pointSize) ?? SIZE.fixed;
  const ends = { min: number(told.min) ?? SIZE.min, max: number(told.max) ?? SIZE.max };
  const sizes = spanOf(sized);
  const colors = colored === undefined ? undefined : dataBounds(colored.values, colored.config);
  return y.values.flatMap((up, row): Point[] => {
    const across = x.values[row];
    if (!isNumber(up) || !isNumber(across)) return [];
    const part = sized?.values[row];
    const shade = colored?.values[row];
    const color =
      colored !== undefined && colors !== undefined && isNumber(shade)
        ? valueColor(shade, colored.config, colors, dark)
        : undefined;
    const size = isNumber(part) && sizes !== undefined ? ends.min + (ends.max - ends.min) * sizes(part) : fixed;
    return [{ row, x: across, y: up, size: Math.max(1, Math.min(100, size)), color: color ?? plain }];
  });
}

/** From 0 for the smallest to 1 for the largest. */
function spanOf(field: Field | undefined): ((value: number) => number) | undefined {
  const known = (field?.values ?? []).filter(isNumber);
  if (known.length === 0) return undefined;
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return (value) => (high > low ? (value - low) / (high - low) : 0.5);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** The point nearest to a place, within its own size or `reach` pixels of its middle. */
export function nearestPoint(
  series: readonly XYSeries[],
  place: (one: XYSeries, point: Point) => { readonly x: number; readonly y: number },
  at: { readonly x: number; readonly y: number },
  reach: number,
): { readonly series: XYSeries; readonly point: Point } | undefined {
  let best: { series: XYSeries; point: Point } | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const one of series) {
    for (const point of one.points) {
      const { x, y } = place(one, point);
      const away = Math.hypot(x - at.x, y - at.y);
      if (away < least && away <= Math.max(reach, point.size / 2)) {
        least = away;
        best = { series: one, point };
      }
    }
  }
  return best;
}
