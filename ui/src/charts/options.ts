// uPlot's settings for a time chart, from tokens and data. Everything that decides how a chart looks is here.
import type uPlot from "uplot";
import type { Values } from "../api/matrix";
import type { Format } from "../format/unit";
import type { Range } from "../time/range";
import { barPaths, cursorOf, isLonely, labelsWidth, lineSpace, timeAxis, timeScale, zoneDate } from "./axes/axes";
import { axisTexts, stepsFor } from "./axes/axisTexts";

export interface ChartSeries {
  readonly name: string;
  /** Any CSS colour the canvas understands; variables must be resolved before. */
  readonly color: string;
  readonly values: Values;
}

/** How series are drawn; `bars` and `areas` stand on each other. */
export type ChartStyle = "lines" | "points" | "areas" | "bars";

export const isStacked = (style: ChartStyle): boolean => style === "bars" || style === "areas";

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
  readonly style: ChartStyle;
  readonly shown: (name: string) => boolean;
  readonly format: Format;
  readonly look: Look;
  readonly syncKey: string | undefined;
  readonly plugins: uPlot.Plugin[];
  readonly alpha: (color: string, part: number) => string;
}

/** Up to this many lines get a light fill; with more, fills only make mud. */
const MOST_FILLED = 1;
/** More lines than this are one pixel wide: they stay apart, and a browser paints them ten times as fast. */
const MOST_STRONG = 20;

/** What the tokens are in the look that is on. Asking the browser after a change of the page lets it style the page anew. */
const tokens = new Map<string, string>();
let tokensOf: string | undefined;

function token(name: string): string {
  const root = document.documentElement;
  const look = root.dataset.mantineColorScheme;
  if (look !== tokensOf) tokens.clear();
  tokensOf = look;
  const known = tokens.get(name);
  if (known !== undefined) return known;
  const value = getComputedStyle(root).getPropertyValue(name).trim();
  tokens.set(name, value);
  return value;
}

/** Colours out of CSS variables, for the canvas. */
export function readLook(): Look {
  return {
    text: token("--muted"),
    grid: token("--grid"),
    surface: token("--surface"),
    font: `11px ${token("--font-text")}`,
  };
}

/** Resolves `var(--x)`, which a canvas does not know. */
export function resolveColor(color: string): string {
  const found = /^var\((--[\w-]+)\)$/.exec(color);
  return found === null ? color : token(found[1] ?? "");
}

export function withAlpha(color: string, part: number): string {
  if (color.startsWith("oklch(")) return color.replace(/\)$/, ` / ${part})`);
  if (!/^#[0-9a-f]{6}$/i.test(color)) return `color-mix(in srgb, ${color} ${part * 100}%, transparent)`;
  const hex = Math.round(part * 255)
    .toString(16)
    .padStart(2, "0");
  return `${color}${hex}`;
}

export function chartOptions(shape: ChartShape): uPlot.Options {
  const { style } = shape;
  const filled = style === "lines" && shape.series.length <= MOST_FILLED;
  return {
    width: shape.width,
    height: shape.height,
    ...zoneDate(),
    plugins: shape.plugins,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: cursorOf(shape.syncKey, shape.series),
    focus: { alpha: 0.25 },
    scales: {
      x: timeScale(shape.range),
      y: { range: (_plot, low, high) => valueRange(low, high, isStacked(style), shape.format.isMoment) },
    },
    axes: [timeAxis(shape.look, shape.width), valueAxis(shape.look, shape.format, shape.height)],
    series: [
      {},
      ...shape.series.map((one): uPlot.Series => {
        const base: uPlot.Series = { label: one.name, stroke: one.color, show: shape.shown(one.name), spanGaps: false };
        if (style === "bars") {
          return { ...base, width: 0, fill: one.color, points: { show: false }, paths: barPaths(1) };
        }
        if (style === "areas") return { ...base, width: 1, fill: one.color, points: { show: false } };
        if (style === "points") return { ...base, paths: () => null, points: { show: true, size: 4, fill: one.color } };
        return {
          ...base,
          width: shape.series.length > MOST_STRONG ? 1 : 1.5,
          ...(filled ? { fill: shape.alpha(one.color, 0.1) } : {}),
          points: { show: isLonely, size: 5, fill: one.color },
        };
      }),
    ],
  };
}

/** Seconds that an axis of moments goes beyond them: their zero is an age, not a base. */
const HALF_DAY = 43_200;

/** A little room above and below; zero is the base where values come near it; bars always start there. */
export function valueRange(
  low: number | null,
  high: number | null,
  fromZero: boolean,
  isMoment = false,
): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (isMoment && !fromZero) {
    const room = Math.max(HALF_DAY, (high - low) * 0.06);
    return [low - room, high + room];
  }
  if (fromZero && low < 0) return [low * 1.08, Math.max(0, high * 1.08)];
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

function valueAxis(look: Look, format: Format, height: number): uPlot.Axis {
  return {
    stroke: look.text,
    font: look.font,
    grid: { show: true, stroke: look.grid, width: 1 },
    ticks: { show: false },
    gap: 8,
    space: lineSpace(height),
    size: (_plot, values) => labelsWidth(values, 18),
    incrs: format.increments ?? ((plot, _axis, low, high) => stepsFor(low, high, plot.data.slice(1))),
    values: (_plot, splits) => axisTexts(splits, format),
  };
}
