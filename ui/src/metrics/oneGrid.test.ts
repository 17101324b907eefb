import { expect, it } from "vitest";
import { stackUp } from "../charts/stack";
import { onOneGrid } from "./oneGrid";

const frame = (times: number[], values: (number | null)[]) => ({ times, series: [{ labels: {}, values }] });

it("leaves answers of one grid as they are", () => {
  const one = frame([1, 2], [3, null]);
  const grid = onOneGrid([one, frame([1, 2], [5, 6])]);
  expect(grid.times).toBe(one.times);
  expect(grid.columns[0]?.[0]).toBe(one.series[0]?.values);
  expect(onOneGrid([])).toEqual({ times: [], columns: [] });
});

it("has holes, not gaps, where only others have points", () => {
  const { times, columns } = onOneGrid([frame([0, 4], [1, null]), frame([0, 2, 4], [7, 8, 9])]);
  expect(times).toEqual([0, 2, 4]);
  expect([0, 1, 2].map((at) => columns[0]?.[0]?.[at])).toEqual([1, undefined, null]);
  expect(columns[1]?.[0]).toEqual([7, 8, 9]);
});

it("is stacked without falling to zero between the points", () => {
  expect(
    stackUp([
      [1, undefined, null],
      [2, 2, 2],
    ]),
  ).toEqual([
    [1, 1, 0],
    [3, 3, 2],
  ]);
});
