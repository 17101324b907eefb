// A chart of values over time: lines, or stacked bars. uPlot draws; this file feeds it and clears it away.
import "uplot/dist/uPlot.min.css";
import { useEffect, useEffectEvent, useRef } from "react";
import uPlot from "uplot";
import type { Range } from "../time/range";
import { useDark } from "../ui/useDark";
import { useWidth } from "../ui/useWidth";
import styles from "./charts.module.css";
import { decimate } from "./decimate";
import { gesturesPlugin } from "./gestures";
import { type Mark, marksPlugin } from "./marks";
import { type ChartSeries, chartOptions, readLook, resolveColor, withAlpha } from "./options";
import { stackUp } from "./stack";
import { type TooltipRow, tooltipPlugin } from "./tooltip";

interface Props {
  times: readonly number[];
  series: readonly ChartSeries[];
  range: Range;
  stepSeconds: number;
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

export function TimeChart(props: Props) {
  const {
    times,
    series,
    range,
    stepSeconds,
    height,
    format,
    bars = false,
    hidden,
    marks = NO_MARKS,
    syncKey,
    pointed,
  } = props;
  const [host, width] = useWidth();
  const plot = useRef<uPlot | undefined>(undefined);
  const dark = useDark();
  const zoom = useEffectEvent((to: Range) => props.onZoom(to));
  const back = useEffectEvent(() => props.onBack());
  const openMark = useEffectEvent((mark: Mark) => props.onMark?.(mark));

  // `dark` is read through CSS variables: a change of scheme must draw anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const element = host.current;
    if (element === null || width === 0) return;
    const isShown = (name: string) => !(hidden?.has(name) ?? false);
    const painted = series.map((one) => ({ ...one, color: resolveColor(element, one.color) }));
    const small = decimate({ times, columns: painted.map((one) => one.values.map(drawable)) }, width);
    const drawn = bars
      ? stackUp(small.columns.map((column, index) => (isShown(painted[index]?.name ?? "") ? column : [])))
      : small.columns;
    // Bars are drawn from the highest sum down, each covering the part that belongs to those below it.
    const order = painted.map((_, index) => (bars ? painted.length - 1 - index : index));
    const rowsAt = (chart: uPlot, index: number, nearY: number | undefined): TooltipRow[] => {
      const near = nearY === undefined ? -1 : nearest(chart, index, nearY);
      return order.flatMap((source, place) => {
        const one = painted[source];
        const value = small.columns[source]?.[index] ?? null;
        if (one === undefined || value === null || !isShown(one.name) || (bars && value === 0)) return [];
        return [{ name: one.name, color: one.color, value, near: place + 1 === near }];
      });
    };
    const chart = new uPlot(
      chartOptions({
        width,
        height,
        range,
        bars,
        series: order.flatMap((index) => painted[index] ?? []),
        shown: isShown,
        format,
        look: readLook(element),
        syncKey,
        stepSeconds,
        alpha: withAlpha,
        plugins: [
          tooltipPlugin({ rowsAt, format }, styles),
          gesturesPlugin({ onZoom: (to) => zoom(to), onBack: () => back() }),
          ...(marks.length > 0
            ? [marksPlugin(marks, resolveColor(element, "var(--traces)"), (mark) => openMark(mark))]
            : []),
        ],
      }),
      [small.times as number[], ...order.map((index) => (drawn[index] ?? []) as (number | null)[])],
      element,
    );
    plot.current = chart;
    return () => {
      plot.current = undefined;
      chart.destroy();
    };
  }, [host, width, height, times, series, range, stepSeconds, format, bars, hidden, marks, syncKey, dark]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    const index = chart.series.findIndex((one) => one.label === pointed);
    chart.setSeries(index > 0 ? index : null, { focus: true });
  }, [pointed]);

  return <div ref={host} className={styles.chart} style={{ height }} role="img" aria-label={props.label} />;
}

/** The axis has no place for NaN and the infinities; the table shows them. */
function drawable(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
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
