// One cell: what it shows, in its colours, with what may be done with its value and what other columns tell of it.
import { Tooltip } from "@mantine/core";
import { type CSSProperties, useState } from "react";
import { IconButton } from "../../../../ui/IconButton";
import { type DataFrame, plainValue } from "../../../data/frame";
import { shownText, showValue } from "../../../field/show";
import type { Lookup } from "../../../variables/interpolate";
import { filledLinks } from "../../links/dataLinks";
import type { PanelProps } from "../../panel";
import { type Column, labelOf } from "../columns";
import { CellBody } from "./CellBody";
import styles from "./cell.module.css";
import { colorOf, jsonText, paintOf, styleOf } from "./looks";

export interface CellProps {
  column: Column;
  row: number;
  frame: DataFrame;
  dark: boolean;
  lookup: Lookup;
  /** Pixels of its column and of a line. */
  width: number;
  rowPx: number;
  /** Of a frozen column: where it stands. */
  left?: number | undefined;
  /** In a table that is walked by keys: what names it, and that it is where one is. */
  id?: string;
  active?: boolean;
  /** Its row has a ground: the cell has the same words. */
  rowPaint?: { readonly background?: string; readonly color?: string } | undefined;
  onInspect?: (() => void) | undefined;
  onFilter?: PanelProps["onFilter"];
}

/** More letters do not fit into a line of any screen. */
const MOST_LETTERS = 1_000;

export function Cell(props: CellProps) {
  const { column, row, frame, dark, lookup, left, rowPaint } = props;
  const [pointed, setPointed] = useState(false);
  const { field, bounds, look, config } = column;
  const value = field.values[row] ?? null;
  const shown = showValue(plainValue(value), config, bounds, dark);
  const all = look.type === "json-view" ? jsonText(value) : shownText(shown);
  // One line shows no more of it; the whole is there to be inspected.
  const wraps = look.wrap || look.type === "markdown";
  const words = !wraps && all.length > MOST_LETTERS ? `${all.slice(0, MOST_LETTERS)}…` : all;
  const isColored = look.type === "color-text" || look.type === "color-background";
  const paint = isColored ? paintOf(look, colorOf(field, column.place, shown, bounds, dark)) : {};
  const links =
    (config.links ?? []).length === 0
      ? []
      : filledLinks({ field, frame, row, value, words: all, name: column.name }, lookup);
  const style: CSSProperties = {
    ...(left === undefined ? {} : { left }),
    ...rowPaint,
    ...paint,
    ...(column.style === undefined ? {} : styleOf(column.style.values[row], dark)),
  };
  const body = (
    <div
      role={props.id === undefined ? undefined : "gridcell"}
      id={props.id}
      className={styles.cell}
      data-type={look.type}
      data-align={column.align}
      data-wrap={wraps}
      data-stuck={left !== undefined}
      data-active={props.active}
      data-tip={column.tip !== undefined}
      style={style}
      title={column.tip === undefined ? words : undefined}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
    >
      <CellBody {...props} value={value} shown={shown} words={words} links={links} />
      {(pointed || props.active === true) && <Tools {...props} />}
    </div>
  );
  if (column.tip === undefined) return body;
  return (
    <Tooltip
      label={<Tip {...props} column={column.tip} />}
      openDelay={150}
      maw={420}
      multiline
      classNames={{ tooltip: styles.tip ?? "" }}
    >
      {body}
    </Tooltip>
  );
}

/** What may be done with the value: it is asked for, left out, or shown whole. Only where one is: there are thousands of cells. */
function Tools({ column, row, onInspect, onFilter }: CellProps) {
  const filter = onFilter === undefined ? undefined : labelOf(column, row);
  const inspects = column.inspect && onInspect !== undefined;
  if (!inspects && filter === undefined) return null;
  return (
    <span className={styles.tools} data-tools>
      {filter !== undefined && (
        <>
          <IconButton icon="plus" label="Filter for this value" size={22} onClick={() => onFilter?.(...filter, "=")} />
          <IconButton
            icon="minus"
            label="Filter out this value"
            size={22}
            onClick={() => onFilter?.(...filter, "!=")}
          />
        </>
      )}
      {inspects && <IconButton icon="search" label={`Inspect ${column.name}`} size={22} onClick={onInspect} />}
    </span>
  );
}

/** What another column tells of this row. */
function Tip({ column, ...rest }: CellProps) {
  return (
    <Cell
      {...rest}
      column={{ ...column, tip: undefined, inspect: false, align: "left" }}
      width={260}
      left={undefined}
    />
  );
}
