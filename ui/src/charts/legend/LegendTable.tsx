// A legend: names in a line that wraps, or a table of names and figures, sortable. Of a long one only rows in view are in the page.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type MouseEvent, type ReactNode, useMemo, useRef, useState } from "react";
import styles from "../charts.module.css";
import { afterClick } from "./legendClick";

export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  /** One figure a column; what is no number sorts last. */
  readonly figures: readonly (number | null | undefined)[];
  /** The figures as they are read. */
  readonly texts: readonly string[];
}

export interface LegendSort {
  /** Index of a column; -1 is the name. */
  readonly by: number;
  readonly down: boolean;
}

export interface LegendProps {
  readonly mode: "list" | "table";
  readonly columns: readonly string[];
  readonly entries: readonly LegendEntry[];
  /** Entries beyond this are counted only. */
  readonly limit?: number | undefined;
  /** What stands over the names. */
  readonly title: string;
  readonly sort: LegendSort | undefined;
  readonly columnPx: number;
  readonly style: CSSProperties;
  readonly hidden: ReadonlySet<string>;
  readonly onHide: (hidden: ReadonlySet<string>) => void;
  readonly onPoint: (name: string | undefined) => void;
  readonly testId: string;
}

const ROW_PX = 24;
/** A table of no more rows than this has all of them in the page: to watch what is in view costs more than they do. */
const MOST_PLAIN = 24;
/** Names of a list beyond this are not in the page: the chart's tooltip has them. */
const MOST_LISTED = 200;

export function LegendTable(props: LegendProps) {
  const { mode, entries, hidden, onHide, onPoint } = props;
  const names = entries.map((one) => one.name);
  const entry = (one: LegendEntry) => ({
    type: "button" as const,
    "data-off": hidden.has(one.name),
    title: one.name,
    onClick: (event: MouseEvent) => onHide(afterClick(hidden, names, one.name, event.metaKey || event.ctrlKey)),
    onMouseEnter: () => onPoint(one.name),
    onMouseLeave: () => onPoint(undefined),
    onFocus: () => onPoint(one.name),
    onBlur: () => onPoint(undefined),
  });
  if (mode === "table") return <Table {...props} entry={entry} />;
  const most = Math.min(MOST_LISTED, props.limit ?? MOST_LISTED);
  return (
    <div className={styles.legendList} style={props.style} data-testid={props.testId}>
      {entries.slice(0, most).map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
        <button key={`${one.name} ${index}`} className={styles.listed} {...entry(one)}>
          <Name one={one} />
          {one.texts.map((text, at) => (
            <span key={props.columns[at]} className={styles.figure}>
              {props.columns[at] === "" ? text : `${props.columns[at]}: ${text}`}
            </span>
          ))}
        </button>
      ))}
      {entries.length > most && <span className={styles.figure}>and {entries.length - most} more</span>}
    </div>
  );
}

interface TableProps extends LegendProps {
  readonly entry: (one: LegendEntry) => object;
}

function Table({ columns, entries, title, style, columnPx, testId, entry, ...props }: TableProps) {
  const [chosen, setChosen] = useState<LegendSort>();
  const sort = chosen ?? props.sort;
  const rows = useMemo(() => sortEntries(entries, sort).slice(0, props.limit), [entries, sort, props.limit]);
  const grid = {
    gridTemplateColumns: `minmax(64px, 1fr) repeat(${columns.length}, minmax(0, clamp(56px, 15vw, ${columnPx}px)))`,
  };
  const row = (one: LegendEntry, key: string | number | bigint, top?: number) => (
    <button
      key={key}
      className={styles.row}
      style={top === undefined ? grid : { ...grid, top }}
      data-placed={top !== undefined}
      {...entry(one)}
    >
      <span className={styles.name}>
        <Name one={one} />
      </span>
      {one.texts.map((text, at) => (
        <span key={columns[at]} className={styles.value}>
          {text}
        </span>
      ))}
    </button>
  );
  return (
    <div className={styles.legend} style={style} data-testid={testId}>
      <div className={styles.head} style={grid}>
        {[title, ...columns].map((column, place) => {
          const by = place - 1;
          const isSorted = sort?.by === by;
          return (
            <button
              type="button"
              key={column}
              data-sorted={isSorted}
              onClick={() => setChosen({ by, down: isSorted ? !sort.down : by >= 0 })}
            >
              {column}
              {isSorted ? (sort.down ? " ↓" : " ↑") : ""}
            </button>
          );
        })}
      </div>
      {rows.length <= MOST_PLAIN ? (
        <div className={styles.rows}>{rows.map((one, index) => row(one, index))}</div>
      ) : (
        <RowsInView rows={rows} row={row} />
      )}
    </div>
  );
}

interface RowsInViewProps {
  readonly rows: readonly LegendEntry[];
  readonly row: (one: LegendEntry, key: string | number | bigint, top: number) => ReactNode;
}

function RowsInView({ rows, row }: RowsInViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  return (
    <div className={styles.rows} ref={scroller}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const one = rows[item.index];
          return one === undefined ? null : row(one, item.key, item.start);
        })}
      </div>
    </div>
  );
}

function Name({ one }: { one: LegendEntry }) {
  return (
    <>
      <span className={styles.swatch} style={{ background: one.color }} />
      <span className={styles.clip}>{one.name}</span>
    </>
  );
}

function sortEntries(entries: readonly LegendEntry[], sort: LegendSort | undefined): readonly LegendEntry[] {
  if (sort === undefined) return entries;
  const sign = sort.down ? -1 : 1;
  const figure = (one: LegendEntry) => one.figures[sort.by] ?? Number.NEGATIVE_INFINITY;
  return [...entries].sort((a, b) =>
    sort.by < 0 ? sign * a.name.localeCompare(b.name) : sign * (figure(a) - figure(b)) || 0,
  );
}
