// One group of bars a category: the first text or time column names them, number columns are the bars.
import { useMemo, useState } from "react";
import { text } from "../../api/decode";
import { axisTexts } from "../../charts/axes/axisTexts";
import { type Hues, huesBeside } from "../../charts/colors/palette";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { absolute } from "../../time/range";
import { useDark } from "../../ui/useDark";
import { type DataFrame, displayNames, type Field, frameLength } from "../data/frame";
import { isByName, seriesColor } from "../field/colors";
import { formatValue } from "../field/units";
import type { FieldOptions } from "../model/types";
import { barEnds, barScale, type Scale } from "./compute/bars";
import { legendPlace } from "./compute/legend";
import { colorOf } from "./compute/series";
import { NoData } from "./NoData";
import { PlacedLegend } from "./PanelLegend";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

interface Bars {
  readonly categories: readonly string[];
  readonly series: readonly {
    readonly name: string;
    readonly color: string;
    readonly config: FieldOptions;
    readonly values: readonly (number | null)[];
  }[];
}

const MOST_CATEGORIES = 120;

function barsOf(frames: readonly DataFrame[], xField: string, dark: boolean, hues: Hues): Bars | undefined {
  const names = displayNames(frames);
  const frame = frames.find((one) => frameLength(one) > 0);
  if (frame === undefined) return undefined;
  const numbers = frame.fields.filter((one) => one.type === "number");
  const category =
    frame.fields.find((one) => one.name === xField) ??
    frame.fields.find((one) => one.type === "string") ??
    frame.fields.find((one) => one.type === "time");
  const nameOf = (field: Field) => names.get(field) ?? field.name;
  const own = huesBeside(
    numbers.flatMap((one) => (isByName(one.config.color?.mode) ? nameOf(one) : [])),
    hues,
  );
  const size = Math.min(MOST_CATEGORIES, frameLength(frame));
  // One row of many columns: the columns are the categories.
  if (size === 1 && category?.type !== "string") {
    return {
      categories: numbers.map(nameOf),
      series: [
        {
          name: "Value",
          color: seriesColor(0, dark),
          config: numbers[0]?.config ?? { custom: {} },
          values: numbers.map((one) => (typeof one.values[0] === "number" ? one.values[0] : null)),
        },
      ],
    };
  }
  return {
    categories: Array.from({ length: size }, (_, row) => {
      const value = category?.values[row];
      return category?.type === "time" && typeof value === "number" ? absolute(value) : String(value ?? row + 1);
    }),
    series: numbers.map((one, index) => {
      const name = nameOf(one);
      return {
        name,
        color: colorOf(one, name, index, dark, own),
        config: one.config,
        values: one.values.slice(0, size).map((value) => (typeof value === "number" ? value : null)),
      };
    }),
  };
}

const NONE: ReadonlySet<string> = new Set();

export function BarChartPanel({ panel, frames, width, height }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const [hidden, setHidden] = useState(NONE);
  const { xField } = panel.options;
  const all = useMemo(() => barsOf(frames, text(xField), dark, hues), [frames, xField, dark, hues]);
  if (all === undefined || all.series.length === 0) return <NoData />;
  const kept = { ...all, series: all.series.filter((one) => !hidden.has(one.name)) };
  const bars = panel.options.stacking === "percent" ? sharesOf(kept) : kept;
  const entries = all.series.map(({ name, color }) => ({ name, color, figures: [], texts: [] }));
  const stacked = panel.options.stacking === "normal" || panel.options.stacking === "percent";
  const lying = panel.options.orientation === "horizontal";
  const legend = legendPlace(
    panel.options.legend,
    width,
    height,
    entries.map((one) => one.name),
  );
  const room = height - (legend.side === "bottom" ? legend.px : 0);
  return (
    <div className={styles.withLegend} data-right={legend.side === "right"} data-testid="barchart">
      {lying ? (
        <Lying bars={bars} stacked={stacked} height={room} />
      ) : (
        <Standing
          bars={bars}
          stacked={stacked}
          width={width - (legend.side === "right" ? legend.px : 0)}
          height={room}
        />
      )}
      <PlacedLegend place={legend} columns={[]} entries={entries} hidden={hidden} onHide={setHidden} />
    </div>
  );
}

