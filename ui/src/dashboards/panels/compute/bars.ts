// Where the bars of a bar chart end: its scale, which holds zero, and its marks at round numbers. Pure.

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** From `low` to `high`. */
  readonly ticks: readonly number[];
}

interface Column {
  readonly values: readonly (number | null)[];
}

/** A chart of bars has about so many marks. */
const TICKS = 4;
/** Marks beyond this are no axis. */
const MOST_TICKS = 20;

export function barScale(
  series: readonly Column[],
  rows: number,
  stacked: boolean,
  asked: { readonly min?: number | undefined; readonly max?: number | undefined } = {},
): Scale {
  let [low, high] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    let [below, above] = [0, 0];
    for (const one of series) {
      const value = one.values[row] ?? 0;
      if (!Number.isFinite(value)) continue;
      if (value < 0) below = stacked ? below + value : Math.min(below, value);
      else above = stacked ? above + value : Math.max(above, value);
    }
    low = Math.min(low, below);
    high = Math.max(high, above);
  }
  low = asked.min ?? low;
  high = asked.max ?? high;
  if (high <= low) high = low + 1;
  const step = roundStep((high - low) / TICKS);
  if (asked.min === undefined) low = Math.floor(low / step) * step;
  if (asked.max === undefined) high = Math.ceil(high / step) * step;
  const first = Math.ceil(low / step);
  const many = Math.min(MOST_TICKS, Math.floor(high / step + 1e-9) - first + 1);
  return { low, high, ticks: Array.from({ length: many }, (_, at) => (first + at) * step) };
}

/** 1, 2 or 5 times a power of ten, no smaller than `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((one) => one * power >= least * 0.999) ?? 10);
}

/** Both ends of a bar; a stacked one stands on those of its own sign before it. */
export function barEnds(
  series: readonly Column[],
  place: number,
  row: number,
  stacked: boolean,
): { readonly from: number; readonly to: number } {
  const value = series[place]?.values[row] ?? 0;
  if (!stacked) return { from: 0, to: value };
  const before = series.slice(0, place).map((one) => one.values[row] ?? 0);
  const from = before.reduce((sum, one) => (one < 0 === value < 0 ? sum + one : sum), 0);
  return { from, to: from + value };
}
