// A chart of values over time: lines, or stacked bars. uPlot draws; this file feeds it and clears it away.
import "uplot/dist/uPlot.min.css";
import { useEffectEvent, useMemo } from "react";
import uPlot from "uplot";
import type { Format } from "../format/unit";
import type { Range } from "../time/range";
import { shownRange } from "../time/step";
import { useDark } from "../ui/hooks/useDark";
import { useWidth } from "../ui/hooks/useWidth";
import { Icon } from "../ui/Icon";
import { nearestSeries } from "./axes/axes";
import styles from "./charts.module.css";
import { dataRange } from "./dataSpan";
import { type Drawing, makeDrawing } from "./drawing";
import {
  type ChartSeries,
  type ChartStyle,
  chartOptions,
  isStacked,
  readLook,
  resolveColor,
  withAlpha,
} from "./options";
import { gesturesPlugin } from "./plugins/gestures";
import { type Mark, marksPlugin } from "./plugins/marks";
import { type TooltipRow, tooltipPlugin } from "./plugins/tooltip";
import { usePlot } from "./usePlot";

interface Props {
  times: readonly number[];
  series: readonly ChartSeries[];
  range: Range;
  height: number;
  format: Format;
  label: string;
  /** Stacked bars of counts. */
  bars?: boolean;
  /** How values are drawn that are no bars. */
  style?: ChartStyle;
  /** One of many: what it offers waits for the pointer. */
  quiet?: boolean;
  /** Zeros are filled in where nothing was counted. */
  counts?: boolean;
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
  marks: readonly Mark[];
}

export function TimeChart(props: Props) {
  const { times, series, range, height, format, bars = false, hidden, marks = NO_MARKS, syncKey, pointed } = props;
  const style = bars ? "bars" : (props.style ?? "lines");
  const counts = props.counts ?? bars;
  const [host, width] = useWidth();
  const dark = useDark();
  const zoom = useEffectEvent((to: Range) => props.onZoom(to));
  const back = useEffectEvent(() => props.onBack());
  const openMark = useEffectEvent((mark: Mark) => props.onMark?.(mark));
  const isShown = (name: string) => !(hidden?.has(name) ?? false);

  const build = (element: HTMLElement, state: Live, live: () => Live): uPlot => {
    const { order } = state.drawing;
    const colors = series.map((one) => resolveColor(one.color));
    const painted = order.flatMap((index) => {
      const one = series[index];
      return one === undefined ? [] : [{ ...one, color: colors[index] ?? "" }];
    });
    const names = series.map((one) => one.name);
    const rowsAt = (chart: uPlot, index: number, nearY: number | undefined): TooltipRow[] => {
      const near = nearY === undefined ? -1 : nearestSeries(chart, index, nearY);
      return order.flatMap((source, place) => {
        const value = live().drawing.columns[source]?.[index] ?? null;
        const isOff = chart.series[place + 1]?.show === false;
        if (value === null || isOff || (bars && value === 0)) return [];
        return [{ name: names[source] ?? "", color: colors[source] ?? "", value, near: place + 1 === near }];
      });
    };
    const plugins = [
      tooltipPlugin({ rowsAt, format }, styles),
      gesturesPlugin({ onZoom: (to) => zoom(to), onBack: () => back() }),
      marksPlugin({
        marks: () => live().marks,
        color: resolveColor("var(--traces)"),
        scale: "y",
        onOpen: (mark) => openMark(mark),
      }),
    ];
    const options = chartOptions({
      width,
      height,
      range: () => shownRange(live().range, live().drawing.times),
      style,
      series: painted,
      shown: isShown,
      format,
      look: readLook(),
      syncKey,
      alpha: withAlpha,
      plugins,
    });
    return new uPlot(options, columnsOf(state), element);
  };

  // Everything that changes how the chart is made. `dark` is read through CSS variables.
  const shape = series.map((one) => `${one.name}\n${one.color}`).join("\n");
  usePlot<Live>({
    host,
    width,
    height,
    draw: () => ({ drawing: makeDrawing(times, series, isStacked(style), isShown, width), range, marks }),
    columns: columnsOf,
    build,
    shape: [shape, format, style, hidden, syncKey, dark],
    fresh: [times, series, range, width, marks],
    pointed,
  });

  const sparse = useMemo(
    () =>
      dataRange(
        times,
        series.map((one) => one.values),
        range,
        counts,
      ),
    [times, series, range, counts],
  );
  return (
    <div className={styles.frame} data-quiet={props.quiet}>
      <div ref={host} className={styles.chart} style={{ height }} role="img" aria-label={props.label} />
      {sparse !== undefined && (
        <button
          type="button"
          className={styles.toData}
          data-side={(sparse.from + sparse.to) / 2 > (range.from + range.to) / 2 ? "left" : "right"}
          onClick={() => props.onZoom(sparse)}
          data-testid="zoom-to-data"
        >
          <Icon name="search" size={12} />
          Zoom to the data
        </button>
      )}
    </div>
  );
}

function columnsOf({ drawing }: Live): uPlot.AlignedData {
  return [drawing.times as number[], ...drawing.painted.map((column) => column as (number | null)[])];
}
