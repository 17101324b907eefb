// Values over time: lines, bars, points, stacked or not, on an axis for each unit.
import { useMemo } from "react";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { useDark } from "../../ui/hooks/useDark";
import { seriesOf } from "./compute/series";
import type { PanelProps } from "./panel";
import { useTimeAcross } from "./plot/across";
import { SeriesPanel } from "./plot/SeriesPanel";

export function TimeSeriesPanel(props: PanelProps) {
  const { panel, frames } = props;
  const dark = useDark();
  const hues = useServiceHues();
  const set = useMemo(() => seriesOf(frames, dark, hues), [frames, dark, hues]);
  const x = useTimeAcross(panel.options.timezone, frames);
  return <SeriesPanel {...props} set={set} x={x} />;
}
