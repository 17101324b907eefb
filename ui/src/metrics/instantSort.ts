// The order of the rows of now: by value, by query, or by a label. Pure.
import type { Instant } from "../api/matrix";

/** No label has such a name. */
export const VALUE = "\u0000value";
export const LETTER = "\u0000letter";

export interface Sort {
  /** `VALUE`, `LETTER` or a label. */
  readonly by: string;
  readonly down: boolean;
}

interface LetteredInstant {
  readonly letter: string;
  readonly row: Instant;
}

/** Values begin with the highest, words with the first; the third click gives the order of the answer back. */
export function nextSort(sort: Sort | undefined, by: string): Sort | undefined {
  const first = by === VALUE;
  if (sort?.by !== by) return { by, down: first };
  return sort.down === first ? { by, down: !first } : undefined;
}

/** Digits count as numbers, as in `cpu="10"`; what is no number comes last either way. */
export function sortInstants<Row extends LetteredInstant>(rows: readonly Row[], sort: Sort | undefined): Row[] {
  if (sort === undefined) return [...rows];
  const sign = sort.down ? -1 : 1;
  const text = ({ letter, row }: Row) => (sort.by === LETTER ? letter : (row.labels[sort.by] ?? ""));
  return [...rows].sort((a, b) => {
    if (sort.by !== VALUE) return sign * text(a).localeCompare(text(b), undefined, { numeric: true });
    const [one, other] = [a.row.value, b.row.value];
    if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
    return sign * (one - other) || 0;
  });
}
