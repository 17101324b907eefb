// The lines of a query over the page's range, page by page, and their volume by level.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { queryLogInstant } from "../api/loki/metric";
import { queryLinesBytes } from "../api/loki/query";
import { queryRange } from "../api/oriel/range";
import { LEVELS, type Level } from "../charts/colors/palette";
import type { Range } from "../time/range";
import { alignRange, barStep, fillIntervals, stepText } from "../time/step";
import { useTime } from "../time/TimeContext";
import { timed } from "../ui/timed";
import { parse } from "../workers/parser";
import { levelOfName } from "./entry";
import { linesOfPages } from "./lines/lines";
import { type Beyond, firstPage, MOST_PAGES, newerPage, olderPage } from "./paging";

const WITHIN: Beyond = { older: false, newer: false };

export function useLines(query: string, enabled: boolean, oldestFirst = false) {
  const { range, now } = useTime();
  const key = `${query}\n${range.from}\n${range.to}\n${now}`;
  const [asked, setAsked] = useState({ key, beyond: WITHIN });
  const beyond = asked.key === key ? asked.beyond : WITHIN;
  const answer = useInfiniteQuery({
    queryKey: ["lines", query, range.from, range.to, now, oldestFirst],
    queryFn: ({ pageParam, signal }) =>
      timed(async () => parse("lines", await queryLinesBytes({ query, ...pageParam }, signal), pageParam.skip)),
    initialPageParam: firstPage(range, oldestFirst ? "forward" : "backward"),
    maxPages: MOST_PAGES,
    getNextPageParam: (last, all, ask) => olderPage(range, beyond, last.value, ask, all.length),
    getPreviousPageParam: (first, all, ask) => newerPage(range, beyond, now, first.value, ask, all.length),
    enabled,
    placeholderData: (before, last) =>
      last?.queryKey[1] === query && last.queryKey[5] === oldestFirst ? before : undefined,
  });
  const pages = answer.data?.pages;
  const lines = useMemo(() => linesOfPages((pages ?? []).map((one) => one.value)), [pages]);
  const goBeyond = useCallback(
    (end: keyof Beyond) =>
      setAsked((old) => ({ key, beyond: { ...(old.key === key ? old.beyond : WITHIN), [end]: true } })),
    [key],
  );
  return { answer, lines, beyond, goBeyond, isPast: range.to < now };
}

export interface LevelVolume {
  readonly level: Level;
  readonly values: number[];
}

export interface Volumes {
  /** Epoch seconds of the start of each bar. */
  readonly times: readonly number[];
  readonly levels: readonly LevelVolume[];
}

/** A bar and the gap beside it. */
const BAR_PX = 10;

export function useVolumes(query: string, width: number, enabled: boolean) {
  const { range, now } = useTime();
  const step = Math.max(barStep(range, Math.max(width, 100), BAR_PX), 1_000);
  const aligned = alignRange(range, step);
  return useQuery({
    queryKey: ["volume", query, aligned.from, aligned.to, step, now],
    queryFn: ({ signal }) => fetchVolumes(query, aligned, step, signal),
    enabled: enabled && width > 0,
    placeholderData: (before, last) => (last?.queryKey[1] === query ? before : undefined),
  });
}

async function fetchVolumes(query: string, range: Range, step: number, signal: AbortSignal): Promise<Volumes> {
  const ask = async (expr: string) =>
    (await queryRange("logs", { expr, startMs: range.from + step, endMs: range.to, stepMs: step }, signal)).frame;
  // Lines that a parser cannot read must not make the volume fail.
  const tolerant = /\|\s*(json|logfmt|unpack|pattern|regexp|unwrap)\b/.test(query)
    ? `${query} | drop __error__`
    : query;
  const window = stepText(step);
  const frame = await ask(`sum by (level, detected_level) (count_over_time(${tolerant} [${window}]))`).catch(
    (cause: unknown) => {
      if (signal.aborted) throw cause;
      return ask(`sum(count_over_time(${query} [${window}]))`);
    },
  );
  const sums = new Map<Level, number[]>();
  for (const one of frame.series) {
    const level = levelOfName(one.labels.detected_level ?? "") ?? levelOfName(one.labels.level ?? "") ?? "unknown";
    const sum = sums.get(level) ?? new Array<number>(frame.times.length).fill(0);
    one.values.forEach((value, index) => {
      sum[index] = (sum[index] ?? 0) + (value ?? 0);
    });
    sums.set(level, sum);
  }
  const levels = LEVELS.flatMap((level) => {
    const values = sums.get(level);
    return values === undefined ? [] : [{ level, values }];
  });
  // Each value counts the step that ends at its time; bars stand where their lines are.
  return { times: frame.times.map((time) => time - step / 1_000), levels };
}

/** A metric over lines at the end of the range; a step of the chart is the whole range then. */
export function useLogInstant(query: string, enabled: boolean) {
  const { range, now } = useTime();
  return useQuery({
    queryKey: ["log-instant", query, range.from, range.to, now],
    queryFn: ({ signal }) =>
      timed(() => queryLogInstant(fillIntervals(query, range, range.to - range.from), range.to, signal)),
    enabled,
    placeholderData: (before, last) => (last?.queryKey[1] === query ? before : undefined),
  });
}

/** A metric over lines, for queries that do not ask for lines. */
export function useLogMetric(query: string, range: Range, step: number, enabled: boolean) {
  const { now } = useTime();
  return useQuery({
    queryKey: ["log-metric", query, range.from, range.to, step, now],
    queryFn: ({ signal }) =>
      timed(async () => {
        const expr = fillIntervals(query, range, step);
        return (await queryRange("logs", { expr, startMs: range.from, endMs: range.to, stepMs: step }, signal)).frame;
      }),
    enabled,
    placeholderData: (before, last) => (last?.queryKey[1] === query ? before : undefined),
  });
}
