// How often each value occurs, over the whole range: bars over the buckets of an axis of values.
import { type PointerEvent, useMemo, useState } from "react";
import { number, record, text } from "../../../api/decode";
import { fits } from "../../../charts/axes/axes";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/useDark";
import { reducerLabel, reduceValues } from "../../data/reducers";
import { digits } from "../../field/unitForms";
import { formatValue } from "../../field/units";
import { barEnds, barScale } from "../bars/scale";
import { textEm } from "../compute/fit";
import { type Histogram, histogramOf } from "../compute/histogram";
import { legendPlace } from "../compute/legend";
import { NoData } from "../NoData";
import { PlacedLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { type Point, Tip } from "../tip/Tip";
import { HistogramBar } from "./HistogramBar";
import styles from "./histogram.module.css";

const NONE: ReadonlySet<string> = new Set();
const TOP_PX = 8;
const BOTTOM_PX = 24;
const RIGHT_PX = 14;
const LABEL_PX = 11;

export function HistogramPanel({ panel, frames, width, height }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  const all = useMemo(
    () =>
      histogramOf(
        frames,
        {
          count: number(options.bucketCount),
          size: number(options.bucketSize),
          offset: number(options.bucketOffset),
          combine: options.combine === true,
        },
        dark,
        hues,
      ),
    [frames, options, dark, hues],
  );
  if (all === undefined || all.series.length === 0) return <NoData />;
  const legend = legendPlace(
    options.legend,
    width,
    height,
    all.series.map((one) => one.name),
  );
  const shown = { ...all, series: all.series.filter((one) => !hidden.has(one.name)) };
  return (
    <div className={panelStyles.withLegend} data-right={legend.side === "right"} data-testid="histogram">
      <Bars
        {...shown}
        width={width - (legend.side === "right" ? legend.px : 0)}
        height={height - (legend.side === "bottom" ? legend.px : 0)}
        tooltip={text(record(options.tooltip).mode, "multi")}
        pointed={pointed}
        dark={dark}
      />
      <PlacedLegend
        place={legend}
        columns={legend.calcs.map(reducerLabel)}
        entries={all.series.map(({ name, color, field }) => {
          const figures = legend.calcs.map((calc) => reduceValues(field.values, calc));
          return {
            name,
            color,
            figures: figures.map((one) => (typeof one === "number" ? one : undefined)),
            texts: figures.map((one) => (typeof one === "number" ? formatValue(one, field.config.unit) : "–")),
          };
        })}
        hidden={hidden}
        onHide={setHidden}
        onPoint={setPointed}
      />
    </div>
  );
}

interface BarsProps extends Histogram {
  width: number;
  height: number;
  tooltip: string;
  pointed: string | undefined;
  dark: boolean;
}

function Bars({ edges, series, width, height, tooltip, pointed, dark }: BarsProps) {
  const [over, setOver] = useState<{ point: Point; bucket: number }>();
  const buckets = edges.length - 1;
  const config = series[0]?.config;
  const stacking = text(record(config?.custom.stacking).mode, "none");
  const columns = stacking === "percent" ? sharesOf(series, buckets) : series;
  const stacked = stacking !== "none";
  const { low, high, ticks } = barScale(columns, buckets, stacked);
  const countText = (value: number) =>
    stacking === "percent" ? `${digits(value * 100, 1)}%` : digits(value, undefined);
  const left = ticks.reduce((most, one) => Math.max(most, textEm(countText(one))), 0) * LABEL_PX + 18;
  const plot = { w: Math.max(10, width - left - RIGHT_PX), h: Math.max(10, height - TOP_PX - BOTTOM_PX) };
  // Buckets are equally wide on the page: of powers the low ones would not be seen.
  const x = (edge: number) => left + (edge / buckets) * plot.w;
  const y = (value: number) => TOP_PX + plot.h - ((value - low) / (high - low)) * plot.h;
  const edgeText = (value: number) => formatValue(value, config?.unit, config?.decimals);
  const widest = edges.reduce((most, one) => Math.max(most, textEm(edgeText(one))), 0) * LABEL_PX + 16;
  const every = Math.max(1, Math.ceil((widest * buckets) / plot.w));
  const move = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const bucket = Math.floor(((event.clientX - box.left - left) / plot.w) * buckets);
    const point = { x: event.clientX, y: event.clientY };
    setOver(bucket < 0 || bucket >= buckets ? undefined : { point, bucket });
  };
  return (
    <>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${buckets} buckets of values`}
        onPointerMove={move}
        onPointerLeave={() => setOver(undefined)}
      >
        {ticks.map((at) => (
          <g key={at}>
            <line
              x1={left}
              x2={left + plot.w}
              y1={y(at)}
              y2={y(at)}
              stroke={at === 0 ? "var(--line)" : "var(--grid)"}
            />
            <text className={styles.label} x={left - 6} y={y(at) + 4} textAnchor="end">
              {countText(at)}
            </text>
          </g>
        ))}
        {over !== undefined && (
          <rect x={x(over.bucket)} y={TOP_PX} width={plot.w / buckets} height={plot.h} fill="var(--hover)" />
        )}
        {series.map((one, index) => (
          <g key={one.name} opacity={pointed !== undefined && pointed !== one.name ? 0.25 : 1}>
            {one.values.map((value, bucket) => {
              const { from, to } = barEnds(columns, index, bucket, stacked);
              const [a, b] = [edges[bucket] ?? 0, edges[bucket + 1] ?? 0];
              if (value === 0) return null;
              const box = {
                x: x(bucket) + 0.5,
                y: y(to),
                width: Math.max(1, plot.w / buckets - 1),
                height: y(from) - y(to),
              };
              return <HistogramBar key={a} one={one} box={box} middle={(a + b) / 2} dark={dark} />;
            })}
          </g>
        ))}
        {edges.map((at, index) =>
          index % every === 0 && fits(x(index), edgeText(at), width) ? (
            <text key={at} className={styles.label} x={x(index)} y={height - 8} textAnchor="middle">
              {edgeText(at)}
            </text>
          ) : null,
        )}
      </svg>
      {over !== undefined && tooltip !== "none" && (
        <Tip
          at={over.point}
          head={`${edgeText(edges[over.bucket] ?? 0)} to ${edgeText(edges[over.bucket + 1] ?? 0)}`}
          rows={series
            .map((one) => ({ name: one.name, color: one.color, value: one.values[over.bucket] ?? 0 }))
            .filter((one) => series.length === 1 || one.value > 0)
            .sort((a, b) => b.value - a.value)
            .map((one) => ({ name: one.name, color: one.color, text: digits(one.value, undefined) }))}
        />
      )}
    </>
  );
}

/** Each count as its part of its bucket. */
function sharesOf(series: Histogram["series"], buckets: number): { values: number[] }[] {
  const sums = Array.from({ length: buckets }, (_, at) => series.reduce((sum, one) => sum + (one.values[at] ?? 0), 0));
  return series.map((one) => ({ values: one.values.map((value, at) => value / (sums[at] || 1)) }));
}
