// What a table shows of a frame: its columns, and the tables within rows. Pure.
import { number, record, text } from "../../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength, plainValue } from "../../data/frame";
import { type Bounds, boundsOf, shownText, showValue } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import { type Look, lookOf } from "./cells/looks";
import { wishOf } from "./widths";

export interface Column {
  readonly field: Field;
  /** Its place among the columns that are shown. */
  readonly place: number;
  readonly name: string;
  readonly config: FieldOptions;
  readonly bounds: Bounds;
  readonly look: Look;
  /** Pixels; undefined as fits. */
  readonly width: number | undefined;
  readonly minWidth: number | undefined;
  readonly wish: number;
  readonly align: "left" | "center" | "right";
  readonly filterable: boolean;
  readonly inspect: boolean;
  readonly wrapHead: boolean;
  readonly hasHead: boolean;
  /** The columns that tell more of its cells when one points at them, and the style of its cells. */
  readonly tip: Column | undefined;
  readonly style: Field | undefined;
}

/** Series side by side as one table each; frames of one point a series as one row a series. */
export function tables(frames: readonly DataFrame[]): DataFrame[] {
  return frames
    .filter((one) => one.fields.length > 0 && frameLength(one) > 0)
    .flatMap((frame) => {
      const values = frame.fields.filter((one) => one.type === "number" && one.labels !== undefined);
      const time = frame.fields.find((one) => one.type === "time");
      if (values.length < 2 || time === undefined || values.length + 1 !== frame.fields.length) return [frame];
      return values.slice(0, 100).map((one) => ({ refId: frame.refId, fields: [time, one] }));
    });
}

export function tableName(frame: DataFrame, index: number): string {
  const value = frame.fields.findLast((one) => one.type === "number" || one.type === "frame");
  return value === undefined ? `Table ${index + 1}` : (displayNames([frame]).get(value) ?? `Table ${index + 1}`);
}

/** `hidden`, as it was, or hidden from the picture, as it is now. Tables within rows are no column. */
function isShown({ type, name, config: { custom } }: Field): boolean {
  const hidden = custom.hidden === true || custom.hidden === "true" || record(custom.hideFrom).viz === true;
  return type !== "frames" && name !== "entry" && !hidden;
}

export function hasColumns(frame: DataFrame): boolean {
  return frame.fields.some(isShown);
}

export function columnsOf(frame: DataFrame): Column[] {
  const names = displayNames([frame]);
  const nameOf = (field: Field) =>
    field.labels === undefined && field.config.displayName === undefined
      ? field.name
      : (names.get(field) ?? field.name);
  const all = frame.fields
    .filter((field) => field.type !== "frames" && field.name !== "entry")
    .map((field) => columnOf(field, nameOf(field)));
  const named = (name: unknown) =>
    text(name) === "" ? undefined : all.find((one) => one.field.name === name || one.name === name);
  return all
    .filter((one) => isShown(one.field))
    .map((one, place) => {
      const { tooltip, styleField } = one.config.custom;
      return { ...one, place, tip: named(record(tooltip).field), style: named(styleField)?.field };
    });
}

function columnOf(field: Field, name: string): Column {
  const { custom } = field.config;
  const isPlainTime = field.type === "time" && field.config.unit === undefined;
  const config = isPlainTime ? { ...field.config, unit: "dateTimeAsIso" } : field.config;
  const column = {
    field,
    place: 0,
    name,
    config,
    bounds: boundsOf(field.type === "frame" ? field.values.map(plainValue) : field.values, config),
    look: lookOf(field),
    width: positive(custom.width),
    minWidth: positive(custom.minWidth),
    align: alignOf(text(custom.align, "auto"), field),
    filterable: custom.filterable === true,
    inspect: custom.inspect === true,
    wrapHead: custom.wrapHeaderText === true,
    hasHead: custom.hideHeader !== true,
    tip: undefined,
    style: undefined,
  };
  return { ...column, wish: wishOfColumn(column) };
}

