// One metric, or any selector: how many series it has, and which of its labels make them many.
import { useQueries, useQuery } from "@tanstack/react-query";
import { labelNames } from "../../api/prometheus/labels";
import { queryInstant } from "../../api/prometheus/query";
import { count } from "../../format/number";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";
import { Counts } from "./Counts";
import { labelsQuery, narrowed, valuesOfQuery } from "./cardinalityQueries";

/** Each label is two queries. */
const MOST_LABELS = 30;

export function MetricCardinality({ selector, by }: { selector: string; by: string | undefined }) {
  const { range, now } = useTime();
  const ask = (key: string, expr: string) => ({
    queryKey: ["cardinality", key, expr, now],
    queryFn: ({ signal }: { signal: AbortSignal }) => queryInstant(expr, range.to, signal),
    retry: false,
  });
  const series = useQuery(ask("series", `count(${selector})`));
  const metrics = useQuery(ask("metrics", `topk(20, count by (__name__) (${selector}))`));
  const names = useQuery({
    queryKey: ["cardinality", "names", selector, now],
    queryFn: ({ signal }) => labelNames(selector, signal),
    retry: false,
  });
  const labels = (names.data ?? []).filter((one) => one !== "__name__").slice(0, MOST_LABELS);
  const sizes = useQueries({ queries: labels.map((label) => ask("label", labelsQuery(selector, label))) });
  const failed = series.error ?? names.error;
  if (failed !== null) return <ErrorNotice error={failed} onRetry={() => void series.refetch()} />;
  if (series.data === undefined || names.data === undefined) return <SkeletonRows rows={10} />;
  const total = series.data.rows[0]?.value ?? 0;
  if (total === 0) return <Notice title="No series now">Nothing matches at the end of the time range.</Notice>;
  const byValues = labels
    .map((name, index) => ({ name, value: sizes[index]?.data?.rows[0]?.value ?? 0 }))
    .sort((a, b) => b.value - a.value);
  const [worst] = byValues;
  return (
    <>
      <p className={styles.lead} data-testid="selected-series">
        {count(total, "series", "series")} now
        {worst !== undefined && worst.value > 1 && `, most of all by ${worst.name}: ${count(worst.value, "value")}`}
      </p>
      <div className={styles.grid}>
        {by === undefined ? (
          <Counts
            title="Values by label"
            rows={byValues}
            query={(name) => valuesOfQuery(selector, name)}
            into={(name) => ({ of: selector, by: name })}
          />
        ) : (
          <ValueCounts selector={selector} label={by} />
        )}
        <Counts
          title="Series by metric"
          rows={(metrics.data?.rows ?? []).map((one) => ({ name: one.labels.__name__ ?? "", value: one.value }))}
          query={(name) => `{__name__=${JSON.stringify(name)}}`}
          into={(name) => ({ of: `{__name__=${JSON.stringify(name)}}` })}
        />
      </div>
    </>
  );
}

/** The values of one label, each with its series; a click looks into those. */
function ValueCounts({ selector, label }: { selector: string; label: string }) {
  const { range, now } = useTime();
  const answer = useQuery({
    queryKey: ["cardinality", "values", selector, label, now],
    queryFn: ({ signal }) => queryInstant(valuesOfQuery(selector, label), range.to, signal),
    retry: false,
  });
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={10} />;
  const rows = answer.data.rows
    .map((one) => ({ name: one.labels[label] ?? "", value: one.value }))
    .sort((a, b) => b.value - a.value);
  return (
    <Counts
      title={`Series by ${label}`}
      rows={rows}
      query={() => undefined}
      into={(value) => ({ of: narrowed(selector, label, value) })}
    />
  );
}
