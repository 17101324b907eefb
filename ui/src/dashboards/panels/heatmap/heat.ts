// Cells of a heatmap out of what queries answer: buckets, cumulative (`le`) or not, or plain series whose values are counted. Pure.
import { type DataFrame, displayNames, type Field } from "../../data/frame";
import { type Buckets, edgesOf, niceMs, placeOf } from "./heatBuckets";

export interface HeatRow {
  /** What the row is called; of numbers, what is written at its edge. */
  readonly name: string;
  /** Its edges where its name is a number. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** The field that its counts come from. */
  readonly field: Field | undefined;
  readonly frame: DataFrame | undefined;
}

export interface Heat {
  /** Epoch milliseconds: where each column begins. */
  readonly starts: readonly number[];
  readonly columnMs: number;
  /** From the bottom. */
  readonly rows: readonly HeatRow[];
  /** By row, then column. */
  readonly cells: readonly (readonly (number | null)[])[];
  /** Least and most of all cells; zero where there are none. */
  readonly min: number;
  readonly max: number;
}

export interface HeatAsk {
  /** Values are counted instead of being counts. */
  readonly calculate: boolean;
  readonly x?: Buckets;
  readonly y?: Buckets;
  /** What the names of buckets say: their upper ends, their lower ones, or no numbers at all. */
  readonly layout?: "auto" | "le" | "ge" | "unknown";
  /** Cells of no more, or no less, than this are empty. */
  readonly hideUpTo?: number | undefined;
  readonly hideFrom?: number | undefined;
  /** Rows outside are left out. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

interface Part {
  readonly frame: DataFrame;
  readonly time: Field;
  readonly field: Field;
}

const MOST_ROWS = 400;

export function heatOf(frames: readonly DataFrame[], ask: HeatAsk): Heat | undefined {
  const parts = frames.flatMap((frame): Part[] => {
    const time = frame.fields.find((one) => one.type === "time");
    if (time === undefined || time.values.length === 0) return [];
    return frame.fields.filter((one) => one.type === "number").map((field) => ({ frame, time, field }));
  });
  if (parts.length === 0) return undefined;
  const made = ask.calculate ? counted(parts, ask) : bucketed(parts, ask, displayNames(frames));
  return made === undefined ? undefined : filtered(made, ask);
}

type Bare = Omit<Heat, "min" | "max">;

function filtered({ rows, cells, ...rest }: Bare, ask: HeatAsk): Heat | undefined {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = ask;
  const kept = rows
    .map((_, index) => index)
    .filter((index) => {
      const row = rows[index];
      return (row?.high ?? high) > low && (row?.low ?? low) < high;
    });
  const { hideUpTo = 0, hideFrom = Number.POSITIVE_INFINITY } = ask;
  const shown = kept.map((index) =>
    (cells[index] ?? []).map((one) => (one === null || one <= hideUpTo || one >= hideFrom ? null : one)),
  );
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const row of shown) {
    for (const one of row) {
      if (one === null) continue;
      min = Math.min(min, one);
      max = Math.max(max, one);
    }
  }
  const keptRows = kept.flatMap((index) => rows[index] ?? []);
  return { ...rest, rows: keptRows, cells: shown, min: min > max ? 0 : min, max: min > max ? 0 : max };
}

function endOf(name: string): number {
  return /^\+?inf/i.test(name) ? Number.POSITIVE_INFINITY : name.trim() === "" ? Number.NaN : Number(name);
}

/** All series lie on the times of the first; its columns end at them. */
function bucketed(parts: readonly Part[], ask: HeatAsk, names: ReadonlyMap<Field, string>): Bare {
  const times = (parts[0]?.time.values ?? []).map(Number);
  const columnMs = distanceOf(times);
  const rows = new Map<string, { part: Part; values: (number | null)[] }>();
  // Of the names of buckets only `le` says that each one counts those below it too.
  const cumulative = parts.every(({ field }) => field.labels?.le !== undefined);
  for (const part of parts) {
    const { field } = part;
    const name = field.labels?.le ?? names.get(field) ?? field.name;
    const row = rows.get(name) ?? { part, values: new Array<number | null>(times.length).fill(null) };
    field.values.forEach((value, index) => {
      if (typeof value === "number" && Number.isFinite(value)) row.values[index] = (row.values[index] ?? 0) + value;
    });
    rows.set(name, row);
  }
  const all = [...rows].slice(0, MOST_ROWS);
  const isNumeric = all.every(([name]) => !Number.isNaN(endOf(name)));
  if (isNumeric) all.sort((a, b) => endOf(a[0]) - endOf(b[0]));
  let below: readonly (number | null)[] | undefined;
  const cells = all.map(([, { values }]) => {
    const own = below;
    below = values;
    if (!cumulative || own === undefined) return values;
    return values.map((value, index) => (value === null ? null : Math.max(0, value - (own[index] ?? 0))));
  });
  const edges = isNumeric && ask.layout !== "unknown" ? all.map(([name]) => endOf(name)) : undefined;
  return {
    starts: times.map((at) => at - columnMs),
    columnMs,
    cells,
    rows: all.map(([name, { part }], index): HeatRow => {
      const { field, frame } = part;
      const isLower = ask.layout === "ge";
      const low = edges?.[isLower ? index : index - 1];
      return { name, low, high: edges?.[isLower ? index + 1 : index], field, frame };
    }),
  };
}

function counted(parts: readonly Part[], ask: HeatAsk): Bare | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let many = 0;
  const isLog = ask.y?.log !== undefined;
  eachValue(parts, (at, value) => {
    if (isLog && value <= 0) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
    from = Math.min(from, at);
    to = Math.max(to, at);
    many += 1;
  });
  if (many === 0) return undefined;
  const edges = edgesOf(low, high, many, ask.y ?? {});
  const columnMs = niceMs(from, to, distanceOf((parts[0]?.time.values ?? []).map(Number)), ask.x ?? {});
  const first = Math.floor(from / columnMs) * columnMs;
  const columns = Math.floor((to - first) / columnMs) + 1;
  const cells = edges.slice(1).map(() => new Array<number | null>(columns).fill(null));
  eachValue(parts, (at, value) => {
    const row = cells[placeOf(value, edges)];
    const column = Math.floor((at - first) / columnMs);
    if (row !== undefined && column < columns) row[column] = (row[column] ?? 0) + 1;
  });
  return {
    starts: Array.from({ length: columns }, (_, index) => first + index * columnMs),
    columnMs,
    cells,
    rows: cells.map((_, index): HeatRow => {
      const [bottom, top] = [edges[index], edges[index + 1]];
      return { name: String(top), low: bottom, high: top, field: parts[0]?.field, frame: undefined };
    }),
  };
}

function eachValue(parts: readonly Part[], use: (at: number, value: number) => void): void {
  for (const { time, field } of parts) {
    field.values.forEach((value, index) => {
      const at = time.values[index];
      if (typeof value === "number" && Number.isFinite(value) && typeof at === "number") use(at, value);
    });
  }
}

const USUAL_MS = 60_000;

function distanceOf(times: readonly number[]): number {
  const least = times.slice(1).reduce((most, at, index) => {
    const apart = at - (times[index] ?? at);
    return apart > 0 ? Math.min(most, apart) : most;
  }, Number.POSITIVE_INFINITY);
  return Number.isFinite(least) ? least : USUAL_MS;
}
