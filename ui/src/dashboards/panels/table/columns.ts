// What a table shows of a frame: its columns, which rows are asked for, and the tables within rows. Pure.
import { list, number, record, text } from "../../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength } from "../../data/frame";
import { reduceValues } from "../../data/reducers";
import { type Bounds, boundsOf, shownText, showValue } from "../../field/show";
import { formatValue } from "../../field/units";

export interface Column {
  readonly field: Field;
  readonly name: string;
  readonly bounds: Bounds;
  readonly width: number | undefined;
  readonly right: boolean;
  readonly center: boolean;
  readonly filterable: boolean;
  readonly cell: string;
}

/** What is typed over a column is looked for in what its cells show. */
export function isAsked(column: Column, row: number, asks: ReadonlyMap<string, string>): boolean {
  const shown = shownText(showValue(column.field.values[row] ?? null, column.field.config, column.bounds, true));
  return shown.toLowerCase().includes((asks.get(column.name) ?? "").toLowerCase());
}

export function footer(column: Column, reducer: string, index: number): string {
  if (column.field.type !== "number") return index === 0 ? "Total" : "";
  const value = reduceValues(column.field.values, reducer);
  return typeof value === "number" ? formatValue(value, column.field.config.unit, column.field.config.decimals) : "";
}

export function askedSort(value: unknown): { name: string; down: boolean } | undefined {
  const first = record(list(value)[0]);
  const name = text(first.displayName);
  return name === "" ? undefined : { name, down: first.desc === true };
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
  const value = frame.fields.findLast((one) => one.type === "number");
  return value === undefined ? `Table ${index + 1}` : (displayNames([frame]).get(value) ?? `Table ${index + 1}`);
}

export function columnsOf(frame: DataFrame): Column[] {
  const names = displayNames([frame]);
  return frame.fields
    .filter(
      (field) =>
        field.type !== "frames" &&
        field.config.custom.hidden !== true &&
        record(field.config.custom.hideFrom).viz !== true &&
        field.name !== "entry",
    )
    .map((field) => {
      const custom = field.config.custom;
      const options = record(custom.cellOptions);
      const align = text(custom.align, "auto");
      const name =
        field.config.displayName ?? (field.labels === undefined ? field.name : (names.get(field) ?? field.name));
      return {
        field,
        name,
        bounds: boundsOf(field.values, field.config),
        width: number(custom.width),
        right: align === "right" || (align === "auto" && field.type === "number"),
        center: align === "center",
        filterable: custom.filterable === true,
        cell: text(options.type) || text(custom.displayMode, "auto"),
      };
    });
}

export function columnsTemplate(columns: readonly Column[]): string {
  return columns.map((one) => (one.width === undefined ? "minmax(90px, 1fr)" : `${one.width}px`)).join(" ");
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
