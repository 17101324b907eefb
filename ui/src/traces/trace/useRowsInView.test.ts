import { expect, test } from "vitest";
import { rowsInView, topShowing } from "./useRowsInView";

test("every row that the view touches is there, within the list, and few more", () => {
  for (let top = -40; top < 2_600; top += 7) {
    for (const height of [0, 1, 23, 24, 25, 600]) {
      const { first, end } = rowsInView(top, height, 24, 100, 3);
      for (let row = 0; row < 100; row += 1) {
        const isSeen = row * 24 < top + height && (row + 1) * 24 > top;
        if (isSeen) expect(row >= first && row < end, `row ${row} at ${top}`).toBe(true);
      }
      expect(first).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(100);
      expect(end - first).toBeLessThanOrEqual(Math.ceil(height / 24) + 8);
    }
  }
  expect(rowsInView(0, 600, 24, 0, 12)).toEqual({ first: 0, end: 0 });
});

test("a view moves as little as it must to show a row", () => {
  expect(topShowing(10, 0, 600, 24)).toBe(0);
  expect(topShowing(0, 100, 600, 24)).toBe(0);
  const top = topShowing(90, 0, 600, 24);
  expect(top + 600).toBe(91 * 24);
  expect(topShowing(90, top, 600, 24)).toBe(top);
});
