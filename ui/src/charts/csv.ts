// The values of a chart as CSV: one row a time, one column a series. Gaps are empty cells.
// A name that a spreadsheet would run as a formula is quoted with an apostrophe, as names come from labels. Pure.
import type { Values } from "../api/matrix";

export interface CsvColumn {
  readonly name: string;
  readonly values: Values;
}

/** `times` in epoch seconds; they are written in UTC. */
export function csvText(times: readonly number[], columns: readonly CsvColumn[]): string {
  const head = ["time", ...columns.map((one) => csvCell(one.name))].join(",");
  const rows = times.map((time, index) => {
    const values = columns.map((one) => {
      const value = one.values[index] ?? null;
      return value === null ? "" : String(value);
    });
    return [new Date(time * 1_000).toISOString(), ...values].join(",");
  });
  return [head, ...rows].join("\n");
}

/** A cell that a spreadsheet only reads. */
export function csvCell(name: string): string {
  const safe = /^[=+\-@\t\r]/.test(name) ? `'${name}` : name;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
