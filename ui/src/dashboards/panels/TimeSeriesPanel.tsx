// Values over time: lines, bars, points, stacked or not, on one or two axes.
import "uplot/dist/uPlot.min.css";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { record } from "../../api/decode";
import chartStyles from "../../charts/charts.module.css";
import { gesturesPlugin } from "../../charts/gestures";
import { readLook, resolveColor } from "../../charts/options";
import { type TooltipRow, tooltipPlugin } from "../../charts/tooltip";
import type { Range } from "../../time/range";
import { shownRange } from "../../time/step";
import { useDark } from "../../ui/useDark";
import { formatValue } from "../field/units";
import { type LegendPlace, legendPlace } from "./compute/legend";
import { plotOptions } from "./compute/plot";
import { type Painted, type PanelSeries, paint, type SeriesSet, seriesOf } from "./compute/series";
import { NoData } from "./NoData";
import { PanelLegend } from "./PanelLegend";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const NONE: ReadonlySet<string> = new Set();

export function TimeSeriesPanel({ panel, frames, range, width, height, syncKey, onZoom, onBack }: PanelProps) {
  const dark = useDark();
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  const set = useMemo(() => seriesOf(frames, dark), [frames, dark]);
  if (set.series.length === 0) return <NoData text={panel.defaults.noValue} />;
  const legend = legendPlace(
    panel.options.legend,
    width,
    height,
    set.series.map((one) => one.name),
  );
  const plot = plotSize(legend, width, height);
  const isSingle = record(panel.options.tooltip).mode === "single";
  return (
    <div className={styles.withLegend} data-right={legend.side === "right"}>
      <Plot
        set={set}
        range={range}
        width={plot.width}
        height={plot.height}
        hidden={hidden}
        pointed={pointed}
        single={isSingle}
        syncKey={syncKey}
        onZoom={onZoom}
        onBack={onBack}
        label={`${panel.title}: ${set.series.length} series`}
      />
      {legend.side !== "none" && (
        <PanelLegend place={legend} series={set.series} hidden={hidden} onHide={setHidden} onPoint={setPointed} />
      )}
    </div>
  );
}

function plotSize(legend: LegendPlace, width: number, height: number): { width: number; height: number } {
  if (legend.side === "right") return { width: width - legend.px, height };
  return { width, height: legend.side === "bottom" ? height - legend.px : height };
}

interface PlotProps {
  set: SeriesSet;
  range: Range;
  width: number;
  height: number;
  hidden: ReadonlySet<string>;
  pointed: string | undefined;
  single: boolean;
  syncKey: string | undefined;
  onZoom: (range: Range) => void;
  onBack: () => void;
  label: string;
}

interface Live {
  set: SeriesSet;
  painted: readonly Painted[];
  range: Range;
}

function Plot(props: PlotProps) {
  const { set, range, width, height, hidden, pointed, single, syncKey } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const live = useRef<Live | undefined>(undefined);
  const dark = useDark();
  const zoom = useEffectEvent((to: Range) => props.onZoom(to));
  const back = useEffectEvent(() => props.onBack());
  const isShown = (name: string) => !hidden.has(name);
  const draw = useEffectEvent((): Live => ({ set, painted: paint(set.series, isShown), range }));

  const build = useEffectEvent((element: HTMLElement): uPlot => {
    const state = draw();
    live.current = state;
    const colors = set.series.map((one) => resolveColor(element, one.color));
    const rowsAt = (chart: uPlot, index: number, nearY: number | undefined): TooltipRow[] => {
      const near = nearY === undefined ? -1 : nearest(chart, index, nearY);
      return (live.current?.set.series ?? []).flatMap((one, place) => {
        const value = one.values[index] ?? null;
        if (value === null || chart.series[place + 1]?.show === false) return [];
        if (single && near !== place + 1) return [];
        return [
          { name: one.name, color: colors[place] ?? "", value, near: place + 1 === near, text: textOf(one, value) },
        ];
      });
    };
    const options = plotOptions({
      width,
      height,
      dark,
      range: () => shownRange((live.current ?? state).range, (live.current ?? state).set.times),
      series: set.series,
      painted: state.painted,
      shown: isShown,
      look: readLook(element),
      element,
      syncKey,
      plugins: [
        tooltipPlugin({ rowsAt, format: String }, chartStyles),
        gesturesPlugin({ onZoom: (to) => zoom(to), onBack: () => back() }),
      ],
    });
    return new uPlot(options, dataOf(state), element);
  });

  const shape = set.series.map((one) => `${one.name}\n${one.color}\n${JSON.stringify(one.config)}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list says when to build anew; the building reads the rest
  useEffect(() => {
    const element = host.current;
    if (element === null || width < 20 || height < 20) return;
    const chart = build(element);
    plot.current = chart;
    return () => {
      plot.current = undefined;
      live.current = undefined;
      chart.destroy();
    };
  }, [shape, hidden, single, syncKey, dark]);

  useEffect(() => {
    if (width >= 20 && height >= 20) plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined || live.current === undefined) return;
    if (live.current.set === set && live.current.range === range) return;
    const next = draw();
    live.current = next;
    chart.setData(dataOf(next), true);
  }, [set, range]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    const index = chart.series.findIndex((one) => one.label === pointed);
    chart.setSeries(index > 0 ? index : null, { focus: true });
  }, [pointed]);

  return <div ref={host} className={chartStyles.chart} style={{ width, height }} role="img" aria-label={props.label} />;
}

function textOf(one: PanelSeries, value: number): string {
  return formatValue(value, one.config.unit, one.config.decimals);
}

function dataOf(state: Live): uPlot.AlignedData {
  return [state.set.times as number[], ...state.painted.map((one) => one.values as (number | null)[])];
}

function nearest(chart: uPlot, index: number, y: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let place = 1; place < chart.series.length; place += 1) {
    const value = chart.data[place]?.[index];
    const scale = chart.series[place]?.scale;
    if (value === null || value === undefined || scale === undefined || chart.series[place]?.show === false) continue;
    const away = Math.abs(chart.valToPos(value, scale) - y);
    if (away < distance) {
      best = place;
      distance = away;
    }
  }
  return best;
}
