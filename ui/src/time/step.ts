// How far apart the points of a range query are. One point a pixel at most; widths are quantised so that dragging a
// window edge does not change the step with every pixel; ends are aligned to the step so that answers are reusable.
import type { Range } from "./range";

/** Steps people can read, in milliseconds: 1 ms to 1 week. */
const STEPS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000,
];

/** Prometheus refuses more points a series than this. */
const MOST_POINTS = 11_000;

/** Widths are rounded down to this many pixels. */
const WIDTH_QUANTUM = 100;

/** Finest useful step of a metric chart: faster scrapes than once a second are rare. */
const FINEST_METRIC_STEP_MS = 1_000;

/** A step in milliseconds so that `range` has at most one point a pixel of `width`. */
export function chartStep(range: Range, width: number, finest: number = FINEST_METRIC_STEP_MS): number {
  const pixels = Math.max(WIDTH_QUANTUM, Math.floor(width / WIDTH_QUANTUM) * WIDTH_QUANTUM);
  const points = Math.min(pixels, MOST_POINTS);
  const least = Math.max((range.to - range.from) / points, finest);
  return roundStep(least);
}

/** The next of the round steps, milliseconds. */
export function roundStep(least: number): number {
  return STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / 604_800_000) * 604_800_000;
}

/** A step for bars, each at least `barPixels` wide. */
export function barStep(range: Range, width: number, barPixels: number): number {
  return chartStep(range, Math.max(WIDTH_QUANTUM, width / barPixels), 1);
}

/** Both ends moved out to multiples of `step`. */
export function alignRange(range: Range, step: number): Range {
  return { from: Math.floor(range.from / step) * step, to: Math.ceil(range.to / step) * step };
}

/**
 * Both ends moved up to multiples of `step`, so that a round range stays as long as it is: servers refuse metrics of traces over
 * more than a day, and a day moved out on both sides is more.
 */
export function alignForward(range: Range, step: number): Range {
  return { from: Math.ceil(range.from / step) * step, to: Math.ceil(range.to / step) * step };
}

/** The ends that a range query of this signal asks for. */
export function alignFor(signal: "metrics" | "logs" | "traces", range: Range, step: number): Range {
  return signal === "traces" ? alignForward(range, step) : alignRange(range, step);
}

/** The range that a chart shows: with the last step, which may lie behind the end, so that the values axis fits it too. */
export function shownRange(range: Range, seconds: readonly number[]): Range {
  const last = (seconds.at(-1) ?? 0) * 1_000;
  return last > range.to ? { from: range.from, to: last } : range;
}

/** `15s`, `5m`, `1h`: as Prometheus and Loki read durations. */
export function stepText(step: number): string {
  if (step % 604_800_000 === 0) return `${step / 604_800_000}w`;
  if (step % 86_400_000 === 0) return `${step / 86_400_000}d`;
  if (step % 3_600_000 === 0) return `${step / 3_600_000}h`;
  if (step % 60_000 === 0) return `${step / 60_000}m`;
  if (step % 1_000 === 0) return `${step / 1_000}s`;
  return `${step}ms`;
}

/** Replaces `$__interval`, `$__rate_interval`, `$__auto` and `$__range` by durations, as dashboards users write them. */
export function fillIntervals(expr: string, range: Range, step: number): string {
  /** Four scrapes of the usual 15 s: a rate needs at least two samples, and one scrape may be lost. */
  const rate = Math.max(step + 15_000, 60_000);
  return expr
    .replaceAll(/\$__rate_interval\b|\$\{__rate_interval\}/g, stepText(rate))
    .replaceAll(/\$__interval\b|\$\{__interval\}|\$__auto\b|\$\{__auto\}/g, stepText(step))
    .replaceAll(/\$__range\b|\$\{__range\}/g, `${Math.round((range.to - range.from) / 1_000)}s`);
}
