// How one series is drawn, read from the custom options of its field: what is not said is as users of dashboards expect. Pure.
import { type Json, record, text } from "../../../api/decode";
import type { FieldOptions } from "../../model/types";

export interface Drawn {
  readonly style: "line" | "bars" | "points";
  readonly width: number;
  /** 0 to 1. */
  readonly fill: number;
  readonly gradient: "none" | "opacity" | "hue" | "scheme";
  readonly points: "auto" | "always" | "never";
  readonly pointSize: number;
  /** The values stand beside their bars or points. */
  readonly values: boolean;
  readonly step: "linear" | "smooth" | "before" | "after";
  readonly spanGaps: boolean;
  /** Gaps of no more milliseconds are joined over. */
  readonly spanMs: number | undefined;
  readonly dash: readonly number[] | undefined;
  /** A line of dots: its dashes have round ends. */
  readonly dotted: boolean;
  readonly bars: Bars;
  readonly stack: "none" | "normal" | "percent";
  readonly group: string;
  readonly negative: boolean;
  /** The last value, all along. */
  readonly constant: boolean;
  /** The name of the series down to whose line it is filled. */
  readonly fillDown: string;
  readonly hidden: Hidden;
  readonly thresholds: string;
  readonly axis: AxisLook;
  readonly scale: ScaleLook;
}

interface Bars {
  /** Part of the step that a bar fills. */
  readonly part: number;
  readonly most: number;
  /** Before, around or after its time. */
  readonly align: -1 | 0 | 1;
}

interface Hidden {
  readonly viz: boolean;
  readonly legend: boolean;
  readonly tooltip: boolean;
}

export interface AxisLook {
  readonly side: "left" | "right" | "auto" | "hidden";
  readonly label: string;
  /** Pixels; undefined: as wide as its labels. */
  readonly width: number | undefined;
  /** Undefined: the first axis alone has lines. */
  readonly grid: boolean | undefined;
  readonly border: boolean;
  /** Its words have the colour of the series. */
  readonly colored: boolean;
}

export interface ScaleLook {
  /** The base of a logarithmic scale. */
  readonly log: 2 | 10 | undefined;
  /** A symmetric logarithmic scale is linear up to here, to both sides of zero. */
  readonly linear: number | undefined;
  readonly softMin: number | undefined;
  readonly softMax: number | undefined;
  readonly centered: boolean;
}

const DOTS = [0, 6];
const DASHES = [10, 10];
const STEPS = { stepBefore: "before", stepAfter: "after", smooth: "smooth" } as const;

const numberOf = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const between = (least: number, value: number, most: number) => Math.max(least, Math.min(most, value));

/** One of the choices, else the first. */
function oneOf<const C extends readonly [string, ...string[]]>(choices: C, value: unknown): C[number] {
  return choices.find((one) => one === value) ?? choices[0];
}

export function drawnOf(config: FieldOptions): Drawn {
  const { custom } = config;
  const stacking = record(custom.stacking);
  const line = record(custom.lineStyle);
  const hidden = record(custom.hideFrom);
  const align = numberOf(custom.barAlignment) ?? 0;
  return {
    style: oneOf(["line", "bars", "points"], custom.drawStyle),
    width: between(0, numberOf(custom.lineWidth) ?? 1, 10),
    fill: between(0, numberOf(custom.fillOpacity) ?? 0, 100) / 100,
    gradient: oneOf(["none", "opacity", "hue", "scheme"], custom.gradientMode),
    points: oneOf(["auto", "always", "never"], custom.showPoints),
    pointSize: between(2, numberOf(custom.pointSize) ?? 5, 40),
    values: custom.showValues === true,
    step: STEPS[text(custom.lineInterpolation) as keyof typeof STEPS] ?? "linear",
    spanGaps: custom.spanNulls === true,
    spanMs: numberOf(custom.spanNulls),
    dash: dashOf(line),
    dotted: line.fill === "dot",
    bars: {
      part: between(0.01, numberOf(custom.barWidthFactor) ?? 0.6, 1),
      most: Math.max(1, numberOf(custom.barMaxWidth) ?? 200),
      align: align < 0 ? -1 : align > 0 ? 1 : 0,
    },
    stack: oneOf(["none", "normal", "percent"], stacking.mode),
    group: text(stacking.group, "A"),
    negative: custom.transform === "negative-Y",
    constant: custom.transform === "constant",
    fillDown: text(custom.fillBelowTo),
    hidden: { viz: hidden.viz === true, legend: hidden.legend === true, tooltip: hidden.tooltip === true },
    thresholds: text(record(custom.thresholdsStyle).mode, "off"),
    axis: axisOf(custom),
    scale: scaleOf(custom),
  };
}

function dashOf(line: Json): readonly number[] | undefined {
  if (line.fill !== "dash" && line.fill !== "dot") return undefined;
  const own = Array.isArray(line.dash) ? line.dash.filter((one): one is number => typeof one === "number") : [];
  return own.length > 0 ? own : line.fill === "dot" ? DOTS : DASHES;
}

function axisOf(custom: Json): AxisLook {
  return {
    side: oneOf(["auto", "left", "right", "hidden"], custom.axisPlacement),
    label: text(custom.axisLabel),
    width: numberOf(custom.axisWidth),
    grid: typeof custom.axisGridShow === "boolean" ? custom.axisGridShow : undefined,
    border: custom.axisBorderShow === true,
    colored: custom.axisColorMode === "series",
  };
}

function scaleOf(custom: Json): ScaleLook {
  const told = record(custom.scaleDistribution);
  return {
    log: told.type === "log" ? (told.log === 2 ? 2 : 10) : undefined,
    linear: told.type === "symlog" ? Math.max(Number.MIN_VALUE, numberOf(told.linearThreshold) ?? 1) : undefined,
    softMin: numberOf(custom.axisSoftMin),
    softMax: numberOf(custom.axisSoftMax),
    centered: custom.axisCenteredZero === true,
  };
}

/** Fields that agree on all of this share a scale and its axis. */
export function scaleKey(config: FieldOptions): string {
  const { stack, axis, scale } = drawnOf(config);
  const unit = stack === "percent" ? "percentunit" : (config.unit ?? "");
  const ends = [config.min, config.max, scale.softMin, scale.softMax, scale.centered, scale.log, scale.linear];
  return [unit, axis.side, axis.label, ...ends.map((one) => one ?? "")].join("/");
}
