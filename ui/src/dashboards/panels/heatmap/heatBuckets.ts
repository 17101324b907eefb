// How wide the buckets are that values and times are counted in: by size, by number, or as fits; in equal steps or powers. Pure.
import { readDuration } from "../../query/duration";

export interface Buckets {
  readonly mode?: "size" | "count";
  /** A number, or a duration where it is time. */
  readonly value?: string;
  /** Powers of this instead of equal steps; `value` is in how many parts each is split. */
  readonly log?: number | undefined;
}

const MOST_BUCKETS = 200;
const USUAL_BASE = 2;
/** Columns, where nobody says how many. */
const USUAL_COLUMNS = 60;

/** As many as the binary digits of what is counted, as histograms have by Sturges' rule. */
function usualCount(many: number): number {
  return Math.max(8, Math.ceil(Math.log2(Math.max(1, many)) + 1));
}

/** The edges of the buckets that hold everything from `low` to `high`. */
export function edgesOf(low: number, high: number, many: number, { mode, value, log }: Buckets): number[] {
  const asked = Number(value);
  const isAsked = Number.isFinite(asked) && asked > 0;
  if (log !== undefined)
    return powers(low, high, log > 1 ? log : USUAL_BASE, isAsked ? Math.min(20, Math.round(asked)) || 1 : 1);
  const count = isAsked && mode === "count" ? asked : usualCount(many);
  const wanted = isAsked && mode !== "count" ? asked : niceStep((high - low) / count || Math.abs(high) / count || 1);
  const step = Math.max(wanted, (high - low) / MOST_BUCKETS);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.floor(high / step + 1e-9) + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => rounded((first + index) * step, step));
}

function powers(low: number, high: number, base: number, split: number): number[] {
  const place = (value: number) => (Math.log(value) / Math.log(base)) * split;
  const first = Math.floor(place(low) + 1e-9);
  const last = Math.min(first + MOST_BUCKETS, Math.max(first + 1, Math.floor(place(high) + 1e-9) + 1));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const edge = base ** ((first + index) / split);
    return rounded(edge, edge);
  });
}

/** The bucket of a value among ascending edges; what is on an edge belongs to the bucket above it, the last edge to the last. */
export function placeOf(value: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

const NICE_MS = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000,
];

/** How long a column is: never shorter than the values are apart. */
export function niceMs(from: number, to: number, apart: number, { mode, value }: Buckets): number {
  const asked = value === undefined || value === "" ? undefined : Number(value);
  const size =
    mode === "count" ? undefined : asked === undefined || Number.isNaN(asked) ? readDuration(value ?? "") : asked;
  const least = Math.max(1, (to - from) / 2_000);
  if (size !== undefined && size > 0) return Math.max(size, least);
  const count = mode === "count" && asked !== undefined && asked > 0 ? asked : USUAL_COLUMNS;
  const wanted = Math.max((to - from) / count, apart, least);
  return NICE_MS.find((one) => one >= wanted * 0.999) ?? wanted;
}

/** 1, 2, 2.5 or 5 times a power of ten, no smaller than `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 2.5, 5].find((one) => one * power >= least * 0.999) ?? 10);
}

/** 0.30000000000000004 is 0.3; but edges that are close for their size stay apart. */
export function rounded(edge: number, step: number): number {
  const short = Number(edge.toPrecision(12));
  return Math.abs(short - edge) < step / 1_000 ? short : edge;
}
