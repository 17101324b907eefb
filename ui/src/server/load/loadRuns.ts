// Load test runs, found in the metrics that they leave: a run is a stretch of time with virtual users. Pure.
import type { Labels } from "../../api/decode";
import type { Frame } from "../../api/matrix";
import type { Range } from "../../time/range";

export interface LoadRun {
  /** The value of the tag `testid`; empty when the run had none. */
  readonly test: string;
  /** Epoch milliseconds of the first and the last step with users. */
  readonly from: number;
  readonly to: number;
  readonly users: number;
  /** It has users at the end of the range. */
  readonly isRunning: boolean;
}

/** Users are written every five seconds; they are seen this long after they were written, which is taken off again. */
const WINDOW_MS = 15_000;

export const RUN_QUERY = `sum by (testid) (last_over_time(k6_vus[${WINDOW_MS / 1_000}s]))`;

/** Newest first. A gap of two steps ends a run. */
export function runsOf(frame: Frame, stepMs: number): LoadRun[] {
  const runs: LoadRun[] = [];
  for (const { labels, values } of frame.series) {
    let open: { from: number; to: number; users: number } | undefined;
    const close = (isRunning: boolean) => {
      if (open !== undefined) {
        const to = isRunning ? open.to : Math.max(open.from, open.to - WINDOW_MS + stepMs);
        runs.push({ test: labels.testid ?? "", ...open, to, isRunning });
      }
      open = undefined;
    };
    values.forEach((users, index) => {
      const at = (frame.times[index] ?? 0) * 1_000;
      if (users === null) {
        if (open !== undefined && at - open.to > stepMs) close(false);
        return;
      }
      open = { from: open?.from ?? at, to: at, users: Math.max(open?.users ?? 0, users) };
    });
    const last = (frame.times.at(-1) ?? 0) * 1_000;
    close(open !== undefined && open.to >= last - stepMs);
  }
  return runs.sort((a, b) => b.from - a.from || a.test.localeCompare(b.test));
}

/** With a little before and after, so that a chart shows how it came and went. */
export function rangeAround(run: LoadRun, now: number): Range {
  const room = Math.max(10_000, (run.to - run.from) * 0.05);
  return { from: run.from - room, to: Math.min(now, run.to + room) };
}

/** The totals of a run: its counters count from its start, so their last values are its sums. */
export function totalsQueries(
  run: LoadRun,
): Readonly<Record<"requests" | "iterations" | "failed" | "p95" | "checks", string>> {
  const seconds = Math.max(1, Math.ceil((run.to - run.from) / 1_000)) + 30;
  const last = (metric: string, more = "") =>
    `last_over_time(${metric}{testid=${JSON.stringify(run.test)}${more}}[${seconds}s])`;
  return {
    requests: `sum(${last("k6_http_reqs_total")})`,
    iterations: `sum(${last("k6_iterations_total")})`,
    failed: `avg(${last("k6_http_req_failed_rate")})`,
    checks: `avg(${last("k6_checks_rate")})`,
    // Whichever statistic the run wrote: a percentile, or a histogram.
    p95: `max(${last("k6_http_req_duration_p95")}) or max(${last("k6_http_req_duration_p99")}) or histogram_quantile(0.95, sum(${last("k6_http_req_duration_seconds")}))`,
  };
}

/** What a run promised of itself, and whether it held. */
export interface Promised {
  readonly metric: string;
  readonly threshold: string;
  readonly held: boolean;
  /** The number that was compared, in the unit of the metric. */
  readonly measured: number | undefined;
}

/** The verdict at its end comes up to so long after its last users. */
const VERDICT_MS = 15_000;

/** Asked at `at`: both series of every threshold, the numbers told apart by their names. */
export function promisedQuery(run: LoadRun): { readonly expr: string; readonly at: number } {
  const seconds = Math.max(1, Math.ceil((run.to - run.from + VERDICT_MS) / 1_000)) + 30;
  const own = `testid=${JSON.stringify(run.test)}`;
  const last = (name: string) => `last_over_time(oriel_load_threshold_${name}{${own}}[${seconds}s])`;
  const named = (name: string) => `label_replace(${last(name)}, "said", "${name}", "", "")`;
  return { expr: `${named("ok")} or ${named("measured")}`, at: run.to + VERDICT_MS };
}

/** Those that were crossed first. */
export function promisedOf(rows: readonly { readonly labels: Labels; readonly value: number }[]): Promised[] {
  const keyOf = (labels: Labels) => `${labels.metric}\n${labels.threshold}`;
  const measured = new Map(
    rows.filter((one) => one.labels.said === "measured").map((one) => [keyOf(one.labels), one.value]),
  );
  return rows
    .filter((one) => one.labels.said === "ok")
    .map(({ labels, value }) => ({
      metric: labels.metric ?? "",
      threshold: labels.threshold ?? "",
      held: value === 1,
      measured: measured.get(keyOf(labels)),
    }))
    .sort((a, b) => Number(a.held) - Number(b.held) || a.metric.localeCompare(b.metric));
}

/** How requests and slow ones went while it ran. */
export function courseQueries(run: LoadRun): Readonly<Record<"rate" | "slow", string>> {
  const of = (metric: string) => `${metric}{testid=${JSON.stringify(run.test)}}`;
  return {
    rate: `sum(rate(${of("k6_http_reqs_total")}[15s]))`,
    slow: `max(${of("k6_http_req_duration_p95")}) or max(${of("k6_http_req_duration_p99")}) or histogram_quantile(0.95, sum(rate(${of("k6_http_req_duration_seconds")}[15s])))`,
  };
}
