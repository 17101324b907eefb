// What the URL of Explore holds: the signal, the queries that ran, how they are shown, and the open trace.
import { manyTexts, oneText } from "../app/search";

export type Signal = "metrics" | "logs" | "traces";
export const SIGNALS: readonly Signal[] = ["metrics", "logs", "traces"];

export interface ExploreSearch {
  signal?: Signal;
  /** One text a query row. */
  q?: string[];
  /** Metrics: `instant` shows a table of now; absent means a range. */
  mode?: "instant";
  /** The open trace, hex. */
  trace?: string;
  /** The selected span of it, hex. */
  span?: string;
}

/** More rows than anyone compares on one screen. */
export const MOST_QUERIES = 12;

/** Longer texts are not typed by people; the server refuses them anyway. */
const LONGEST_QUERY = 20_000;

export function validateExploreSearch(search: Record<string, unknown>): ExploreSearch {
  const result: ExploreSearch = {};
  const signal = oneText(search.signal);
  const known = SIGNALS.find((one) => one === signal);
  if (known !== undefined) result.signal = known;
  const queries = manyTexts(search.q)
    .filter((one) => one.length <= LONGEST_QUERY)
    .slice(0, MOST_QUERIES);
  if (queries.length > 0) result.q = queries;
  if (oneText(search.mode) === "instant") result.mode = "instant";
  const trace = oneText(search.trace)?.toLowerCase();
  if (trace !== undefined && /^[0-9a-f]{1,32}$/.test(trace)) {
    result.trace = trace;
    const span = oneText(search.span)?.toLowerCase();
    if (span !== undefined && /^[0-9a-f]{1,16}$/.test(span)) result.span = span;
  }
  return result;
}
