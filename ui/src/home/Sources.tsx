// Who sends: scrape targets that are up or down, services that log, services that trace. Each leads into Explore.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lokiLabelValues } from "../api/loki/labels";
import { queryInstant } from "../api/prometheus/query";
import { tagValues } from "../api/tempo/tags";
import { nameColor } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import type { Signal } from "../explore/search";
import { useTime } from "../time/TimeContext";
import { useDark } from "../ui/hooks/useDark";
import styles from "./home.module.css";

/** A row is a glance; Explore lists them all. */
const MOST_SHOWN = 14;

interface Source {
  readonly name: string;
  readonly query: string;
  readonly isDown?: boolean;
}

export function Sources() {
  const { range, now } = useTime();
  const targets = useQuery({
    queryKey: ["home-targets", now],
    queryFn: async ({ signal }) => {
      const { rows } = await queryInstant("min by (job) (up)", range.to, signal);
      return rows.map((row): Source => {
        const job = row.labels.job ?? "";
        return { name: job, query: `up{job=${JSON.stringify(job)}}`, isDown: row.value === 0 };
      });
    },
    placeholderData: (before) => before,
  });
  const logs = useQuery({
    queryKey: ["home-logs", range.from, range.to],
    queryFn: async ({ signal }) => {
      const names = await lokiLabelValues("service_name", undefined, range, signal);
      return names.map((name): Source => ({ name, query: `{service_name=${JSON.stringify(name)}}` }));
    },
    placeholderData: (before) => before,
  });
  const traces = useQuery({
    queryKey: ["home-traces", range.from, range.to],
    queryFn: async ({ signal }) => {
      const values = await tagValues("resource.service.name", range, signal);
      return values.map(
        (one): Source => ({ name: one.value, query: `{ resource.service.name = ${JSON.stringify(one.value)} }` }),
      );
    },
    placeholderData: (before) => before,
  });
  return (
    <section aria-label="Sources">
      <h2 className={styles.heading}>Who sends</h2>
      <SourceRow signal="metrics" label="Jobs" none="no target was scraped yet" answer={targets} />
      <SourceRow signal="logs" label="Logs" none="no service logged in this range" answer={logs} />
      <SourceRow signal="traces" label="Traces" none="no service sent spans in this range" answer={traces} />
    </section>
  );
}

interface RowProps {
  signal: Signal;
  label: string;
  none: string;
  answer: { readonly data: readonly Source[] | undefined; readonly error: Error | null; readonly isLoading: boolean };
}

function SourceRow({ signal, label, none, answer }: RowProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const all = [...(answer.data ?? [])].filter((one) => one.name !== "").sort((a, b) => a.name.localeCompare(b.name));
  return (
    <div className={styles.sources}>
      <span className={styles.sourceLabel} style={{ borderColor: `var(--${signal})` }}>
        {label}
      </span>
      <span className={styles.chips}>
        {all.slice(0, MOST_SHOWN).map((one) => (
          <Link
            key={one.name}
            to="/explore"
            search={(old) => ({
              from: old.from,
              to: old.to,
              refresh: old.refresh,
              tenant: old.tenant,
              signal,
              q: [one.query],
            })}
            className={styles.chip}
            data-down={one.isDown}
          >
            <span
              className={styles.dot}
              style={{ background: one.isDown ? "var(--level-error)" : nameColor(one.name, dark, hues) }}
            />
            <span className={styles.chipName} title={one.name}>
              {one.name}
            </span>
            {one.isDown && " is down"}
          </Link>
        ))}
        {all.length > MOST_SHOWN && <span className={styles.muted}>and {all.length - MOST_SHOWN} more</span>}
        {all.length === 0 && (
          <span className={styles.muted}>{answer.isLoading ? "" : (answer.error?.message ?? none)}</span>
        )}
      </span>
    </div>
  );
}
