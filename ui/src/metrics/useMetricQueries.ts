// Runs the metric queries of the URL over the page's range and turns the answers into what the chart and table show.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { seriesName, shortNames, type Values } from "../api/matrix";
import { queryColumns } from "../api/oriel/range";
import { queryExemplars } from "../api/prometheus/exemplars";
import { queryInstant } from "../api/prometheus/query";
import type { RunState } from "../explore/QueryRow";
import { count, duration } from "../format/number";
import { alignRange, chartStep, fillIntervals } from "../time/step";
import { useTime } from "../time/TimeContext";
import { useLastKnown } from "../ui/hooks/useLastKnown";
import { useSameList } from "../ui/hooks/useSameList";
import { timed } from "../ui/timed";

export interface Answer<T> {
  /** Of the last run that answered, perhaps of the range before. */
  readonly data: { readonly ms: number; readonly value: T } | undefined;
  readonly error: Error | null;
  readonly isFetching: boolean;
  /** Nothing to show yet. */
  readonly isLoading: boolean;
}

/** Runs over the page's range, at most one point a pixel of `width`; nothing is asked before the width is known. */
export function useRangeQueries(queries: readonly string[], width: number, enabled: boolean) {
  const { range, now } = useTime();
  const step = chartStep(range, Math.max(width, 100));
  const aligned = useMemo(() => alignRange(range, step), [range, step]);
  const results = useQueries({
    queries: queries.map((expr) => ({
      queryKey: ["range", expr, aligned.from, aligned.to, step, now],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        timed(() =>
          queryColumns(
            "metrics",
            { expr: fillIntervals(expr, range, step), startMs: aligned.from, endMs: aligned.to, stepMs: step },
            signal,
          ),
        ),
      enabled: enabled && width > 0,
    })),
  });
  return { answers: useAnswers(queries, results), range: aligned };
}

/** Runs at the end of the page's range. */
export function useInstantQueries(queries: readonly string[], enabled: boolean) {
  const { range, now } = useTime();
  const results = useQueries({
    queries: queries.map((expr) => ({
      queryKey: ["instant", expr, range.to, now],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        timed(() => queryInstant(fillIntervals(expr, range, 60_000), range.to, signal)),
      enabled,
    })),
  });
  return useAnswers(queries, results);
}

interface Result<T> {
  readonly data: { readonly ms: number; readonly value: T } | undefined;
  readonly error: Error | null;
  readonly isFetching: boolean;
}

function useAnswers<T>(queries: readonly string[], results: readonly Result<T>[]): Answer<T>[] {
  const known = useLastKnown(
    queries,
    results.map((one) => one.data),
  );
  return results.map((one, index): Answer<T> => {
    const data = one.error === null ? known[index] : undefined;
    return { data, error: one.error, isFetching: one.isFetching, isLoading: one.isFetching && data === undefined };
  });
}

export function useExemplars(queries: readonly string[], enabled: boolean) {
  const { range, now } = useTime();
  return useQuery({
    queryKey: ["exemplars", queries, range.from, range.to, now],
    queryFn: async ({ signal }) => {
      const all = await Promise.all(
        queries.map((expr) => queryExemplars(fillIntervals(expr, range, 60_000), range.from, range.to, signal)),
      );
      return all.flat().filter((one) => one.traceId !== undefined);
    },
    enabled: enabled && queries.length > 0,
    placeholderData: (before) => before,
  });
}

export interface Named {
  readonly name: string;
  readonly values: Values;
}

type RangeAnswers = ReturnType<typeof useRangeQueries>["answers"];

/** All series of all queries with names that are unique on the chart. */
export function useNamedSeries(
  answers: RangeAnswers,
  queries: readonly string[],
): { times: readonly number[]; named: readonly Named[] } {
  const frames = useSameList(answers.map((one) => one.data?.value.frame));
  return useMemo(() => {
    const known = frames.flatMap((frame, index) => (frame === undefined ? [] : [{ frame, index }]));
    const all = known.flatMap(({ frame, index }) =>
      frame.series.map((one) => ({ ...one, index, letter: String.fromCharCode(65 + index) })),
    );
    // A series without labels is called what was asked for.
    const names = shortNames(all.map((one) => one.labels)).map((name, place) =>
      name === "{}" ? (queries[all[place]?.index ?? 0] ?? name) : name,
    );
    const seen = new Map<string, number>();
    for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
    const used = new Map<string, number>();
    const named = all.map((one, index): Named => {
      const base = names[index] ?? seriesName(one.labels);
      const full = (seen.get(base) ?? 0) > 1 ? `${one.letter}: ${base}` : base;
      const times = used.get(full) ?? 0;
      used.set(full, times + 1);
      return { name: times === 0 ? full : `${full} (${times + 1})`, values: one.values };
    });
    return { times: known[0]?.frame.times ?? [], named };
  }, [frames, queries]);
}

export function runStates<T>(answers: readonly Answer<T>[], size: (value: T) => number): RunState[] {
  return answers.map((one): RunState => {
    if (one.isFetching) return { kind: "running" };
    if (one.error !== null) return { kind: "error", error: one.error };
    if (one.data === undefined) return { kind: "idle" };
    return {
      kind: "done",
      text: `${duration(one.data.ms * 1e6)} · ${count(size(one.data.value), "series", "series")}`,
    };
  });
}
