// Where the bars of a bar chart end: its scale, which holds zero, and its marks at round numbers or at powers. Pure.

export interface Scale {
  /** The base of a logarithmic scale. */
  readonly log?: number | undefined;
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

interface Asked {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly softMin?: number | undefined;
  readonly softMax?: number | undefined;
  /** Zero stands in the middle. */
  readonly centered?: boolean | undefined;
  readonly log?: number | undefined;
}

export function barScale(series: readonly Column[], rows: number, stacked: boolean, asked: Asked = {}): Scale {
  if (asked.log !== undefined) return logScale(series, asked, asked.log);
  let [low, high] = [Math.min(0, asked.softMin ?? 0), Math.max(0, asked.softMax ?? 0)];
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
  if (asked.centered === true) {
    high = Math.max(high, -low);
    low = -high;
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

/** Whole powers of the base around all values; bars begin at the lowest. */
function logScale(series: readonly Column[], asked: Asked, log: number): Scale {
  const known = series.flatMap((one) => one.values.filter((value): value is number => value !== null && value > 0));
  const power = (value: number) => Math.log(value) / Math.log(log);
  const least = known.reduce((a, b) => Math.min(a, b), known[0] ?? 1);
  const most = known.reduce((a, b) => Math.max(a, b), least);
  const from = asked.min !== undefined && asked.min > 0 ? power(asked.min) : Math.ceil(power(least) - 1e-9) - 1;
  const to = asked.max !== undefined && asked.max > 0 ? power(asked.max) : Math.floor(power(most) + 1e-9) + 1;
  const first = Math.ceil(from - 1e-9);
  const many = Math.min(MOST_TICKS, Math.max(1, Math.floor(to + 1e-9) - first + 1));
  const ticks = Array.from({ length: many }, (_, at) => log ** (first + at));
  return { low: log ** from, high: log ** Math.max(to, from + 1), ticks, log };
}

/** How far up a scale a value is: 0 to 1, also of what lies beyond its ends. */
export function partUp({ low, high, log }: Scale, value: number): number {
  const inside = Math.min(high, Math.max(low, value));
  if (log === undefined) return (inside - low) / (high - low);
  return Math.log(inside / low) / Math.log(high / low);
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
