// Metrics: a small chart of each, found by name; one of them in full, broken down by its labels.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { labelValues } from "../../api/prometheus/labels";
import { count } from "../../format/number";
import { unitFormat, unitOfQuery } from "../../format/unit";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import { FilterBar } from "../FilterBar";
import { FindInput } from "../FindInput";
import { findNames } from "../names";
import { metricQuery } from "../queries";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";
import { MetricBreakdown } from "./MetricBreakdown";

const FIRST = 60;

export function MetricsDrill() {
  const { search, filters, change } = useDrilldown();
  const { now } = useTime();
  const [most, setMost] = useState(FIRST);
  const names = useQuery({
    queryKey: ["metric-names", now],
    queryFn: ({ signal }) => labelValues("__name__", undefined, signal),
    placeholderData: (before) => before,
  });
  if (search.of !== undefined) return <MetricBreakdown key={search.of} metric={search.of} />;
  if (names.error !== null) return <ErrorNotice error={names.error} onRetry={() => void names.refetch()} />;
  if (names.data === undefined) return <SkeletonRows rows={8} height={112} />;
  if (names.data.length === 0) {
    return (
      <Notice title="No metrics yet">Home shows how to send some: remote write, a scrape target or an OTel SDK.</Notice>
    );
  }
  const found = findNames(names.data, search.find ?? "");
  return (
    <>
      <div className={styles.bar}>
        <FindInput label="Find metrics by words of their names" />
        <span className={styles.muted}>
          {found.length === names.data.length
            ? count(found.length, "metric")
            : `${found.length} of ${count(names.data.length, "metric")}`}
        </span>
      </div>
      <FilterBar />
      {found.length === 0 && <Notice title="No metric has these words in its name" />}
      <div className={styles.tiles} data-testid="metric-tiles">
        {found.slice(0, most).map((name) => {
          const query = metricQuery(name, filters);
          return (
            <Tile
              key={name}
              title={name}
              signal="metrics"
              query={query}
              format={unitFormat(unitOfQuery(query))}
              onPick={() => change({ of: name, by: undefined })}
            />
          );
        })}
      </div>
      {found.length > most && (
        <button type="button" className={styles.more} onClick={() => setMost(most * 2)}>
          {count(found.length - most, "more metric")}
        </button>
      )}
    </>
  );
}
