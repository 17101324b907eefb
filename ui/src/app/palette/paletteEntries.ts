// What the palette can find and how it ranks. Pure.
import type { Signal } from "../../explore/search";

export interface Entry {
  readonly kind: "home" | "explore" | "drilldown" | "dashboards" | "server" | Signal;
  readonly label: string;
  readonly hint: string;
  readonly signal?: Signal;
  readonly q?: string;
  /** Of a dashboard. */
  readonly uid?: string;
}

/** More would not fit on the screen, and typing one more letter is faster than scrolling. */
const MOST_FOUND = 40;

export function staticEntries(): Entry[] {
  return [
    { kind: "home", label: "Home", hint: "page" },
    { kind: "explore", label: "Explore", hint: "page" },
    { kind: "drilldown", label: "Drilldown: metrics, logs and traces without a query", hint: "page" },
    { kind: "dashboards", label: "Dashboards", hint: "page" },
    { kind: "server", label: "Server: cardinality, storage, configuration", hint: "page" },
    { kind: "metrics", label: "Explore metrics", hint: "page", signal: "metrics" },
    { kind: "logs", label: "Explore logs", hint: "page", signal: "logs" },
    { kind: "traces", label: "Explore traces", hint: "page", signal: "traces" },
  ];
}

/** Lower is better: at the start, at a word's start, inside, letters in order; undefined does not match. */
export function score(label: string, text: string): number | undefined {
  const where = label.toLowerCase();
  const what = text.toLowerCase();
  const at = where.indexOf(what);
  if (at === 0) return 0;
  if (at > 0) return /[^a-z0-9]/.test(where[at - 1] ?? "") ? 1 : 2;
  let from = 0;
  for (const letter of what.replaceAll(" ", "")) {
    from = where.indexOf(letter, from) + 1;
    if (from === 0) return undefined;
  }
  return 3;
}

export function findEntries(entries: readonly Entry[], text: string): Entry[] {
  if (text.trim() === "") return entries.slice(0, MOST_FOUND);
  const scored = entries.flatMap((entry, index) => {
    const value = score(entry.label, text.trim());
    return value === undefined ? [] : [{ entry, value, index }];
  });
  scored.sort((a, b) => a.value - b.value || a.index - b.index);
  return scored.slice(0, MOST_FOUND).map((one) => one.entry);
}
