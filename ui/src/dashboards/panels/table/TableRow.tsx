// One row of a table, with the tables within it below while it is open.
import { count } from "../../../format/number";
import { IconButton } from "../../../ui/IconButton";
import type { DataFrame } from "../../data/frame";
import type { Lookup } from "../../variables/interpolate";
import styles from "../panels.module.css";
import { Cell } from "./Cell";
import { type Column, columnsTemplate, type Nested } from "./columns";

interface Props {
  frame: DataFrame;
  row: number;
  columns: readonly Column[];
  template: string;
  rowPx: number;
  dark: boolean;
  lookup: Lookup;
  /** Undefined: rows of this table hold none. */
  nested: { readonly open: boolean; readonly tables: readonly Nested[]; readonly onToggle: () => void } | undefined;
}

export function TableRow({ frame, row, columns, template, rowPx, dark, lookup, nested }: Props) {
  return (
    <>
      <div className={styles.tableCells} style={{ gridTemplateColumns: template, height: rowPx }}>
        {nested !== undefined && (
          <IconButton
            icon={nested.open ? "down" : "right"}
            label={nested.open ? "Hide the rows of this group" : "Show the rows of this group"}
            size={24}
            active={nested.open}
            onClick={nested.onToggle}
          />
        )}
        {columns.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
          <Cell key={index} column={one} row={row} frame={frame} dark={dark} lookup={lookup} />
        ))}
      </div>
      {nested?.open === true &&
        nested.tables.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a table is its place
          <NestedTable key={index} nested={one} rowPx={rowPx} dark={dark} lookup={lookup} />
        ))}
    </>
  );
}

interface NestedProps {
  nested: Nested;
  rowPx: number;
  dark: boolean;
  lookup: Lookup;
}

function NestedTable({ nested, rowPx, dark, lookup }: NestedProps) {
  const { columns, frame, rows, left, hasHead } = nested;
  const template = columnsTemplate(columns);
  return (
    <div className={styles.nested} data-testid="nested-table">
      {hasHead && (
        <div className={styles.nestedHead} style={{ gridTemplateColumns: template, height: rowPx }}>
          {columns.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
            <span key={index} className={styles.tableCell} data-right={one.right}>
              {one.name}
            </span>
          ))}
        </div>
      )}
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
        <div key={row} className={styles.tableCells} style={{ gridTemplateColumns: template, height: rowPx }}>
          {columns.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
            <Cell key={index} column={one} row={row} frame={frame} dark={dark} lookup={lookup} />
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
