// What an axis of values says: its steps and the words beside them. All labels of one axis have one unit and one precision, and
// what is counted in whole things has no halves. Pure.

/** Decimals beyond this are noise; then each label says what it says alone. */
const MOST_DECIMALS = 4;
/** A factor between two units is this near to a power of ten or of 1024. */
const NEAR = 0.02;

/** A sign and a symbol, digits, and the unit behind them. A sign behind the symbol is no such form. */
const PARTS = /^(-?)([^\d-]*)(\d+(?:\.\d+)?)(\D*)$/;

interface Parts {
  readonly symbol: string;
  readonly size: number;
  readonly unit: string;
}

function partsOf(text: string): Parts | undefined {
  const found = PARTS.exec(text);
  if (found === null) return undefined;
  return { symbol: found[2] ?? "", size: Number(found[3]), unit: found[4] ?? "" };
}

/**
 * The labels of `splits`: all in the unit of the largest and with as many decimals as any of them needs; zero needs no prefix.
 * Forms that are no number and unit stay as they are, alike or not: `1 m 30 s`, days, `5 hours ago`.
 */
export function axisTexts(splits: readonly number[], format: (value: number) => string): string[] {
  const alone = splits.map(format);
  const parts = alone.map(partsOf);
  const most = splits.reduce((best, one, index) => (Math.abs(one) > Math.abs(splits[best] ?? 0) ? index : best), 0);
  const largest = parts[most];
  const top = Math.abs(splits[most] ?? 0);
  if (largest === undefined || parts.includes(undefined) || partsOf(format(0))?.size !== 0) return alone;
  if (largest.size === 0) return distinct(alone, splits);
  const factor = snapped(largest.size / top);
  if (factor === undefined) return alone;
  const scaled = splits.map((one) => one * factor);
  const decimals = decimalsOf(scaled);
  if (decimals === undefined) return distinct(alone, splits);
  return scaled.map((one, index) => {
    if (one === 0) return alone[index] ?? "0";
    const sign = one < 0 ? "-" : "";
    return `${sign}${largest.symbol}${Math.abs(one).toFixed(decimals)}${largest.unit}`;
  });
}

/** Where rounding makes neighbours equal, plain digits tell them apart. */
function distinct(texts: string[], splits: readonly number[]): string[] {
  if (new Set(texts).size === texts.length) return texts;
  return splits.map((value) => String(Number(value.toPrecision(12))));
}

/** The exact factor behind one that was read from rounded digits. */
function snapped(factor: number): number | undefined {
  const tens = Math.round(Math.log10(factor));
  const kibis = Math.round(Math.log2(factor) / 10);
  const candidates = [10 ** tens, 2 ** (10 * kibis), 100 * 2 ** (10 * kibis)];
  return candidates.find((one) => Math.abs(factor / one - 1) < NEAR);
}

/** The fewest decimals that say all of them exactly; undefined when too many would be needed. */
function decimalsOf(values: readonly number[]): number | undefined {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals += 1) {
    const scale = 10 ** decimals;
    if (values.every((one) => Math.abs(one * scale - Math.round(one * scale)) < 1e-7)) return decimals;
  }
  return undefined;
}

/** As far as uPlot's own steps go: with none that is large enough, an axis has no labels. */
const MOST_POWER = 31;

/** 1, 2, 2.5 and 5 of each power of ten, from `least` on. */
function decimalSteps(least: number): number[] {
  const steps: number[] = [];
  for (let power = -16; power <= MOST_POWER; power += 1)
    for (const digit of ["1", "2", "2.5", "5"]) {
      const step = Number(`${digit}e${power}`);
      if (step >= least && (least < 1 || Number.isInteger(step))) steps.push(step);
    }
  return steps;
}

const ALL_STEPS = decimalSteps(0);
const WHOLE_STEPS = decimalSteps(1);
/** On a higher axis the steps are whole anyway. */
const LOW_AXIS = 30;

/** The steps of an axis from `low` to `high`: whole ones where all values are whole. */
export function stepsFor(low: number, high: number, columns: Iterable<ArrayLike<unknown> | undefined>): number[] {
  return high - low < LOW_AXIS && areWhole(columns) ? WHOLE_STEPS : ALL_STEPS;
}

function areWhole(columns: Iterable<ArrayLike<unknown> | undefined>): boolean {
  let seen = false;
  for (const column of columns)
    for (let index = 0; index < (column?.length ?? 0); index += 1) {
      const value = column?.[index];
      if (typeof value !== "number" || Number.isNaN(value)) continue;
      if (!Number.isInteger(value)) return false;
      seen = true;
    }
  return seen;
}
