// Samples, lines and spans a second, each with its last hour: from our own metrics, or from polls while those are young.
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Frame } from "../api/matrix";
import type { Ingest } from "../api/oriel/status";
import { Spark } from "../charts/Spark";
import { short } from "../format/number";
import styles from "./home.module.css";
import { type Poll, rates } from "./rates";
import { lastOf, useTileQuery } from "./useRange";

const ROWS = [
  { key: "samples", signal: "metrics", words: "samples a second", stored: "samples since start" },
  { key: "lines", signal: "logs", words: "log lines a second", stored: "lines since start" },
  { key: "spans", signal: "traces", words: "spans a second", stored: "spans since start" },
] as const;

const HISTORY = "sum by (signal) (rate(oriel_ingest_rows_total[1m]))";

export function Arriving({ polls, ingest }: { polls: readonly Poll[]; ingest: Ingest }) {
  const history = useTileQuery(HISTORY).data?.frame;
  return (
    <section className={styles.arriving} aria-label="What arrives now">
      {ROWS.map((row) => (
        <Tile key={row.key} row={row} polls={polls} history={history} total={ingest[row.key]} />
      ))}
    </section>
  );
}

function storedWords(total: number | undefined, words: string): string {
  if (total === undefined) return "";
  return `${short(total)} ${total === 1 ? words.replace("s since", " since") : words}`;
}

interface TileProps {
  row: (typeof ROWS)[number];
  polls: readonly Poll[];
  history: Frame | undefined;
  total: number | undefined;
}

function Tile({ row, polls, history, total }: TileProps) {
  const polled = useMemo(() => rates(polls, row.key), [polls, row.key]);
  const stored = history?.series.find((one) => one.labels.signal === row.signal)?.values;
  const line = stored?.some((one) => one !== null) ? stored : polled;
  const now = lastOf(polled) ?? (stored === undefined ? undefined : lastOf(stored));
  return (
    <Link
      to="/explore"
      search={(old) => ({ from: old.from, to: old.to, refresh: old.refresh, tenant: old.tenant, signal: row.signal })}
      className={styles.tile}
      data-testid={`arriving-${row.key}`}
    >
      <div className={styles.number}>
        {now === undefined ? "–" : short(now)}
        <span className={styles.unit}>{row.words}</span>
      </div>
      <Spark values={line} color={`var(--${row.signal})`} height={36} />
      <div className={styles.muted}>
        {now === undefined ? "the first rate comes with the second reading" : storedWords(total, row.stored)}
      </div>
    </Link>
  );
}
