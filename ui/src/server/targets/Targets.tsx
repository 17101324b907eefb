// What is scraped, found by words and by health; each opened to its labels and how they came to be. A server that does not answer for
// its targets still has the series `up`, which says most of it.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ApiError } from "../../api/http";
import { queryInstant } from "../../api/prometheus/query";
import { type Dropped, type Targets as Found, fetchTargets, type Target } from "../../api/prometheus/targets";
import { ago, duration, whole } from "../../format/number";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { Toggle } from "../../ui/Toggle";
import { HowTo } from "../HowTo";
import styles from "../server.module.css";
import { HEALTHS, type Health, shownDropped, shownTargets } from "./shownTargets";
import { TargetDetails } from "./TargetDetails";

const FIRST_JOB = `scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["localhost:9100"]`;

const COLUMNS = 6;
/** More rows than these are found by words. */
const MOST_SHOWN = 500;

async function findTargets(now: number, signal: AbortSignal): Promise<Found> {
  try {
    return await fetchTargets(signal);
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 404) throw cause;
    const { rows } = await queryInstant("up", now, signal);
    const active = rows.map(({ labels, value }) => ({
      job: labels.job ?? "",
      url: labels.instance ?? "",
      health: value === 1 ? "up" : "down",
      error: "",
      lastScrape: "",
      seconds: undefined,
      labels,
      discovered: {},
      interval: "",
      timeout: "",
    }));
    return { active, dropped: [], droppedCount: 0 };
  }
}

export function Targets() {
  const { now } = useTime();
  const [health, setHealth] = useState<Health>("all");
  const [find, setFind] = useState("");
  const answer = useQuery({
    queryKey: ["targets", now],
    queryFn: ({ signal }) => findTargets(now, signal),
    placeholderData: (before) => before,
  });
  if (answer.data === undefined) {
    if (answer.error === null) return <SkeletonRows rows={8} />;
    return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  }
  const { active, dropped, droppedCount } = answer.data;
  if (active.length === 0 && droppedCount === 0) {
    return (
      <HowTo text={FIRST_JOB} testId="scrape-how-to">
        Nothing is scraped yet. A job of the configuration, in Prometheus's words, is read when the file changes;
        metrics that are sent by remote write or OTLP need none.
      </HowTo>
    );
  }
  const up = active.filter((one) => one.health === "up").length;
  const words: Readonly<Record<Health, string>> = {
    all: `All ${whole(active.length)}`,
    down: `Not up ${whole(active.length - up)}`,
    up: `Up ${whole(up)}`,
    dropped: `Dropped ${whole(droppedCount)}`,
  };
  return (
    <>
      <p className={styles.lead}>
        {up} of {active.length} up
        {up < active.length && <strong className={styles.bad}>, {active.length - up} not</strong>}
      </p>
      <div className={styles.tools}>
        <input
          className={styles.find}
          type="search"
          placeholder="Find by job, address, label or error"
          aria-label="Find targets"
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        {HEALTHS.map((one) => (
          <Toggle key={one} label={words[one]} on={health === one} onClick={() => setHealth(one)} />
        ))}
      </div>
      {health === "dropped" ? (
        <DroppedTable dropped={shownDropped(dropped, find)} />
      ) : (
        <TargetTable targets={shownTargets(active, health, find)} now={now} />
      )}
    </>
  );
}

function TargetTable({ targets, now }: { targets: readonly Target[]; now: number }) {
  if (targets.length === 0) return <Notice title="No target is like that" />;
  return (
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
          {targets.slice(0, MOST_SHOWN).map((one) => (
            <OpenableRow
              key={`${one.job} ${one.url} ${JSON.stringify(one.labels)}`}
              name={one.job}
              details={<TargetDetails job={one.job} discovered={one.discovered} labels={one.labels} />}
            >
              <td className={styles.mono}>{one.url}</td>
              <td data-health={one.health} className={styles.health}>
                {one.health}
              </td>
              <td className={styles.right} title={one.lastScrape}>
                {scraped(one.lastScrape, now)}
                {one.interval !== "" && <span className={styles.muted}> / {one.interval}</span>}
              </td>
              <td className={styles.right} title={one.timeout === "" ? undefined : `at most ${one.timeout}`}>
                {one.seconds === undefined ? "–" : duration(one.seconds * 1e9)}
              </td>
              <td className={styles.bad}>{one.error}</td>
            </OpenableRow>
          ))}
        </tbody>
      </table>
      {targets.length > MOST_SHOWN && (
        <p className={styles.lead}>
          The first {whole(MOST_SHOWN)} of {whole(targets.length)}: find the others by words.
        </p>
      )}
    </div>
  );
}

function DroppedTable({ dropped }: { dropped: readonly Dropped[] }) {
  if (dropped.length === 0) return <Notice title="No dropped target is like that" />;
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid="dropped">
        <thead>
          <tr>
            <th>Job</th>
            <th colSpan={COLUMNS - 1}>As it was discovered</th>
          </tr>
        </thead>
        <tbody>
          {dropped.slice(0, MOST_SHOWN).map((one) => (
            <OpenableRow
              key={`${one.job} ${JSON.stringify(one.discovered)}`}
              name={one.job}
              details={<TargetDetails job={one.job} discovered={one.discovered} labels={undefined} />}
            >
              <td className={styles.mono} colSpan={COLUMNS - 1}>
                {one.discovered.__address__ ?? ""}
              </td>
            </OpenableRow>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OpenableRow({ name, details, children }: { name: string; details: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr>
        <td>
          <button type="button" className={styles.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name={open ? "down" : "right"} size={13} />
            <span className={styles.clip}>{name}</span>
          </button>
        </td>
        {children}
      </tr>
      {open && (
        <tr>
          <td colSpan={COLUMNS} className={styles.detail}>
            {details}
          </td>
        </tr>
      )}
    </>
  );
}

function scraped(time: string, now: number): string {
  const at = Date.parse(time);
  // A target that was never asked has the first year of all as its time.
  return Number.isNaN(at) || at <= 0 ? "–" : ago(at, now);
}
