// One metric: its chart, then a small chart for each of its labels, or for each value of the chosen one.
import { useQuery } from "@tanstack/react-query";
import { lokiLabels } from "../../api/loki/labels";
import { labelNames } from "../../api/prometheus/labels";
import { unitFormat, unitOfQuery } from "../../format/unit";
import { logsOf } from "../../metrics/logsOf";
import { useTime } from "../../time/TimeContext";
import { Choices } from "../../ui/Choices";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { Toggle } from "../../ui/Toggle";
import styles from "../drilldown.module.css";
import { FilterBar } from "../FilterBar";
import { HOWS_OF, howOf, metricKind, metricQuery, metricSelector } from "../queries";
import type { How } from "../search";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";
import { ValueTiles } from "../ValueTiles";
import { RelatedMetrics } from "./RelatedMetrics";

const TALL_PX = 220;
const HOW_WORDS: Readonly<Record<How, string>> = {
  sum: "Sum",
  avg: "Mean",
  min: "Lowest",
  max: "Highest",
  p50: "Median",
  p90: "90 of 100 are at most this",
  p95: "95 of 100 are at most this",
  p99: "99 of 100 are at most this",
};

export function MetricBreakdown({ metric }: { metric: string }) {
  const { search, filters, change, explore } = useDrilldown();
  const { now, range } = useTime();
  const labels = useQuery({
    queryKey: ["labels-of", metric, now],
    queryFn: ({ signal }) => labelNames(metricSelector(metric, []), signal),
    placeholderData: (before) => before,
  });
  const kind = metricKind(metric);
  const how = howOf(kind, search.how);
  const query = metricQuery(metric, filters, undefined, how);
  const toLogs = async () => {
    // Without an answer the hop still leads to all lines.
    const known = await lokiLabels(range).catch(() => []);
    explore("logs", logsOf(query, known));
  };
  const format = unitFormat(unitOfQuery(query));
  const isRelated = search.view === "related";
  const by = (labels.data ?? []).filter((one) => one !== "__name__" && one !== "le");
  return (
    <>
      <div className={styles.bar}>
        <IconButton
          icon="left"
          label="All metrics"
          onClick={() => change({ of: undefined, by: undefined, view: undefined, how: undefined })}
        />
        <strong className={styles.title}>{metric}</strong>
        <Choices
          label="How its series become one"
          choices={HOWS_OF[kind]}
          words={HOW_WORDS}
          chosen={how}
          testId="how"
          onChoose={(one) => change({ how: one })}
        />
        {kind === "counter" && <span className={styles.muted}>a second</span>}
        <span className={styles.gap} />
        <Toggle icon="logs" label="Logs of these labels" onClick={() => void toLogs()} />
        <Toggle icon="explore" label="Open in Explore" onClick={() => explore("metrics", query)} />
      </div>
      <FilterBar />
      <Tile
        title={metric}
        signal="metrics"
        query={query}
        format={format}
        height={TALL_PX}
        wide
        exemplars
        testId="whole"
      />
      <div className={styles.chips} role="toolbar" aria-label="Break down by">
        <Toggle
          label="All labels"
          on={search.by === undefined && !isRelated}
          onClick={() => change({ by: undefined, view: undefined })}
        />
        {by.map((one) => (
          <Toggle
            key={one}
            label={one}
            on={search.by === one && !isRelated}
            onClick={() => change({ by: one, view: undefined })}
          />
        ))}
        <Toggle
          icon="metrics"
          label="Related metrics"
          on={isRelated}
          onClick={() => change({ view: "related" })}
          testId="view-related"
        />
      </div>
      {isRelated ? (
        <RelatedMetrics metric={metric} />
      ) : search.by !== undefined ? (
        <ValueTiles
          key={search.by}
          signal="metrics"
          query={metricQuery(metric, filters, search.by, how)}
          label={search.by}
          kind="label"
          format={format}
          note={(weight) => format(weight)}
        />
      ) : (
        <div className={styles.tiles} data-testid="label-tiles">
          {by.map((one) => (
            <Tile
              key={one}
              title={one}
              signal="metrics"
              query={metricQuery(metric, filters, one, how)}
              format={format}
              onPick={() => change({ by: one })}
            />
          ))}
          {labels.data !== undefined && by.length === 0 && <Notice title="This metric has no labels" />}
        </div>
      )}
    </>
  );
}
