// The most frequent values of a field that has too many for a chart each.
import { useQuery } from "@tanstack/react-query";
import { queryLogInstant } from "../api/loki/metric";
import { count } from "../format/number";
import { fillIntervals } from "../time/step";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { IconButton } from "../ui/IconButton";
import { SkeletonRows } from "../ui/Skeletons";
import styles from "./drilldown.module.css";
import type { Kind } from "./filters";
import { topQuery } from "./queries";
import { useDrilldown } from "./useDrilldown";

interface Props {
  lines: string;
  name: string;
  kind: Kind;
}

export function TopValues({ lines, name, kind }: Props) {
  const { toggle } = useDrilldown();
  const { range, now } = useTime();
  const query = fillIntervals(topQuery(lines, name), range, range.to - range.from);
  const answer = useQuery({
    queryKey: ["top-values", query, range.to, now],
    queryFn: ({ signal }) => queryLogInstant(query, range.to, signal),
    placeholderData: (before) => before,
  });
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={12} height={24} />;
  const rows = [...answer.data].sort((a, b) => b.value - a.value);
  const most = Math.max(1, rows[0]?.value ?? 1);
  return (
    <div className={styles.top} data-testid="top-values">
      <p className={styles.lead}>The {count(rows.length, "most frequent value")}</p>
      {rows.map((one) => {
        const value = one.labels[name] ?? "";
        return (
          <div key={value} className={styles.topRow}>
            <span className={styles.topBar} style={{ width: `${(one.value / most) * 100}%` }} />
            <span className={styles.topValue}>{value === "" ? "without a value" : value}</span>
            <span className={styles.muted}>{count(one.value, "line")}</span>
            <IconButton
              icon="plus"
              size={22}
              label={`Only ${value}`}
              onClick={() => toggle({ kind, name, value, wanted: true })}
            />
            <IconButton
              icon="minus"
              size={22}
              label={`Not ${value}`}
              onClick={() => toggle({ kind, name, value, wanted: false })}
            />
          </div>
        );
      })}
    </div>
  );
}
