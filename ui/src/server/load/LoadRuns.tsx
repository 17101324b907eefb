// Load test runs: when, how many users, what came of them; each leads to its dashboard.
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queryRange } from "../../api/oriel/range";
import { queryInstant } from "../../api/prometheus/query";
import { Spark } from "../../charts/Spark";
import { count, duration, perTime, whole } from "../../format/number";
import { absolute } from "../../time/range";
import { alignRange, chartStep } from "../../time/step";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import { HowTo } from "../HowTo";
import styles from "../server.module.css";
import { courseQueries, type LoadRun, RUN_QUERY, rangeAround, runsOf, totalsQueries } from "./loadRuns";
import { Thresholds } from "./Thresholds";

/** As fine as a range query may be: short runs must not fall between two steps. */
const POINTS = 5_000;
/** Their totals are five queries each. */
const MOST_SHOWN = 25;
/** A small chart is a hundred pixels wide. */
const COURSE_POINTS = 60;

export function LoadRuns() {
  const { range, now } = useTime();
  const step = chartStep(range, POINTS);
  const { from, to } = alignRange(range, step);
  const answer = useQuery({
    queryKey: ["load-runs", from, to, step, now],
    queryFn: async ({ signal }) =>
      runsOf(
        (await queryRange("metrics", { expr: RUN_QUERY, startMs: from, endMs: to, stepMs: step }, signal)).frame,
        step,
      ),
    placeholderData: (before) => before,
  });
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={6} />;
  const runs = answer.data;
  if (runs.length === 0) return <FirstRun />;
  return (
    <>
      <p className={styles.lead}>
        {count(runs.length, "run")} in this range{runs.length > MOST_SHOWN && `, the newest ${MOST_SHOWN} are shown`}
      </p>
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="load-runs">
          <thead>
            <tr>
              <th>Test</th>
              <th>Began</th>
              <th className={styles.right}>Took</th>
              <th className={styles.right}>Users</th>
              <th className={styles.right}>Iterations</th>
              <th className={styles.right}>Requests</th>
              <th className={styles.right}>Failed</th>
              <th className={styles.right}>Slow ones took</th>
              <th className={styles.right}>Checks</th>
              <th>Thresholds</th>
              <th>Requests a second</th>
              <th>Slow ones</th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, MOST_SHOWN).map((run) => (
              <RunRow key={`${run.test} ${run.from}`} run={run} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const TOTALS = ["iterations", "requests", "failed", "p95", "checks"] as const;

function RunRow({ run }: { run: LoadRun }) {
  const { now } = useTime();
  const queries = totalsQueries(run);
  const answers = useQueries({
    queries: TOTALS.map((name) => ({
      queryKey: ["load-total", queries[name], run.to],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await queryInstant(queries[name], run.to, signal)).rows[0]?.value ?? Number.NaN,
      staleTime: run.isRunning ? 0 : Number.POSITIVE_INFINITY,
    })),
  });
  const [iterations, requests, failed, p95, checks] = answers.map((one) =>
    one.data === undefined || Number.isNaN(one.data) ? undefined : one.data,
  );
  const course = courseQueries(run);
  const around = rangeAround(run, now);
  const seconds = Math.max(1, (run.to - run.from) / 1_000);
  return (
    <tr>
      <td>
        <Link
          to="/d/$uid"
          params={{ uid: "oriel-load" }}
          search={(old) => ({
            tenant: old.tenant,
            from: String(Math.floor(around.from)),
            to: run.isRunning ? "now" : String(Math.ceil(around.to)),
            "var-testid": [run.test],
          })}
        >
          {run.test === "" ? "without a name" : run.test}
        </Link>
        {run.isRunning && <strong className={styles.live}> runs now</strong>}
      </td>
      <td>{absolute(run.from)}</td>
      <td className={styles.right}>{duration(seconds * 1e9)}</td>
      <td className={styles.right}>{whole(run.users)}</td>
      <td className={styles.right}>{iterations === undefined ? "–" : whole(iterations)}</td>
      <td className={styles.right}>
        {requests === undefined ? "–" : `${whole(requests)} (${perTime(requests / seconds)})`}
      </td>
      <td className={styles.right}>{percent(failed, (part) => part > 0)}</td>
      <td className={styles.right}>{p95 === undefined ? "–" : duration(p95 * 1e9)}</td>
      <td className={styles.right}>{percent(checks, (part) => part < 1)}</td>
      <td>
        <Thresholds run={run} />
      </td>
      <Course run={run} query={course.rate} color="var(--metrics)" />
      <Course run={run} query={course.slow} color="var(--level-warn)" />
    </tr>
  );
}

/** How a number went over the run. */
function Course({ run, query, color }: { run: LoadRun; query: string; color: string }) {
  const stepMs = Math.max(5_000, Math.ceil((run.to - run.from) / COURSE_POINTS / 5_000) * 5_000);
  const { from, to } = alignRange(run, stepMs);
  const answer = useQuery({
    queryKey: ["load-course", query, from, to, stepMs],
    queryFn: async ({ signal }) =>
      (await queryRange("metrics", { expr: query, startMs: from, endMs: to, stepMs }, signal)).frame.series[0]?.values,
    staleTime: run.isRunning ? 0 : Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  return (
    <td className={styles.course}>
      {answer.data !== undefined && <Spark values={answer.data} color={color} height={24} />}
    </td>
  );
}

function percent(part: number | undefined, isBad: (part: number) => boolean) {
  if (part === undefined) return "–";
  const text = `${Math.round(part * 1_000) / 10} %`;
  return isBad(part) ? <span className={styles.bad}>{text}</span> : text;
}

function FirstRun() {
  const command = `K6_PROMETHEUS_RW_SERVER_URL=${new URL("api/v1/write", document.baseURI)} oriel load run -o experimental-prometheus-rw --tag testid=first script.js`;
  return (
    <HowTo text={command} testId="load-how-to">
      No load test ran in this range. This starts one, and its run is shown here while it goes:
    </HowTo>
  );
}
