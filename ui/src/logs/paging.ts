// Pages of lines, newest first, without losing or repeating a line where several share a nanosecond. Pure.

import { addNanos, compareNanos } from "../api/loki/nanos";
import type { RawEntry } from "../api/loki/query";
import { entryOf, type LogEntry, streamKey } from "./entry";

/** One page. Small enough to arrive at once, large enough for a fast scroll. */
export const PAGE_LINES = 500;

/** What the browser keeps; beyond that the query should be narrowed. */
export const MOST_LINES = 50_000;

/** Newest first; equal times keep the server's order. */
export function sortNewestFirst(entries: readonly RawEntry[]): RawEntry[] {
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => compareNanos(b.entry.ns, a.entry.ns) || a.index - b.index)
    .map((one) => one.entry);
}

/** The exclusive end of the next older page, or undefined when this was the last. It overlaps by one nanosecond. */
export function nextEnd(page: readonly RawEntry[], limit: number, end: string): string | undefined {
  if (page.length < limit) return undefined;
  const oldest = page.reduce((least, one) => (compareNanos(one.ns, least) < 0 ? one.ns : least), page[0]?.ns ?? end);
  const next = addNanos(oldest, 1);
  // A whole page within one nanosecond: go on below it rather than forever around it.
  return compareNanos(next, end) < 0 ? next : oldest;
}

/** All pages as one list. Lines of the overlapping nanosecond are matched by stream and text, counted, and kept once. */
export function joinPages(pages: readonly (readonly RawEntry[])[]): LogEntry[] {
  const joined: LogEntry[] = [];
  let known = new Map<string, number>();
  pages.forEach((page, index) => {
    const here = new Map<string, number>();
    const sorted = sortNewestFirst(page);
    const boundary = joined.at(-1)?.ns;
    for (const raw of sorted) {
      const identity = `${raw.ns}/${streamKey(raw.stream)}/${raw.line}`;
      const repeat = (here.get(identity) ?? 0) + 1;
      here.set(identity, repeat);
      if (index > 0 && raw.ns === boundary && repeat <= (known.get(identity) ?? 0)) continue;
      joined.push(entryOf(raw, repeat));
    }
    known = here;
  });
  return joined;
}

/** New lines of a tail before the known ones, bounded. */
export function prepend(known: readonly LogEntry[], arrived: readonly RawEntry[], serial: number): LogEntry[] {
  const fresh = sortNewestFirst(arrived).map((raw, index) => entryOf(raw, serial + index));
  return [...fresh, ...known].slice(0, MOST_LINES);
}
