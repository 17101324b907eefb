// Which dashboards Home shows: starred ones by name, then the last opened, then others by name. Pure.
import type { DashboardHit } from "../dashboards/api";

/** Two rows. The page of all dashboards is one key away. */
const MOST_SHOWN = 10;

export function boardsOf(all: readonly DashboardHit[], visited: readonly string[]): DashboardHit[] {
  const rank = (one: DashboardHit) => {
    if (one.starred) return -1;
    const at = visited.indexOf(one.uid);
    return at < 0 ? visited.length : at;
  };
  return [...all].sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title)).slice(0, MOST_SHOWN);
}
