// Nanosecond timestamps as Loki and Tempo write them: decimal text, larger than a JavaScript number holds exactly.
// They are compared and moved as text or BigInt, never through Number().

/** Epoch milliseconds as nanosecond text. */
export function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

/** Milliseconds for placing on a time axis; loses what is below a microsecond or so. */
export function millis(ns: string): number {
  if (ns.length <= 6) return 0;
  return Number(ns.slice(0, -6)) + Number(ns.slice(-6)) / 1e6;
}

/** Negative when `a` is earlier. Both without leading zeros. */
export function compareNanos(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A timestamp in two exact numbers: what is compared or subtracted often is read once. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

export function instant(ns: string): Instant {
  return { seconds: Number(ns.slice(0, -9)), nanos: Number(ns.slice(-9)) };
}

/** `a - b` in nanoseconds, exact while the difference is below 2^53 (104 days). */
export function between(a: Instant, b: Instant): number {
  return (a.seconds - b.seconds) * 1e9 + (a.nanos - b.nanos);
}

export function nanosBetween(a: string, b: string): number {
  return between(instant(a), instant(b));
}

export function addNanos(ns: string, delta: number): string {
  return String(BigInt(ns) + BigInt(delta));
}
