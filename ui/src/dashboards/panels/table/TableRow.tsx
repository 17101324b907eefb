// One row of a table, with the tables within it below while it is open.
// biome-ignore-all lint/a11y/useSemanticElements: rows that are made while one scrolls have no place in a <table>
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the cell that is meant
import { memo } from "react";
import { count } from "../../../format/number";
import { IconButton } from "../../../ui/IconButton";
import type { DataFrame } from "../../data/frame";
import { showValue } from "../../field/show";
import type { Lookup } from "../../variables/interpolate";
import type { PanelProps } from "../panel";
import { Cell } from "./cells/Cell";
import cellStyles from "./cells/cell.module.css";
import { colorOf, type Paint, paintOf } from "./cells/looks";
import type { Column, Nested } from "./columns";
import styles from "./table.module.css";
import { widthsOf } from "./widths";

export interface RowProps {
  frame: DataFrame;
  row: number;
  /** Its place in the table as it is shown. */
  place: number;
  columns: readonly Column[];
  widths: readonly number[];
  stuck: readonly (number | undefined)[];
  template: string;
  rowPx: number;
  mostPx: number | undefined;
  dark: boolean;
  lookup: Lookup;
  /** What names its cells, and the column where one is. */
  grid: string;
  active: number | undefined;
  /** Undefined: rows of this table hold none. */
  nested: { readonly open: boolean; readonly tables: readonly Nested[] } | undefined;
  onToggle: (row: number) => void;
  onInspect: (row: number, column: number) => void;
  onFilter: PanelProps["onFilter"];
}

export const TableRow = memo(function TableRow(props: RowProps) {
  const { frame, row, place, columns, widths, stuck, template, rowPx, dark, lookup, nested } = props;
  const paint = paintOfRow(columns, row, dark);
  const room = widths.reduce((sum, one) => sum + one, 0);
  return (
    <>
      <div
        role="row"
        aria-rowindex={place + 2}
        className={styles.cells}
        style={{ gridTemplateColumns: template, minHeight: rowPx, maxHeight: props.mostPx }}
        data-painted={paint !== undefined}
      >
        {nested !== undefined && (
          <IconButton
            icon={nested.open ? "down" : "right"}
            label={nested.open ? "Hide the rows of this group" : "Show the rows of this group"}
            size={24}
            active={nested.open}
            onClick={() => props.onToggle(row)}
          />
        )}
        {columns.map((one, at) => (
          <Cell
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
            key={at}
            id={`${props.grid}-${place}-${at}`}
            column={one}
            row={row}
            frame={frame}
            dark={dark}
            lookup={lookup}
            width={widths[at] ?? 0}
            rowPx={rowPx}
            left={stuck[at]}
            active={props.active === at}
            rowPaint={paint}
            onInspect={() => props.onInspect(row, at)}
            onFilter={props.onFilter}
          />
        ))}
      </div>
      {nested?.open === true &&
        nested.tables.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a table is its place
          <NestedTable key={index} nested={one} room={room} rowPx={rowPx} dark={dark} lookup={lookup} />
        ))}
    </>
  );
});

/** The ground that one of the columns gives to the whole row. */
function paintOfRow(columns: readonly Column[], row: number, dark: boolean): Paint | undefined {
  const column = columns.find((one) => one.look.wholeRow);
  if (column === undefined) return undefined;
  const { field, look, bounds, config, place } = column;
  const paint = paintOf(
    look,
    colorOf(field, place, showValue(field.values[row] ?? null, config, bounds, dark), bounds, dark),
  );
  return paint.background === undefined ? undefined : paint;
}

/** What a table within a row has on its sides. */
const NESTED_SIDES_PX = 46;

interface NestedProps {
  nested: Nested;
  room: number;
  rowPx: number;
  dark: boolean;
  lookup: Lookup;
}

function NestedTable({ nested, room, rowPx, dark, lookup }: NestedProps) {
  const { columns, frame, rows, left, hasHead } = nested;
  const widths = widthsOf(columns, room - NESTED_SIDES_PX);
  const template = widths.map((one) => `${one}px`).join(" ");
  return (
    <div className={styles.nested} data-testid="nested-table">
      {hasHead && (
        <div className={styles.nestedHead} style={{ gridTemplateColumns: template, height: rowPx }}>
          {columns.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
            <span key={index} className={cellStyles.cell} data-align={one.align}>
              {one.name}
            </span>
          ))}
        </div>
      )}
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
        <div key={row} className={styles.cells} style={{ gridTemplateColumns: template, height: rowPx }}>
          {columns.map((one, index) => (
            <Cell
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
              key={index}
              column={one}
              row={row}
              frame={frame}
              dark={dark}
              lookup={lookup}
              width={widths[index] ?? 0}
              rowPx={rowPx}
            />
          ))}
        </div>
      ))}
      {left > 0 && (
        <div className={styles.nestedLeft} style={{ height: rowPx }}>
          and {count(left, "more row")}
        </div>
      )}
    </div>
  );
}
