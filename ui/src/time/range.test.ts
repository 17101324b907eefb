import { describe, expect, it } from "vitest";
import {
  absoluteRange,
  describeRange,
  isValidRange,
  pan,
  rangeText,
  readRangeText,
  resolveRange,
  resolveTime,
  zoomOut,
} from "./range";

const NOW = new Date(2026, 10, 25, 13, 45, 8, 250).getTime();

describe("resolveTime", () => {
  const check = (text: string, isEnd: boolean, expected: number | undefined) =>
    expect(resolveTime(text, NOW, isEnd), text).toBe(expected);

  it("goes no farther than calendars do", () => {
    check("8640000000000001", true, undefined);
    check(
      "now-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w-999999w",
      false,
      undefined,
    );
    expect(rangeText({ from: "0000000001", to: "9999999999999999" })).toContain("9999999999999999");
  });
  it("reads relative times", () => {
    check("now", true, NOW);
    check("now-15m", false, NOW - 900_000);
    check("now+1h", true, NOW + 3_600_000);
    check("now-1M", false, new Date(2026, 9, 25, 13, 45, 8, 250).getTime());
  });

  it("rounds the start down and the end up", () => {
    check("now/d", false, new Date(2026, 10, 25).getTime());
    check("now/d", true, new Date(2026, 10, 26).getTime() - 1);
    check("now-1d/d", false, new Date(2026, 10, 24).getTime());
    check("now/w", false, new Date(2026, 10, 23).getTime());
    check("now/M", true, new Date(2026, 11, 1).getTime() - 1);
  });

  it("reads absolute times in seconds, milliseconds and ISO", () => {
    check("1795168800", false, 1795168800000);
    check("1795168800123", false, 1795168800123);
    check("2026-11-20T10:00:00Z", false, 1795168800000);
    check("2026-11-20 10:00:00", false, new Date(2026, 10, 20, 10).getTime());
  });

  it("refuses what means nothing", () => {
    for (const text of ["", "now-", "now-1x", "yesterday", "12", "now-1h/q", "2026-99-99"])
      check(text, false, undefined);
  });
});

describe("ranges", () => {
  it("falls back when reversed or senseless", () => {
    expect(resolveRange({ from: "now", to: "now-1h" }, NOW)).toEqual({ from: NOW - 3_600_000, to: NOW });
    expect(isValidRange({ from: "x", to: "now" })).toBe(false);
    expect(isValidRange({ from: "now-5m", to: "now" })).toBe(true);
    expect(isValidRange({ from: "1795674781000", to: "now" }, 1_795_674_781_001)).toBe(true);
  });

  it("describes", () => {
    expect(describeRange({ from: "now-1h", to: "now" })).toBe("Last 1 hour");
    expect(describeRange({ from: "now-15m", to: "now" })).toBe("Last 15 minutes");
    expect(describeRange({ from: "now-1d/d", to: "now" })).toBe("now-1d/d to now");
  });

  it("pans and zooms", () => {
    const range = { from: 1_000, to: 2_000 };
    expect(pan(range, -0.5)).toEqual({ from: 500, to: 1_500 });
    expect(zoomOut(range, 10_000)).toEqual({ from: 500, to: 2_500 });
    expect(zoomOut(range, 2_000)).toEqual({ from: 0, to: 2_000 });
    expect(absoluteRange({ from: 1.4, to: 2.6 })).toEqual({ from: "1", to: "3" });
  });
});

it("copies a range as text and reads it back, and reads what people paste", () => {
  for (const raw of [
    { from: "now-6h", to: "now" },
    { from: "now-1d/d", to: "now-1d/d" },
  ]) {
    expect(readRangeText(rangeText(raw))).toEqual(raw);
  }
  expect(readRangeText(rangeText({ from: "1795168800000", to: "1795168801000" }))).toEqual({
    from: "2026-11-20T10:00:00.000Z",
    to: "2026-11-20T10:00:01.000Z",
  });
  expect(readRangeText("2026-11-20 10:00:00 to 2026-11-20 11:00:00")).toEqual({
    from: "2026-11-20 10:00:00",
    to: "2026-11-20 11:00:00",
  });
  expect(readRangeText("https://one.example/d/a?from=now-2h&to=now-1h&x=1")).toEqual({ from: "now-2h", to: "now-1h" });
  for (const text of ["", "now", "hello, world", '{"from":{}}', "[]", "now,now-1h"]) {
    expect(readRangeText(text), text).toBeUndefined();
  }
});
