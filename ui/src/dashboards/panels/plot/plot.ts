// uPlot's settings for a chart of series over one list of times or numbers.
import uPlot from "uplot";
import { barPaths, cursorOf, isLonely, zoneDate } from "../../../charts/axes/axes";
import { type Look, resolveColor } from "../../../charts/options";
import type { PanelSeries } from "../compute/series";
import { axesOf, scaleOf, valueAxis } from "./axes";
import { type Drawn, drawnOf, scaleKey } from "./drawn";
import type { Painted } from "./paint";
import { strokesOf } from "./strokes";
import { thresholdsPlugin } from "./thresholds";
import { valuesPlugin } from "./values";

/** What series are drawn over: its scale, and its axis, or one for each of several zones. */
export interface Across {
  readonly scale: uPlot.Scale;
  readonly axes: readonly uPlot.Axis[];
}

export interface PlotShape {
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
  readonly across: Across;
  readonly series: readonly PanelSeries[];
  /** The same series with the values of now, which a refresh brings. */
  readonly live: () => readonly PanelSeries[];
  readonly painted: readonly Painted[];
  readonly shown: (name: string) => boolean;
  readonly look: Look;
  readonly syncKey: string | undefined;
  readonly plugins: readonly uPlot.Plugin[];
  /** Series of these names have no line of their own: a plugin draws them. */
  readonly unlined: ReadonlySet<string>;
}

export function plotOptions(shape: PlotShape): uPlot.Options {
  const axes = axesOf(shape.series);
  const scales: uPlot.Scales = { x: shape.across.scale };
  for (const axis of axes) scales[axis.key] = scaleOf(axis);
  const colors = shape.series.map((one) => resolveColor(one.color));
  const cursor = cursorOf(shape.syncKey, shape.series);
  const isRightFree = axes.every((one) => one.side !== "right" || one.how.axis.side === "hidden");
  return {
    width: shape.width,
    height: shape.height,
    ...zoneDate(),
    // Without an axis below, the lowest label of a value needs the room of its half.
    padding: [6, isRightFree ? 12 : 0, shape.across.axes.every((one) => one.show === false) ? 8 : 0, 0],
    legend: { show: false },
    plugins: [...shape.plugins, thresholdsPlugin(axes, shape.dark), valuesPlugin(shape.live, shape.look)],
    cursor: { ...cursor, points: { ...cursor.points, ...dots(shape, colors) } },
    focus: { alpha: 0.25 },
    scales,
    axes: [...shape.across.axes, ...axes.map((one, index) => valueAxis(one, index, shape))],
    bands: shape.painted.flatMap((one, index): uPlot.Band[] =>
      one.floor === undefined ? [] : [{ series: [index + 1, one.floor + 1] }],
    ),
    series: [{}, ...shape.series.map((one, index) => seriesShape(one, colors[index] ?? "", shape))],
  };
}

/** The dots that follow the pointer, of the colour of their series also where its line changes its own; none of figures. */
function dots({ series, unlined }: PlotShape, colors: readonly string[]): uPlot.Cursor.Points {
  const color = (_plot: uPlot, index: number) => colors[index - 1] ?? "";
  const sized = (px: number) => (_plot: uPlot, index: number) => (unlined.has(series[index - 1]?.name ?? "") ? 0 : px);
  return { stroke: color, fill: color, size: sized(6), width: sized(1.5) };
}

/** A bar without any fill would be an outline, which no one looks for. */
const LEAST_BAR_FILL = 0.25;

function seriesShape(one: PanelSeries, color: string, shape: PlotShape): uPlot.Series {
  const asked = drawnOf(one.config);
  const how = asked.style === "bars" ? { ...asked, fill: Math.max(LEAST_BAR_FILL, asked.fill) } : asked;
  const { stroke, fill } = strokesOf(one, how, color, shape.dark);
  const base: uPlot.Series = {
    label: one.name,
    scale: scaleKey(one.config),
    stroke,
    show: shape.shown(one.name),
    spanGaps: how.spanGaps,
    ...(how.spanMs === undefined ? {} : { gaps: longGaps(how.spanMs) }),
    width: how.width,
    ...(fill === undefined ? {} : { fill }),
  };
  if (shape.unlined.has(one.name)) return { ...base, paths: () => null, points: { show: false } };
  if (how.style === "bars") {
    const { align, part, most } = how.bars;
    return { ...base, points: { show: false }, paths: barPaths(align, part, most) };
  }
  if (how.style === "points") {
    return { ...base, paths: () => null, points: { show: true, size: how.pointSize, fill: stroke } };
  }
  const paths = pathsOf(how);
  return {
    ...base,
    ...(how.dash === undefined ? {} : { dash: [...how.dash] }),
    ...(how.dotted ? { cap: "round" as const } : {}),
    ...(paths === undefined ? {} : { paths }),
    points: {
      show: how.points === "always" ? true : isLonely,
      size: how.pointSize,
      fill: stroke,
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
