// Paints candles, or bars with a tick at each side, and the volumes under them.
import type uPlot from "uplot";
import { withAlpha } from "../../../charts/options";
import type { SeriesSet } from "../compute/series";
import { type CandleLook, type Turn, turnOf } from "./candles";

/** Part of the step that a candle fills, and its widest. */
const FILLED = 0.7;
const MOST_PX = 40;
const VOLUME_ALPHA = 0.45;

export function candlePlugin(
  live: () => SeriesSet,
  look: CandleLook,
  hasVolume: boolean,
  colors: Readonly<Record<Turn, string>>,
): uPlot.Plugin {
  return {
    hooks: {
      // After the axes and before the lines of other series, which stay readable over them.
      drawAxes: (plot) => {
        const { times, series } = live();
        const { left, top, width, height } = plot.bbox;
        const context = plot.ctx;
        context.save();
        context.beginPath();
        context.rect(left, top, width, height);
        context.clip();
        const wide = candleWidth(plot, times);
        const [open, , , close] = look.candles ? series.map((one) => one.values) : [];
        const turn = (row: number): Turn =>
          open === undefined || close === undefined ? "flat" : turnOf(open, close, row, look.sinceClose);
        if (hasVolume) paintVolumes(plot, look.candles ? 4 : 0, wide, (row) => colors[turn(row)]);
        if (look.candles) times.forEach((_, row) => void paintCandle(plot, row, wide, look, colors[turn(row)]));
        context.restore();
      },
    },
  };
}

/** Canvas pixels: a part of the shortest step. */
function candleWidth(plot: uPlot, times: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let row = 1; row < times.length; row += 1) least = Math.min(least, (times[row] ?? 0) - (times[row - 1] ?? 0));
  const [first = 0] = times;
  const ratio = devicePixelRatio || 1;
  const step = Number.isFinite(least)
    ? plot.valToPos(first + least, "x", true) - plot.valToPos(first, "x", true)
    : MOST_PX;
  return Math.max(1, Math.min(step * FILLED, MOST_PX * ratio));
}

function paintVolumes(plot: uPlot, place: number, wide: number, color: (row: number) => string): void {
  const scale = plot.series[place + 1]?.scale;
  const column = plot.data[place + 1];
  if (scale === undefined || column === undefined) return;
  const foot = plot.valToPos(0, scale, true);
  for (let row = 0; row < column.length; row += 1) {
    const value = column[row];
    if (typeof value !== "number") continue;
    const x = plot.valToPos(plot.data[0][row] ?? 0, "x", true);
    const y = plot.valToPos(value, scale, true);
    plot.ctx.fillStyle = withAlpha(color(row), VOLUME_ALPHA);
    plot.ctx.fillRect(x - wide / 2, y, wide, foot - y);
  }
}

function paintCandle(plot: uPlot, row: number, wide: number, look: CandleLook, color: string): void {
  const scale = plot.series[1]?.scale ?? "y";
  const ends = [1, 2, 3, 4].map((place) => plot.data[place]?.[row]);
  if (!ends.every((one): one is number => typeof one === "number")) return;
  const [open = 0, high = 0, low = 0, close = 0] = ends.map((one) => plot.valToPos(one, scale, true));
  const x = Math.round(plot.valToPos(plot.data[0][row] ?? 0, "x", true));
  const context = plot.ctx;
  const line = Math.max(1, devicePixelRatio || 1);
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = line;
  const [upper, lower] = [Math.min(open, close), Math.max(open, close)];
  context.beginPath();
  if (look.isBars) {
    context.moveTo(x, high);
    context.lineTo(x, low);
    context.moveTo(x - wide / 2, open);
    context.lineTo(x, open);
    context.moveTo(x, close);
    context.lineTo(x + wide / 2, close);
    context.stroke();
    return;
  }
  context.moveTo(x, high);
  context.lineTo(x, upper);
  context.moveTo(x, lower);
  context.lineTo(x, low);
  context.stroke();
  const tall = Math.max(line, lower - upper);
  if (look.sinceClose && close < open) context.strokeRect(x - wide / 2, upper, wide, tall);
  else context.fillRect(x - wide / 2, upper, wide, tall);
}
