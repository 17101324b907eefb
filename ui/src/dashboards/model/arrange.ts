// Moving and resizing panels on their grid: the one that moves keeps its place, those it meets go down. Pure.
// Invariant: no two panels of the result overlap if none did before, and no panel leaves its section.
import type { Move } from "./document";
import type { Item, Layout } from "./elements/tree";
import { type Dashboard, GRID_COLUMNS, type Panel, type Place } from "./types";

/** The smallest panel, in grid units. */
const LEAST_W = 2;
const LEAST_H = 2;

/** A place moved and grown by whole units, kept on the grid. */
export function movedPlace(place: Place, by: { x?: number; y?: number; w?: number; h?: number }): Place {
  const w = Math.max(LEAST_W, Math.min(GRID_COLUMNS - place.x, place.w + (by.w ?? 0)));
  return {
    w,
    h: Math.max(LEAST_H, place.h + (by.h ?? 0)),
    x: Math.max(0, Math.min(GRID_COLUMNS - w, place.x + (by.x ?? 0))),
    y: Math.max(0, place.y + (by.y ?? 0)),
  };
}

/** The panels that share a grid with one: all of a dashboard with one grid, those of its layout where there are many. */
export function gridOf(dashboard: Dashboard, panel: Panel): readonly Panel[] {
  if (dashboard.layout === undefined) return dashboard.panels;
  const name = panel.path?.at(-1);
  const grid = gridsOf(dashboard.layout).find((items) => items.some((one) => one.element === name));
  const names = new Set<unknown>((grid ?? []).map((one) => one.element));
  return dashboard.panels.filter((one) => names.has(one.path?.at(-1)));
}

function gridsOf(layout: Layout): (readonly Item[])[] {
  if (layout.kind === "grid") return [layout.items];
  return layout.kind === "auto" ? [] : layout.groups.flatMap((one) => gridsOf(one.layout));
}

/** What must change so that `moved` stands at `place`; the panel itself comes first. */
export function arrange(panels: readonly Panel[], moved: Panel, place: Place): Move[] {
  const { section, later, top } = sectionOf(panels, moved);
  const target = { ...place, y: Math.max(top, place.y) };
  const settled: Place[] = [target];
  const moves: Move[] = [{ panel: moved, place: target }];
  const others = section.filter((one) => one !== moved).sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  for (const one of others) {
    let { y } = one.place;
    for (let hit = meets(settled, { ...one.place, y }); hit !== undefined; hit = meets(settled, { ...one.place, y })) {
      y = hit.y + hit.h;
    }
    settled.push({ ...one.place, y });
    if (y !== one.place.y) moves.push({ panel: one, place: { ...one.place, y } });
  }
  const bottom = settled.reduce((most, one) => Math.max(most, one.y + one.h), 0);
  const next = later.reduce((least, one) => Math.min(least, one.place.y), Number.POSITIVE_INFINITY);
  const down = bottom - next;
  if (down > 0) moves.push(...later.map((panel) => ({ panel, place: { ...panel.place, y: panel.place.y + down } })));
  return moves;
}

function meets(settled: readonly Place[], place: Place): Place | undefined {
  return settled.find(
    (one) =>
      one.x < place.x + place.w && place.x < one.x + one.w && one.y < place.y + place.h && place.y < one.y + one.h,
  );
}

interface Section {
  readonly section: readonly Panel[];
  /** Everything below the section. */
  readonly later: readonly Panel[];
  /** The first grid row of the section. */
  readonly top: number;
}

/** The panels that share a grid with `moved`: inside its closed row, between its row heads, or of its layout. */
function sectionOf(panels: readonly Panel[], moved: Panel): Section {
  const row = panels.find((one) => one.panels.includes(moved));
  if (row !== undefined) return { section: row.panels, later: [], top: row.place.y + 1 };
  const sorted = [...panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  const at = sorted.indexOf(moved);
  const head = sorted.findLastIndex((one, index) => index < at && one.type === "row");
  const after = sorted.findIndex((one, index) => index > at && one.type === "row");
  const end = after < 0 ? sorted.length : after;
  return {
    section: sorted.slice(head + 1, end),
    later: sorted.slice(end),
    top: head < 0 ? 0 : (sorted[head]?.place.y ?? 0) + 1,
  };
}
