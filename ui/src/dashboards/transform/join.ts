// Tables side by side, their rows matched by the values of one column. Pure.
//
//   outer         every value once, in its row what each table says of it; of rows that repeat a value, the last. For time.
//   outerTabular  every row: those of one value in all their combinations, with gaps where a table has none
//   inner         the same, and only values that all tables have
import { text } from "../../api/decode";
import type { DataFrame, Field } from "../data/frame";
import { findField } from "./columns";
import type { Step } from "./transform";

/** Rows that repeat a value multiply: more than this is no table that anybody reads. */
const MOST_ROWS = 50_000;

interface Part {
  readonly frame: DataFrame;
  readonly key: Field;
  /** The rows of each value of the key. */
  readonly rows: ReadonlyMap<unknown, readonly number[]>;
}

/** A row of the answer: its row in each table, undefined where the table has none. */
type Match = readonly (number | undefined)[];

export const joinByField: Step = (frames, options, say) => {
  const asked = text(options.byField);
  const parts = frames.flatMap((frame): Part[] => {
    const key = asked === "" ? frame.fields.find((one) => one.type === "time") : findField(frame, asked);
    return key === undefined ? [] : [{ frame, key, rows: rowsOf(key) }];
  });
  const first = parts[0];
  if (first === undefined || frames.length < 2) return [...frames];
  const { values, matches, isCut } = matched(parts, text(options.mode), first.key.type === "time");
  if (isCut) say(`The joined rows are more than ${MOST_ROWS}; only the first of them are shown.`);
  const seen = new Map<string, number>();
  const columns = parts.flatMap(({ frame, key }, table) =>
    frame.fields
      .filter((one) => one !== key)
      .map((one) => ({ ...one, name: distinctName(seen, one.name), values: valuesAt(one, matches, table) })),
  );
  return [{ refId: first.frame.refId, fields: [{ ...first.key, values }, ...columns] }];
};

function rowsOf(key: Field): Map<unknown, number[]> {
  const rows = new Map<unknown, number[]>();
  key.values.forEach((value, row) => {
    const known = rows.get(value);
    if (known === undefined) rows.set(value, [row]);
    else known.push(row);
  });
  return rows;
}

function matched(parts: readonly Part[], mode: string, isTime: boolean) {
  const keys = [...new Set(parts.flatMap(({ rows }) => [...rows.keys()]))].filter(
    (key) => mode !== "inner" || parts.every(({ rows }) => rows.has(key)),
  );
  if (isTime) keys.sort((a, b) => Number(a) - Number(b));
  const isEach = mode === "inner" || mode === "outerTabular";
  const values: unknown[] = [];
  const matches: Match[] = [];
  for (const key of keys) {
    const own = parts.map(({ rows }) => rows.get(key));
    const found = isEach ? combined(own, MOST_ROWS - matches.length) : [own.map((rows) => rows?.at(-1))];
    for (const match of found) {
      values.push(key);
      matches.push(match);
    }
    if (matches.length >= MOST_ROWS) return { values, matches, isCut: true };
  }
  return { values, matches, isCut: false };
}

/** Every row of the one table with every row of the next; a table without a row leaves a gap. */
function combined(tables: readonly (readonly number[] | undefined)[], most: number): Match[] {
  let found: Match[] = [[]];
  for (const rows of tables) {
    found = found.flatMap((before) => (rows ?? [undefined]).map((row) => [...before, row])).slice(0, most);
  }
  return found;
}

function valuesAt(field: Field, matches: readonly Match[], table: number): unknown[] {
  return matches.map((match) => {
    const row = match[table];
    return row === undefined ? null : (field.values[row] ?? null);
  });
}

/** `Time`, `Time 1`, `Time 2`: later columns of one name are counted. */
function distinctName(seen: Map<string, number>, name: string): string {
  const many = seen.get(name) ?? 0;
  seen.set(name, many + 1);
  return many === 0 ? name : `${name} ${many}`;
}
