// Which metrics, labels and pairs have the most series: where memory goes. Each leads to the query that shows them.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Count, fetchTsdbStatus } from "../api/prometheus/tsdbStatus";
import { bytes, whole } from "../format/number";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { metricQuery, pairQuery, valuesQuery } from "./cardinalityQueries";
import styles from "./server.module.css";

/** A screen of each list. */
const SHOWN = 20;

export function Cardinality() {
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
        <Counts title="Series by metric" rows={status.byMetric} query={metricQuery} format={whole} />
        <Counts title="Series by label and value" rows={status.byPair} query={pairQuery} format={whole} />
        <Counts title="Values by label" rows={status.byLabel} query={valuesQuery} format={whole} />
        <Counts title="Memory by label" rows={status.memoryByLabel} query={valuesQuery} format={bytes} />
      </div>
    </>
  );
}

interface CountsProps {
  title: string;
  rows: readonly Count[];
  query: (name: string) => string | undefined;
  format: (value: number) => string;
}

function Counts({ title, rows, query, format }: CountsProps) {
  const most = Math.max(1, ...rows.map((one) => one.value));
  return (
    <section aria-label={title}>
      <h2 className={styles.heading}>{title}</h2>
      {rows.map((one) => {
        const q = query(one.name);
        return (
          <div key={one.name} className={styles.count}>
            <span className={styles.share} style={{ width: `${(one.value / most) * 100}%` }} />
            {q === undefined ? (
              <span className={styles.countName}>{one.name}</span>
            ) : (
              <Link
                to="/explore"
                search={(old) => ({
                  from: old.from,
                  to: old.to,
                  tenant: old.tenant,
                  signal: "metrics" as const,
                  q: [q],
                  mode: "instant" as const,
                })}
                className={styles.countName}
                title={one.name}
              >
                {one.name}
              </Link>
            )}
            <span className={styles.countValue}>{format(one.value)}</span>
          </div>
        );
      })}
      {rows.length === 0 && <p className={styles.lead}>The server does not say.</p>}
    </section>
  );
}
