// Points, or lines, over any two columns: what goes with what.
import { useMemo, useState } from "react";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { valueText } from "../../field/show";
import type { PanelSeries, SeriesSet } from "../compute/series";
import { ChartLinks, type Pinned } from "../links/ChartLinks";
import { filledLinks } from "../links/dataLinks";
import { pinOf } from "../links/pin";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";
import type { XAxis } from "../plot/across";
import type { Figures } from "../plot/Plot";
import { SeriesPanel } from "../plot/SeriesPanel";
import { tooltipLook } from "../plot/tooltip";
import { type Pointing, pointsPlugin } from "./figures";
import { labelled, type XYSeries, xySeries } from "./points";

export function XYChartPanel(props: PanelProps) {
  const { panel, frames, lookup } = props;
  const { options } = panel;
  const dark = useDark();
  const hues = useServiceHues();
  const [pinned, setPinned] = useState<Pinned>();
  const series = useMemo(() => xySeries(frames, options, dark, hues), [frames, options, dark, hues]);
  const set = useMemo(() => endsOf(series), [series]);
  const x = useMemo(() => acrossOf(series), [series]);
  const told = useMemo(() => series.map(asSeries), [series]);
  const tooltip = tooltipLook(options.tooltip).mode !== "none";
  const quiet = useMemo(() => ({ ...panel, options: { ...options, tooltip: { mode: "none" } } }), [panel, options]);
  const figures: Figures = {
    unlined: new Set(series.map((one) => one.name)),
    plugin: () => pointsPlugin({ series, tooltip, onPick }),
    key: series,
  };
  function onPick({ series: one, point }: Pointing, event: MouseEvent) {
    const { frame, y, name } = one;
    const words = valueText(point.y, y.config);
    const links = filledLinks({ field: y, frame, row: point.row, value: point.y, words, name }, lookup);
    const host = (event.target as Element).closest("[data-testid=xychart]")?.getBoundingClientRect();
    const at = { x: event.clientX - (host?.left ?? 0), y: event.clientY - (host?.top ?? 0) };
    setPinned(pinOf(links, name, at));
  }
  if (set === undefined || x === undefined) return <NoData text={panel.defaults.noValue} />;
  return (
    <div className={styles.withLegend} data-testid="xychart">
      <SeriesPanel {...props} panel={quiet} set={set} x={x} figures={figures} told={told} />
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
    </div>
  );
}

function asSeries(one: XYSeries): PanelSeries {
  const values = one.points.map((point) => point.y);
  return { name: one.name, color: one.color, config: one.config, field: one.y, values };
}

function acrossOf(series: readonly XYSeries[]): XAxis | undefined {
  const [first] = series;
  if (first === undefined) return undefined;
  if (first.x.type === "time") return { kind: "time", zones: [] };
  return { kind: "number", name: first.x.name, config: labelled(first.x.config, first.x.name) };
}

/** Part of the span that stays free beside the outermost points. */
const ROOM = 0.03;

/** The ends that all series need, as two points of each: the axes are made of them, the points are painted by themselves. */
function endsOf(series: readonly XYSeries[]): SeriesSet | undefined {
  const all = series.flatMap((one) => one.points.map((point) => (one.x.type === "time" ? point.x / 1_000 : point.x)));
  if (all.length === 0) return undefined;
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const room = (high - low || 1) * ROOM;
  return {
    times: [low - room, high + room],
    series: series.map((one) => {
      const values = one.points.map((point) => point.y);
      const ends =
        values.length === 0
          ? [null, null]
          : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
      return { ...asSeries(one), values: ends };
    }),
  };
}
