// Which page of lines comes next, older or newer, within the range of the page and beyond it. Pure.
import { addNanos, nanos } from "../api/loki/nanos";
import type { RawEntry } from "../api/loki/query";
import type { Range } from "../time/range";
import { entryOf, type LogEntry } from "./entry";
import { type Boundary, endBelow, type PackedLines, sortNewestFirst } from "./packed";

/** Pages grow: the first arrives at once, the later ones keep ahead of a fast scroll. The server gives 5,000 at most. */
const PAGE_LINES: readonly number[] = [500, 1_000, 2_000, 5_000];

/** Pages kept at a time, 300,000 lines of about 200 bytes; the other end is dropped and asked for again when it is needed. */
export const MOST_PAGES = 64;

/** What the browser keeps of a tail. */
export const MOST_TAILED = 50_000;

/** How far before the range one goes on at most, in nanoseconds: 30 days. */
const BEYOND_NS = 30 * 86_400e9;

/** One question. Epoch nanoseconds; start inclusive, end exclusive. */
export interface PageAsk {
  readonly start: string;
  readonly end: string;
  readonly limit: number;
  readonly direction: "backward" | "forward";
  readonly skip: Boundary | undefined;
}

/** Whether to go on beyond the range of the page, at either end. */
export interface Beyond {
  readonly older: boolean;
  readonly newer: boolean;
}

/** The newest lines of the range, or its oldest. */
export function firstPage(range: Range, direction: PageAsk["direction"] = "backward"): PageAsk {
  return { start: nanos(range.from), end: nanos(range.to), limit: PAGE_LINES[0] ?? 500, direction, skip: undefined };
}

const limitOf = (pages: number) => PAGE_LINES[Math.min(pages, PAGE_LINES.length - 1)] ?? 500;

/** The page below the oldest one, or undefined when there is none. */
export function olderPage(
  range: Range,
  beyond: Beyond,
  last: PackedLines,
  lastAsk: PageAsk,
  pages: number,
): PageAsk | undefined {
  const limit = limitOf(pages);
  const rest = { limit, direction: "backward" } as const;
  const edge = nanos(range.from);
  const isForward = lastAsk.direction === "forward";
  const isFull = isForward ? lastAsk.start !== edge : last.received >= lastAsk.limit;
  const start = isForward ? edge : lastAsk.start;
  const below = endBelow(last, lastAsk.end);
  if (isFull && below !== undefined) return { start, ...below, ...rest };
  if (!beyond.older || start !== edge) return undefined;
  return { start: addNanos(edge, -BEYOND_NS), end: edge, skip: undefined, ...rest };
}

/** The page above the newest one, up to the end of the range, or to `now` when that was asked for. */
export function newerPage(
  range: Range,
  beyond: Beyond,
  now: number,
  first: PackedLines,
  firstAsk: PageAsk,
  pages: number,
): PageAsk | undefined {
  const end = nanos(beyond.newer ? Math.max(now, range.to) : range.to);
  const rest = { end, limit: limitOf(pages), direction: "forward" } as const;
  const isExhausted = firstAsk.direction === "forward" && first.received < firstAsk.limit && firstAsk.end === end;
  const isFirst = firstAsk.direction === "backward" && firstAsk.end === end;
  if (isExhausted || isFirst) return undefined;
  if (first.newest !== undefined) return { start: first.newest.ns, skip: first.newest, ...rest };
  return { start: firstAsk.direction === "forward" ? firstAsk.start : firstAsk.end, skip: undefined, ...rest };
}

/** New lines of a tail before the known ones, bounded. */
export function prepend(known: readonly LogEntry[], arrived: readonly RawEntry[], serial: number): LogEntry[] {
  const fresh = sortNewestFirst(arrived).map((raw, index) => entryOf(raw, serial + index));
  return [...fresh, ...known].slice(0, MOST_TAILED);
}
