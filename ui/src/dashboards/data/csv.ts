// Tables as CSV that spreadsheets read: times as ISO, and nothing in it that they would run as a formula. Pure.
import { type DataFrame, displayNames, frameLength, plainValue } from "./frame";

function cellOf(value: unknown): string {
  const plain = plainValue(value);
  const text =
    plain === null || plain === undefined ? "" : typeof plain === "object" ? JSON.stringify(plain) : String(plain);
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The time, or the number where no calendar has it. */
function timeOf(ms: number): string | number {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? ms : time.toISOString();
}

/** Columns of names and values, one line a row of `rows`. */
export function csvOfColumns(
  columns: readonly { readonly name: string; readonly type: string; readonly values: readonly unknown[] }[],
  rows: Iterable<number>,
): string {
  const lines = [columns.map((one) => cellOf(one.name)).join(",")];
  for (const row of rows) {
    lines.push(
      columns
        .map(({ type, values }) => {
          const value = values[row];
          return cellOf(type === "time" && typeof value === "number" ? timeOf(value) : value);
        })
        .join(","),
    );
  }
  return lines.join("\n");
}

/** All tables, with an empty line between them. */
export function csvOf(frames: readonly DataFrame[]): string {
  const names = displayNames(frames);
  return frames
    .map((frame) => {
      const columns = frame.fields
        .filter((one) => one.type !== "frames")
        .map((one) => ({ name: names.get(one) ?? one.name, type: one.type, values: one.values }));
      return csvOfColumns(
        columns,
        Array.from({ length: frameLength(frame) }, (_, row) => row),
      );
    })
    .join("\n\n");
}
