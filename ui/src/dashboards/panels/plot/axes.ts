// The axes of values of a chart: one for each unit and scale that its series ask for, with their ends, steps and words.
import type uPlot from "uplot";
import { labelsWidth, lineSpace } from "../../../charts/axes/axes";
import { axisTexts, stepsFor } from "../../../charts/axes/axisTexts";
import { type Look, resolveColor } from "../../../charts/options";
import { BINARY_INCREMENTS } from "../../../format/unit";
import { mapValue } from "../../field/show";
import { formatValue } from "../../field/units";
import type { FieldOptions } from "../../model/types";
import type { PanelSeries } from "../compute/series";
import { type Drawn, drawnOf, scaleKey } from "./drawn";

export interface Axis {
  readonly key: string;
  readonly config: FieldOptions;
  readonly how: Drawn;
  readonly side: "left" | "right";
  readonly hasBars: boolean;
  /** That of its first series. */
  readonly color: string;
}

/** One axis a scale; of those that name no side the first is at the left, the others at the right. */
export function axesOf(series: readonly PanelSeries[]): Axis[] {
  const result = new Map<string, Axis>();
  let isLeftTaken = false;
  for (const one of series) {
    const key = scaleKey(one.config);
    const how = drawnOf(one.config);
    const known = result.get(key);
    if (known !== undefined) {
      if (how.style === "bars") result.set(key, { ...known, hasBars: true });
      continue;
    }
    const asked = how.axis.side;
    const side = asked === "right" || (asked === "auto" && isLeftTaken) ? "right" : "left";
    if (side === "left" && asked !== "hidden") isLeftTaken = true;
    result.set(key, { key, config: one.config, how, side, hasBars: how.style === "bars", color: one.color });
  }
  return [...result.values()];
}

export function scaleOf({ config, how, hasBars }: Axis): uPlot.Scale {
  const { scale } = how;
  return {
    distr: scale.log !== undefined ? 3 : scale.linear !== undefined ? 4 : 1,
    ...(scale.log === 2 ? { log: 2 as const } : {}),
    ...(scale.linear !== undefined ? { asinh: scale.linear } : {}),
    range: (_plot, low, high): [number, number] => {
      if (how.stack === "percent") return [0, 1];
      return scale.log === undefined ? endsOf(low, high, config, how, hasBars) : logEnds(low, high, config, scale.log);
    },
  };
}

/** Part of the values' span that stays free over and under them. */
const ROOM = 0.05;

/** The ends of an axis around values from `low` to `high`. */
export function endsOf(
  low: number | null,
  high: number | null,
  { min, max }: Pick<FieldOptions, "min" | "max">,
  { scale }: Pick<Drawn, "scale">,
  fromZero: boolean,
): [number, number] {
  let bottom = low !== null && Number.isFinite(low) ? low : 0;
  let top = high !== null && Number.isFinite(high) ? high : 1;
  const isNear = bottom >= 0 && bottom < (top - bottom) * 1.5;
  if (fromZero || isNear) bottom = Math.min(0, bottom);
  if (fromZero) top = Math.max(0, top);
  if (bottom === top) [bottom, top] = top === 0 ? [0, 1] : top > 0 ? [0, top * 2] : [top * 2, 0];
  const room = (top - bottom) * ROOM;
  if (max === undefined && top !== 0) top += room;
  if (min === undefined && bottom !== 0) bottom -= room;
  if (scale.softMin !== undefined) bottom = Math.min(bottom, scale.softMin);
  if (scale.softMax !== undefined) top = Math.max(top, scale.softMax);
  if (scale.centered) {
    const most = Math.max(Math.abs(bottom), Math.abs(top));
    [bottom, top] = [-most, most];
  }
  bottom = min ?? bottom;
  top = max ?? top;
  return top > bottom ? [bottom, top] : [bottom, bottom + 1];
}

/** Whole powers of the base; a logarithmic axis has no place for zero and below. */
export function logEnds(
  low: number | null,
  high: number | null,
  { min, max }: Pick<FieldOptions, "min" | "max">,
  base: number,
): [number, number] {
  const top = high !== null && high > 0 ? high : base;
  const bottom = low !== null && low > 0 ? low : top / 1_000;
  const power = (value: number, round: (one: number) => number) => base ** round(Math.log(value) / Math.log(base));
  const from = min !== undefined && min > 0 ? min : power(bottom * 1.000001, Math.floor);
  const to = max !== undefined && max > 0 ? max : power(top * 0.999999, Math.ceil);
  return to > from ? [from, to] : [from, from * base];
}

const BINARY_UNITS = /^(bytes|bits|kbytes|mbytes|gbytes|tbytes|binBps|binbps|KiBs|MiBs)$/;

interface Place {
  readonly look: Look;
  readonly height: number;
}

export function valueAxis(axis: Axis, index: number, place: Place): uPlot.Axis {
  const { how, config } = axis;
  const { label, width, grid, border, colored } = how.axis;
  const unit = how.stack === "percent" ? "percentunit" : config.unit;
  const stroke = colored ? resolveColor(axis.color) : place.look.text;
  return {
    show: how.axis.side !== "hidden",
    scale: axis.key,
    side: axis.side === "right" ? 1 : 3,
    stroke,
    font: place.look.font,
    grid: { show: grid ?? index === 0, stroke: place.look.grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    space: lineSpace(place.height),
    ...(border ? { border: { show: true, stroke, width: 1 } } : {}),
    ...(label === "" ? {} : { label, labelFont: place.look.font, labelSize: 16, labelGap: 0 }),
    size: (_plot, values) => width ?? labelsWidth(values, 14),
    ...stepsOf(axis, unit),
    values: (_plot, splits) => labelsOf(splits, axis, unit),
  };
}

const isLogarithmic = ({ how }: Axis) => how.scale.log !== undefined || how.scale.linear !== undefined;

/** The steps between lines; those of a logarithmic axis are its own. */
function stepsOf(axis: Axis, unit: string | undefined): Pick<uPlot.Axis, "incrs"> {
  if (isLogarithmic(axis)) return {};
  if (BINARY_UNITS.test(unit ?? "")) return { incrs: BINARY_INCREMENTS };
  return {
    incrs: (plot, _index, low, high) =>
      stepsFor(
        low,
        high,
        plot.data.slice(1).filter((_, place) => plot.series[place + 1]?.scale === axis.key),
      ),
  };
}

function labelsOf(splits: readonly (number | null)[], axis: Axis, unit: string | undefined): string[] {
  const { config } = axis;
  const known = splits.filter((one): one is number => one !== null);
  const places = axisDecimals(known, config.decimals, unit);
  const each = (value: number) => mapValue(value, config)?.text ?? formatValue(value, unit, places);
  const isAlone = places !== undefined || (config.mappings ?? []).length > 0;
  // A logarithmic axis marks splits that get no text, and its labels are far from each other.
  if (isLogarithmic(axis) || known.length < splits.length) return splits.map((one) => (one === null ? "" : each(one)));
  return isAlone ? known.map(each) : axisTexts(known, each);
}

/** The field's decimals, unless neighbours on the axis would then read alike. */
function axisDecimals(
  splits: readonly number[],
  decimals: number | undefined,
  unit: string | undefined,
): number | undefined {
  if (decimals === undefined) return undefined;
  const texts = splits.map((one) => formatValue(one, unit, decimals));
  return new Set(texts).size === texts.length ? decimals : undefined;
}