function positive(value: unknown): number | undefined {
  const size = number(value);
  return size === undefined || size <= 0 ? undefined : size;
}

function alignOf(asked: string, field: Field): Column["align"] {
  if (asked === "right" || asked === "center" || asked === "left") return asked;
  return field.type === "number" ? "right" : "left";
}

/** Pixels of what stands beside the words. */
const BESIDE: Readonly<Partial<Record<Look["type"], number>>> = { gauge: 90, sparkline: 130, pill: 24 };
/** Beside the name of a column: its sign, its order, and its filter. */
const HEAD_PX = 26;
const FILTER_PX = 20;

function wishOfColumn(column: Omit<Column, "wish">): number {
  const { field, look } = column;
  const many = Math.min(field.values.length, 100);
  const words = look.words === "hidden" || look.type === "image" ? [] : field.values.slice(0, many);
  return wishOf(
    column.hasHead ? column.name : "",
    words.map((_, row) => widthWords(column, row)),
    HEAD_PX + (column.filterable ? FILTER_PX : 0),
    BESIDE[look.type] ?? 0,
  );
}

/** Words as wide as what the cell shows: chips have room around each of their words, links are told by their titles. */
function widthWords(column: Omit<Column, "wish">, row: number): string {
  const { look, config } = column;
  if (look.type === "data-links") return (config.links ?? []).map((one) => one.title).join("  ");
  const words = wordsOf(column, row);
  return look.type === "pill" ? words.replaceAll(",", "    ") : words;
}

/** What a cell shows, as words. */
export function wordsOf({ field, config, bounds }: Pick<Column, "field" | "config" | "bounds">, row: number): string {
  return shownText(showValue(plainValue(field.values[row] ?? null), config, bounds, true));
}

/** The label that a cell tells of: a column of words under the name that the label has in the answer. */
export function labelOf({ field }: Column, row: number): [name: string, value: string] | undefined {
  const value = field.values[row];
  const isLabel = field.type === "string" && /^[a-zA-Z_]\w*$/.test(field.name);
  return isLabel && typeof value === "string" && value !== "" ? [field.name, value] : undefined;
}

/** Rows of a table within a row beyond this are not drawn; their number is said. */
export const MOST_NESTED = 100;

export interface Nested {
  readonly columns: readonly Column[];
  readonly frame: DataFrame;
  /** Rows that are drawn. */
  readonly rows: number;
  readonly left: number;
  readonly hasHead: boolean;
}

/** The column that holds tables within rows. */
export function nestedField(frame: DataFrame | undefined): Field | undefined {
  return frame?.fields.find((one) => one.type === "frames");
}

/** The tables within one row. */
export function nestedOf(field: Field | undefined, row: number): Nested[] {
  if (field === undefined) return [];
  const frames = field.values[row];
  if (!Array.isArray(frames)) return [];
  return (frames as readonly DataFrame[]).map((frame) => {
    const length = frameLength(frame);
    return {
      columns: columnsOf(frame),
      frame,
      rows: Math.min(MOST_NESTED, length),
      left: Math.max(0, length - MOST_NESTED),
      hasHead: field.config.custom.headers !== false,
    };
  });
}

/** What tells the group of a row from the others, in this answer and the next. */
export function groupOf(field: Field | undefined, row: number): string {
  const frames = field?.values[row];
  const [first] = Array.isArray(frames) ? (frames as readonly DataFrame[]) : [];
  return first?.group ?? String(row);
}

/** Height of the tables within a row, pixels. */
export function nestedHeight(nested: readonly Nested[], rowPx: number): number {
  const lines = nested.reduce((sum, one) => sum + one.rows + (one.hasHead ? 1 : 0) + (one.left > 0 ? 1 : 0), 0);
  return nested.length === 0 ? 0 : lines * rowPx + NESTED_ROOM_PX;
}

/** Above and below them. */
export const NESTED_ROOM_PX = 12;
