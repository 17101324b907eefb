// How large a text may be to fit its box, and how many boxes fit beside each other. Pure: letters are
// taken as wide as those of the wide fonts that stand in where Inter is not installed.

const NARROW = /[.,:;'|!iljtfr ()[\]]/;
const WIDE = /[mwMW%@]/;

/** Width of a text in parts of its size. */
export function textEm(words: string): number {
  let width = 0;
  for (const one of words) {
    if (NARROW.test(one)) width += 0.42;
    else if (WIDE.test(one)) width += 1;
    else width += one >= "A" && one <= "Z" ? 0.76 : 0.7;
  }
  return width;
}

/** The largest size at which all of `texts` fit `width`, no larger than `most`. */
export function fitText(texts: readonly string[], width: number, most: number): number {
  const widest = texts.reduce((a, one) => Math.max(a, textEm(one)), 0);
  return widest === 0 ? most : Math.min(most, width / widest);
}

export interface Cells {
  readonly columns: number;
  readonly rows: number;
}

/** Cells side by side or under each other; where neither is asked for, whatever keeps them closest to `shape` times as wide as high. */
export function gridOf(count: number, width: number, height: number, orientation: string, shape = 2): Cells {
  if (orientation === "horizontal") return { columns: 1, rows: count };
  if (orientation === "vertical") return { columns: count, rows: 1 };
  let best = { columns: 1, rows: count };
  let badness = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const ratio = width / columns / (height / rows);
    const off = Math.abs(Math.log(ratio / shape)) + (rows * columns - count) * 0.05;
    if (off < badness) {
      badness = off;
      best = { columns, rows };
    }
  }
  return best;
}
