// A chart of values over time: lines, or stacked bars. uPlot draws; this file feeds it and clears it away.
// New values of the same series go into the living chart, so that a refresh disturbs neither a drag nor the pointer.
import "uplot/dist/uPlot.min.css";
import { useEffect, useEffectEvent, useRef } from "react";
import uPlot from "uplot";
import type { Range } from "../time/range";
import { shownRange } from "../time/step";
import { useDark } from "../ui/useDark";
import { useWidth } from "../ui/useWidth";
import styles from "./charts.module.css";
import { type Drawing, makeDrawing } from "./drawing";
import { gesturesPlugin } from "./gestures";
import { type Mark, marksPlugin } from "./marks";
import { type ChartSeries, chartOptions, readLook, resolveColor, withAlpha } from "./options";
import { type TooltipRow, tooltipPlugin } from "./tooltip";

interface Props {
  times: readonly number[];
  series: readonly ChartSeries[];
  range: Range;
  height: number;
  format: (value: number) => string;
  label: string;
  bars?: boolean;
  hidden?: ReadonlySet<string>;
  /** Name of the series that the legend points at. */
  pointed?: string | undefined;
  marks?: readonly Mark[];
  onMark?: (mark: Mark) => void;
  onZoom: (range: Range) => void;
  onBack: () => void;
  syncKey?: string;
}

const NO_MARKS: readonly Mark[] = [];

/** What the living chart shows; its plugins read it when the pointer moves. */
interface Live {
  drawing: Drawing;
  range: Range;
}

export function TimeChart(props: Props) {
  const { times, series, range, height, format, bars = false, hidden, marks = NO_MARKS, syncKey, pointed } = props;
  const [host, width] = useWidth();
  const plot = useRef<uPlot | undefined>(undefined);
  const dark = useDark();
  const zoom = useEffectEvent((to: Range) => props.onZoom(to));
  const back = useEffectEvent(() => props.onBack());
  const openMark = useEffectEvent((mark: Mark) => props.onMark?.(mark));
  const isShown = (name: string) => !(hidden?.has(name) ?? false);
  const draw = useEffectEvent((): Live => ({ drawing: makeDrawing(times, series, bars, isShown, width), range }));
  const live = useRef<Live | undefined>(undefined);

  const build = useEffectEvent((element: HTMLElement): uPlot => {
    const state = draw();
    live.current = state;
    const { order } = state.drawing;
    const colors = series.map((one) => resolveColor(element, one.color));
    const painted = order.flatMap((index) => {
      const one = series[index];
      return one === undefined ? [] : [{ ...one, color: colors[index] ?? "" }];
    });
    const names = series.map((one) => one.name);
    const rowsAt = (chart: uPlot, index: number, nearY: number | undefined): TooltipRow[] => {
      const near = nearY === undefined ? -1 : nearest(chart, index, nearY);
      return order.flatMap((source, place) => {
        const value = live.current?.drawing.columns[source]?.[index] ?? null;
        const isOff = chart.series[place + 1]?.show === false;
        if (value === null || isOff || (bars && value === 0)) return [];
        return [{ name: names[source] ?? "", color: colors[source] ?? "", value, near: place + 1 === near }];
      });
    };
    const plugins = [
      tooltipPlugin({ rowsAt, format }, styles),
      gesturesPlugin({ onZoom: (to) => zoom(to), onBack: () => back() }),
      ...(marks.length > 0
        ? [marksPlugin(marks, resolveColor(element, "var(--traces)"), (mark) => openMark(mark))]
        : []),
    ];
    const options = chartOptions({
      width,
      height,
      range: () => shownRange((live.current ?? state).range, (live.current ?? state).drawing.times),
      bars,
      series: painted,
      shown: isShown,
      format,
      look: readLook(element),
      syncKey,
      alpha: withAlpha,
      plugins,
    });
    return new uPlot(options, dataOf(state.drawing), element);
  });

  // Everything that changes how the chart is made. `dark` is read through CSS variables.
  const shape = series.map((one) => `${one.name}\n${one.color}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list says when to build anew; the building reads the rest
  useEffect(() => {
    const element = host.current;
    if (element === null || width === 0) return;
    const chart = build(element);
    plot.current = chart;
    return () => {
      plot.current = undefined;
      live.current = undefined;
      chart.destroy();
    };
  }, [host, width, height, shape, format, bars, hidden, marks, syncKey, dark]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list says when there are new values
  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined || live.current === undefined) return;
    const next = draw();
    if (next.drawing.times === live.current.drawing.times && next.range === live.current.range) return;
    live.current = next;
    chart.setData(dataOf(next.drawing), true);
  }, [times, series, range]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    const index = chart.series.findIndex((one) => one.label === pointed);
    chart.setSeries(index > 0 ? index : null, { focus: true });
  }, [pointed]);

  return <div ref={host} className={styles.chart} style={{ height }} role="img" aria-label={props.label} />;
}

function dataOf(drawing: Drawing): uPlot.AlignedData {
  return [drawing.times as number[], ...drawing.painted.map((column) => column as (number | null)[])];
}

/** uPlot's index of the series whose value at `index` is closest to the pointer. */
function nearest(chart: uPlot, index: number, y: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let place = 1; place < chart.series.length; place += 1) {
    const value = chart.data[place]?.[index];
    if (value === null || value === undefined || chart.series[place]?.show === false) continue;
    const away = Math.abs(chart.valToPos(value, "y") - y);
    if (away < distance) {
      best = place;
      distance = away;
    }
  }
  return best;
}
