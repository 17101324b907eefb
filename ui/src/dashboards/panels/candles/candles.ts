// Opening, highest, lowest and closing values of each step, and what was traded in it: found by name among all series. Pure.
import { type Json, record, text } from "../../../api/decode";
import type { PanelSeries, SeriesSet, Values } from "../compute/series";

export interface CandleLook {
  readonly candles: boolean;
  readonly volume: boolean;
  /** Lines with a tick at each side instead of bodies. */
  readonly isBars: boolean;
  /** Compared with the close before, not with the own opening; what rose in its step is hollow then. */
  readonly sinceClose: boolean;
  readonly colors: { readonly up: string; readonly down: string; readonly flat: string };
  /** Series that are no part of candles are lines. */
  readonly all: boolean;
}

export function candleLook(options: Json): CandleLook {
  const colors = record(options.colors);
  return {
    candles: options.mode !== "volume",
    volume: options.mode !== "candles",
    isBars: options.candleStyle === "ohlcbars",
    sinceClose: options.colorStrategy === "close-close",
    colors: { up: text(colors.up, "green"), down: text(colors.down, "red"), flat: text(colors.flat, "gray") },
    all: options.includeAllFields === true,
  };
}

const PARTS = ["open", "high", "low", "close", "volume"] as const;
type Part = (typeof PARTS)[number];

export interface Candles {
  /** Opening, highest, lowest, closing values, and the volume where there is one: the first series of the chart. */
  readonly set: SeriesSet;
  readonly hasVolume: boolean;
}

/** A series is a part by the name that the options give, or by its own; what is missing follows from the close. */
export function candlesOf(set: SeriesSet, options: Json): Candles | undefined {
  const look = candleLook(options);
  const found = new Map<Part, PanelSeries>();
  const named = record(options.fields);
  for (const part of PARTS) {
    const one = set.series.find((series) => isPart(series, part, text(named[part])));
    if (one !== undefined) found.set(part, one);
  }
  const volume = found.get("volume");
  const close = found.get("close") ?? set.series.find((one) => one !== volume);
  if (close === undefined) return undefined;
  const open = found.get("open")?.values ?? openings(close.values);
  const both = (pick: (...all: number[]) => number) =>
    close.values.map((value, row) => (isNumber(value) && isNumber(open[row]) ? pick(value, open[row]) : value));
  const high = found.get("high")?.values ?? both(Math.max);
  const low = found.get("low")?.values ?? both(Math.min);
  const parts = { open, high, low, close: close.values };
  const config = priceConfig(close, parts);
  const made = (["open", "high", "low", "close"] as const).map(
    (name): PanelSeries => ({
      name: found.get(name)?.name ?? name,
      color: "var(--muted)",
      config,
      field: close.field,
      values: parts[name],
    }),
  );
  const used = new Set<PanelSeries>([close, ...found.values()]);
  const others = look.all ? set.series.filter((one) => !used.has(one)).map((one) => amongPrices(one, config)) : [];
  const traded = volume === undefined || !look.volume ? [] : [volumeSeries(volume, look.candles)];
  return {
    set: { times: set.times, series: [...(look.candles ? made : []), ...traded, ...others] },
    hasVolume: traded.length > 0,
  };
}

function isPart(one: PanelSeries, part: Part, asked: string): boolean {
  const names = [one.name, one.field.name];
  if (asked !== "") return names.includes(asked);
  return names.some((name) => name.toLowerCase() === part || name.toLowerCase() === part.charAt(0));
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Each step opens where the one before closed. */
function openings(close: Values): Values {
  let before: number | undefined;
  return close.map((value) => {
    const open = before ?? value;
    if (isNumber(value)) before = value;
    return isNumber(value) ? open : value;
  });
}

/** Part of the span of prices that stays free over and under them. */
const ROOM = 0.05;
/** Volumes stay in this part of the height, so that they are under the candles. */
const VOLUME_PART = 0.25;

/** A scale of prices goes from the lowest to the highest: zero says nothing there. */
function priceConfig(
  close: PanelSeries,
  parts: { readonly low: Values; readonly high: Values },
): PanelSeries["config"] {
  const low = parts.low.reduce<number>((least, one) => (isNumber(one) ? Math.min(least, one) : least), Infinity);
  const high = parts.high.reduce<number>((most, one) => (isNumber(one) ? Math.max(most, one) : most), -Infinity);
  const room = (high - low) * ROOM;
  const ends = high > low ? { min: close.config.min ?? low - room, max: close.config.max ?? high + room } : {};
  return { ...close.config, ...ends, custom: { ...close.config.custom, hideFrom: { legend: true } } };
}

/** What is measured like the prices has their scale. */
function amongPrices(one: PanelSeries, { unit, min, max }: PanelSeries["config"]): PanelSeries {
  if (one.config.unit !== unit) return one;
  return { ...one, config: { ...one.config, min: one.config.min ?? min, max: one.config.max ?? max } };
}

function volumeSeries(volume: PanelSeries, isUnder: boolean): PanelSeries {
  const most = volume.values.reduce<number>((all, one) => (isNumber(one) ? Math.max(all, one) : all), 0);
  const { config } = volume;
  const custom = { ...config.custom, hideFrom: { legend: true }, drawStyle: "bars" };
  if (!isUnder) return { ...volume, color: "var(--muted)", config: { ...config, custom } };
  return {
    ...volume,
    color: "var(--muted)",
    config: { ...config, min: 0, max: most / VOLUME_PART || 1, custom: { ...custom, axisPlacement: "hidden" } },
  };
}

export type Turn = "up" | "down" | "flat";

/** Whether a step rose or fell, by its own opening or by the close before. */
export function turnOf(open: Values, close: Values, row: number, sinceClose: boolean): Turn {
  const end = close[row];
  const start = sinceClose ? (before(close, row) ?? open[row]) : open[row];
  if (!isNumber(end) || !isNumber(start) || end === start) return "flat";
  return end > start ? "up" : "down";
}

function before(values: Values, row: number): number | undefined {
  for (let at = row - 1; at >= 0; at -= 1) {
    const value = values[at];
    if (isNumber(value)) return value;
  }
  return undefined;
}
