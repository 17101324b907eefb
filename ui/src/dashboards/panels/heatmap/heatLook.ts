// How a heatmap is drawn, read from the panel's options, with what holds where they say nothing. Pure.
import { type Json, number, record, text } from "../../../api/decode";
import { digits } from "../../field/unitForms";
import { formatValue } from "../../field/units";
import type { FieldOptions } from "../../model/types";
import type { HeatAsk, HeatRow } from "./heat";
import type { Buckets } from "./heatBuckets";
import type { ColorAsk } from "./heatColors";

export interface HeatLook {
  readonly colors: ColorAsk;
  /** The ends of the scale of colours; undefined: of the data. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly legend: boolean;
  readonly gap: number;
  readonly radius: number;
  readonly showValue: "auto" | "always" | "never";
  readonly valueUnit: string | undefined;
  readonly valueDecimals: number | undefined;
  /** What a cell counts, in the tooltip. */
  readonly valueName: string;
  readonly axis: "left" | "right" | "hidden";
  readonly axisLabel: string;
  readonly axisWidth: number | undefined;
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  readonly reverse: boolean;
  readonly tooltip: boolean;
  readonly histogram: boolean;
  readonly tooltipColors: boolean;
  readonly markColor: string;
}

export function heatLook(options: Json, defaults: FieldOptions): HeatLook {
  const color = record(options.color);
  const axis = record(options.yAxis);
  const values = record(options.cellValues);
  const tooltip = record(options.tooltip);
  const placement = text(axis.axisPlacement);
  return {
    colors: {
      mode: color.mode === "opacity" ? "opacity" : "scheme",
      scheme: text(color.scheme, "Oranges"),
      steps: number(color.steps) ?? 64,
      reverse: color.reverse === true,
      fill: text(color.fill, "dark-orange"),
      scale: color.scale === "linear" ? "linear" : "exponential",
      exponent: number(color.exponent) ?? 0.5,
    },
    low: number(color.min),
    high: number(color.max),
    legend: record(options.legend).show !== false,
    gap: number(options.cellGap) ?? 1,
    radius: number(options.cellRadius) ?? 0,
    showValue: options.showValue === "auto" || options.showValue === "always" ? options.showValue : "never",
    valueUnit: text(values.unit) || undefined,
    valueDecimals: number(values.decimals),
    valueName: text(record(options.rowsFrame).value) || (options.calculate === true ? "Count" : "Value"),
    axis: placement === "right" || placement === "hidden" ? placement : "left",
    axisLabel: text(axis.axisLabel),
    axisWidth: number(axis.axisWidth),
    unit: text(axis.unit) || defaults.unit,
    decimals: number(axis.decimals),
    reverse: axis.reverse === true,
    tooltip: tooltip.mode !== "none" && tooltip.show !== false,
    histogram: tooltip.yHistogram === true,
    tooltipColors: tooltip.showColorScale === true,
    markColor: text(record(options.exemplars).color),
  };
}

const LAYOUTS = ["le", "ge", "unknown"] as const;

export function heatAsk(options: Json): HeatAsk {
  const calculation = record(options.calculation);
  const axis = record(options.yAxis);
  const filter = record(options.filterValues);
  const layout = record(options.rowsFrame).layout;
  return {
    calculate: options.calculate === true,
    x: bucketsOf(calculation.xBuckets),
    y: bucketsOf(calculation.yBuckets),
    layout: LAYOUTS.find((one) => one === layout) ?? "auto",
    hideUpTo: number(filter.le) ?? 1e-9,
    hideFrom: number(filter.ge),
    low: number(axis.min),
    high: number(axis.max),
  };
}

function bucketsOf(value: unknown): Buckets {
  const json = record(value);
  const scale = record(json.scale);
  const isLog = scale.type === "log" || scale.type === "symlog";
  return {
    mode: json.mode === "count" ? "count" : "size",
    value: typeof json.value === "number" ? String(json.value) : text(json.value),
    log: isLog ? (number(scale.log) ?? 2) : undefined,
  };
}

/** What a row is called in words: both of its edges, where they are numbers. */
export function rowText({ name, low, high }: HeatRow, { unit, decimals }: HeatLook): string {
  if (low === undefined && high === undefined) return name;
  const word = (value: number) => (value === Number.POSITIVE_INFINITY ? "∞" : formatValue(value, unit, decimals));
  if (low === undefined) return `up to ${word(high ?? 0)}`;
  return high === undefined || high === Number.POSITIVE_INFINITY
    ? `over ${word(low)}`
    : `${word(low)} to ${word(high)}`;
}

export interface RowMark {
  readonly text: string;
  /** 0 at the bottom, 1 at the top. */
  readonly part: number;
}

/** What is written beside the rows: numbers at their edges, names at their middles, no more than have room. */
export function rowMarks(rows: readonly HeatRow[], look: HeatLook, most: number): RowMark[] {
  const isNumeric = rows.some((one) => one.low !== undefined || one.high !== undefined);
  const all = rows.flatMap((row, index): RowMark[] => {
    if (!isNumeric) return [{ text: row.name, part: (index + 0.5) / rows.length }];
    const edge = (value: number | undefined, at: number) =>
      value === undefined
        ? []
        : [
            {
              text: Number.isFinite(value) ? formatValue(value, look.unit, look.decimals) : "+Inf",
              part: at / rows.length,
            },
          ];
    return [...(index === 0 ? edge(row.low, 0) : []), ...edge(row.high, index + 1)];
  });
  const every = Math.max(1, Math.ceil(all.length / Math.max(1, most)));
  return all.filter((_, index) => index % every === 0);
}

export function countText(value: number, look: HeatLook): string {
  return look.valueUnit === undefined
    ? digits(value, look.valueDecimals)
    : formatValue(value, look.valueUnit, look.valueDecimals);
}

/** Where a value stands among the rows, 0 at the bottom; undefined where no row holds it. */
export function placeOfValue(value: number, rows: readonly HeatRow[]): number | undefined {
  for (const [index, { low, high }] of rows.entries()) {
    const bottom = low ?? 0;
    const top = high ?? Number.POSITIVE_INFINITY;
    if (value < bottom || value > top) continue;
    const inside = Number.isFinite(top) && top > bottom ? (value - bottom) / (top - bottom) : 0.5;
    return (index + inside) / rows.length;
  }
  return undefined;
}
