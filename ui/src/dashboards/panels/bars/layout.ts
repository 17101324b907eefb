// Where everything of a bar chart stands. Groups follow each other along one side, values go up the other; for bars that lie the
// two are exchanged at the very end. Pure.
import { labelsWidth } from "../../../charts/axes/axes";
import { axisTexts } from "../../../charts/axes/axisTexts";
import { valueText } from "../../field/show";
import { type Axis, axesOf } from "../plot/axes";
import { scaleKey } from "../plot/drawn";
import type { BarSeries, Bars } from "./data";
import { type BarLook, shortened } from "./look";
import { barEnds, barScale, partUp, type Scale } from "./scale";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface ValueLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly anchor: "start" | "middle" | "end";
}

export interface Bar extends Rect {
  readonly series: BarSeries;
  readonly place: number;
  readonly row: number;
  readonly label: ValueLabel | undefined;
}

export interface Tick {
  readonly at: number;
  readonly text: string;
  readonly isZero: boolean;
}

export interface ScaledAxis extends Axis {
  readonly scale: Scale;
  readonly ticks: readonly Tick[];
}

export interface Name {
  readonly at: number;
  readonly text: string;
  readonly full: string;
}

export interface BarLayout {
  readonly plot: Rect;
  readonly axes: readonly ScaledAxis[];
  readonly bars: readonly Bar[];
  readonly names: readonly Name[];
  /** Pixels from one group to the next. */
  readonly group: number;
}

const CHAR_PX = 6.4;
const LINE_PX = 14;
const EDGE_PX = 8;
const LABEL_PX = 16;
/** A name in less room than this is not read; then some are left out. */
const LEAST_NAME_PX = 46;
/** Names take no more of the panel than this. */
const MOST_NAMES = 0.4;

export function barLayout(bars: Bars, look: BarLook, width: number, height: number): BarLayout {
  const scaled = axesOf(bars.series).map((axis) => ({ axis, scale: scaleOf(bars, axis, look) }));
  const longest = Math.max(1, ...bars.categories.map((one) => Math.min(one.length, look.letters ?? one.length)));
  const beside = look.values === "never" || look.stack !== "none" ? 0 : longestValue(bars) * MOST_TEXT_PX * LETTER;
  const plot = plotOf(scaled, look, { name: longest, beside }, width, height);
  const [along, up] = look.lying ? [plot.h, plot.w] : [plot.w, plot.h];
  const group = along / Math.max(1, bars.categories.length);
  const toPx = (scale: Scale, value: number) =>
    look.lying ? plot.x + partUp(scale, value) * up : plot.y + (1 - partUp(scale, value)) * up;
  const axes = scaled.map(({ axis, scale }): ScaledAxis => {
    const texts = textsOf(axis, scale, look);
    const ticks = scale.ticks.map((at, index) => ({
      at: toPx(scale, at),
      text: texts[index] ?? "",
      isZero: at === 0,
    }));
    return { ...axis, scale, ticks };
  });
  return {
    plot,
    axes,
    bars: placed(bars, look, plot, group, axes, toPx),
    names: namesOf(bars, look, plot, group),
    group,
  };
}

function scaleOf(bars: Bars, axis: Axis, look: BarLook): Scale {
  const { scale } = axis.how;
  const { softMin, softMax, centered, log } = scale;
  const { min, max } = axis.config;
  const own = bars.series.filter((one) => scaleKey(one.config) === axis.key);
  return barScale(own, bars.categories.length, look.stack !== "none", { min, max, softMin, softMax, centered, log });
}

function textsOf(axis: Axis, scale: Scale, look: BarLook): string[] {
  const config = look.stack === "percent" ? { ...axis.config, unit: "percentunit" } : axis.config;
  const each = (value: number) => valueText(value, config);
  return scale.log === undefined && config.decimals === undefined
    ? axisTexts(scale.ticks, each)
    : scale.ticks.map(each);
}

/** What the axes and names leave of the panel. */
function plotOf(
  scaled: readonly { readonly axis: Axis; readonly scale: Scale }[],
  look: BarLook,
  words: { readonly name: number; readonly beside: number },
  width: number,
  height: number,
): Rect {
  const seen = scaled.filter(({ axis }) => axis.how.axis.side !== "hidden");
  const labelled = (one: Axis) => (one.how.axis.label === "" ? 0 : LABEL_PX);
  const names = words.name * CHAR_PX + 10;
  if (look.lying) {
    const left = Math.min(width * MOST_NAMES, names);
    const bottom = seen.length === 0 ? EDGE_PX : LINE_PX + 8 + Math.max(0, ...seen.map(({ axis }) => labelled(axis)));
    const last = Math.max(0, ...seen.map(({ axis, scale }) => (textsOf(axis, scale, look).at(-1) ?? "").length));
    const right = EDGE_PX + Math.max((last * CHAR_PX) / 2, words.beside);
    return { x: left, y: EDGE_PX, w: Math.max(1, width - left - right), h: Math.max(1, height - bottom - EDGE_PX) };
  }
  const sized = (side: "left" | "right") =>
    seen
      .filter(({ axis }) => axis.side === side)
      .reduce(
        (sum, { axis, scale }) =>
          sum + (axis.how.axis.width ?? labelsWidth(textsOf(axis, scale, look), 14)) + labelled(axis),
        0,
      );
  const turn = (Math.abs(look.rotation) * Math.PI) / 180;
  const bottom =
    look.rotation === 0
      ? LINE_PX + 10
      : Math.min(height * MOST_NAMES, names * Math.sin(turn) + LINE_PX * Math.cos(turn) + 8);
  const left = Math.max(EDGE_PX, sized("left"));
  const right = Math.max(EDGE_PX, sized("right"));
  const top = EDGE_PX + (words.beside === 0 ? 0 : 8);
  return { x: left, y: top, w: Math.max(1, width - left - right), h: Math.max(1, height - bottom - top) };
}

