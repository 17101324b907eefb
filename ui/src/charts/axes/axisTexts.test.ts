import { describe, expect, it } from "vitest";
import { formatValue } from "../../dashboards/field/units";
import { type Unit, unitFormat } from "../../format/unit";
import { axisTexts, stepsFor } from "./axisTexts";

describe("labels of an axis", () => {
  const cases: [Unit, number[], string[]][] = [
    ["none", [0, 0.005, 0.01, 0.015], ["0", "0.005", "0.010", "0.015"]],
    ["1/s", [0, 0.5, 1, 1.5], ["0/s", "0.5/s", "1.0/s", "1.5/s"]],
    ["seconds", [0, 0.5, 1, 1.5], ["0 s", "0.5 s", "1.0 s", "1.5 s"]],
    ["none", [0, 500, 1_000, 1_500], ["0", "0.5k", "1.0k", "1.5k"]],
    ["none", [-2, 0, 2], ["-2", "0", "2"]],
    ["bytes", [0, 2 ** 29, 2 ** 30], ["0 B", "0.5 GiB", "1.0 GiB"]],
    ["bytes/s", [2 * 2 ** 20, 2.5 * 2 ** 20], ["2.0 MiB/s", "2.5 MiB/s"]],
    ["ratio", [0, 0.25, 0.5], ["0 %", "25 %", "50 %"]],
    ["seconds", [0, 60, 90], ["0 s", "1 m", "1 m 30 s"]],
    ["none", [1_000_000, 1_000_001], ["1000000", "1000001"]],
    ["none", [1_200_000, 1_250_000], ["1.20M", "1.25M"]],
  ];
  for (const [unit, splits, texts] of cases)
    it(`${unit} ${splits.join(" ")}`, () => expect(axisTexts(splits, unitFormat(unit))).toEqual(texts));

  it("of dashboards' units", () => {
    const texts = (splits: number[], unit: string) => axisTexts(splits, (one) => formatValue(one, unit));
    expect(texts([0, 0.5, 1, 1.5, 2], "s")).toEqual(["0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]);
    expect(texts([0, 1.5, 3], "currencyUSD")).toEqual(["$0", "$1.5", "$3.0"]);
    expect(texts([-10, -5, 0, 5], "currencyUSD")).toEqual(["-$10", "-$5", "$0", "$5"]);
    expect(texts([-1.5, 0, 1], "prefix:#")).toEqual(["#-1.5", "#0", "#1"]);
    expect(texts([0, 400, 800, 1_200], "reqps")).toEqual(["0 req/s", "0.4K req/s", "0.8K req/s", "1.2K req/s"]);
    expect(texts([0, 0.25, 1], "percentunit")).toEqual(["0%", "25%", "100%"]);
    const now = Date.now();
    const days = [3, 2.9, 2.8].map((one) => now - one * 86_400_000);
    expect(texts(days, "dateTimeFromNow")).toEqual(["3 days ago", "3 days ago", "3 days ago"]);
    expect(texts([90_000, 90_010], "dtdurations")).toEqual(["1 d 1 h", "1 d 1 h"]);
    expect(texts([1, 1.2, 1.4], "dtdurations")).toEqual(["1 s", "1 s", "1 s"]);
    expect(texts([], "s")).toEqual([]);
    expect(texts([0], "s")).toEqual(["0 s"]);
  });
});

it("counts whole things in whole steps, and only those", () => {
  const least = (low: number, high: number, ...columns: (number | null)[][]) => stepsFor(low, high, columns)[0] ?? 0;
  expect(least(0, 1.08, [1, null, 0])).toBe(1);
  expect(least(0, 1.08, [1, 0.5])).toBeLessThan(1);
  expect(least(0, 1, [null])).toBeLessThan(1);
  expect(stepsFor(0, 3, [[3]])).not.toContain(2.5);
});

it("has steps for values of any size", () => {
  const farthest = 5e30;
  expect(stepsFor(0, farthest, []).some((one) => one >= farthest)).toBe(true);
  for (const unit of ["seconds", "timestamp", "bytes"] as const) {
    const steps = unitFormat(unit).increments ?? [];
    expect(steps.at(-1)).toBeGreaterThan(farthest);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  }
});

it("labels moments whose seconds are milliseconds", () => {
  const format = unitFormat("timestamp");
  const step = format.increments?.find((one) => one > 1.8e12 / 5) ?? Number.NaN;
  const texts = axisTexts([0, step, 2 * step], format);
  expect(new Set(texts).size).toBe(3);
  expect(texts[0]).toBe("1970-01-01");
});
