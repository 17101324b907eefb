// The strokes and fills of a series: one colour, one that fades, or the colours that its values have.
import type uPlot from "uplot";
import { withAlpha } from "../../../charts/options";
import type { Field } from "../../data/frame";
import { cssColor, lighten } from "../../field/colors";
import { type Bounds, dataBounds, thresholdsOf, valueColor } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import type { PanelSeries } from "../compute/series";
import { type Drawn, drawnOf } from "./drawn";

type Paint = uPlot.Series.Stroke;

interface Strokes {
  readonly stroke: Paint;
  readonly fill: Paint | undefined;
}

/** Colours over the height of the plot; `part` is 0 at its foot and 1 at its top. */
export interface Stop {
  readonly part: number;
  readonly color: string;
}

/** How far the hues of a fill that plays with them are from the colour of its line, degrees. */
const SPUN = 30;

/** `color` is what a canvas understands. */
export function strokesOf(one: PanelSeries, how: Drawn, color: string, dark: boolean): Strokes {
  const { fill, gradient } = how;
  const mode = one.config.color?.mode ?? "palette-classic";
  if (gradient === "scheme" && (mode === "thresholds" || mode.startsWith("continuous-"))) {
    const bounds = fieldBounds(one.field);
    const over = (alpha: number) => (plot: uPlot, index: number) =>
      vertical(plot, plot.series[index]?.scale ?? "y", color, (part) => stopsOf(one.config, bounds, part, dark), alpha);
    return { stroke: over(1), fill: fill > 0 ? over(fill) : undefined };
  }
  if (fill === 0) return { stroke: color, fill: undefined };
  if (gradient === "opacity") {
    return { stroke: color, fill: fading([withAlpha(color, 0), withAlpha(color, fill)]) };
  }
  if (gradient === "hue") {
    return { stroke: color, fill: fading([spun(color, -SPUN), spun(color, SPUN)].map((own) => withAlpha(own, fill))) };
  }
  return { stroke: color, fill: withAlpha(color, fill) };
}

const known = new WeakMap<Field, Bounds>();

/** The ends of a field's values, which may be a million: read once. */
function fieldBounds(field: Field): Bounds {
  const found = known.get(field) ?? dataBounds(field.values, field.config);
  known.set(field, found);
  return found;
}

/** The colour of one value where values have colours of their own; undefined where the whole series has one. */
export function ownColor(one: PanelSeries, value: number, dark: boolean): string | undefined {
  return drawnOf(one.config).gradient === "scheme"
    ? valueColor(value, one.config, fieldBounds(one.field), dark)
    : undefined;
}

/** Evenly from the foot of the plot to its top. */
function fading(colors: readonly string[]): (plot: uPlot, index: number) => CanvasGradient {
  const stops = colors.map((color, index) => ({ color, part: index / (colors.length - 1) }));
  return (plot) => gradientOf(plot, stops, 1);
}

function vertical(
  plot: uPlot,
  scale: string,
  plain: string,
  stops: (valueAt: (part: number) => number) => readonly Stop[],
  alpha: number,
): CanvasGradient | string {
  const { min, max } = plot.scales[scale] ?? {};
  const height = plot.over.clientHeight;
  if (min === undefined || min === null || max === undefined || max === null || height === 0) return plain;
  return gradientOf(
    plot,
    stops((part) => plot.posToVal(height * (1 - part), scale)),
    alpha,
  );
}

function gradientOf(plot: uPlot, stops: readonly Stop[], alpha: number): CanvasGradient {
  const { top, height } = plot.bbox;
  const made = plot.ctx.createLinearGradient(0, top + height, 0, top);
  for (const { part, color } of stops) made.addColorStop(part, alpha === 1 ? color : withAlpha(color, alpha));
  return made;
}

/** As many colours as the eye tells apart on a scale. */
const SHADES = 24;

/** The colours that values have from the foot of the plot to its top; those of thresholds change at once. */
export function stopsOf(
  config: FieldOptions,
  bounds: Bounds,
  valueAt: (part: number) => number,
  dark: boolean,
): readonly Stop[] {
  const colorAt = (value: number) => valueColor(value, config, bounds, dark) ?? "#888888";
  if (config.color?.mode !== "thresholds") {
    return Array.from({ length: SHADES + 1 }, (_, at) => ({
      part: at / SHADES,
      color: colorAt(valueAt(at / SHADES)),
    }));
  }
  const { steps, mode } = thresholdsOf(config);
  const stops: Stop[] = [{ part: 0, color: colorAt(valueAt(0)) }];
  for (const step of steps) {
    const value = mode === "percentage" ? bounds.min + ((bounds.max - bounds.min) * step.value) / 100 : step.value;
    const part = partOf(value, valueAt);
    const color = cssColor(step.color, dark);
    if (part === undefined || color === undefined) continue;
    stops.push({ part, color: stops.at(-1)?.color ?? color }, { part, color });
  }
  return [...stops, { part: 1, color: stops.at(-1)?.color ?? "#888888" }];
}

/** Halvings that tell a pixel of the highest screen. */
const HALVINGS = 14;

/** Where on the plot a value stands, on any scale that grows; undefined outside of it. */
function partOf(value: number, valueAt: (part: number) => number): number | undefined {
  if (!(value > valueAt(0) && value < valueAt(1))) return undefined;
  let [low, high] = [0, 1];
  for (let round = 0; round < HALVINGS; round += 1) {
    const middle = (low + high) / 2;
    if (valueAt(middle) < value) low = middle;
    else high = middle;
  }
  return high;
}

/** The colour with its hue turned; one whose hue is not known gets lighter or darker. */
export function spun(color: string, degrees: number): string {
  const own = /^oklch\(([\d.]+%?) ([\d.]+) ([\d.]+)\)$/.exec(color);
  if (own !== null) return `oklch(${own[1]} ${own[2]} ${(Number(own[3]) + degrees + 360) % 360})`;
  return /^#[0-9a-f]{6}$/i.test(color) ? lighten(color, degrees / 100) : color;
}
