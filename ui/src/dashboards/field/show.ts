// One value as text and colour: mappings first, then unit, then thresholds. Pure.
import { record, text } from "../../api/decode";
import type { FieldOptions, Thresholds } from "../model/types";
import { readPattern } from "../variables/options";
import { cssColor, scaleColor } from "./colors";
import type { Formatted } from "./unitForms";
import { formatParts, formatValue } from "./units";

export interface Shown extends Formatted {
  /** Undefined: the colour of text. */
  readonly color: string | undefined;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export function showValue(value: unknown, config: FieldOptions, bounds: Bounds, dark: boolean): Shown {
  const mapped = mapValue(value, config);
  const own = typeof value === "number" ? valueColor(value, config, bounds, dark) : undefined;
  const color = mapped?.color === undefined ? own : (cssColor(mapped.color, dark) ?? own);
  if (mapped?.text !== undefined) return { prefix: "", text: mapped.text, suffix: "", color };
  return { ...showPlain(value, config), color };
}

function showPlain(value: unknown, config: FieldOptions): Formatted {
  if (value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))) {
    return { prefix: "", text: config.noValue ?? (value === null || value === undefined ? "–" : "NaN"), suffix: "" };
  }
  if (typeof value === "number") return formatParts(value, config.unit, config.decimals);
  return { prefix: "", text: typeof value === "object" ? JSON.stringify(value) : String(value), suffix: "" };
}

export function shownText(shown: Formatted): string {
  return `${shown.prefix}${shown.text}${shown.suffix}`;
}

/** A number as it is read on charts: as it is mapped, else in its unit. */
export function valueText(value: number, config: FieldOptions): string {
  return mapValue(value, config)?.text ?? formatValue(value, config.unit, config.decimals);
}

interface Mapped {
  readonly text: string | undefined;
  readonly color: string | undefined;
}

export function mapValue(value: unknown, config: FieldOptions): Mapped | undefined {
  for (const mapping of config.mappings ?? []) {
    const { options } = mapping;
    const result = record(options.result);
    const made = (from: Readonly<Record<string, unknown>>): Mapped => {
      const own = text(from.text);
      const color = text(from.color);
      return { text: own === "" ? undefined : own, color: color === "" ? undefined : color };
    };
    if (mapping.type === "value") {
      const key = value === null || value === undefined ? "null" : String(value);
      if (Object.hasOwn(options, key)) return made(record(options[key]));
    } else if (mapping.type === "range" && typeof value === "number") {
      if (
        value >= bound(options.from, Number.NEGATIVE_INFINITY) &&
        value <= bound(options.to, Number.POSITIVE_INFINITY)
      ) {
        return made(result);
      }
    } else if (mapping.type === "regex" && typeof value === "string") {
      const pattern = readPattern(text(options.pattern));
      if (pattern === undefined || !pattern.test(value)) continue;
      const answer = made(result);
      return { ...answer, text: answer.text === undefined ? undefined : value.replace(pattern, answer.text) };
    } else if (mapping.type === "special" && isSpecial(value, text(options.match))) return made(result);
  }
  return undefined;
}

function bound(value: unknown, open: number): number {
  if (value === null || value === undefined || value === "") return open;
  const parsed = Number(value);
  return Number.isNaN(parsed) ? open : parsed;
}

function isSpecial(value: unknown, match: string): boolean {
  switch (match) {
    case "null":
      return value === null || value === undefined;
    case "nan":
      return Number.isNaN(value);
    case "null+nan":
      return value === null || value === undefined || Number.isNaN(value);
    case "true":
      return value === true;
    case "false":
      return value === false;
    case "empty":
      return value === "";
    default:
      return false;
  }
}

/** The step a value stands on. */
export function thresholdColor(value: number, thresholds: Thresholds, bounds: Bounds): string | undefined {
  const width = bounds.max - bounds.min;
  const compared = thresholds.mode === "percentage" && width > 0 ? ((value - bounds.min) / width) * 100 : value;
  let color: string | undefined;
  for (const step of thresholds.steps) if (compared >= step.value) color = step.color;
  return color ?? thresholds.steps[0]?.color;
}

const USUAL: Thresholds = {
  mode: "absolute",
  steps: [
    { value: Number.NEGATIVE_INFINITY, color: "green" },
    { value: 80, color: "red" },
  ],
};

export function thresholdsOf(config: FieldOptions): Thresholds {
  return config.thresholds ?? USUAL;
}

/** The colour that thresholds or a continuous scale give; undefined for palettes. */
export function valueColor(value: number, config: FieldOptions, bounds: Bounds, dark: boolean): string | undefined {
  const mode = config.color?.mode ?? "thresholds";
  if (mode === "fixed" || mode === "shades") return cssColor(config.color?.fixedColor, dark);
  if (mode.startsWith("continuous-")) {
    const width = bounds.max - bounds.min;
    return scaleColor(mode, width > 0 ? (value - bounds.min) / width : 0);
  }
  if (mode === "thresholds") return cssColor(thresholdColor(value, thresholdsOf(config), bounds), dark);
  return undefined;
}

/** Ends of the values of a chart, where colours of a scale begin and end: as configured, else the values' own. */
export function dataBounds(values: readonly unknown[], config: FieldOptions): Bounds {
  const [low = 0, high = 100] = endsOf([values]);
  return { min: config.min ?? low, max: config.max ?? high };
}

/** The lowest and the highest number of many columns: what the ends of a scale that they share are made of. */
export function endsOf(columns: readonly (readonly unknown[])[]): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of columns) {
    for (const one of values) {
      if (typeof one !== "number" || !Number.isFinite(one)) continue;
      low = Math.min(low, one);
      high = Math.max(high, one);
    }
  }
  return low <= high ? [low, high] : [];
}

/** Ends for gauges and scales: as configured, else of the values, else the unit's own. */
export function boundsOf(values: readonly unknown[], config: FieldOptions): Bounds {
  const [low, high] = endsOf([values]);
  const isShare = config.unit === "percent" || config.unit === "percentunit";
  const min = config.min ?? (isShare || low === undefined ? 0 : Math.min(0, low));
  const top = config.unit === "percentunit" ? 1 : 100;
  const max = config.max ?? (isShare ? Math.max(top, high ?? top) : (high ?? 100));
  return max > min ? { min, max } : { min, max: min + 1 };
}
