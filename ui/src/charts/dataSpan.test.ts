import { describe, expect, it } from "vitest";
import { dataRange } from "./dataSpan";

const HOUR = { from: 0, to: 3_600_000 };
const TIMES = Array.from({ length: 361 }, (_, index) => index * 10);
const from = (first: number, last = 360, value = 1) =>
  TIMES.map((_, index) => (index >= first && index <= last ? value : null));

describe("the part of a range with data", () => {
  it("is offered where it is small, with room and within the range", () => {
    const found = dataRange(TIMES, [from(330)], HOUR, false);
    expect(found?.to).toBe(3_600_000);
    expect(found?.from).toBeGreaterThan(3_250_000);
    expect(found?.from).toBeLessThanOrEqual(3_300_000);
  });

  it("takes all series together", () => {
    const found = dataRange(TIMES, [from(330), from(310, 315)], HOUR, false);
    expect(found?.from).toBeLessThanOrEqual(3_100_000);
  });

  it("is nothing where the data is seen well, or there is none", () => {
    expect(dataRange(TIMES, [from(0)], HOUR, false)).toBeUndefined();
    expect(dataRange(TIMES, [from(200)], HOUR, false)).toBeUndefined();
    expect(dataRange(TIMES, [from(0, -1)], HOUR, false)).toBeUndefined();
    expect(dataRange(TIMES, [], HOUR, false)).toBeUndefined();
    expect(dataRange([], [[]], HOUR, false)).toBeUndefined();
  });

  it("counts zero as nothing only of counts", () => {
    const counts = TIMES.map((_, index) => (index > 340 ? 5 : 0));
    expect(dataRange(TIMES, [counts], HOUR, true)?.from).toBeGreaterThan(3_300_000);
    expect(dataRange(TIMES, [counts], HOUR, false)).toBeUndefined();
  });

  it("is at least a minute", () => {
    const found = dataRange(TIMES, [from(100, 100)], HOUR, false) ?? HOUR;
    expect(found.to - found.from).toBeGreaterThanOrEqual(60_000);
    expect(found.from).toBeLessThanOrEqual(1_000_000);
    expect(found.to).toBeGreaterThanOrEqual(1_000_000);
  });
});
