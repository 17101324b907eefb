// Transformations inside frames: new columns, other types, fewer rows, another order.
import { type Json, list, number, record, text } from "../../api/decode";
import {
  type DataFrame,
  displayNames,
  type Field,
  type FieldType,
  frameLength,
  makeField,
  plainValue,
} from "../data/frame";
import { readPattern } from "../variables/options";
import { isNamed } from "./names";
import type { Step } from "./transform";

export function withRows(frame: DataFrame, rows: readonly number[]): DataFrame {
  return {
    ...frame,
    fields: frame.fields.map((one) => ({ ...one, values: rows.map((row) => one.values[row] ?? null) })),
  };
}

function rowsOf(frame: DataFrame): number[] {
  return Array.from({ length: frameLength(frame) }, (_, index) => index);
}

export function findField(frame: DataFrame, name: string): Field | undefined {
  const names = displayNames([frame]);
  return frame.fields.find((one) => isNamed(one, name, names.get(one)));
}

/** One for all comparisons: it takes longer to make than to use. */
const ORDER = new Intl.Collator(undefined, { numeric: true });

export function compareValues(one: unknown, other: unknown): number {
  const [a, b] = [plainValue(one), plainValue(other)];
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  if (typeof a === "number" && typeof b === "number") return a - b || (Number.isNaN(a) ? -1 : 1);
  return ORDER.compare(String(a), String(b));
}

export const sortBy: Step = (frames, options) => {
  const sort = record(list(options.sort)[0]);
  return frames.map((frame) => {
    const field = findField(frame, text(sort.field));
    if (field === undefined) return frame;
    const sign = sort.desc === true ? -1 : 1;
    const rows = rowsOf(frame).sort((a, b) => sign * compareValues(field.values[a], field.values[b]));
    return withRows(frame, rows);
  });
};

export const limit: Step = (frames, options) => {
  const most = number(options.limitField) ?? 10;
  return frames.map((frame) => withRows(frame, rowsOf(frame).slice(0, Math.max(0, most))));
};

export const filterByValue: Step = (frames, options) => {
  const filters = list(options.filters).map(record);
  const keep = options.type !== "exclude";
  const all = options.match === "all";
  return frames.map((frame) => {
    const tests = filters.flatMap((filter) => {
      const field = findField(frame, text(filter.fieldName));
      return field === undefined ? [] : [(row: number) => isTrue(field.values[row], record(filter.config))];
    });
    if (tests.length === 0) return frame;
    const rows = rowsOf(frame).filter((row) => {
      const hit = all ? tests.every((one) => one(row)) : tests.some((one) => one(row));
      return hit === keep;
    });
    return withRows(frame, rows);
  });
};

function isTrue(value: unknown, config: Readonly<Record<string, unknown>>): boolean {
  const options = record(config.options);
  const asked = options.value;
  const size = typeof value === "number" ? value : Number(value);
  const other = Number(asked);
  switch (config.id) {
    case "isNull":
      return value === null || value === undefined;
    case "isNotNull":
      return value !== null && value !== undefined;
    case "equal":
      return String(value) === String(asked);
    case "notEqual":
      return String(value) !== String(asked);
    case "greater":
      return size > other;
    case "greaterOrEqual":
      return size >= other;
    case "lower":
      return size < other;
    case "lowerOrEqual":
      return size <= other;
    case "between":
      return size >= Number(options.from) && size <= Number(options.to);
    case "regex":
      return readPattern(`/${text(asked)}/`)?.test(String(value)) ?? false;
    case "substring":
      return String(value).includes(text(asked));
    case "notSubstring":
      return !String(value).includes(text(asked));
    default:
      return true;
  }
}

/** Columns out of a text column: JSON, `key=value` pairs, a pattern with named groups. */
export const extractFields: Step = (frames, options) => {
  const source = text(options.source);
  return frames.map((frame) => {
    const field = findField(frame, source === "" ? "labels" : source);
    if (field === undefined) return frame;
    const paths = list(options.jsonPaths).map(record);
    const rows = field.values.map((value) => {
      const all = extractOne(value, text(options.format, "auto"), text(options.regExp));
      return paths.length === 0 ? all : atPaths(all, paths);
    });
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const made = names.map((name) => {
      const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null) ?? null);
      const isNumeric = values.every((one) => one === null || typeof one === "number");
      return makeField(name, isNumeric ? "number" : "string", values);
    });
    const time = options.keepTime === true ? frame.fields.filter((one) => one.type === "time") : [];
    return { ...frame, fields: options.replace === true ? [...time, ...made] : [...frame.fields, ...made] };
  });
};

function extractOne(value: unknown, format: string, regExp: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return { ...record(value) };
  const line = String(value ?? "");
  if (format === "regexp") return { ...(readPattern(regExp)?.exec(line)?.groups ?? {}) };
  if (format !== "kvp" && line.trimStart().startsWith("{")) {
    try {
      return { ...record(JSON.parse(line)) };
    } catch {
      // Not JSON: pairs, perhaps.
    }
  }
  const result: Record<string, unknown> = {};
  // A name begins where no other letter of it stands before: else each letter of a long word would be tried.
  for (const pair of line.matchAll(/(?<![\w.-])([\w.-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)) {
    result[pair[1] ?? ""] = pair[2] ?? pair[3] ?? "";
  }
  return result;
}

export const convertFieldType: Step = (frames, options) => {
  const conversions = list(options.conversions).map(record);
  return frames.map((frame) => {
    const names = displayNames([frame]);
    return {
      ...frame,
      fields: frame.fields.map((field) => {
        const asked = conversions.find((one) => isNamed(field, text(one.targetField), names.get(field)));
        const type = CONVERTED.find((one) => one === asked?.destinationType);
        return type === undefined ? field : { ...field, type, values: field.values.map((one) => convert(one, type)) };
      }),
    };
  });
};

/** Values at `a.b[0].c`, under the names that are asked for. */
function atPaths(json: Json, paths: readonly Json[]): Record<string, unknown> {
  return Object.fromEntries(
    paths.flatMap((one) => {
      const path = text(one.path);
      if (path === "") return [];
      const steps = path.split(/[.[\]]+/).filter((step) => step !== "" && step !== "$");
      const found = steps.reduce<unknown>(
        (at, step) => (Array.isArray(at) ? at[Number(step)] : record(at)[step.replaceAll(/^["']|["']$/g, "")]),
        json,
      );
      return [[text(one.alias) || path, found ?? null]];
    }),
  );
}

const CONVERTED: readonly FieldType[] = ["time", "number", "string", "boolean", "other"];

function convert(value: unknown, type: FieldType): unknown {
  if (value === null || value === undefined) return null;
  if (type === "string") return String(value);
  if (type === "boolean") return value === true || value === "true" || (typeof value === "number" && value !== 0);
  if (type === "number") {
    const parsed = typeof value === "number" ? value : Number(value);
    return Number.isNaN(parsed) ? null : parsed;
  }
  if (type === "time") {
    const at = typeof value === "number" ? value : Date.parse(String(value));
    return Number.isNaN(at) ? null : at;
  }
  return value;
}
