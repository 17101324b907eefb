// The result of a search: durations over time as points, and the traces as a table.
import { useMemo, useState } from "react";
import type { TraceSummary } from "../api/tempo/search";
import { assignHues, hueColor } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import { useExplore } from "../explore/useExplore";
import { ago, count, duration, whole } from "../format/number";
import { absolute } from "../time/range";
import { useTime } from "../time/TimeContext";
import { useDark } from "../ui/hooks/useDark";
import { Notice } from "../ui/Notice";
import { SkeletonBlock, SkeletonRows } from "../ui/Skeletons";
import { Scatter } from "./Scatter";
import styles from "./traces.module.css";
import type { useSearch } from "./useTraces";

type Column = "start" | "durationMs" | "spans" | "errors";
const SCATTER_PX = 176;

interface Props {
  answer: ReturnType<typeof useSearch>;
  limit: number;
  onMore: () => void;
}

export function SearchPanel({ answer, limit, onMore }: Props) {
  const explore = useExplore();
  const time = useTime();
  const dark = useDark();
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: "start", down: true });
  const traces = answer.data?.value.traces;
  const sorted = useMemo(() => {
    const sign = sort.down ? -1 : 1;
    return [...(traces ?? [])].sort((a, b) => sign * ((a[sort.by] ?? 0) - (b[sort.by] ?? 0)));
  }, [traces, sort]);
  const fixed = useServiceHues();
  const hues = useMemo(
    () =>
      assignHues(
        (traces ?? []).map((one) => one.rootService),
        fixed,
      ),
    [traces, fixed],
  );
  const colorOf = (service: string) => hueColor(hues.get(service) ?? 0, dark);
  const open = (trace: TraceSummary) => explore.change({ trace: trace.id, span: undefined });

  if (answer.isLoading) {
    return (
      <>
        <SkeletonBlock height={SCATTER_PX} />
        <SkeletonRows rows={10} />
      </>
    );
  }
  if (traces === undefined) return null;
  if (traces.length === 0) {
    return (
      <Notice title="No traces in this range">
        The query is valid, but nothing matched. Widen the range or loosen a condition.
      </Notice>
    );
  }
  const longest = Math.max(1, ...traces.map((one) => one.durationMs));
  const head = (by: Column, label: string) => (
    <th className={styles.number}>
      <button type="button" onClick={() => setSort({ by, down: sort.by === by ? !sort.down : true })}>
        {label}
        {sort.by === by ? (sort.down ? " ↓" : " ↑") : ""}
      </button>
    </th>
  );
  return (
    <>
      <Scatter
        traces={traces}
        range={time.range}
        height={SCATTER_PX}
        colorOf={colorOf}
        onOpen={open}
        onZoom={time.zoomTo}
        onBack={time.back}
      />
      {traces.length >= limit && (
        <div className={styles.limit}>
          The newest {whole(limit)} matches; there may be more.{" "}
          <button type="button" className={styles.inline} onClick={onMore}>
            Find up to {whole(limit * 5)}
          </button>
        </div>
      )}
      <table className={styles.table} data-testid="trace-table">
        <thead>
          <tr>
            {head("start", "Start")}
            <th>Service and root span</th>
            {head("durationMs", "Duration")}
            <th className={styles.barHead} />
            {head("spans", "Spans")}
            {head("errors", "Errors")}
          </tr>
        </thead>
        <tbody>
          {sorted.map((trace) => (
            <tr key={trace.id} onClick={() => open(trace)}>
              <td className={styles.number} title={absolute(trace.start)}>
                {ago(trace.start, time.now)}
              </td>
              <td className={styles.root}>
                <button
                  type="button"
                  className={styles.rootButton}
                  onClick={(event) => {
                    event.stopPropagation();
                    open(trace);
                  }}
                >
                  <span className={styles.dot} style={{ background: colorOf(trace.rootService) }} />
                  <span className={styles.muted}>{trace.rootService || "root not yet received"}</span>
                  <span className={styles.clip}>{trace.rootName}</span>
                </button>
              </td>
              <td className={styles.number}>{trace.durationMs === 0 ? "< 1 ms" : duration(trace.durationMs * 1e6)}</td>
              <td>
                <span className={styles.lengthBar} style={{ width: `${(trace.durationMs / longest) * 100}%` }} />
              </td>
              <td
                className={styles.number}
                title={trace.spans === undefined ? "matched spans" : count(trace.spans, "span")}
              >
                {whole(trace.spans ?? trace.matched)}
              </td>
              <td className={styles.number}>
                {trace.errors > 0 && <span className={styles.error}>{whole(trace.errors)}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
