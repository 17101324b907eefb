// What is scraped. A server that does not answer for its targets still has the series `up`, which says most of it.
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/http";
import { queryInstant } from "../api/prometheus/query";
import { fetchTargets, type Target } from "../api/prometheus/targets";
import { ago, duration } from "../format/number";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { SkeletonRows } from "../ui/Skeletons";
import { HowTo } from "./HowTo";
import styles from "./server.module.css";

const FIRST_JOB = `scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["localhost:9100"]`;

async function findTargets(now: number, signal: AbortSignal): Promise<Target[]> {
  try {
    return await fetchTargets(signal);
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 404) throw cause;
    const { rows } = await queryInstant("up", now, signal);
    return rows.map(({ labels, value }) => ({
      job: labels.job ?? "",
      url: labels.instance ?? "",
      health: value === 1 ? "up" : "down",
      error: "",
      lastScrape: "",
      seconds: undefined,
      labels,
    }));
  }
}

export function Targets() {
  const { now } = useTime();
  const answer = useQuery({
    queryKey: ["targets", now],
    queryFn: ({ signal }) => findTargets(now, signal),
    placeholderData: (before) => before,
  });
  if (answer.isLoading) return <SkeletonRows rows={8} />;
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  // Those that are down come first: they are why one looks here.
  const rows = [...(answer.data ?? [])].sort(
    (a, b) =>
      Number(a.health === "up") - Number(b.health === "up") || `${a.job} ${a.url}`.localeCompare(`${b.job} ${b.url}`),
  );
  if (rows.length === 0) {
    return (
      <HowTo text={FIRST_JOB} testId="scrape-how-to">
        Nothing is scraped yet. A job of the configuration, in Prometheus's words, is read when the file changes;
        metrics that are sent by remote write or OTLP need none.
      </HowTo>
    );
  }
  const down = rows.filter((one) => one.health !== "up").length;
  return (
    <>
      <p className={styles.lead}>
        {rows.length - down} of {rows.length} up{down > 0 && <strong className={styles.bad}>, {down} not</strong>}
      </p>
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="targets">
          <thead>
            <tr>
              <th>Job</th>
              <th>Target</th>
              <th>State</th>
              <th className={styles.right}>Last scrape</th>
              <th className={styles.right}>Took</th>
              <th>Error</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={`${one.job} ${one.url} ${JSON.stringify(one.labels)}`}>
                <td>{one.job}</td>
                <td className={styles.mono} title={JSON.stringify(one.labels)}>
                  {one.url}
                </td>
                <td data-health={one.health} className={styles.health}>
                  {one.health}
                </td>
                <td className={styles.right} title={one.lastScrape}>
                  {one.lastScrape === "" || Number.isNaN(Date.parse(one.lastScrape))
                    ? "–"
                    : ago(Date.parse(one.lastScrape), now)}
                </td>
                <td className={styles.right}>{one.seconds === undefined ? "–" : duration(one.seconds * 1e9)}</td>
                <td className={styles.bad}>{one.error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
