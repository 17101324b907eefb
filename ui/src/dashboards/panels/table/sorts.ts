// The order of rows: by one column, or by several, the first of them first. Pure.
import { list, record, text } from "../../../api/decode";
import { plainValue } from "../../data/frame";
import { compareValues } from "../../transform/columns";
import type { Column } from "./columns";

export interface Sort {
  readonly name: string;
  readonly down: boolean;
}

/** The order that a dashboard asks for, by the shown names of columns. */
export function readSorts(sortBy: unknown): Sort[] {
  return list(sortBy).flatMap((one) => {
    const { displayName, desc } = record(one);
    const name = text(displayName);
    return name === "" ? [] : [{ name, down: desc === true }];
  });
}

export function writeSorts(sorts: readonly Sort[]): unknown {
  return sorts.map((one) => ({ displayName: one.name, desc: one.down }));
}

/** A click: up, down, as it came. With `more` the column joins those that sort already. */
export function clickedSort(sorts: readonly Sort[], name: string, more: boolean): Sort[] {
  const before = sorts.find((one) => one.name === name);
  const next = before === undefined ? { name, down: false } : before.down ? undefined : { name, down: true };
  if (!more) return next === undefined ? [] : [next];
  if (before === undefined) return [...sorts, { name, down: false }];
  return sorts.flatMap((one) => (one !== before ? [one] : next === undefined ? [] : [next]));
}

export function sortedRows(
  columns: readonly Column[],
  rows: readonly number[],
  sorts: readonly Sort[],
): readonly number[] {
  const by = sorts.flatMap(({ name, down }) => {
    const column = columns.find((one) => one.name === name);
    return column === undefined ? [] : [{ values: column.field.values.map(plainValue), sign: down ? -1 : 1 }];
  });
  if (by.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const { values, sign } of by) {
      const order = compareValues(values[a], values[b]);
      if (order !== 0) return sign * order;
    }
    return a - b;
  });
}
