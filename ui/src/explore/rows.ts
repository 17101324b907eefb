// A query row: its text, and how it is asked and shown where that is not as usual. Pure.
//
//   q=up  q=rate(a[5m])  hide=B  legend=  legend={{job}}  step=  step=1m
//
// In the URL the texts stand as they always did; what is not as usual stands beside them, a text a row, and is left out
// while every row is as usual.
import type { PaneSearch } from "./search";

export interface Row {
  readonly text: string;
  /** Kept, but neither asked nor shown. */
  readonly hidden: boolean;
  /** Names of its series with `{{label}}` in them; empty: the labels that differ. */
  readonly legend: string;
  /** Points are at least this far apart, as a duration; empty: as the chart is wide. */
  readonly step: string;
}

export const plainRow = (text: string): Row => ({ text, hidden: false, legend: "", step: "" });

export const letterOf = (index: number): string => String.fromCharCode(65 + index);

export function rowsOf({ q = [], hide = "", legend = [], step = [] }: PaneSearch): Row[] {
  return q.map((text, index) => ({
    text,
    hidden: hide.includes(letterOf(index)),
    legend: legend[index] ?? "",
    step: step[index] ?? "",
  }));
}

/** What the URL holds of these rows; rows without a text are none. */
export function partsOf(all: readonly Row[]): Pick<PaneSearch, "q" | "hide" | "legend" | "step"> {
  const rows = all.filter((one) => one.text.trim() !== "");
  const hide = rows.map((one, index) => (one.hidden ? letterOf(index) : "")).join("");
  const legend = rows.map((one) => one.legend.trim());
  const step = rows.map((one) => one.step.trim());
  return {
    q: rows.map((one) => one.text),
    hide: hide === "" ? undefined : hide,
    legend: legend.every((one) => one === "") ? undefined : legend,
    step: step.every((one) => one === "") ? undefined : step,
  };
}

/** Other texts in the place of these: a row keeps its ways where each text has a row. */
export function withTexts(rows: readonly Row[], texts: readonly string[]): Row[] {
  const isKept = rows.length === texts.length;
  return texts.map((text, index) => ({ ...plainRow(text), ...(isKept ? rows[index] : undefined), text }));
}

/** The row at `index` one up or down; at the end it stays. */
export function moved(rows: readonly Row[], index: number, by: -1 | 1): Row[] {
  const one = rows[index];
  const other = rows[index + by];
  if (one === undefined || other === undefined) return [...rows];
  return rows.map((row, place) => (place === index ? other : place === index + by ? one : row));
}

export function isSameRows(rows: readonly Row[], others: readonly Row[]): boolean {
  return JSON.stringify(partsOf(rows)) === JSON.stringify(partsOf(others));
}
