import { describe, expect, it } from "vitest";
import { assignHues, hashName, hueColor, PALETTE_SIZE } from "./colors/palette";
import { csvText } from "./csv";
import { decimate } from "./decimate";
import { makeDrawing } from "./drawing";
import { seriesStats } from "./seriesStats";
import { stackUp } from "./stack";

describe("decimate", () => {
  it("keeps extremes, order and gaps", () => {
    const times = Array.from({ length: 100 }, (_, index) => index);
    const column: (number | null)[] = times.map((at) => (at >= 40 && at < 60 ? null : 1));
    column[17] = 9;
    column[83] = -9;
    const small = decimate({ times, columns: [column] }, 10);
    expect(small.times).toHaveLength(20);
    expect([...small.times]).toEqual([...small.times].sort((a, b) => a - b));
    const values = small.columns[0] ?? [];
    expect(values).toContain(9);
    expect(values).toContain(-9);
    expect(values.slice(8, 12)).toEqual([null, null, null, null]);
  });

  it("reads gaps of columns of floats, and nothing infinite", () => {
    const column = new Float64Array(40).fill(2);
    column.fill(Number.NaN, 0, 10);
    column[12] = Number.POSITIVE_INFINITY;
    const { columns } = decimate({ times: Array.from(column, (_, at) => at), columns: [column] }, 4);
    expect(columns).toEqual([[null, null, 2, 2, 2, 2, 2, 2]]);
  });

  it("leaves small input alone", () => {
    const input = { times: [1, 2], columns: [[1, 2]] };
    expect(decimate(input, 10)).toBe(input);
  });

  it("takes a million points in little time", () => {
    const times = Array.from({ length: 1_000_000 }, (_, index) => index);
    const start = performance.now();
    expect(decimate({ times, columns: [times] }, 1_400).times).toHaveLength(2_800);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("hues", () => {
  it("are distinct up to twelve, stable, and bounded after", () => {
    const names = Array.from({ length: 12 }, (_, index) => `service-${index}`);
    expect(new Set(assignHues(names).values()).size).toBe(12);
    expect(assignHues([...names].reverse())).toEqual(assignHues(names));
    const many = assignHues(Array.from({ length: 100 }, String));
    expect(Math.max(...many.values())).toBeLessThan(PALETTE_SIZE);
    for (let round = 0; round < 200; round += 1) {
      const few = [...assignHues(Array.from({ length: 6 }, (_, index) => `door-${round}-${index}`)).values()];
      const angles = few.map((hue) => Number(/(\d+)\)$/.exec(hueColor(hue, true))?.[1]));
      const gaps = angles.flatMap((a, at) => angles.slice(at + 1).map((b) => Math.abs(a - b)));
      expect(Math.min(...gaps.map((gap) => Math.min(gap, 360 - gap)))).toBeGreaterThanOrEqual(25);
    }
    expect(assignHues(["checkout"]).get("checkout")).toBe(hashName("checkout") % PALETTE_SIZE);
  });
});

it("computes legend values without gaps and specials", () => {
  expect(seriesStats([1, null, 3, Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ last: 3, mean: 2, max: 3 });
  expect(seriesStats([null])).toEqual({ last: undefined, mean: undefined, max: undefined });
});

it("stacks", () => {
  expect(
    stackUp([
      [1, null],
      [2, 3],
    ]),
  ).toEqual([
    [1, 0],
    [3, 3],
  ]);
});

it("draws bars from the highest sum down and says the plain values", () => {
  const series = [
    { name: "a", color: "", values: [1, Number.NaN] },
    { name: "b", color: "", values: [2, 3] },
  ];
  const all = makeDrawing([1, 2], series, true, () => true, 100);
  expect(all.order).toEqual([1, 0]);
  expect(all.painted).toEqual([
    [3, 3],
    [1, 0],
  ]);
  expect(all.columns).toEqual([
    [1, null],
    [2, 3],
  ]);
  expect(makeDrawing([1, 2], series, true, (name) => name === "b", 100).painted).toEqual([
    [2, 3],
    [0, 0],
  ]);
  expect(makeDrawing([1, 2], series, false, () => true, 100).painted).toEqual([
    [1, null],
    [2, 3],
  ]);
});

it("writes CSV that a spreadsheet only reads", () => {
  const columns = [
    { name: 'a="1", b', values: [1, null] },
    { name: "=cmd()", values: [Number.NaN, 2.5] },
  ];
  expect(csvText([0, 60], columns)).toBe(
    'time,"a=""1"", b",\'=cmd()\n1970-01-01T00:00:00.000Z,1,NaN\n1970-01-01T00:01:00.000Z,,2.5',
  );
});
