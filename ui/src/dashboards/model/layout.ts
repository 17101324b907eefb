// From the stored panels to what is on the page: rows open or closed, repeats expanded, everything at its place.
// Invariant: keys are stable over refreshes, so that a panel is not made anew.
import { ALL, type Dashboard, GRID_COLUMNS, type Panel, type Place } from "./types";

export interface PlacedPanel {
  /** `panel-7`, and `panel-7-clone-1` for the second copy of a repeat. */
  readonly key: string;
  readonly panel: Panel;
  readonly place: Place;
  /** Values of repeated variables that hold for this copy. */
  readonly scope: ReadonlyMap<string, string>;
}

/** The values that a repeat over one variable runs through. */
export type ValuesOf = (name: string) => readonly string[];

/** Copies beyond this are left out: nobody reads them, and each one is a query. */
export const MOST_COPIES = 60;

/** One row with the panels under it. */
interface Section {
  readonly head: Panel | undefined;
  readonly panels: readonly Panel[];
}

export function layoutPanels(
  dashboard: Dashboard,
  valuesOf: ValuesOf,
  isOpen: (row: Panel, key: string) => boolean,
): PlacedPanel[] {
  const result: PlacedPanel[] = [];
  let y = 0;
  for (const section of sections(dashboard.panels)) {
    for (const [copy, scope] of copiesOf(section.head, valuesOf).entries()) {
      const key = section.head === undefined ? "" : keyOf(section.head, copy);
      if (section.head !== undefined) {
        result.push({ key, panel: section.head, place: { x: 0, y, w: GRID_COLUMNS, h: 1 }, scope });
        y += 1;
        if (!isOpen(section.head, key)) continue;
      }
      const placed = placeSection(section.panels, valuesOf, scope, key, copy);
      for (const one of placed) result.push({ ...one, place: { ...one.place, y: one.place.y + y } });
      y += placed.reduce((most, one) => Math.max(most, one.place.y + one.place.h), 0);
    }
  }
  return result;
}

function sections(panels: readonly Panel[]): Section[] {
  const sorted = [...panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  const result: { head: Panel | undefined; panels: Panel[] }[] = [{ head: undefined, panels: [] }];
  for (const panel of sorted) {
    if (panel.type === "row") result.push({ head: panel, panels: [...panel.panels] });
    else result.at(-1)?.panels.push(panel);
  }
  return result.filter((one) => one.head !== undefined || one.panels.length > 0);
}

function copiesOf(panel: Panel | undefined, valuesOf: ValuesOf): ReadonlyMap<string, string>[] {
  if (panel === undefined || panel.repeat === "") return [new Map()];
  const values = valuesOf(panel.repeat).filter((one) => one !== ALL);
  if (values.length === 0) return [new Map()];
  return values.slice(0, MOST_COPIES).map((value) => new Map([[panel.repeat, value]]));
}

function keyOf(panel: Panel, copy: number): string {
  return copy === 0 ? `panel-${panel.id}` : `panel-${panel.id}-clone-${copy}`;
}

/** Panels of one section from y = 0; repeats push down what stands below them. */
function placeSection(
  panels: readonly Panel[],
  valuesOf: ValuesOf,
  outer: ReadonlyMap<string, string>,
  rowKey: string,
  rowCopy: number,
): PlacedPanel[] {
  const sorted = [...panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  const top = sorted.reduce((least, one) => Math.min(least, one.place.y), Number.POSITIVE_INFINITY);
  const result: PlacedPanel[] = [];
  let pushed = 0;
  for (const panel of sorted) {
    const copies = copiesOf(panel, valuesOf);
    const base = panel.place.y - top + pushed;
    copies.forEach((scope, copy) => {
      const key = rowCopy === 0 ? keyOf(panel, copy) : `${rowKey}-${keyOf(panel, copy)}`;
      const place = placeCopy(panel, base, copy, copies.length);
      result.push({ key, panel, place, scope: new Map([...outer, ...scope]) });
    });
    if (copies.length > 1) {
      const last = placeCopy(panel, base, copies.length - 1, copies.length);
      pushed += last.y + last.h - (base + panel.place.h);
    }
  }
  return settle(result);
}

/** Panels move up until they meet another: what a closed row or a repeat of one value leaves is no hole. */
function settle(placed: readonly PlacedPanel[]): PlacedPanel[] {
  const floor = new Array<number>(GRID_COLUMNS).fill(0);
  const sorted = [...placed].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  return sorted.map((one) => {
    const { x, w, h } = one.place;
    let y = 0;
    for (let column = x; column < x + w; column += 1) y = Math.max(y, floor[column] ?? 0);
    for (let column = x; column < x + w; column += 1) floor[column] = y + h;
    return { ...one, place: { ...one.place, y } };
  });
}

function placeCopy(panel: Panel, y: number, copy: number, copies: number): Place {
  if (copies === 1) return { ...panel.place, y };
  if (panel.repeatDirection === "v") return { ...panel.place, y: y + copy * panel.place.h };
  const perRow = Math.max(1, Math.min(panel.maxPerRow, copies));
  const w = Math.max(1, Math.floor(GRID_COLUMNS / perRow));
  return { x: (copy % perRow) * w, y: y + Math.floor(copy / perRow) * panel.place.h, w, h: panel.place.h };
}

/** Grid rows of the whole page. */
export function heightOf(placed: readonly PlacedPanel[]): number {
  return placed.reduce((most, one) => Math.max(most, one.place.y + one.place.h), 0);
}
