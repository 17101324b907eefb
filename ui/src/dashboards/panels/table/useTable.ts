// What is done to a table while one looks at it: its order, what is asked of its columns, widths that are dragged. In the editor
// the order and the widths become settings of the panel; elsewhere they last as long as the page.
import { useMemo, useState } from "react";
import { type DataFrame, frameLength } from "../../data/frame";
import type { PanelProps } from "../panel";
import { type Column, columnsOf } from "./columns";
import { type Ask, type Asks, askedRows } from "./filter/asks";
import { withWidth } from "./overrides";
import { clickedSort, readSorts, type Sort, sortedRows, writeSorts } from "./sorts";

export interface Table {
  readonly columns: readonly Column[];
  /** The rows that are asked for, in their order. */
  readonly rows: readonly number[];
  readonly sorts: readonly Sort[];
  readonly asks: Asks;
  readonly dragged: ReadonlyMap<string, number>;
  /** The rows that pass what is asked of the other columns. */
  readonly rowsFor: (column: Column) => readonly number[];
  readonly onSort: (name: string, more: boolean) => void;
  readonly onAsk: (name: string, ask: Ask) => void;
  readonly onDrag: (name: string, width: number, isDone: boolean) => void;
}

export function useTable(frame: DataFrame, sortBy: unknown, onSetting: PanelProps["onSetting"]): Table {
  const columns = useMemo(() => columnsOf(frame), [frame]);
  const every = useMemo(() => Array.from({ length: frameLength(frame) }, (_, row) => row), [frame]);
  const written = useMemo(() => readSorts(sortBy), [sortBy]);
  // What was clicked holds until the panel itself is told another order.
  const [clicked, setClicked] = useState<{ on: readonly Sort[]; sorts: readonly Sort[] }>();
  const sorts = clicked?.on === written ? clicked.sorts : written;
  const [asks, setAsks] = useState<Asks>(new Map());
  const [dragged, setDragged] = useState<ReadonlyMap<string, number>>(new Map());
  const asked = useMemo(() => askedRows(columns, every, asks), [columns, every, asks]);
  const rows = useMemo(() => sortedRows(columns, asked, sorts), [columns, asked, sorts]);
  return {
    columns,
    rows,
    sorts,
    asks,
    dragged,
    rowsFor: (column) => {
      const others = new Map(asks);
      others.delete(column.name);
      return askedRows(columns, every, others);
    },
    onSort: (name, more) => {
      const next = clickedSort(sorts, name, more);
      setClicked({ on: written, sorts: next });
      onSetting?.(["options", "sortBy"], () => writeSorts(next));
    },
    onAsk: (name, ask) => setAsks(new Map(asks).set(name, ask)),
    onDrag: (name, width, isDone) => {
      const next = new Map(dragged).set(name, width);
      if (isDone && onSetting !== undefined) {
        next.delete(name);
        onSetting(["fieldConfig", "overrides"], (before) => withWidth(before, name, width));
      }
      setDragged(next);
    },
  };
}
