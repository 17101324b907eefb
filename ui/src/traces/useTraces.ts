// The questions of the traces view: a search, a metric over spans, one trace, and the lines that belong to it.
import { useQuery } from "@tanstack/react-query";
import { nanos } from "../api/loki/nanos";
import { queryLines } from "../api/loki/query";
import { queryRange } from "../api/oriel/range";
import { searchTraces } from "../api/tempo/search";
import type { Range } from "../time/range";
import { alignForward } from "../time/step";
import { useTime } from "../time/TimeContext";
import { timed } from "../ui/timed";
import { openTrace } from "./openTrace";
import { logsByField, logsByText } from "./query";

export function useSearch(q: string, range: Range, limit: number, enabled: boolean) {
  const { now } = useTime();
  return useQuery({
    queryKey: ["traces", q, range.from, range.to, limit, now],
    queryFn: ({ signal }) => timed(() => searchTraces(q, range, limit, signal)),
    enabled,
    placeholderData: (before, last) => (last?.queryKey[1] === q ? before : undefined),
  });
}

export function useSpanMetric(q: string, range: Range, step: number, enabled: boolean) {
  const { now } = useTime();
  const aligned = alignForward(range, step);
  return useQuery({
    queryKey: ["span-metric", q, aligned.from, aligned.to, step, now],
    queryFn: ({ signal }) =>
      timed(async () => {
        const grid = { expr: q, startMs: aligned.from, endMs: aligned.to, stepMs: step };
        return (await queryRange("traces", grid, signal)).frame;
      }),
    enabled,
    placeholderData: (before, last) => (last?.queryKey[1] === q ? before : undefined),
  });
}

export function useTrace(id: string) {
  return useQuery({ queryKey: ["trace", id], queryFn: ({ signal }) => timed(() => openTrace(id, signal)) });
}

/** Lines of a trace that are shown beside it; the logs view has all. */
const LINES_SHOWN = 50;
/** Lines are written a little before or after the span that they belong to. */
const PADDING_MS = 60_000;

export function padded(startMs: number, endMs: number): Range {
  return { from: Math.floor(startMs - PADDING_MS), to: Math.ceil(endMs + PADDING_MS) };
}

/** Lines that carry the trace id as a field or in their text, and the query that found more of them. */
export function useTraceLines(id: string, range: Range, enabled: boolean) {
  return useQuery({
    queryKey: ["trace-lines", id, range.from, range.to],
    queryFn: async ({ signal }) => {
      const ask = (query: string) =>
        queryLines({ query, start: nanos(range.from), end: nanos(range.to), limit: LINES_SHOWN }, signal);
      const [byField, byText] = await Promise.allSettled([ask(logsByField(id)), ask(logsByText(id))]);
      const field = byField.status === "fulfilled" ? byField.value.entries : [];
      const text = byText.status === "fulfilled" ? byText.value.entries : [];
      if (byField.status === "rejected" && byText.status === "rejected") throw byField.reason;
      return field.length >= text.length
        ? { entries: field, query: logsByField(id) }
        : { entries: text, query: logsByText(id) };
    },
    enabled,
  });
}
