// Rows and columns: sortable, coloured by their values, with links. Only visible rows are in the page.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { list, number, record, text } from "../../api/decode";
import { useDark } from "../../ui/useDark";
import { type DataFrame, displayNames, type Field, frameLength } from "../data/frame";
import { reduceValues } from "../data/reducers";
import { smallText } from "../field/colors";
import { type Bounds, boundsOf, shownText, showValue } from "../field/show";
import { formatValue } from "../field/units";
import type { PanelLink } from "../model/types";
import { compareValues } from "../transform/columns";
import { interpolate, type Lookup } from "../variables/interpolate";
import { safeHref } from "./compute/links";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const ROW_PX = { sm: 28, md: 34, lg: 42 } as const;

interface Column {
  readonly field: Field;
  readonly name: string;
  readonly bounds: Bounds;
  readonly width: number | undefined;
  readonly right: boolean;
  readonly center: boolean;
  readonly filterable: boolean;
  readonly cell: string;
}

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
    estimateSize: () => rowPx,
    overscan: 10,
  });
  if (frame === undefined || columns.length === 0) return <NoData />;
  const template = columns.map((one) => (one.width === undefined ? "minmax(90px, 1fr)" : `${one.width}px`)).join(" ");
  const least = columns.reduce((sum, one) => sum + (one.width ?? 90), 0);
  const foot = record(panel.options.footer);
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
                style={{ gridTemplateColumns: template, height: rowPx, transform: `translateY(${item.start}px)` }}
              >
                {columns.map((one, index) => (
                  <Cell
                    // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                    key={index}
                    column={one}
                    row={rows[item.index] ?? 0}
                    frame={frame}
                    dark={dark}
                    lookup={lookup}
                  />
                ))}
              </div>
            ))}
          </div>
        </div>
      </div>
      {foot.show === true && (
        <div className={styles.tableFoot} style={{ gridTemplateColumns: template }}>
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

/** What is typed over a column is looked for in what its cells show. */
function isAsked(column: Column, row: number, asks: ReadonlyMap<string, string>): boolean {
  const shown = shownText(showValue(column.field.values[row] ?? null, column.field.config, column.bounds, true));
  return shown.toLowerCase().includes((asks.get(column.name) ?? "").toLowerCase());
}

function footer(column: Column, reducer: string, index: number): string {
  if (column.field.type !== "number") return index === 0 ? "Total" : "";
  const value = reduceValues(column.field.values, reducer);
  return typeof value === "number" ? formatValue(value, column.field.config.unit, column.field.config.decimals) : "";
}

function askedSort(value: unknown): { name: string; down: boolean } | undefined {
  const first = record(list(value)[0]);
  const name = text(first.displayName);
  return name === "" ? undefined : { name, down: first.desc === true };
}

/** Series side by side as one table each; frames of one point a series as one row a series. */
function tables(frames: readonly DataFrame[]): DataFrame[] {
  return frames
    .filter((one) => one.fields.length > 0 && frameLength(one) > 0)
    .flatMap((frame) => {
      const values = frame.fields.filter((one) => one.type === "number" && one.labels !== undefined);
      const time = frame.fields.find((one) => one.type === "time");
      if (values.length < 2 || time === undefined || values.length + 1 !== frame.fields.length) return [frame];
      return values.slice(0, 100).map((one) => ({ refId: frame.refId, fields: [time, one] }));
    });
}

function tableName(frame: DataFrame, index: number): string {
  const value = frame.fields.findLast((one) => one.type === "number");
  return value === undefined ? `Table ${index + 1}` : (displayNames([frame]).get(value) ?? `Table ${index + 1}`);
}

function columnsOf(frame: DataFrame): Column[] {
  const names = displayNames([frame]);
  return frame.fields
    .filter(
      (field) =>
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

interface CellProps {
  column: Column;
  row: number;
  frame: DataFrame;
  dark: boolean;
  lookup: Lookup;
}

function Cell({ column, row, frame, dark, lookup }: CellProps) {
  const { field, bounds, cell } = column;
  const value = field.values[row] ?? null;
  const config =
    field.type === "time" && field.config.unit === undefined
      ? { ...field.config, unit: "dateTimeAsIso" }
      : field.config;
  const shown = showValue(value, config, bounds, dark);
  const words = shownText(shown);
  const filled = cell.startsWith("color-background");
  const isGauge = cell === "gauge" || cell.includes("gauge") || cell === "basic";
  const style = filled
    ? { background: shown.color, color: "#0f1115" }
    : cell === "color-text"
      ? { color: smallText(shown.color) }
      : {};
  const link = field.config.links?.[0];
  const href = link === undefined ? undefined : rowHref(link, frame, field, row, words, lookup);
  if (isGauge && typeof value === "number") {
    const share = Math.max(0, Math.min(1, (value - bounds.min) / (bounds.max - bounds.min)));
    return (
      <span className={styles.tableCell}>
        <span className={styles.cellTrack}>
          <span style={{ width: `${share * 100}%`, background: shown.color ?? "var(--metrics)" }} />
        </span>
        <span style={{ color: smallText(shown.color) }}>{words}</span>
      </span>
    );
  }
  return (
    <span
      className={styles.tableCell}
      data-right={column.right}
      data-center={column.center}
      style={style}
      title={words}
    >
      {href === undefined ? (
        words
      ) : (
        <a href={href} target={link?.newTab === true ? "_blank" : undefined} rel="noreferrer">
          {words}
        </a>
      )}
    </span>
  );
}

function rowHref(
  link: PanelLink,
  frame: DataFrame,
  field: Field,
  row: number,
  words: string,
  lookup: Lookup,
): string | undefined {
  const single = (value: string) => ({ values: [encodeURIComponent(value)], texts: [value], many: false });
  const url = interpolate(
    link.url
      .replaceAll(/\$\{__data\.fields(?:\.([^}[\]:]+)|\[["']?([^\]"']+)["']?\])[^}]*\}/g, (_whole, plain, square) => {
        const name: string = plain ?? square;
        const other = frame.fields.find((one) => one.name === name) ?? frame.fields[Number(name)];
        return encodeURIComponent(String(other?.values[row] ?? ""));
      })
      .replaceAll(/\$\{__value\.(raw|text|numeric)\}/g, (_whole, kind) =>
        encodeURIComponent(kind === "text" ? words : String(field.values[row] ?? "")),
      ),
    (name, inner) =>
      name === "__field"
        ? single(field.labels?.[(inner ?? "").replace("labels.", "")] ?? field.name)
        : lookup(name, inner),
    "plain",
  );
  return safeHref(url);
}
