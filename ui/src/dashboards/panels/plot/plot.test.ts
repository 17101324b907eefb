import { describe, expect, it } from "vitest";
import { type DataFrame, type Field, makeField } from "../../data/frame";
import { dataBounds } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import { seriesOf, seriesOverNumbers } from "../compute/series";
import { axesOf, endsOf, logEnds } from "./axes";
import { drawnOf, scaleKey } from "./drawn";
import { paint } from "./paint";
import { spun, stopsOf } from "./strokes";
import { tooltipLook } from "./tooltip";
import { apartBoxes } from "./values";

const drawn = (custom: object) => drawnOf({ custom: { ...custom } });

function field(values: readonly (number | null)[], config: Partial<FieldOptions> = {}, name = "Value"): Field {
  return { ...makeField(name, "number", values), config: { custom: {}, ...config } };
}

function frame(times: readonly number[], ...fields: readonly Field[]): DataFrame {
  return { refId: "A", fields: [makeField("Time", "time", times), ...fields] };
}

describe("how a series is drawn", () => {
  it("is as users expect where nothing is said", () => {
    expect(drawn({})).toMatchObject({
      style: "line",
      width: 1,
      fill: 0,
      gradient: "none",
      step: "linear",
      stack: "none",
      bars: { part: 0.6, most: 200, align: 0 },
      axis: { side: "auto", grid: undefined, border: false, colored: false },
      scale: { log: undefined, linear: undefined, centered: false },
      hidden: { viz: false, legend: false, tooltip: false },
    });
  });
  it("takes what stands there, within what can be drawn", () => {
    expect(drawn({ lineWidth: 99, fillOpacity: -4, barAlignment: -1, pointSize: 7 })).toMatchObject({
      width: 10,
      fill: 0,
      bars: { align: -1 },
      pointSize: 7,
    });
    expect(drawn({ scaleDistribution: { type: "log", log: 2 } }).scale.log).toBe(2);
    expect(drawn({ scaleDistribution: { type: "symlog", linearThreshold: 5 } }).scale.linear).toBe(5);
    expect(drawn({ lineStyle: { fill: "dash", dash: [3, 4] } }).dash).toEqual([3, 4]);
    expect(drawn({ lineStyle: { fill: "dot" } })).toMatchObject({ dash: [0, 6], dotted: true });
    expect(drawn({ lineStyle: { fill: "solid", dash: [3, 4] } }).dash).toBeUndefined();
  });
});

describe("axes", () => {
  const axes = (...configs: Partial<FieldOptions>[]) =>
    axesOf(seriesOf([frame([1, 2], ...configs.map((one) => field([1, 2], one)))], true).series).map((one) => [
      one.config.unit,
      one.side,
    ]);
  it("are one for each unit: the first at the left, the others at the right", () => {
    expect(axes({ unit: "s" }, { unit: "bytes" }, { unit: "s" }, { unit: "percent" })).toEqual([
      ["s", "left"],
      ["bytes", "right"],
      ["percent", "right"],
    ]);
  });
  it("stand where they are told to", () => {
    const right = { custom: { axisPlacement: "right" } };
    expect(axes({ unit: "s", ...right }, { unit: "bytes" })).toEqual([
      ["s", "right"],
      ["bytes", "left"],
    ]);
    const hidden = { custom: { axisPlacement: "hidden" } };
    expect(axes({ unit: "s", ...hidden }, { unit: "bytes" })[1]).toEqual(["bytes", "left"]);
  });
  it("are shared by those that agree on everything of the scale", () => {
    expect(scaleKey({ custom: {} })).toBe(scaleKey({ custom: { lineWidth: 3 } }));
    for (const custom of [
      { axisSoftMin: 0 },
      { axisLabel: "x" },
      { axisCenteredZero: true },
      { scaleDistribution: { type: "symlog" } },
    ]) {
      expect(scaleKey({ custom })).not.toBe(scaleKey({ custom: {} }));
    }
  });
  it("end beyond their values, but where it is said how far", () => {
    const plain = drawn({});
    expect(endsOf(0, 100, {}, plain, false)).toEqual([0, 105]);
    expect(endsOf(1000, 1100, {}, plain, false)).toEqual([995, 1105]);
    expect(endsOf(1000, 1100, {}, plain, true)[0]).toBe(0);
    expect(endsOf(5, 10, { min: 2, max: 20 }, plain, false)).toEqual([2, 20]);
    expect(endsOf(5, 10, {}, drawn({ axisSoftMin: -5, axisSoftMax: 50 }), false)).toEqual([-5, 50]);
    expect(endsOf(-10, 100, {}, drawn({ axisCenteredZero: true }), false)[0]).toBeCloseTo(-105.5);
    expect(endsOf(null, null, {}, plain, false)).toEqual([0, 1.05]);
  });
  it("of powers end at powers", () => {
    expect(logEnds(3, 900, {}, 10)).toEqual([1, 1000]);
    expect(logEnds(3, 9, {}, 2)).toEqual([2, 16]);
    expect(logEnds(1, 1000, {}, 10)[1]).toBeCloseTo(1000);
    expect(logEnds(0, 0, { min: 1, max: 100 }, 10)).toEqual([1, 100]);
  });
});

