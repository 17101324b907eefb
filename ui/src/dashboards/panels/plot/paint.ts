// What is painted of values: turned below zero, made constant, stacked group by group. Pure.
import type { PanelSeries, Values } from "../compute/series";
import { drawnOf } from "./drawn";

export interface Painted {
  readonly values: Values;
  /** Index of the series whose line is this one's floor. */
  readonly floor: number | undefined;
}

/** A gap counts as nothing in a stack but stays a gap of its own. */
export function paint(series: readonly PanelSeries[], shown: (name: string) => boolean): Painted[] {
  const sums = new Map<string, { sum: number[]; last: number }>();
  const drawn = series.map((one) => drawnOf(one.config));
  const totals = new Map<string, number[]>();
  series.forEach((one, index) => {
    const how = drawn[index];
    if (how?.stack !== "percent" || !shown(one.name)) return;
    const total = totals.get(how.group) ?? new Array<number>(one.values.length).fill(0);
    one.values.forEach((value, row) => {
      total[row] = (total[row] ?? 0) + Math.abs(value ?? 0);
    });
    totals.set(how.group, total);
  });
  return series.map((one, index) => {
    const how = drawn[index];
    const sign = how?.negative === true ? -1 : 1;
    const last = how?.constant === true ? (one.values.findLast(isThere) ?? null) : undefined;
    const plain = one.values.map((own) => {
      const value = last === undefined ? own : last;
      return value === undefined ? undefined : isThere(value) ? sign * value : null;
    });
    if (how === undefined || how.stack === "none" || !shown(one.name)) {
      const down = how === undefined || how.fillDown === "" ? -1 : series.findIndex((two) => two.name === how.fillDown);
      return { values: plain, floor: down < 0 || down === index ? undefined : down };
    }
    const total = totals.get(how.group);
    const shares = how.stack === "percent" ? plain.map((value, row) => divided(value, total?.[row])) : plain;
    const key = `${how.group}/${how.style}/${isBelow(plain)}/${one.config.unit ?? ""}`;
    const before = sums.get(key);
    const sum = shares.map((value, row) => (value ?? 0) + (before?.sum[row] ?? 0));
    sums.set(key, { sum, last: index });
    return { values: shares.map((value, row) => (isThere(value) ? sum[row] : value)), floor: before?.last };
  });
}

/** What lies below zero hangs from it. */
function isBelow(values: Values): boolean {
  return values.some((one) => isThere(one) && one < 0) && !values.some((one) => isThere(one) && one > 0);
}

function isThere(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function divided(value: number | null | undefined, total: number | undefined): number | null | undefined {
  return isThere(value) ? value / (total || 1) : value;
}
