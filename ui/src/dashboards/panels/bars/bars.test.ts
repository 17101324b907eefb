import { describe, expect, it } from "vitest";
import { NO_HUES } from "../../../charts/colors/palette";
import { type DataFrame, makeField } from "../../data/frame";
import type { FieldOptions } from "../../model/types";
import { barsOf, sharesOf } from "./data";
import { barAt, barLayout } from "./layout";
import { barLook, shortened } from "./look";
import { barEnds, barScale, partUp } from "./scale";

it("scales bars to both sides of zero, at round numbers", () => {
  const series = [{ values: [-5, 7] }, { values: [-2, 4] }];
  expect(barScale(series, 2, false)).toEqual({ low: -5, high: 10, ticks: [-5, 0, 5, 10] });
  expect(barScale(series, 2, true)).toEqual({ low: -10, high: 15, ticks: [-10, -5, 0, 5, 10, 15] });
  expect(barScale([{ values: [null] }], 1, false)).toEqual({ low: 0, high: 1, ticks: [0, 0.5, 1] });
  expect(barScale(series, 2, false, { min: 0, max: 8 })).toEqual({ low: 0, high: 8, ticks: [0, 2, 4, 6, 8] });
  expect(barEnds(series, 1, 0, true)).toEqual({ from: -5, to: -7 });
  expect(barEnds([{ values: [3] }, { values: [-2] }], 1, 0, true)).toEqual({ from: 0, to: -2 });
  expect(barEnds(series, 1, 1, false)).toEqual({ from: 0, to: 4 });
});

it("scales bars by powers, by soft ends and around zero", () => {
  const series = [{ values: [3, 800] }];
  expect(barScale(series, 2, false, { log: 10 })).toEqual({ low: 1, high: 1000, ticks: [1, 10, 100, 1000], log: 10 });
  expect(partUp(barScale(series, 2, false, { log: 10 }), 10)).toBeCloseTo(1 / 3);
  expect(barScale([{ values: [3] }], 1, false, { softMax: 10 }).high).toBe(10);
  expect(barScale([{ values: [3, -8] }], 2, false, { centered: true })).toMatchObject({ low: -10, high: 10 });
  expect(partUp({ low: 0, high: 10, ticks: [] }, 20)).toBe(1);
});

const config = (more: Partial<FieldOptions> = {}): FieldOptions => ({ custom: {}, ...more });
const rows: DataFrame = {
  refId: "A",
  fields: [
    makeField("city", "string", ["a", "b", "b"]),
    makeField("good", "number", [1, 2, 3]),
    makeField("bad", "number", [4, null, 6]),
  ],
};
const NONE = { xField: "", colorByField: "" };
const made = (frames: readonly DataFrame[], wish: Partial<typeof NONE> = {}) =>
  barsOf(frames, { ...NONE, ...wish }, true, NO_HUES);

describe("groups of bars", () => {
  it("are named by the first text column, or by the one that is asked for", () => {
    expect(made([rows])).toMatchObject({ categories: ["a", "b", "b"], series: [{ name: "good" }, { name: "bad" }] });
    expect(made([rows], { xField: "bad" })?.categories).toEqual(["4", "", "6"]);
    expect(made([rows], { xField: "bad" })?.series.map((one) => one.name)).toEqual(["good"]);
    expect(made([])).toBeUndefined();
  });
  it("of several frames meet by name", () => {
    const other: DataFrame = {
      refId: "B",
      fields: [makeField("city", "string", ["c", "a"]), makeField("odd", "number", [7, 8])],
    };
    const found = made([
      { ...rows, fields: rows.fields.map((one) => ({ ...one, values: one.values.slice(0, 2) })) },
      other,
    ]);
    expect(found?.categories).toEqual(["a", "b", "c"]);
    expect(found?.series.map((one) => one.values)).toEqual([
      [1, 2, null],
      [4, null, null],
      [8, null, 7],
    ]);
    expect(found?.series[2]?.from[0]).toMatchObject({ row: 1, frame: { refId: "B" } });
  });
  it("are the columns where there is one row of them", () => {
    const instant = {
      refId: "A",
      fields: [makeField("Time", "time", [1]), makeField("x", "number", [3]), makeField("y", "number", [4])],
    };
    expect(made([instant])).toMatchObject({ categories: ["x", "y"], series: [{ name: "Value", values: [3, 4] }] });
  });
  it("have the colours of another column, or of their own values", () => {
    const level = { ...makeField("level", "number", [0, 90, 0]), config: config({ color: { mode: "thresholds" } }) };
    const colored = { ...rows, fields: [...rows.fields, level] };
    const found = made([colored], { colorByField: "level" });
    expect(found?.series.map((one) => one.name)).toEqual(["good", "bad"]);
    expect(found?.series[0]?.colors).toEqual(["#62c08a", "#e5615f", "#62c08a"]);
    const own = { ...rows, fields: rows.fields.map((one) => ({ ...one, config: level.config })) };
    expect(made([own])?.series[0]?.colors?.[0]).toBe("#62c08a");
    expect(made([rows])?.series[0]?.colors).toBeUndefined();
  });
  it("are shares of their sums", () => {
    const shares = made([rows]);
    expect(shares && sharesOf(shares).series.map((one) => one.values[0])).toEqual([0.2, 0.8]);
  });
});

