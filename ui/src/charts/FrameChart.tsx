// The chart and legend of one answer: names and colours. Too many lines are cut, and it is said.
import { useMemo } from "react";
import { type Frame, shortNames } from "../api/matrix";
import { count } from "../format/number";
import { useTime } from "../time/TimeContext";
import { useDark } from "../ui/hooks/useDark";
import { Notice } from "../ui/Notice";
import { nameColors } from "./colors/palette";
import { useServiceHues } from "./colors/serviceHues";
import { SeriesChart } from "./SeriesChart";

/** Lines beyond this are a band, not lines. */
const MOST_DRAWN = 100;

interface Props {
  frame: Frame;
  format: (value: number) => string;
}

export function FrameChart({ frame, format }: Props) {
  const time = useTime();
  const dark = useDark();
  const fixed = useServiceHues();
  const series = useMemo(() => {
    const names = shortNames(frame.series.map((one) => one.labels));
    const colors = nameColors(names, dark, fixed);
    return frame.series.map((one, index) => {
      return { name: names[index] ?? "", values: one.values, color: colors[index] ?? "" };
    });
  }, [frame, dark, fixed]);
  const drawn = useMemo(() => series.slice(0, MOST_DRAWN), [series]);
  if (series.length === 0) {
    return <Notice title="No series in this range">Widen the time range, or loosen the selector.</Notice>;
  }
  return (
    <div style={{ paddingTop: 8 }} data-testid="frame-chart">
      {series.length > drawn.length && (
        <div style={{ padding: "0 12px 6px", color: "var(--muted)" }}>
          Drawing {MOST_DRAWN} of {count(series.length, "series", "series")}; the table has them all.
        </div>
      )}
      <SeriesChart times={frame.times} series={series} drawn={drawn} range={time.range} format={format} />
    </div>
  );
}
