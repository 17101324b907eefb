// The time zone that times are shown in: that of the browser, unless the page that is open names one. One at a time, so that whatever
// writes a time need not be told; who draws times again when it changes asks `useZone`.
// A "wall" is a moment as the clock on the wall there shows it, in milliseconds as if that clock were UTC's.

/** Where weeks and years of accounts begin. */
export interface Calendar {
  /** 0 is Sunday. */
  readonly weekStart: number;
  /** 0 is January. */
  readonly fiscalStart: number;
}

const USUAL: Calendar = { weekStart: 1, fiscalStart: 0 };

let shown: string | undefined;
let days = USUAL;
const listeners = new Set<() => void>();

/** The zone by its IANA name; undefined is that of the browser. */
export function zone(): string | undefined {
  return shown;
}

export function calendar(): Calendar {
  return days;
}

/** Zone and calendar as one text, which differs where either does. */
export function clockKey(): string {
  return `${shown ?? ""} ${days.weekStart} ${days.fiscalStart}`;
}

export function showIn(next: string | undefined, wanted: Calendar = USUAL): void {
  const before = clockKey();
  shown = next;
  days = wanted;
  if (clockKey() !== before) for (const one of listeners) one();
}

export function onZone(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `utc`, `browser`, an IANA name; undefined where it is the browser's own, or no zone that it knows. */
export function readZone(text: string | undefined): string | undefined {
  if (text === undefined || text === "" || text === "browser") return undefined;
  try {
    const asked = text.toLowerCase() === "utc" ? "UTC" : text;
    const { timeZone } = new Intl.DateTimeFormat("en-US", { timeZone: asked }).resolvedOptions();
    return timeZone === browserZone() ? undefined : timeZone;
  } catch {
    return undefined;
  }
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A clock is set forward or back at most at such moments, milliseconds. */
const QUARTER_MS = 900_000;
/** More than a page ever shows; then they are worked out anew. */
const MOST_KNOWN = 20_000;

const known = new Map<string, number>();
const clocks = new Map<string, Intl.DateTimeFormat>();

/** How far the clock there is ahead of UTC's, milliseconds. */
function ahead(at: number, there = shown): number {
  if (there === undefined) return -new Date(at).getTimezoneOffset() * 60_000;
  if (there === "UTC" || Number.isNaN(new Date(at).getTime())) return 0;
  const quarter = Math.floor(at / QUARTER_MS);
  const key = `${there} ${quarter}`;
  const found = known.get(key) ?? readClock(there, quarter * QUARTER_MS);
  if (known.size > MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

function readClock(name: string, at: number): number {
  const clock =
    clocks.get(name) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  clocks.set(name, clock);
  const parts = new Map(clock.formatToParts(at).map((one) => [one.type, Number(one.value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - at;
}

/** A date whose UTC parts are what the clock on the wall shows. */
export function wallOf(at: number): Date {
  return new Date(at + ahead(at));
}

/** The same of another zone than the one that is shown, by its IANA name. */
export function wallIn(name: string): (at: number) => Date {
  return (at) => new Date(at + ahead(at, name));
}

/** The moment at which the clock on the wall shows this; of an hour that is twice there the first, of one that is not there the next. */
export function momentOf(wall: number): number {
  const guess = wall - ahead(wall);
  return wall - ahead(guess);
}