describe("colours of values along a line", () => {
  const bounds = { min: 0, max: 100 };
  it("change at thresholds at once", () => {
    const steps = [
      { value: Number.NEGATIVE_INFINITY, color: "green" },
      { value: 50, color: "red" },
      { value: 500, color: "purple" },
    ];
    const config: FieldOptions = {
      custom: {},
      color: { mode: "thresholds" },
      thresholds: { mode: "absolute", steps },
    };
    const stops = stopsOf(config, bounds, (part) => part * 100, true);
    expect(stops.map((one) => one.color)).toEqual(["#62c08a", "#62c08a", "#e5615f", "#e5615f"]);
    expect(stops[1]?.part).toBeCloseTo(0.5, 3);
    expect(stops[2]?.part).toBe(stops[1]?.part);
  });
  it("flow on scales", () => {
    const stops = stopsOf({ custom: {}, color: { mode: "continuous-GrYlRd" } }, bounds, (part) => part * 100, true);
    expect([stops[0]?.color, stops.at(-1)?.color]).toEqual(["#62c08a", "#e5615f"]);
  });
  it("of a whole series are those of its last, smallest or largest value", () => {
    const colorBy = (seriesBy?: "min" | "max") =>
      seriesOf([frame([1, 2, 3], field([100, 1, 50], { color: { mode: "thresholds", seriesBy } }))], true).series[0]
        ?.color;
    expect([colorBy(), colorBy("min"), colorBy("max")]).toEqual(["#62c08a", "#62c08a", "#e5615f"]);
  });
  it("begin and end with the values, where nothing else is said", () => {
    expect(dataBounds([null, 40, 60, Number.NaN], { custom: {} })).toEqual({ min: 40, max: 60 });
    expect(dataBounds([40, 60], { custom: {}, min: 0 })).toEqual({ min: 0, max: 60 });
    expect(dataBounds([], { custom: {} })).toEqual({ min: 0, max: 100 });
  });
  it("are shades of one where that is asked for, the first being itself", () => {
    const color = { mode: "shades", fixedColor: "blue" };
    const all = [[1], [1], [1]].map((one) => field(one, { color }));
    const colors = seriesOf([frame([1], ...all)], true).series.map((one) => one.color);
    expect(colors[0]).toBe("#5aa9e6");
    expect(new Set(colors).size).toBe(3);
  });
  it("have neighbours", () => {
    expect(spun("oklch(0.76 0.125 10)", -30)).toBe("oklch(0.76 0.125 340)");
    expect(spun("#808080", 30)).not.toBe("#808080");
    expect(spun("red", 30)).toBe("red");
  });
});

