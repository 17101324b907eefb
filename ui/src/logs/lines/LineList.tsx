// The lines, one below the other. Rows are drawn by LineWindow; React only draws what is open below a line. More lines are loaded as
// either end comes near.
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { count } from "../../format/number";
import { useDark } from "../../ui/hooks/useDark";
import type { Field } from "../fields";
import { markExpressions, textMarks } from "../filters";
import styles from "../logs.module.css";
import { ColumnHeads } from "./ColumnHeads";
import { LineDetails, type LineWays } from "./LineDetails";
import type { Lines } from "./lines";
import { type Marked, markedIn, SelectionTools } from "./SelectionTools";
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
  nanos?: boolean;
  /** A text to mark besides what the query looks for. */
  find?: string;
  /** The line to go to, when it changes. */
  target?: Target | undefined;
  below: ListEnd;
  above: ListEnd;
  onFilter: (field: Field, wanted: boolean) => void;
  onScrolled: (scrolled: boolean) => void;
  ways?: LineWays;
}

export interface Target {
  readonly index: number;
  /** Shows its fields too. */
  readonly open: boolean;
}

const NO_COLUMNS: readonly string[] = [];

export function LineList(props: Props) {
  const { lines, query, wrap, pretty, narrow = false, nanos = false, find = "", target, below, above, ways } = props;
  const { onFilter, onScrolled } = props;
  const columns = ways?.columns ?? NO_COLUMNS;
  const dark = useDark();
  const hues = useServiceHues();
  const [open, setOpen] = useState<readonly OpenLine[]>([]);
  const [selected, setSelected] = useState(-1);
  const [ends, setEnds] = useState({ bottom: false, top: false });
  const marks = useMemo(() => [...markExpressions(query), ...textMarks(find)], [query, find]);
  const look = useMemo(
    () => ({ marks, dark, hues, services: lines.isMixed, wrap, pretty, narrow, nanos, columns }),
    [marks, dark, hues, lines.isMixed, wrap, pretty, narrow, nanos, columns],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const wasScrolled = useRef(false);
  const list = useLineWindow({ scroller, inner, lines, look, open, selected }, (first, last) => {
    const next = { bottom: last >= lines.size - NEAR_END, top: first <= NEAR_END && wasScrolled.current };
    setEnds((old) => (old.bottom === next.bottom && old.top === next.top ? old : next));
  });

  const { hasMore, isLoading, onMore } = below;
  useEffect(() => {
    if (ends.bottom && hasMore && !isLoading) onMore();
  }, [ends.bottom, hasMore, isLoading, onMore]);
  const { hasMore: hasAbove, isLoading: isLoadingAbove, onMore: onAbove } = above;
  useEffect(() => {
    if (ends.top && hasAbove && !isLoadingAbove) onAbove();
  }, [ends.top, hasAbove, isLoadingAbove, onAbove]);

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
  const goTo = useEffectEvent(({ index, open: isWanted }: Target) => {
    const entry = lines.at(index);
    setSelected(index);
    list.current?.show(index);
    if (isWanted && !open.some((one) => one.entry.key === entry?.key)) toggle(index);
  });
  useEffect(() => {
    if (target !== undefined) goTo(target);
  }, [target]);
  const onClick = (event: MouseEvent) => {
    const slot = (event.target as Element).closest<HTMLElement>("[data-index]");
    const isLine = (event.target as Element).closest("[data-line]") !== null;
    // Marking text with the mouse must not fold the line.
    if (slot === null || !isLine || (getSelection()?.toString() ?? "") !== "") return;
    toggle(Number(slot.dataset.index));
  };
  const [marked, setMarked] = useState<Marked>();
  const unmark = useCallback(() => setMarked(undefined), []);
  const onMouseUp = (event: MouseEvent<HTMLElement>) => {
    if (ways !== undefined) setMarked(markedIn(event.currentTarget, event.clientX, event.clientY));
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
    <>
      {columns.length > 0 && <ColumnHeads look={look} onColumn={ways?.onColumn} />}
      <div
        ref={scroller}
        className={styles.scroller}
        data-wrap={wrap || pretty}
        data-services={lines.isMixed}
        data-narrow={narrow}
        onKeyDown={onKey}
        onClick={onClick}
        onMouseUp={onMouseUp}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the list is walked by keys
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={count(lines.size, "log line")}
        aria-description="j and k walk the lines, Enter opens one"
        data-testid="log-lines"
      >
        {above.foot !== null && <div className={styles.end}>{above.foot}</div>}
        <div ref={inner} className={styles.inner} />
        <div className={styles.end}>{below.isLoading ? "Loading more lines" : below.hasMore ? "" : below.foot}</div>
        {open.map(({ entry, host }) =>
          createPortal(<LineDetails entry={entry} onFilter={onFilter} ways={ways} />, host, entry.key),
        )}
      </div>
      {marked !== undefined && ways !== undefined && (
        <SelectionTools marked={marked} onText={ways.onText} onDone={unmark} />
      )}
    </>
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
