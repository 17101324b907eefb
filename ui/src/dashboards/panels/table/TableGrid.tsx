// The rows and columns of one frame: on pages, or one long list of which only what is in sight is in the page.
// biome-ignore-all lint/a11y/useSemanticElements: rows that are made while one scrolls have no place in a <table>
import { type MouseEvent, useCallback, useId, useMemo, useRef, useState } from "react";
import { number, record } from "../../../api/decode";
import { copyText } from "../../../ui/copy/copyText";
import { useCopied } from "../../../ui/copy/useCopied";
import { useDark } from "../../../ui/hooks/useDark";
import { useWidth } from "../../../ui/hooks/useWidth";
import { IconButton } from "../../../ui/IconButton";
import { csvOfColumns } from "../../data/csv";
import type { DataFrame } from "../../data/frame";
import type { PanelProps } from "../panel";
import { InspectCell } from "./cells/InspectCell";
import { nestedField, nestedOf, wordsOf } from "./columns";
import { footOf } from "./feet";
import { measuresOf } from "./measures";
import { Pager, TableFoot } from "./TableFoot";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import styles from "./table.module.css";
import { type Place, useGridKeys } from "./useGridKeys";
import { useRowsInSight } from "./useRowsInSight";
import { useTable } from "./useTable";
import { stuckAt, widthsOf } from "./widths";

/** The column of the buttons that open rows. */
const FOLD_PX = 32;

interface Props extends Pick<PanelProps, "panel" | "lookup" | "height" | "onSetting" | "onFilter"> {
  frame: DataFrame;
}

export function TableGrid({ panel, frame, lookup, height, onSetting, onFilter }: Props) {
  const { options } = panel;
  const dark = useDark();
  const grid = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [host, room] = useWidth();
  const table = useTable(frame, options.sortBy, onSetting);
  const { columns, rows } = table;
  const nests = useMemo(() => nestedField(frame), [frame]);
  const foot = useMemo(() => footOf(columns, rows, options), [columns, rows, options]);
  const measures = measuresOf(options, columns, height, foot?.lines ?? 0);
  const size = measures.page ?? rows.length;
  const pages = Math.max(1, Math.ceil(rows.length / Math.max(1, size)));
  const [asked, setPage] = useState(0);
  const page = Math.min(asked, pages - 1);
  const shown = useMemo(() => rows.slice(page * size, (page + 1) * size), [rows, page, size]);
  const { virtual, isOpen, toggle, isAnyOpen, toggleAll } = useRowsInSight(scroller, shown, nests, measures);

  const lead = nests === undefined ? 0 : FOLD_PX;
  const widths = useMemo(() => widthsOf(columns, room - lead, table.dragged), [columns, room, lead, table.dragged]);
  const frozen = number(record(options.frozenColumns).left) ?? 0;
  const stuck = useMemo(() => stuckAt(widths, frozen, lead), [widths, frozen, lead]);
  const frozenPx = widths.slice(0, frozen).reduce((sum, one) => sum + one, lead);
  const template = `${lead === 0 ? "" : `${lead}px `}${widths.map((one) => `${one}px`).join(" ")}`;
  const whole = widths.reduce((sum, one) => sum + one, lead);

  const [inspected, setInspected] = useState<Place>();
  const inspect = useCallback((row: number, column: number) => setInspected({ row, column }), []);
  const inspectedColumn = inspected === undefined ? undefined : columns[inspected.column];
  const cellOf = ({ row, column }: Place) => document.getElementById(`${grid}-${row}-${column}`);
  const csv = () => {
    const written = columns.map((one) => ({ name: one.name, type: one.field.type, values: one.field.values }));
    return csvOfColumns(written, rows);
  };
  const { active, setActive, onKeyDown } = useGridKeys(
    { rows: shown.length, columns: columns.length, page: measures.seen },
    {
      onGo: (place) => {
        virtual.scrollToIndex(place.row, { align: "auto" });
        requestAnimationFrame(() => cellOf(place)?.scrollIntoView({ block: "nearest", inline: "nearest" }));
      },
      onEnter: (place) => {
        const inside = cellOf(place)?.querySelector<HTMLElement>("a[href], button:not([data-tools] *)");
        if (inside === null || inside === undefined) inspect(shown[place.row] ?? 0, place.column);
        else inside.click();
      },
      onCopy: (place, all) => {
        const column = columns[place.column];
        if (all) void copyText(csv());
        else if (column !== undefined) void copyText(wordsOf(column, shown[place.row] ?? 0));
      },
    },
  );
  const pick = (event: MouseEvent) => {
    const id = (event.target as Element).closest('[role="gridcell"]')?.id ?? "";
    const [row, column] = id
      .slice(grid.length + 1)
      .split("-")
      .map(Number);
    if (row !== undefined && column !== undefined) setActive({ row, column });
  };
  return (
    <>
      <div
        className={styles.scroll}
        ref={scroller}
        style={{ scrollPadding: `${measures.headPx}px 0 ${measures.footPx}px ${frozenPx}px` }}
        data-testid="panel-table"
        role="grid"
        tabIndex={options.disableKeyboardEvents === true ? -1 : 0}
        aria-label={panel.title === "" ? "Table" : panel.title}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={active === undefined ? undefined : `${grid}-${active.row}-${active.column}`}
        onKeyDown={onKeyDown}
        onClick={pick}
      >
        <div ref={host} className={styles.host} />
        {room > 0 && (
          <div style={{ width: Math.max(whole, room) }}>
            {measures.hasHead && (
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
                    ref={measures.wraps ? virtual.measureElement : undefined}
                    data-index={item.index}
                    style={{
                      ...(measures.wraps ? {} : { height: item.size }),
                      transform: `translateY(${item.start - measures.headPx}px)`,
                    }}
                  >
                    <TableRow
                      frame={frame}
                      row={row}
                      place={item.index}
                      columns={columns}
                      widths={widths}
                      stuck={stuck}
                      template={template}
                      rowPx={measures.rowPx}
                      mostPx={measures.mostPx}
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
                      onFilter={onFilter}
                    />
                  </div>
                );
              })}
            </div>
            {rows.length === 0 && <p className={styles.none}>No row passes the filters.</p>}
            {foot !== undefined && (
              <TableFoot foot={foot} columns={columns} stuck={stuck} template={template} hasLead={lead > 0} />
            )}
          </div>
        )}
      </div>
      {measures.page !== undefined && (
        <Pager page={page} pages={pages} size={size} rows={rows.length} onPage={setPage}>
          <CopyRows csv={csv} />
        </Pager>
      )}
      {measures.page === undefined && (
        <div className={styles.copy} style={{ bottom: measures.footPx + 6 }}>
          <CopyRows csv={csv} />
        </div>
      )}
      {inspected !== undefined && inspectedColumn !== undefined && (
        <InspectCell column={inspectedColumn} row={inspected.row} onClose={() => setInspected(undefined)} />
      )}
    </>
  );
}

function CopyRows({ csv }: { csv: () => string }) {
  const [copied, copy] = useCopied();
  const icon = copied ? "check" : "copy";
  return (
    <IconButton icon={icon} label={copied ? "Copied" : "Copy the rows as CSV"} size={24} onClick={() => copy(csv())} />
  );
}
