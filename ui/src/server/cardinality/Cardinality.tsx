// Which metrics, labels and pairs have the most series: where memory goes. Each leads to the query that shows them.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { fetchTsdbStatus } from "../../api/prometheus/tsdbStatus";
import { bytes, whole } from "../../format/number";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { Toggle } from "../../ui/Toggle";
import styles from "../server.module.css";
import { Counts } from "./Counts";
import { hasLabel, metricQuery, pairQuery, pairSelector, valuesQuery } from "./cardinalityQueries";
import { MetricCardinality } from "./MetricCardinality";

/** A screen of each list. */
const SHOWN = 20;

export function Cardinality() {
  const { of, by } = useSearch({ from: "/server" });
  const navigate = useNavigate();
  const [typed, setTyped] = useState(of ?? "");
  const [seen, setSeen] = useState(of);
  if (seen !== of) {
    setSeen(of);
    setTyped(of ?? "");
  }
  const choose = (next: string) =>
    void navigate({ to: "/server", search: (old) => ({ ...old, of: next.trim() || undefined, by: undefined }) });
  return (
    <>
      <form
        className={styles.tools}
        onSubmit={(event) => {
          event.preventDefault();
          choose(typed);
        }}
      >
        <input
          className={styles.selector}
          placeholder={'Metric or selector, such as {job="api"}'}
          aria-label="Metric or selector"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          spellCheck={false}
        />
        {of !== undefined && <Toggle icon="left" label="All series" onClick={() => choose("")} />}
        {of !== undefined && by !== undefined && <Toggle icon="left" label="All labels" onClick={() => choose(of)} />}
      </form>
      {of === undefined ? <WholeCardinality /> : <MetricCardinality key={of} selector={of} by={by} />}
    </>
  );
}

function WholeCardinality() {
  const { now } = useTime();
  const answer = useQuery({
    queryKey: ["cardinality", now],
    queryFn: ({ signal }) => fetchTsdbStatus(SHOWN, signal),
    placeholderData: (before) => before,
  });
  if (answer.isLoading) return <SkeletonRows rows={12} />;
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  const status = answer.data;
  if (status === undefined || status.byMetric.length === 0) {
    return <Notice title="No series yet">Cardinality is counted over the series that arrived most recently.</Notice>;
  }
  return (
    <>
      <p className={styles.lead}>{status.series === undefined ? "" : `${whole(status.series)} series in memory`}</p>
      <div className={styles.grid}>
        <Counts
          title="Series by metric"
          rows={status.byMetric}
          query={metricQuery}
          into={(name) => ({ of: metricQuery(name) })}
        />
        <Counts
          title="Series by label and value"
          rows={status.byPair}
          query={pairQuery}
          into={(pair) => ({ of: pairSelector(pair) })}
        />
        <Counts title="Values by label" rows={status.byLabel} query={valuesQuery} into={labelInto} />
        <Counts
          title="Memory by label"
          rows={status.memoryByLabel}
          query={valuesQuery}
          into={labelInto}
          format={bytes}
        />
      </div>
    </>
  );
}

const labelInto = (label: string) => ({ of: hasLabel(label), by: label });