describe("the layout of bars", () => {
  const layoutOf = (options: object, width = 400, height = 200) => {
    const look = barLook({ ...options }, width, height);
    const bars = made([rows]);
    if (bars === undefined) throw new Error("no bars");
    return { look, layout: barLayout(bars, look, width, height) };
  };
  it("lies where there is more height than width, unless it is said", () => {
    expect(layoutOf({}).look.lying).toBe(false);
    expect(layoutOf({}, 200, 400).look.lying).toBe(true);
    expect(layoutOf({ orientation: "vertical" }, 200, 400).look.lying).toBe(false);
    expect(layoutOf({ orientation: "horizontal" }).look.lying).toBe(true);
  });
  it("keeps every bar within the plot and on the foot of its scale", () => {
    for (const options of [{}, { orientation: "horizontal" }, { stacking: "normal" }, { xTickLabelRotation: -45 }]) {
      const { layout } = layoutOf(options);
      const { plot, bars } = layout;
      expect(bars).toHaveLength(5);
      for (const bar of bars) {
        expect(bar.x).toBeGreaterThanOrEqual(plot.x - 0.01);
        expect(bar.y).toBeGreaterThanOrEqual(plot.y - 0.01);
        expect(bar.x + bar.w).toBeLessThanOrEqual(plot.x + plot.w + 0.01);
        expect(bar.y + bar.h).toBeLessThanOrEqual(plot.y + plot.h + 0.01);
      }
    }
  });
  it("stacks the bars of a group and sets others beside each other", () => {
    const beside = layoutOf({}).layout.bars.filter((one) => one.row === 0);
    expect(beside[0]?.x).toBeLessThan(beside[1]?.x ?? 0);
    const stacked = layoutOf({ stacking: "normal" }).layout.bars.filter((one) => one.row === 0);
    expect(stacked[0]?.x).toBe(stacked[1]?.x);
    expect((stacked[1]?.y ?? 0) + (stacked[1]?.h ?? 0)).toBeCloseTo(stacked[0]?.y ?? 0);
  });
  it("writes values where they fit, always or never", () => {
    const labels = (options: object, width = 400) =>
      layoutOf(options, width).layout.bars.filter((one) => one.label !== undefined).length;
    expect(labels({})).toBe(5);
    expect(labels({ orientation: "vertical" }, 60)).toBe(0);
    expect(labels({ showValue: "always", orientation: "vertical" }, 60)).toBe(5);
    expect(labels({ showValue: "never" })).toBe(0);
  });
  it("finds the bar under the pointer", () => {
    const { layout, look } = layoutOf({});
    const [bar] = layout.bars;
    if (bar === undefined) throw new Error("no bar");
    expect(barAt(layout, look.lying, bar.x + 1, bar.y + 1)?.bar).toBe(bar);
    expect(barAt(layout, look.lying, 0, 0)).toBeUndefined();
  });
  it("leaves out names for which there is no room", () => {
    const many = {
      refId: "A",
      fields: [
        makeField(
          "n",
          "string",
          Array.from({ length: 90 }, (_, at) => `name ${at}`),
        ),
        makeField(
          "v",
          "number",
          Array.from({ length: 90 }, () => 1),
        ),
      ],
    };
    const bars = made([many]);
    const look = barLook({}, 400, 200);
    expect(bars && barLayout(bars, look, 400, 200).names.length).toBeLessThan(9);
    expect(shortened("a long name", 6)).toBe("a lon…");
  });
});
