// How many lines of each level, as stacked bars; a drag zooms the page into them.
import { useMemo } from "react";
import { levelColor } from "../charts/colors/palette";
import { TimeChart } from "../charts/TimeChart";
import { count, short } from "../format/number";
import { useTime } from "../time/TimeContext";
import { SkeletonBlock } from "../ui/Skeletons";
import styles from "./logs.module.css";
import { useVolumes } from "./useLines";

const CHART_PX = 104;

export function VolumeChart({ query, width }: { query: string; width: number }) {
  const time = useTime();
  const volumes = useVolumes(query, width, true);
  const series = useMemo(
    () =>
      [...(volumes.data?.levels ?? [])]
        // Errors stand at the foot of the bars, where their height can be compared.
        .map((one) => ({ name: one.level, values: one.values, color: levelColor(one.level) })),
    [volumes.data],
  );
  if (volumes.isError) return null;
  if (volumes.data === undefined) return <SkeletonBlock height={CHART_PX} />;
  const total = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0);
  return (
    <div className={styles.volume} data-testid="volume">
      <TimeChart
        times={volumes.data.times}
        series={series}
        range={time.range}
        height={CHART_PX}
        format={short}
        label="Lines by level over time"
        bars
        onZoom={time.zoomTo}
        onBack={time.back}
        syncKey={time.crosshair}
      />
      <div className={styles.levels}>
        {series.map((one) => (
          <span key={one.name} className={styles.level}>
            <span className={styles.levelDot} style={{ background: one.color }} />
            {one.name} {count(total(one.values), "line")}
          </span>
        ))}
      </div>
    </div>
  );
}
