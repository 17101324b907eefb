// Range and instant answers as Prometheus and Loki write them, as columns on one time grid.
// Invariant: every series has as many values as the frame has times; null is a gap and stays one.
import { type Labels, labels, list, number, record, sample, text } from "./decode";

export interface Series {
  readonly labels: Labels;
  readonly values: (number | null)[];
}

export interface Frame {
  /** Epoch seconds, ascending, all series share them. */
  readonly times: number[];
  readonly series: readonly Series[];
}

export interface Instant {
  readonly labels: Labels;
  /** Epoch seconds. */
  readonly time: number;
  /** The number, or a native histogram written as its count and sum. */
  readonly value: number;
  readonly histogram: string | undefined;
}

/** Puts a matrix on the grid that was asked for; times off the grid go to the nearest step. */
export function matrixFrame(result: unknown, startMs: number, endMs: number, stepMs: number): Frame {
  const size = Math.floor((endMs - startMs) / stepMs) + 1;
  const times = Array.from({ length: size }, (_, index) => (startMs + index * stepMs) / 1_000);
  const series = list(result).map((one): Series => {
    const entry = record(one);
    const values: (number | null)[] = new Array<number | null>(size).fill(null);
    for (const pair of list(entry.values)) {
      if (!Array.isArray(pair)) continue;
      const at = number(pair[0]);
      if (at === undefined) continue;
      const index = Math.round((at * 1_000 - startMs) / stepMs);
      if (index >= 0 && index < size) values[index] = sample(pair[1]);
    }
    for (const pair of list(entry.histograms)) {
      if (!Array.isArray(pair)) continue;
      const index = Math.round(((number(pair[0]) ?? 0) * 1_000 - startMs) / stepMs);
      if (index >= 0 && index < size) values[index] = number(record(pair[1]).count) ?? null;
    }
    return { labels: labels(entry.metric), values };
  });
  return { times, series };
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
