// The chart of a panel's series, over time or over numbers: uPlot with the panel's options, its pointer and its events.
import "uplot/dist/uPlot.min.css";
import { useEffectEvent, useMemo, useRef } from "react";
import uPlot from "uplot";
import { nearestSeries } from "../../../charts/axes/axes";
import chartStyles from "../../../charts/charts.module.css";
import { readLook, resolveColor } from "../../../charts/options";
import { type ChartEvent, eventsPlugin } from "../../../charts/plugins/events";
import { clickPlugin, gesturesPlugin } from "../../../charts/plugins/gestures";
import { type Mark, marksPlugin } from "../../../charts/plugins/marks";
import { type TooltipRow, tooltipPlugin } from "../../../charts/plugins/tooltip";
import { usePlot } from "../../../charts/usePlot";
import type { Range } from "../../../time/range";
import { useDark } from "../../../ui/hooks/useDark";
import { valueText } from "../../field/show";
import type { PanelSeries, SeriesSet } from "../compute/series";
import type { PanelProps } from "../panel";
import { acrossOf, headOf, type XAxis } from "./across";
import { chartEvents } from "./chartEvents";
import { drawnOf, scaleKey } from "./drawn";
import { type Painted, paint } from "./paint";
import { plotOptions } from "./plot";
import { ownColor } from "./strokes";
import type { TooltipLook } from "./tooltip";

/** Drawn by a plugin over the plot, instead of the lines of some series. */
export interface Figures {
  readonly unlined: ReadonlySet<string>;
  readonly plugin: (live: () => SeriesSet) => uPlot.Plugin;
  /** Another one asks for a new chart. */
  readonly key: unknown;
}

interface Props
  extends Pick<
    PanelProps,
    "range" | "events" | "marks" | "syncKey" | "onMark" | "onMoment" | "onEvent" | "onZoom" | "onBack"
  > {
  set: SeriesSet;
  x: XAxis;
  width: number;
  height: number;
  hidden: ReadonlySet<string>;
  pointed: string | undefined;
  tooltip: TooltipLook;
  figures?: Figures | undefined;
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

const NO_NAMES: ReadonlySet<string> = new Set();

export function Plot(props: Props) {
  const { set, x, range, width, height, hidden, pointed, tooltip, syncKey, figures } = props;
  const host = useRef<HTMLDivElement>(null);
  const dark = useDark();
  const zoom = useEffectEvent((to: Range) => props.onZoom(to));
  const back = useEffectEvent(() => props.onBack());
  const openMark = useEffectEvent((mark: Mark) => props.onMark(mark));
  const pick = useEffectEvent(props.onPick);
  const nameMoment = useEffectEvent((span: Range) => props.onMoment?.(span));
  const openEvent = useEffectEvent((id: number) => props.onEvent?.(id));
  const events = useMemo(() => chartEvents(props.events, dark), [props.events, dark]);
  const isShown = (name: string) => !hidden.has(name);

  const build = (element: HTMLElement, state: Live, live: () => Live): uPlot => {
    const look = readLook();
    const overTime = [
      gesturesPlugin({ onZoom: (to) => zoom(to), onBack: () => back(), onMoment: (span) => nameMoment(span) }),
      eventsPlugin(
        () => live().events,
        chartStyles,
        (id) => openEvent(id),
      ),
      marksPlugin({
        marks: () => live().marks,
        color: resolveColor("var(--traces)"),
        scale: set.series[0] === undefined ? "y" : scaleKey(set.series[0].config),
        onOpen: (mark) => openMark(mark),
      }),
    ];
    const told = tooltipPlugin(
      {
        rowsAt: rowsOf(() => live().set.series, tooltip, dark),
        format: String,
        order: tooltip.order,
        most: tooltip.most,
        ...headOf(x),
      },
      chartStyles,
    );
    const options = plotOptions({
      width,
      height,
      dark,
      across: acrossOf(x, { range: () => live().range, times: () => live().set.times, look, width }),
      series: set.series,
      live: () => live().set.series,
      painted: state.painted,
      shown: isShown,
      look,
      syncKey: x.kind === "time" ? syncKey : undefined,
      unlined: figures?.unlined ?? NO_NAMES,
      plugins: [
        ...(tooltip.mode === "none" ? [] : [told]),
        ...(x.kind === "time" ? overTime : []),
        ...(figures === undefined ? [] : [figures.plugin(() => live().set)]),
        linksPlugin(() => live().set.series, pick),
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
    shape: [shape, hidden, tooltip, x, figures?.key, syncKey, dark],
    fresh: [set, range, events, props.marks],
    pointed,
  });

  return <div ref={host} className={chartStyles.chart} style={{ width, height }} role="img" aria-label={props.label} />;
}

type RowsAt = (chart: uPlot, index: number, nearY: number | undefined) => TooltipRow[];

/** The values under the pointer; where times are not those of a series, of its nearest time. */
function rowsOf(live: () => readonly PanelSeries[], tooltip: TooltipLook, dark: boolean): RowsAt {
  return (chart, index, nearY) => {
    const near = nearY === undefined ? -1 : nearestSeries(chart, index, nearY);
    return live().flatMap((one, place) => {
      const value = one.values[chart.cursor.idxs?.[place + 1] ?? index] ?? null;
      if (value === null || chart.series[place + 1]?.show === false || drawnOf(one.config).hidden.tooltip) return [];
      if (tooltip.mode === "single" && near !== place + 1) return [];
      if (tooltip.hideZeros && value === 0) return [];
      const own = ownColor(one, value, dark) ?? resolveColor(one.color);
      return [{ name: one.name, color: own, value, near: place + 1 === near, text: valueText(value, one.config) }];
    });
  };
}

/** A click on a point that has links. */
function linksPlugin(live: () => readonly PanelSeries[], pick: Props["onPick"]): uPlot.Plugin {
  return clickPlugin((chart, event) => {
    const { idx, top = -1 } = chart.cursor;
    if (idx === null || idx === undefined) return;
    const place = nearestSeries(chart, idx, top);
    const near = live()[place - 1];
    if (near === undefined || (near.config.links ?? []).length === 0) return;
    const box = chart.root.parentElement?.parentElement?.getBoundingClientRect();
    const row = chart.cursor.idxs?.[place] ?? idx;
    pick(near, row, { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) });
  });
}

function columnsOf(state: Live): uPlot.AlignedData {
  return [state.set.times as number[], ...state.painted.map((one) => one.values as (number | null)[])];
}
