// Value mappings as rows of a form, and back. A mapping of values holds many rows; the others one each. Pure.
// Invariant: toMappings(toRows(x)) says what x says; members nobody here knows stay.
import { type Json, list, number, record, text } from "../../../api/decode";

export type RowKind = "value" | "range" | "regex" | "special";

export interface MappingRow {
  readonly kind: RowKind;
  /** The value, the pattern or the special name. */
  readonly match: string;
  readonly from: string;
  readonly to: string;
  readonly result: Json;
}

export const SPECIALS = ["null", "nan", "null+nan", "true", "false", "empty"] as const;

const EMPTY = { match: "", from: "", to: "" };

export function toRows(value: unknown): MappingRow[] {
  return list(value).flatMap((one): MappingRow[] => {
    const json = record(one);
    const options = record(json.options);
    const result = record(options.result);
    switch (json.type) {
      case "value":
        // Names that are numbers come in their own order: the place of each is said beside it.
        return Object.entries(options)
          .sort(byIndex)
          .map(([match, made]) => ({
            ...EMPTY,
            kind: "value",
            match,
            result: record(made),
          }));
      case "range":
        return [{ ...EMPTY, kind: "range", from: bound(options.from), to: bound(options.to), result }];
      case "regex":
        return [{ ...EMPTY, kind: "regex", match: text(options.pattern), result }];
      case "special":
        return [{ ...EMPTY, kind: "special", match: text(options.match, "null"), result }];
      default:
        return older(json);
    }
  });
}

const byIndex = (a: [string, unknown], b: [string, unknown]) =>
  (number(record(a[1]).index) ?? 0) - (number(record(b[1]).index) ?? 0);

/** Mappings of before: type 1 a value, type 2 a range. */
function older(json: Json): MappingRow[] {
  const result = { text: text(json.text) };
  if (json.type === 2) return [{ ...EMPTY, kind: "range", from: bound(json.from), to: bound(json.to), result }];
  return json.value === undefined ? [] : [{ ...EMPTY, kind: "value", match: text(json.value), result }];
}

const bound = (value: unknown) => (value === null || value === undefined ? "" : String(value));

const limit = (typed: string) => (typed.trim() === "" || Number.isNaN(Number(typed)) ? null : Number(typed));

/** Values that follow each other become one mapping; the order of rows is the order in which they are tried. */
export function toMappings(rows: readonly MappingRow[]): Json[] {
  const made: { type: RowKind; options: Record<string, unknown> }[] = [];
  rows.forEach((row, index) => {
    const result = { ...row.result, index };
    if (row.kind === "value") {
      const last = made.at(-1);
      if (last?.type === "value") last.options[row.match] = result;
      else made.push({ type: "value", options: { [row.match]: result } });
    } else if (row.kind === "range") {
      made.push({ type: "range", options: { from: limit(row.from), to: limit(row.to), result } });
    } else if (row.kind === "regex") made.push({ type: "regex", options: { pattern: row.match, result } });
    else made.push({ type: "special", options: { match: row.match || "null", result } });
  });
  return made;
}
