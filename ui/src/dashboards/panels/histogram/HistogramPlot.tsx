// The bars of a histogram over its axis of buckets, and what the pointer finds there.
import { type MouseEvent, type PointerEvent, useState } from "react";
import { record, text } from "../../../api/decode";
import { fits } from "../../../charts/axes/axes";
import { digits } from "../../field/unitForms";
import { formatValue } from "../../field/units";
import type { Lookup } from "../../variables/interpolate";
import { barEnds, barScale } from "../bars/scale";
import { ChartLinks, type Pinned } from "../links/ChartLinks";
import { filledLinks } from "../links/dataLinks";
import { textEm } from "../single/fit";
import { type Point, Tip } from "../tip/Tip";
import { HistogramBar } from "./HistogramBar";
import type { Histogram, HistogramSeries } from "./histogram";
import styles from "./histogram.module.css";

const TOP_PX = 8;
const BOTTOM_PX = 24;
const RIGHT_PX = 14;
const LABEL_PX = 11;

interface Props extends Histogram {
  width: number;
  height: number;
  tooltip: string;
  pointed: string | undefined;
  dark: boolean;
  lookup: Lookup;
}

export function HistogramPlot({ edges, series, width, height, tooltip, pointed, dark, lookup }: Props) {
  const [over, setOver] = useState<{ point: Point; bucket: number }>();
  const [pinned, setPinned] = useState<Pinned>();
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
  const click = ({ name, field, values }: HistogramSeries, event: MouseEvent<SVGGElement>) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    const [left, top] = [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
    const value = over === undefined ? null : (values[over.bucket] ?? null);
    const links = filledLinks({ field, frame: undefined, row: undefined, value, words: String(value), name }, lookup);
    if (links.length > 0) setPinned({ x: left, y: top, name, links });
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
          // biome-ignore lint/a11y/noStaticElementInteractions: without links bars do nothing
          <g
            key={one.name}
            className={(one.config.links ?? []).length > 0 ? styles.linked : undefined}
            opacity={pointed !== undefined && pointed !== one.name ? 0.25 : 1}
            onClick={(event) => click(one, event)}
          >
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
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
      {over !== undefined && tooltip !== "none" && pinned === undefined && (
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
