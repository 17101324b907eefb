// Where the points of the scatter stand: time across, duration up on a logarithmic scale. Pure.
import type { TraceSummary } from "../api/tempo/search";
import type { Range } from "../time/range";

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly trace: TraceSummary;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Shorter than this is drawn as this: a logarithm has no zero. */
const SHORTEST_MS = 0.1;

export function durationScale(traces: readonly TraceSummary[]): { low: number; high: number } {
  const all = traces.map((one) => Math.max(SHORTEST_MS, one.durationMs));
  const low = 10 ** Math.floor(Math.log10(Math.min(...all, 1_000)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all, low * 10)));
  return { low, high: Math.max(high, low * 10) };
}

export function placeTraces(traces: readonly TraceSummary[], range: Range, box: Box): Place[] {
  const { low, high } = durationScale(traces);
  const span = Math.log10(high / low);
  return traces.map((trace) => {
    const part = Math.log10(Math.max(SHORTEST_MS, trace.durationMs) / low) / span;
    return {
      x: box.left + ((trace.start - range.from) / (range.to - range.from)) * box.width,
      y: box.top + (1 - Math.min(1, Math.max(0, part))) * box.height,
      trace,
    };
  });
}

/** The point nearest to the pointer, within reach. */
export function nearestPlace(places: readonly Place[], x: number, y: number, reach: number): Place | undefined {
  let best: Place | undefined;
  let least = reach;
  for (const place of places) {
    const away = Math.hypot(place.x - x, place.y - y);
    if (away <= least) {
      least = away;
      best = place;
    }
  }
  return best;
}

/** Steps between ticks that people read, in seconds. */
const TICK_SECONDS: readonly number[] = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000,
];

/** Round local times inside the range, at most `most` of them, in epoch seconds; and the step between them. */
export function timeTicks(range: Range, most: number): { step: number; ticks: readonly number[] } {
  const span = (range.to - range.from) / 1_000;
  const step = TICK_SECONDS.find((one) => span / one <= most) ?? Math.ceil(span / most);
  // Local midnight and the local hours are what looks round, also where the zone is half an hour off.
  const offset = new Date(range.from).getTimezoneOffset() * 60;
  const ticks: number[] = [];
  const first = Math.ceil((range.from / 1_000 - offset) / step) * step + offset;
  for (let at = first; at <= range.to / 1_000; at += step) ticks.push(at);
  return { step, ticks };
}
