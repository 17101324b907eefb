// The unit of a metric, read from the base name that the field's naming rules put at its end, and from what the query
// does to it: `rate(x_bytes_total[5m])` is bytes a second, `histogram_quantile(.., x_seconds_bucket)` is seconds.
import { bytes, duration, short } from "./number";

export type Unit = "none" | "seconds" | "bytes" | "bytes/s" | "ratio" | "1/s" | "timestamp" | "celsius";

/** Round numbers of bytes are powers of two; from a quarter to more than any count of them, as decimal steps go. */
export const BINARY_INCREMENTS = Array.from({ length: 106 }, (_, power) => 2 ** (power - 2));

/** 1, 2 and 5 of each power of ten of years, to 5e24: milliseconds in a metric of seconds are centuries, and such an axis has labels, too. */
const YEARS = Array.from({ length: 25 }, (_, power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`))).flat();

/** Seconds to hours, days, and years of 365 days. */
const TIME_INCREMENTS = [1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 21_600, 43_200].concat(
  [1, 2, 5, 10, 30, 100].map((days) => days * 86_400),
  YEARS.map((years) => years * 365 * 86_400),
);

/** Parts of a second in tens, and from a second on as clocks go. */
const SPAN_INCREMENTS = [-9, -8, -7, -6, -5, -4, -3, -2, -1]
  .flatMap((power) => [Number(`1e${power}`), Number(`2e${power}`), Number(`5e${power}`)])
  .concat([1, 2, 5, 10, 20], TIME_INCREMENTS.slice(3));

const INCREMENTS: Readonly<Partial<Record<Unit, number[]>>> = {
  bytes: BINARY_INCREMENTS,
  "bytes/s": BINARY_INCREMENTS,
  timestamp: TIME_INCREMENTS,
  seconds: SPAN_INCREMENTS,
};

/** Says a value; an axis of it takes these steps, where not any round number is one to its reader. */
export interface Format {
  (value: number): string;
  readonly increments?: number[];
  /** Its values are moments: an axis need not begin at 1970. */
  readonly isMoment?: boolean;
}

const formats = new Map<Unit, Format>();

/** The same function for the same unit, so that a chart of it is not made anew. */
export function unitFormat(unit: Unit): Format {
  const known = formats.get(unit);
  if (known !== undefined) return known;
  const plain = (value: number) => formatUnit(value, unit);
  const made: Format =
    INCREMENTS[unit] === undefined
      ? plain
      : Object.assign(plain, { increments: INCREMENTS[unit], isMoment: unit === "timestamp" });
  formats.set(unit, made);
  return made;
}

export function formatUnit(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return short(value);
  switch (unit) {
    case "seconds":
      return value === 0 ? "0 s" : duration(value * 1e9);
    case "bytes":
      return bytes(value);
    case "bytes/s":
      return `${bytes(value)}/s`;
    case "ratio":
      return `${short(value * 100)} %`;
    case "1/s":
      return `${short(value)}/s`;
    case "celsius":
      return `${short(value)} °C`;
    case "timestamp":
      return moment(value);
    default:
      return short(value);
  }
}

/** The farthest moment that a date can say, in seconds. */
const FARTHEST_SECONDS = 8.64e12;

/** `2026-11-26 19:45:02 UTC`; at midnight the day is enough. */
function moment(seconds: number): string {
  if (Math.abs(seconds) > FARTHEST_SECONDS) return short(seconds);
  const [day = "", clock = ""] = new Date(seconds * 1e3).toISOString().split("T");
  return clock.startsWith("00:00:00") ? day : `${day} ${clock.slice(0, 8)} UTC`;
}

/** A guess that is never worse than no unit: an unclear query has none. */
export function unitOfQuery(expr: string): Unit {
  const text = expr.trim();
  if (/^\s*(count|group|count_values)\b/.test(text)) return "none";
  const names = [...text.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?=\s*[{[)\s,*/+-]|$)/g)].map((found) => found[0]);
  const metric = names.find((name) => /_(total|bytes|seconds|ratio|celsius|bucket|sum|count)$/.test(name));
  if (metric === undefined) return /\b(rate|irate)\s*\(/.test(text) ? "1/s" : "none";
  if (/[^=!<>]=?\/[^/]/.test(text.replaceAll(/"[^"]*"|\[[^\]]*\]|\{[^}]*\}/g, ""))) return "none";
  const isRate = /\b(rate|irate|deriv)\s*\(/.test(text);
  const base = metric.replace(/_(total|bucket|sum)$/, "");
  if (metric.endsWith("_count")) return isRate ? "1/s" : "none";
  if (/timestamp_seconds$|_time_seconds$/.test(base) && !isRate) return "timestamp";
  if (base.endsWith("_seconds")) {
    if (!isRate || text.includes("histogram_quantile")) return "seconds";
    return "none";
  }
  if (base.endsWith("_bytes")) return isRate ? "bytes/s" : "bytes";
  if (base.endsWith("_ratio")) return isRate ? "none" : "ratio";
  if (base.endsWith("_celsius")) return isRate ? "none" : "celsius";
  return isRate ? "1/s" : "none";
}
