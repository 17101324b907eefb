// From many values to one, by the names the field uses. Gaps are null; a result that cannot be is null too.

export const REDUCERS = [
  "lastNotNull",
  "last",
  "firstNotNull",
  "first",
  "mean",
  "min",
  "max",
  "sum",
  "count",
  "countAll",
  "range",
  "delta",
  "diff",
  "diffperc",
  "step",
  "median",
  "stdDev",
  "variance",
  "distinctCount",
  "changeCount",
  "logmin",
  "allIsZero",
  "allIsNull",
  "allValues",
  "uniqueValues",
] as const;

const OLD_NAMES: Readonly<Record<string, string>> = { current: "lastNotNull", avg: "mean", total: "sum" };

const LABELS: Readonly<Record<string, string>> = {
  lastNotNull: "Last *",
  last: "Last",
  firstNotNull: "First *",
  first: "First",
  mean: "Mean",
  min: "Min",
  max: "Max",
  sum: "Total",
  count: "Count",
  range: "Range",
  delta: "Delta",
  diff: "Difference",
  diffperc: "Difference percent",
  median: "Median",
  stdDev: "StdDev",
  variance: "Variance",
  distinctCount: "Distinct count",
  changeCount: "Change count",
  logmin: "Min (above zero)",
};

export function reducerLabel(id: string): string {
  return LABELS[OLD_NAMES[id] ?? id] ?? id;
}

export function reduceValues(values: readonly unknown[], asked: string): unknown {
  const id = OLD_NAMES[asked] ?? asked;
  switch (id) {
    case "last":
      return values.at(-1) ?? null;
    case "first":
      return values[0] ?? null;
    case "lastNotNull":
      return values.findLast(isThere) ?? null;
    case "firstNotNull":
      return values.find(isThere) ?? null;
    case "countAll":
      return values.length;
    case "allIsNull":
      return values.every((one) => one === null || one === undefined);
    case "distinctCount":
      return new Set(values.filter(isThere)).size;
    case "uniqueValues":
      return [...new Set(values)].join(", ");
    case "allValues":
      return values.join(", ");
    case "changeCount":
      return changes(values.filter(isThere));
    default:
      return reduceNumbers(values.filter(isNumber), id);
  }
}

function isThere(value: unknown): boolean {
  return value !== null && value !== undefined && !Number.isNaN(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

function changes(values: readonly unknown[]): number {
  return values.reduce<number>((sum, one, index) => (index > 0 && one !== values[index - 1] ? sum + 1 : sum), 0);
}

function reduceNumbers(values: readonly number[], id: string): number | boolean | null {
  if (id === "count") return values.length;
  if (id === "allIsZero") return values.every((one) => one === 0);
  const first = values[0];
  const last = values.at(-1);
  if (first === undefined || last === undefined) return null;
  const sum = () => values.reduce((all, one) => all + one, 0);
  const least = () => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = () => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  switch (id) {
    case "mean":
      return sum() / values.length;
    case "sum":
      return sum();
    case "min":
      return least();
    case "max":
      return most();
    case "range":
      return most() - least();
    case "diff":
      return last - first;
    case "diffperc":
      return first === 0 ? null : (last - first) / first;
    case "delta":
      return delta(values);
    case "step":
      return finite(smallestStep(values));
    case "median":
      return percentile(values, 50);
    case "variance":
      return variance(values, sum() / values.length);
    case "stdDev":
      return Math.sqrt(variance(values, sum() / values.length));
    case "logmin":
      return finite(values.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), Number.POSITIVE_INFINITY));
    default: {
      const found = /^p(\d{1,2})$/.exec(id);
      return found === null ? null : percentile(values, Number(found[1]));
    }
  }
}

/** Of nothing there is no least. */
function finite(least: number): number | null {
  return Number.isFinite(least) ? least : null;
}

/** How much a counter grew; a fall is a restart. */
function delta(values: readonly number[]): number {
  return values.reduce((sum, one, index) => {
    const before = values[index - 1];
    if (before === undefined) return sum;
    return sum + (one >= before ? one - before : one);
  }, 0);
}

function smallestStep(values: readonly number[]): number {
  return values.reduce((least, one, index) => {
    const before = values[index - 1];
    return before === undefined ? least : Math.min(least, Math.abs(one - before));
  }, Number.POSITIVE_INFINITY);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

function variance(values: readonly number[], mean: number): number {
  return values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length;
}