describe("values on shared times", () => {
  it("are cut where points are farther apart than is said", () => {
    const set = seriesOf([frame([1000, 2000, 60_000], field([1, 2, 3], { custom: { insertNulls: 10_000 } }))], true);
    expect(set.times).toEqual([1, 2, 2.001, 60]);
    expect(set.series[0]?.values).toEqual([1, 2, null, 3]);
  });
  it("stay whole lines where another series has times of its own", () => {
    const set = seriesOf([frame([1, 3], field([1, 2])), frame([1, 2, 3], field([1, null, 3]))], true);
    expect(set.series.map((one) => one.values)).toEqual([
      [1, undefined, 2],
      [1, null, 3],
    ]);
  });
  it("are kept of series that only the chart hides, so that the legend can show them", () => {
    const hidden = (hideFrom: object) =>
      seriesOf([frame([1], field([1], { custom: { hideFrom } }))], true).series.length;
    expect(hidden({ viz: true })).toBe(1);
    expect(hidden({ viz: true, legend: true })).toBe(0);
  });
  it("are parts of what is drawn: nothing that is no number, and the constant where there is one", () => {
    const all = [
      field([1], { custom: { stacking: { mode: "percent" } } }, "a"),
      field([Number.NaN], { custom: { stacking: { mode: "percent" } } }, "b"),
      field([3], { custom: { stacking: { mode: "percent" } } }, "c"),
    ];
    const shares = (more: object) => {
      const [first, ...rest] = all;
      const turned =
        first === undefined ? all : [{ ...first, config: { custom: { ...first.config.custom, ...more } } }, ...rest];
      return paint(seriesOf([frame([1], ...turned)], true).series, () => true).map((one) => one.values[0]);
    };
    expect(shares({})).toEqual([0.25, 1]);
    const long = [
      field([9, 1], { custom: { stacking: { mode: "percent" }, transform: "constant" } }, "a"),
      field([3, 3], { custom: { stacking: { mode: "percent" } } }, "c"),
    ];
    const painted = paint(seriesOf([frame([1, 2], ...long)], true).series, () => true);
    expect(painted.map((one) => one.values)).toEqual([
      [0.25, 0.25],
      [1, 1],
    ]);
  });
  it("hang below zero together", () => {
    const stacking = { stacking: { mode: "normal", group: "A" } };
    const all = [[1], [-2], [3], [-4]].map((one) => field(one, { custom: stacking }));
    const painted = paint(seriesOf([frame([1], ...all)], true).series, () => true);
    expect(painted.map((one) => one.values[0])).toEqual([1, -2, 4, -6]);
  });

  it("have a floor where what lies between has a gap, and gaps where all have them", () => {
    for (const drawStyle of ["bars", "line"]) {
      const custom = { drawStyle, stacking: { mode: "normal", group: "A" } };
      const all = [
        [1, 1, null],
        [null, 2, null],
        [4, 4, null],
      ].map((one) => field(one, { custom }));
      const painted = paint(seriesOf([frame([1, 2, 3], ...all)], true).series, () => true);
      expect(painted.map((one) => one.values)).toEqual([
        [1, 1, null],
        [1, 3, null],
        [5, 7, null],
      ]);
      expect(painted.map((one) => one.floor)).toEqual([undefined, 0, 1]);
    }
  });
});

it("puts rows in the order of the numbers that they are drawn over", () => {
  const rows: DataFrame = { refId: "A", fields: [field([30, 10, 20], {}, "load"), field([3, 1, 2], {}, "latency")] };
  const set = seriesOverNumbers([rows], "load", true);
  expect(set.times).toEqual([10, 20, 30]);
  expect(set.series.map((one) => [one.name, one.values])).toEqual([["latency", [1, 2, 3]]]);
  expect(seriesOverNumbers([rows], "latency", true).series[0]?.name).toBe("load");
});

it("writes values where they cover none", () => {
  const box = (left: number, y: number) => ({ left, right: left + 10, y });
  expect(apartBoxes([box(0, 0), box(5, 5), box(5, 20), box(20, 0)])).toEqual([box(0, 0), box(5, 20), box(20, 0)]);
});

it("reads what a tooltip is to be", () => {
  expect(tooltipLook(undefined)).toMatchObject({ mode: "multi", order: "desc", hideZeros: false });
  expect(tooltipLook({ mode: "single", sort: "none", hideZeros: true, maxHeight: 90 })).toMatchObject({
    mode: "single",
    order: "none",
    hideZeros: true,
    most: { height: 90 },
  });
});
