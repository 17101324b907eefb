import { describe, expect, it } from "vitest";
import { NO_HUES } from "../../../charts/colors/palette";
import { type DataFrame, makeField } from "../../data/frame";
import type { FieldOptions } from "../../model/types";
import { nearestPoint, pointLook, xySeries } from "./points";

const rows: DataFrame = {
  refId: "A",
  fields: [
    makeField("city", "string", ["a", "b", "c"]),
    makeField("load", "number", [10, 30, 20]),
    makeField("latency", "number", [1, 3, null]),
    makeField("size", "number", [0, 50, 100]),
  ],
};

const made = (options: object, frames = [rows]) => xySeries(frames, { ...options }, true, NO_HUES);
const told = (options: object) => made(options).map((one) => [one.name, one.points.map(({ x, y }) => [x, y])]);

const by = (name: string) => ({ matcher: { id: "byName", options: name } });

describe("an XY chart", () => {
  it("draws each column of numbers over the first one", () => {
    expect(told({})).toEqual([
      [
        "latency",
        [
          [10, 1],
          [30, 3],
        ],
      ],
      [
        "size",
        [
          [10, 0],
          [30, 50],
          [20, 100],
        ],
      ],
    ]);
  });
  it("draws the pairs that it is told, as they are named today", () => {
    const series = [{ x: by("latency"), y: by("load"), size: by("size"), name: { fixed: "mine" } }];
    expect(told({ mapping: "manual", series })).toEqual([
      [
        "mine",
        [
          [1, 10],
          [3, 30],
        ],
      ],
    ]);
    expect(made({ mapping: "manual", series })[0]?.points.map((one) => one.size)).toEqual([5, 27.5]);
    expect(told({ mapping: "manual", series: [{ x: by("nothing"), y: by("load") }] })).toEqual([]);
  });
  it("draws the pairs that it was told before", () => {
    const series = [{ x: "latency", y: "load", name: "old", pointColor: { fixed: "red" }, pointSize: { fixed: 9 } }];
    const [one] = made({ seriesMapping: "manual", series });
    expect([one?.name, one?.color, one?.points[0]?.size]).toEqual(["old", "#e5615f", 9]);
    expect(told({ seriesMapping: "auto", dims: { x: "size", exclude: ["latency"] } }).map(([name]) => name)).toEqual([
      "load",
    ]);
  });
  it("takes columns of one frame by its place", () => {
    const other = { ...rows, refId: "B" };
    const frame = { matcher: { id: "byIndex", options: 1 } };
    const found = made({ mapping: "manual", series: [{ frame, x: by("load"), y: by("size") }] }, [rows, other]);
    expect(found.map((one) => one.frame.refId)).toEqual(["B"]);
  });
  it("colours points by the values of a column", () => {
    const config: FieldOptions = { custom: {}, color: { mode: "thresholds" } };
    const colored = { ...rows, fields: rows.fields.map((one) => ({ ...one, config })) };
    const series = [{ x: by("load"), y: by("load"), color: by("size") }];
    expect(made({ mapping: "manual", series }, [colored])[0]?.points.map((one) => one.color)).toEqual([
      "#62c08a",
      "#62c08a",
      "#e5615f",
    ]);
  });
  it("reads how points look", () => {
    expect(pointLook({ custom: {} })).toMatchObject({ points: true, lines: false, fill: 0.5, square: false });
    expect(pointLook({ custom: { show: "points+lines", pointShape: "square" } })).toMatchObject({
      points: true,
      lines: true,
      square: true,
    });
    expect(pointLook({ custom: { show: "lines" } }).points).toBe(false);
  });
  it("finds the point under the pointer, a large one also at its edge", () => {
    const all = made({ mapping: "manual", series: [{ x: by("load"), y: by("load"), size: by("size") }] });
    const place = (_one: unknown, point: { x: number; y: number }) => ({ x: point.x * 10, y: point.y * 10 });
    expect(nearestPoint(all, place, { x: 105, y: 100 }, 8)?.point.row).toBe(0);
    expect(nearestPoint(all, place, { x: 222, y: 200 }, 8)?.point.row).toBe(2);
    expect(nearestPoint(all, place, { x: 150, y: 150 }, 8)).toBeUndefined();
  });
});
