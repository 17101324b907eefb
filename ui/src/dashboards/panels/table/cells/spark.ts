// The small chart in a cell: its line with the ground under it, or bars, or dots, as the lines of a time series are set. Pure.
import { type Json, number, text } from "../../../../api/decode";
import type { DataFrame } from "../../../data/frame";
import type { Bounds } from "../../../field/show";

export interface Spark {
  readonly line: string;
  readonly area: string;
  readonly bars: readonly { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[];
  readonly dots: readonly { readonly x: number; readonly y: number }[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Lines stay this far from the upper and lower edge. */
const ROOM_PX = 2;
const round = (value: number) => Math.round(value * 10) / 10;

/** The ends of the scale: as told, else those of the series; a flat line is in the middle, and nothing at all below. */
function scaleOf(known: readonly number[], asked: { min?: number | undefined; max?: number | undefined }): Bounds {
  const low = asked.min ?? known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = asked.max ?? known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (high > low) return { min: low, max: high };
  return low === 0 ? { min: 0, max: 1 } : { min: low - 1, max: low + 1 };
}

export function sparkOf(
  series: DataFrame,
  options: Json,
  size: { readonly width: number; readonly height: number },
  asked: { readonly min?: number | undefined; readonly max?: number | undefined },
): Spark {
  const values = series.fields.findLast((one) => one.type === "number")?.values ?? [];
  const times = series.fields.find((one) => one.type === "time")?.values ?? values.map((_, at) => at);
  const isKnown = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
  const known = values.filter(isKnown);
  if (known.length === 0) return { line: "", area: "", bars: [], dots: [] };
  const style = text(options.drawStyle, "line");
  const { min, max } = scaleOf(
    known,
    style === "bars" && asked.min === undefined ? { ...asked, min: known.reduce((a, b) => Math.min(a, b), 0) } : asked,
  );
  const first = values.findIndex(isKnown);
  const [from, to] = [Number(times[first]), Number(times.at(-1))];
  const barWidth = Math.max(1, size.width / Math.max(1, values.length - first) - 1);
  const edge = style === "bars" ? barWidth / 2 : style === "points" ? 2 : 1;
  const xOf = (at: number) =>
    to > from ? edge + ((Number(times[at]) - from) / (to - from)) * (size.width - 2 * edge) : size.width / 2;
  const yOf = (value: number) => {
    const share = Math.max(0, Math.min(1, (value - min) / (max - min)));
    return size.height - ROOM_PX - share * (size.height - 2 * ROOM_PX);
  };
  const pieces: Point[][] = [[]];
  values.forEach((value, at) => {
    if (at < first) return;
    if (isKnown(value)) pieces.at(-1)?.push({ x: round(xOf(at)), y: round(yOf(value)) });
    else if (options.spanNulls !== true && typeof options.spanNulls !== "number") pieces.push([]);
  });
  const points = pieces.flat();
  if (style === "bars") {
    const bars = points.map(({ x, y }) => ({
      x: round(x - barWidth / 2),
      y,
      width: round(barWidth),
      height: round(Math.max(1, size.height - ROOM_PX - y)),
    }));
    return { line: "", area: "", bars, dots: [] };
  }
  if (style === "points") return { line: "", area: "", bars: [], dots: points };
  const how = text(options.lineInterpolation, "linear");
  const lonely = pieces.flatMap((one) => (one.length === 1 ? one : []));
  const drawn = pieces.filter((one) => one.length > 1);
  return {
    line: drawn.map((one) => pathOf(one, how)).join(""),
    area: drawn
      .map((one) => `${pathOf(one, how)}L${one.at(-1)?.x} ${size.height}L${one[0]?.x} ${size.height}Z`)
      .join(""),
    bars: [],
    dots: options.showPoints === "always" ? points : lonely,
  };
}

function pathOf(points: readonly Point[], how: string): string {
  return points
    .map(({ x, y }, at) => {
      const before = points[at - 1];
      if (before === undefined) return `M${x} ${y}`;
      if (how === "stepAfter") return `H${x}V${y}`;
      if (how === "stepBefore") return `V${y}H${x}`;
      if (how !== "smooth") return `L${x} ${y}`;
      const middle = round((before.x + x) / 2);
      return `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`;
    })
    .join("");
}

export interface Strokes {
  readonly line: number;
  readonly fill: number;
  /** The ground is fainter towards the bottom. */
  readonly fades: boolean;
  readonly dots: number;
}

/** Width of the line and strength of the ground, as charts have them. */
export function sparkStrokes(options: Json): Strokes {
  return {
    line: number(options.lineWidth) ?? 1,
    fill: (number(options.fillOpacity) ?? 17) / 100,
    fades: text(options.gradientMode, "none") !== "none",
    dots: (number(options.pointSize) ?? 5) / 2,
  };
}
