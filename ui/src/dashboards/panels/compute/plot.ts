// uPlot's settings for a time series panel.
import uPlot from "uplot";
import {
  barPaths,
  cursorOf,
  isLonely,
  labelsWidth,
  lineSpace,
  timeAxis,
  timeScale,
  zoneDate,
} from "../../../charts/axes/axes";
import { axisTexts, stepsFor } from "../../../charts/axes/axisTexts";
import { type Look, resolveColor, withAlpha } from "../../../charts/options";
import { BINARY_INCREMENTS } from "../../../format/unit";
import type { Range } from "../../../time/range";
import { cssColor } from "../../field/colors";
import { thresholdsOf } from "../../field/show";
import { formatValue } from "../../field/units";
import { type Drawn, drawnOf, type Painted, type PanelSeries, scaleKey } from "./series";

export interface PlotShape {
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
  readonly range: () => Range;
  readonly series: readonly PanelSeries[];
  readonly painted: readonly Painted[];
  readonly shown: (name: string) => boolean;
  readonly look: Look;
  readonly element: Element;
  readonly syncKey: string | undefined;
  readonly plugins: readonly uPlot.Plugin[];
}

interface Axis {
  readonly key: string;
  readonly first: PanelSeries;
  readonly how: Drawn;
  readonly side: "left" | "right";
}

/** One or two axes; a third unit shares the right one's side. */
function axesOf(series: readonly PanelSeries[]): Axis[] {
  const result: Axis[] = [];
  for (const one of series) {
    const key = scaleKey(one);
    if (result.some((axis) => axis.key === key)) continue;
    const how = drawnOf(one.config);
    const side =
      how.side === "auto" ? (result.length === 0 ? "left" : "right") : how.side === "right" ? "right" : "left";
    result.push({ key, first: one, how, side });
  }
  return result;
}

export function plotOptions(shape: PlotShape): uPlot.Options {
  const axes = axesOf(shape.series);
  const scales: uPlot.Scales = { x: timeScale(shape.range) };
  for (const axis of axes) scales[axis.key] = scaleOf(axis, shape.series);
  return {
    width: shape.width,
    height: shape.height,
    ...zoneDate(),
    padding: [6, axes.some((one) => one.side === "right") ? 0 : 12, 0, 0],
    legend: { show: false },
    plugins: [...shape.plugins, thresholdsPlugin(axes, shape)],
    cursor: cursorOf(shape.syncKey, shape.series),
    focus: { alpha: 0.25 },
    scales,
    axes: [timeAxis(shape.look, shape.width), ...axes.map((one, index) => valueAxis(one, index, shape))],
    bands: shape.painted.flatMap((one, index): uPlot.Band[] =>
      one.floor === undefined ? [] : [{ series: [index + 1, one.floor + 1] }],
    ),
    series: [{}, ...shape.series.map((one) => seriesShape(one, shape))],
  };
}

function scaleOf(axis: Axis, series: readonly PanelSeries[]): uPlot.Scale {
  const { config } = axis.first;
  const { how } = axis;
  const hasBars = series.some((one) => scaleKey(one) === axis.key && drawnOf(one.config).style === "bars");
  return {
    distr: how.log === undefined ? 1 : 3,
    ...(how.log === 2 ? { log: 2 as const } : {}),
    range: (_plot, low, high): [number, number] => {
      if (how.log !== undefined) return logRange(low, high);
      let bottom = Number.isFinite(low) ? low : 0;
      let top = Number.isFinite(high) ? high : 1;
      if (how.stack === "percent") return [0, 1];
      const isNear = bottom >= 0 && bottom < (top - bottom) * 1.5;
      if (hasBars || isNear) bottom = Math.min(0, bottom);
      if (bottom === top) [bottom, top] = top === 0 ? [0, 1] : top > 0 ? [0, top * 2] : [top * 2, 0];
      const room = (top - bottom) * 0.05;
      if (config.max === undefined && top !== 0) top += room;
      if (config.min === undefined && bottom < 0) bottom -= room;
      if (how.softMin !== undefined) bottom = Math.min(bottom, how.softMin);
      if (how.softMax !== undefined) top = Math.max(top, how.softMax);
      if (how.centered) {
        const most = Math.max(Math.abs(bottom), Math.abs(top));
        [bottom, top] = [-most, most];
      }
      const min = config.min ?? bottom;
      const max = config.max ?? top;
      return max > min ? [min, max] : [min, min + 1];
    },
  };
}

/** A logarithmic axis has no place for zero and below. */
function logRange(low: number | null, high: number | null): [number, number] {
  const top = high !== null && high > 0 ? high : 10;
  const bottom = low !== null && low > 0 ? low : top / 1_000;
  return [10 ** Math.floor(Math.log10(bottom)), 10 ** Math.ceil(Math.log10(top * 1.0001))];
}

const BINARY_UNITS = /^(bytes|bits|kbytes|mbytes|gbytes|tbytes|binBps|binbps|KiBs|MiBs)$/;

