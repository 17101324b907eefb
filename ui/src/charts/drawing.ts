// What uPlot gets for one answer: columns thinned to the pixels, stacked for bars, in drawing order. Pure.
//
//   source index   0 1 2        of the series as given
//   place          1 2 3        of uPlot; place 0 is time
//   bars           3 2 1        the highest sum is drawn first, each next one covers the part below
import { decimate } from "./decimate";
import type { ChartSeries } from "./options";
import { stackUp } from "./stack";

export interface Drawing {
  readonly times: readonly number[];
  /** Values by source index, thinned, not stacked: what the tooltip says. */
  readonly columns: readonly (readonly (number | null)[])[];
  /** Source index by drawing order. */
  readonly order: readonly number[];
  /** Values by drawing order: what is painted. */
  readonly painted: readonly (readonly (number | null)[])[];
}

export function makeDrawing(
  times: readonly number[],
  series: readonly ChartSeries[],
  bars: boolean,
  isShown: (name: string) => boolean,
  pixels: number,
): Drawing {
  const small = decimate({ times, columns: series.map((one) => one.values.map(drawable)) }, pixels);
  const sources = series.map((_, index) => index);
  if (!bars) return { times: small.times, columns: small.columns, order: sources, painted: small.columns };
  const visible = small.columns.map((column, index) =>
    isShown(series[index]?.name ?? "") ? column : new Array<null>(column.length).fill(null),
  );
  const sums = stackUp(visible);
  const order = [...sources].reverse();
  return { times: small.times, columns: small.columns, order, painted: order.map((index) => sums[index] ?? []) };
}

/** The axis has no place for NaN and the infinities; the table shows them. */
function drawable(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
