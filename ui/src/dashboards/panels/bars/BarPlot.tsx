// The picture of a bar chart: axes, bars, values and names, as the layout says.
import { type MouseEvent, useId } from "react";
import { withAlpha } from "../../../charts/options";
import { cssColor } from "../../field/colors";
import { thresholdsOf } from "../../field/show";
import { drawnOf } from "../plot/drawn";
import { spun } from "../plot/strokes";
import styles from "./bars.module.css";
import type { BarSeries } from "./data";
import type { Bar, BarLayout, ScaledAxis } from "./layout";
import type { BarLook } from "./look";
import { partUp } from "./scale";

interface Props {
  layout: BarLayout;
  look: BarLook;
  width: number;
  height: number;
  dark: boolean;
  label: string;
  /** The group and the bar under the pointer. */
  pointed: { readonly row: number; readonly bar: Bar | undefined } | undefined;
  /** The series that the legend points at. */
  named: string | undefined;
  onMove: (event: MouseEvent) => void;
  onLeave: () => void;
  onClick: (event: MouseEvent) => void;
}

export function BarPlot({ layout, look, width, height, dark, label, pointed, named, ...on }: Props) {
  const id = useId();
  const { plot, axes, bars, group } = layout;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: what is clicked are points of a picture, as in all charts
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={label}
      className={styles.plot}
      onMouseMove={on.onMove}
      onMouseLeave={on.onLeave}
      onClick={on.onClick}
    >
      {axes.map((axis, index) => (
        <AxisLines key={axis.key} axis={axis} index={index} axes={axes} layout={layout} look={look} dark={dark} />
      ))}
      {pointed !== undefined && look.full && (
        <rect
          x={look.lying ? plot.x : plot.x + pointed.row * group}
          y={look.lying ? plot.y + pointed.row * group : plot.y}
          width={look.lying ? plot.w : group}
          height={look.lying ? group : plot.h}
          fill="var(--hover)"
        />
      )}
      {bars.map((bar) => (
        <OneBar
          key={`${bar.place} ${bar.row}`}
          bar={bar}
          look={look}
          fill={fillOf(bar.series, colorOf(bar), `${id}-${bar.place}`)}
          isNear={pointed?.bar === bar}
          isDim={named !== undefined && named !== bar.series.name}
        />
      ))}
      <Gradients bars={bars} id={id} lying={look.lying} />
      {bars.map(
        ({ label: told, place, row, series }) =>
          told !== undefined && (
            <text
              key={`${place} ${row}`}
              x={told.x}
              y={told.y}
              fontSize={told.size}
              textAnchor={told.anchor}
              className={look.stack !== "none" && inkOf(series) >= 0.5 ? styles.within : styles.value}
            >
              {told.text}
            </text>
          ),
      )}
      <Names layout={layout} look={look} />
    </svg>
  );
}

function colorOf({ series, row }: Bar): string {
  return series.colors?.[row] || series.color;
}

/** A bar of 80 per cent ink with an edge, as long as nothing else is said. */
const USUAL_FILL = 0.8;

function inkOf({ config }: BarSeries): number {
  return typeof config.custom.fillOpacity === "number" ? drawnOf(config).fill : USUAL_FILL;
}

function fillOf(series: BarSeries, color: string, id: string): string {
  const { gradient } = drawnOf(series.config);
  if ((gradient === "opacity" || gradient === "hue") && series.colors === undefined) return `url(#${id})`;
  return withAlpha(color, inkOf(series));
}

/** One gradient a series that asks for it, along its bars. */
function Gradients({ bars, id, lying }: { bars: readonly Bar[]; id: string; lying: boolean }) {
  const series = new Map(bars.map((one) => [one.place, one.series]));
  return (
    <defs>
      {[...series].map(([place, one]) => {
        const { gradient } = drawnOf(one.config);
        const stops =
          gradient === "hue" ? [spun(one.color, -30), spun(one.color, 30)] : [withAlpha(one.color, 0.15), one.color];
        return (
          <linearGradient key={place} id={`${id}-${place}`} x1="0" y1={lying ? "0" : "1"} x2={lying ? "1" : "0"} y2="0">
            {stops.map((color, at) => (
              <stop key={at === 0 ? "foot" : "top"} offset={at} style={{ stopColor: color }} />
            ))}
          </linearGradient>
        );
      })}
    </defs>
  );
}

interface OneBarProps {
  bar: Bar;
  look: BarLook;
  fill: string;
  isNear: boolean;
  isDim: boolean;
}

