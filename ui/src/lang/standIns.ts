// Intervals such as `$__rate_interval` are no part of a language: where a query goes to a parser, durations stand in for them, and are
// found again in what comes back. Pure.

const INTERVALS = /\$__(?:rate_interval|interval|auto|range)\b|\$\{__(?:rate_interval|interval|auto|range)\}/g;

/** Odd enough to be in no query. */
const ODD_MS = 911_000_371;

export interface StoodIn {
  readonly query: string;
  /** The text with the intervals back. */
  readonly restore: (text: string) => string;
}

export function standIn(query: string): StoodIn {
  const names: string[] = [];
  const stand = query.replaceAll(INTERVALS, (name) => {
    if (!names.includes(name)) names.push(name);
    return `${ODD_MS + names.indexOf(name)}ms`;
  });
  // Servers write durations in their own way: `10d13h3m20s371ms`.
  const restore = (text: string) =>
    text.replaceAll(/\b(?:\d+(?:ms|[ywdhms]))+\b/g, (duration) => names[millisOf(duration) - ODD_MS] ?? duration);
  return { query: stand, restore };
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function millisOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[ywdhms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
}
