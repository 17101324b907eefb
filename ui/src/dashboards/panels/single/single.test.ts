import { describe, expect, it } from "vitest";
import type { FieldOptions } from "../../model/types";
import { barLook } from "./barGauge";
import { arcPath, barPieces, dialOf, gradientOf, thresholdMarks } from "./dial";
import { fitText, gridOf } from "./fit";
import { statLook } from "./stat";

const stat = (width: number, height: number, more = {}) =>
  statLook({
    width,
    height,
    values: ["12.5%"],
    names: ["checkout"],
    named: true,
    valued: true,
    graph: false,
    change: false,
    wide: true,
    titleSize: undefined,
    valueSize: undefined,
    ...more,
  });

describe("big numbers", () => {
  it("have their name beside them where there is room, unless they may not", () => {
    expect(stat(300, 60).beside).toBe(true);
    expect(stat(300, 60, { wide: false }).beside).toBe(false);
    expect(stat(300, 200).beside).toBe(false);
    expect(stat(300, 60, { named: false }).beside).toBe(false);
  });
  it("are smaller where the longest of them is long, and as large as asked for", () => {
    expect(stat(200, 200, { values: ["1", "123,456,789 req/s"] }).valuePx).toBeLessThan(stat(200, 200).valuePx);
    expect(stat(200, 200, { valueSize: 20, titleSize: 9 })).toMatchObject({ valuePx: 20, titlePx: 9 });
  });
  it("have a chart only in a box that is high enough", () => {
    expect(stat(200, 120, { graph: true }).graphPx).toBeGreaterThan(20);
    expect(stat(200, 50, { graph: true }).graphPx).toBe(0);
  });
});

describe("texts and boxes", () => {
  it("fit", () => {
    expect(fitText(["iiii"], 100, 500)).toBeGreaterThan(fitText(["MMMM"], 100, 500));
    expect(fitText(["x"], 1_000, 40)).toBe(40);
    expect(gridOf(4, 800, 100, "auto")).toEqual({ columns: 4, rows: 1 });
    expect(gridOf(4, 100, 800, "auto")).toEqual({ columns: 1, rows: 4 });
    expect(gridOf(4, 800, 100, "horizontal")).toEqual({ columns: 1, rows: 4 });
  });
});

const config: FieldOptions = {
  custom: {},
  thresholds: {
    mode: "absolute",
    steps: [
      { value: Number.NEGATIVE_INFINITY, color: "green" },
      { value: 50, color: "red" },
    ],
  },
};
const bounds = { min: 0, max: 200 };

describe("dials", () => {
  it("turn all the way round in two halves", () => {
    const dial = dialOf("circle", 0.5, false);
    expect(arcPath(dial, 0, 1).match(/A/g)).toHaveLength(2);
    expect(arcPath(dial, 0, 0.5).match(/A/g)).toHaveLength(1);
    expect(arcPath(dial, 0.5, 0.5)).toBe("");
  });
  it("begin at the neutral value, to either side", () => {
    const ask = { color: "red", segments: 1, spacing: 0, colorAt: undefined };
    expect(barPieces({ ...ask, share: 0.2, from: 0.5 })).toEqual([{ from: 0.2, to: 0.5, color: "red" }]);
    expect(barPieces({ ...ask, share: 0.9, from: 0.5 })).toEqual([{ from: 0.5, to: 0.9, color: "red" }]);
    expect(barPieces({ ...ask, share: undefined, from: 0 })).toEqual([]);
  });
  it("light the segments that the value reached", () => {
    const ask = { color: "red", from: 0, segments: 4, spacing: 0.5, colorAt: undefined };
    const lit = (share: number) => barPieces({ ...ask, share }).map((one) => one.color !== undefined);
    expect(lit(0.5)).toEqual([true, true, false, false]);
    expect(lit(0)).toEqual([false, false, false, false]);
    expect(lit(1)).toEqual([true, true, true, true]);
  });
  it("mark thresholds at their numbers or percents", () => {
    expect(thresholdMarks(config, bounds, true).map((one) => [one.from, one.to, one.value])).toEqual([
      [0, 0.25, undefined],
      [0.25, 1, 50],
    ]);
    const percent = { ...config, thresholds: { mode: "percentage" as const, steps: config.thresholds?.steps ?? [] } };
    expect(thresholdMarks(percent, bounds, true)[1]).toMatchObject({ from: 0.5, value: 100 });
    expect(gradientOf(config, bounds, "blue", true)(0.9)).toBe(thresholdMarks(config, bounds, true)[1]?.color);
  });
});

const bars = (width: number, height: number, more = {}) =>
  barLook({
    width,
    height,
    names: ["a", "b", "c"],
    values: ["1", "2", "3"],
    orientation: "auto",
    namePlacement: "auto",
    manual: false,
    minWidth: undefined,
    minHeight: undefined,
    maxHeight: undefined,
    valued: true,
    titleSize: undefined,
    valueSize: undefined,
    ...more,
  });

describe("bars", () => {
  it("stand in a wide panel and lie in a high one, or where they would be too narrow for names", () => {
    expect(bars(600, 200).lying).toBe(false);
    expect(bars(200, 600).lying).toBe(true);
    expect(bars(600, 200, { names: Array.from({ length: 40 }, String) }).lying).toBe(true);
    expect(bars(600, 200, { orientation: "horizontal" }).lying).toBe(true);
  });
  it("have names over them where rows are high, else at the left", () => {
    expect(bars(600, 300, { orientation: "horizontal" }).name).toBe("top");
    expect(bars(600, 90, { orientation: "horizontal" }).name).toBe("left");
    expect(bars(600, 300, { orientation: "horizontal", namePlacement: "hidden" }).name).toBe("hidden");
    expect(bars(600, 300, { valued: false }).valuePx).toBe(0);
  });
});
