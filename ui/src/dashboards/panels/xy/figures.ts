// Paints the points and lines of an XY chart, and tells of the point under the pointer.
import type uPlot from "uplot";
import chartStyles from "../../../charts/charts.module.css";
import { resolveColor, withAlpha } from "../../../charts/options";
import { boxPlugin } from "../../../charts/plugins/tooltip";
import { absolute } from "../../../time/range";
import { displayNames, type Field } from "../../data/frame";
import { shownText, showValue } from "../../field/show";
import { scaleKey } from "../plot/drawn";
import { nearestPoint, type Point, type XYSeries } from "./points";

/** How far from its middle a small point still answers, pixels. */
const REACH_PX = 14;
/** The box tells of so many more columns. */
const MOST_TOLD = 8;

export interface Pointing {
  readonly series: XYSeries;
  readonly point: Point;
}

interface Figures {
  readonly series: readonly XYSeries[];
  readonly tooltip: boolean;
  readonly onPick: (found: Pointing, event: MouseEvent) => void;
}

export function pointsPlugin({ series, tooltip, onPick }: Figures): uPlot.Plugin {
  const shown = (plot: uPlot) => series.filter((_, index) => plot.series[index + 1]?.show !== false);
  const placeOf = (plot: uPlot) => (one: XYSeries, point: Point) => ({
    x: plot.valToPos(xValue(one, point), "x"),
    y: plot.valToPos(point.y, scaleKey(one.config)),
  });
  const under = (plot: uPlot, event: MouseEvent) => {
    const box = plot.over.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    return nearestPoint(shown(plot), placeOf(plot), at, REACH_PX);
  };
  const { fill, hide, ready } = boxPlugin(chartStyles);
  let ring: Pointing | undefined;
  return {
    hooks: {
      ready: (plot) => {
        ready(plot);
        plot.over.addEventListener("mousemove", (event) => {
          const found = under(plot, event);
          if (found?.point !== ring?.point) {
            ring = found;
            plot.redraw(false, false);
          }
          plot.over.style.cursor = (found?.series.config.links ?? []).length > 0 ? "pointer" : "";
          if (found === undefined || !tooltip) return hide();
          fill(rowsOf(found), event.clientX, event.clientY);
        });
        plot.over.addEventListener("mouseleave", () => {
          ring = undefined;
          plot.redraw(false, false);
        });
        plot.over.addEventListener("click", (event) => {
          const found = under(plot, event);
          if (found !== undefined) onPick(found, event);
        });
      },
      draw: (plot) => {
        plot.ctx.save();
        series.forEach((one, index) => {
          const { show, alpha = 1 } = plot.series[index + 1] ?? {};
          if (show === false) return;
          plot.ctx.globalAlpha = alpha;
          paintLine(plot, one);
          paintPoints(plot, one);
        });
        plot.ctx.globalAlpha = 1;
        if (ring !== undefined && shown(plot).includes(ring.series)) paintRing(plot, ring);
        plot.ctx.restore();
      },
    },
  };
}

/** A scale of time is in seconds. */
function xValue(one: XYSeries, point: Point): number {
  return one.x.type === "time" ? point.x / 1_000 : point.x;
}

function paintLine(plot: uPlot, one: XYSeries): void {
  const { how, points } = one;
  if (!how.lines || how.lineWidth === 0) return;
  const ratio = devicePixelRatio || 1;
  const context = plot.ctx;
  const scale = scaleKey(one.config);
  const { left, top, width, height } = plot.bbox;
  const path = new Path2D();
  for (const point of points)
    path.lineTo(plot.valToPos(xValue(one, point), "x", true), plot.valToPos(point.y, scale, true));
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = resolveColor(one.color);
  context.lineWidth = how.lineWidth * ratio;
  context.setLineDash(how.dash.map((part) => part * ratio));
  context.stroke(path);
  context.restore();
}

/** A point at the edge of the plot is whole, one beyond it is not there. */
function paintPoints(plot: uPlot, one: XYSeries): void {
  const { how, points } = one;
  if (!how.points) return;
  const ratio = devicePixelRatio || 1;
  const context = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  const scale = scaleKey(one.config);
  context.lineWidth = how.strokeWidth * ratio;
  for (const point of points) {
    const x = plot.valToPos(xValue(one, point), "x", true);
    const y = plot.valToPos(point.y, scale, true);
    if (x < left || x > left + width || y < top || y > top + height) continue;
    const own = resolveColor(point.color);
    const half = (point.size / 2) * ratio;
    context.fillStyle = withAlpha(own, how.fill);
    context.strokeStyle = own;
    context.beginPath();
    if (how.square) context.rect(x - half, y - half, half * 2, half * 2);
    else context.arc(x, y, half, 0, 2 * Math.PI);
    if (how.fill > 0) context.fill();
    if (how.strokeWidth > 0) context.stroke();
  }
}

function paintRing(plot: uPlot, { series, point }: Pointing): void {
  const ratio = devicePixelRatio || 1;
  const context = plot.ctx;
  context.strokeStyle = resolveColor("var(--text)");
  context.lineWidth = 2 * ratio;
  context.beginPath();
  const [x, y] = [
    plot.valToPos(xValue(series, point), "x", true),
    plot.valToPos(point.y, scaleKey(series.config), true),
  ];
  context.arc(x, y, (point.size / 2 + 3) * ratio, 0, 2 * Math.PI);
  context.stroke();
}

/** The name of the series, both of its values, and the other columns of the row. */
function rowsOf({ series, point }: Pointing) {
  const { frame, x, y, name } = series;
  const names = displayNames([frame]);
  const nameOf = (field: Field) => names.get(field) ?? field.name;
  const others = frame.fields.filter((one) => one !== x && one !== y && one.type !== "frames").slice(0, MOST_TOLD);
  const row = (field: Field, own: string) => ({ name: nameOf(field), color: own, text: textOf(field, point.row) });
  return {
    head: name,
    rows: [row(x, "transparent"), row(y, resolveColor(point.color)), ...others.map((one) => row(one, "transparent"))],
  };
}

function textOf(field: Field, row: number): string {
  const value = field.values[row];
  if (typeof value === "number" && field.type === "time") return absolute(value);
  return shownText(showValue(value, field.config, { min: 0, max: 1 }, true));
}
