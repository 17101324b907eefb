// Values beside the bars and points that they are the height of, where a series asks for it and there is room between them.
import type uPlot from "uplot";
import type { Look } from "../../../charts/options";
import { valueText } from "../../field/show";
import type { PanelSeries } from "../compute/series";
import { drawnOf } from "./drawn";

const CHAR_PX = 6.4;
const LINE_PX = 12;
const AWAY_PX = 4;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** Those of `wanted` that cover none before them; a screen full of words says nothing. */
export function apartBoxes<B extends Box>(wanted: readonly B[]): B[] {
  const kept: B[] = [];
  for (const one of wanted) {
    const covers = kept.some(
      (two) => one.left < two.right && two.left < one.right && Math.abs(one.y - two.y) < LINE_PX,
    );
    if (!covers) kept.push(one);
  }
  return kept;
}

/** More words than this are not even tried. */
const MOST_TRIED = 600;

/** `live` are the series with the values that are there at each drawing. */
export function valuesPlugin(live: () => readonly PanelSeries[], look: Look): uPlot.Plugin {
  if (!live().some((one) => drawnOf(one.config).values)) return { hooks: {} };
  const told = () => live().flatMap((one, index) => (drawnOf(one.config).values ? [{ one, place: index + 1 }] : []));
  return { hooks: { draw: (plot) => paintValues(plot, told(), look) } };
}

function paintValues(plot: uPlot, told: readonly { one: PanelSeries; place: number }[], look: Look): void {
  const ratio = devicePixelRatio || 1;
  const context = plot.ctx;
  const boxes = told.flatMap(({ one, place }) => {
    const scale = plot.series[place]?.scale;
    if (scale === undefined || plot.series[place]?.show === false) return [];
    return [...(plot.data[place] ?? [])].flatMap((at, row) => {
      // What is painted may be a sum; what is said is the value.
      const value = one.values[row];
      if (typeof at !== "number" || typeof value !== "number") return [];
      const text = valueText(value, one.config);
      const middle = plot.valToPos(plot.data[0][row] ?? 0, "x");
      const half = (text.length * CHAR_PX) / 2;
      const y = plot.valToPos(at, scale) + (at < 0 ? AWAY_PX + LINE_PX : -AWAY_PX);
      return [{ text, left: middle - half, right: middle + half, middle, y }];
    });
  });
  context.save();
  context.font = look.font.replace(/^(\d+)px/, (_whole, size) => `${Number(size) * ratio}px`);
  context.fillStyle = look.text;
  context.textAlign = "center";
  for (const one of apartBoxes(boxes.slice(0, MOST_TRIED))) {
    context.fillText(one.text, plot.bbox.left + one.middle * ratio, plot.bbox.top + one.y * ratio);
  }
  context.restore();
}