/** Each value as its part of the sum of its group. */
function sharesOf(bars: Bars): Bars {
  const sums = bars.categories.map((_, row) =>
    bars.series.reduce((sum, one) => sum + Math.abs(one.values[row] ?? 0), 0),
  );
  return {
    ...bars,
    series: bars.series.map((one) => ({
      ...one,
      config: { ...one.config, unit: "percentunit", decimals: undefined },
      values: one.values.map((value, row) => (value === null ? null : value / (sums[row] || 1))),
    })),
  };
}

function scaleOf(bars: Bars, stacked: boolean): Scale {
  return barScale(bars.series, bars.categories.length, stacked, bars.series[0]?.config);
}

function Standing({ bars, stacked, width, height }: { bars: Bars; stacked: boolean; width: number; height: number }) {
  const left = 58;
  const bottom = 24;
  const plot = { w: width - left - 8, h: height - bottom - 8 };
  const { low, high, ticks } = scaleOf(bars, stacked);
  const group = plot.w / bars.categories.length;
  const y = (value: number) => 8 + plot.h - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * plot.h;
  const every = Math.max(1, Math.ceil(bars.categories.length / Math.max(1, Math.floor(plot.w / 80))));
  const { unit, decimals } = bars.series[0]?.config ?? {};
  const words = axisTexts(ticks, (at) => formatValue(at, unit, decimals));
  return (
    <svg width={width} height={height} role="img" aria-label={`${bars.categories.length} groups of bars`}>
      {ticks.map((at, index) => (
        <g key={at}>
          <line x1={left} x2={width - 8} y1={y(at)} y2={y(at)} stroke={at === 0 ? "var(--line)" : "var(--grid)"} />
          <text x={left - 6} y={y(at) + 4} textAnchor="end" fontSize={11} fill="var(--muted)">
            {words[index]}
          </text>
        </g>
      ))}
      {bars.categories.map((name, row) => {
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
          <g key={`${name} ${row}`}>
            {bars.series.map((one, index) => {
              const value = one.values[row] ?? 0;
              const size = stacked ? group * 0.8 : (group * 0.8) / bars.series.length;
              const { from, to } = barEnds(bars.series, index, row, stacked);
              const top = y(Math.max(from, to));
              return (
                <rect
                  key={one.name}
                  x={left + row * group + group * 0.1 + (stacked ? 0 : index * size)}
                  y={top}
                  width={Math.max(1, size - 1)}
                  height={y(Math.min(from, to)) - top}
                  fill={one.color}
                >
                  <title>{`${name}\n${one.name}: ${formatValue(value, one.config.unit, one.config.decimals)}`}</title>
                </rect>
              );
            })}
            {row % every === 0 && (
              <text x={left + (row + 0.5) * group} y={height - 7} textAnchor="middle" fontSize={11} fill="var(--muted)">
                {name.length > 14 ? `${name.slice(0, 13)}…` : name}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** From zero to its value, to either side; stacked ones follow each other. */
function lyingPart(zero: number, end: number, stacked: boolean): { width: string; marginLeft?: string } {
  const width = `${Math.abs(end - zero) * 100}%`;
  return stacked ? { width } : { width, marginLeft: `${Math.min(zero, end) * 100}%` };
}

function Lying({ bars, stacked, height }: { bars: Bars; stacked: boolean; height: number }) {
  const { low, high } = scaleOf(bars, stacked);
  const part = (value: number) => (Math.min(high, Math.max(low, value)) - low) / (high - low);
  return (
    <div className={styles.bars} data-lying="true" style={{ height }}>
      {bars.categories.map((name, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
        <div key={`${name} ${row}`} className={styles.bar}>
          <span className={styles.barName} title={name}>
            {name}
          </span>
          <span className={styles.barTrack} style={{ flexDirection: stacked ? "row" : "column" }}>
            {bars.series.map((one) => (
              <span
                key={one.name}
                className={styles.barPart}
                style={{
                  ...lyingPart(part(0), part(one.values[row] ?? 0), stacked),
                  background: one.color,
                }}
                title={`${one.name}: ${formatValue(one.values[row] ?? 0, one.config.unit, one.config.decimals)}`}
              />
            ))}
          </span>
          <span className={styles.barValue}>
            {bars.series.length === 1 &&
              formatValue(
                bars.series[0]?.values[row] ?? 0,
                bars.series[0]?.config.unit,
                bars.series[0]?.config.decimals,
              )}
          </span>
        </div>
      ))}
    </div>
  );
}
