// The lines, newest first. Rows are drawn by LineWindow; React only draws what is open below a line. More lines are loaded as
// either end comes near.
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { count } from "../../format/number";
import { useDark } from "../../ui/useDark";
import type { Field } from "../fields";
import { markExpressions } from "../filters";
import styles from "../logs.module.css";
import { LineDetails } from "./LineDetails";
import type { Lines } from "./lines";
import { type OpenLine, useLineWindow } from "./useLineWindow";

/** Loading starts this many lines before an end is seen. */
const NEAR_END = 200;
const SCROLLED_PX = 40;

export interface ListEnd {
  /** Loads more by itself as the end comes near. */
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly onMore: () => void;
  /** What stands at the end. */
  readonly foot: ReactNode;
}

interface Props {
  lines: Lines;
  query: string;
  wrap: boolean;
  pretty: boolean;
  /** Little room: what is the same for most lines is left out. */
  narrow?: boolean;
  older: ListEnd;
  newer: ListEnd;
  onFilter: (field: Field, wanted: boolean) => void;
  onScrolled: (scrolled: boolean) => void;
}

export function LineList({ lines, query, wrap, pretty, narrow = false, older, newer, onFilter, onScrolled }: Props) {
  const dark = useDark();
  const hues = useServiceHues();
  const [open, setOpen] = useState<readonly OpenLine[]>([]);
  const [selected, setSelected] = useState(-1);
  const [ends, setEnds] = useState({ bottom: false, top: false });
  const marks = useMemo(() => markExpressions(query), [query]);
  const look = useMemo(
    () => ({ marks, dark, hues, services: lines.isMixed, wrap, pretty, narrow }),
    [marks, dark, hues, lines.isMixed, wrap, pretty, narrow],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const wasScrolled = useRef(false);
  const list = useLineWindow({ scroller, inner, lines, look, open, selected }, (first, last) => {
    const next = { bottom: last >= lines.size - NEAR_END, top: first <= NEAR_END && wasScrolled.current };
    setEnds((old) => (old.bottom === next.bottom && old.top === next.top ? old : next));
  });

  const { hasMore, isLoading, onMore } = older;
  useEffect(() => {
    if (ends.bottom && hasMore && !isLoading) onMore();
  }, [ends.bottom, hasMore, isLoading, onMore]);
  const { hasMore: hasNewer, isLoading: isLoadingNewer, onMore: onNewer } = newer;
  useEffect(() => {
    if (ends.top && hasNewer && !isLoadingNewer) onNewer();
  }, [ends.top, hasNewer, isLoadingNewer, onNewer]);

  const toggle = (index: number) => {
    const entry = lines.at(index);
    const place = lines.placeOf(index);
    if (entry === undefined || place === undefined) return;
    setOpen((old) => {
      const others = old.filter((one) => one.entry.key !== entry.key);
      if (others.length < old.length) return others;
      return [...old, { entry, place, host: document.createElement("div") }];
    });
  };
  const onClick = (event: MouseEvent) => {
    const slot = (event.target as Element).closest<HTMLElement>("[data-index]");
    const isLine = (event.target as Element).closest("[data-line]") !== null;
    // Marking text with the mouse must not fold the line.
    if (slot === null || !isLine || (getSelection()?.toString() ?? "") !== "") return;
    toggle(Number(slot.dataset.index));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget && event.key !== "Escape") return;
    const step = STEPS[event.key] ?? 0;
    if (step !== 0 || event.key === "Home" || event.key === "End") {
      event.preventDefault();
      const last = lines.size - 1;
      const next = event.key === "Home" ? 0 : event.key === "End" ? last : selected + step;
      const bounded = Math.max(0, Math.min(last, next));
      setSelected(bounded);
      list.current?.scrollTo(bounded);
    } else if (event.key === "Enter") toggle(selected);
    else if (event.key === "Escape") {
      setOpen([]);
      scroller.current?.focus();
    }
  };
  const onScroll = () => {
    list.current?.paint();
    const isScrolled = (scroller.current?.scrollTop ?? 0) > SCROLLED_PX;
    if (isScrolled === wasScrolled.current) return;
    wasScrolled.current = isScrolled;
    onScrolled(isScrolled);
  };
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      data-wrap={wrap || pretty}
      data-services={lines.isMixed}
      data-narrow={narrow}
      onKeyDown={onKey}
      onClick={onClick}
      onScroll={onScroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the list is walked by keys
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={count(lines.size, "log line")}
      aria-description="j and k walk the lines, Enter opens one"
      data-testid="log-lines"
    >
      {newer.foot !== null && <div className={styles.end}>{newer.foot}</div>}
      <div ref={inner} className={styles.inner} />
      <div className={styles.end}>{older.isLoading ? "Loading older lines" : older.hasMore ? "" : older.foot}</div>
      {open.map(({ entry, host }) => createPortal(<LineDetails entry={entry} onFilter={onFilter} />, host, entry.key))}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  j: 1,
  ArrowDown: 1,
  k: -1,
  ArrowUp: -1,
  PageDown: 30,
  PageUp: -30,
};
