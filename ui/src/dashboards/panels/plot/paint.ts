// What is painted of values: turned below zero, made constant, stacked group by group. Pure.
import type { PanelSeries, Values } from "../compute/series";
import { type Drawn, drawnOf } from "./drawn";

export interface Painted {
  readonly values: Values;
  /** Index of the series whose line is this one's floor. */
  readonly floor: number | undefined;
}

/**
 * What each series draws. In a stack a gap counts as nothing: where others of the stack have values the series has its floor, so
 * that what lies on it has one too; where none has, it stays a gap.
 */
export function paint(series: readonly PanelSeries[], shown: (name: string) => boolean): Painted[] {
  const drawn = series.map((one) => drawnOf(one.config));
  const plain = series.map((one, index) => plainOf(one, drawn[index]));
  const totals = new Map<string, number[]>();
  series.forEach((one, index) => {
    const how = drawn[index];
    if (how?.stack !== "percent" || !shown(one.name)) return;
    const total = totals.get(how.group) ?? new Array<number>(one.values.length).fill(0);
    plain[index]?.forEach((value, row) => {
      total[row] = (total[row] ?? 0) + Math.abs(value ?? 0);
    });
    totals.set(how.group, total);
  });
  const layers = series.map((one, index) => {
    const how = drawn[index];
    const values = plain[index] ?? [];
    if (how === undefined || how.stack === "none" || !shown(one.name)) return { values, how, stack: undefined };
    const total = totals.get(how.group);
    return {
      values: how.stack === "percent" ? values.map((value, row) => divided(value, total?.[row])) : values,
      how,
      stack: `${how.group}/${how.style}/${isBelow(values)}/${one.config.unit ?? ""}`,
    };
  });
  const filled = new Map<string, boolean[]>();
  for (const { stack, values } of layers) {
    if (stack === undefined) continue;
    const rows = filled.get(stack) ?? new Array<boolean>(values.length).fill(false);
    for (let row = 0; row < values.length; row += 1) if (isThere(values[row])) rows[row] = true;
    filled.set(stack, rows);
  }
  const sums = new Map<string, { sum: number[]; last: number }>();
  return layers.map(({ values, how, stack }, index) => {
    if (stack === undefined) {
      const down = how === undefined || how.fillDown === "" ? -1 : series.findIndex((two) => two.name === how.fillDown);
      return { values, floor: down < 0 || down === index ? undefined : down };
    }
    const before = sums.get(stack);
    const rows = filled.get(stack) ?? [];
    const sum = values.map((value, row) => (value ?? 0) + (before?.sum[row] ?? 0));
    sums.set(stack, { sum, last: index });
    // A line goes over times that are not its own; a bar there is none, but a floor.
    const isHeld = (value: number | null | undefined, row: number) =>
      isThere(value) || (rows[row] === true && (value === null || how?.style === "bars"));
    return { values: values.map((value, row) => (isHeld(value, row) ? sum[row] : value)), floor: before?.last };
  });
}

/** Values as they are drawn before they are stacked; what is no finite number is a gap. */
function plainOf(one: PanelSeries, how: Drawn | undefined): Values {
  const sign = how?.negative === true ? -1 : 1;
  const last = how?.constant === true ? (one.values.findLast(isThere) ?? null) : undefined;
  return one.values.map((own) => {
    const value = last === undefined ? own : last;
    return value === undefined ? undefined : isThere(value) ? sign * value : null;
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
