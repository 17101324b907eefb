import { expect, it } from "vitest";
import { narrowShares } from "./narrow";

const small = (type: string, x: number, y: number, w = 4, h = 3) => ({ panel: { type }, place: { x, y, w, h } });

it("puts small numbers of one row side by side, and nothing else", () => {
  const widths = (...panels: ReturnType<typeof small>[]) => narrowShares(panels).map((one) => one.width);
  expect(widths(small("stat", 0, 0), small("gauge", 4, 0), small("stat", 8, 0))).toEqual([0.5, 0.5, 1]);
  expect(widths(small("stat", 0, 0), small("stat", 0, 3))).toEqual([1, 1]);
  expect(widths(small("stat", 0, 0), small("timeseries", 4, 0))).toEqual([1, 1]);
  expect(widths(small("stat", 0, 0, 12), small("stat", 12, 0, 12))).toEqual([1, 1]);
  expect(widths(small("stat", 0, 0), small("stat", 4, 0, 4, 5))).toEqual([1, 1]);
  expect(widths()).toEqual([]);
});
