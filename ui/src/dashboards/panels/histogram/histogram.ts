// How often values fall into each bucket, series by series or all together; frames that are buckets already stay as they are. Pure.
import { type Hues, huesBeside, NO_HUES } from "../../../charts/colors/palette";
import { type DataFrame, displayNames, type Field } from "../../data/frame";
import { isByName, seriesColor } from "../../field/colors";
import type { FieldOptions } from "../../model/types";
import { colorOf, MOST_SERIES } from "../compute/series";
import { niceStep, placeOf, rounded } from "../heatmap/heatBuckets";

export interface HistogramAsk {
  readonly count?: number | undefined;
  readonly size?: number | undefined;
  /** What the edges of buckets are moved by. */
  readonly offset?: number | undefined;
  readonly combine?: boolean;
}

export interface HistogramSeries {
  readonly name: string;
  readonly color: string;
  readonly config: FieldOptions;
  readonly field: Field;
  /** One a bucket. */
  readonly values: readonly number[];
}

export interface Histogram {
  /** One more than there are buckets. */
  readonly edges: readonly number[];
  readonly series: readonly HistogramSeries[];
}

const USUAL_COUNT = 30;
const MOST_BUCKETS = 500;

export function histogramOf(
  frames: readonly DataFrame[],
  ask: HistogramAsk,
  dark: boolean,
  hues: Hues = NO_HUES,
): Histogram | undefined {
  return bucketsOf(frames, dark) ?? cumulativeOf(frames, dark) ?? counted(frames, ask, dark, hues);
}

const numbersOf = (field: Field) =>
  field.values.filter((one): one is number => typeof one === "number" && Number.isFinite(one));

function counted(frames: readonly DataFrame[], ask: HistogramAsk, dark: boolean, hues: Hues): Histogram | undefined {
  const names = displayNames(frames);
  const fields = frames.flatMap((one) => one.fields).filter((one) => one.type === "number");
  const columns = fields.map(numbersOf);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const column of columns) {
    for (const value of column) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return undefined;
  const edges = histogramEdges(low, high, ask);
  const countsOf = (all: readonly (readonly number[])[]) => {
    const counts = new Array<number>(edges.length - 1).fill(0);
    for (const column of all) {
      for (const value of column) {
        const at = placeOf(value, edges);
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
    return counts;
  };
  const [first] = fields;
  if (ask.combine === true && first !== undefined) {
    const color = seriesColor(0, dark);
    return { edges, series: [{ name: "Count", color, config: first.config, field: first, values: countsOf(columns) }] };
  }
  const nameOf = (field: Field) => names.get(field) ?? field.name;
  const own = huesBeside(
    fields.flatMap((one) => (isByName(one.config.color?.mode) ? nameOf(one) : [])),
    hues,
  );
  const series = fields.slice(0, MOST_SERIES).map((field, index) => ({
    name: nameOf(field),
    color: colorOf(field, nameOf(field), index, dark, own),
    config: field.config,
    field,
    values: countsOf([columns[index] ?? []]),
  }));
  return { edges, series };
}

export function histogramEdges(
  low: number,
  high: number,
  { count = USUAL_COUNT, size, offset: asked = 0 }: HistogramAsk,
): number[] {
  const span = high - low;
  // Of a large number a step of one would be no step.
  const usual =
    span > 0 ? niceStep(span / Math.max(1, Math.min(MOST_BUCKETS, count))) : Math.max(1, Math.abs(low) / 1e9);
  const step = size !== undefined && size > 0 && span / size < MOST_BUCKETS ? size : usual;
  const offset = asked % step;
  const first = Math.floor((low - offset) / step + 1e-9);
  const last = Math.floor((high - offset) / step + 1e-9) + 1;
  return Array.from({ length: last - first + 1 }, (_, index) => rounded((first + index) * step + offset, step));
}

/** Rows of buckets, as the transformation of that name makes them. */
function bucketsOf(frames: readonly DataFrame[], dark: boolean): Histogram | undefined {
  for (const frame of frames) {
    const column = (name: string) => frame.fields.find((one) => one.name === name);
    const [lows, highs] = [column("xMin"), column("xMax")];
    const fields = frame.fields.filter((one) => one.type === "number" && one !== lows && one !== highs);
    if (lows === undefined || highs === undefined || fields.length === 0) continue;
    const names = displayNames([frame]);
    const series = fields.map((field, index) => {
      const name = names.get(field) ?? field.name;
      const color = colorOf(field, name, index, dark, NO_HUES);
      return { name, color, config: field.config, field, values: field.values.map((one) => Number(one) || 0) };
    });
    return { edges: [...lows.values.map(Number), Number(highs.values.at(-1))], series };
  }
  return undefined;
}

/** Cumulative buckets over time: all of the range together. */
function cumulativeOf(frames: readonly DataFrame[], dark: boolean): Histogram | undefined {
  const fields = frames.flatMap((one) => one.fields).filter((one) => one.type === "number");
  if (fields.length < 2 || fields.some((one) => one.labels?.le === undefined)) return undefined;
  const sums = new Map<number, number>();
  for (const field of fields) {
    const end = Number(field.labels?.le?.replace(/^\+?inf$/i, "Infinity"));
    sums.set(
      end,
      numbersOf(field).reduce((sum, one) => sum + one, sums.get(end) ?? 0),
    );
  }
  const sorted = [...sums].sort((a, b) => a[0] - b[0]);
  const finite = sorted.filter(([end]) => Number.isFinite(end)).map(([end]) => end);
  const [first] = fields;
  const last = finite.at(-1);
  if (first === undefined || last === undefined) return undefined;
  // The last bucket has no end; it is drawn as wide as the one before it.
  const open = finite.length < sorted.length ? [last + (last - (finite.at(-2) ?? 0))] : [];
  const values = sorted.map(([, sum], index) => Math.max(0, sum - (sorted[index - 1]?.[1] ?? 0)));
  const edges = [Math.min(0, finite[0] ?? 0), ...finite, ...open];
  return {
    edges,
    series: [{ name: "Count", color: seriesColor(0, dark), config: first.config, field: first, values }],
  };
}
