import { describe, expect, it } from "vitest";
import { type DataFrame, makeField } from "../../data/frame";
import { heatOf } from "./heat";
import { edgesOf, niceMs, placeOf } from "./heatBuckets";
import { paletteOf, SCHEMES, stepOf } from "./heatColors";
import { heatAsk, heatLook, placeOfValue, rowMarks, rowText } from "./heatLook";

const TIMES = [60_000, 120_000, 180_000];

function frame(rows: Readonly<Record<string, readonly (number | null)[]>>, label = "le"): DataFrame {
  const fields = Object.entries(rows).map(([name, values]) => makeField("Value", "number", values, { [label]: name }));
  return { refId: "A", fields: [makeField("Time", "time", TIMES), ...fields] };
}
const plain = { calculate: false };

describe("buckets", () => {
  it("that count those below them are taken apart, in the order of their numbers", () => {
    const heat = heatOf([frame({ "+Inf": [9, 9, 9], "10": [5, 2, 9], "2": [1, 2, 0] })], plain);
    expect(heat?.rows.map((one) => [one.name, one.low, one.high])).toEqual([
      ["2", undefined, 2],
      ["10", 2, 10],
      ["+Inf", 10, Number.POSITIVE_INFINITY],
    ]);
    expect(heat?.cells).toEqual([
      [1, 2, null],
      [4, null, 9],
      [4, 7, null],
    ]);
    expect([heat?.min, heat?.max, heat?.starts[0]]).toEqual([1, 9, 0]);
  });
  it("of traces count only what is in them", () => {
    expect(heatOf([frame({ "1": [5, 1, 1], "2": [3, 1, 1] }, "__bucket")], plain)?.cells[1]).toEqual([3, 1, 1]);
  });
  it("are named by lower ends, or by no numbers, where they say so", () => {
    const of = (layout: "ge" | "unknown") =>
      heatOf([frame({ "2": [1, 1, 1], "5": [1, 1, 1] }, "b")], { ...plain, layout });
    expect(of("ge")?.rows.map((one) => [one.low, one.high])).toEqual([
      [2, 5],
      [5, undefined],
    ]);
    expect(of("unknown")?.rows[0]?.high).toBeUndefined();
    const words = heatOf([frame({ b: [1, 1, 1], a: [2, 2, 2] }, "host")], plain);
    expect(words?.rows.map((one) => one.name)).toEqual(["b", "a"]);
  });
  it("are left out where the axis ends before them, and counts where they are filtered", () => {
    const all = frame({ "1": [1, 9, 1], "5": [2, 3, 4], "9": [2, 3, 4] }, "b");
    expect(heatOf([all], { ...plain, low: 1, high: 5 })?.rows.map((one) => one.name)).toEqual(["5"]);
    expect(heatOf([all], { ...plain, hideUpTo: 2, hideFrom: 9 })?.cells[0]).toEqual([null, null, null]);
  });
});

describe("values", () => {
  const values = { refId: "A", fields: [makeField("Time", "time", TIMES), makeField("v", "number", [1, 5, 9])] };
  it("are counted in buckets of a size, by columns of a time", () => {
    const heat = heatOf([values], {
      calculate: true,
      x: { mode: "size", value: "2m" },
      y: { mode: "size", value: "5" },
    });
    expect(heat?.columnMs).toBe(120_000);
    expect(heat?.rows.map((one) => [one.low, one.high])).toEqual([
      [0, 5],
      [5, 10],
    ]);
    expect(heat?.cells).toEqual([
      [1, null],
      [null, 2],
    ]);
    expect(heatOf([], { calculate: true })).toBeUndefined();
  });
  it("fall into equal steps or powers", () => {
    expect(edgesOf(0, 10, 100, { mode: "count", value: "5" })).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(edgesOf(1, 100, 9, { log: 10 })).toEqual([1, 10, 100, 1_000]);
    expect(edgesOf(1, 4, 9, { log: 2, value: "2" })).toHaveLength(6);
    for (const log of [-1, 0, 1, 1.000001]) expect(edgesOf(1, 1e6, 9, { log }).length).toBeLessThan(210);
    expect(edgesOf(3, 3, 9, {}).length).toBeGreaterThan(1);
    expect(edgesOf(0, 1e9, 9, { mode: "size", value: "1" }).length).toBeLessThan(210);
    expect(placeOf(5, [0, 5, 10])).toBe(1);
    expect(placeOf(10, [0, 5, 10])).toBe(1);
    expect(niceMs(0, 3_600_000, 15_000, {})).toBe(60_000);
    expect(niceMs(0, 3_600_000, 15_000, { mode: "count", value: "12" })).toBe(300_000);
  });
});

describe("colours", () => {
  const ask = heatLook({}, { custom: {} }).colors;
  it("go from near the ground to far from it, in as many steps as asked for", () => {
    expect(paletteOf({ ...ask, steps: 2 }, true)).toEqual(["#7f2704", "#fff5eb"]);
    expect(paletteOf({ ...ask, steps: 2 }, false)).toEqual(["#fff5eb", "#7f2704"]);
    expect(paletteOf({ ...ask, steps: 3, reverse: true }, true)[0]).toBe("#fff5eb");
    for (const scheme of SCHEMES) {
      for (const color of paletteOf({ ...ask, scheme }, true)) expect(color).toMatch(/^#[0-9a-f]{6}$/);
    }
    expect(paletteOf({ ...ask, scheme: "interpolateYlOrRd" }, false)).toEqual(
      paletteOf({ ...ask, scheme: "YlOrRd" }, false),
    );
    expect(paletteOf({ ...ask, scheme: "no such" }, true)).toEqual(paletteOf(ask, true));
  });
  it("let the ground through by a power, or evenly", () => {
    const opacity = { ...ask, mode: "opacity" as const, steps: 3, fill: "red" };
    expect(paletteOf({ ...opacity, exponent: 2 }, true)[1]).toContain(" 25%");
    expect(paletteOf({ ...opacity, scale: "linear" }, true)[1]).toContain(" 50%");
  });
  it("are found by value", () => {
    expect([0, 5, 10].map((value) => stepOf(value, 0, 10, 4))).toEqual([0, 2, 3]);
    expect(stepOf(3, 3, 3, 4)).toBe(3);
  });
});

it("tells rows by their edges, with as many marks as have room", () => {
  const look = heatLook({ yAxis: { unit: "s" } }, { custom: {} });
  const rows = heatOf([frame({ "1": [1, 1, 1], "2": [2, 2, 2], "+Inf": [3, 3, 3] })], plain)?.rows ?? [];
  expect(rows.map((one) => rowText(one, look))).toEqual(["up to 1 s", "1 s to 2 s", "over 2 s"]);
  expect(rowMarks(rows, look, 10).map((one) => one.text)).toEqual(["1 s", "2 s", "+Inf"]);
  expect(rowMarks(rows, look, 2)).toHaveLength(2);
  expect(placeOfValue(1.5, rows)).toBeCloseTo(0.5);
  expect(placeOfValue(-1, rows)).toBeUndefined();
  expect(heatAsk({ calculation: { yBuckets: { scale: { type: "log", log: 10 }, value: "2" } } }).y?.log).toBe(10);
});
