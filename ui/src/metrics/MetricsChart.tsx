// The chart over its legend table, with exemplars as diamonds. Too many series are cut, and the cut is said.
import { useMemo, useState } from "react";
import { nameColors } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import type { ChartStyle } from "../charts/options";
import type { Mark } from "../charts/plugins/marks";
import { SeriesChart } from "../charts/SeriesChart";
import { useChartHeight } from "../charts/useChartHeight";
import { useExplore } from "../explore/useExplore";
import { count } from "../format/number";
import { unitFormat, unitOfQuery } from "../format/unit";
import { useDark } from "../ui/hooks/useDark";
import { Notice } from "../ui/Notice";
import { SkeletonBlock, SkeletonRows } from "../ui/Skeletons";
import styles from "./metrics.module.css";
import { type Named, useExemplars, type useRangeQueries } from "./useMetricQueries";

/** Lines beyond this are a band, not lines, and cost the browser seconds. */
const MOST_DRAWN = 100;
/** One and the same, so that no exemplars never count as new exemplars. */
const NO_MARKS: readonly Mark[] = [];

interface Props {
  queries: readonly string[];
  result: ReturnType<typeof useRangeQueries>;
  /** Epoch seconds. */
  times: readonly number[];
  named: readonly Named[];
  style: ChartStyle;
}

export function MetricsChart({ queries, result, times, named, style }: Props) {
  const explore = useExplore();
  const dark = useDark();
  const fixed = useServiceHues();
  const height = useChartHeight();
  const [all, setAll] = useState(false);
  const exemplars = useExemplars(queries, named.length > 0);
  const format = useMemo(() => {
    const units = queries.map(unitOfQuery);
    const unit = units.every((one) => one === units[0]) ? (units[0] ?? "none") : "none";
    return unitFormat(unit);
  }, [queries]);
  const series = useMemo(() => {
    const colors = nameColors(
      named.map((one) => one.name),
      dark,
      fixed,
    );
    return named.map((one, index) => ({ ...one, color: colors[index] ?? "" }));
  }, [named, dark, fixed]);
  const drawn = useMemo(() => (all ? series : series.slice(0, MOST_DRAWN)), [series, all]);
  const marks = useMemo(() => {
    const found = exemplars.data ?? [];
    if (found.length === 0) return NO_MARKS;
    return found.map((one): Mark => {
      const id = one.traceId ?? "";
      return { time: one.time, value: one.value, id, label: id };
    });
  }, [exemplars.data]);

  const isWaiting = result.answers.some((one) => one.isLoading);
  if (isWaiting && series.length === 0) {
    return (
      <>
        <SkeletonBlock height={height - 16} />
        <SkeletonRows rows={5} height={24} />
      </>
    );
  }
  if (series.length === 0) {
    if (result.answers.some((one) => one.error !== null)) return null;
    return (
      <Notice title="No series in this range">
        The query is valid, but nothing matched. Widen the time range, or loosen a matcher.
      </Notice>
    );
  }
  const warnings = [...new Set(result.answers.flatMap((one) => one.data?.value.warnings ?? []))];
  return (
    <div className={styles.panel} data-testid="metrics-chart">
      {warnings.map((one) => (
        <div key={one} className={styles.warning}>
          {one}
        </div>
      ))}
      {series.length > drawn.length && (
        <div className={styles.warning}>
          Drawing {MOST_DRAWN} of {count(series.length, "series", "series")}; the table has them all. Aggregate, for
          example with sum by, or{" "}
          <button type="button" className={styles.inline} onClick={() => setAll(true)}>
            draw all
          </button>
          .
        </div>
      )}
      <SeriesChart
        times={times}
        series={series}
        drawn={drawn}
        range={result.range}
        format={format}
        style={style}
        marks={marks}
        onMark={(mark) => explore.change({ signal: "traces", q: undefined, trace: mark.id, span: undefined })}
      />
    </div>
  );
}
