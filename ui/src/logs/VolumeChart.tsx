// How many lines of each level, as stacked bars; a drag zooms the page into them. Their legend is a filter.
import { type MouseEvent, useMemo } from "react";
import { levelColor } from "../charts/colors/palette";
import { TimeChart } from "../charts/TimeChart";
import { count, short } from "../format/number";
import { useTime } from "../time/TimeContext";
import { SkeletonBlock } from "../ui/Skeletons";
import type { Field } from "./fields";
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
    </div>
  );
}

interface LevelsProps {
  query: string;
  width: number;
  onFilter: (field: Field, wanted: boolean) => void;
}

export function Levels({ query, width, onFilter }: LevelsProps) {
  const volumes = useVolumes(query, width, true);
  const filter = (level: string) => (event: MouseEvent) =>
    onFilter({ name: "detected_level", value: level, from: "metadata" }, !(event.ctrlKey || event.metaKey));
  return (
    <div className={styles.levels} data-testid="levels">
      {(volumes.data?.levels ?? []).map(({ level, values }) => (
        <button
          type="button"
          key={level}
          className={styles.level}
          title={`Only lines of the level ${level}; with Ctrl all others. Again to take the filter away.`}
          onClick={filter(level)}
        >
          <span className={styles.levelDot} style={{ background: levelColor(level) }} />
          {level}{" "}
          {count(
            values.reduce((sum, one) => sum + one, 0),
            "line",
          )}
        </button>
      ))}
    </div>
  );
}
