// Series on one time grid, single values, and the names of both.
// Invariant: every series has as many values as the frame has times; a gap stays one.
import { type Labels, labels, list, number, record, sample, text } from "./decode";

/** Values of one series. In a column of floats a gap is NaN, in a list it is null. */
export type Values = ArrayLike<number | null>;

export interface Series<V extends Values = (number | null)[]> {
  readonly labels: Labels;
  readonly values: V;
}

export interface Frame<V extends Values = (number | null)[]> {
  /** Epoch seconds, ascending, all series share them. */
  readonly times: number[];
  readonly series: readonly Series<V>[];
}

export interface Instant {
  readonly labels: Labels;
  /** Epoch seconds. */
  readonly time: number;
  /** The number, or a native histogram written as its count and sum. */
  readonly value: number;
  readonly histogram: string | undefined;
}

/** A vector or scalar answer as rows. */
export function vectorRows(resultType: string, result: unknown): Instant[] {
  if (resultType === "scalar" || resultType === "string") {
    const pair = list(result);
    return [{ labels: {}, time: number(pair[0]) ?? 0, value: sample(pair[1]), histogram: undefined }];
  }
  return list(result).map((one): Instant => {
    const entry = record(one);
    const pair = list(entry.value);
    const native = list(entry.histogram);
    if (native.length === 2) {
      const body = record(native[1]);
      const histogram = `count ${text(body.count)}, sum ${text(body.sum)}`;
      return { labels: labels(entry.metric), time: number(native[0]) ?? 0, value: sample(body.count), histogram };
    }
    return { labels: labels(entry.metric), time: number(pair[0]) ?? 0, value: sample(pair[1]), histogram: undefined };
  });
}

/** `name{a="1", b="2"}`, labels in name order: the identity of a series on every page. */
export function seriesName(all: Labels): string {
  const { __name__: name = "", ...rest } = all;
  const inner = Object.keys(rest)
    .sort()
    .map((key) => `${key}="${rest[key]}"`)
    .join(", ");
  return inner === "" && name !== "" ? name : `${name}{${inner}}`;
}

/** Names for one answer: labels that every series shares say nothing and are left out, unless nothing would remain. */
export function shortNames(all: readonly Labels[]): string[] {
  const first = all[0];
  if (first === undefined) return [];
  if (all.length === 1) return [seriesName(first)];
  const shared = new Set(Object.keys(first).filter((key) => all.every((one) => one[key] === first[key])));
  return all.map((one) => {
    const kept = Object.keys(one)
      .filter((key) => !shared.has(key) && key !== "__name__")
      .sort();
    const name = shared.has("__name__") ? "" : (one.__name__ ?? "");
    if (kept.length === 1 && name === "" && kept[0] !== undefined) return one[kept[0]] || `${kept[0]}=""`;
    const inner = kept.map((key) => `${key}="${one[key]}"`).join(", ");
    if (inner === "") return name === "" ? seriesName(one) : name;
    return name === "" ? inner : `${name}{${inner}}`;
  });
}
