// Metrics that are called alike: what else the same thing tells of itself.
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import { relatedNames } from "../names";
import { MetricTile } from "./MetricTile";
import { useMetricNames } from "./useMetricNames";

/** Further ones have little in common. */
const MOST = 24;

export function RelatedMetrics({ metric }: { metric: string }) {
  const names = useMetricNames();
  if (names.error !== null) return <ErrorNotice error={names.error} onRetry={() => void names.refetch()} />;
  if (names.data === undefined) return <SkeletonRows rows={4} height={112} />;
  const related = relatedNames(names.data, metric, MOST);
  if (related.length === 0) return <Notice title="No metric is called alike" />;
  return (
    <div className={styles.tiles} data-testid="related-metrics">
      {related.map((name) => (
        <MetricTile key={name} name={name} />
      ))}
    </div>
  );
}