function placed(
  bars: Bars,
  look: BarLook,
  plot: Rect,
  group: number,
  axes: readonly ScaledAxis[],
  toPx: (scale: Scale, value: number) => number,
): Bar[] {
  const stacked = look.stack !== "none";
  const many = stacked ? 1 : Math.max(1, bars.series.length);
  const slot = (group * look.groupPart) / many;
  const thick = Math.max(1, slot * look.barPart);
  const size = textSize(bars, look, slot);
  const scales = new Map(axes.map((one) => [one.key, one.scale]));
  return bars.series.flatMap((series, place) => {
    const scale = scales.get(scaleKey(series.config));
    if (scale === undefined) return [];
    return series.values.flatMap((value, row): Bar[] => {
      if (value === null) return [];
      const { from, to } = barEnds(bars.series, place, row, stacked);
      const start = (group * (1 - look.groupPart)) / 2 + (stacked ? 0 : place * slot) + (slot - thick) / 2;
      const side = (look.lying ? plot.y : plot.x) + row * group + start;
      const [low, high] = [toPx(scale, from), toPx(scale, to)];
      const begin = Math.min(low, high);
      const length = Math.abs(high - low);
      const rect: Rect = look.lying
        ? { x: begin, y: side, w: length, h: thick }
        : { x: side, y: begin, w: thick, h: length };
      const words = valueText(value, series.config);
      return [{ ...rect, series, place, row, label: labelOf(words, rect, look, slot, size, to < from) }];
    });
  });
}

/** Width of a letter of a value, as a part of its height. */
const LETTER = 0.6;
const LEAST_TEXT_PX = 8;
const MOST_TEXT_PX = 12;

/** The size of all values of a chart: as the longest fits over its bar, or beside one that lies. */
function textSize(bars: Bars, look: BarLook, slot: number): number {
  if (look.valueSize !== undefined) return look.valueSize;
  const fits = look.lying ? slot * 0.8 : slot / (longestValue(bars) * LETTER);
  return Math.max(LEAST_TEXT_PX, Math.min(MOST_TEXT_PX, fits));
}

function longestValue(bars: Bars): number {
  let most = 1;
  for (const { values, config } of bars.series) {
    for (const one of values) if (one !== null) most = Math.max(most, valueText(one, config).length);
  }
  return most;
}

/** The value at the end of its bar, within the bar where it is stacked; left out where it does not fit and needs not be. */
function labelOf(
  text: string,
  bar: Rect,
  look: BarLook,
  slot: number,
  size: number,
  isBelow: boolean,
): ValueLabel | undefined {
  if (look.values === "never" || text === "") return undefined;
  const stacked = look.stack !== "none";
  const wide = text.length * size * LETTER;
  const isTight = look.lying ? slot < size : wide > slot + 1;
  const isOver = stacked && (look.lying ? wide > bar.w : size > bar.h);
  if (look.values === "auto" && (isTight || isOver)) return undefined;
  const middle = { x: bar.x + bar.w / 2, y: bar.y + bar.h / 2 + size * 0.35 };
  if (stacked) return { text, size, ...middle, anchor: "middle" };
  if (!look.lying) {
    return { text, size, x: middle.x, y: isBelow ? bar.y + bar.h + size : bar.y - 4, anchor: "middle" };
  }
  return isBelow
    ? { text, size, x: bar.x - 4, y: middle.y, anchor: "end" }
    : { text, size, x: bar.x + bar.w + 4, y: middle.y, anchor: "start" };
}

function namesOf(bars: Bars, look: BarLook, plot: Rect, group: number): Name[] {
  const turned = !look.lying && look.rotation !== 0;
  const room = look.lying || turned ? LINE_PX : LEAST_NAME_PX;
  const every = Math.max(1, Math.ceil((look.spacing ?? room) / group));
  const letters = look.lying
    ? (plot.x - 10) / CHAR_PX
    : turned
      ? Number.POSITIVE_INFINITY
      : (group * every - 4) / CHAR_PX;
  const most = Math.max(1, Math.min(look.letters ?? Number.POSITIVE_INFINITY, letters));
  return bars.categories.flatMap((full, row) => {
    if (row % every !== 0) return [];
    const at = (look.lying ? plot.y : plot.x) + (row + 0.5) * group;
    return [{ at, text: shortened(full, most), full }];
  });
}

/** The group and the bar at a place of the panel; the bar is the nearest of the group along its side. */
export function barAt(
  layout: BarLayout,
  lying: boolean,
  x: number,
  y: number,
): { readonly row: number; readonly bar: Bar | undefined } | undefined {
  const { plot, group, bars } = layout;
  if (x < plot.x || x > plot.x + plot.w || y < plot.y || y > plot.y + plot.h) return undefined;
  const row = Math.floor((lying ? y - plot.y : x - plot.x) / group);
  const own = bars.filter((one) => one.row === row);
  const away = (one: Bar) => {
    const dx = Math.max(one.x - x, 0, x - one.x - one.w);
    const dy = Math.max(one.y - y, 0, y - one.y - one.h);
    return lying ? dy * 1_000 + dx : dx * 1_000 + dy;
  };
  const bar = own.reduce<Bar | undefined>(
    (best, one) => (best === undefined || away(one) < away(best) ? one : best),
    undefined,
  );
  return { row, bar };
}
