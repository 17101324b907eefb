// Cells of a heatmap out of what queries answer: cumulative `le` buckets, or plain series that are counted. Pure.
import { type DataFrame, displayNames, type Field } from "../../data/frame";

export interface Heat {
  /** Epoch milliseconds, one column each. */
  readonly times: readonly number[];
  /** Upper ends or names of the rows, from the bottom. */
  readonly rows: readonly string[];
  /** Numbers behind the names, where all of them are numbers. */
  readonly ends: readonly number[] | undefined;
  /** By row, then column. */
  readonly cells: readonly (readonly (number | null)[])[];
  readonly max: number;
}

const COUNTED_ROWS = 20;

export function heatOf(frames: readonly DataFrame[], calculate: boolean): Heat | undefined {
  const parts = frames.flatMap((frame) => {
    const time = frame.fields.find((one) => one.type === "time");
    return time === undefined
      ? []
      : frame.fields.filter((one) => one.type === "number").map((field) => ({ time, field }));
  });
  const first = parts[0];
  if (first === undefined || first.time.values.length === 0) return undefined;
  const times = first.time.values.map(Number);
  const fields = parts.map((one) => one.field);
  return calculate ? counted(times, fields) : bucketed(times, fields, displayNames(frames));
}

function endOf(name: string): number {
  return /^\+?inf/i.test(name) ? Number.POSITIVE_INFINITY : Number(name);
}

function bucketed(times: readonly number[], fields: readonly Field[], names: ReadonlyMap<Field, string>): Heat {
  const rows = new Map<string, (number | null)[]>();
  // Of the names of buckets only `le` says that each one counts those below it too.
  const cumulative = fields.every((one) => one.labels?.le !== undefined);
  for (const field of fields) {
    const name = field.labels?.le ?? names.get(field) ?? field.name;
    const row = rows.get(name) ?? new Array<number | null>(times.length).fill(null);
    field.values.forEach((value, index) => {
      if (typeof value === "number" && Number.isFinite(value)) row[index] = (row[index] ?? 0) + value;
    });
    rows.set(name, row);
  }
  const sorted = [...rows].sort((a, b) => endOf(a[0]) - endOf(b[0]) || a[0].localeCompare(b[0]));
  let below: readonly (number | null)[] | undefined;
  const cells = sorted.map(([, row]) => {
    const own = below;
    below = row;
    if (!cumulative || own === undefined) return row;
    return row.map((value, index) => (value === null ? null : Math.max(0, value - (own[index] ?? 0))));
  });
  const ends = sorted.map(([name]) => endOf(name));
  return {
    times,
    rows: sorted.map(([name]) => name),
    ends: ends.every((one) => !Number.isNaN(one)) ? ends : undefined,
    cells,
    max: highest(cells),
  };
}

function counted(times: readonly number[], fields: readonly Field[]): Heat | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const field of fields) {
    for (const value of field.values) {
      if (typeof value !== "number" || !Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return undefined;
  const step = (high - low) / COUNTED_ROWS || 1;
  const cells = Array.from({ length: COUNTED_ROWS }, () => new Array<number | null>(times.length).fill(null));
  for (const field of fields) {
    field.values.forEach((value, index) => {
      if (typeof value !== "number" || !Number.isFinite(value)) return;
      const row = cells[Math.min(COUNTED_ROWS - 1, Math.floor((value - low) / step))];
      if (row !== undefined && index < row.length) row[index] = (row[index] ?? 0) + 1;
    });
  }
  const ends = cells.map((_, index) => low + (index + 1) * step);
  return { times, rows: ends.map((one) => String(Number(one.toPrecision(4)))), ends, cells, max: highest(cells) };
}

function highest(cells: readonly (readonly (number | null)[])[]): number {
  return cells.reduce((most, row) => row.reduce<number>((a, b) => Math.max(a, b ?? 0), most), 0);
}
