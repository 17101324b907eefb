// The dashboards that were opened last, in this browser. What storage holds is checked like any other input.
import { texts } from "../api/decode";

const KEY = "oriel.visited";
/** A row on Home. */
const MOST_KEPT = 12;

/** The dashboard that a path shows. */
export function dashboardOf(path: string): string | undefined {
  const uid = /\/d\/([^/?#]+)/.exec(path)?.[1];
  try {
    return uid === undefined ? undefined : decodeURIComponent(uid);
  } catch {
    return undefined;
  }
}

export function withVisited(known: readonly string[], uid: string): string[] {
  return [uid, ...known.filter((one) => one !== uid)].slice(0, MOST_KEPT);
}

export function decodeVisited(raw: string | null): string[] {
  try {
    return texts(JSON.parse(raw ?? "[]")).slice(0, MOST_KEPT);
  } catch {
    return [];
  }
}

export function visitedDashboards(): string[] {
  try {
    return decodeVisited(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

export function rememberVisit(path: string): void {
  const uid = dashboardOf(path);
  if (uid === undefined) return;
  try {
    localStorage.setItem(KEY, JSON.stringify(withVisited(visitedDashboards(), uid)));
  } catch {
    // Without storage Home shows only what is starred.
  }
}
