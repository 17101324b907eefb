// Times written in the patterns that dashboards use: `YYYY-MM-DD HH:mm:ss`, `[words as they are]`. Pure.
import { momentOf, wallOf } from "../../time/zone";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const USUAL = "YYYY-MM-DD HH:mm:ss";

const two = (value: number) => String(value).padStart(2, "0");

const TOKENS: Readonly<Record<string, (at: Date) => string>> = {
  YYYY: (at) => String(at.getUTCFullYear()),
  YY: (at) => two(at.getUTCFullYear() % 100),
  MMMM: (at) => MONTHS[at.getUTCMonth()] ?? "",
  MMM: (at) => (MONTHS[at.getUTCMonth()] ?? "").slice(0, 3),
  MM: (at) => two(at.getUTCMonth() + 1),
  M: (at) => String(at.getUTCMonth() + 1),
  DD: (at) => two(at.getUTCDate()),
  D: (at) => String(at.getUTCDate()),
  dddd: (at) => DAYS[at.getUTCDay()] ?? "",
  ddd: (at) => (DAYS[at.getUTCDay()] ?? "").slice(0, 3),
  HH: (at) => two(at.getUTCHours()),
  H: (at) => String(at.getUTCHours()),
  hh: (at) => two(at.getUTCHours() % 12 || 12),
  h: (at) => String(at.getUTCHours() % 12 || 12),
  mm: (at) => two(at.getUTCMinutes()),
  m: (at) => String(at.getUTCMinutes()),
  ss: (at) => two(at.getUTCSeconds()),
  s: (at) => String(at.getUTCSeconds()),
  SSS: (at) => String(at.getUTCMilliseconds()).padStart(3, "0"),
  A: (at) => (at.getUTCHours() < 12 ? "AM" : "PM"),
  a: (at) => (at.getUTCHours() < 12 ? "am" : "pm"),
  X: (at) => String(Math.floor(momentOf(at.getTime()) / 1_000)),
  x: (at) => String(momentOf(at.getTime())),
};

const PATTERN = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x/g;

/** Epoch milliseconds; `iso` and `seconds` are patterns too. What is no time is written as it is. */
export function formatDate(millis: number, pattern: string): string {
  const at = new Date(millis);
  if (Number.isNaN(at.getTime())) return String(millis);
  if (pattern === "iso") return at.toISOString();
  const wall = wallOf(millis);
  if (pattern === "seconds") return String(Math.round(millis / 1_000));
  return (pattern || USUAL).replace(
    PATTERN,
    (token, words: string | undefined) => words ?? TOKENS[token]?.(wall) ?? token,
  );
}
