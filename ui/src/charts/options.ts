// uPlot's settings for a time chart, from tokens and data. Everything that decides how a chart looks is here.
import uPlot from "uplot";
import type { Range } from "../time/range";

export interface ChartSeries {
  readonly name: string;
  /** Any CSS colour the canvas understands; variables must be resolved before. */
  readonly color: string;
  readonly values: readonly (number | null)[];
}

export interface Look {
  readonly text: string;
  readonly grid: string;
  readonly surface: string;
  readonly font: string;
}

export interface ChartShape {
  readonly width: number;
  readonly height: number;
  /** Asked at each drawing, so that a refresh moves the axis. */
  readonly range: () => Range;
  readonly series: readonly ChartSeries[];
  readonly bars: boolean;
  readonly shown: (name: string) => boolean;
  readonly format: (value: number) => string;
  readonly look: Look;
  readonly syncKey: string | undefined;
  readonly plugins: uPlot.Plugin[];
  readonly alpha: (color: string, part: number) => string;
}

/** Up to this many lines get a light fill; with more, fills only make mud. */
const MOST_FILLED = 1;
const AXIS_CHAR_PX = 6.4;

/** Colours out of CSS variables, for the canvas. */
export function readLook(element: Element): Look {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: token("--muted"),
    grid: token("--grid"),
    surface: token("--surface"),
    font: `11px ${token("--font-text")}`,
  };
}

/** Resolves `var(--x)`, which a canvas does not know. */
export function resolveColor(element: Element, color: string): string {
  const found = /^var\((--[\w-]+)\)$/.exec(color);
  return found === null
    ? color
    : getComputedStyle(element)
        .getPropertyValue(found[1] ?? "")
        .trim();
}

export function withAlpha(color: string, part: number): string {
  if (color.startsWith("oklch(")) return color.replace(/\)$/, ` / ${part})`);
  const hex = Math.round(part * 255)
    .toString(16)
    .padStart(2, "0");
  return color.startsWith("#") && color.length === 7 ? `${color}${hex}` : color;
}

export function chartOptions(shape: ChartShape): uPlot.Options {
  const filled = !shape.bars && shape.series.length <= MOST_FILLED;
  return {
    width: shape.width,
    height: shape.height,
    plugins: shape.plugins,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6, width: 1.5 },
      focus: { prox: 24 },
      ...(shape.syncKey === undefined ? {} : { sync: { key: shape.syncKey, setSeries: false } }),
    },
    focus: { alpha: 0.25 },
    scales: {
      x: {
        time: true,
        range: () => {
          const { from, to } = shape.range();
          return [from / 1_000, to / 1_000];
        },
      },
      y: { range: (_plot, low, high) => valueRange(low, high, shape.bars) },
    },
    axes: [timeAxis(shape.look), valueAxis(shape.look, shape.format, shape.height)],
    series: [
      {},
      ...shape.series.map((one): uPlot.Series => {
        const base: uPlot.Series = { label: one.name, stroke: one.color, show: shape.shown(one.name), spanGaps: false };
        if (shape.bars) {
          return { ...base, width: 0, fill: one.color, points: { show: false }, paths: bars() };
        }
        return {
          ...base,
          width: 1.5,
          ...(filled ? { fill: shape.alpha(one.color, 0.1) } : {}),
          points: { show: (plot, index) => isLonely(plot, index), size: 5, fill: one.color },
        };
      }),
    ],
  };
}

function bars(): uPlot.Series.PathBuilder {
  const build = uPlot.paths.bars;
  if (build === undefined) throw new Error("uPlot was built without bars");
  return build({ size: [0.86, 60], align: 1, gap: 0 });
}

/** A line needs two neighbours; a series of single samples is drawn as points so that nothing vanishes. */
function isLonely(plot: uPlot, index: number): boolean {
  const values = plot.data[index];
  if (values === undefined) return false;
  let run = 0;
  for (const value of values) {
    if (value === null || value === undefined) run = 0;
    else run += 1;
    if (run > 1) return false;
  }
  return true;
}

/** A little room above and below; zero is the base where values come near it; bars always start there. */
export function valueRange(low: number | null, high: number | null, fromZero: boolean): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (fromZero) return [0, high <= 0 ? 1 : high * 1.08];
  if (low === high) {
    if (low === 0) return [0, 1];
    return low > 0 ? [0, low * 2] : [low * 2, 0];
  }
  const room = (high - low) * 0.06;
  const isNearZero = low >= 0 && low < (high - low) * 1.5;
  const isNearZeroBelow = high <= 0 && -high < (high - low) * 1.5;
  return [isNearZero ? 0 : low - room, isNearZeroBelow ? 0 : high + room];
}

function timeAxis(look: Look): uPlot.Axis {
  return {
    stroke: look.text,
    font: look.font,
    grid: { show: false },
    ticks: { show: true, stroke: look.grid, size: 4, width: 1 },
    size: 26,
    gap: 4,
    space: 90,
    values: (_plot, splits, _axis, _space, increment) => splits.map((at) => clockText(at, increment ?? 60)),
  };
}

/** Time of day, with the date at midnight and seconds or milliseconds only where they differ. */
export function clockText(seconds: number, increment: number): string {
  const date = new Date(seconds * 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getDate()} ${date.toLocaleString("en-US", { month: "short" })}`;
  if (increment >= 86_400) return day;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (increment >= 60) return date.getHours() === 0 && date.getMinutes() === 0 ? day : clock;
  const full = `${clock}:${two(date.getSeconds())}`;
  return increment >= 1 ? full : `${full}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Four to six lines on a tall chart, two on a low one. */
const LINE_PX = 44;

function valueAxis(look: Look, format: (value: number) => string, height: number): uPlot.Axis {
  return {
    stroke: look.text,
    font: look.font,
    grid: { show: true, stroke: look.grid, width: 1 },
    ticks: { show: false },
    gap: 8,
    space: Math.min(LINE_PX, Math.max(18, height / 5)),
    size: (_plot, values) => {
      const longest = (values ?? []).reduce((most, one) => Math.max(most, one.length), 2);
      return Math.ceil(longest * AXIS_CHAR_PX) + 18;
    },
    values: (_plot, splits) => distinct(splits, format),
  };
}

/** Labels of the axis; where the short form makes neighbours equal, plain digits tell them apart. */
function distinct(splits: readonly number[], format: (value: number) => string): string[] {
  const short = splits.map(format);
  if (new Set(short).size === short.length) return short;
  return splits.map((value) => String(Number(value.toPrecision(6))));
}
