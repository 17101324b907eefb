import { describe, expect, it } from "vitest";
import { type DataFrame, makeField } from "../../data/frame";
import type { FieldOptions } from "../../model/types";
import { reduceFrames } from "../compute/reduced";
import { histogramEdges, histogramOf } from "../histogram/histogram";
import { slicePath, slicesOf } from "./pie";

const frame = (
  columns: Readonly<Record<string, readonly (number | null)[]>>,
  config: Partial<FieldOptions> = {},
): DataFrame => ({
  refId: "A",
  fields: Object.entries(columns).map(([name, values]) => ({
    ...makeField(name, "number", values),
    config: { custom: {}, ...config },
  })),
});
const NONE: ReadonlySet<string> = new Set();

describe("slices", () => {
  const frames = [frame({ a: [1], b: [6], c: [3], none: [0], no: [null] })];
  const of = (sort: string, hidden = NONE) => slicesOf(reduceFrames(frames, {}, true), sort, hidden, true);
  it("stand in their order and fill the turn", () => {
    expect(of("desc").map((one) => [one.one.name, one.from, one.to])).toEqual([
      ["b", 0, 0.6],
      ["c", 0.6, expect.closeTo(0.9)],
      ["a", expect.closeTo(0.9), expect.closeTo(1)],
    ]);
    expect(of("asc").map((one) => one.one.name)).toEqual(["a", "c", "b"]);
    expect(of("none").map((one) => one.one.name)).toEqual(["a", "b", "c"]);
  });
  it("share what hidden ones leave", () => {
    expect(of("none", new Set(["b"])).map((one) => one.to - one.from)).toEqual([0.25, 0, 0.75]);
    expect(of("none", new Set(["a", "b", "c"])).every((one) => one.to === one.from)).toBe(true);
  });
  it("differ in colour, unless mappings or values say their colours", () => {
    expect(new Set(of("none").map((one) => one.color)).size).toBe(3);
    const color = { mode: "thresholds" };
    const same = slicesOf(reduceFrames([frame({ a: [1], b: [2] }, { color })], {}, true), "none", NONE, true);
    expect(same[0]?.color).toBe(same[1]?.color);
    const mappings = [{ type: "value" as const, options: { "1": { color: "#123456" } } }];
    const mapped = slicesOf(reduceFrames([frame({ a: [1], b: [2] }, { mappings })], {}, true), "none", NONE, true);
    expect(mapped[0]?.color).toBe("#123456");
    expect(mapped[1]?.color).not.toBe("#123456");
  });
  it("of everything are whole", () => {
    expect(slicePath({ from: 0, to: 1 }, 94, 0)).toContain(" 1 1 ");
    expect(slicePath({ from: 0, to: 0.25 }, 94, 50).match(/A/g)).toHaveLength(2);
  });
});

describe("histograms", () => {
  it("have round edges, as many as asked for or of the size asked for", () => {
    expect(histogramEdges(0, 9, { count: 5 })).toEqual([0, 2, 4, 6, 8, 10]);
    expect(histogramEdges(0, 9, { size: 5 })).toEqual([0, 5, 10]);
    expect(histogramEdges(0, 9, { size: 5, offset: 1 })).toEqual([-4, 1, 6, 11]);
    expect(histogramEdges(3, 3, {})).toEqual([3, 4]);
    expect(histogramEdges(1.7e18, 1.7e18, {}).length).toBeGreaterThan(1);
    const close = histogramEdges(1_700_000_000_000, 1_700_000_000_010, { size: 1 });
    expect(new Set(close).size).toBe(close.length);
    expect(histogramEdges(0, 1e9, { size: 1 }).length).toBeLessThan(60);
    expect(histogramEdges(0, 9, { count: 1e12 }).length).toBeLessThan(1_000);
    expect(histogramEdges(0, 9, { size: 5, offset: 1e300 }).length).toBeLessThan(5);
  });
  it("count each series, or all together", () => {
    const frames = [frame({ a: [1, 1, 7], b: [7, null] })];
    expect(histogramOf(frames, { size: 5 }, true)?.series.map((one) => one.values)).toEqual([
      [2, 1],
      [0, 1],
    ]);
    expect(histogramOf(frames, { size: 5, combine: true }, true)?.series.map((one) => one.values)).toEqual([[2, 2]]);
    expect(histogramOf([], {}, true)).toBeUndefined();
  });
  it("keep buckets that are there already", () => {
    const made = histogramOf([frame({ xMin: [0, 2], xMax: [2, 4], n: [5, 6] })], {}, true);
    expect([made?.edges, made?.series[0]?.values]).toEqual([
      [0, 2, 4],
      [5, 6],
    ]);
    const bucket = (le: string, values: readonly number[]) => makeField("Value", "number", values, { le });
    const cumulative = { refId: "A", fields: [bucket("+Inf", [4, 4]), bucket("1", [1, 1]), bucket("2", [1, 3])] };
    const summed = histogramOf([cumulative], {}, true);
    expect([summed?.edges, summed?.series[0]?.values]).toEqual([
      [0, 1, 2, 3],
      [2, 2, 4],
    ]);
  });
});
