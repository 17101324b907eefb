// What a bar chart's options say of its bars and names; what they do not say is as users of dashboards expect. Pure.
import { type Json, number, record, text } from "../../../api/decode";

export interface BarLook {
  /** Bars lie, and groups stand one under the other. */
  readonly lying: boolean;
  readonly stack: "none" | "normal" | "percent";
  /** Part of its place that a group fills, and of that a bar. */
  readonly groupPart: number;
  readonly barPart: number;
  /** Part of a bar's width. */
  readonly radius: number;
  readonly values: "auto" | "always" | "never";
  /** Pixels; undefined: as fits. */
  readonly valueSize: number | undefined;
  /** Degrees. */
  readonly rotation: number;
  readonly letters: number | undefined;
  readonly spacing: number | undefined;
  /** The whole group under the pointer stands out. */
  readonly full: boolean;
}

export function barLook(options: Json, width: number, height: number): BarLook {
  const within = (value: unknown, usual: number, most = 1) => Math.max(0, Math.min(most, number(value) ?? usual));
  const asked = options.orientation;
  const spacing = Math.abs(number(options.xTickLabelSpacing) ?? 0);
  const letters = number(options.xTickLabelMaxLength);
  return {
    lying: asked === "horizontal" || (asked !== "vertical" && width < height),
    stack: options.stacking === "normal" || options.stacking === "percent" ? options.stacking : "none",
    groupPart: within(options.groupWidth, 0.7) || 0.7,
    barPart: within(options.barWidth, 0.97) || 0.97,
    radius: within(options.barRadius, 0, 0.5),
    values: options.showValue === "always" || options.showValue === "never" ? options.showValue : "auto",
    valueSize: number(record(options.text).valueSize),
    rotation: Math.max(-90, Math.min(90, number(options.xTickLabelRotation) ?? 0)),
    letters: letters !== undefined && letters > 0 ? letters : undefined,
    spacing: spacing > 0 ? spacing : undefined,
    full: options.fullHighlight === true,
  };
}

/** `a long name` as `a lon…`. */
export function shortened(words: string, letters: number): string {
  return words.length > letters ? `${words.slice(0, Math.max(1, Math.floor(letters) - 1))}…` : words;
}

export function fieldName(options: Json, key: "xField" | "colorByField"): string {
  return text(options[key]);
}
