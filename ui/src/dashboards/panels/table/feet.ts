// What stands under the columns: figures of the rows that are shown, each column its own, or one choice for all as it was before. Pure.
import { type Json, record, texts } from "../../../api/decode";
import { plainValue } from "../../data/frame";
import { reducerLabel, reduceValues } from "../../data/reducers";
import { shownText, showValue } from "../../field/show";
import type { Column } from "./columns";

export interface Figure {
  /** Empty where all figures of the line are of one kind, which the line says. */
  readonly label: string;
  readonly words: string;
}

export interface Foot {
  /** The figures of each column, one under the other. */
  readonly cells: readonly (readonly Figure[])[];
  /** Lines of the tallest cell. */
  readonly lines: number;
}

/** Figures that count things are no values: the unit of the column is not theirs. */
const COUNTS: ReadonlySet<string> = new Set(["count", "countAll", "distinctCount", "changeCount"]);
/** Figures that words have too. */
const OF_WORDS: ReadonlySet<string> = new Set([
  ...COUNTS,
  "first",
  "firstNotNull",
  "last",
  "lastNotNull",
  "allIsNull",
  "uniqueValues",
  "allValues",
]);
/** Longer lists of values are cut. */
const MOST_LETTERS = 200;

export function footOf(columns: readonly Column[], rows: readonly number[], options: Json): Foot | undefined {
  const own = columns.map((one) => texts(record(one.config.custom.footer).reducers));
  if (own.some((one) => one.length > 0)) return ownFoot(columns, rows, own);
  const shared = record(options.footer);
  return shared.show === true ? sharedFoot(columns, rows, shared) : undefined;
}

/** Where every figure is of the same kind and the first column has none, it says the kind, once. */
function ownFoot(columns: readonly Column[], rows: readonly number[], own: readonly (readonly string[])[]): Foot {
  const kinds = new Set(own.flat());
  const [kind = ""] = kinds;
  const isTold = kinds.size === 1 && own[0]?.length === 0;
  return footWith(
    columns.map((column, at) => {
      if (at === 0 && isTold) return [{ label: "", words: reducerLabel(kind) }];
      return (own[at] ?? []).map((id) => ({
        label: isTold ? "" : reducerLabel(id),
        words: figure(column, rows, id),
      }));
    }),
  );
}

/** One choice for all, as it was before: columns of numbers, or those that are named. */
function sharedFoot(columns: readonly Column[], rows: readonly number[], shared: Json): Foot {
  const asked = texts(shared.reducer);
  const reducers = asked.length === 0 ? ["sum"] : asked;
  if (shared.countRows === true && reducers.some((one) => COUNTS.has(one))) {
    return footWith(columns.map((_, at) => (at === 0 ? [{ label: "Count", words: String(rows.length) }] : [])));
  }
  const fields = texts(shared.fields).filter((one) => one !== "");
  const isOf = ({ name, field }: Column) =>
    fields.length === 0 ? field.type === "number" : fields.includes(name) || fields.includes(field.name);
  const isTold = columns[0] !== undefined && !isOf(columns[0]);
  return footWith(
    columns.map((column, at) => {
      if (isOf(column)) {
        return reducers.map((id) => ({ label: isTold ? "" : reducerLabel(id), words: figure(column, rows, id) }));
      }
      return at === 0 ? reducers.map((id) => ({ label: "", words: reducerLabel(id) })) : [];
    }),
  );
}

function footWith(cells: readonly (readonly Figure[])[]): Foot {
  return { cells, lines: cells.reduce((most, one) => Math.max(most, one.length), 0) };
}

function figure({ field, config, bounds }: Column, rows: readonly number[], id: string): string {
  if (field.type !== "number" && field.type !== "frame" && !OF_WORDS.has(id)) return "";
  const value = reduceValues(
    rows.map((row) => plainValue(field.values[row])),
    id,
  );
  if (value === null || value === undefined) return "";
  if (COUNTS.has(id) || typeof value === "boolean") return String(value);
  const words = shownText(showValue(value, config, bounds, true));
  return words.length > MOST_LETTERS ? `${words.slice(0, MOST_LETTERS)}…` : words;
}
