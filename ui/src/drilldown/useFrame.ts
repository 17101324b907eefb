// One query of any signal over the page's range, as a frame; asked only when it is wanted.
import { useQuery } from "@tanstack/react-query";
import type { Frame } from "../api/matrix";
import { queryRange } from "../api/oriel/range";
import type { Signal } from "../explore/search";
import type { Range } from "../time/range";
import { alignFor, barStep, chartStep, fillIntervals } from "../time/step";
import { useTime } from "../time/TimeContext";

/** Small charts need no more points than this many pixels. */
export const TILE_PX = 300;
/** Bars of log lines are this wide. */
const BAR_PX = 8;
/** Spans are counted by whole seconds. */
const LEAST_SPAN_STEP_MS = 1_000;

export function stepFor(signal: Signal, range: Range, width: number): number {
  return signal === "logs"
    ? Math.max(1_000, barStep(range, width, BAR_PX))
    : chartStep(range, signal === "traces" ? width / 3 : width, LEAST_SPAN_STEP_MS);
}

export function useFrame(signal: Signal, query: string, enabled: boolean, width = TILE_PX) {
  const { range, now } = useTime();
  const step = stepFor(signal, range, width);
  const aligned = alignFor(signal, range, step);
  return useQuery({
    queryKey: ["frame", signal, query, aligned.from, aligned.to, step, now],
    queryFn: ({ signal: abort }) => ask(signal, query, range, aligned, step, abort),
    enabled: enabled && query !== "",
    placeholderData: (before, last) => (last?.queryKey[2] === query ? before : undefined),
  });
}

async function ask(
  signal: Signal,
  query: string,
  range: Range,
  { from, to }: Range,
  stepMs: number,
  abort: AbortSignal,
): Promise<Frame> {
  const isLogs = signal === "logs";
  const expr = fillIntervals(query, range, stepMs);
  const grid = { expr, startMs: isLogs ? from + stepMs : from, endMs: to, stepMs };
  const { frame } = await queryRange(signal, grid, abort);
  if (!isLogs) return frame;
  // A count of lines stands at the end of its step; bars stand where their lines are.
  return { ...frame, times: frame.times.map((time) => time - stepMs / 1_000) };
}
