// The patterns of a service's streams. They are mined from whole streams; where filters of fields are set, the most frequent ones
// are counted again among the lines that are left, all of them in one request.
import { useQuery } from "@tanstack/react-query";
import { type Pattern, patterns } from "../../api/loki/detected";
import { queryRange } from "../../api/oriel/range";
import type { Range } from "../../time/range";
import { alignRange, fillIntervals } from "../../time/step";
import { useTime } from "../../time/TimeContext";
import type { Filter } from "../filters";
import { linesQuery, totalQuery } from "../queries";
import { stepFor, TILE_PX } from "../useFrame";

/** Patterns that are counted again: rarer ones are a few lines of a thousand. */
export const MOST_COUNTED = 40;

export function usePatterns(label: string, service: string, filters: readonly Filter[]) {
  const { range, now } = useTime();
  const labels = filters.filter((one) => one.kind === "label");
  const narrowing = filters.filter((one) => one.kind !== "pattern");
  const isNarrowed = narrowing.length > labels.length;
  const whole = linesQuery(label, service, labels);
  const step = stepFor("logs", range, TILE_PX);
  const mined = useQuery({
    queryKey: ["patterns", whole, range.from, range.to, now],
    queryFn: ({ signal }) => patterns(whole, range, step, signal),
    placeholderData: (before) => before,
  });
  const frequent = (mined.data ?? []).slice(0, MOST_COUNTED);
  const queries = frequent.map((one) =>
    totalQuery(
      linesQuery(label, service, [...narrowing, { kind: "pattern", name: "pattern", wanted: true, value: one.text }]),
    ),
  );
  const counted = useQuery({
    queryKey: ["pattern-counts", queries, range.from, range.to, now],
    queryFn: ({ signal }) => countAgain(frequent, queries, range, step, signal),
    enabled: isNarrowed && mined.data !== undefined,
    placeholderData: (before) => before,
  });
  return { isNarrowed, answer: isNarrowed && mined.error === null && mined.data !== undefined ? counted : mined };
}

/** Of patterns that differ only in their level each is asked once; it stands for all levels then. */
async function countAgain(
  frequent: readonly Pattern[],
  queries: readonly string[],
  range: Range,
  stepMs: number,
  abort: AbortSignal,
): Promise<Pattern[]> {
  const aligned = alignRange(range, stepMs);
  const grid = { startMs: aligned.from + stepMs, endMs: aligned.to, stepMs };
  const first = frequent.filter((one, index) => frequent.findIndex((other) => other.text === one.text) === index);
  const counts = await Promise.all(
    first.map(async (one): Promise<Pattern> => {
      const expr = fillIntervals(queries[frequent.indexOf(one)] ?? "", range, stepMs);
      const { frame } = await queryRange("logs", { expr, ...grid }, abort);
      const values = frame.series[0]?.values ?? [];
      const samples = frame.times.map((time, index) => [time, values[index] ?? 0] as const);
      return { ...one, samples, count: samples.reduce((sum, [, lines]) => sum + lines, 0) };
    }),
  );
  return counts.filter((one) => one.count > 0).sort((a, b) => b.count - a.count);
}
