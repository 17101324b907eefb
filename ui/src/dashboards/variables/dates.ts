// Times written in the patterns that dashboards use: `YYYY-MM-DD HH:mm:ss`, `[words as they are]`. Pure.

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
  YYYY: (at) => String(at.getFullYear()),
  YY: (at) => two(at.getFullYear() % 100),
  MMMM: (at) => MONTHS[at.getMonth()] ?? "",
  MMM: (at) => (MONTHS[at.getMonth()] ?? "").slice(0, 3),
  MM: (at) => two(at.getMonth() + 1),
  M: (at) => String(at.getMonth() + 1),
  DD: (at) => two(at.getDate()),
  D: (at) => String(at.getDate()),
  dddd: (at) => DAYS[at.getDay()] ?? "",
  ddd: (at) => (DAYS[at.getDay()] ?? "").slice(0, 3),
  HH: (at) => two(at.getHours()),
  H: (at) => String(at.getHours()),
  hh: (at) => two(at.getHours() % 12 || 12),
  h: (at) => String(at.getHours() % 12 || 12),
  mm: (at) => two(at.getMinutes()),
  m: (at) => String(at.getMinutes()),
  ss: (at) => two(at.getSeconds()),
  s: (at) => String(at.getSeconds()),
  SSS: (at) => String(at.getMilliseconds()).padStart(3, "0"),
  A: (at) => (at.getHours() < 12 ? "AM" : "PM"),
  a: (at) => (at.getHours() < 12 ? "am" : "pm"),
  X: (at) => String(Math.floor(at.getTime() / 1_000)),
  x: (at) => String(at.getTime()),
};

const PATTERN = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x/g;

/** Epoch milliseconds; `iso` and `seconds` are patterns too. What is no time is written as it is. */
export function formatDate(millis: number, pattern: string): string {
  const at = new Date(millis);
  if (Number.isNaN(at.getTime())) return String(millis);
  if (pattern === "iso") return at.toISOString();
  if (pattern === "seconds") return String(Math.round(millis / 1_000));
  return (pattern || USUAL).replace(
    PATTERN,
    (token, words: string | undefined) => words ?? TOKENS[token]?.(at) ?? token,
  );
}
