// Traces that a query found; a click opens one.
import { Link } from "@tanstack/react-router";
import { nameTextColor } from "../../charts/colors/palette";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { duration } from "../../format/number";
import { absolute } from "../../time/range";
import { useDark } from "../../ui/hooks/useDark";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const COLUMNS = ["traceID", "startTime", "traceService", "traceName", "traceDuration"];

export function TracesPanel({ frames }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const rows = frames.flatMap((frame) => {
    const column = (name: string) => frame.fields.find((one) => one.name === name)?.values ?? [];
    const [ids, starts, services, names, lengths] = COLUMNS.map(column);
    return (ids ?? []).map((id, row) => ({
      id: String(id),
      start: Number(starts?.[row] ?? 0),
      service: String(services?.[row] ?? ""),
      name: String(names?.[row] ?? ""),
      ms: Number(lengths?.[row] ?? 0),
    }));
  });
  if (rows.length === 0) return <NoData text="No traces" />;
  const most = rows.reduce((a, b) => Math.max(a, b.ms), 1);
  return (
    <div className={styles.traces} data-testid="panel-traces">
      {rows.map((one) => (
        <Link
          key={one.id}
          to="/explore"
          search={(old) => ({
            from: old.from,
            to: old.to,
            tenant: old.tenant,
            signal: "traces" as const,
            trace: one.id,
          })}
          className={styles.trace}
        >
          <span className={styles.traceTime}>{absolute(one.start)}</span>
          <span className={styles.clip} style={{ color: nameTextColor(one.service, dark, hues) }} title={one.service}>
            {one.service}
          </span>
          <span className={styles.clip}>{one.name}</span>
          <span className={styles.cellTrack}>
            <span style={{ width: `${(one.ms / most) * 100}%`, background: "var(--traces)" }} />
          </span>
          <span className={styles.barValue}>{duration(one.ms * 1e6)}</span>
        </Link>
      ))}
    </div>
  );
}
