// Rows and columns; rows of groups open into tables within them. Only what is in sight is in the page.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { list, record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { useDark } from "../../../ui/useDark";
import { frameLength } from "../../data/frame";
import { compareValues } from "../../transform/columns";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";
import {
  askedSort,
  columnsOf,
  columnsTemplate,
  footer,
  groupOf,
  isAsked,
  nestedField,
  nestedHeight,
  nestedOf,
  tableName,
  tables,
} from "./columns";
import { TableRow } from "./TableRow";

const ROW_PX = { sm: 28, md: 34, lg: 42 } as const;
/** The column of the buttons that open rows. */
const FOLD_PX = 32;
/** More are not opened by one click. */
const MOST_OPEN = 200;

export function TablePanel({ panel, frames, lookup, width }: PanelProps) {
  const dark = useDark();
  const [chosen, setChosen] = useState(0);
  const asked = useMemo(() => askedSort(panel.options.sortBy), [panel.options.sortBy]);
  const [sort, setSort] = useState<{ name: string; down: boolean } | undefined>(asked);
  const scroller = useRef<HTMLDivElement>(null);
  const filled = useMemo(() => tables(frames), [frames]);
  const frame = filled[Math.min(chosen, Math.max(0, filled.length - 1))];
  const columns = useMemo(() => (frame === undefined ? [] : columnsOf(frame)), [frame]);
  const [asks, setAsks] = useState<ReadonlyMap<string, string>>(new Map());
  const nests = useMemo(() => nestedField(frame), [frame]);
  // Groups, not rows: the next answer may have them at other places.
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const isOpen = (row: number) => open.size > 0 && open.has(groupOf(nests, row));
  const rows = useMemo(() => {
    const every = Array.from({ length: frame === undefined ? 0 : frameLength(frame) }, (_, index) => index);
    const asked = columns.filter((one) => (asks.get(one.name) ?? "") !== "");
    const all = asked.length === 0 ? every : every.filter((row) => asked.every((one) => isAsked(one, row, asks)));
    const by = columns.find((one) => one.name === sort?.name);
    if (by === undefined) return all;
    const sign = sort?.down === true ? -1 : 1;
    return all.sort((a, b) => sign * compareValues(by.field.values[a], by.field.values[b]));
  }, [frame, columns, sort, asks]);
  const height = text(panel.options.cellHeight, "sm");
  const rowPx = ROW_PX[height === "md" || height === "lg" ? height : "sm"];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const row = rows[index] ?? 0;
      return rowPx + (isOpen(row) ? nestedHeight(nestedOf(nests, row), rowPx) : 0);
    },
    overscan: 10,
  });
  // The heights changed: those that were measured before hold no more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: open rows and the order of rows decide them
  useLayoutEffect(() => virtual.measure(), [open, rows, rowPx]);
  const toggle = (row: number) => {
    const next = new Set(open);
    const group = groupOf(nests, row);
    if (!next.delete(group)) next.add(group);
    setOpen(next);
  };
  if (frame === undefined || columns.length === 0) return <NoData />;
  const template = (nests === undefined ? "" : `${FOLD_PX}px `) + columnsTemplate(columns);
  const least = columns.reduce((sum, one) => sum + (one.width ?? 90), nests === undefined ? 0 : FOLD_PX);
  const foot = record(panel.options.footer);
  const nestedAt = (row: number) =>
    nests === undefined
      ? undefined
      : { open: isOpen(row), tables: isOpen(row) ? nestedOf(nests, row) : [], onToggle: () => toggle(row) };
  const isAnyOpen = rows.some(isOpen);
  const toggleAll = () => setOpen(new Set(isAnyOpen ? [] : rows.slice(0, MOST_OPEN).map((row) => groupOf(nests, row))));
  const lead = nests !== undefined && <span />;
  return (
    <div className={styles.table}>
      {filled.length > 1 && (
        <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))} aria-label="Table">
          {filled.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tables have only their place
            <option key={index} value={index}>
              {tableName(one, index)}
            </option>
          ))}
        </select>
      )}
      <div className={styles.tableScroll} ref={scroller} data-testid="panel-table">
        <div style={{ minWidth: Math.max(least, width - 2) }}>
          {panel.options.showHeader !== false && (
            <div className={styles.tableHead} style={{ gridTemplateColumns: template }}>
              {nests !== undefined && (
                <IconButton
                  icon={isAnyOpen ? "down" : "right"}
                  label={isAnyOpen ? "Hide the rows of all groups" : "Show the rows of all groups"}
                  size={24}
                  onClick={toggleAll}
                />
              )}
              {columns.map((one, index) => (
                <button
                  type="button"
                  // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                  key={`${one.name} ${index}`}
                  data-right={one.right}
                  title={one.name}
                  onClick={() => setSort({ name: one.name, down: sort?.name === one.name ? !sort.down : one.right })}
                >
                  {one.name}
                  {sort?.name === one.name ? (sort.down ? " ↓" : " ↑") : ""}
                </button>
              ))}
            </div>
          )}
          {columns.some((one) => one.filterable) && (
            <div className={styles.tableFilters} style={{ gridTemplateColumns: template }}>
              {lead}
              {columns.map((one, index) =>
                one.filterable ? (
                  <input
                    // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                    key={index}
                    placeholder="Find"
                    aria-label={`Find in ${one.name}`}
                    value={asks.get(one.name) ?? ""}
                    onChange={(event) => setAsks(new Map(asks).set(one.name, event.currentTarget.value))}
                  />
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                  <span key={index} />
                ),
              )}
            </div>
          )}
          <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map((item) => (
              <div
                key={item.key}
                className={styles.tableRow}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                <TableRow
                  frame={frame}
                  row={rows[item.index] ?? 0}
                  columns={columns}
                  template={template}
                  rowPx={rowPx}
                  dark={dark}
                  lookup={lookup}
                  nested={nestedAt(rows[item.index] ?? 0)}
                />
              </div>
            ))}
          </div>
        </div>
      </div>
      {foot.show === true && (
        <div className={styles.tableFoot} style={{ gridTemplateColumns: template }}>
          {lead}
          {columns.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
            <span key={index} data-right={one.right}>
              {footer(one, text(list(foot.reducer)[0], "sum"), index)}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}
