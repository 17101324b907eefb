// A chart over its legend: what is hidden in one is hidden in the other, what is pointed at stands out.
import { type ComponentProps, useState } from "react";
import { count } from "../format/number";
import { useTime } from "../time/TimeContext";
import { Legend } from "./legend/Legend";
import type { ChartSeries } from "./options";
import { TimeChart } from "./TimeChart";
import { useChartHeight } from "./useChartHeight";

const LEGEND_PX = 292;
const NONE: ReadonlySet<string> = new Set();

interface Props
  extends Pick<ComponentProps<typeof TimeChart>, "times" | "range" | "format" | "marks" | "onMark" | "style"> {
  /** All series, for the legend. */
  series: readonly ChartSeries[];
  /** Those that are drawn. */
  drawn: readonly ChartSeries[];
}

export function SeriesChart({ series, drawn, ...chart }: Props) {
  const time = useTime();
  const height = useChartHeight();
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  return (
    <>
      <TimeChart
        {...chart}
        series={drawn}
        height={height}
        label={`Chart of ${count(series.length, "series", "series")}`}
        hidden={hidden}
        pointed={pointed}
        onZoom={time.zoomTo}
        onBack={time.back}
        syncKey={time.crosshair}
      />
      <Legend
        series={series}
        hidden={hidden}
        format={chart.format}
        maxHeight={LEGEND_PX}
        onHide={setHidden}
        onPoint={setPointed}
      />
    </>
  );
}