function valueAxis(axis: Axis, index: number, shape: PlotShape): uPlot.Axis {
  const { config } = axis.first;
  const unit = axis.how.stack === "percent" ? "percentunit" : config.unit;
  const label = axis.how.label;
  return {
    show: axis.how.side !== "hidden",
    scale: axis.key,
    side: axis.side === "right" ? 1 : 3,
    stroke: shape.look.text,
    font: shape.look.font,
    grid: { show: index === 0, stroke: shape.look.grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    space: lineSpace(shape.height),
    ...(label === "" ? {} : { label, labelFont: shape.look.font, labelSize: 16, labelGap: 0 }),
    size: (_plot, values) => labelsWidth(values, 14),
    ...stepsOf(axis, unit),
    values: (_plot, splits) => labelsOf(splits, axis, unit),
  };
}

/** The steps between lines; those of a logarithmic axis are its own. */
function stepsOf(axis: Axis, unit: string | undefined): Pick<uPlot.Axis, "incrs"> {
  if (axis.how.log !== undefined) return {};
  if (BINARY_UNITS.test(unit ?? "")) return { incrs: BINARY_INCREMENTS };
  return {
    incrs: (plot, _index, low, high) =>
      stepsFor(
        low,
        high,
        plot.data.slice(1).filter((_, place) => plot.series[place + 1]?.scale === axis.key),
      ),
  };
}

function labelsOf(splits: readonly (number | null)[], axis: Axis, unit: string | undefined): string[] {
  const { decimals } = axis.first.config;
  const known = splits.filter((one): one is number => one !== null);
  const places = axisDecimals(known, decimals, unit);
  const each = (value: number) => formatValue(value, unit, places);
  // A logarithmic axis marks splits that get no text, and its labels are far from each other.
  if (axis.how.log !== undefined || known.length < splits.length)
    return splits.map((one) => (one === null ? "" : each(one)));
  return places === undefined ? axisTexts(known, each) : known.map(each);
}

/** The field's decimals, unless neighbours on the axis would then read alike. */
function axisDecimals(
  splits: readonly number[],
  decimals: number | undefined,
  unit: string | undefined,
): number | undefined {
  if (decimals === undefined) return undefined;
  const texts = splits.map((one) => formatValue(one, unit, decimals));
  return new Set(texts).size === texts.length ? decimals : undefined;
}

function seriesShape(one: PanelSeries, shape: PlotShape): uPlot.Series {
  const how = drawnOf(one.config);
  const color = resolveColor(shape.element, one.color);
  const base: uPlot.Series = {
    label: one.name,
    scale: scaleKey(one),
    stroke: color,
    show: shape.shown(one.name),
    spanGaps: how.spanGaps,
    ...(how.spanMs === undefined ? {} : { gaps: longGaps(how.spanMs) }),
    width: how.width,
    ...(how.fill > 0 ? { fill: withAlpha(color, how.fill) } : {}),
  };
  if (how.style === "bars") {
    return { ...base, fill: withAlpha(color, Math.max(0.25, how.fill)), points: { show: false }, paths: barPaths(0) };
  }
  const pointSize = Math.max(4, typeof one.config.custom.pointSize === "number" ? one.config.custom.pointSize : 5);
  if (how.style === "points")
    return { ...base, paths: () => null, points: { show: true, size: pointSize, fill: color } };
  const paths = pathsOf(how);
  return {
    ...base,
    ...(how.dash === undefined ? {} : { dash: [...how.dash] }),
    ...(paths === undefined ? {} : { paths }),
    points: {
      show: how.points === "always" ? true : isLonely,
      size: pointSize,
      fill: color,
    },
  };
}

/** Of the gaps of a line, those that last longer; the others are joined over. */
function longGaps(most: number): uPlot.Series.GapsRefiner {
  return (plot, _series, _from, _to, gaps) =>
    gaps.filter(([from, to]) => (plot.posToVal(to, "x", true) - plot.posToVal(from, "x", true)) * 1_000 > most + 1);
}

function pathsOf(how: Drawn): uPlot.Series.PathBuilder | undefined {
  if (how.step === "smooth") return uPlot.paths.spline?.();
  if (how.step === "before") return uPlot.paths.stepped?.({ align: -1 });
  return how.step === "after" ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
}

/** Thresholds as lines or areas behind the values of the first axis that asks for them. */
function thresholdsPlugin(axes: readonly Axis[], shape: PlotShape): uPlot.Plugin {
  const axis = axes.find((one) => one.how.thresholds !== "off");
  return {
    hooks: {
      drawAxes: (plot) => {
        if (axis === undefined) return;
        const { steps, mode } = thresholdsOf(axis.first.config);
        const scale = plot.scales[axis.key];
        const [min, max] = [scale?.min ?? 0, scale?.max ?? 1];
        const at = (value: number) => (mode === "percentage" ? min + ((max - min) * value) / 100 : value);
        const { left, top, width, height } = plot.bbox;
        const y = (value: number) => Math.max(top, Math.min(top + height, plot.valToPos(value, axis.key, true)));
        const context = plot.ctx;
        context.save();
        steps.forEach((step, index) => {
          const color = cssColor(step.color, shape.dark);
          if (color === undefined || color === "transparent") return;
          const low = Number.isFinite(step.value) ? at(step.value) : min;
          const next = steps[index + 1];
          if (axis.how.thresholds.includes("area")) {
            const upper = y(next === undefined ? max : at(next.value));
            context.fillStyle = withAlpha(color, 0.1);
            context.fillRect(left, upper, width, y(low) - upper);
          }
          if (/line|dashed/.test(axis.how.thresholds) && Number.isFinite(step.value) && low >= min && low <= max) {
            context.strokeStyle = color;
            context.lineWidth = devicePixelRatio || 1;
            context.setLineDash(axis.how.thresholds.startsWith("dashed") ? [8, 6] : []);
            context.beginPath();
            context.moveTo(left, y(low));
            context.lineTo(left + width, y(low));
            context.stroke();
          }
        });
        context.restore();
      },
    },
  };
}
