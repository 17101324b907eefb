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

/** `a - b` in nanoseconds, exact while the difference is below 2^53 (104 days). */
export function nanosBetween(a: string, b: string): number {
  const seconds = Number(a.slice(0, -9) || "0") - Number(b.slice(0, -9) || "0");
  return seconds * 1e9 + (Number(a.slice(-9)) - Number(b.slice(-9)));
}

export function addNanos(ns: string, delta: number): string {
  return String(BigInt(ns) + BigInt(delta));
}
