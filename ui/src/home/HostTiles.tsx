// The host that Oriel runs on, from the node metrics it collects. Nothing is shown while there are none.
import { Link } from "@tanstack/react-router";
import { Spark } from "../charts/Spark";
import { formatUnit, type Unit } from "../format/unit";
import styles from "./home.module.css";
import { lastOf, useTileQuery } from "./useRange";

const TILES: readonly { label: string; expr: string; unit: Unit }[] = [
  { label: "CPU busy", expr: 'avg(1 - rate(node_cpu_seconds_total{mode="idle"}[2m]))', unit: "ratio" },
  {
    label: "Memory used",
    expr: "avg(1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
    unit: "ratio",
  },
  { label: "Load, 1 minute", expr: "avg(node_load1)", unit: "none" },
  { label: "Network received", expr: "sum(rate(node_network_receive_bytes_total[2m]))", unit: "bytes/s" },
];

export function HostTiles() {
  return (
    <section aria-label="This host">
      <h2 className={styles.heading}>This host</h2>
      <div className={styles.host}>
        {TILES.map((tile) => (
          <HostTile key={tile.label} {...tile} />
        ))}
      </div>
    </section>
  );
}

function HostTile({ label, expr, unit }: (typeof TILES)[number]) {
  const answer = useTileQuery(expr);
  const values = answer.data?.frame.series[0]?.values ?? [];
  const now = lastOf(values);
  return (
    <Link
      to="/explore"
      search={(old) => ({
        from: old.from,
        to: old.to,
        refresh: old.refresh,
        tenant: old.tenant,
        signal: "metrics",
        q: [expr],
      })}
      className={styles.hostTile}
    >
      <span className={styles.muted}>{label}</span>
      <span className={now === undefined ? styles.muted : styles.hostValue}>
        {now === undefined ? (answer.isLoading ? "" : "no host readings yet") : formatUnit(now, unit)}
      </span>
      <Spark values={values} color="var(--metrics)" height={26} />
    </Link>
  );
}
