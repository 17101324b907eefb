// Where panels stand on a narrow screen: one below the other, small numbers side by side in pairs. Pure.
export interface Small {
  readonly panel: { readonly type: string | undefined };
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** A part of the row, 0 to 1. */
export interface Share {
  readonly left: number;
  readonly width: number;
}

const WHOLE: Share = { left: 0, width: 1 };
/** A third of the 24 columns: wider panels were meant to be read across. */
const SMALL_COLUMNS = 8;
const NUMBERS: readonly (string | undefined)[] = ["stat", "gauge"];

/** Two numbers beside each other on the wide screen share a row on the narrow one. */
export function narrowShares(placed: readonly Small[]): Share[] {
  const shares: Share[] = [];
  for (let at = 0; at < placed.length; at += 1) {
    const [one, next] = [placed[at], placed[at + 1]];
    if (one !== undefined && next !== undefined && isPair(one, next)) {
      shares.push({ left: 0, width: 0.5 }, { left: 0.5, width: 0.5 });
      at += 1;
    } else shares.push(WHOLE);
  }
  return shares;
}

function isPair(one: Small, next: Small): boolean {
  const isNumber = (small: Small) => NUMBERS.includes(small.panel.type) && small.place.w <= SMALL_COLUMNS;
  return isNumber(one) && isNumber(next) && one.place.y === next.place.y && one.place.h === next.place.h;
}
