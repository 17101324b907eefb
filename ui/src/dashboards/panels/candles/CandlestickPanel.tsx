// Where values opened and closed in each step and how far they went between: candles, with volumes under them.
import { useMemo } from "react";
import { record } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { cssColor } from "../../field/colors";
import { seriesOf } from "../compute/series";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import { useTimeAcross } from "../plot/across";
import type { Figures } from "../plot/Plot";
import { SeriesPanel } from "../plot/SeriesPanel";
import { candleLook, candlesOf } from "./candles";
import { candlePlugin } from "./figures";

export function CandlestickPanel({ panel, ...props }: PanelProps) {
  const { frames } = props;
  const { options } = panel;
  const dark = useDark();
  const hues = useServiceHues();
  const candles = useMemo(() => candlesOf(seriesOf(frames, dark, hues), options), [frames, dark, hues, options]);
  const hasVolume = candles?.hasVolume === true;
  const figures = useMemo(
    () => figuresOf(options, hasVolume, dark, candles?.set.series ?? []),
    [options, hasVolume, dark, candles],
  );
  const x = useTimeAcross(options.timezone, frames);
  // Values of one candle stay in their order.
  const ordered = useMemo(
    () => ({ ...panel, options: { ...options, tooltip: { sort: "none", ...record(options.tooltip) } } }),
    [panel, options],
  );
  if (candles === undefined) return <NoData text={panel.defaults.noValue} />;
  return <SeriesPanel {...props} panel={ordered} set={candles.set} x={x} figures={figures} />;
}

function figuresOf(
  options: PanelProps["panel"]["options"],
  hasVolume: boolean,
  dark: boolean,
  series: readonly { name: string }[],
): Figures {
  const look = candleLook(options);
  const painted = (look.candles ? 4 : 0) + (hasVolume ? 1 : 0);
  const colors = {
    up: named(look.colors.up, dark),
    down: named(look.colors.down, dark),
    flat: named(look.colors.flat, dark),
  };
  return {
    unlined: new Set(series.slice(0, painted).map((one) => one.name)),
    plugin: (live) => candlePlugin(live, look, hasVolume, colors),
    key: JSON.stringify([look, hasVolume, dark]),
  };
}

function named(color: string, dark: boolean): string {
  return cssColor(color, dark) ?? "#8a94a6";
}
