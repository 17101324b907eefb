// A chart of series with its legend and the links of its points: what the panels of lines, trends and candles have in common.
import { useMemo, useState } from "react";
import { type DataFrame, type Field, frameLength } from "../../data/frame";
import { valueText } from "../../field/show";
import { type LegendPlace, legendPlace } from "../compute/legend";
import { type PanelSeries, type SeriesSet, thinSet } from "../compute/series";
import { ChartLinks, type Pinned } from "../links/ChartLinks";
import { filledLinks, type Linked } from "../links/dataLinks";
import { pinOf } from "../links/pin";
import { NoData } from "../NoData";
import { PanelLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";
import type { XAxis } from "./across";
import { drawnOf } from "./drawn";
import { type Figures, Plot } from "./Plot";
import { tooltipLook } from "./tooltip";

interface Props extends PanelProps {
  set: SeriesSet;
  x: XAxis;
  figures?: Figures;
  /** The series as the legend tells of them, where the chart has others. */
  told?: readonly PanelSeries[];
}

export function SeriesPanel({ set, x, figures, told = set.series, ...props }: Props) {
  const { panel, frames, width, height, lookup } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const [pointed, setPointed] = useState<string>();
  const [pinned, setPinned] = useState<Pinned>();
  const hidden = useMemo(() => chosen ?? hiddenAtFirst(set.series), [chosen, set]);
  const legend = useMemo(() => {
    const names = set.series.filter((one) => !drawnOf(one.config).hidden.legend).map((one) => one.name);
    return legendPlace(panel.options.legend, width, height, names);
  }, [set, panel.options.legend, width, height]);
  const plot = plotSize(legend, width, height);
  // What figures are made of is not thinned: four columns belong together.
  const isWhole = figures !== undefined;
  const drawn = useMemo(() => (isWhole ? set : thinSet(set, plot.width)), [set, plot.width, isWhole]);
  const tooltip = useMemo(() => tooltipLook(panel.options.tooltip), [panel.options.tooltip]);
  if (set.series.length === 0) return <NoData text={panel.defaults.noValue ?? missing(frames, x)} />;
  const xField = x.kind === "time" ? undefined : x.name;
  return (
    <div className={styles.withLegend} data-right={legend.side === "right"}>
      <Plot
        {...props}
        set={drawn}
        x={x}
        width={plot.width}
        height={plot.height}
        hidden={hidden}
        pointed={pointed}
        tooltip={tooltip}
        figures={figures}
        onPick={(series, row, at) => {
          const links = filledLinks(pointOf(series, row, drawn, frames, xField), lookup);
          setPinned(pinOf(links, series.name, at));
        }}
        label={`${panel.title}: ${set.series.length} series`}
      />
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
      {legend.side !== "none" && (
        <PanelLegend place={legend} series={told} hidden={hidden} onHide={setChosen} onPoint={setPointed} />
      )}
    </div>
  );
}

/** There are rows, but no times to draw them at: another panel would show them. */
function missing(frames: readonly DataFrame[], x: XAxis): string | undefined {
  const filled = frames.filter((one) => frameLength(one) > 0);
  const hasTimes = filled.some((one) => one.fields.some((two) => two.type === "time"));
  return x.kind === "time" && filled.length > 0 && !hasTimes
    ? "No times in the data: a table or bars show it"
    : undefined;
}

/** Series that the panel hides from the chart alone: their names in the legend bring them back. */
function hiddenAtFirst(series: readonly PanelSeries[]): ReadonlySet<string> {
  return new Set(series.filter((one) => drawnOf(one.config).hidden.viz).map((one) => one.name));
}

/** One point of what is drawn, as its links tell of it. */
function pointOf(
  series: PanelSeries,
  row: number,
  drawn: SeriesSet,
  frames: readonly DataFrame[],
  xField: string | undefined,
): Linked {
  const { field } = series;
  const value = series.values[row] ?? null;
  const at = (drawn.times[row] ?? 0) * (xField === undefined ? 1_000 : 1);
  const frame = frames.find((one) => one.fields.includes(field));
  const isAcross = (one: Field) => (xField === undefined ? one.type === "time" : one.name === xField);
  const found = (frame?.fields.find(isAcross)?.values ?? []).findIndex(
    (one) => typeof one === "number" && Math.abs(one - at) < 1e-6 * Math.max(1, Math.abs(at)),
  );
  const words = value === null ? "" : valueText(value, field.config);
  return { field, frame, row: found < 0 ? undefined : found, value, words, name: series.name };
}

function plotSize(legend: LegendPlace, width: number, height: number): { width: number; height: number } {
  if (legend.side === "right") return { width: width - legend.px, height };
  return { width, height: legend.side === "bottom" ? height - legend.px : height };
}
