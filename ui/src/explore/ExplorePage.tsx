// Explore: one pane or two beside each other, each with a signal of its own; each signal's view is a chunk of its own.
import { type CSSProperties, type KeyboardEvent, lazy, type PointerEvent, Suspense, useRef, useState } from "react";
import { TimeRangePicker } from "../app/bar/TimeRangePicker";
import { useTime } from "../time/TimeContext";
import { IconButton } from "../ui/IconButton";
import { SkeletonRows } from "../ui/Skeletons";
import { Tabs } from "../ui/tabs/Tabs";
import styles from "./explore.module.css";
import { HistoryPanel } from "./HistoryPanel";
import { PaneTime } from "./PaneTime";
import { partsOf } from "./rows";
import { type Pane, SIGNALS, type Signal } from "./search";
import { PaneContext, useExplore } from "./useExplore";

const VIEWS = {
  metrics: lazy(() => import("../metrics/MetricsView").then((module) => ({ default: module.MetricsView }))),
  logs: lazy(() => import("../logs/LogsView").then((module) => ({ default: module.LogsView }))),
  traces: lazy(() => import("../traces/TracesView").then((module) => ({ default: module.TracesView }))),
};

const AddToDashboard = lazy(() => import("./AddToDashboard").then((module) => ({ default: module.AddToDashboard })));

const LABELS: Readonly<Record<Signal, string>> = { metrics: "Metrics", logs: "Logs", traces: "Traces" };

const TABS = SIGNALS.map((id) => ({ id, label: LABELS[id], icon: id, color: `var(--${id})` }));

/** Neither pane gets narrower than this part of the page. */
const LEAST_PART = 0.2;
const KEY_STEP = 0.05;

export function ExplorePage() {
  const { isSplit } = useExplore();
  const panes = useRef<HTMLDivElement>(null);
  const [part, setPart] = useState(0.5);
  const move = (next: number) => setPart(Math.max(LEAST_PART, Math.min(1 - LEAST_PART, next)));
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const box = panes.current?.getBoundingClientRect();
    if (box !== undefined && event.buttons === 1) move((event.clientX - box.left) / box.width);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") move(part - KEY_STEP);
    if (event.key === "ArrowRight") move(part + KEY_STEP);
  };
  return (
    <div className={styles.panes} ref={panes} data-split={isSplit} style={{ "--part": part } as CSSProperties}>
      <OnePane pane="left" />
      {isSplit && (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved */}
          <div
            className={styles.divider}
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the panes"
            aria-valuenow={Math.round(part * 100)}
            aria-valuemin={LEAST_PART * 100}
            aria-valuemax={100 - LEAST_PART * 100}
            tabIndex={0}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onDoubleClick={() => move(0.5)}
            onKeyDown={onKey}
          />
          <OnePane pane="right" />
        </>
      )}
    </div>
  );
}

function OnePane({ pane }: { pane: Pane }) {
  return (
    <PaneContext value={pane}>
      <PaneTime>
        <PaneContent pane={pane} />
      </PaneTime>
    </PaneContext>
  );
}

function PaneContent({ pane }: { pane: Pane }) {
  const explore = useExplore();
  const time = useTime();
  const [history, setHistory] = useState(false);
  const [adding, setAdding] = useState(false);
  const View = VIEWS[explore.signal];
  const { signal, queries, rows, mode, trace, span } = explore;
  const copy = () => explore.beside({ signal, ...partsOf(rows), mode, trace, span });
  return (
    <section className={styles.page} aria-label={explore.isSplit ? `${pane} pane` : "Explore"} data-testid={pane}>
      <div className={styles.head}>
        <Tabs label="Signal" items={TABS} selected={signal} onSelect={(one) => explore.go(one, [])} />
        {explore.own !== undefined && (
          <span className={styles.ownTime} data-testid="own-time">
            <TimeRangePicker />
          </span>
        )}
        {pane === "right" && (
          <IconButton
            icon={explore.own === undefined ? "link" : "clock"}
            label={
              explore.own === undefined ? "Give this pane a time range of its own" : "Share the time range of the page"
            }
            active={explore.own !== undefined}
            onClick={() => explore.setOwn(explore.own === undefined ? time.raw : undefined)}
          />
        )}
        {queries.length > 0 && trace === undefined && (
          <IconButton icon="dashboards" label="Add to a dashboard" onClick={() => setAdding(true)} />
        )}
        <IconButton
          icon="history"
          label="Queries that ran before"
          active={history}
          onClick={() => setHistory(!history)}
        />
        {explore.isSplit ? (
          <IconButton icon="close" label="Close this pane" onClick={explore.close} />
        ) : (
          <IconButton icon="columns" label="Split" onClick={copy} />
        )}
      </div>
      {adding && (
        <Suspense fallback={null}>
          <AddToDashboard onClose={() => setAdding(false)} />
        </Suspense>
      )}
      {history && <HistoryPanel onClose={() => setHistory(false)} />}
      <div className={styles.view}>
        <Suspense fallback={<SkeletonRows rows={8} />}>
          <View key={signal} />
        </Suspense>
      </div>
    </section>
  );
}
