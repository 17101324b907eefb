// Values over numbers that are no times: a latency over a load, a size over a version.
import { useMemo } from "react";
import { text } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { seriesOverNumbers } from "../compute/series";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import type { XAxis } from "./across";
import { SeriesPanel } from "./SeriesPanel";

export function TrendPanel(props: PanelProps) {
  const { panel, frames } = props;
  const dark = useDark();
  const hues = useServiceHues();
  const xField = text(panel.options.xField);
  const set = useMemo(() => seriesOverNumbers(frames, xField, dark, hues), [frames, xField, dark, hues]);
  const { name, config } = set.x ?? {};
  const x = useMemo(
    (): XAxis | undefined =>
      name === undefined || config === undefined ? undefined : { kind: "number", name, config },
    [name, config],
  );
  if (x === undefined) return <NoData text={panel.defaults.noValue} />;
  return <SeriesPanel {...props} set={set} x={x} />;
}
