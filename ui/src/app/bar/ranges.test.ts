import { afterEach, expect, it } from "vitest";
import { resolveRange, resolveTime } from "../../time/range";
import { showIn } from "../../time/zone";
import { autoRefresh } from "../search";
import { daysRange, dayText, monthGrid } from "./monthGrid";
import { foundRanges, nameOfRange } from "./quickRanges";
import { decodeRecent, withRecent } from "./recentRanges";

afterEach(() => showIn(undefined));

it("finds ranges by words, and makes those that are typed", () => {
  const labels = (text: string) => foundRanges(text).map((one) => one.label);
  expect(labels("prev month")).toEqual(["Previous month"]);
  expect(labels("20m")).toEqual(["Last 20 minutes"]);
  expect(foundRanges("last 3 months")[0]?.raw).toEqual({ from: "now-3M", to: "now" });
  expect(labels("last 2 days")).toEqual(["Last 2 days"]);
  expect(labels("nothing of that name")).toEqual([]);
  expect(nameOfRange({ from: "now/d", to: "now" })).toBe("Today so far");
  expect(nameOfRange({ from: "now-2h", to: "now" })).toBe("Last 2 hours");
});

it("shows a month in whole weeks that begin where they are told", () => {
  const first = (weekStart: number) => monthGrid(2026, 10, weekStart)[0]?.map(dayText)[0];
  expect(first(1)).toBe("2026-10-26");
  expect(first(0)).toBe("2026-11-01");
  expect(first(6)).toBe("2026-10-31");
  expect(monthGrid(2026, 1, 0)).toHaveLength(4);
  expect(daysRange("2026-11-03", "2026-11-01")).toEqual({ from: "2026-11-01 00:00:00", to: "2026-11-03 23:59:59" });
});

it("keeps the last few ranges, each once, and nothing that is none", () => {
  const [a, b] = [
    { from: "1000000000000", to: "1000000001000" },
    { from: "1000000002000", to: "1000000003000" },
  ];
  expect(withRecent([a, b], b)).toEqual([b, a]);
  expect(decodeRecent(JSON.stringify([a, { from: "x" }, 3, b]))).toEqual([a, b]);
  expect(decodeRecent("{")).toEqual([]);
});

it("reads quarters, years of accounts, and several steps", () => {
  const now = Date.UTC(2026, 10, 25, 13, 45);
  const at = (text: string, isEnd = false) => new Date(resolveTime(text, now, isEnd) ?? 0).toISOString().slice(0, 16);
  showIn("UTC");
  expect(at("now/Q")).toBe("2026-10-01T00:00");
  expect(at("now/d+9h")).toBe("2026-11-25T09:00");
  expect(at("now-1w/w", true)).toBe("2026-11-22T23:59");
  showIn("UTC", { weekStart: 0, fiscalStart: 1 });
  expect(at("now/w")).toBe("2026-11-22T00:00");
  expect(at("now/fQ")).toBe("2026-11-01T00:00");
  expect(at("now-1Q/fQ", true)).toBe("2026-10-31T23:59");
  expect(at("now/fy")).toBe("2026-02-01T00:00");
  expect(at("now-1y/fy", true)).toBe("2026-01-31T23:59");
  expect(resolveRange({ from: "now/zz", to: "now" }, now).to).toBe(now);
});

it("refreshes as often as there is something new", () => {
  expect(autoRefresh(900_000)).toBe(5_000);
  expect(autoRefresh(21_600_000)).toBe(30_000);
  expect(autoRefresh(86_400_000 * 30)).toBe(3_600_000);
});
