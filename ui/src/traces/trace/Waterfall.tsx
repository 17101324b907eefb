// The tree of spans with their bars. Only the rows on screen are in the page, whatever the trace holds.
import { type KeyboardEvent, type MouseEvent, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import type { Trace } from "../../api/tempo/trace";
import { duration } from "../../format/number";
import { IconButton } from "../../ui/IconButton";
import type { Window } from "../TracePage";
import styles from "../traces.module.css";
import type { CriticalPath } from "./criticalPath";
import { type Layout, parentsOf, visibleRows } from "./layout";
import { useRowsInView } from "./useRowsInView";
import { WaterfallRow } from "./WaterfallRow";

const ROW_PX = 24;
/** Rows are drawn into the elements of rows that went out of sight; more than any window shows. */
const POOL = 256;
/** Rows kept ready on either side. */
const SPARE = 12;
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;

interface Props {
  trace: Trace;
  layout: Layout;
  critical: CriticalPath;
  view: Window;
  /** Span index, or -1. */
  selected: number;
  /** Spans that are shown alone, in the order of the rows. */
  only: readonly number[] | undefined;
  colorOf: (service: string) => string;
  onSelect: (span: number) => void;
}

const NONE: ReadonlySet<number> = new Set();

export function Waterfall({ trace, layout, critical, view, selected, only, colorOf, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState(NONE);
  const rows = useMemo(
    () => (only === undefined ? visibleRows(layout, folded) : Int32Array.from(only, (span) => layout.row[span] ?? 0)),
    [layout, folded, only],
  );
  const unfolded = useRef<number | undefined>(undefined);
  const [inView, scrollTo] = useRowsInView({ scroller, size: rows.length, rowPx: ROW_PX, spare: SPARE });
  // Coming from a link or found by text, the selected span may be far away or folded; it is brought into sight.
  const show = useEffectEvent((span: number) => {
    const here = rows.indexOf(layout.row[span] ?? -1);
    if (here >= 0) return scrollTo(here);
    if (only !== undefined) return;
    unfolded.current = span;
    setFolded(NONE);
  });
  // Its row is there only when the tree stands unfolded.
  const showUnfolded = useEffectEvent(() => {
    const row = layout.row[unfolded.current ?? -1];
    unfolded.current = undefined;
    if (row !== undefined) scrollTo(row);
  });
  useEffect(() => {
    if (selected >= 0) show(selected);
  }, [selected]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows say when
  useEffect(() => showUnfolded(), [rows]);

  const fold = (span: number) => {
    const next = new Set(folded);
    if (!next.delete(span)) next.add(span);
    setFolded(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const step =
      event.key === "j" || event.key === "ArrowDown" ? 1 : event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
    const here = rows.indexOf(layout.row[selected] ?? -1);
    if (step !== 0) {
      event.preventDefault();
      const next = Math.max(0, Math.min(rows.length - 1, here + step));
      onSelect(layout.order[rows[next] ?? 0] ?? 0);
      scrollTo(next);
    } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && selected >= 0) fold(selected);
    else if (event.key === "Escape") onSelect(-1);
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : undefined;
    const row = target?.closest<HTMLElement>("[data-span]");
    if (target === undefined || row === null || row === undefined) return;
    const span = Number(row.dataset.span);
    if (target.closest("[data-fold]") === null) onSelect(span);
    else fold(span);
  };
  return (
    <div className={styles.waterfall}>
      <div className={styles.ruler}>
        <span className={styles.rulerName}>
          <span className={styles.clip}>Service and span</span>
          <IconButton
            icon={folded.size > 0 ? "down" : "up"}
            size={20}
            label={folded.size > 0 ? "Unfold all" : "Fold all"}
            disabled={only !== undefined}
            onClick={() => setFolded(folded.size > 0 ? NONE : parentsOf(layout))}
          />
        </span>
        <span className={styles.rulerTicks}>
          {TICKS.map((part) => (
            <span key={part} style={{ left: `${part * 100}%` }} data-last={part === 1}>
              {duration(view.from + part * (view.to - view.from))}
            </span>
          ))}
        </span>
      </div>
      <div
        ref={scroller}
        className={styles.rows}
        onKeyDown={onKey}
        onClick={onClick}
        tabIndex={0}
        role="tree"
        aria-label="Spans"
        data-testid="waterfall"
      >
        <div style={{ height: rows.length * ROW_PX, position: "relative" }}>
          {Array.from({ length: inView.end - inView.first }, (_, offset) => {
            const place = inView.first + offset;
            const row = rows[place] ?? 0;
            const index = layout.order[row] ?? 0;
            const span = trace.spans[index];
            if (span === undefined) return null;
            return (
              <div key={place % POOL} className={styles.slot} style={{ top: place * ROW_PX }}>
                <WaterfallRow
                  span={span}
                  index={index}
                  depth={layout.depth[row] ?? 0}
                  below={(layout.subtree[row] ?? 1) - 1}
                  folded={folded.has(index)}
                  selected={index === selected}
                  color={colorOf(span.resource.service)}
                  path={critical}
                  view={view}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
