// What the legend says about a series over the shown range. Gaps and specials do not count.
import type { Values } from "../api/matrix";

export interface SeriesStats {
  readonly last: number | undefined;
  readonly mean: number | undefined;
  readonly max: number | undefined;
}

export function seriesStats(values: Values): SeriesStats {
  let last: number | undefined;
  let max: number | undefined;
  let sum = 0;
  let count = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null;
    if (value === null || !Number.isFinite(value)) continue;
    last = value;
    max = max === undefined || value > max ? value : max;
    sum += value;
    count += 1;
  }
  return { last, max, mean: count === 0 ? undefined : sum / count };
}
