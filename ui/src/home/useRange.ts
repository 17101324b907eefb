// A range query for a tile: few points, over the page's range.
import { useQuery } from "@tanstack/react-query";
import { queryRange } from "../api/oriel/range";
import { alignRange, chartStep } from "../time/step";
import { useTime } from "../time/TimeContext";

/** A tile is narrow; more points would be closer than pixels. */
const TILE_PX = 300;

export function useTileQuery(expr: string) {
  const { range, now } = useTime();
  const step = chartStep(range, TILE_PX, 15_000);
  const aligned = alignRange(range, step);
  return useQuery({
    queryKey: ["tile", expr, aligned.from, aligned.to, step, now],
    queryFn: ({ signal }) =>
      queryRange("metrics", { expr, startMs: aligned.from, endMs: aligned.to, stepMs: step }, signal),
    placeholderData: (before) => before,
  });
}

/** The last value that is not a gap. */
export function lastOf(values: readonly (number | null)[]): number | undefined {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (value !== null && value !== undefined && Number.isFinite(value)) return value;
  }
  return undefined;
}
