// Time ranges as people write them: `now`, `now-15m`, `now-1d/d`, an ISO date or epoch milliseconds.
// Relative ranges stay text in the URL and become milliseconds only when a query runs. Pure; nothing here reads a clock.

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

const RELATIVE = /^now(?:([+-])(\d{1,6})([smhdwMy]))?(?:\/([smhdwMy]))?$/;

function shift(at: number, count: number, unit: string): number {
  const fixed = UNIT_MS[unit];
  if (fixed !== undefined) return at + count * fixed;
  const date = new Date(at);
  if (unit === "M") date.setMonth(date.getMonth() + count);
  else date.setFullYear(date.getFullYear() + count);
  return date.getTime();
}

/** Start of the local second, minute, ..., year that holds `at`; weeks start on Monday. */
function startOf(at: number, unit: string): number {
  const date = new Date(at);
  if (unit === "s") date.setMilliseconds(0);
  else if (unit === "m") date.setSeconds(0, 0);
  else if (unit === "h") date.setMinutes(0, 0, 0);
  else {
    date.setHours(0, 0, 0, 0);
    if (unit === "w") date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
    else if (unit === "M") date.setDate(1);
    else if (unit === "y") date.setMonth(0, 1);
  }
  return date.getTime();
}

function endOf(at: number, unit: string): number {
  const start = new Date(startOf(at, unit));
  // Calendar steps, not fixed lengths: a day with a clock change has 23 or 25 hours.
  if (unit === "d") start.setDate(start.getDate() + 1);
  else if (unit === "w") start.setDate(start.getDate() + 7);
  else return shift(start.getTime(), 1, unit) - 1;
  return start.getTime() - 1;
}

/** One end of a range in epoch milliseconds, or undefined when the text means nothing. `/unit` rounds down, or up for the end. */
export function resolveTime(text: string, now: number, isEnd: boolean): number | undefined {
  const trimmed = text.trim();
  const relative = RELATIVE.exec(trimmed);
  if (relative) {
    const [, sign, count, unit, round] = relative;
    let at = now;
    if (unit !== undefined) at = shift(at, (sign === "-" ? -1 : 1) * Number(count), unit);
    if (round !== undefined) at = isEnd ? endOf(at, round) : startOf(at, round);
    return at;
  }
  if (/^\d{9,16}$/.test(trimmed)) {
    const value = Number(trimmed);
    return trimmed.length <= 10 ? value * 1_000 : value;
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return undefined;
  const parsed = Date.parse(trimmed.replace(" ", "T"));
  return Number.isNaN(parsed) ? undefined : parsed;
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
  const relative = RELATIVE.exec(raw.from);
  if (relative && raw.to === "now" && relative[1] === "-" && relative[4] === undefined) {
    const count = Number(relative[2]);
    const word = WORDS[relative[3] ?? ""] ?? "";
    return `Last ${count} ${word}${count === 1 ? "" : "s"}`;
  }
  return `${describeEnd(raw.from)} to ${describeEnd(raw.to)}`;
}

function describeEnd(text: string): string {
  if (text.startsWith("now")) return text;
  const at = resolveTime(text, 0, false);
  return at === undefined ? text : absolute(at);
}

/** `2026-11-25 14:03:59` in local time. */
export function absolute(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
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
