// The names of the columns: a click sorts, with shift by several; their right edge is dragged to make them wider.
// biome-ignore-all lint/a11y/useSemanticElements: rows that are made while one scrolls have no place in a <table>
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the cell that is meant
import { type PointerEvent, useRef } from "react";
import { Icon, type IconName } from "../../../ui/Icon";
import { IconButton } from "../../../ui/IconButton";
import type { FieldType } from "../../data/frame";
import type { Column } from "./columns";
import { type Ask, type Asks, isEmptyAsk } from "./filter/asks";
import { FilterMenu } from "./filter/FilterMenu";
import type { Sort } from "./sorts";
import styles from "./table.module.css";

interface Props {
  columns: readonly Column[];
  widths: readonly number[];
  stuck: readonly (number | undefined)[];
  template: string;
  sorts: readonly Sort[];
  asks: Asks;
  /** What stands before the first column opens all rows: undefined where rows hold none. */
  fold: { readonly open: boolean; readonly onToggle: () => void } | undefined;
  hasIcons: boolean;
  /** The rows that pass what is asked of the other columns. */
  rowsFor: (column: Column) => readonly number[];
  onSort: (name: string, more: boolean) => void;
  onAsk: (name: string, ask: Ask) => void;
  onDrag: (name: string, width: number, isDone: boolean) => void;
}

export function TableHead(props: Props) {
  const { columns, widths, stuck, template, sorts, asks, fold } = props;
  return (
    <div role="row" aria-rowindex={1} className={styles.head} style={{ gridTemplateColumns: template }}>
      {fold !== undefined && (
        <IconButton
          icon={fold.open ? "down" : "right"}
          label={fold.open ? "Hide the rows of all groups" : "Show the rows of all groups"}
          size={24}
          onClick={fold.onToggle}
        />
      )}
      {columns.map((one, at) => {
        const place = sorts.findIndex((sort) => sort.name === one.name);
        const sort = sorts[place];
        const ask = asks.get(one.name);
        return (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
            key={at}
            role="columnheader"
            aria-colindex={at + 1}
            aria-sort={sort === undefined ? undefined : sort.down ? "descending" : "ascending"}
            className={styles.headCell}
            data-align={one.align}
            data-wrap={one.wrapHead}
            data-stuck={stuck[at] !== undefined}
            style={stuck[at] === undefined ? {} : { left: stuck[at] }}
          >
            {one.hasHead && (
              <button
                type="button"
                className={styles.name}
                title={one.name}
                onClick={(event) => props.onSort(one.name, event.shiftKey || event.ctrlKey || event.metaKey)}
              >
                {props.hasIcons && <TypeIcon type={one.field.type} />}
                <span>{one.name}</span>
                {sort !== undefined && (
                  <span className={styles.sort} aria-hidden="true">
                    {sort.down ? "↓" : "↑"}
                    {sorts.length > 1 && <sub>{place + 1}</sub>}
                  </span>
                )}
              </button>
            )}
            {one.filterable && (
              <FilterMenu
                column={one}
                ask={ask}
                active={ask !== undefined && !isEmptyAsk(ask)}
                rows={() => props.rowsFor(one)}
                onAsk={(next) => props.onAsk(one.name, next)}
              />
            )}
            <Edge
              name={one.name}
              width={widths[at] ?? 0}
              wish={one.wish}
              onDrag={(width, isDone) => props.onDrag(one.name, width, isDone)}
            />
          </div>
        );
      })}
    </div>
  );
}

const TYPE_ICONS: Readonly<Partial<Record<FieldType, IconName>>> = {
  time: "clock",
  boolean: "check",
  frame: "metrics",
  other: "braces",
};
const TYPE_SIGNS: Readonly<Partial<Record<FieldType, string>>> = { number: "#", string: "Aa" };

function TypeIcon({ type }: { type: FieldType }) {
  const icon = TYPE_ICONS[type];
  return (
    <span className={styles.type} role="img" aria-label={type}>
      {icon === undefined ? TYPE_SIGNS[type] : <Icon name={icon} size={12} />}
    </span>
  );
}

/** No column becomes narrower by the mouse. */
const LEAST_PX = 40;

interface EdgeProps {
  name: string;
  width: number;
  /** What a double click makes it: as wide as what it holds. */
  wish: number;
  onDrag: (width: number, isDone: boolean) => void;
}

function Edge({ name, width, wish, onDrag }: EdgeProps) {
  const start = useRef<{ x: number; width: number } | undefined>(undefined);
  const widthAt = (event: PointerEvent) =>
    start.current === undefined ? width : Math.max(LEAST_PX, start.current.width + event.clientX - start.current.x);
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={`Width of ${name}`}
      className={styles.edge}
      data-testid="column-edge"
      onDoubleClick={() => onDrag(wish, true)}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => start.current !== undefined && onDrag(widthAt(event), false)}
      onPointerUp={(event) => {
        if (start.current !== undefined && event.clientX !== start.current.x) onDrag(widthAt(event), true);
        start.current = undefined;
      }}
    />
  );
}
