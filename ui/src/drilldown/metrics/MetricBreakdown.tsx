// One metric: its chart, then a small chart for each of its labels, or for each value of the chosen one.
import { useQuery } from "@tanstack/react-query";
import { labelNames } from "../../api/prometheus/labels";
import { unitFormat, unitOfQuery } from "../../format/unit";
import { useTime } from "../../time/TimeContext";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { Toggle } from "../../ui/Toggle";
import styles from "../drilldown.module.css";
import { FilterBar } from "../FilterBar";
import { metricKind, metricQuery, metricSelector } from "../queries";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";
import { ValueTiles } from "../ValueTiles";

const TALL_PX = 220;
const KIND_WORDS = {
  counter: "per second, summed",
  buckets: "95 of 100 are at most this",
  gauge: "mean",
} as const;

export function MetricBreakdown({ metric }: { metric: string }) {
  const { search, filters, change, explore } = useDrilldown();
  const { now } = useTime();
  const labels = useQuery({
    queryKey: ["labels-of", metric, now],
    queryFn: ({ signal }) => labelNames(metricSelector(metric, []), signal),
    placeholderData: (before) => before,
  });
  const query = metricQuery(metric, filters);
  const format = unitFormat(unitOfQuery(query));
  const by = (labels.data ?? []).filter((one) => one !== "__name__" && one !== "le");
  return (
    <>
      <div className={styles.bar}>
        <IconButton
          icon="left"
          label="All metrics"
          onClick={() => change({ of: undefined, by: undefined, f: undefined })}
        />
        <strong className={styles.title}>{metric}</strong>
        <span className={styles.muted}>{KIND_WORDS[metricKind(metric)]}</span>
        <span className={styles.gap} />
        <Toggle icon="explore" label="Open in Explore" onClick={() => explore("metrics", query)} />
      </div>
      <FilterBar />
      <Tile title={metric} signal="metrics" query={query} format={format} height={TALL_PX} wide testId="whole" />
      <div className={styles.chips} role="toolbar" aria-label="Break down by">
        <Toggle label="All labels" on={search.by === undefined} onClick={() => change({ by: undefined })} />
        {by.map((one) => (
          <Toggle key={one} label={one} on={search.by === one} onClick={() => change({ by: one })} />
        ))}
      </div>
      {search.by !== undefined ? (
        <ValueTiles
          key={search.by}
          signal="metrics"
          query={metricQuery(metric, filters, search.by)}
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
              query={metricQuery(metric, filters, one)}
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
