// The rows and columns of one frame: on pages, or one long list of which only what is in sight is in the page.
// biome-ignore-all lint/a11y/useSemanticElements: rows that are made while one scrolls have no place in a <table>
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type MouseEvent,
  useCallback,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { number, record, text } from "../../../api/decode";
import { CopyButton } from "../../../ui/CopyButton";
import { useDark } from "../../../ui/useDark";
import { useWidth } from "../../../ui/useWidth";
import { csvOfColumns } from "../../data/csv";
import type { DataFrame } from "../../data/frame";
import type { PanelProps } from "../panel";
import { groupOf, nestedField, nestedHeight, nestedOf, wordsOf } from "./columns";
import { footOf } from "./feet";
import { InspectCell } from "./InspectCell";
import { Pager, TableFoot } from "./TableFoot";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import styles from "./table.module.css";
import { type Place, useGridKeys } from "./useGridKeys";
import { useTable } from "./useTable";
import { stuckAt, widthsOf } from "./widths";

const ROW_PX = { sm: 28, md: 34, lg: 42 } as const;
const HEAD_PX = 30;
const FOOT_LINE_PX = 20;
const PAGER_PX = 34;
/** The column of the buttons that open rows. */
const FOLD_PX = 32;
/** More are not opened by one click. */
const MOST_OPEN = 200;

interface Props extends Pick<PanelProps, "panel" | "lookup" | "height" | "onSetting"> {
  frame: DataFrame;
}

