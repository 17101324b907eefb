// What stands in the query string of every page, and how a query string is read and written.
// Values are plain text and repeated keys are lists, so that links can be read and typed by people.
import { roundStep } from "../time/step";

export interface ShellSearch {
  from?: string;
  to?: string;
  /** Time between refreshes as text such as `10s`, or `auto`; absent means off. */
  refresh?: string;
  tenant?: string;
}

/** What the bar offers: from seconds for a wall, to a day for a report. */
export const REFRESHES: readonly string[] = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"];

/** As often as the shown time has something new. */
export const AUTO_REFRESH = "auto";

/** Points that a chart has room for: more often than one of them is new, nothing changes. */
const AUTO_POINTS = 1_000;

export function autoRefresh(rangeMs: number): number {
  return Math.max(5_000, roundStep(rangeMs / AUTO_POINTS));
}

const REFRESH_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest wait that a timer of the browser knows. */
const LONGEST_TIMER_MS = 2_147_483_647;

export function parseSearch(query: string): Record<string, unknown> {
  // Names such as `constructor`, which every object has, are names like any other.
  const result = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = result.get(name);
    if (known === undefined) result.set(name, value);
    else if (typeof known === "string") result.set(name, [known, value]);
    else known.push(value);
  }
  return Object.fromEntries(result);
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value)) for (const one of value) params.append(name, String(one));
    else params.append(name, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The one text of a parameter, or undefined; of a repeated one the last counts. */
export function oneText(value: unknown): string | undefined {
  const single = Array.isArray(value) ? value.at(-1) : value;
  return typeof single === "string" && single !== "" ? single : undefined;
}

export function manyTexts(value: unknown): string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one): one is string => typeof one === "string");
}

/** Tenant names as the server allows them; anything else is dropped here instead of failing every request. */
const TENANT = /^[A-Za-z0-9!._*'()|-]{1,150}$/;

export function validateShellSearch(search: Record<string, unknown>): ShellSearch {
  const tenant = oneText(search.tenant);
  const refresh = oneText(search.refresh);
  const result: ShellSearch = {};
  const from = oneText(search.from);
  const to = oneText(search.to);
  if (from !== undefined) result.from = from;
  if (to !== undefined) result.to = to;
  if (isRefresh(refresh)) result.refresh = refresh;
  if (tenant !== undefined && TENANT.test(tenant)) result.tenant = tenant;
  return result;
}

export function isRefresh(text: string | undefined): text is string {
  return text === AUTO_REFRESH || refreshMillis(text) !== undefined;
}

/** `10s`, `1m`, `2h`, `1d` as milliseconds; undefined when it is off or not a duration, or below one second. */
export function refreshMillis(text: string | undefined): number | undefined {
  const found = /^(\d{1,4})([smhd])$/.exec(text ?? "");
  if (found === null) return undefined;
  const millis = Number(found[1]) * (REFRESH_MS[found[2] ?? ""] ?? 0);
  return millis >= 1_000 ? Math.min(millis, LONGEST_TIMER_MS) : undefined;
}
