// The ranges that have a name.
import { describeRange, type RawRange } from "../../time/range";

export interface NamedRange {
  readonly label: string;
  readonly raw: RawRange;
}

const BACK = [
  ..."5m 15m 30m 1h 3h 6h 12h 24h 2d 7d 30d 90d 6M 1y 2y 5y"
    .split(" ")
    .map((back) => ({ from: `now-${back}`, to: "now" })),
];

const whole = (label: string, at: string): NamedRange => ({ label, raw: { from: at, to: at } });

/** Those that most people want come first; the rest is found by words. */
export const NAMED_RANGES: readonly NamedRange[] = [
  ...BACK.map((raw) => ({ label: describeRange(raw), raw })),
  whole("Yesterday", "now-1d/d"),
  whole("Day before yesterday", "now-2d/d"),
  whole("This day last week", "now-7d/d"),
  whole("Previous week", "now-1w/w"),
  whole("Previous month", "now-1M/M"),
  whole("Previous quarter of accounts", "now-1Q/fQ"),
  whole("Previous year", "now-1y/y"),
  whole("Previous year of accounts", "now-1y/fy"),
  whole("Today", "now/d"),
  { label: "Today so far", raw: { from: "now/d", to: "now" } },
  whole("This week", "now/w"),
  { label: "This week so far", raw: { from: "now/w", to: "now" } },
  whole("This month", "now/M"),
  { label: "This month so far", raw: { from: "now/M", to: "now" } },
  whole("This year", "now/y"),
  { label: "This year so far", raw: { from: "now/y", to: "now" } },
  whole("This quarter of accounts", "now/fQ"),
  whole("This year of accounts", "now/fy"),
];

export function nameOfRange(raw: RawRange): string {
  return NAMED_RANGES.find((one) => one.raw.from === raw.from && one.raw.to === raw.to)?.label ?? describeRange(raw);
}

/** Those whose name has all the words; `last 20 min` also finds no name but says what it means. */
export function foundRanges(text: string): readonly NamedRange[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return NAMED_RANGES;
  const found = NAMED_RANGES.filter((one) => words.every((word) => one.label.toLowerCase().includes(word)));
  const typed = typedRange(text);
  return typed === undefined || found.some((one) => one.raw.from === typed.raw.from) ? found : [typed, ...found];
}

const UNITS: Readonly<Record<string, string>> = { s: "s", m: "m", h: "h", d: "d", w: "w", mo: "M", y: "y" };

/** `20m`, `20 min`, `last 3 days`: so much back from now. */
function typedRange(text: string): NamedRange | undefined {
  const typed = /^\s*(?:last\s+)?(\d{1,5})\s*(s|mo|m|h|d|w|y)\p{L}*\s*$/iu.exec(text);
  if (typed === null) return undefined;
  const raw = { from: `now-${typed[1]}${UNITS[(typed[2] ?? "").toLowerCase()] ?? "m"}`, to: "now" };
  return { label: describeRange(raw), raw };
}
