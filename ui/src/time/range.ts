// Time ranges as people write them: `now`, `now-15m`, `now-1d/d`, an ISO date or epoch milliseconds.
// Relative ranges stay text in the URL and become milliseconds only when a query runs. Pure; nothing here reads a clock.

import { calendar, momentOf, wallOf } from "./zone";

export interface RawRange {
  readonly from: string;
  readonly to: string;
}

/** Both ends in epoch milliseconds, `from < to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const DEFAULT_RANGE: RawRange = { from: "now-1h", to: "now" };

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Steps from now, one after the other: `-1d`, `/d`, `+8h`. `Q` is a quarter; `fQ` and `fy` are those of accounts. */
const STEP = /([+-])(\d{0,6})(fQ|fy|[smhdwMQy])|\/(fQ|fy|[smhdwMQy])/g;
const RELATIVE = /^now((?:[+-]\d{0,6}(?:fQ|fy|[smhdwMQy])|\/(?:fQ|fy|[smhdwMQy]))*)$/;

function shift(at: number, count: number, unit: string): number {
  const fixed = UNIT_MS[unit];
  if (fixed !== undefined) return at + count * fixed;
  const date = wallOf(at);
  const day = date.getUTCDate();
  if (unit === "M") date.setUTCMonth(date.getUTCMonth() + count);
  else if (unit === "Q" || unit === "fQ") date.setUTCMonth(date.getUTCMonth() + 3 * count);
  else date.setUTCFullYear(date.getUTCFullYear() + count);
  // The month there is shorter: its last day.
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return momentOf(date.getTime());
}

/** Start of the local second, minute, ..., year that holds `at`. */
function startOf(at: number, unit: string): number {
  return momentOf(wallStart(at, unit).getTime());
}

function wallStart(at: number, unit: string): Date {
  const date = wallOf(at);
  if (unit === "s") date.setUTCMilliseconds(0);
  else if (unit === "m") date.setUTCSeconds(0, 0);
  else if (unit === "h") date.setUTCMinutes(0, 0, 0);
  else {
    date.setUTCHours(0, 0, 0, 0);
    const { weekStart, fiscalStart } = calendar();
    const first = unit.startsWith("f") ? fiscalStart : 0;
    const months = (date.getUTCMonth() - first + 12) % 12;
    if (unit === "w") date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() - weekStart + 7) % 7));
    else if (unit === "M") date.setUTCDate(1);
    else if (unit.endsWith("Q")) date.setUTCMonth(date.getUTCMonth() - (months % 3), 1);
    else if (unit.endsWith("y")) date.setUTCMonth(date.getUTCMonth() - months, 1);
  }
  return date;
}

function endOf(at: number, unit: string): number {
  // Calendar steps, not fixed lengths: a day with a clock change has 23 or 25 hours.
  const start = wallStart(at, unit);
  if (unit === "d") start.setUTCDate(start.getUTCDate() + 1);
  else if (unit === "w") start.setUTCDate(start.getUTCDate() + 7);
  else return shift(momentOf(start.getTime()), 1, unit) - 1;
  return momentOf(start.getTime()) - 1;
}

/** No calendar goes farther from 1970, milliseconds. */
const FARTHEST_MS = 8.64e15;

/** One end of a range in epoch milliseconds, or undefined when the text means nothing. `/unit` rounds down, or up for the end. */
export function resolveTime(text: string, now: number, isEnd: boolean): number | undefined {
  const at = readTime(text.trim(), now, isEnd);
  return at !== undefined && Math.abs(at) <= FARTHEST_MS ? at : undefined;
}

