// What uPlot gets for one answer: columns thinned to the pixels, stacked where wanted, in drawing order. Pure.
//
//   source index   0 1 2        of the series as given
//   place          1 2 3        of uPlot; place 0 is time
//   stacked        3 2 1        the highest sum is drawn first, each next one covers the part below
import { decimate } from "./decimate";
import type { ChartSeries } from "./options";
import { stackUp } from "./stack";

/** Lines of fewer points than twice this would lose their shape. */
const LEAST_BUCKETS = 100;

export interface Drawing {
  readonly times: readonly number[];
  /** Values by source index, thinned, not stacked: what the tooltip says. */
  readonly columns: readonly (readonly (number | null | undefined)[])[];
  /** Source index by drawing order. */
  readonly order: readonly number[];
  /** Values by drawing order: what is painted. */
  readonly painted: readonly (readonly (number | null | undefined)[])[];
}

/** Points of all lines together: more take longer to paint than a glance, and that many lines are a band in which no pixel is missed. */
const MOST_POINTS = 200_000;

export function makeDrawing(
  times: readonly number[],
  series: readonly ChartSeries[],
  stacked: boolean,
  isShown: (name: string) => boolean,
  pixels: number,
): Drawing {
  const share = Math.max(LEAST_BUCKETS, Math.floor(MOST_POINTS / 2 / Math.max(1, series.length)));
  const thin = decimate({ times, columns: series.map((one) => one.values) }, Math.min(pixels, share));
  const small = { times: thin.times, columns: thin.columns.map((column) => Array.from(column, drawable)) };
  const sources = series.map((_, index) => index);
  if (!stacked) return { times: small.times, columns: small.columns, order: sources, painted: small.columns };
  const visible = small.columns.map((column, index) =>
    isShown(series[index]?.name ?? "") ? column : new Array<null>(column.length).fill(null),
  );
  const sums = stackUp(visible);
  const order = [...sources].reverse();
  return { times: small.times, columns: small.columns, order, painted: order.map((index) => sums[index] ?? []) };
}

/** The axis has no place for NaN and the infinities; the table shows them. Undefined stays: at that time only others have values. */
function drawable(value: number | null | undefined): number | null | undefined {
  return value === undefined || Number.isFinite(value) ? value : null;
}
