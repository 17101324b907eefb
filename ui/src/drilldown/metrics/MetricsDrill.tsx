// Metrics: a small chart of each, found by name; one of them in full, broken down by its labels.
import { useState } from "react";
import { count } from "../../format/number";
import { Choices } from "../../ui/Choices";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { Toggle } from "../../ui/Toggle";
import styles from "../drilldown.module.css";
import { FilterBar } from "../FilterBar";
import { FindInput } from "../FindInput";
import { families, findNames, inOrder } from "../names";
import { ORDERS, type Order } from "../search";
import { useDrilldown } from "../useDrilldown";
import { MetricBreakdown } from "./MetricBreakdown";
import { MetricTile } from "./MetricTile";
import { useMetricNames, useSeriesCounts } from "./useMetricNames";

const ORDER_WORDS: Readonly<Record<Order | "name", string>> = {
  name: "A to Z",
  reverse: "Z to A",
  series: "Most series first",
};
const FIRST = 60;
/** A row or two of chips. */
const MOST_FAMILIES = 16;

export function MetricsDrill() {
  const { search, change } = useDrilldown();
  const [most, setMost] = useState(FIRST);
  const names = useMetricNames();
  const counts = useSeriesCounts(search.order === "series");
  if (search.of !== undefined) return <MetricBreakdown key={search.of} metric={search.of} />;
  if (names.error !== null) return <ErrorNotice error={names.error} onRetry={() => void names.refetch()} />;
  if (names.data === undefined) return <SkeletonRows rows={8} height={112} />;
  if (names.data.length === 0) {
    return (
      <Notice title="No metrics yet">Home shows how to send some: remote write, a scrape target or an OTel SDK.</Notice>
    );
  }
  const found = inOrder(findNames(names.data, search.find ?? ""), search.order, counts);
  return (
    <>
      <div className={styles.bar}>
        <FindInput label="Find metrics by words of their names" />
        <span className={styles.muted}>
          {found.length === names.data.length
            ? count(found.length, "metric")
            : `${found.length} of ${count(names.data.length, "metric")}`}
        </span>
        <span className={styles.gap} />
        <Choices
          label="Order of the metrics"
          choices={["name", ...ORDERS]}
          words={ORDER_WORDS}
          chosen={search.order ?? "name"}
          testId="order"
          onChoose={(one) => change({ order: one === "name" ? undefined : one })}
        />
      </div>
      <div className={styles.chips} role="toolbar" aria-label="Families of metrics">
        {families(names.data, MOST_FAMILIES).map(({ prefix, count: size }) => (
          <Toggle
            key={prefix}
            label={`${prefix} ${size}`}
            on={search.find === prefix}
            onClick={() => change({ find: search.find === prefix ? undefined : prefix })}
          />
        ))}
      </div>
      <FilterBar />
      {found.length === 0 && <Notice title="No metric has these words in its name" />}
      <div className={styles.tiles} data-testid="metric-tiles">
        {found.slice(0, most).map((name) => (
          <MetricTile key={name} name={name} series={counts.get(name)} />
        ))}
      </div>
      {found.length > most && (
        <button type="button" className={styles.more} onClick={() => setMost(most * 2)}>
          {count(found.length - most, "more metric")}
        </button>
      )}
    </>
  );
}
