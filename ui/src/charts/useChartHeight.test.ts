import { expect, test } from "vitest";
import { chartHeight } from "./useChartHeight";

test("a chart takes its share of a tall window and keeps its least in a small one", () => {
  expect([400, 844, 900].map(chartHeight)).toEqual([340, 340, 340]);
  expect(chartHeight(1440)).toBe(533);
  expect(chartHeight(4000)).toBe(640);
});
