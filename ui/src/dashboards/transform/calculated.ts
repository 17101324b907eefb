// New columns out of others: arithmetic of two, a figure of the row, of one column so far, or of a window around each row. Pure.
import { number, record, text, texts } from "../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength, makeField } from "../data/frame";
import { reducerLabel, reduceValues } from "../data/reducers";
import { findField } from "./columns";
import { ensureColumns } from "./joined";
import { isNamed } from "./names";
import type { Step } from "./transform";

type Options = Readonly<Record<string, unknown>>;

/** Answers over the same times are one table first, so that columns of several queries are together. */
export const calculateField: Step = (frames, options, say) => {
  const tables = options.timeSeries === false ? frames : ensureColumns(frames, {}, say);
  return tables.map((frame) => {
    const made = calculated(frame, options);
    if (made.length === 0) return frame;
    if (options.replaceFields !== true) return { ...frame, fields: [...frame.fields, ...made] };
    return { ...frame, fields: [...frame.fields.filter((one) => one.type === "time"), ...made] };
  });
};

const MODES: Readonly<Record<string, (frame: DataFrame, options: Options, alias: string) => readonly Field[]>> = {
  reduceRow,
  binary,
  unary,
  cumulativeFunctions: cumulative,
  windowFunctions: windowed,
  index,
};

function calculated(frame: DataFrame, options: Options): readonly Field[] {
  const mode = text(options.mode, "reduceRow");
  const make = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  return make?.(frame, options, text(options.alias)) ?? [];
}

function rowsOf(frame: DataFrame): number[] {
  return Array.from({ length: frameLength(frame) }, (_, at) => at);
}

const numberColumn = (name: string, values: readonly unknown[]) => makeField(name, "number", values);

function reduceRow(frame: DataFrame, options: Options, alias: string): Field[] {
  const parts = record(options.reduce);
  const included = texts(parts.include);
  const names = displayNames([frame]);
  const fields = frame.fields.filter(
    (one) =>
      one.type === "number" && (included.length === 0 || included.some((name) => isNamed(one, name, names.get(one)))),
  );
  const reducer = text(parts.reducer, "sum");
  const values = rowsOf(frame).map((row) =>
    reduceValues(
      fields.map((one) => one.values[row] ?? null),
      reducer,
    ),
  );
  return [numberColumn(alias || reducerLabel(reducer), values)];
}

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  "^": (a, b) => a ** b,
};

interface Operand {
  readonly name: string;
  readonly at: (row: number) => unknown;
}

/** One column and another, or a number; `byType` on the left is each of all number columns. */
function binary(frame: DataFrame, options: Options, alias: string): Field[] {
  const parts = record(options.binary);
  const sign = text(parts.operator, "+");
  const operation = Object.hasOwn(OPERATIONS, sign) ? OPERATIONS[sign] : undefined;
  const right = operandOf(frame, parts.right);
  if (operation === undefined || right === undefined) return [];
  const isEach = record(record(parts.left).matcher).id === "byType";
  const left = isEach ? eachNumber(frame) : [operandOf(frame, parts.left)];
  return left.flatMap((one) => {
    if (one === undefined) return [];
    const values = rowsOf(frame).map((row) => {
      const [a, b] = [one.at(row), right.at(row)];
      return typeof a === "number" && typeof b === "number" ? operation(a, b) : null;
    });
    return [numberColumn((isEach ? "" : alias) || `${one.name} ${sign} ${right.name}`, values)];
  });
}

function eachNumber(frame: DataFrame): Operand[] {
  const names = displayNames([frame]);
  return frame.fields
    .filter((one) => one.type === "number")
    .map((one) => ({ name: names.get(one) ?? one.name, at: (row) => one.values[row] }));
}

function operandOf(frame: DataFrame, value: unknown): Operand | undefined {
  const json = record(value);
  const name = typeof value === "string" ? value : text(record(json.matcher).options) || text(json.fixed);
  const field = findField(frame, name);
  if (field !== undefined) return { name, at: (row) => field.values[row] };
  const fixed = Number(name);
  return name === "" || Number.isNaN(fixed) ? undefined : { name, at: () => fixed };
}

const FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  exp: Math.exp,
  ln: Math.log,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
};

function unary(frame: DataFrame, options: Options, alias: string): Field[] {
  const parts = record(options.unary);
  const name = text(parts.fieldName);
  const id = text(parts.operator, "abs");
  const field = findField(frame, name);
  const change = Object.hasOwn(FUNCTIONS, id) ? FUNCTIONS[id] : undefined;
  if (field === undefined || change === undefined) return [];
  const values = field.values.map((one) => (typeof one === "number" ? change(one) : null));
  return [numberColumn(alias || `${id}(${name})`, values)];
}

/** The sum of the rows so far, or their mean. */
function cumulative(frame: DataFrame, options: Options, alias: string): Field[] {
  const parts = record(options.cumulative);
  const field = findField(frame, text(parts.field));
  if (field === undefined) return [];
  const reducer = text(parts.reducer, "sum");
  let sum = 0;
  let many = 0;
  const values = field.values.map((one) => {
    if (typeof one === "number" && Number.isFinite(one)) {
      sum += one;
      many += 1;
    }
    return reducer === "mean" ? (many === 0 ? null : sum / many) : sum;
  });
  return [numberColumn(alias || `cumulative ${reducer}(${text(parts.field)})`, values)];
}

/** A tenth of the rows is the usual window. */
const USUAL_WINDOW = 0.1;

/** A figure of the rows before each one and itself, or of those around it. */
function windowed(frame: DataFrame, options: Options, alias: string): Field[] {
  const parts = record(options.window);
  const field = findField(frame, text(parts.field));
  if (field === undefined) return [];
  const reducer = text(parts.reducer, "mean");
  const told = number(parts.windowSize) ?? USUAL_WINDOW;
  const rows = field.values.length;
  const size = Math.max(1, Math.min(rows, Math.ceil(parts.windowSizeMode === "fixed" ? told : told * rows)));
  const isCentred = parts.windowAlignment === "centered";
  const before = isCentred ? Math.floor(size / 2) : size - 1;
  const values = field.values.map((_, row) =>
    reduceValues(field.values.slice(Math.max(0, row - before), row - before + size), reducer),
  );
  const name = `${isCentred ? "centered" : "trailing"} moving ${reducer}(${text(parts.field)})`;
  return [numberColumn(alias || name, values)];
}

/** The number of each row, or its place from 0 to 1. */
function index(frame: DataFrame, options: Options, alias: string): Field[] {
  const rows = rowsOf(frame);
  const isShare = record(options.index).asPercentile === true;
  const values = isShare ? rows.map((row) => row / Math.max(1, rows.length - 1)) : rows;
  return [numberColumn(alias || "Row", values)];
}
