// The legend as a table: last, mean and max of each series, sortable. Click isolates a series, mod+click toggles it.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, useMemo, useRef, useState } from "react";
import styles from "./charts.module.css";
import type { ChartSeries } from "./options";
import { seriesStats } from "./seriesStats";

const ROW_PX = 24;

const COLUMNS = ["name", "last", "mean", "max"] as const;
type Column = (typeof COLUMNS)[number];

interface Props {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  format: (value: number) => string;
  maxHeight: number;
  onHide: (hidden: ReadonlySet<string>) => void;
  onPoint: (name: string | undefined) => void;
}

export function Legend({ series, hidden, format, maxHeight, onHide, onPoint }: Props) {
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: "max", down: true });
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const all = series.map((one) => ({ ...one, ...seriesStats(one.values) }));
    const sign = sort.down ? -1 : 1;
    return all.sort((a, b) => {
      if (sort.by === "name") return sign * a.name.localeCompare(b.name);
      return sign * ((a[sort.by] ?? Number.NEGATIVE_INFINITY) - (b[sort.by] ?? Number.NEGATIVE_INFINITY));
    });
  }, [series, sort]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });

  const click = (event: MouseEvent, name: string) => {
    if (event.metaKey || event.ctrlKey) {
      const next = new Set(hidden);
      if (!next.delete(name)) next.add(name);
      onHide(next);
      return;
    }
    const others = series.filter((one) => one.name !== name).map((one) => one.name);
    const isAlone = !hidden.has(name) && others.every((one) => hidden.has(one));
    onHide(new Set(isAlone ? [] : others));
  };
  const show = (value: number | undefined) => (value === undefined ? "–" : format(value));

  return (
    <div className={styles.legend} ref={scroller} style={{ maxHeight }} data-testid="legend">
      <div className={styles.head}>
        {COLUMNS.map((column) => (
          <button
            type="button"
            key={column}
            data-sorted={sort.by === column}
            onClick={() => setSort({ by: column, down: sort.by === column ? !sort.down : column !== "name" })}
          >
            {column === "name" ? `${series.length} series` : column}
            {sort.by === column ? (sort.down ? " ↓" : " ↑") : ""}
          </button>
        ))}
      </div>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <button
              type="button"
              key={item.key}
              className={styles.row}
              style={{ transform: `translateY(${item.start}px)` }}
              data-off={hidden.has(row.name)}
              onClick={(event) => click(event, row.name)}
              onMouseEnter={() => onPoint(row.name)}
              onMouseLeave={() => onPoint(undefined)}
              title={row.name}
            >
              <span className={styles.name}>
                <span className={styles.swatch} style={{ background: row.color }} />
                <span>{row.name}</span>
              </span>
              <span className={styles.value}>{show(row.last)}</span>
              <span className={styles.value}>{show(row.mean)}</span>
              <span className={styles.value}>{show(row.max)}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
