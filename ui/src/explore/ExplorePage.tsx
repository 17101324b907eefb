// Explore: one signal at a time, chosen at the top; each signal's view is a chunk of its own.
import { lazy, Suspense } from "react";
import { Icon } from "../ui/Icon";
import { SkeletonRows } from "../ui/Skeletons";
import styles from "./explore.module.css";
import { SIGNALS, type Signal } from "./search";
import { useExplore } from "./useExplore";

const VIEWS = {
  metrics: lazy(() => import("../metrics/MetricsView").then((module) => ({ default: module.MetricsView }))),
  logs: lazy(() => import("../logs/LogsView").then((module) => ({ default: module.LogsView }))),
  traces: lazy(() => import("../traces/TracesView").then((module) => ({ default: module.TracesView }))),
};

const LABELS: Readonly<Record<Signal, string>> = { metrics: "Metrics", logs: "Logs", traces: "Traces" };

export function ExplorePage() {
  const explore = useExplore();
  const View = VIEWS[explore.signal];
  return (
    <div className={styles.page}>
      <div className={styles.signals} role="tablist" aria-label="Signal">
        {SIGNALS.map((signal) => (
          <button
            type="button"
            key={signal}
            role="tab"
            aria-selected={explore.signal === signal}
            className={styles.signal}
            style={{ "--signal": `var(--${signal})` } as React.CSSProperties}
            onClick={() => explore.go(signal, [])}
          >
            <Icon name={signal} size={16} />
            {LABELS[signal]}
          </button>
        ))}
      </div>
      <div className={styles.view}>
        <Suspense fallback={<SkeletonRows rows={8} />}>
          <View key={explore.signal} />
        </Suspense>
      </div>
    </div>
  );
}
