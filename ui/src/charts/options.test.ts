import { describe, expect, it } from "vitest";
import { clockText, fits } from "./axes/axes";
import { afterClick } from "./legend/legendClick";
import { valueRange, withAlpha } from "./options";
import { thinMarks } from "./plugins/marks";
import { tooltipRows } from "./plugins/tooltip";

describe("valueRange", () => {
  const cases: [number | null, number | null, boolean, [number, number]][] = [
    [null, null, false, [0, 1]],
    [0, 0, false, [0, 1]],
    [5, 5, false, [0, 10]],
    [-5, -5, false, [-10, 0]],
    [0, 100, true, [0, 108]],
    [1, 100, false, [0, 105.94]],
  ];
  for (const [low, high, bars, expected] of cases) {
    it(`${low}..${high}`, () => {
      const [bottom, top] = valueRange(low, high, bars);
      expect(bottom).toBeCloseTo(expected[0]);
      expect(top).toBeCloseTo(expected[1]);
    });
  }

  it("does not start at zero when values are far from it", () => {
    expect(valueRange(1_000, 1_010, false)[0]).toBeGreaterThan(900);
  });
});

it("keeps the nearest series in the tooltip", () => {
  const rows = Array.from({ length: 30 }, (_, index) => ({
    name: `${index}`,
    color: "",
    value: index,
    near: index === 0,
  }));
  const { shown, left } = tooltipRows(rows);
  expect(shown).toHaveLength(12);
  expect(shown[0]?.value).toBe(29);
  expect(shown[11]?.near).toBe(true);
  expect(left).toBe(18);
});

it("thins marks to one a cell", () => {
  const marks = [1, 2, 30].map((time) => ({ time, value: time, id: String(time), label: "" }));
  expect(
    thinMarks(
      marks,
      (mark) => mark.time,
      () => 0,
    ).map((mark) => mark.time),
  ).toEqual([2, 30]);
});

it("writes clock text and colours", () => {
  const noon = new Date(2026, 10, 25, 12, 30, 5).getTime() / 1_000;
  expect(clockText(noon, 60)).toBe("12:30");
  expect(clockText(noon, 1)).toBe("12:30:05");
  expect(clockText(noon, 86_400)).toBe("25 Nov");
  expect(withAlpha("oklch(0.7 0.1 20)", 0.1)).toBe("oklch(0.7 0.1 20 / 0.1)");
  expect(withAlpha("#ffffff", 0.5)).toBe("#ffffff80");
});

it("leaves out a label of the clock that the edge would cut", () => {
  expect(fits(400, "14:30", 420)).toBe(true);
  expect(fits(410, "14:30", 420)).toBe(false);
  expect(fits(10, "14:30", 420)).toBe(false);
});

describe("a click on the legend", () => {
  const names = ["a", "b", "c"];
  const none: ReadonlySet<string> = new Set();

  it("isolates a series, and shows all when it is alone", () => {
    const alone = afterClick(none, names, "b", false);
    expect([...alone]).toEqual(["a", "c"]);
    expect([...afterClick(alone, names, "b", false)]).toEqual([]);
    expect([...afterClick(alone, names, "a", false)]).toEqual(["b", "c"]);
  });

  it("toggles just one with the modifier", () => {
    const without = afterClick(none, names, "b", true);
    expect([...without]).toEqual(["b"]);
    expect([...afterClick(without, names, "b", true)]).toEqual([]);
  });
});
