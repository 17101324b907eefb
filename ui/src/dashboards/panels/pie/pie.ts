// The slices of a pie: their order, their colours, where each begins and ends, and what is written on it. Pure.
import { cssColor } from "../../field/colors";
import { mapValue } from "../../field/show";
import type { Reduced } from "../compute/reduced";

export interface Slice {
  readonly one: Reduced;
  readonly size: number;
  readonly color: string;
  /** Parts of the whole turn, from the top; both zero of a slice that is hidden. */
  readonly from: number;
  readonly to: number;
}

/** What is not above zero has no slice. `hidden` ones stay in the list, since the legend has them. */
export function slicesOf(all: readonly Reduced[], sort: string, hidden: ReadonlySet<string>, dark: boolean): Slice[] {
  const sized = all.flatMap((one) =>
    typeof one.value === "number" && one.value > 0 && Number.isFinite(one.value) ? [{ one, size: one.value }] : [],
  );
  if (sort !== "none") sized.sort((a, b) => (sort === "asc" ? a.size - b.size : b.size - a.size));
  const total = sized.reduce((sum, { one, size }) => (hidden.has(one.name) ? sum : sum + size), 0);
  let at = 0;
  return sized.map(({ one, size }) => {
    const part = hidden.has(one.name) || total === 0 ? 0 : size / total;
    const from = at;
    at += part;
    return { one, size, color: colorOf(one, dark), from: part === 0 ? 0 : from, to: part === 0 ? 0 : at };
  });
}

/** A mapping's colour, then that of the value where the field says so; where nothing is said slices differ. */
function colorOf(one: Reduced, dark: boolean): string {
  const mapped = cssColor(mapValue(one.value, one.config)?.color, dark);
  if (mapped !== undefined) return mapped;
  const mode = one.config.color?.mode ?? "palette-classic";
  const isOfValue = mode === "thresholds" || mode.startsWith("continuous-");
  return isOfValue ? (one.shown.color ?? one.color) : one.color;
}

/** A point of the pie, whose middle is 0, 0. */
export function piePoint(part: number, radius: number): { readonly x: number; readonly y: number } {
  const radians = (part - 0.25) * Math.PI * 2;
  return { x: Math.cos(radians) * radius, y: Math.sin(radians) * radius };
}

export function slicePath({ from, to }: Pick<Slice, "from" | "to">, outer: number, inner: number): string {
  const end = Math.min(to, from + 0.9999);
  const at = (part: number, radius: number) => {
    const { x, y } = piePoint(part, radius);
    return `${x.toFixed(3)} ${y.toFixed(3)}`;
  };
  const large = end - from > 0.5 ? 1 : 0;
  if (inner === 0) return `M0 0L${at(from, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}Z`;
  return `M${at(from, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(from, inner)}Z`;
}
