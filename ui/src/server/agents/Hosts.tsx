// Every host that metrics tell of: what runs there, how it is, and when it was last heard of.
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { queryInstant } from "../../api/prometheus/query";
import { count, duration, short } from "../../format/number";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";
import { HOST_QUERIES, type Host, type HostFact, hostsOf, isSilent } from "./hosts";
import { Share } from "./Share";

const FACTS = Object.keys(HOST_QUERIES) as HostFact[];

export function Hosts() {
  const { now } = useTime();
  const answers = useQueries({
    queries: FACTS.map((fact) => ({
      queryKey: ["hosts", fact, now],
      queryFn: ({ signal }: { signal: AbortSignal }) => queryInstant(HOST_QUERIES[fact], now, signal),
      placeholderData: (before: Awaited<ReturnType<typeof queryInstant>> | undefined) => before,
    })),
    combine: (results) => ({
      rows: results.map((one) => one.data?.rows),
      error: results[0]?.error ?? null,
      isLoading: results[0]?.isLoading ?? true,
    }),
  });
  const { rows, error, isLoading } = answers;
  const hosts = useMemo(() => hostsOf(Object.fromEntries(FACTS.map((fact, index) => [fact, rows[index]]))), [rows]);
  if (error !== null) return <ErrorNotice error={error} />;
  if (isLoading) return <SkeletonRows rows={6} />;
  if (hosts.length === 0) {
    return (
      <Notice title="No host has reported within a day">
        Run `oriel agent` on a host with `send.metrics` set to this server, or add a scrape target.
      </Notice>
    );
  }
  const silent = hosts.filter(isSilent).length;
  return (
    <>
      <h2 className={styles.heading}>Hosts</h2>
      <p className={styles.lead}>
        {count(hosts.length, "host")} reported within a day
        {silent > 0 && <strong className={styles.bad}>, {silent} silent now</strong>}
      </p>
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="hosts">
          <thead>
            <tr>
              <th>Host</th>
              <th>Runs</th>
              <th>System</th>
              <th className={styles.right}>Load</th>
              <th>Processors</th>
              <th>Memory</th>
              <th>Fullest disk</th>
              <th className={styles.right}>Last heard</th>
            </tr>
          </thead>
          <tbody>
            {hosts.map((one) => (
              <HostRow key={one.instance} host={one} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function HostRow({ host }: { host: Host }) {
  return (
    <tr>
      <td title={host.instance}>
        <Link
          to="/d/$uid"
          params={{ uid: "oriel-host" }}
          search={(old) => ({ from: old.from, to: old.to, tenant: old.tenant, "var-instance": [host.instance] })}
        >
          {host.name}
        </Link>
      </td>
      <td>
        {host.jobs.map((job) => (
          <span key={job.name} className={styles.job} data-up={job.up}>
            {job.name}
            {!job.up && " is down"}
          </span>
        ))}
      </td>
      <td className={styles.muted}>{host.system}</td>
      <td className={styles.right}>{host.load === undefined ? "–" : short(host.load)}</td>
      <td>
        <Share of={host.cpu} />
      </td>
      <td>
        <Share of={host.memory} />
      </td>
      <td>
        <Share of={host.disk} />
      </td>
      <td className={styles.right}>
        {host.age === undefined ? (
          "–"
        ) : (
          <span className={isSilent(host) ? styles.bad : undefined}>{duration(Math.max(0, host.age) * 1e9)} ago</span>
        )}
      </td>
    </tr>
  );
}