export function TableGrid({ panel, frame, lookup, height, onSetting }: Props) {
  const { options } = panel;
  const dark = useDark();
  const grid = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [host, room] = useWidth();
  const table = useTable(frame, options.sortBy, onSetting);
  const { columns, rows } = table;
  const nests = useMemo(() => nestedField(frame), [frame]);
  const { open, isOpen, toggle, toggleAll, isAnyOpen } = useOpenRows(nests, rows);
  const cellHeight = text(options.cellHeight, "sm");
  const rowPx = ROW_PX[cellHeight === "md" || cellHeight === "lg" ? cellHeight : "sm"];
  const mostPx = number(options.maxRowHeight);
  const wraps = columns.some((one) => one.look.wrap || one.look.type === "markdown");

  const foot = useMemo(() => footOf(columns, rows, options), [columns, rows, options]);
  const hasHead = options.showHeader !== false;
  const chrome = (hasHead ? HEAD_PX : 0) + (foot === undefined ? 0 : foot.lines * FOOT_LINE_PX + 10);
  const hasPages = options.enablePagination === true || record(options.footer).enablePagination === true;
  const size = hasPages ? Math.max(1, Math.floor((height - chrome - PAGER_PX) / (rowPx + 1))) : rows.length;
  const pages = Math.max(1, Math.ceil(rows.length / Math.max(1, size)));
  const [asked, setPage] = useState(0);
  const page = Math.min(asked, pages - 1);
  const shown = useMemo(
    () => (hasPages ? rows.slice(page * size, (page + 1) * size) : rows),
    [rows, hasPages, page, size],
  );

  const lead = nests === undefined ? 0 : FOLD_PX;
  const widths = useMemo(() => widthsOf(columns, room - lead, table.dragged), [columns, room, lead, table.dragged]);
  const stuck = useMemo(
    () => stuckAt(widths, number(record(options.frozenColumns).left) ?? 0, lead),
    [widths, options.frozenColumns, lead],
  );
  const template = `${nests === undefined ? "" : `${FOLD_PX}px `}${widths.map((one) => `${one}px`).join(" ")}`;
  const whole = widths.reduce((sum, one) => sum + one, lead);

  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => shown[index] ?? index,
    estimateSize: (index) => {
      const row = shown[index] ?? 0;
      return rowPx + 1 + (isOpen(row) ? nestedHeight(nestedOf(nests, row), rowPx) : 0);
    },
    scrollPaddingStart: hasHead ? HEAD_PX : 0,
    scrollPaddingEnd: chrome - (hasHead ? HEAD_PX : 0),
    overscan: 10,
  });
  // The heights changed: those that were measured before hold no more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: open rows and the order of rows decide them
  useLayoutEffect(() => virtual.measure(), [open, shown, rowPx]);

  const [inspected, setInspected] = useState<Place>();
  const inspect = useCallback((row: number, column: number) => setInspected({ row, column }), []);
  const cellId = ({ row, column }: Place) => `${grid}-${row}-${column}`;
  const csv = () =>
    csvOfColumns(
      columns.map((one) => ({ name: one.name, type: one.field.type, values: one.field.values })),
      rows,
    );
  const { active, setActive, onKeyDown } = useGridKeys(
    { rows: shown.length, columns: columns.length, page: Math.max(1, Math.floor((height - chrome) / rowPx) - 1) },
    {
      onGo: (place) => {
        virtual.scrollToIndex(place.row, { align: "auto" });
        requestAnimationFrame(() =>
          document.getElementById(cellId(place))?.scrollIntoView({ block: "nearest", inline: "nearest" }),
        );
      },
      onEnter: (place) => {
        const inside = document.getElementById(cellId(place))?.querySelector<HTMLElement>("a[href], button");
        if (inside === null || inside === undefined) inspect(shown[place.row] ?? 0, place.column);
        else inside.click();
      },
      onCopy: (place, all) => {
        const column = columns[place.column];
        const words = all ? csv() : column === undefined ? "" : wordsOf(column, shown[place.row] ?? 0);
        void navigator.clipboard?.writeText(words);
      },
    },
  );
  const pick = (event: MouseEvent) => {
    const cell = (event.target as Element).closest?.('[role="gridcell"]');
    const [row, column] = (cell?.id ?? "")
      .slice(grid.length + 1)
      .split("-")
      .map(Number);
    if (row !== undefined && column !== undefined) setActive({ row, column });
  };
  const inner: CSSProperties = { width: Math.max(whole, room) };
  const inspectedColumn = inspected === undefined ? undefined : columns[inspected.column];
  return (
    <>
      <div
        className={styles.scroll}
        ref={scroller}
        data-testid="panel-table"
        role="grid"
        tabIndex={options.disableKeyboardEvents === true ? -1 : 0}
        aria-label={panel.title === "" ? "Table" : panel.title}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={active === undefined ? undefined : cellId(active)}
        onKeyDown={onKeyDown}
        onClick={pick}
      >
        <div ref={host} className={styles.host} />
        {room > 0 && (
          <div style={inner}>
            {hasHead && (
              <TableHead
                {...table}
                widths={widths}
                stuck={stuck}
                template={template}
                hasIcons={options.showTypeIcons === true}
                fold={nests === undefined ? undefined : { open: isAnyOpen, onToggle: toggleAll }}
              />
            )}
            <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
              {virtual.getVirtualItems().map((item) => {
                const row = shown[item.index] ?? 0;
                return (
                  <div
                    key={item.key}
                    className={styles.row}
                    ref={wraps ? virtual.measureElement : undefined}
                    data-index={item.index}
                    style={{ ...(wraps ? {} : { height: item.size }), transform: `translateY(${item.start}px)` }}
                  >
                    <TableRow
                      frame={frame}
                      row={row}
                      place={item.index}
                      columns={columns}
                      widths={widths}
                      stuck={stuck}
                      template={template}
                      rowPx={rowPx}
                      mostPx={wraps ? mostPx : rowPx}
                      dark={dark}
                      lookup={lookup}
                      grid={grid}
                      active={active?.row === item.index ? active.column : undefined}
                      nested={
                        nests === undefined
                          ? undefined
                          : { open: isOpen(row), tables: isOpen(row) ? nestedOf(nests, row) : [] }
                      }
                      onToggle={toggle}
                      onInspect={inspect}
                    />
                  </div>
                );
              })}
            </div>
            {rows.length === 0 && <p className={styles.none}>No row passes the filters.</p>}
            {foot !== undefined && (
              <TableFoot
                foot={foot}
                columns={columns}
                stuck={stuck}
                template={template}
                hasLead={nests !== undefined}
              />
            )}
          </div>
        )}
      </div>
      {hasPages && <Pager page={page} pages={pages} size={size} rows={rows.length} onPage={setPage} />}
      <div className={styles.copy}>
        <CopyButton label="Copy as CSV" text={csv} />
      </div>
      {inspected !== undefined && inspectedColumn !== undefined && (
        <InspectCell column={inspectedColumn} row={inspected.row} onClose={() => setInspected(undefined)} />
      )}
    </>
  );
}

/** Rows that are open, by their groups: the next answer may have them at other places. */
function useOpenRows(nests: ReturnType<typeof nestedField>, rows: readonly number[]) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const isOpen = (row: number) => open.size > 0 && open.has(groupOf(nests, row));
  const toggle = useCallback(
    (row: number) =>
      setOpen((before) => {
        const next = new Set(before);
        const group = groupOf(nests, row);
        if (!next.delete(group)) next.add(group);
        return next;
      }),
    [nests],
  );
  const isAnyOpen = rows.some(isOpen);
  const toggleAll = () => setOpen(new Set(isAnyOpen ? [] : rows.slice(0, MOST_OPEN).map((row) => groupOf(nests, row))));
  return { open, isOpen, toggle, toggleAll, isAnyOpen };
}
