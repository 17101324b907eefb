// What there is to ask for: every metric name, by family, one click from its chart.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { labelValues } from "../api/prometheus/labels";
import { count } from "../format/number";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { groupMetrics, startQuery } from "./metricGroups";
import styles from "./metrics.module.css";

/** Names a family shows before "more". */
const MOST_IN_GROUP = 12;

export function MetricsStart({ onPick }: { onPick: (expr: string) => void }) {
  const [filter, setFilter] = useState("");
  const names = useQuery({
    queryKey: ["metric-names"],
    queryFn: ({ signal }) => labelValues("__name__", undefined, signal),
    staleTime: 30_000,
  });
  if (names.isLoading) return <SkeletonRows rows={12} height={24} />;
  if (names.error !== null) {
    return (
      <div className={styles.start}>
        <ErrorNotice error={names.error} onRetry={() => void names.refetch()} />
      </div>
    );
  }
  const all = names.data ?? [];
  if (all.length === 0) {
    return (
      <Notice title="No metrics yet">Home shows how to send some: remote write, a scrape target or an OTel SDK.</Notice>
    );
  }
  const groups = groupMetrics(all, filter);
  return (
    <div className={styles.start} data-testid="metrics-start">
      <div className={styles.startHead}>
        <input
          className={styles.filter}
          placeholder="Filter metrics"
          aria-label="Filter metrics"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        {count(all.length, "metric")} in this tenant
      </div>
      <div className={styles.groups}>
        {groups.map((group) => (
          <div key={group.prefix} className={styles.group}>
            <div className={styles.groupName}>
              {group.prefix} · {group.names.length}
            </div>
            {group.names.slice(0, filter === "" ? MOST_IN_GROUP : undefined).map((name) => (
              <button
                type="button"
                key={name}
                className={styles.metric}
                title={name}
                onClick={() => onPick(startQuery(name))}
              >
                {name}
              </button>
            ))}
            {filter === "" && group.names.length > MOST_IN_GROUP && (
              <button type="button" className={styles.metric} onClick={() => setFilter(`${group.prefix}_`)}>
                {group.names.length - MOST_IN_GROUP} more
              </button>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
