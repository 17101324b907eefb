// The chart of a metric query over lines.
import { useMemo, useState } from "react";
import { shortNames } from "../api/matrix";
import { Legend } from "../charts/Legend";
import { assignHues, hueColor } from "../charts/palette";
import { TimeChart } from "../charts/TimeChart";
import { count, short } from "../format/number";
import { useTime } from "../time/TimeContext";
import { Notice } from "../ui/Notice";
import { SkeletonBlock } from "../ui/Skeletons";
import { useDark } from "../ui/useDark";
import type { useLogMetric } from "./useLines";

const CHART_PX = 340;
const LEGEND_PX = 292;
const MOST_DRAWN = 100;
const NONE: ReadonlySet<string> = new Set();

interface Props {
  query: string;
  answer: ReturnType<typeof useLogMetric>;
  stepSeconds: number;
}

export function LogMetric({ answer, stepSeconds }: Props) {
  const time = useTime();
  const dark = useDark();
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  const frame = answer.data?.value;
  const series = useMemo(() => {
    if (frame === undefined) return [];
    const names = shortNames(frame.series.map((one) => one.labels));
    const hues = assignHues(names);
    return frame.series.map((one, index) => {
      const name = names[index] ?? "";
      return { name, values: one.values, color: hueColor(hues.get(name) ?? 0, dark) };
    });
  }, [frame, dark]);
  const drawn = useMemo(() => series.slice(0, MOST_DRAWN), [series]);

  if (answer.isError) return null;
  if (frame === undefined) return <SkeletonBlock height={CHART_PX} />;
  if (series.length === 0)
    return <Notice title="No series in this range">Widen the time range, or loosen the selector.</Notice>;
  return (
    <div style={{ paddingTop: 8 }} data-testid="log-metric">
      <TimeChart
        times={frame.times}
        series={drawn}
        range={time.range}
        stepSeconds={stepSeconds}
        height={CHART_PX}
        format={short}
        label={`Chart of ${count(series.length, "series", "series")}`}
        hidden={hidden}
        pointed={pointed}
        onZoom={time.zoomTo}
        onBack={time.back}
        syncKey="page"
      />
      <Legend
        series={series}
        hidden={hidden}
        format={short}
        maxHeight={LEGEND_PX}
        onHide={setHidden}
        onPoint={setPointed}
      />
    </div>
  );
}
