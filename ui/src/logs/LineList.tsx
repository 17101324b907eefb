// The lines, newest first. Only what is visible is in the page; more is loaded as the end comes near.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { count } from "../format/number";
import { type LogEntry, serviceOf } from "./entry";
import type { Field } from "./fields";
import { markExpressions } from "./filters";
import { LineRow } from "./LineRow";
import styles from "./logs.module.css";

/** One line of 12-pixel text. */
const ROW_PX = 20;
/** Loading starts this many lines before the end is seen. */
const NEAR_END = 60;
const SCROLLED_PX = 40;
/** Rows kept ready on either side: a notch of a mouse wheel is five. */
const OVERSCAN = 10;

interface Props {
  entries: readonly LogEntry[];
  query: string;
  wrap: boolean;
  /** What stands under the last line when no more will come. */
  footer: string;
  hasMore: boolean;
  isLoadingMore: boolean;
  onMore: () => void;
  onFilter: (field: Field, wanted: boolean) => void;
  onScrolled: (scrolled: boolean) => void;
}

export function LineList({
  entries,
  query,
  wrap,
  footer,
  hasMore,
  isLoadingMore,
  onMore,
  onFilter,
  onScrolled,
}: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState(-1);
  const marks = useMemo(() => markExpressions(query), [query]);
  const hasServices = useMemo(() => {
    const first = entries[0] === undefined ? "" : serviceOf(entries[0]);
    return entries.some((one) => serviceOf(one) !== first);
  }, [entries]);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => entries[index]?.key ?? index,
    overscan: OVERSCAN,
  });
  // Heights that were measured are wrong when lines stop or start to wrap.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list says when heights change
  useEffect(() => virtual.measure(), [wrap]);
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const more = useEffectEvent(() => onMore());
  const isNearEnd = hasMore && lastShown >= entries.length - NEAR_END;
  useEffect(() => {
    if (isNearEnd) more();
  }, [isNearEnd]);

  // One and the same for all rows, so that scrolling renders only the rows that come into view.
  const toggle = useCallback((key: string) => {
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const onKey = (event: KeyboardEvent) => {
    const step =
      event.key === "j" || event.key === "ArrowDown" ? 1 : event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = Math.max(0, Math.min(entries.length - 1, selected + step));
      setSelected(next);
      virtual.scrollToIndex(next);
    } else if (event.key === "Enter" && event.target === event.currentTarget) {
      const entry = entries[selected];
      if (entry !== undefined) toggle(entry.key);
    } else if (event.key === "Escape") setOpen(new Set());
  };
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      data-wrap={wrap}
      data-services={hasServices}
      onKeyDown={onKey}
      onScroll={(event) => onScrolled(event.currentTarget.scrollTop > SCROLLED_PX)}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={count(entries.length, "log line")}
      data-testid="log-lines"
    >
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const entry = entries[item.index];
          if (entry === undefined) return null;
          const isOpen = open.has(entry.key);
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={wrap || isOpen ? virtual.measureElement : undefined}
              className={styles.slot}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <LineRow
                entry={entry}
                open={isOpen}
                selected={item.index === selected}
                service={hasServices ? serviceOf(entry) : undefined}
                marks={marks}
                onToggle={toggle}
                onFilter={onFilter}
              />
            </div>
          );
        })}
      </div>
      <div className={styles.end}>{isLoadingMore ? "Loading older lines" : hasMore ? "" : footer}</div>
    </div>
  );
}
