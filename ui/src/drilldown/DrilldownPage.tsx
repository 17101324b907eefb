// Drilldown: from everything there is to what is different, by clicks only. A tab for each signal.
import { lazy, Suspense } from "react";
import { SIGNALS } from "../explore/search";
import { SkeletonRows } from "../ui/Skeletons";
import { TabbedPage } from "../ui/tabs/TabbedPage";
import styles from "./drilldown.module.css";
import { useDrilldown } from "./useDrilldown";

const LABELS = { metrics: "Metrics", logs: "Logs", traces: "Traces" } as const;
const TABS = SIGNALS.map((id) => ({ id, label: LABELS[id], icon: id, color: `var(--${id})` }));

const VIEWS = {
  metrics: lazy(() => import("./metrics/MetricsDrill").then((module) => ({ default: module.MetricsDrill }))),
  logs: lazy(() => import("./logs/LogsDrill").then((module) => ({ default: module.LogsDrill }))),
  traces: lazy(() => import("./traces/TracesDrill").then((module) => ({ default: module.TracesDrill }))),
};

export function DrilldownPage() {
  const drilldown = useDrilldown();
  const View = VIEWS[drilldown.signal];
  return (
    <TabbedPage label="Signal" items={TABS} selected={drilldown.signal} onSelect={drilldown.go} className={styles.body}>
      <Suspense fallback={<SkeletonRows rows={8} />}>
        <View />
      </Suspense>
    </TabbedPage>
  );
}