function readTime(trimmed: string, now: number, isEnd: boolean): number | undefined {
  const relative = RELATIVE.exec(trimmed);
  if (relative) {
    let at = now;
    for (const [, sign, count, unit, round] of (relative[1] ?? "").matchAll(STEP)) {
      if (unit !== undefined) at = shift(at, (sign === "-" ? -1 : 1) * Number(count || 1), unit);
      else if (round !== undefined) at = isEnd ? endOf(at, round) : startOf(at, round);
    }
    return at;
  }
  if (/^\d{9,16}$/.test(trimmed)) {
    const value = Number(trimmed);
    return trimmed.length <= 10 ? value * 1_000 : value;
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return undefined;
  const written = trimmed.replace(" ", "T");
  // With a zone of its own, or on the clock that is shown.
  const parsed = /(Z|[+-]\d{2}:?\d{2})$/i.test(written)
    ? Date.parse(written)
    : momentOf(Date.parse(`${withTime(written)}Z`));
  return parsed;
}

function withTime(written: string): string {
  return written.includes("T") ? written : `${written}T00:00`;
}

/** Both ends; an impossible or reversed range falls back to the default one. */
export function resolveRange(raw: RawRange, now: number): Range {
  const from = resolveTime(raw.from, now, false);
  const to = resolveTime(raw.to, now, true);
  if (from !== undefined && to !== undefined && from < to) return { from, to };
  return { from: now - 3_600_000, to: now };
}

export function isValidRange(raw: RawRange, now = Date.now()): boolean {
  const from = resolveTime(raw.from, now, false);
  const to = resolveTime(raw.to, now, true);
  return from !== undefined && to !== undefined && from < to;
}

const WORDS: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  M: "month",
  y: "year",
};

/** "Last 1 hour", or both ends in local time. */
export function describeRange(raw: RawRange): string {
  const back = /^now-(\d+)([smhdwMy])$/.exec(raw.from);
  if (back !== null && raw.to === "now") {
    const count = Number(back[1]);
    const word = WORDS[back[2] ?? ""] ?? "";
    return `Last ${count} ${word}${count === 1 ? "" : "s"}`;
  }
  return `${describeEnd(raw.from)} to ${describeEnd(raw.to)}`;
}

function describeEnd(text: string): string {
  if (text.startsWith("now")) return text;
  const at = resolveTime(text, 0, false);
  return at === undefined ? text : absolute(at);
}

/** `2026-11-25 14:03:59` in the zone that is shown. */
export function absolute(at: number): string {
  const date = wallOf(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** An absolute range as URL text, to whole milliseconds. */
export function absoluteRange(range: Range): RawRange {
  return { from: String(Math.round(range.from)), to: String(Math.round(range.to)) };
}

/** The same width one window earlier or later. */
export function pan(range: Range, windows: number): Range {
  const by = (range.to - range.from) * windows;
  return { from: range.from + by, to: range.to + by };
}

/** Twice the width around the same middle, never ending after `now`. */
export function zoomOut(range: Range, now: number): Range {
  const half = (range.to - range.from) / 2;
  const to = Math.min(range.to + half, Math.max(now, range.to));
  return { from: to - 4 * half, to };
}

/** A range as text that other pages and other dashboards take, this one and others: `{"from":"now-1h","to":"now"}`. */
export function rangeText({ from, to }: RawRange): string {
  const whole = (text: string) => {
    const at = /^\d+$/.test(text) ? resolveTime(text, 0, false) : undefined;
    return at === undefined ? text : new Date(at).toISOString();
  };
  return JSON.stringify({ from: whole(from), to: whole(to) });
}

/** What `rangeText` writes, a link that has `from` and `to`, or two ends with `to` or a comma between them. */
export function readRangeText(text: string): RawRange | undefined {
  const ends = jsonEnds(text) ?? linkEnds(text) ?? /^(.+?)(?:\s+to\s+|\s*,\s*)(.+)$/.exec(text.trim())?.slice(1, 3);
  const [from = "", to = ""] = ends ?? [];
  const range = { from: from.trim(), to: to.trim() };
  return isValidRange(range) ? range : undefined;
}

function jsonEnds(text: string): string[] | undefined {
  try {
    const { from, to } = JSON.parse(text) as { from?: unknown; to?: unknown };
    return typeof from === "object" || typeof to === "object" ? undefined : [String(from), String(to)];
  } catch {
    return undefined;
  }
}

function linkEnds(text: string): string[] | undefined {
  const query = new URLSearchParams(text.slice(text.indexOf("?") + 1));
  const [from, to] = [query.get("from"), query.get("to")];
  return from === null || to === null ? undefined : [from, to];
}