function OneBar({ bar, look, fill, isNear, isDim }: OneBarProps) {
  const { lineWidth } = bar.series.config.custom;
  return (
    <rect
      x={bar.x}
      y={bar.y}
      width={Math.max(0.5, bar.w)}
      height={Math.max(0.5, bar.h)}
      rx={Math.min(look.radius * (look.lying ? bar.h : bar.w), bar.w / 2, bar.h / 2)}
      style={{ fill, stroke: colorOf(bar), strokeWidth: typeof lineWidth === "number" ? lineWidth : 1 }}
      className={styles.bar}
      data-near={isNear}
      data-dim={isDim}
    />
  );
}

interface AxisProps {
  axis: ScaledAxis;
  index: number;
  axes: readonly ScaledAxis[];
  layout: BarLayout;
  look: BarLook;
  dark: boolean;
}

/** The lines of an axis over the plot, its words beside it, and its thresholds. */
function AxisLines({ axis, index, axes, layout, look, dark }: AxisProps) {
  const { plot } = layout;
  const { grid, side, colored, label, border } = axis.how.axis;
  const isRight = axis.side === "right";
  const before = axes.slice(0, index).some((one) => one.side === axis.side && one.how.axis.side !== "hidden");
  const edge = isRight ? plot.x + plot.w : plot.x;
  const color = colored ? axis.color : "var(--muted)";
  const line = (at: number) =>
    look.lying
      ? { x1: at, x2: at, y1: plot.y, y2: plot.y + plot.h }
      : { x1: plot.x, x2: plot.x + plot.w, y1: at, y2: at };
  const toPx = (value: number) =>
    look.lying ? plot.x + partUp(axis.scale, value) * plot.w : plot.y + (1 - partUp(axis.scale, value)) * plot.h;
  return (
    <g>
      {axis.ticks.map((tick) => (
        <g key={tick.at}>
          {(grid ?? index === 0) && <line {...line(tick.at)} stroke={tick.isZero ? "var(--line)" : "var(--grid)"} />}
          {side !== "hidden" && !before && (
            <text
              x={look.lying ? tick.at : edge + (isRight ? 6 : -6)}
              y={look.lying ? plot.y + plot.h + 16 : tick.at + 4}
              textAnchor={look.lying ? "middle" : isRight ? "start" : "end"}
              className={styles.tick}
              style={{ fill: color }}
            >
              {tick.text}
            </text>
          )}
        </g>
      ))}
      {border && <line x1={edge} x2={edge} y1={plot.y} y2={plot.y + plot.h} style={{ stroke: color }} />}
      {label !== "" && side !== "hidden" && !before && (
        <AxisLabel text={label} layout={layout} look={look} isRight={isRight} />
      )}
      {axis.how.thresholds !== "off" &&
        thresholdsOf(axis.config).steps.map((step) =>
          Number.isFinite(step.value) && step.value > axis.scale.low && step.value < axis.scale.high ? (
            <line
              key={step.value}
              {...line(toPx(step.value))}
              style={{ stroke: cssColor(step.color, dark) }}
              strokeWidth={1.5}
              strokeDasharray={axis.how.thresholds.startsWith("dashed") ? "8 6" : undefined}
            />
          ) : null,
        )}
    </g>
  );
}

function AxisLabel({
  text,
  layout,
  look,
  isRight,
}: {
  text: string;
  layout: BarLayout;
  look: BarLook;
  isRight: boolean;
}) {
  const { plot } = layout;
  const middle = { x: plot.x + plot.w / 2, y: plot.y + plot.h / 2 };
  if (look.lying) {
    return (
      <text x={middle.x} y={plot.y + plot.h + 32} textAnchor="middle" className={styles.tick}>
        {text}
      </text>
    );
  }
  const x = isRight ? plot.x + plot.w + 50 : 11;
  return (
    <text
      x={x}
      y={middle.y}
      transform={`rotate(${isRight ? 90 : -90} ${x} ${middle.y})`}
      textAnchor="middle"
      className={styles.tick}
    >
      {text}
    </text>
  );
}

function Names({ layout, look }: { layout: BarLayout; look: BarLook }) {
  const { plot, names } = layout;
  const turned = !look.lying && look.rotation !== 0;
  const foot = plot.y + plot.h + (turned ? 10 : 16);
  return names.map((one, index) => (
    <text
      // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
      key={`${one.full} ${index}`}
      x={look.lying ? plot.x - 6 : one.at}
      y={look.lying ? one.at + 4 : foot}
      textAnchor={look.lying ? "end" : turned ? (look.rotation > 0 ? "start" : "end") : "middle"}
      transform={turned ? `rotate(${look.rotation} ${one.at} ${foot - 4})` : undefined}
      className={styles.tick}
    >
      {one.text}
    </text>
  ));
}
