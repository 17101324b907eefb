// Links that alerts, bookmarks and chats carry from other tools: where they lead here. Pure.
import type { ExploreSearch } from "../explore/search";
import { oneText } from "./search";

/** More graphs than this on one page are not links that people make. */
const MOST_GRAPHS = 12;

type Landing = ExploreSearch & { from?: string; to?: string };

/** `g0.expr=...&g0.tab=1&g0.range_input=2h`, one group of parameters a graph; the first decides view and range. */
export function graphSearch(search: Record<string, unknown>): Landing {
  const q: string[] = [];
  for (let index = 0; index < MOST_GRAPHS; index += 1) {
    const expr = oneText(search[`g${index}.expr`]);
    if (expr !== undefined) q.push(expr);
  }
  const isTable = oneText(search["g0.tab"]) === "1" || oneText(search["g0.tab"]) === "table";
  const length = oneText(search["g0.range_input"]);
  const end = Date.parse(`${oneText(search["g0.end_input"]) ?? ""}Z`);
  const span = length === undefined ? undefined : durationMs(length);
  return {
    signal: "metrics",
    ...(q.length === 0 ? {} : { q }),
    ...(isTable ? { mode: "instant" as const } : {}),
    ...(span === undefined
      ? {}
      : Number.isNaN(end)
        ? { from: `now-${length}`, to: "now" }
        : { from: String(end - span), to: String(end) }),
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 };

/** `2h`, `30m`: one number and one unit, as those links have them. */
function durationMs(text: string): number | undefined {
  const found = /^(\d{1,6})([smhdwy])$/.exec(text);
  return found === null ? undefined : Number(found[1]) * (UNITS[found[2] ?? ""] ?? 0) * 1_000;
}

export const SERVER_PAGES = {
  targets: "targets",
  "service-discovery": "targets",
  config: "configuration",
  "tsdb-status": "cardinality",
  status: "storage",
} as const;

/** What `kiosk` says where one panel stands alone in a page of others. */
export const SOLO = "solo";

/** `panelId` of a page that shows one panel, as it is framed by other pages. */
export function soloSearch({ panelId, ...search }: Record<string, unknown>): Record<string, unknown> {
  return { ...search, viewPanel: oneText(panelId), kiosk: SOLO };
}

/** Apps of other servers whose rooms are here. */
const DRILLED = [
  [/metrics/, "metrics"],
  [/loki|logs/, "logs"],
  [/traces/, "traces"],
] as const;

export function drilledSignal(app: string): "metrics" | "logs" | "traces" | undefined {
  return DRILLED.find(([pattern]) => pattern.test(app))?.[1];
}
