// Panels of one section at their places: repeats expanded, holes closed. What all layouts share.
// Invariant: keys are stable over refreshes, so that a panel is not made anew.
import type { Facts } from "./elements/conditions";
import type { Path } from "./patch/path";
import { ALL, GRID_COLUMNS, type Panel, type Place } from "./types";

export interface PlacedPanel {
  /** `panel-7`, and `panel-7-clone-1` for the second copy of a repeat. */
  readonly key: string;
  readonly panel: Panel;
  readonly place: Place;
  /** Values of repeated variables that hold for this copy. */
  readonly scope: ReadonlyMap<string, string>;
  /** The row or tab of the document that it stands in. */
  readonly inside?: Path;
  /** A bar of tabs stands here. */
  readonly tabs?: {
    readonly all: readonly {
      readonly key: string;
      readonly title: string;
      readonly scope: ReadonlyMap<string, string>;
    }[];
    readonly chosen: string;
  };
}

/** The values that a repeat over one variable runs through. */
export type ValuesOf = (name: string) => readonly string[];

/** Copies beyond this are left out: nobody reads them, and each one is a query. */
export const MOST_COPIES = 60;

/** What decides which of all panels stand on the page, and where. */
export interface View {
  readonly valuesOf: ValuesOf;
  readonly isOpen: (row: Panel, key: string) => boolean;
  /** The key of the tab that was chosen on a bar. */
  readonly tabOf: (bar: string) => string | undefined;
  /** Every tab, not only the chosen one: to find a panel wherever it is. */
  readonly everything: boolean;
  /** Pixels that the page has for its panels. */
  readonly width: number;
  readonly facts: Facts;
}

/** A view of all there is, wherever it stands. */
export function wholeView(valuesOf: ValuesOf): View {
  return {
    valuesOf,
    isOpen: () => true,
    tabOf: () => undefined,
    everything: true,
    width: WHOLE_PX,
    facts: { valuesOf, rangeMs: 0, durationOf: () => undefined },
  };
}

/** As wide as most pages; only the places depend on it, not what there is. */
const WHOLE_PX = 1_200;

/** One map a copy: the value that the repeated variable has there. */
export function copiesOf(variable: string, valuesOf: ValuesOf): ReadonlyMap<string, string>[] {
  if (variable === "") return [new Map()];
  const values = valuesOf(variable).filter((one) => one !== ALL);
  if (values.length === 0) return [new Map()];
  return values.slice(0, MOST_COPIES).map((value) => new Map([[variable, value]]));
}

export function keyOf(panel: Panel, copy: number): string {
  return copy === 0 ? `panel-${panel.id}` : `panel-${panel.id}-clone-${copy}`;
}

/** Panels of one section from y = 0; repeats push down what stands below them. `prefix` goes before each key. */
export function placeSection(
  panels: readonly Panel[],
  valuesOf: ValuesOf,
  outer: ReadonlyMap<string, string>,
  prefix: string,
): PlacedPanel[] {
  const sorted = [...panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  const top = sorted.reduce((least, one) => Math.min(least, one.place.y), Number.POSITIVE_INFINITY);
  const result: PlacedPanel[] = [];
  let pushed = 0;
  for (const panel of sorted) {
    const copies = copiesOf(panel.repeat, valuesOf);
    const base = panel.place.y - top + pushed;
    copies.forEach((scope, copy) => {
      const key = `${prefix}${keyOf(panel, copy)}`;
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
