import { expect, it } from "vitest";
import { alignForward, alignRange, barStep, chartStep, fillIntervals, shownRange, stepText } from "./step";

const HOUR = { from: 0, to: 3_600_000 };

it("gives at most one point a pixel", () => {
  for (const width of [1, 99, 350, 1_000, 1_384, 20_000]) {
    for (const span of [1, 60_000, 3_600_000, 30 * 86_400_000, 3 * 365 * 86_400_000]) {
      const step = chartStep({ from: 0, to: span }, width);
      expect(span / step).toBeLessThanOrEqual(Math.max(width, 100));
    }
  }
});

it("keeps the step while the width changes by a few pixels", () => {
  expect(chartStep(HOUR, 1_310)).toBe(chartStep(HOUR, 1_390));
  expect(chartStep(HOUR, 1_300)).toBe(5_000);
});

it("makes bars wide enough", () => {
  expect(barStep(HOUR, 1_200, 10)).toBe(60_000);
});

it("aligns outwards and prints durations", () => {
  expect(alignRange({ from: 1_001, to: 1_999 }, 500)).toEqual({ from: 1_000, to: 2_000 });
  expect([15_000, 60_000, 7_200_000, 86_400_000, 604_800_000, 250].map(stepText)).toEqual([
    "15s",
    "1m",
    "2h",
    "1d",
    "1w",
    "250ms",
  ]);
});

it("keeps a day a day for metrics of traces, whatever the step", () => {
  const day = 86_400_000;
  for (let now = 1_795_786_494_123; now < 1_795_786_494_123 + 40 * 977_777; now += 977_777) {
    for (const width of [100, 300, 800, 1_400, 3_000]) {
      const range = { from: now - day, to: now };
      const { from, to } = alignForward(range, chartStep(range, width));
      expect(to - from).toBe(day);
      expect(to).toBeGreaterThanOrEqual(now);
    }
  }
});

it("shows the last step whole", () => {
  expect(shownRange(HOUR, [0, 3_600, 3_615])).toEqual({ from: 0, to: 3_615_000 });
  expect(shownRange(HOUR, [0, 60])).toBe(HOUR);
  expect(shownRange(HOUR, [])).toBe(HOUR);
});

it("fills interval macros", () => {
  expect(fillIntervals("rate(x[$__rate_interval])", HOUR, 5_000)).toBe("rate(x[1m])");
  expect(fillIntervals("rate(x[${__interval}]) $__range", HOUR, 5_000)).toBe("rate(x[5s]) 3600s");
  expect(fillIntervals("$__intervals", HOUR, 5_000)).toBe("$__intervals");
});
