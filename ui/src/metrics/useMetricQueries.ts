// Runs the metric queries of the URL over the page's range and turns the answers into what the chart and table show.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { seriesName, shortNames, type Values } from "../api/matrix";
import { queryColumns } from "../api/oriel/range";
import { queryExemplars } from "../api/prometheus/exemplars";
import { queryInstant } from "../api/prometheus/query";
import { legendText } from "../dashboards/data/legendText";
import { readDuration } from "../dashboards/query/duration";
import type { RunState } from "../explore/QueryRow";
import { letterOf, type Row } from "../explore/rows";
import { count, duration } from "../format/number";
import { alignRange, chartStep, fillIntervals } from "../time/step";
import { useTime } from "../time/TimeContext";
import { useLastKnown } from "../ui/hooks/useLastKnown";
import { useSameList } from "../ui/hooks/useSameList";
import { timed } from "../ui/timed";
import { onOneGrid } from "./oneGrid";

export interface Answer<T> {
  /** Of the last run that answered, perhaps of the range before. */
  readonly data: { readonly ms: number; readonly value: T } | undefined;
  readonly error: Error | null;
  readonly isFetching: boolean;
  /** Nothing to show yet. */
  readonly isLoading: boolean;
}

/**
 * Runs over the page's range, at most one point a pixel of `width`, further apart where a row says so; nothing is asked before the
 * width is known.
 */
export function useRangeQueries(rows: readonly Row[], width: number, enabled: boolean) {
  const { range, now } = useTime();
  const finest = chartStep(range, Math.max(width, 100));
  const aligned = useMemo(() => alignRange(range, finest), [range, finest]);
  const results = useQueries({
    queries: rows.map(({ text, step: least, hidden }) => {
      const step = Math.max(finest, Math.round(readDuration(least) ?? 0));
      const { from, to } = step === finest ? aligned : alignRange(range, step);
      return {
        queryKey: ["range", text, from, to, step, now],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          timed(() =>
            queryColumns(
              "metrics",
              { expr: fillIntervals(text, range, step), startMs: from, endMs: to, stepMs: step },
              signal,
            ),
          ),
        enabled: enabled && width > 0 && !hidden,
      };
    }),
  });
  return { answers: useAnswers(rows, results), range: aligned };
}

/** Runs at the end of the page's range. */
export function useInstantQueries(rows: readonly Row[], enabled: boolean) {
  const { range, now } = useTime();
  const results = useQueries({
    queries: rows.map(({ text, hidden }) => ({
      queryKey: ["instant", text, range.to, now],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        timed(() => queryInstant(fillIntervals(text, range, 60_000), range.to, signal)),
      enabled: enabled && !hidden,
    })),
  });
  return useAnswers(rows, results);
}

interface Result<T> {
  readonly data: { readonly ms: number; readonly value: T } | undefined;
  readonly error: Error | null;
  readonly isFetching: boolean;
}

const UNASKED = { data: undefined, error: null, isFetching: false, isLoading: false } as const;

function useAnswers<T>(rows: readonly Row[], results: readonly Result<T>[]): Answer<T>[] {
  const known = useLastKnown(
    rows.map(({ text, step }) => `${step} ${text}`),
    results.map((one) => one.data),
  );
  return results.map((one, index): Answer<T> => {
    if (rows[index]?.hidden === true) return UNASKED;
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
  rows: readonly Row[],
): { times: readonly number[]; named: readonly Named[] } {
  const frames = useSameList(answers.map((one) => one.data?.value.frame));
  return useMemo(() => {
    const known = frames.flatMap((frame, index) => (frame === undefined ? [] : [{ frame, index }]));
    const { times, columns } = onOneGrid(known.map((one) => one.frame));
    const all = known.flatMap(({ frame, index }, place) =>
      frame.series.map(({ labels }, at) => ({
        labels,
        values: columns[place]?.[at] ?? [],
        index,
        letter: letterOf(index),
      })),
    );
    const names = shortNames(all.map((one) => one.labels)).map((name, place) => {
      const one = all[place];
      const row = rows[one?.index ?? 0];
      if (one === undefined || row === undefined) return name;
      // A series without labels is called what was asked for.
      return legendText(row.legend, one.labels) ?? (name === "{}" ? row.text : name);
    });
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
    return { times, named };
  }, [frames, rows]);
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
