// How wide columns are: those with a width of their own first, what is left shared by what the others hold. Pure.

import type { Look } from "./cells/looks";
import type { Column } from "./columns";

/** No column is narrower than this, however short its words. */
const LEAST_PX = 64;
/** Columns without a least width of their own may shrink down to this before the table scrolls sideways. */
const USUAL_LEAST_PX = 120;
/** Words that wrap stay readable. */
const WRAPPED_LEAST_PX = 180;
/** When so much of what columns need at least is there, they do with it: a table that scrolls by a few pixels is a nuisance. */
const SQUEEZED = 0.85;
/** Longer words do not make a column wider. */
const MOST_PX = 380;
/** A letter of dense text, and the room on both sides of a cell. */
const LETTER_PX = 6.8;
const ROOM_PX = 26;
/** Rows that are looked at: the first ones are those that are seen. */
const SAMPLED = 100;

/** Pixels that a column would like to have. */
export function wishOf(name: string, words: Iterable<string>, headRoom: number, more = 0): number {
  let letters = 0;
  let seen = 0;
  for (const one of words) {
    if (seen >= SAMPLED) break;
    seen += 1;
    letters = Math.max(letters, one.length);
  }
  const own = Math.max(letters * LETTER_PX + more, name.length * LETTER_PX + headRoom) + ROOM_PX;
  return Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, own)));
}

type Shared = Pick<Column, "name" | "width" | "minWidth" | "wish"> & { readonly look: Pick<Look, "wrap"> };

/** Pixels of each column in a table of `room` pixels; more than the room when they do not fit. `dragged` are widths by name that are being tried out. */
export function widthsOf(
  columns: readonly Shared[],
  room: number,
  dragged: ReadonlyMap<string, number> = new Map(),
): number[] {
  const fixed = columns.map((one) => dragged.get(one.name) ?? one.width);
  const free = columns.filter((_, at) => fixed[at] === undefined);
  const left = room - fixed.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const need = (one: Shared) => one.minWidth ?? Math.min(one.wish, one.look.wrap ? WRAPPED_LEAST_PX : USUAL_LEAST_PX);
  const needed = free.reduce((sum, one) => sum + need(one), 0);
  const squeeze = left < needed && left >= needed * SQUEEZED ? left / needed : 1;
  const floor = (one: Shared) => need(one) * squeeze;
  const wish = (one: Shared) => Math.max(one.wish, floor(one));
  const wished = free.reduce((sum, one) => sum + wish(one), 0);
  const least = needed * squeeze;
  // Enough: the rest in equal parts. Too little: all give way, down to their floors.
  const more = left >= wished ? (left - wished) / Math.max(1, free.length) : 0;
  const give = left < wished && wished > least ? Math.min(1, (wished - left) / (wished - least)) : 0;
  let x = 0;
  return columns.map((one, at) => {
    const width = fixed[at] ?? wish(one) + more - give * (wish(one) - floor(one));
    // Whole pixels, so that lines of columns are sharp; what is cut off goes to the next.
    const end = Math.round(x + width);
    const pixels = end - Math.round(x);
    x += width;
    return pixels;
  });
}

/** Where frozen columns stand while the others move under them. */
export function stuckAt(widths: readonly number[], frozen: number, lead: number): (number | undefined)[] {
  let x = lead;
  return widths.map((width, at) => {
    const left = x;
    x += width;
    return at < frozen ? left : undefined;
  });
}
