// Values over time: lines, bars, points, stacked or not, on one or two axes.
import "uplot/dist/uPlot.min.css";
import { useEffectEvent, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { record, text } from "../../api/decode";
import { nearestSeries } from "../../charts/axes/axes";
import chartStyles from "../../charts/charts.module.css";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { readLook, resolveColor } from "../../charts/options";
import { type ChartEvent, eventsPlugin } from "../../charts/plugins/events";
import { clickPlugin, gesturesPlugin } from "../../charts/plugins/gestures";
import { type Mark, marksPlugin } from "../../charts/plugins/marks";
import { type TooltipOrder, type TooltipRow, tooltipPlugin } from "../../charts/plugins/tooltip";
import { usePlot } from "../../charts/usePlot";
import { absolute, type Range } from "../../time/range";
import { shownRange } from "../../time/step";
import { useDark } from "../../ui/useDark";
import type { Annotation } from "../annotations/annotation";
import type { DataFrame } from "../data/frame";
import { cssColor, seriesColor } from "../field/colors";
import { formatValue } from "../field/units";
import { type LegendPlace, legendPlace } from "./compute/legend";
import { plotOptions } from "./compute/plot";
import { type Painted, type PanelSeries, paint, type SeriesSet, scaleKey, seriesOf, thinSet } from "./compute/series";
import { ChartLinks, type Pinned } from "./links/ChartLinks";
import { filledLinks, type Linked } from "./links/dataLinks";
import { NoData } from "./NoData";
import { PanelLegend } from "./PanelLegend";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const NONE: ReadonlySet<string> = new Set();

export function TimeSeriesPanel(props: PanelProps) {
  const { panel, frames, range, width, height, syncKey, onZoom, onBack, lookup } = props;
  const dark = useDark();
  const hues = useServiceHues();
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  const [pinned, setPinned] = useState<Pinned>();
  const set = useMemo(() => seriesOf(frames, dark, hues), [frames, dark, hues]);
  const legend = useMemo(() => {
    const names = set.series.map((one) => one.name);
    return legendPlace(panel.options.legend, width, height, names);
  }, [set, panel.options.legend, width, height]);
  const plot = plotSize(legend, width, height);
  const drawn = useMemo(() => thinSet(set, plot.width), [set, plot.width]);
  if (set.series.length === 0) return <NoData text={panel.defaults.noValue} />;
  const told = record(panel.options.tooltip);
  const tooltip = text(told.mode, "multi");
  return (
    <div className={styles.withLegend} data-right={legend.side === "right"}>
      <Plot
        set={drawn}
        range={range}
        width={plot.width}
        height={plot.height}
        hidden={hidden}
        pointed={pointed}
        single={tooltip === "single"}
        tooltip={tooltip !== "none"}
        order={told.sort === "asc" || told.sort === "none" ? told.sort : "desc"}
        hideZeros={told.hideZeros === true}
        syncKey={syncKey}
        onZoom={onZoom}
        onBack={onBack}
        events={props.events}
        marks={props.marks}
        onMark={props.onMark}
        onMoment={props.onMoment}
        onPick={(series, row, at) => {
          const links = filledLinks(pointOf(series, row, drawn, frames), lookup);
          setPinned(links.length === 0 ? undefined : { ...at, name: series.name, links });
        }}
        label={`${panel.title}: ${set.series.length} series`}
      />
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
      {legend.side !== "none" && (
        <PanelLegend place={legend} series={set.series} hidden={hidden} onHide={setHidden} onPoint={setPointed} />
      )}
    </div>
  );
}

/** One point of what is drawn, as its links tell of it. */
function pointOf(series: PanelSeries, row: number, drawn: SeriesSet, frames: readonly DataFrame[]): Linked {
  const { field } = series;
  const value = series.values[row] ?? null;
  const at = (drawn.times[row] ?? 0) * 1_000;
  const frame = frames.find((one) => one.fields.includes(field));
  const times = frame?.fields.find((one) => one.type === "time")?.values ?? [];
  const found = times.findIndex((one) => typeof one === "number" && Math.abs(one - at) < 1);
  const words = value === null ? "" : textOf(series, value);
  return { field, frame, row: found < 0 ? undefined : found, value, words, name: series.name };
}

function plotSize(legend: LegendPlace, width: number, height: number): { width: number; height: number } {
  if (legend.side === "right") return { width: width - legend.px, height };
  return { width, height: legend.side === "bottom" ? height - legend.px : height };
}

interface PlotProps extends Pick<PanelProps, "events" | "marks" | "onMark" | "onMoment"> {
  set: SeriesSet;
  range: Range;
  width: number;
  height: number;
  hidden: ReadonlySet<string>;
  pointed: string | undefined;
  single: boolean;
  /** The values under the pointer are told. */
  tooltip: boolean;
  order: TooltipOrder;
  hideZeros: boolean;
  syncKey: string | undefined;
  onZoom: (range: Range) => void;
  onBack: () => void;
  /** A point was clicked that has links. */
  onPick: (series: PanelSeries, row: number, at: { x: number; y: number }) => void;
  label: string;
}

interface Live {
  set: SeriesSet;
  painted: readonly Painted[];
  range: Range;
  events: readonly ChartEvent[];
  marks: readonly Mark[];
}

function Plot(props: PlotProps) {
  const { set, range, width, height, hidden, pointed, single, tooltip, order, hideZeros, syncKey } = props;
  const host = useRef<HTMLDivElement>(null);
  const dark = useDark();
  const zoom = useEffectEvent((to: Range) => props.onZoom(to));
  const back = useEffectEvent(() => props.onBack());
  const openMark = useEffectEvent((mark: Mark) => props.onMark(mark));
  const pick = useEffectEvent(props.onPick);
  const nameMoment = useEffectEvent((at: number) => props.onMoment?.(at));
  const events = useMemo(() => chartEvents(props.events, dark), [props.events, dark]);
  const isShown = (name: string) => !hidden.has(name);

  const build = (element: HTMLElement, state: Live, live: () => Live): uPlot => {
    const colors = set.series.map((one) => resolveColor(element, one.color));
    const rowsAt = (chart: uPlot, index: number, nearY: number | undefined): TooltipRow[] => {
      const near = nearY === undefined ? -1 : nearestSeries(chart, index, nearY);
      return live().set.series.flatMap((one, place) => {
        const value = one.values[index] ?? null;
        if (value === null || chart.series[place + 1]?.show === false) return [];
        if (single && near !== place + 1) return [];
        if (hideZeros && value === 0) return [];
        return [
          { name: one.name, color: colors[place] ?? "", value, near: place + 1 === near, text: textOf(one, value) },
        ];
      });
    };
    const options = plotOptions({
      width,
      height,
      dark,
      range: () => shownRange(live().range, live().set.times),
      series: set.series,
      painted: state.painted,
      shown: isShown,
      look: readLook(element),
      element,
      syncKey,
      plugins: [
        ...(tooltip ? [tooltipPlugin({ rowsAt, format: String, order }, chartStyles)] : []),
        gesturesPlugin({
          onZoom: (to) => zoom(to),
          onBack: () => back(),
          onMoment: (at) => nameMoment(at),
        }),
        clickPlugin((chart, event) => {
          const { idx, top = -1 } = chart.cursor;
          if (idx === null || idx === undefined) return;
          const near = live().set.series[nearestSeries(chart, idx, top) - 1];
          if (near === undefined || (near.config.links ?? []).length === 0) return;
          const box = element.parentElement?.getBoundingClientRect();
          pick(near, idx, { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) });
        }),
        eventsPlugin(() => live().events, chartStyles),
        marksPlugin({
          marks: () => live().marks,
          color: resolveColor(element, "var(--traces)"),
          scale: set.series[0] === undefined ? "y" : scaleKey(set.series[0]),
          onOpen: (mark) => openMark(mark),
        }),
      ],
    });
    return new uPlot(options, columnsOf(state), element);
  };

  const shape = set.series.map((one) => `${one.name}\n${one.color}\n${JSON.stringify(one.config)}`).join("\n");
  usePlot<Live>({
    host,
    width,
    height,
    draw: () => ({ set, painted: paint(set.series, isShown), range, events, marks: props.marks }),
    columns: columnsOf,
    build,
    shape: [shape, hidden, single, tooltip, order, hideZeros, syncKey, dark],
    fresh: [set, range, events, props.marks],
    pointed,
  });

  return <div ref={host} className={chartStyles.chart} style={{ width, height }} role="img" aria-label={props.label} />;
}

/** Events as the chart takes them: colours that a canvas understands, times that people read. */
function chartEvents(events: readonly Annotation[], dark: boolean): ChartEvent[] {
  return events.map((one) => ({
    from: one.time,
    to: one.timeEnd,
    color: cssColor(one.color, dark) ?? seriesColor(0, dark),
    title: one.title,
    text: one.text,
    tags: one.tags,
    when: one.timeEnd > one.time ? `${absolute(one.time)} to ${absolute(one.timeEnd)}` : absolute(one.time),
  }));
}

function textOf(one: PanelSeries, value: number): string {
  return formatValue(value, one.config.unit, one.config.decimals);
}

function columnsOf(state: Live): uPlot.AlignedData {
  return [state.set.times as number[], ...state.painted.map((one) => one.values as (number | null)[])];
}
